// SPDX-License-Identifier: Apache-2.0
/* openmetrics2.c - OpenMetrics 2.0.0-rc0, which is not final and which nothing reads yet.
 *
 * Every metric is one line under its family's own name. A histogram or summary is a composite
 * value, `{count:3,sum:4.5,bucket:[1:1,+Inf:3]}`, with its native buckets if it has any; the
 * start is `st@` behind the value, and exemplars without a timestamp are left out.
 * Source: specs/om/open_metrics_spec_2_0 of prometheus/docs. */
#include "model/native.h"
#include "openmetrics_parts.h"

/* --- pieces ------------------------------------------------------------- */

static void put_double(prom__flat *t, double v)
{
    char *at = prom__out_room(&t->out, PROM__NUMBER_MAX);
    if (at)
        t->out.at = at + prom__number_double(at, v);
}

static void put_count(prom__flat *t, uint64_t v)
{
    char *at = prom__out_room(&t->out, PROM__NUMBER_MAX);
    if (at)
        t->out.at = at + prom__number_u64(at, v);
}

static void put_integer(prom__flat *t, int64_t v)
{
    char *at = prom__out_room(&t->out, PROM__NUMBER_MAX);
    if (at)
        t->out.at = at + prom__number_i64(at, v);
}

static void put_time(prom__flat *t, const char *before, int64_t v,
                     size_t (*number)(char *buf, int64_t v))
{
    prom__flat_put(t, before);
    char *at = prom__out_room(&t->out, PROM__NUMBER_MAX);
    if (at)
        t->out.at = at + number(at, v);
}

static bool has_start(prom_type type)
{
    return type == PROM_COUNTER || type == PROM_HISTOGRAM || type == PROM_SUMMARY;
}

/* All that stands behind the value. */
static prom_err put_rest(prom__flat *t, prom_type type, const prom__exemplars *exemplars)
{
    const prom__point *p = t->point;
    int64_t start = atomic_load_explicit(&p->series->created, memory_order_relaxed);
    prom_err e = PROM_OK;
    if (p->more && p->more->timestamp_ms != PROM_NO_TIME)
        put_time(t, " ", p->more->timestamp_ms, prom__number_ms);
    if (start && has_start(type))
        put_time(t, " st@", start, prom__number_ns);
    for (size_t i = 0; exemplars && i < exemplars->n && !e; i++)
        if (exemplars->item[i].timestamp_ns != PROM_NO_TIME)
            e = prom__openmetrics_exemplar(t, &exemplars->item[i], prom__number_double);
    prom__flat_put(t, "\n");
    return e ? e : t->out.error;
}

/* --- composite values --------------------------------------------------- */

static void put_spans(prom__flat *t, prom__native_walk w)
{
    int32_t end = 0;
    uint64_t length = 0;
    for (; prom__native_next(&w); length++, end = w.end) {
        if (!w.begins)
            continue;
        if (length) {
            put_count(t, length);
            prom__flat_put(t, ",");
        }
        put_integer(t, (int64_t)w.index - end);
        prom__flat_put(t, ":");
        length = 0;
    }
    put_count(t, length);
}

static void put_buckets(prom__flat *t, prom__native_walk w, bool weighed)
{
    for (bool first = true; prom__native_next(&w); first = false) {
        prom__flat_put(t, first ? "" : ",");
        if (weighed)
            put_double(t, w.at ? w.at->n.weight : 0);
        else
            put_count(t, w.at ? w.at->n.count : 0);
    }
}

static void put_side(prom__flat *t, const char *spans, const char *buckets, prom__native_walk w,
                     bool weighed)
{
    if (!w.n)
        return;
    prom__flat_put(t, spans);
    put_spans(t, w);
    prom__flat_put(t, buckets);
    put_buckets(t, w, weighed);
    prom__flat_put(t, "]");
}

static void put_native(prom__flat *t, const prom_native *x)
{
    prom__native_walk negative = { .bucket = x->negative, .n = x->n_negative, .sparse = true };
    prom__native_walk positive = { .bucket = x->positive, .n = x->n_positive, .sparse = true };
    prom__flat_put(t, ",schema:");
    put_integer(t, x->schema);
    prom__flat_put(t, ",zero_threshold:");
    put_double(t, x->zero_threshold);
    prom__flat_put(t, ",zero_count:");
    if (x->is_float)
        put_double(t, x->zero_weight);
    else
        put_count(t, x->zero_count);
    put_side(t, ",negative_spans:[", "],negative_buckets:[", negative, x->is_float);
    put_side(t, ",positive_spans:[", "],positive_buckets:[", positive, x->is_float);
}

/* Of counts or of weights, whichever the histogram has. */
static void put_whole(prom__flat *t, const prom__histogram_value *h)
{
    if (h->native && h->native->is_float)
        put_double(t, h->native->weight);
    else
        put_count(t, h->count);
}

static void put_custom(prom__flat *t, const prom_native *x)
{
    prom__native_classic c = { x, 0, 0, 0, 0, 0 };
    while (prom__native_classic_next(&c)) {
        put_double(t, c.upper);
        prom__flat_put(t, ":");
        if (x->is_float)
            put_double(t, c.weight);
        else
            put_count(t, c.count);
        prom__flat_put(t, ",");
    }
}

