// SPDX-License-Identifier: Apache-2.0
/* text.c - Prometheus text formats 0.0.4 and 1.0.0: HELP, TYPE, then a line for each sample.
 * They differ in the Content-Type only; quoted names come with PROM_ALLOW_UTF8. Source:
 * instrumenting/exposition_formats of prometheus/docs. */
#include "flat.h"
#include "model/type.h"

static char *put_end(char *at, const prom__point *p, double value)
{
    at += prom__number_double(at, value);
    if (p->more && p->more->timestamp_ms != PROM_NO_TIME) {
        *at++ = ' ';
        at += prom__number_i64(at, p->more->timestamp_ms);
    }
    *at++ = '\n';
    return at;
}

enum { END_ROOM = 2 * PROM__NUMBER_MAX + 2 };

static inline prom_err put_line(void *data, const prom__line *l)
{
    prom__flat *t = data;
    char *at = prom__flat_head(t, l, END_ROOM);
    if (!at)
        return t->out.error;
    t->out.at = put_end(at, t->point, l->value);
    return PROM_OK;
}

static prom_err put_family(void *data, const prom__family *f)
{
    prom__flat *t = data;
    prom_err e = prom__flat_name(t, &f->pub);
    if (e)
        return e;
    if (f->pub.help)
        prom__flat_help(t, t->name.n, f->pub.help, false);
    prom__flat_metadata(t, "TYPE", t->name.n, prom__type_text(f->pub.type));
    return PROM_OK;
}

static prom_err put_metrics(void *data, const prom__family *f, size_t from, size_t to)
{
    prom__flat *t = data;
    prom_err e = PROM_OK;
    bool one_line = prom__has_one_line(f->pub.type);
    for (size_t i = from; i < to && !e; i++) {
        const prom__point *p = t->point = &f->points[i];
        if (i + PROM__SERIES_AHEAD < f->pub.n_metrics)
            prom__series_prefetch(p[PROM__SERIES_AHEAD].series);
        e = one_line ? put_line(t, &(prom__line){ .suffix = "", .value = p->value.number })
                     : prom__point_lines(f, p, PROM__TEXT, put_line, t);
    }
    return e;
}

const prom__form prom__text_form = { .size = sizeof(prom__flat),
                                     .open = prom__flat_open,
                                     .family = put_family,
                                     .metrics = put_metrics,
                                     .free = prom__flat_free };

static prom_err encode(const prom_snapshot *s, const prom_encode_opts *o, const prom_writer *w)
{
    return prom__form_encode(&prom__text_form, s, o, w);
}

const prom_encoder prom_text = { "text", "text/plain; version=0.0.4; charset=utf-8", true,
                                 encode };
const prom_encoder prom_text_1 = { "text1", "text/plain; version=1.0.0; charset=utf-8", true,
                                   encode };
