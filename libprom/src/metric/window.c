// SPDX-License-Identifier: Apache-2.0
#include "window.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/lock.h"

#include <math.h>
#include <string.h>

/* A cell: epoch in the upper 24 bits, count in the lower 40. */
enum { COUNT_BITS = 40, EPOCH_MASK = 0xFFFFFF };
#define COUNT_MASK ((1ull << COUNT_BITS) - 1)

/* A directory: the offset of the next one, then entries { key, offset / 16 of the page }. It is
 * probed from the key on; an entry that is 0 ends the search. The first lies among the cells of
 * the series, behind those of the value 0. */
enum { ENTRIES = 32, DIRECTORY_CELLS = 1 + ENTRIES, OFFSET_BITS = 48 };

static uint64_t page_offset(uint64_t entry)
{
    return (entry & ((1ull << OFFSET_BITS) - 1)) * 16;
}

/* More cells, in a record of their own: a page, or a further directory. */
typedef struct cell_record {
    prom__record head;
    uint64_t unused;
    _Atomic uint64_t cells[];
} cell_record;

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
    return w->sub_windows + DIRECTORY_CELLS;
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

/* --- pages -------------------------------------------------------------- */

static unsigned first_entry(unsigned key)
{
    return (key >> 1) + (key & 1) * (ENTRIES / 2);
}

/* The entry of this key, or the first free one; NULL: the directory is full of others. */
static _Atomic uint64_t *entry_of(_Atomic uint64_t *directory, unsigned key)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        _Atomic uint64_t *e = &directory[1 + (first_entry(key) + i) % ENTRIES];
        uint64_t x = atomic_load_explicit(e, memory_order_acquire);
        if (!x || x >> OFFSET_BITS == key)
            return e;
    }
    return NULL;
}

static _Atomic uint64_t *cells_at(prom__store *store, uint64_t offset)
{
    return ((cell_record *)(void *)prom__store_at(store, offset))->cells;
}

static cell_record *new_cells(prom__store *store, size_t n, uint64_t *offset)
{
    return (cell_record *)(void *)prom__store_alloc(store, sizeof(cell_record) + n * 8,
                                                    PROM__RECORD_CELLS, offset);
}

static void drop_cells(prom__store *store, cell_record *r)
{
    prom__lock();
    prom__store_free(store, &r->head);
    prom__unlock();
}

static _Atomic uint64_t *next_directory(prom__store *store, _Atomic uint64_t *directory)
{
    uint64_t next = atomic_load_explicit(directory, memory_order_acquire), offset;
    if (next)
        return cells_at(store, next);
    cell_record *r = new_cells(store, DIRECTORY_CELLS, &offset);
    if (!r)
        return NULL;
    if (!atomic_compare_exchange_strong_explicit(directory, &next, offset, memory_order_acq_rel,
                                                 memory_order_acquire)) {
        drop_cells(store, r);
        return cells_at(store, next);
    }
    return r->cells;
}

/* The slow path, once for each power of two in the life of a series. */
static _Atomic uint64_t *make_page(const prom__window *w, prom__store *store,
                                   _Atomic uint64_t *directory, unsigned key)
{
    uint64_t offset;
    cell_record *r = new_cells(store, ((size_t)1 << w->bits) * w->sub_windows, &offset);
    if (!r)
        return NULL;
    uint64_t mine = (uint64_t)key << OFFSET_BITS | offset / 16;
    while (directory) {
        _Atomic uint64_t *e = entry_of(directory, key);
        uint64_t x = 0;
        if (!e) {
            directory = next_directory(store, directory);
            continue;
        }
        if (atomic_compare_exchange_strong_explicit(e, &x, mine, memory_order_acq_rel,
                                                    memory_order_acquire))
            return r->cells;
        if (x >> OFFSET_BITS == key) { /* somebody was faster */
            drop_cells(store, r);
            return cells_at(store, page_offset(x));
        }
    }
    drop_cells(store, r);
    return NULL;
}

