// SPDX-License-Identifier: Apache-2.0
/* histogram.c - cells: one count for each finite bucket and one for +Inf, not cumulative, then
 * the sum. The count is the sum of the counts, so it and the +Inf bucket cannot disagree, and
 * an observation costs two atomic operations. The sum may lag by the observations in flight. */
#include "base/alloc.h"
#include "base/tally.h"
#include "vec.h"

/* Above this many bounds a binary search is cheaper than comparing with all of them. */
enum { COMPARE_ALL = 32 };

typedef double two_doubles __attribute__((vector_size(16), aligned(8)));
typedef int64_t two_counts __attribute__((vector_size(16)));

/* The number of bounds below v, without a branch on any of them: a mispredicted one costs more
 * than the comparisons. The bounds are filled up with infinities, which are below nothing.
 * Vectors of two, which every x86-64 and AArch64 has. */
static size_t compare_all(const double *bounds, size_t n, double v)
{
    two_doubles x = { v, v };
    two_counts even = { 0, 0 }, odd = { 0, 0 };
    for (size_t i = 0; i < n; i += 4) {
        even -= x > *(const two_doubles *)(const void *)(bounds + i);
        odd -= x > *(const two_doubles *)(const void *)(bounds + i + 2);
    }
    even += odd;
    return (size_t)(even[0] + even[1]);
}

static size_t search(const double *bounds, size_t n, double v)
{
    const double *base = bounds;
    while (n > 1) {
        size_t half = n / 2;
        base += (size_t)(base[half - 1] < v) * half; /* arithmetic, where ?: may branch */
        n -= half;
    }
    return (size_t)(base - bounds) + (*base < v);
}

void prom_histogram_observe(prom_histogram *histogram, double v)
{
    prom__child *h = (prom__child *)(void *)histogram;
    if (!h)
        return;
    const prom_vec *vec = h->vec;
    size_t n = vec->n_bounds, bucket;
    if (n <= COMPARE_ALL)
        bucket = compare_all(vec->bounds, n, v);
    else
        bucket = search(vec->bounds, n, v);
    if (v != v) {
        if (vec->desc->opts.nan == PROM_NAN_DROP) {
            atomic_fetch_add_explicit(&prom__dropped_observations, 1, memory_order_relaxed);
            return;
        }
        bucket = n;
    }
    _Atomic uint64_t *cells = h->series->cells;
    atomic_fetch_add_explicit(&cells[bucket], 1, memory_order_relaxed);
    prom__cell_add(&cells[n + 1], v);
}

static size_t cells(const prom__desc *d)
{
    return d->n_bounds + 2;
}

static prom_err read(const prom__source *source, const prom__series *s, prom__arena *a,
                     prom__point *out)
{
    const prom__desc *d = source->desc;
    struct {
        prom__histogram_value value;
        uint64_t cumulative[];
    } *h = prom__arena_alloc(a, sizeof *h + d->n_bounds * sizeof *h->cumulative);
    if (!h)
        return prom__no_memory("a histogram");
    uint64_t count = 0;
    for (size_t i = 0; i < d->n_bounds; i++) {
        count += atomic_load_explicit(&s->cells[i], memory_order_relaxed);
        h->cumulative[i] = count;
    }
    count += atomic_load_explicit(&s->cells[d->n_bounds], memory_order_relaxed);
    h->value = (prom__histogram_value){ .sum = prom__cell_double(&s->cells[d->n_bounds + 1]),
                                        .count = count,
                                        .n = d->n_bounds,
                                        .marks = d->marks,
                                        .cumulative = h->cumulative };
    out->value.histogram = &h->value;
    return PROM_OK;
}

const prom__kind prom__histogram_kind = { cells, read, NULL, NULL, NULL };
