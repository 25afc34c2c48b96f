// SPDX-License-Identifier: Apache-2.0
/* histogram.h - which bucket a value belongs to, and what happens to NaN. */
#ifndef PROM_METRIC_HISTOGRAM_H
#define PROM_METRIC_HISTOGRAM_H

#include "base/tally.h"
#include "vec.h"

/* Above this many bounds a binary search is cheaper than comparing with all of them. */
enum { PROM__COMPARE_ALL = 32 };

typedef double prom__two_doubles __attribute__((vector_size(16), aligned(8)));
typedef int64_t prom__two_counts __attribute__((vector_size(16)));

/* The number of bounds below v, without a branch on any of them: a mispredicted one costs more
 * than the comparisons. The bounds are filled up with infinities, which are below nothing.
 * Vectors of two, which every x86-64 and AArch64 has. */
static inline size_t prom__bucket_compare(const double *bounds, size_t n, double v)
{
    prom__two_doubles x = { v, v };
    prom__two_counts even = { 0, 0 }, odd = { 0, 0 };
    for (size_t i = 0; i < n; i += 4) {
        even -= x > *(const prom__two_doubles *)(const void *)(bounds + i);
        odd -= x > *(const prom__two_doubles *)(const void *)(bounds + i + 2);
    }
    even += odd;
    return (size_t)(even[0] + even[1]);
}

static inline size_t prom__bucket_search(const double *bounds, size_t n, double v)
{
    const double *base = bounds;
    while (n > 1) {
        size_t half = n / 2;
        base += (size_t)(base[half - 1] < v) * half; /* arithmetic, where ?: may branch */
        n -= half;
    }
    return (size_t)(base - bounds) + (*base < v);
}

static inline prom__buckets prom__buckets_of(const prom__desc *d)
{
    return d->native.on                       ? PROM__BUCKETS_NATIVE
           : d->n_bounds <= PROM__COMPARE_ALL ? PROM__BUCKETS_FEW
                                              : PROM__BUCKETS_MANY;
}

/* The classic bucket of x, which is not NaN: the number of finite bounds below it, so all of
 * them where that is the bucket of +Inf. */
static inline size_t prom__histogram_bucket(const prom_vec *v, double x)
{
    return v->n_bounds <= PROM__COMPARE_ALL ? prom__bucket_compare(v->bounds, v->n_bounds, x)
                                            : prom__bucket_search(v->bounds, v->n_bounds, x);
}

/* Whether n observations of NaN are dropped, which are counted then. */
static inline bool prom__nan_dropped(const prom_vec *v, uint64_t n)
{
    if (v->desc->opts.nan != PROM_NAN_DROP)
        return false;
    atomic_fetch_add_explicit(&prom__dropped_observations, n, memory_order_relaxed);
    return true;
}

#endif
