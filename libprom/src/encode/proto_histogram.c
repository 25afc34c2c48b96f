// SPDX-License-Identifier: Apache-2.0
/* proto_histogram.c - a histogram as a message: its classic buckets, its native part, or both.
 *
 * There is no field for the bounds of custom buckets: such a histogram is shown as a classic
 * one. Exemplars of the native part have times, as readers pass over others.
 * Source: specs/native_histograms of prometheus/docs, "Exposition formats". */
#include "base/alloc.h"
#include "model/native.h"
#include "proto_metric.h"

#include <math.h>

enum {
    HISTOGRAM_COUNT = 1,
    HISTOGRAM_SUM,
    HISTOGRAM_BUCKET,
    HISTOGRAM_WEIGHT,
    HISTOGRAM_SCHEMA,
    HISTOGRAM_ZERO_THRESHOLD,
    HISTOGRAM_ZERO_COUNT,
    HISTOGRAM_ZERO_WEIGHT,
    HISTOGRAM_NEGATIVE, /* spans, deltas, weights */
    HISTOGRAM_POSITIVE = 12,
    HISTOGRAM_CREATED = 15,
    HISTOGRAM_EXEMPLAR
};
enum { BUCKET_COUNT = 1, BUCKET_UPPER, BUCKET_EXEMPLAR, BUCKET_WEIGHT };
enum { SPAN_OFFSET = 1, SPAN_LENGTH };
enum { EXEMPLAR_LABEL = 1, EXEMPLAR_VALUE, EXEMPLAR_TIME };

void prom__proto_exemplar_put(prom__wire *w, unsigned field, const prom_exemplar *e)
{
    size_t before = prom__wire_size(w);
    if (e->timestamp_ns != PROM_NO_TIME) {
        prom__wire_time(w, e->timestamp_ns);
        prom__wire_close(w, EXEMPLAR_TIME, before);
    }
    prom__wire_double(w, EXEMPLAR_VALUE, e->value);
    for (size_t i = e->n_labels; i-- > 0;)
        prom__proto_pair_put(w, e->labels[i].name, e->labels[i].value); /* EXEMPLAR_LABEL */
    prom__wire_close(w, field, before);
}

/* --- classic buckets ---------------------------------------------------- */

/* The last of the exemplars that are left, if its value lies above the bucket below. */
static const prom_exemplar *take_exemplar(prom__exemplars *left, const double *below)
{
    const prom_exemplar *e = left->n ? &left->item[left->n - 1] : NULL;
    if (!e || (below && e->value <= *below))
        return NULL;
    left->n--;
    return e;
}

static void put_bucket(prom__wire *w, double upper, uint64_t count, const prom_exemplar *e)
{
    size_t before = prom__wire_size(w);
    if (e)
        prom__proto_exemplar_put(w, BUCKET_EXEMPLAR, e);
    prom__wire_double(w, BUCKET_UPPER, upper);
    prom__wire_u64(w, BUCKET_COUNT, count);
    prom__wire_close(w, HISTOGRAM_BUCKET, before);
}

/* The last bucket is the count: it stands here only where somebody said it, or for the sake of
 * its exemplar. */
static void put_buckets(prom__wire *w, const prom__histogram_value *h, prom__exemplars left)
{
    const double *uppers = h->uppers;
    const prom_exemplar *e = take_exemplar(&left, h->n ? &uppers[h->n - 1] : NULL);
    if (e || h->inf_said)
        put_bucket(w, INFINITY, h->count, e);
    for (size_t i = h->n; i-- > 0;) {
        e = take_exemplar(&left, i ? &uppers[i - 1] : NULL);
        put_bucket(w, uppers[i], h->cumulative[i], e);
    }
}

/* --- custom buckets ----------------------------------------------------- */

static void put_weighed_bucket(prom__wire *w, double upper, double weight)
{
    size_t before = prom__wire_size(w);
    prom__wire_double(w, BUCKET_WEIGHT, weight);
    prom__wire_double(w, BUCKET_UPPER, upper);
    prom__wire_close(w, HISTOGRAM_BUCKET, before);
}

static void put_custom(prom__wire *w, const prom_native *x, uint64_t count)
{
    double weight = x->weight;
    size_t k = x->n_positive;
    for (size_t i = x->n_custom; i-- > 0;) {
        for (; k && (size_t)x->positive[k - 1].index > i; k--) {
            if (x->is_float)
                weight -= x->positive[k - 1].n.weight;
            else
                count -= x->positive[k - 1].n.count;
        }
        if (x->is_float)
            put_weighed_bucket(w, x->custom[i], weight);
        else
            put_bucket(w, x->custom[i], count, NULL);
    }
}

