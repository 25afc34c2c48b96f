// SPDX-License-Identifier: Apache-2.0
/* openmetrics.c - OpenMetrics 1.0.0 line by line, with names in quotes as they came later. */
#include "openmetrics.h"

#include "base/alloc.h"
#include "base/number_parse.h"
#include "base/utf8.h"

#include <prom/parse.h>

/* Exactly one blank, and something behind it. */
static prom_err read_blank(prom__om *o)
{
    if (!prom__reader_is(&o->r, ' '))
        return prom__reader_fail(&o->r, o->r.at, "a blank must stand here");
    o->r.at++;
    return PROM_OK;
}

static prom_err read_line_feed(prom__om *o)
{
    if (!prom__reader_is(&o->r, '\n'))
        return prom__reader_fail(&o->r, o->r.at,
                                 o->r.at == o->r.end ? "the last line has no end"
                                                     : "the line must end here");
    o->r.at++;
    return PROM_OK;
}

/* --- metadata ----------------------------------------------------------- */

static prom_err read_type(prom__om *o)
{
    static const prom_type types[] = { PROM_COUNTER, PROM_GAUGE,           PROM_HISTOGRAM,
                                       PROM_SUMMARY, PROM_GAUGE_HISTOGRAM, PROM_STATESET,
                                       PROM_INFO,    PROM_UNKNOWN };
    prom_str word = prom__reader_word(&o->r);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (prom__om_is(word, prom_type_name(types[i]))) {
            o->family.type = types[i];
            return PROM_OK;
        }
    return prom__reader_fail(&o->r, word.p, word.n ? "'%.*s' is not a metric type" : "no type",
                             PROM__OM_SHOWN(word));
}

static prom_err read_help(prom__om *o)
{
    return prom__reader_line(&o->r, "help text", &o->family.help);
}

static prom_err read_unit(prom__om *o)
{
    prom_str unit = prom__reader_word(&o->r);
    o->family.unit = unit;
    if (memchr(unit.p, '\\', unit.n) || memchr(unit.p, '"', unit.n))
        return prom__reader_fail(&o->r, unit.p, "a unit cannot have quotes or backslashes");
    return PROM_OK;
}

static prom_err read_described_name(prom__om *o)
{
    prom_str name;
    prom_err e = PROM_OK;
    const char *at = o->r.at;
    if (prom__reader_is(&o->r, '"'))
        e = prom__reader_quoted(&o->r, "name", &name);
    else
        name = prom__reader_name(&o->r, true);
    if (!e && !name.n)
        e = prom__reader_fail(&o->r, at, "this is not a metric name");
    if (!e)
        e = read_blank(o);
    return e ? e : prom__om_describe(o, at, name);
}

static prom_err read_metadata(prom__om *o, const char *what, const char **where,
                              prom_err (*read)(prom__om *o))
{
    const char *line = o->r.at;
    o->r.at += strlen(what);
    prom_err e = read_described_name(o);
    if (e)
        return e;
    if (*where)
        return prom__reader_fail(&o->r, line, "'%.*s' has a second %.4s line",
                                 PROM__OM_SHOWN(o->family.name), what + 2);
    *where = line;
    e = read(o);
    return e ? e : read_line_feed(o);
}

static bool begins(const prom__om *o, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(o->r.end - o->r.at) >= n && memcmp(o->r.at, word, n) == 0;
}

static prom_err read_described(prom__om *o)
{
    prom__om_family *f = &o->family;
    if (begins(o, "# TYPE "))
        return read_metadata(o, "# TYPE ", &f->type_at, read_type);
    if (begins(o, "# HELP "))
        return read_metadata(o, "# HELP ", &f->help_at, read_help);
    if (begins(o, "# UNIT "))
        return read_metadata(o, "# UNIT ", &f->unit_at, read_unit);
    return prom__reader_fail(&o->r, o->r.at,
                             "this is neither # TYPE, # UNIT, # HELP nor # EOF");
}

/* --- samples ------------------------------------------------------------ */

/* The name before the braces or in them, and the labels. */
static prom_err read_series(prom__om *o, prom__om_sample *s)
{
    s->name = prom__reader_name(&o->r, true);
    if (!prom__reader_is(&o->r, '{'))
        return s->name.n ? PROM_OK
                         : prom__reader_fail(&o->r, o->r.at, "this is not a metric name");
    prom_err e = prom__reader_labels_read(&o->r, &o->labels);
    if (e)
        return e;
    if (s->name.n && o->labels.name.p)
        return prom__reader_fail(&o->r, s->at, "the metric has two names");
    if (o->labels.name.p)
        s->name = o->labels.name;
    if (!s->name.n)
        return prom__reader_fail(&o->r, s->at, "the metric has no name");
    s->labels = o->labels.item;
    s->n_labels = o->labels.n;
    return PROM_OK;
}

