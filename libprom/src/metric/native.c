// SPDX-License-Identifier: Apache-2.0
#include "native.h"

#include "base/alloc.h"
#include "histogram.h"
#include "native_fold.h"
#include "native_limit.h"

/* --- observing ---------------------------------------------------------- */

static bool add(_Atomic uint64_t *cell, uint64_t n)
{
    return !atomic_fetch_add_explicit(cell, n, memory_order_relaxed);
}

/* Release: whoever sees the count in the zero bucket sees how wide it was then. */
static void add_zero(_Atomic uint64_t *cells, uint64_t n)
{
    atomic_fetch_add_explicit(&cells[PROM__NATIVE_ZERO], n, memory_order_release);
}

/* The cell of v, which belongs to no zero bucket. NULL: no memory for its page. */
static inline _Atomic uint64_t *bucket_of(const prom_vec *vec, _Atomic uint64_t *cells,
                                          uint64_t state, double v)
{
    _Atomic uint64_t *directory = prom__native_directory(vec->store, cells, state);
    int32_t index = prom__native_index(v, vec->native.steps + prom__native_number(state));
    unsigned key = prom__native_key(index, v < 0);
    _Atomic uint64_t *page = prom__page_find(vec->store, directory, PROM__NATIVE_ENTRIES, key);
    if (!page)
        page = prom__page_make(vec->store, directory, PROM__NATIVE_ENTRIES, key,
                               PROM__NATIVE_PAGE);
    return page ? &page[index & (PROM__NATIVE_PAGE - 1)] : NULL;
}

/* Counts v, and says whether that populated a bucket. false: there was no memory. */
static inline bool count(const prom_vec *vec, _Atomic uint64_t *cells, uint64_t state, double v,
                         uint64_t n, bool *populated)
{
    *populated = false;
    if (v != v) {
        add(&cells[PROM__NATIVE_NAN], n);
    } else if (fabs(v) <= vec->native.zero_threshold ||
               fabs(v) <= prom__cell_double(&cells[PROM__NATIVE_WIDENED])) {
        add_zero(cells, n);
    } else {
        _Atomic uint64_t *cell = bucket_of(vec, cells, state, v);
        if (!cell)
            return false;
        *populated = add(cell, n);
    }
    return true;
}

/* Behind the native part, and released: so a read, which looks at the classic buckets first,
 * has in the native ones whatever it has in these. */
static void count_classic(const prom_vec *vec, _Atomic uint64_t *cells, double v, uint64_t n)
{
    size_t bucket = v != v ? vec->n_bounds : prom__histogram_bucket(vec, v);
    if (bucket < vec->n_bounds)
        atomic_fetch_add_explicit(&cells[bucket], n, memory_order_release);
}

void prom__native_observe(prom__child *h, double v, uint64_t n)
{
    const prom_vec *vec = h->vec;
    _Atomic uint64_t *cells = h->series->cells + vec->n_bounds;
    bool populated;
    if (v != v && prom__nan_dropped(vec, n))
        return;
    uint64_t state = atomic_load_explicit(&cells[PROM__NATIVE_STATE], memory_order_acquire);
    if (state & PROM__NATIVE_PENDING) {
        prom__native_reset_if_due(vec->desc, vec->store, h->series);
        state = atomic_load_explicit(&cells[PROM__NATIVE_STATE], memory_order_acquire);
    }
    if (!count(vec, cells, state, v, n, &populated)) {
        atomic_fetch_add_explicit(&prom__dropped_observations, n, memory_order_relaxed);
        return;
    }
    prom__cell_add(&cells[PROM__NATIVE_SUM], v * (double)n);
    if (vec->n_bounds)
        count_classic(vec, h->series->cells, v, n);
    if (!populated)
        return;
    uint64_t buckets = prom__native_populated(atomic_fetch_add_explicit(
                           &cells[PROM__NATIVE_POPULATED], 1, memory_order_relaxed)) +
                       1;
    /* A reset takes v away too, which is then the first observation of what follows. */
    if (buckets > vec->native.max_buckets &&
        prom__native_limit(vec->desc, vec->store, h->series))
        prom__native_observe(h, v, n);
}

