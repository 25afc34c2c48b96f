// SPDX-License-Identifier: Apache-2.0
/* otlp_histogram.c - histograms as OTLP has them: buckets that are not cumulative, and between
 * the first and the last native one all that are empty too. */
#include "base/alloc.h"
#include "model/native.h"
#include "otlp_point.h"

enum { HISTOGRAM_BUCKETS = 6, HISTOGRAM_BOUNDS, HISTOGRAM_EXEMPLAR, HISTOGRAM_ATTRIBUTE };
enum {
    EXPONENTIAL_ATTRIBUTE = 1,
    EXPONENTIAL_SCALE = 6,
    EXPONENTIAL_ZERO_COUNT,
    EXPONENTIAL_POSITIVE,
    EXPONENTIAL_NEGATIVE,
    EXPONENTIAL_EXEMPLAR = 11,
    EXPONENTIAL_ZERO_THRESHOLD = 14
};
enum { SIDE_OFFSET = 1, SIDE_COUNTS };

/* Buckets of one side, empty ones included. Where values lie so far apart that it takes more, a
 * coarser scale takes fewer; the counts stay exact. */
enum { MOST_BUCKETS = 4096 };

/* The sum is said even if it is 0: a histogram may have none. */
static void put_whole(prom__otlp_point *x)
{
    prom__otlp_double_put(&x->wire, PROM__OTLP_WHOLE_SUM, x->reader.metric.sum);
    prom__otlp_fixed64_put(&x->wire, PROM__OTLP_COUNT, x->reader.metric.count);
    prom__otlp_times_put(x, &x->wire);
}

/* --- with bounds ---------------------------------------------------------- */

/* Custom native buckets are classic ones that are told otherwise. */
static prom_err take_custom(prom__otlp_point *x)
{
    prom_metric *m = &x->reader.metric;
    prom__native_classic walk = { .native = m->native };
    prom_bucket *all = prom__arena_alloc(
        &x->reader.memory, prom__size_times(m->native->n_custom + 1, sizeof *all));
    if (!all)
        return prom__no_memory("a request");
    while (prom__native_classic_next(&walk))
        all[walk.n - 1] = (prom_bucket){ walk.upper, walk.count };
    m->buckets = all;
    m->n_buckets = walk.n;
    return PROM_OK;
}

static void put_buckets(prom__wire *w, const prom_metric *m)
{
    size_t before = prom__wire_size(w);
    uint64_t above = m->count;
    for (size_t i = m->n_buckets; i-- > 0;)
        prom__wire_fixed64(w, m->buckets[i].upper);
    if (m->n_buckets)
        prom__wire_close(w, HISTOGRAM_BOUNDS, before);
    before = prom__wire_size(w);
    for (size_t i = m->n_buckets; i-- > 0; above = m->buckets[i].count)
        prom__wire_bits64(w, above - m->buckets[i].count);
    prom__wire_bits64(w, above);
    prom__wire_close(w, HISTOGRAM_BUCKETS, before);
}

prom_err prom__otlp_histogram_put(prom__otlp_point *x)
{
    const prom_metric *m = &x->reader.metric;
    prom_err e = m->native && !m->n_buckets ? take_custom(x) : PROM_OK;
    if (e)
        return e;
    prom__otlp_attributes_put(&x->wire, HISTOGRAM_ATTRIBUTE, m);
    prom__otlp_exemplars_put(x, &x->wire, HISTOGRAM_EXEMPLAR, m->exemplars, m->n_exemplars);
    put_buckets(&x->wire, m);
    put_whole(x);
    return PROM_OK;
}

/* --- exponential ---------------------------------------------------------- */

static bool is_too_wide(const prom_native_bucket *b, size_t n, unsigned steps)
{
    return n && prom__native_coarser(b[n - 1].index, steps) -
                        prom__native_coarser(b[0].index, steps) >=
                    MOST_BUCKETS;
}

/* Steps to a scale with few enough buckets; all doubles lie within 2,200 of scale 0. */
static unsigned steps_of(const prom_native *x)
{
    unsigned steps = 0;
    while (is_too_wide(x->positive, x->n_positive, steps) ||
           is_too_wide(x->negative, x->n_negative, steps))
        steps++;
    return steps;
}

/* Bucket i of OTLP is what is i + 1 in Prometheus. */
static void put_side(prom__wire *w, unsigned field, const prom_native_bucket *b, size_t n,
                     unsigned steps)
{
    size_t whole = prom__wire_size(w);
    if (!n)
        return;
    int32_t first = prom__native_coarser(b[0].index, steps);
    for (int32_t i = prom__native_coarser(b[n - 1].index, steps); i >= first; i--) {
        uint64_t count = 0;
        for (; n && prom__native_coarser(b[n - 1].index, steps) == i; n--)
            count += b[n - 1].n.count;
        prom__wire_varint(w, count);
    }
    prom__wire_close(w, SIDE_COUNTS, whole);
    prom__wire_u64(w, SIDE_OFFSET, prom__zigzag(first - 1));
    prom__wire_close(w, field, whole);
}

void prom__otlp_exponential_put(prom__otlp_point *x)
{
    prom__wire *w = &x->wire;
    const prom_metric *m = &x->reader.metric;
    const prom_native *n = m->native;
    unsigned steps = steps_of(n);
    prom__wire_double(w, EXPONENTIAL_ZERO_THRESHOLD, n->zero_threshold);
    if (m->n_native_exemplars)
        prom__otlp_exemplars_put(x, w, EXPONENTIAL_EXEMPLAR, m->native_exemplars,
                                 m->n_native_exemplars);
    else
        prom__otlp_exemplars_put(x, w, EXPONENTIAL_EXEMPLAR, m->exemplars, m->n_exemplars);
    put_side(w, EXPONENTIAL_NEGATIVE, n->negative, n->n_negative, steps);
    put_side(w, EXPONENTIAL_POSITIVE, n->positive, n->n_positive, steps);
    prom__otlp_fixed64_put(w, EXPONENTIAL_ZERO_COUNT, n->zero_count);
    prom__wire_u64(w, EXPONENTIAL_SCALE, prom__zigzag(n->schema - (int)steps));
    put_whole(x);
    prom__otlp_attributes_put(w, EXPONENTIAL_ATTRIBUTE, m);
}