static void put_classic(prom__flat *t, const prom__histogram_value *h)
{
    prom__flat_put(t, ",bucket:[");
    for (size_t i = 0; i < h->n; i++) {
        prom__out_put(&t->out, h->marks[i].p, h->marks[i].n);
        prom__flat_put(t, ":");
        put_count(t, h->cumulative[i]);
        prom__flat_put(t, ",");
    }
    if (prom__shows_custom(h))
        put_custom(t, h->native);
    prom__flat_put(t, "+Inf:");
    put_whole(t, h);
    prom__flat_put(t, "]");
}

static prom_err put_histogram(prom__flat *t, prom_type type)
{
    const prom__histogram_value *h = t->point->value.histogram;
    const prom__point_more *more = t->point->more;
    bool gauge = type == PROM_GAUGE_HISTOGRAM;
    bool native =
        h->native && h->native->schema != PROM_CUSTOM_BUCKETS; /* has no form of its own */
    prom__flat_put(t, gauge ? "{gcount:" : "{count:");
    put_whole(t, h);
    prom__flat_put(t, gauge ? ",gsum:" : ",sum:");
    put_double(t, h->sum);
    if (native)
        put_native(t, h->native);
    if (!native || h->n)
        put_classic(t, h);
    prom__flat_put(t, "}");
    const prom__exemplars *exemplars = more ? &more->exemplars : NULL;
    if (more && !exemplars->n)
        exemplars = &more->native_exemplars;
    return put_rest(t, type, exemplars);
}

static prom_err put_summary(prom__flat *t)
{
    const prom__summary_value *s = t->point->value.summary;
    prom__flat_put(t, "{count:");
    put_count(t, s->count);
    prom__flat_put(t, ",sum:");
    put_double(t, s->sum);
    prom__flat_put(t, ",quantile:[");
    for (size_t i = 0; i < s->n; i++) {
        prom__flat_put(t, i ? "," : "");
        prom__out_put(&t->out, s->marks[i].p, s->marks[i].n);
        prom__flat_put(t, ":");
        put_double(t, s->values[i]);
    }
    prom__flat_put(t, "]}");
    return put_rest(t, PROM_SUMMARY, NULL);
}

/* --- families ----------------------------------------------------------- */

typedef struct openmetrics2 {
    prom__flat flat; /* first */
    prom_type type;  /* of the family, as it is shown */
} openmetrics2;

static prom_err put_line(void *data, const prom__line *l)
{
    openmetrics2 *t = data;
    prom__exemplars one = { 1, l->exemplar };
    char *at = prom__flat_head(&t->flat, l, PROM__NUMBER_MAX);
    if (!at)
        return t->flat.out.error;
    t->flat.out.at = at + prom__number_double(at, l->value);
    return put_rest(&t->flat, t->type, l->exemplar ? &one : NULL);
}

static prom_err put_metric(openmetrics2 *t, const prom__family *f)
{
    bool summary = t->type == PROM_SUMMARY;
    if (!summary && t->type != PROM_HISTOGRAM && t->type != PROM_GAUGE_HISTOGRAM)
        return prom__point_lines(f, t->flat.point, PROM__OPENMETRICS, put_line, t);
    char *at = prom__flat_head(&t->flat, &(prom__line){ .suffix = "" }, 0);
    if (!at)
        return t->flat.out.error;
    t->flat.out.at = at;
    return summary ? put_summary(&t->flat) : put_histogram(&t->flat, t->type);
}

static prom_err put_family(void *data, const prom__family *f)
{
    openmetrics2 *t = data;
    prom__flat *flat = &t->flat;
    prom_err e = prom__flat_name(flat, &f->pub);
    if (e)
        return e;
    bool info =
        f->pub.type == PROM_INFO; /* must end in _info; counters only should in _total */
    t->type = info && !prom__openmetrics_named(flat, PROM_INFO) ? PROM_UNKNOWN : f->pub.type;
    prom__openmetrics_metadata(flat, &f->pub, t->type, prom__openmetrics_unit(&f->pub),
                               flat->name.n);
    return PROM_OK;
}

static prom_err put_metrics(void *data, const prom__family *f, size_t from, size_t to)
{
    openmetrics2 *t = data;
    prom_err e = PROM_OK;
    for (size_t i = from; i < to && !e; i++) {
        t->flat.point = &f->points[i];
        e = put_metric(t, f);
    }
    return e;
}

const prom__form prom__openmetrics_2_form = { .size = sizeof(openmetrics2),
                                              .target_first = true,
                                              .open = prom__flat_open,
                                              .family = put_family,
                                              .metrics = put_metrics,
                                              .close = prom__openmetrics_end,
                                              .free = prom__flat_free };

static prom_err encode(const prom_snapshot *s, const prom_encode_opts *o, const prom_writer *w)
{
    return prom__form_encode(&prom__openmetrics_2_form, s, o, w);
}

const prom_encoder prom_openmetrics_2 = {
    "openmetrics2", "application/openmetrics-text; version=2.0.0; charset=utf-8", true, encode
};