/* --- reading ------------------------------------------------------------ */

static size_t cells(const prom__desc *d)
{
    return d->n_bounds + PROM__NATIVE_CELLS;
}

/* Cumulative counts of the finite classic buckets. NULL: no memory. */
static uint64_t *read_classic(const prom__desc *d, const prom__series *s, prom__arena *a)
{
    uint64_t *cumulative = prom__arena_alloc(a, (d->n_bounds + 1) * sizeof *cumulative);
    uint64_t count = 0;
    for (size_t i = 0; cumulative && i < d->n_bounds; i++)
        cumulative[i] = count += atomic_load_explicit(&s->cells[i], memory_order_acquire);
    return cumulative;
}

static prom_err read(const prom__source *source, const prom__series *s, prom__arena *a,
                     prom__point *out)
{
    const prom__desc *d = source->desc;
    const _Atomic uint64_t *own = s->cells + d->n_bounds;
    prom__native_fold f;
    struct {
        prom__histogram_value value;
        prom_native native;
    } *h = prom__arena_alloc(a, sizeof *h);
    if (source->store && atomic_load_explicit(&own[PROM__NATIVE_STATE], memory_order_relaxed) &
                             PROM__NATIVE_PENDING)
        prom__native_reset_if_due(d, source->store, (prom__series *)s);
    uint64_t *cumulative = read_classic(d, s, a);
    if (!h || !cumulative || !prom__native_fold_make(source, own, a, &f))
        return prom__no_memory("a histogram");
    uint64_t count =
        f.count + atomic_load_explicit(&own[PROM__NATIVE_NAN], memory_order_relaxed);
    for (size_t i = 0; i < d->n_bounds; i++)
        if (cumulative[i] > count) /* read in the middle of a reset */
            cumulative[i] = count;
    h->native = (prom_native){ .size = sizeof h->native,
                               .schema = prom__native_fold_schema(d, &f),
                               .zero_threshold = f.zero_threshold,
                               .zero_count = f.zero_count,
                               .positive = f.side[0].at,
                               .n_positive = f.side[0].n,
                               .negative = f.side[1].at,
                               .n_negative = f.side[1].n };
    h->value = (prom__histogram_value){ .sum = prom__cell_double(&own[PROM__NATIVE_SUM]),
                                        .count = count,
                                        .n = d->n_bounds,
                                        .marks = d->marks,
                                        .cumulative = cumulative,
                                        .uppers = d->opts.buckets,
                                        .native = &h->native };
    out->value.histogram = &h->value;
    return PROM_OK;
}

static void release(prom__store *store, prom__series *s)
{
    prom__native_release(store, s->cells + s->n_cells - PROM__NATIVE_CELLS);
}

static void reset(const prom__desc *d, prom__store *store, prom__series *s)
{
    prom__cells_clear(s->cells, d->n_bounds);
    prom__native_clear(store, s->cells + d->n_bounds);
}

/* All that was ever observed, the sum aside, which may stay as it is. */
static uint64_t pulse(const prom__desc *d, const prom__store *store, const prom__series *s)
{
    const prom__source source = { .desc = d, .store = store };
    const _Atomic uint64_t *own = s->cells + d->n_bounds;
    uint64_t n = own[PROM__NATIVE_ZERO] + own[PROM__NATIVE_NAN];
    prom__block_walk blocks = { .source = &source, .cells = own };
    while (prom__block_next(&blocks)) {
        prom__page_walk pages = { &source, blocks.directory, PROM__NATIVE_ENTRIES, 0 };
        for (prom__page p; prom__page_next(&pages, &p);)
            for (int i = 0; i < PROM__NATIVE_PAGE; i++)
                n += atomic_load_explicit(&p.cells[i], memory_order_relaxed);
    }
    return n;
}

const prom__kind prom__native_kind = { cells, read, release, reset, pulse };
