// SPDX-License-Identifier: Apache-2.0
/* text.c - Prometheus text format 0.0.4 and 1.0.0, line by line. Where the document leaves a
 * choice it is read as Go's expfmt does, for that is what test helpers and promtool use. */
#include "text.h"

#include "assembly.h"
#include "base/alloc.h"
#include "base/number_parse.h"
#include "base/utf8.h"

#include <string.h>

typedef struct text {
    prom__reader r;
    prom__assembly assembly;
    prom__reader_labels labels;
} text;

static int shown(prom_str s) /* for sentences */
{
    return (int)prom__utf8_cut(s.p, s.n, 200);
}

static bool is(prom_str s, const char *word)
{
    return s.n == strlen(word) && memcmp(s.p, word, s.n) == 0;
}

/* --- comments ----------------------------------------------------------- */

/* The words of the format; those of gauge histograms have no place in it, but harm nobody. */
static const struct {
    const char *word;
    prom_type type;
} types[] = {
    { "counter", PROM_COUNTER },     { "gauge", PROM_GAUGE },
    { "histogram", PROM_HISTOGRAM }, { "summary", PROM_SUMMARY },
    { "untyped", PROM_UNKNOWN },     { "gaugehistogram", PROM_GAUGE_HISTOGRAM },
};

static bool is_word_in_any_case(prom_str s, const char *lower)
{
    if (s.n != strlen(lower))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + 32 : s.p[i]) != lower[i])
            return false;
    return true;
}

static prom_err read_type(text *t, const char *at, prom_str name)
{
    prom_str word = prom__reader_word(&t->r);
    const char *behind = t->r.at;
    prom__reader_skip_blanks(&t->r);
    if (!prom__reader_is(&t->r, '\n'))
        return prom__reader_fail(&t->r, behind, "the type is more than one word");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (is_word_in_any_case(word, types[i].word))
            return prom__assembly_type(&t->assembly, at, name, types[i].type);
    return prom__reader_fail(&t->r, word.p, "'%.*s' is not a metric type", shown(word), word.p);
}

static prom_err read_help(text *t, const char *at, prom_str name)
{
    prom_str help;
    prom_err e = prom__reader_line(&t->r, "help text", &help);
    return e ? e : prom__assembly_help(&t->assembly, at, name, help);
}

/* HELP and TYPE lines that end behind the name say nothing. */
static prom_err read_metadata(text *t, bool help)
{
    prom_str name;
    prom_err e = PROM_OK;
    const char *at = t->r.at;
    if (prom__reader_is(&t->r, '"'))
        e = prom__reader_quoted(&t->r, "name", &name);
    else
        name = prom__reader_name(&t->r, true);
    if (e || (!name.n && prom__reader_is(&t->r, '\n')))
        return e;
    if (!name.n)
        return prom__reader_fail(&t->r, at, "this is not a metric name");
    const char *behind = t->r.at;
    prom__reader_skip_blanks(&t->r);
    if (prom__reader_is(&t->r, '\n'))
        return PROM_OK;
    if (t->r.at == behind)
        return prom__reader_fail(&t->r, behind, "this cannot be in a metric name");
    return help ? read_help(t, at, name) : read_type(t, at, name);
}

static prom_err read_comment(text *t)
{
    t->r.at++;
    prom__reader_skip_blanks(&t->r);
    prom_str word = prom__reader_word(&t->r);
    bool help = is(word, "HELP");
    if (help || is(word, "TYPE")) {
        prom__reader_skip_blanks(&t->r);
        return read_metadata(t, help);
    }
    const char *end = memchr(t->r.at, '\n', (size_t)(t->r.end - t->r.at));
    t->r.at = end ? end : t->r.end;
    return PROM_OK;
}

/* --- samples ------------------------------------------------------------ */

/* The name before the braces or in them, and the labels. */
static prom_err read_series(text *t, prom__parsed_sample *s)
{
    s->name = prom__reader_name(&t->r, true);
    if (!s->name.n && !prom__reader_is(&t->r, '{'))
        return prom__reader_fail(&t->r, t->r.at, "this is not a metric name");
    const char *behind = t->r.at;
    prom__reader_skip_blanks(&t->r);
    if (!prom__reader_is(&t->r, '{')) {
        if (t->r.at == behind && t->r.at < t->r.end && *t->r.at != '\n')
            return prom__reader_fail(&t->r, behind, "this cannot be in a metric name");
        return PROM_OK;
    }
    prom_err e = prom__reader_labels_read(&t->r, &t->labels);
    if (e)
        return e;
    if (s->name.n && t->labels.name.p)
        return prom__reader_fail(&t->r, s->at, "the metric has two names");
    if (t->labels.name.p)
        s->name = t->labels.name;
    if (!s->name.n)
        return prom__reader_fail(&t->r, s->at, "the metric has no name");
    s->labels = t->labels.item;
    s->n_labels = t->labels.n;
    prom__reader_skip_blanks(&t->r);
    return PROM_OK;
}

static prom_err read_sample(text *t)
{
    prom__parsed_sample s = { .at = t->r.at, .timestamp_ms = PROM_NO_TIME };
    prom_err e = read_series(t, &s);
    if (e)
        return e;
    prom_str word = prom__reader_word(&t->r);
    if (!prom__number_parse(word.p, word.n, &s.value))
        return prom__reader_fail(&t->r, word.p, word.n ? "'%.*s' is not a number" : "no value",
                                 shown(word), word.p);
    prom__reader_skip_blanks(&t->r);
    word = prom__reader_word(&t->r);
    if (word.n && !prom__number_parse_i64(word.p, word.n, &s.timestamp_ms))
        return prom__reader_fail(&t->r, word.p, "'%.*s' is not a time in milliseconds",
                                 shown(word), word.p);
    prom__reader_skip_blanks(&t->r);
    if (t->r.at < t->r.end && *t->r.at != '\n')
        return prom__reader_fail(&t->r, t->r.at, "more behind the time");
    return prom__assembly_sample(&t->assembly, &s);
}

/* --- the whole ---------------------------------------------------------- */

static prom_err read_line(text *t)
{
    prom_err e = PROM_OK;
    prom__reader_skip_blanks(&t->r);
    if (t->r.at == t->r.end)
        return PROM_OK;
    if (prom__reader_is(&t->r, '#'))
        e = read_comment(t);
    else if (!prom__reader_is(&t->r, '\n'))
        e = read_sample(t);
    if (e)
        return e;
    if (!prom__reader_is(&t->r, '\n'))
        return prom__reader_fail(&t->r, t->r.end, "the last line has no end");
    t->r.at++;
    return PROM_OK;
}

prom_err prom__parse_text(const char *input, size_t n, bool keep_twice, prom_snapshot **out)
{
    prom__arena arena = { 0 };
    *out = NULL;
    if (!input && n)
        return prom_fail(PROM_E_INVAL, "there is no text to parse");
    text t = { .r = { .arena = &arena } };
    t.r.text = t.r.at = input ? input : "";
    t.r.end = t.r.text + n;
    t.assembly.reader = &t.r;
    t.assembly.keep_twice = keep_twice;
    prom_err e = prom__reader_check_utf8(&t.r);
    while (!e && t.r.at < t.r.end)
        e = read_line(&t);
    if (!e)
        e = prom__assembly_finish(&t.assembly, out);
    prom__arena_free(&arena);
    return e;
}

prom_err prom_parse_text(const char *input, size_t n, prom_snapshot **out)
{
    return prom__parse_text(input, n, false, out);
}
