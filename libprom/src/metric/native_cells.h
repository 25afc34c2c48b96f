// SPDX-License-Identifier: Apache-2.0
/* native_cells.h - where the numbers of a native histogram lie.
 *
 * Behind the cells of the finite classic buckets:
 *
 *     state | sum | zero bucket | widened | NaN | populated | blocks | directory of block 0
 *
 * A block is a directory of pages. It has the resolution that was asked for, halved as often as
 * its number says; all but number 0 are records of their own, in a list that only grows. */
#ifndef PROM_METRIC_NATIVE_CELLS_H
#define PROM_METRIC_NATIVE_CELLS_H

#include "pages.h"

enum {
    PROM__NATIVE_STATE, /* the block that is written to: its offset and its number */
    PROM__NATIVE_SUM,
    PROM__NATIVE_ZERO,
    PROM__NATIVE_WIDENED,   /* a double: the zero threshold it has come to; 0: as it was */
    PROM__NATIVE_NAN,       /* observations of NaN */
    PROM__NATIVE_POPULATED, /* see prom__native_populated */
    PROM__NATIVE_BLOCKS,    /* offset of the latest */
    PROM__NATIVE_DIRECTORY,
    PROM__NATIVE_ENTRIES = 8,
    PROM__NATIVE_CELLS = PROM__NATIVE_DIRECTORY + PROM__DIRECTORY_CELLS(PROM__NATIVE_ENTRIES),
    PROM__NATIVE_PAGE_BITS = 4,
    PROM__NATIVE_PAGE = 1 << PROM__NATIVE_PAGE_BITS /* neighbouring buckets */
};

/* In the state, beside the offset, which is a multiple of 16: the number, and whether a reset
 * is to come once the least time since the last one is over. */
#define PROM__NATIVE_NUMBER  UINT64_C(15)
#define PROM__NATIVE_PENDING (UINT64_C(1) << 63)

static inline unsigned prom__native_number(uint64_t state)
{
    return (unsigned)(state & PROM__NATIVE_NUMBER);
}

/* In the lower half, how many buckets are populated, or more: it counts those of each block. In
 * the upper half, how often that was set right: whoever counted buckets sets it only if neither
 * has changed meanwhile. */
#define PROM__NATIVE_SET_RIGHT (UINT64_C(1) << 32)

static inline uint32_t prom__native_populated(uint64_t word)
{
    return (uint32_t)word;
}

/* A block's record: the offset of the one before it, its number, its directory. */
enum { PROM__BLOCK_BEFORE, PROM__BLOCK_NUMBER, PROM__BLOCK_DIRECTORY };

static inline _Atomic uint64_t *prom__native_directory(const prom__store *store,
                                                       _Atomic uint64_t *cells, uint64_t state)
{
    uint64_t offset = state & ~(PROM__NATIVE_NUMBER | PROM__NATIVE_PENDING);
    return offset ? prom__cells_at(store, offset) + PROM__BLOCK_DIRECTORY
                  : cells + PROM__NATIVE_DIRECTORY;
}

/* The page of a bucket, and the first bucket of a page. */
enum { PROM__NATIVE_KEY_OFFSET = 1 << 15 };

static inline unsigned prom__native_key(int32_t index, bool negative)
{
    return (unsigned)((index >> PROM__NATIVE_PAGE_BITS) + PROM__NATIVE_KEY_OFFSET) << 1 |
           negative;
}

static inline int32_t prom__native_first(unsigned key)
{
    return ((int32_t)(key >> 1) - PROM__NATIVE_KEY_OFFSET) * PROM__NATIVE_PAGE;
}

/* The state (without flags) in which the block of this number is written to, which is made if
 * there is none yet. false: no memory. Takes the lock for it. */
bool prom__native_block(prom__store *store, _Atomic uint64_t *cells, unsigned number,
                        uint64_t *state);

/* All blocks: begin with { source, cells }. */
typedef struct prom__block_walk {
    const prom__source *source;
    const _Atomic uint64_t *cells;
    bool under_way;
    uint64_t next; /* its offset; 0: none */
    unsigned number;
    const _Atomic uint64_t *directory;
} prom__block_walk;

bool prom__block_next(prom__block_walk *w);

/* As when new. Without the lock: what is added meanwhile may stay. */
void prom__native_clear(const prom__store *store, _Atomic uint64_t *cells);

/* Gives all records back, with the lock held. */
void prom__native_release(prom__store *store, _Atomic uint64_t *cells);

#endif