/* --- native buckets ----------------------------------------------------- */

static void put_spans(prom__wire *w, const prom_native *x, bool negative, prom__arena *a)
{
    size_t most = (negative ? x->n_negative : x->n_positive) + 1;
    prom__native_span *span = prom__arena_alloc(a, most * sizeof *span);
    if (!span) {
        w->failed = true;
        return;
    }
    for (size_t n = prom__native_spans(x, negative, span); n-- > 0;) {
        size_t before = prom__wire_size(w);
        prom__wire_u64(w, SPAN_LENGTH, span[n].length);
        prom__wire_u64(w, SPAN_OFFSET, prom__zigzag(span[n].offset));
        prom__wire_close(w, negative ? HISTOGRAM_NEGATIVE : HISTOGRAM_POSITIVE, before);
    }
}

static void put_deltas(prom__wire *w, const prom_native *x, bool negative, prom__arena *a)
{
    size_t n = prom__native_deltas(x, negative, NULL), before = prom__wire_size(w);
    int64_t *delta = prom__arena_alloc(a, (n + 1) * sizeof *delta);
    if (!delta) {
        w->failed = true;
        return;
    }
    prom__native_deltas(x, negative, delta);
    for (size_t i = n; i-- > 0;)
        prom__wire_varint(w, prom__zigzag(delta[i]));
    if (n)
        prom__wire_close(w, (negative ? HISTOGRAM_NEGATIVE : HISTOGRAM_POSITIVE) + 1, before);
}

static void put_weights(prom__wire *w, const prom_native *x, bool negative, prom__arena *a)
{
    size_t n = prom__native_weights(x, negative, NULL), before = prom__wire_size(w);
    double *weight = prom__arena_alloc(a, (n + 1) * sizeof *weight);
    if (!weight) {
        w->failed = true;
        return;
    }
    prom__native_weights(x, negative, weight);
    for (size_t i = n; i-- > 0;)
        prom__wire_fixed64(w, weight[i]);
    if (n)
        prom__wire_close(w, (negative ? HISTOGRAM_NEGATIVE : HISTOGRAM_POSITIVE) + 2, before);
}

static void put_native(prom__wire *w, const prom_native *x, prom__arena *a)
{
    for (int negative = 0; negative < 2; negative++) { /* from the last field on */
        if (x->is_float)
            put_weights(w, x, negative, a);
        else
            put_deltas(w, x, negative, a);
        put_spans(w, x, negative, a);
    }
    prom__wire_double(w, HISTOGRAM_ZERO_WEIGHT, x->is_float ? x->zero_weight : 0);
    prom__wire_u64(w, HISTOGRAM_ZERO_COUNT, x->is_float ? 0 : x->zero_count);
    prom__wire_double(w, HISTOGRAM_ZERO_THRESHOLD, x->zero_threshold);
    prom__wire_u64(w, HISTOGRAM_SCHEMA, prom__zigzag(x->schema));
}

/* --- the whole ---------------------------------------------------------- */

static void put_native_exemplars(prom__wire *w, prom__exemplars all)
{
    for (size_t i = all.n; i-- > 0;)
        if (all.item[i].timestamp_ns != PROM_NO_TIME)
            prom__proto_exemplar_put(w, HISTOGRAM_EXEMPLAR, &all.item[i]);
}

void prom__proto_histogram_put(prom__wire *w, const prom__point *p, int64_t created,
                               prom__arena *a)
{
    const prom__histogram_value *h = p->value.histogram;
    const prom_native *x = h->native;
    bool custom = x && x->schema == PROM_CUSTOM_BUCKETS, is_float = x && x->is_float;
    if (p->more)
        put_native_exemplars(w, p->more->native_exemplars);
    prom__proto_created_put(w, HISTOGRAM_CREATED, created);
    if (x && !custom)
        put_native(w, x, a);
    if (is_float)
        prom__wire_double(w, HISTOGRAM_WEIGHT, x->weight);
    if (custom && !h->n)
        put_custom(w, x, h->count);
    else
        put_buckets(w, h, p->more ? p->more->exemplars : (prom__exemplars){ 0, NULL });
    prom__wire_double(w, HISTOGRAM_SUM, h->sum);
    prom__wire_u64(w, HISTOGRAM_COUNT, is_float ? 0 : h->count);
}
