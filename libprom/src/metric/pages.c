// SPDX-License-Identifier: Apache-2.0
#include "pages.h"

#include "base/lock.h"

#include <stdlib.h>

prom__cells *prom__cells_new(prom__store *store, size_t n, uint64_t *offset)
{
    return (prom__cells *)(void *)prom__store_alloc(store, sizeof(prom__cells) + n * 8,
                                                    PROM__RECORD_CELLS, offset);
}

void prom__cells_drop(prom__store *store, prom__cells *c)
{
    prom__lock();
    prom__store_free(store, &c->head);
    prom__unlock();
}

/* --- making ------------------------------------------------------------- */

static _Atomic uint64_t *next_directory(prom__store *store, _Atomic uint64_t *directory,
                                        unsigned entries)
{
    uint64_t next = atomic_load_explicit(directory, memory_order_acquire), offset;
    if (next)
        return prom__cells_at(store, next);
    prom__cells *c = prom__cells_new(store, PROM__DIRECTORY_CELLS(entries), &offset);
    if (!c)
        return NULL;
    if (!atomic_compare_exchange_strong_explicit(directory, &next, offset, memory_order_acq_rel,
                                                 memory_order_acquire)) {
        prom__cells_drop(store, c);
        return prom__cells_at(store, next);
    }
    return c->cells;
}

/* Puts an entry into the first place that is free for it, unless its key is there: then that
 * entry. 0: neither, for there is no memory. */
static uint64_t enter(prom__store *store, _Atomic uint64_t *directory, unsigned entries,
                      uint64_t entry)
{
    unsigned key = (unsigned)(entry >> PROM__PAGE_OFFSET_BITS);
    for (; directory; directory = next_directory(store, directory, entries)) {
        for (unsigned i = 0; i < PROM__PAGE_PROBES; i++) {
            uint64_t x = 0;
            if (atomic_compare_exchange_strong_explicit(
                    prom__page_entry(directory, entries, key, i), &x, entry,
                    memory_order_acq_rel, memory_order_acquire))
                return entry;
            if (x >> PROM__PAGE_OFFSET_BITS == key)
                return x;
        }
        entries *= 2;
    }
    return 0;
}

_Atomic uint64_t *prom__page_make(prom__store *store, _Atomic uint64_t *directory,
                                  unsigned entries, unsigned key, size_t n_cells)
{
    uint64_t offset;
    prom__cells *c = prom__cells_new(store, n_cells, &offset);
    if (!c)
        return NULL;
    uint64_t mine = (uint64_t)key << PROM__PAGE_OFFSET_BITS | offset / 16;
    uint64_t x = enter(store, directory, entries, mine);
    if (x != mine)
        prom__cells_drop(store, c);
    return x ? prom__cells_at(store, prom__page_offset(x)) : NULL;
}

/* --- walking ------------------------------------------------------------ */

bool prom__page_next(prom__page_walk *w, prom__page *out)
{
    while (w->directory) {
        while (w->at < w->entries) {
            uint64_t x = atomic_load_explicit(&w->directory[1 + w->at++], memory_order_acquire);
            if (x) {
                *out = (prom__page){ (unsigned)(x >> PROM__PAGE_OFFSET_BITS),
                                     prom__source_cells(w->source, prom__page_offset(x)) };
                return true;
            }
        }
        uint64_t next = atomic_load_explicit(w->directory, memory_order_acquire);
        w->directory = next ? prom__source_cells(w->source, next) : NULL;
        w->entries *= 2;
        w->at = 0;
    }
    return false;
}

static int64_t order_of(unsigned key)
{
    return key & 1 ? -(int64_t)key : (int64_t)key;
}

static int compare(const void *a, const void *b)
{
    int64_t x = order_of(((const prom__page *)a)->key),
            y = order_of(((const prom__page *)b)->key);
    return (x > y) - (x < y);
}

prom__page *prom__pages_sorted(prom__page_walk w, prom__arena *a, size_t *n)
{
    size_t cap = *n = 0;
    bool sorted = true;
    prom__page p, *pages = NULL;
    while (prom__page_next(&w, &p)) {
        if (!(pages = prom__arena_grow(a, pages, *n, &cap, sizeof *pages)))
            return NULL;
        sorted = sorted && (!*n || order_of(pages[*n - 1].key) < order_of(p.key));
        pages[(*n)++] = p;
    }
    if (!sorted)
        qsort(pages, *n, sizeof *pages, compare);
    return pages ? pages : prom__arena_alloc(a, sizeof *pages);
}

void prom__pages_clear(const prom__store *store, _Atomic uint64_t *directory, unsigned entries,
                       size_t page_cells)
{
    prom__source source = { .store = store };
    prom__page_walk w = { &source, directory, entries, 0 };
    prom__page p;
    while (prom__page_next(&w, &p))
        prom__cells_clear((_Atomic uint64_t *)p.cells, page_cells);
}

/* --- the end ------------------------------------------------------------ */

void prom__pages_release(prom__store *store, _Atomic uint64_t *directory, unsigned entries)
{
    uint64_t own = 0; /* of the directory's record; the first one has none */
    for (_Atomic uint64_t *d = directory; d; entries *= 2) {
        for (unsigned i = 1; i <= entries; i++) {
            uint64_t x = atomic_load_explicit(&d[i], memory_order_acquire);
            if (x)
                prom__store_free(store, prom__store_at(store, prom__page_offset(x)));
        }
        uint64_t next = atomic_load_explicit(&d[0], memory_order_acquire);
        if (own)
            prom__store_free(store, prom__store_at(store, own));
        own = next;
        d = next ? prom__cells_at(store, next) : NULL;
    }
}
