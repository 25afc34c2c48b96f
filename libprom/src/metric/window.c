// SPDX-License-Identifier: Apache-2.0
#include "window.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <math.h>
#include <string.h>

/* A cell: epoch in the upper 24 bits, count in the lower 40. */
enum { COUNT_BITS = 40, EPOCH_MASK = 0xFFFFFF };
#define COUNT_MASK ((1ull << COUNT_BITS) - 1)

/* The first directory of pages lies behind the cells of the value 0. */
enum { ENTRIES = 32 };

prom__window prom__window_of(const prom_opts *o)
{
    prom__window w = { 1, o->age_buckets, (uint64_t)(o->max_age / o->age_buckets * 1e9) };
    while (1.0 / (double)(2u << w.bits) > o->accuracy)
        w.bits++;
    if (!w.sub_window_ns)
        w.sub_window_ns = 1;
    return w;
}

size_t prom__window_cells(const prom__window *w)
{
    return w->sub_windows + PROM__DIRECTORY_CELLS(ENTRIES);
}

/* --- where a value belongs ---------------------------------------------- */

typedef struct place {
    unsigned key; /* of its power of two and sign, never 0; ascends with the magnitude */
    unsigned part;
} place;

enum { SUBNORMAL_SHIFT = 54, KEY_OFFSET = SUBNORMAL_SHIFT + 1 };

static place place_of(double v, unsigned bits)
{
    uint64_t x;
    memcpy(&x, &v, sizeof x);
    unsigned exponent = x >> 52 & 0x7FF, shift = KEY_OFFSET;
    if (!exponent) { /* subnormal: as a normal number, further down */
        v *= 0x1p54;
        memcpy(&x, &v, sizeof x);
        exponent = x >> 52 & 0x7FF;
        shift -= SUBNORMAL_SHIFT;
    }
    return (place){ (exponent + shift) << 1 | (unsigned)(x >> 63),
                    (unsigned)(x >> (52 - bits)) & ((1u << bits) - 1) };
}

/* The middle of its bucket. */
static double value_at(place p, unsigned bits)
{
    int exponent = (int)(p.key >> 1) - KEY_OFFSET - 1023;
    double v =
        exponent > 1023 ? INFINITY : ldexp(1 + (p.part + 0.5) / (double)(1u << bits), exponent);
    return p.key & 1 ? -v : v;
}

/* --- counting ----------------------------------------------------------- */

/* A count that is full stays so, rather than run over into the epoch. */
static void count(_Atomic uint64_t *cell, uint64_t epoch, uint64_t n)
{
    uint64_t tag = epoch & EPOCH_MASK, old = atomic_load_explicit(cell, memory_order_relaxed),
             x;
    if (n > COUNT_MASK)
        n = COUNT_MASK;
    do {
        x = old >> COUNT_BITS == tag ? old + n : tag << COUNT_BITS | n;
        if (x >> COUNT_BITS != tag)
            x = tag << COUNT_BITS | COUNT_MASK;
    } while (!atomic_compare_exchange_weak_explicit(cell, &old, x, memory_order_relaxed,
                                                    memory_order_relaxed));
}

bool prom__window_add(const prom__window *w, prom__store *store, _Atomic uint64_t *cells,
                      double v, uint64_t n)
{
    uint64_t epoch = prom__clock_coarse() / w->sub_window_ns;
    unsigned sub = (unsigned)(epoch % w->sub_windows);
    if (v == 0) {
        count(&cells[sub], epoch, n);
        return true;
    }
    place p = place_of(v, w->bits);
    _Atomic uint64_t *page = prom__page_find(store, cells + w->sub_windows, ENTRIES, p.key);
    if (!page)
        page = prom__page_make(store, cells + w->sub_windows, ENTRIES, p.key,
                               ((size_t)1 << w->bits) * w->sub_windows);
    if (!page)
        return false;
    count(&page[p.part * w->sub_windows + sub], epoch, n);
    return true;
}

/* --- reading ------------------------------------------------------------ */

/* The counts of a bucket that are in the window. With `sweep`, expired ones are set to nothing
 * as they are met, so that a cell that is not written again for long does not come back when
 * its epoch does. An epoch just ahead is one that began after this walk did. */
