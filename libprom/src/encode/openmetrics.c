// SPDX-License-Identifier: Apache-2.0
/* openmetrics.c - OpenMetrics 1.0.0, and 0.0.1, which differs in the Content-Type only.
 *
 * Counters and infos have the name without _total and _info in their metadata; those that were
 * built under a name without it are shown as unknown, so that the series has the same name in
 * all formats. Floats have a point or an exponent, counts neither. Histograms of weights are
 * left out: their counts are no integers, so a strict reader would refuse the whole of it.
 * Source: specs/om/open_metrics_spec of prometheus/docs. */
#include "model/type.h"
#include "openmetrics_parts.h"

typedef struct openmetrics {
    prom__flat flat; /* first */
    bool created;    /* lines of that name are wanted */
    prom_type type;  /* of the family, as it is shown */
    size_t base;     /* length of its name without _total or _info */
    bool whole;      /* its values are 1 or 0, so they have no point */
    char mark[PROM__NUMBER_MAX + 2];
} openmetrics;

/* --- metadata ----------------------------------------------------------- */

/* Readers refuse everything where the name does not end in the unit. */
static const char *unit_of(const openmetrics *t, const prom_family *f)
{
    const char *unit = prom__openmetrics_unit(f);
    size_t n = unit ? strlen(unit) : 0;
    if (!n || t->base <= n + 1)
        return NULL;
    const char *end = t->flat.name.p + t->base - n;
    return end[-1] == '_' && memcmp(end, unit, n) == 0 ? unit : NULL;
}

static prom_err take_family(openmetrics *t, const prom_family *f)
{
    prom_err e = prom__flat_name(&t->flat, f);
    if (e)
        return e;
    t->type = prom__openmetrics_named(&t->flat, f->type) ? f->type : PROM_UNKNOWN;
    t->base = t->flat.name.n - strlen(prom__type_own_suffix(t->type));
    t->whole = t->type == PROM_INFO || t->type == PROM_STATESET;
    prom__openmetrics_metadata(&t->flat, f, t->type, unit_of(t, f), t->base);
    return PROM_OK;
}

/* --- lines -------------------------------------------------------------- */

enum { END_ROOM = 2 * PROM__NUMBER_MAX + 2 };

static inline prom_err put_sample(openmetrics *t, const prom__line *l)
{
    const prom__point *p = t->flat.point;
    char *at = prom__flat_head(&t->flat, l, END_ROOM);
    if (!at)
        return t->flat.out.error;
    at += l->count   ? prom__number_u64(at, *l->count)
          : t->whole ? prom__number_double(at, l->value)
                     : prom__number_float(at, l->value);
    if (p->more && p->more->timestamp_ms != PROM_NO_TIME) {
        *at++ = ' ';
        at += prom__number_ms(at, p->more->timestamp_ms);
    }
    prom_err e = PROM_OK;
    if (l->exemplar && t->type != PROM_UNKNOWN) {
        t->flat.out.at = at;
        e = prom__openmetrics_exemplar(&t->flat, l->exemplar, prom__number_float);
        at = prom__out_room(&t->flat.out, 1);
        if (!at)
            return t->flat.out.error;
    }
    *at++ = '\n';
    t->flat.out.at = at;
    return e;
}

static prom_err put_only_line(openmetrics *t, const prom__family *f, const prom__point *p)
{
    prom__line l = prom__only_line(f, p);
    return put_sample(t, &l);
}

static prom_err put_line(void *data, const prom__line *l)
{
    openmetrics *t = data;
    if (!l->extra.n || t->type == PROM_STATESET)
        return put_sample(t, l);
    prom__line line = *l;
    line.extra_value = prom__openmetrics_mark(l->extra_value, t->mark);
    return put_sample(t, &line);
}

/* Right behind the other lines of its series: where Prometheus looks for it. */
static prom_err put_created(openmetrics *t)
{
    int64_t ns = atomic_load_explicit(&t->flat.point->series->created, memory_order_relaxed);
    if (!ns)
        return PROM_OK;
    prom_str name = t->flat.name;
    t->flat.name.n = t->base;
    char *at = prom__flat_head(
        &t->flat, &(prom__line){ .suffix = "_created", .suffix_length = 8 }, END_ROOM);
    t->flat.name = name;
    if (!at)
        return t->flat.out.error;
    at += prom__number_ns(at, ns);
    *at++ = '\n';
    t->flat.out.at = at;
    return PROM_OK;
}

static bool is_weighed(const prom__family *f, const prom__point *p)
{
    return (f->pub.type == PROM_HISTOGRAM || f->pub.type == PROM_GAUGE_HISTOGRAM) &&
           p->value.histogram->native && p->value.histogram->native->is_float;
}

static prom_err put_family(void *t, const prom__family *f)
{
    return take_family(t, &f->pub);
}

static prom_err put_metrics(void *data, const prom__family *f, size_t from, size_t to)
{
    openmetrics *t = data;
    prom_err e = PROM_OK;
    bool created = t->created && (t->type == PROM_COUNTER || t->type == PROM_HISTOGRAM ||
                                  t->type == PROM_SUMMARY);
    bool one_line = prom__has_one_line(f->pub.type);
    for (size_t i = from; i < to && !e; i++) {
        const prom__point *p = t->flat.point = &f->points[i];
        if (i + PROM__SERIES_AHEAD < f->pub.n_metrics)
            prom__series_prefetch(p[PROM__SERIES_AHEAD].series);
        if (is_weighed(f, p))
            continue;
        e = one_line ? put_only_line(t, f, p)
                     : prom__point_lines(f, p, PROM__OPENMETRICS, put_line, t);
        if (!e && created)
            e = put_created(t);
    }
    return e;
}

static void open_all(void *data, const prom_encode_opts *o)
{
    openmetrics *t = data;
    prom__flat_open(t, o);
    t->created = !o->no_created;
}

const prom__form prom__openmetrics_form = { .size = sizeof(openmetrics),
                                            .target_first = true,
                                            .open = open_all,
                                            .family = put_family,
                                            .metrics = put_metrics,
                                            .close = prom__openmetrics_end,
                                            .free = prom__flat_free };

static prom_err encode(const prom_snapshot *s, const prom_encode_opts *o, const prom_writer *w)
{
    return prom__form_encode(&prom__openmetrics_form, s, o, w);
}

#define TYPE(version) "application/openmetrics-text; version=" version "; charset=utf-8"
const prom_encoder prom_openmetrics = { "openmetrics", TYPE("1.0.0"), true, encode };
const prom_encoder prom_openmetrics_0 = { "openmetrics0", TYPE("0.0.1"), true, encode };
