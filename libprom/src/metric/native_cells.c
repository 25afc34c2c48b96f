// SPDX-License-Identifier: Apache-2.0
#include "native_cells.h"

/* 0: there is none of this number among them. */
static uint64_t find(const prom__store *store, uint64_t offset, unsigned number)
{
    while (offset) {
        const _Atomic uint64_t *block = prom__cells_at(store, offset);
        if (block[PROM__BLOCK_NUMBER] == number)
            break;
        offset = block[PROM__BLOCK_BEFORE];
    }
    return offset;
}

bool prom__native_block(prom__store *store, _Atomic uint64_t *cells, unsigned number,
                        uint64_t *state)
{
    uint64_t latest = atomic_load_explicit(&cells[PROM__NATIVE_BLOCKS], memory_order_acquire);
    uint64_t offset = number ? find(store, latest, number) : 0, mine;
    *state = offset | number;
    if (offset || !number)
        return true;
    prom__cells *c = prom__cells_new(
        store, PROM__BLOCK_DIRECTORY + PROM__DIRECTORY_CELLS(PROM__NATIVE_ENTRIES), &mine);
    if (!c)
        return false;
    c->cells[PROM__BLOCK_NUMBER] = number;
    do {
        offset = find(store, latest, number);
        c->cells[PROM__BLOCK_BEFORE] = latest;
    } while (!offset && !atomic_compare_exchange_weak_explicit(
                            &cells[PROM__NATIVE_BLOCKS], &latest, mine, memory_order_acq_rel,
                            memory_order_acquire));
    if (offset)
        prom__cells_drop(store, c);
    *state = (offset ? offset : mine) | number;
    return true;
}

bool prom__block_next(prom__block_walk *w)
{
    if (!w->under_way) {
        w->under_way = true;
        w->number = 0;
        w->directory = w->cells + PROM__NATIVE_DIRECTORY;
        w->next = atomic_load_explicit(&w->cells[PROM__NATIVE_BLOCKS], memory_order_acquire);
        return true;
    }
    if (!w->next)
        return false;
    const _Atomic uint64_t *block = prom__source_cells(w->source, w->next);
    w->number = (unsigned)block[PROM__BLOCK_NUMBER];
    w->directory = block + PROM__BLOCK_DIRECTORY;
    w->next = block[PROM__BLOCK_BEFORE];
    return true;
}

void prom__native_clear(const prom__store *store, _Atomic uint64_t *cells)
{
    const prom__source source = { .store = store };
    prom__block_walk w = { .source = &source, .cells = cells };
    uint64_t populated = cells[PROM__NATIVE_POPULATED];
    prom__cells_clear(cells, PROM__NATIVE_BLOCKS);
    cells[PROM__NATIVE_POPULATED] =
        populated - prom__native_populated(populated) + PROM__NATIVE_SET_RIGHT;
    while (prom__block_next(&w))
        prom__pages_clear(store, (_Atomic uint64_t *)w.directory, PROM__NATIVE_ENTRIES,
                          PROM__NATIVE_PAGE);
}

void prom__native_release(prom__store *store, _Atomic uint64_t *cells)
{
    uint64_t offset = cells[PROM__NATIVE_BLOCKS];
    prom__pages_release(store, cells + PROM__NATIVE_DIRECTORY, PROM__NATIVE_ENTRIES);
    while (offset) {
        _Atomic uint64_t *block = prom__cells_at(store, offset);
        uint64_t before = block[PROM__BLOCK_BEFORE];
        prom__pages_release(store, block + PROM__BLOCK_DIRECTORY, PROM__NATIVE_ENTRIES);
        prom__store_free(store, prom__store_at(store, offset));
        offset = before;
    }
}