static uint64_t living(const prom__window *w, const _Atomic uint64_t *cells, uint64_t epoch,
                       bool sweep)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < w->sub_windows; i++) {
        uint64_t x = atomic_load_explicit(&cells[i], memory_order_relaxed);
        uint64_t age = (epoch - (x >> COUNT_BITS)) & EPOCH_MASK;
        if (age < w->sub_windows || age >= EPOCH_MASK - 1)
            n += x & COUNT_MASK;
        else if (sweep && x)
            atomic_compare_exchange_strong_explicit((_Atomic uint64_t *)&cells[i], &x, 0,
                                                    memory_order_relaxed, memory_order_relaxed);
    }
    return n;
}

/* Calls each(data, value, count) for the non-empty buckets in the order of their values until
 * it returns false. */
static void walk(const prom__window *w, const prom__page *pages, size_t n,
                 const _Atomic uint64_t *zeros, uint64_t epoch, bool sweep,
                 bool (*each)(void *data, double value, uint64_t count), void *data)
{
    bool past_zero = false, more = true;
    for (size_t i = 0; i <= n && more; i++) {
        if (!past_zero && (i == n || !(pages[i].key & 1))) {
            past_zero = true;
            uint64_t c = living(w, zeros, epoch, sweep);
            more = !c || each(data, 0, c);
        }
        for (unsigned k = 0; i < n && k < 1u << w->bits && more; k++) {
            unsigned part = pages[i].key & 1 ? (1u << w->bits) - 1 - k : k;
            uint64_t c = living(w, pages[i].cells + part * w->sub_windows, epoch, sweep);
            more = !c || each(data, value_at((place){ pages[i].key, part }, w->bits), c);
        }
    }
}

static bool add_up(void *data, double value, uint64_t c)
{
    (void)value;
    *(uint64_t *)data += c;
    return true;
}

typedef struct ranks {
    const prom_objective *objective;
    size_t i, n;
    uint64_t total, seen;
    double *values;
} ranks;

static uint64_t rank_of(double q, uint64_t total)
{
    double r = ceil(q * (double)total);
    return r < 1 ? 1 : r > (double)total ? total : (uint64_t)r;
}

static bool take_ranks(void *data, double value, uint64_t c)
{
    ranks *r = data;
    r->seen += c;
    while (r->i < r->n && rank_of(r->objective[r->i].quantile, r->total) <= r->seen)
        r->values[r->i++] = value;
    for (size_t i = r->i; i < r->n; i++)
        r->values[i] = value; /* in case counts expire between the two walks */
    return r->i < r->n;
}

prom_err prom__window_read(const prom__window *w, const prom__source *source,
                           const _Atomic uint64_t *cells, prom__arena *a, double *values)
{
    size_t n;
    const prom__page *pages = prom__pages_sorted(
        (prom__page_walk){ source, cells + w->sub_windows, ENTRIES, 0 }, a, &n);
    if (!pages)
        return prom__no_memory("a summary");
    uint64_t epoch = prom__clock_coarse() / w->sub_window_ns;
    ranks r = { .objective = source->desc->opts.objectives,
                .n = source->desc->n_objectives,
                .values = values };
    for (size_t i = 0; i < r.n; i++)
        values[i] = (double)NAN;
    walk(w, pages, n, cells, epoch, source->store != NULL, add_up, &r.total);
    if (r.total)
        walk(w, pages, n, cells, epoch, false, take_ranks, &r);
    return PROM_OK;
}

/* --- setting back ------------------------------------------------------- */

void prom__window_reset(const prom__window *w, prom__store *store, _Atomic uint64_t *cells)
{
    prom__cells_clear(cells, w->sub_windows);
    prom__pages_clear(store, cells + w->sub_windows, ENTRIES,
                      ((size_t)1 << w->bits) * w->sub_windows);
}

/* --- the end ------------------------------------------------------------ */

void prom__window_release(prom__store *store, _Atomic uint64_t *cells, size_t n_cells)
{
    prom__pages_release(store, cells + n_cells - PROM__DIRECTORY_CELLS(ENTRIES), ENTRIES);
}