static prom_err read_number(prom__om *o, prom_str *word, double *out)
{
    prom_err e = read_blank(o);
    if (e)
        return e;
    *word = prom__reader_word(&o->r);
    if (prom__number_parse(word->p, word->n, out))
        return PROM_OK;
    return prom__reader_fail(&o->r, word->p, word->n ? "'%.*s' is not a number" : "no value",
                             PROM__OM_SHOWN(*word));
}

/* Behind its blank. */
static prom_err read_time(prom__om *o, prom__instant *out)
{
    prom_str word = prom__reader_word(&o->r);
    if (prom__instant_parse(word.p, word.n, out))
        return PROM_OK;
    return prom__reader_fail(&o->r, word.p,
                             word.n ? "'%.*s' is not a time in seconds" : "no time",
                             PROM__OM_SHOWN(word));
}

static prom_err copy_exemplar_labels(prom__om *o, prom_exemplar *x)
{
    const prom__reader_labels *l = &o->exemplar_labels;
    prom_label_str *copy = prom__arena_alloc(o->r.arena, (l->n + 1) * sizeof *copy);
    if (!copy)
        return prom__no_memory("a parsed text");
    if (l->n)
        memcpy(copy, l->item, l->n * sizeof *copy);
    x->labels = copy;
    x->n_labels = l->n;
    return PROM_OK;
}

/* At the hash of " # {labels} value [time]". */
static prom_err read_exemplar(prom__om *o, prom__om_sample *s)
{
    prom_str word;
    prom__instant time;
    s->exemplar_at = o->r.at++;
    s->exemplar.timestamp_ns = PROM_NO_TIME;
    prom_err e = read_blank(o);
    if (!e && !prom__reader_is(&o->r, '{'))
        e = prom__reader_fail(&o->r, o->r.at, "the labels of an exemplar stand in braces");
    if (!e)
        e = prom__reader_labels_read(&o->r, &o->exemplar_labels);
    if (!e && o->exemplar_labels.name.p)
        e = prom__reader_fail(&o->r, s->exemplar_at, "an exemplar takes no metric name");
    if (!e)
        e = copy_exemplar_labels(o, &s->exemplar);
    if (!e)
        e = read_number(o, &word, &s->exemplar.value);
    if (e || !prom__reader_is(&o->r, ' '))
        return e;
    const char *at = ++o->r.at;
    e = read_time(o, &time);
    if (!e && !prom__instant_ns(time, &s->exemplar.timestamp_ns))
        e = prom__reader_fail(&o->r, at, "this time is too far away");
    return e;
}

static prom_err read_sample(prom__om *o)
{
    prom__om_role role;
    prom__om_sample s = { .at = o->r.at };
    prom_err e = read_series(o, &s);
    if (!e)
        e = read_number(o, &s.number, &s.value);
    if (!e && begins(o, " ") && !begins(o, " #")) {
        o->r.at++;
        s.timed = true;
        e = read_time(o, &s.time);
    }
    if (!e && begins(o, " #")) {
        o->r.at++;
        e = read_exemplar(o, &s);
    }
    if (!e)
        e = read_line_feed(o);
    if (!e)
        e = prom__om_family_of(o, &s, &role);
    return e ? e : prom__om_take(o, &s, role);
}

/* --- the whole ---------------------------------------------------------- */

static bool at_eof(const prom__om *o)
{
    return begins(o, "# EOF") && (o->r.end - o->r.at == 5 || o->r.at[5] == '\n');
}

static prom_err read_eof(prom__om *o)
{
    o->r.at += o->r.end - o->r.at > 5 ? 6 : 5;
    if (o->r.at < o->r.end)
        return prom__reader_fail(&o->r, o->r.at, "there is more behind # EOF");
    return prom__om_family_end(o);
}

static prom_err read_document(prom__om *o)
{
    prom_err e = prom__reader_check_utf8(&o->r);
    while (!e && o->r.at < o->r.end) {
        if (at_eof(o))
            return read_eof(o);
        if (prom__reader_is(&o->r, '\n'))
            e = prom__reader_fail(&o->r, o->r.at, "an empty line");
        else if (prom__reader_is(&o->r, '#'))
            e = read_described(o);
        else
            e = read_sample(o);
    }
    return e ? e : prom__reader_fail(&o->r, o->r.at, "there is no # EOF at the end");
}

prom_err prom_parse_openmetrics(const char *text, size_t n, prom_snapshot **out)
{
    prom__arena arena = { 0 };
    *out = NULL;
    if (!text && n)
        return prom_fail(PROM_E_INVAL, "there is no text to parse");
    prom__om o = { .r = { .arena = &arena, .strict = true },
                   .exemplar_labels = { .as_given = true } };
    o.r.text = o.r.at = text ? text : "";
    o.r.end = o.r.text + n;
    prom_err e = prom__snapshot_new(NULL, &o.snapshot);
    if (!e)
        e = read_document(&o);
    prom__arena_free(&arena);
    if (e)
        prom_unref(o.snapshot);
    else
        *out = o.snapshot;
    return e;
}