static _Atomic uint64_t *page_of(const prom__window *w, prom__store *store,
                                 _Atomic uint64_t *directory, unsigned key)
{
    for (_Atomic uint64_t *d = directory;;) {
        _Atomic uint64_t *e = entry_of(d, key);
        uint64_t x = e ? atomic_load_explicit(e, memory_order_acquire) : 0;
        if (x >> OFFSET_BITS == key)
            return cells_at(store, page_offset(x));
        uint64_t next = e ? 0 : atomic_load_explicit(d, memory_order_acquire);
        if (!next)
            return make_page(w, store, d, key);
        d = cells_at(store, next);
    }
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
    _Atomic uint64_t *page = page_of(w, store, cells + w->sub_windows, p.key);
    if (!page)
        return false;
    count(&page[p.part * w->sub_windows + sub], epoch, n);
    return true;
}

/* --- reading ------------------------------------------------------------ */

typedef struct page {
    unsigned key;
    const _Atomic uint64_t *cells;
} page;

static int64_t order_of(unsigned key)
{
    return key & 1 ? -(int64_t)key : (int64_t)key;
}

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

static const _Atomic uint64_t *source_cells(const prom__source *source, uint64_t offset)
{
    return ((const cell_record *)(const void *)prom__source_at(source, offset))->cells;
}

/* All pages of the series, by value. NULL: no memory. */
static page *sorted_pages(const prom__source *source, const _Atomic uint64_t *directory,
                          prom__arena *a, size_t *n)
{
    page *pages = NULL;
    size_t cap = *n = 0;
    for (const _Atomic uint64_t *d = directory; d;) {
        for (unsigned i = 1; i < DIRECTORY_CELLS; i++) {
            uint64_t x = atomic_load_explicit(&d[i], memory_order_acquire);
            if (!x)
                continue;
            if (!(pages = prom__arena_grow(a, pages, *n, &cap, sizeof *pages)))
                return NULL;
            page p = { (unsigned)(x >> OFFSET_BITS), source_cells(source, page_offset(x)) };
            size_t k = (*n)++;
            for (; k && order_of(pages[k - 1].key) > order_of(p.key); k--)
                pages[k] = pages[k - 1];
            pages[k] = p;
        }
        uint64_t next = atomic_load_explicit(&d[0], memory_order_acquire);
        d = next ? source_cells(source, next) : NULL;
    }
    return pages ? pages : prom__arena_alloc(a, sizeof *pages);
}

/* Calls each(data, value, count) for the non-empty buckets in the order of their values until
 * it returns false. */
static void walk(const prom__window *w, const page *pages, size_t n,
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
    page *pages = sorted_pages(source, cells + w->sub_windows, a, &n);
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

static void zero(_Atomic uint64_t *cells, size_t n)
{
    for (size_t i = 0; i < n; i++)
        atomic_store_explicit(&cells[i], 0, memory_order_relaxed);
}

void prom__window_reset(const prom__window *w, prom__store *store, _Atomic uint64_t *cells)
{
    size_t page_cells = ((size_t)1 << w->bits) * w->sub_windows;
    zero(cells, w->sub_windows);
    for (_Atomic uint64_t *d = cells + w->sub_windows; d;) {
        for (unsigned i = 1; i < DIRECTORY_CELLS; i++) {
            uint64_t x = atomic_load_explicit(&d[i], memory_order_acquire);
            if (x)
                zero(cells_at(store, page_offset(x)), page_cells);
        }
        uint64_t next = atomic_load_explicit(&d[0], memory_order_acquire);
        d = next ? cells_at(store, next) : NULL;
    }
}

/* --- the end ------------------------------------------------------------ */

void prom__window_release(prom__store *store, _Atomic uint64_t *cells, size_t n_cells)
{
    uint64_t own = 0; /* of the directory's record; the first one has none */
    for (_Atomic uint64_t *d = cells + n_cells - DIRECTORY_CELLS; d;) {
        for (unsigned i = 1; i < DIRECTORY_CELLS; i++) {
            uint64_t x = atomic_load_explicit(&d[i], memory_order_acquire);
            if (x)
                prom__store_free(store, prom__store_at(store, page_offset(x)));
        }
        uint64_t next = atomic_load_explicit(&d[0], memory_order_acquire);
        if (own)
            prom__store_free(store, prom__store_at(store, own));
        own = next;
        d = next ? cells_at(store, next) : NULL;
    }
}
