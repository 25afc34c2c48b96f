// SPDX-License-Identifier: Apache-2.0
/* histogram.c - cells: one count for each finite bucket and one for +Inf, not cumulative, then
 * the sum. The count is the sum of the counts, so it and the +Inf bucket cannot disagree, and
 * an observation costs two atomic operations. The sum may lag by the observations in flight. */
#include "histogram.h"

#include "base/alloc.h"
#include "native.h"

/* n times v. Always inlined: n is 1 where it matters. */
static inline __attribute__((always_inline)) void observe(prom_histogram *histogram, double v,
                                                          uint64_t n)
{
    prom__child *h = (prom__child *)(void *)histogram;
    if (!h)
        return;
    const prom_vec *vec = h->vec;
    size_t bucket;
    if (vec->buckets == PROM__BUCKETS_FEW) {
        bucket = prom__bucket_compare(vec->bounds, vec->n_bounds, v);
    } else if (vec->buckets == PROM__BUCKETS_MANY) {
        bucket = prom__bucket_search(vec->bounds, vec->n_bounds, v);
    } else {
        prom__native_observe(h, v, n);
        return;
    }
    if (v != v) {
        if (prom__nan_dropped(vec, n))
            return;
        bucket = vec->n_bounds;
    }
    _Atomic uint64_t *cells = h->series->cells;
    atomic_fetch_add_explicit(&cells[bucket], n, memory_order_relaxed);
    prom__cell_add(&cells[vec->n_bounds + 1], v * (double)n);
}

void prom_histogram_observe(prom_histogram *h, double v)
{
    observe(h, v, 1);
}

void prom_histogram_observe_n(prom_histogram *h, double v, uint64_t n)
{
    if (n)
        observe(h, v, n);
}

void prom_histogram_observe_many(prom_histogram *h, const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        observe(h, v[i], 1);
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
                                        .cumulative = h->cumulative,
                                        .uppers = d->opts.buckets };
    out->value.histogram = &h->value;
    return PROM_OK;
}

static uint64_t pulse(const prom__desc *d, const prom__store *store, const prom__series *s)
{
    (void)store;
    uint64_t n = 0;
    for (size_t i = 0; i <= d->n_bounds; i++)
        n += atomic_load_explicit(&s->cells[i], memory_order_relaxed);
    return n;
}

const prom__kind prom__histogram_kind = { cells, read, NULL, NULL, pulse };
