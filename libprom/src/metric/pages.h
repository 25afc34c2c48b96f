// SPDX-License-Identifier: Apache-2.0
/* pages.h - cells that a series gets when it first needs them.
 *
 * Pages of cells hang in a directory, by key. A directory is cells too: the offset of the next
 * one, which is twice as large, then entries { key, offset / 16 of the page }. A page is looked
 * for in PROBES places from its key on, and then in the next directory; a place that is free
 * ends the search, for nothing is ever taken out. So finding takes no lock; making a page takes
 * the lock for its memory only. */
#ifndef PROM_METRIC_PAGES_H
#define PROM_METRIC_PAGES_H

#include "kind.h"

enum { PROM__PAGE_PROBES = 8, PROM__PAGE_OFFSET_BITS = 40 };

/* Of a first directory, which lies among the cells of its series; entries are a power of two
 * and at least PROM__PAGE_PROBES. */
#define PROM__DIRECTORY_CELLS(entries) (1 + (entries))

/* Cells in a record of their own. */
typedef struct prom__cells {
    prom__record head;
    uint64_t unused;
    _Atomic uint64_t cells[];
} prom__cells;

/* NULL: no memory. Both take the lock. */
prom__cells *prom__cells_new(prom__store *store, size_t n, uint64_t *offset);
void prom__cells_drop(prom__store *store, prom__cells *c);

static inline _Atomic uint64_t *prom__cells_at(const prom__store *store, uint64_t offset)
{
    return ((prom__cells *)(void *)prom__store_at(store, offset))->cells;
}

static inline const _Atomic uint64_t *prom__source_cells(const prom__source *source,
                                                         uint64_t offset)
{
    return ((const prom__cells *)(const void *)prom__source_at(source, offset))->cells;
}

static inline void prom__cells_clear(_Atomic uint64_t *cells, size_t n)
{
    for (size_t i = 0; i < n; i++)
        atomic_store_explicit(&cells[i], 0, memory_order_relaxed);
}

/* Keys are up to 2^24, not 0, and of the form number << 1 | sign, for neighbours to lie side by
 * side and the two signs apart. */
static inline _Atomic uint64_t *prom__page_entry(_Atomic uint64_t *directory, unsigned entries,
                                                 unsigned key, unsigned probe)
{
    unsigned first = (key >> 1) + (key & 1) * (entries / 2);
    return &directory[1 + ((first + probe) & (entries - 1))];
}

static inline uint64_t prom__page_offset(uint64_t entry)
{
    return (entry & ((UINT64_C(1) << PROM__PAGE_OFFSET_BITS) - 1)) * 16;
}

/* NULL: it was not there. */
static inline _Atomic uint64_t *prom__page_find(const prom__store *store,
                                                _Atomic uint64_t *directory, unsigned entries,
                                                unsigned key)
{
    for (;; entries *= 2) {
        for (unsigned i = 0; i < PROM__PAGE_PROBES; i++) {
            uint64_t x = atomic_load_explicit(prom__page_entry(directory, entries, key, i),
                                              memory_order_acquire);
            if (x >> PROM__PAGE_OFFSET_BITS == key)
                return prom__cells_at(store, prom__page_offset(x));
            if (!x)
                return NULL;
        }
        uint64_t next = atomic_load_explicit(directory, memory_order_acquire);
        if (!next)
            return NULL;
        directory = prom__cells_at(store, next);
    }
}

/* Finds it or makes one of so many cells, all 0. NULL: no memory. */
_Atomic uint64_t *prom__page_make(prom__store *store, _Atomic uint64_t *directory,
                                  unsigned entries, unsigned key, size_t n_cells);

typedef struct prom__page {
    unsigned key;
    const _Atomic uint64_t *cells;
} prom__page;

/* All pages in no order: begin with { source, first directory, entries }. */
typedef struct prom__page_walk {
    const prom__source *source;
    const _Atomic uint64_t *directory;
    unsigned entries, at;
} prom__page_walk;

bool prom__page_next(prom__page_walk *w, prom__page *out);

/* The same as an array in the arena, sorted: negative ones first, by value. NULL: no memory. */
prom__page *prom__pages_sorted(prom__page_walk w, prom__arena *a, size_t *n);

/* Sets all cells of all pages to 0. */
void prom__pages_clear(const prom__store *store, _Atomic uint64_t *directory, unsigned entries,
                       size_t page_cells);

/* Gives pages and further directories back, with the lock held. */
void prom__pages_release(prom__store *store, _Atomic uint64_t *directory, unsigned entries);

#endif
