// SPDX-License-Identifier: Apache-2.0
/* text.c - Prometheus text format 0.0.4: HELP, TYPE, then a line for each sample.
 *
 * Label text was escaped when the series was made, so a line is three copies and a number.
 * Names outside the ASCII grammar are escaped with underscores; only such label names make a
 * set of labels be written anew. Source: instrumenting/exposition_formats of prometheus/docs.
 */
#include "base/alloc.h"
#include "base/number.h"
#include "model/name.h"
#include "model/snapshot.h"
#include "model/type.h"
#include "out.h"

typedef struct text {
    prom__out out;
    prom_str name; /* of the family, escaped */
    prom__bytes name_memory, label_memory;
    const prom__point *point;
} text;

static void put_str(text *t, const char *s)
{
    prom__out_put(&t->out, s, strlen(s));
}

/* HELP text: backslash and line feed are escaped, quotes are not. */
static void put_help(text *t, const char *s)
{
    for (const char *p = s;; p++) {
        if (*p && *p != '\\' && *p != '\n')
            continue;
        prom__out_put(&t->out, s, (size_t)(p - s));
        if (!*p)
            return;
        put_str(t, *p == '\n' ? "\\n" : "\\\\");
        s = p + 1;
    }
}

static prom_err take_name(text *t, const char *name)
{
    size_t n = strlen(name);
    t->name = (prom_str){ name, n };
    if (prom__name_legacy(PROM__METRIC_NAME, name, n))
        return PROM_OK;
    t->name_memory.n = 0;
    char *escaped = prom__bytes_room(&t->name_memory, n);
    if (!escaped)
        return prom__no_memory("an exposition");
    t->name = (prom_str){ escaped, prom__name_escape(PROM__METRIC_NAME, PROM_UNDERSCORES, name,
                                                     n, escaped) };
    return PROM_OK;
}

static void put_header(text *t, const prom_family *f)
{
    if (f->help) {
        put_str(t, "# HELP ");
        prom__out_put(&t->out, t->name.p, t->name.n);
        put_str(t, " ");
        put_help(t, f->help);
        put_str(t, "\n");
    }
    put_str(t, "# TYPE ");
    prom__out_put(&t->out, t->name.p, t->name.n);
    put_str(t, " ");
    put_str(t, prom__type_text(f->type));
    put_str(t, "\n");
}

/* --- lines -------------------------------------------------------------- */

static prom_err put_escaped_label(text *t, prom_str name, prom_str value)
{
    t->label_memory.n = 0;
    char *escaped = prom__bytes_room(&t->label_memory, name.n);
    if (!escaped)
        return prom__no_memory("an exposition");
    prom__out_put(
        &t->out, escaped,
        prom__name_escape(PROM__LABEL_NAME, PROM_UNDERSCORES, name.p, name.n, escaped));
    put_str(t, "=\"");
    prom__out_put(&t->out, value.p, value.n);
    put_str(t, "\"");
    return PROM_OK;
}

/* Label by label, for sets with names that need escaping: rare. */
static prom_err put_escaped_labels(text *t, const prom__point *p)
{
    prom__label_cursor c = { p->shape, p->series, 0, 0, 0 };
    prom_str name, value;
    prom_err e = PROM_OK;
    for (bool first = true; !e && prom__label_next(&c, &name, &value); first = false) {
        put_str(t, first ? "" : ",");
        e = put_escaped_label(t, name, value);
    }
    return e;
}

static char *put_end(char *at, const prom__point *p, double value)
{
    *at++ = ' ';
    at += prom__number_double(at, value);
    if (p->more && p->more->timestamp_ms != INT64_MIN) {
        *at++ = ' ';
        at += prom__number_i64(at, p->more->timestamp_ms);
    }
    *at++ = '\n';
    return at;
}

enum { END_ROOM = 2 * PROM__NUMBER_MAX + 3 };

/* Piece by piece, for lines that are longer than a block or need escaping. */
static prom_err put_long_line(void *data, const prom__line *l)
{
    text *t = data;
    const prom__point *p = t->point;
    prom_str labels = prom__series_text(p->series);
    prom__out_put(&t->out, t->name.p, t->name.n);
    prom__out_put(&t->out, l->suffix, l->suffix_length);
    if (labels.n || l->extra.n) {
        put_str(t, "{");
        if (p->shape->legacy)
            prom__out_put(&t->out, labels.p, labels.n);
        else if (put_escaped_labels(t, p) != PROM_OK)
            return PROM_E_NOMEM;
        if (l->extra.n) {
            put_str(t, labels.n ? "," : "");
            if (put_escaped_label(t, l->extra, l->extra_value) != PROM_OK)
                return PROM_E_NOMEM;
        }
        put_str(t, "}");
    }
    char *at = prom__out_room(&t->out, END_ROOM);
    if (at)
        t->out.at = put_end(at, p, l->value);
    return t->out.error;
}

static char *copy(char *at, const char *p, size_t n)
{
    memcpy(at, p, n);
    return at + n;
}

static prom_err put_line(void *data, const prom__line *l)
{
    text *t = data;
    const prom__point *p = t->point;
    prom_str labels = prom__series_text(p->series);
    size_t n =
        t->name.n + l->suffix_length + labels.n + l->extra.n + l->extra_value.n + 8 + END_ROOM;
    if (n > PROM__OUT_BLOCK || !p->shape->legacy)
        return put_long_line(t, l);
    char *at = prom__out_room(&t->out, n);
    if (!at)
        return t->out.error;
    at = copy(at, t->name.p, t->name.n);
    at = copy(at, l->suffix, l->suffix_length);
    if (labels.n || l->extra.n) {
        *at++ = '{';
        at = copy(at, labels.p, labels.n);
        if (l->extra.n) {
            if (labels.n)
                *at++ = ',';
            at = copy(at, l->extra.p, l->extra.n);
            at = copy(at, "=\"", 2);
            at = copy(at, l->extra_value.p, l->extra_value.n);
            *at++ = '"';
        }
        *at++ = '}';
    }
    t->out.at = put_end(at, p, l->value);
    return PROM_OK;
}

/* The name of a state set is that of a label too, in which a colon is not allowed. */
static bool is_plain(const prom_family *f)
{
    return f->type != PROM_STATESET ||
           prom__name_legacy(PROM__LABEL_NAME, f->name, strlen(f->name));
}

static prom_err put_family(text *t, const prom__family *f)
{
    prom_err e = take_name(t, f->pub.name);
    if (e)
        return e;
    put_header(t, &f->pub);
    prom_err (*put)(void *, const prom__line *) = is_plain(&f->pub) ? put_line : put_long_line;
    for (size_t i = 0; i < f->pub.n_metrics && !e; i++) {
        t->point = &f->points[i];
        if (i + PROM__SERIES_AHEAD < f->pub.n_metrics)
            prom__series_prefetch(t->point[PROM__SERIES_AHEAD].series);
        e = prom__point_lines(f, t->point, put, t);
    }
    return e;
}

static prom_err encode(const prom_snapshot *s, const prom_encode_opts *o, const prom_writer *w)
{
    (void)o;
    text t = { .point = NULL };
    prom_err e = prom__out_open(&t.out, w);
    if (e)
        return e;
    for (size_t i = 0; i < s->n_families && !e; i++)
        e = put_family(&t, s->families[i]);
    prom_err end = prom__out_close(&t.out);
    prom__bytes_free(&t.name_memory);
    prom__bytes_free(&t.label_memory);
    return e ? e : end;
}

const prom_encoder prom_text = { "text", "text/plain; version=0.0.4; charset=utf-8", true,
                                 encode };
