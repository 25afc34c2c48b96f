// SPDX-License-Identifier: Apache-2.0
/* arena.h - many allocations, one free. A reset keeps the memory for the next round, so that
 * work which repeats (a scrape) stops allocating after the first time. */
#ifndef PROM_BASE_ARENA_H
#define PROM_BASE_ARENA_H

#include <stddef.h>

typedef struct prom__arena_block prom__arena_block;

typedef struct prom__arena {
    prom__arena_block *block; /* the newest; older ones hang behind it */
    size_t next_size;         /* of the next block to be made */
} prom__arena;

/* A zeroed prom__arena is an empty one. */
void *prom__arena_alloc(prom__arena *a, size_t n); /* aligned for any type; NULL: no memory */
char *prom__arena_copy(prom__arena *a, const char *p, size_t n); /* and a NUL behind it */
/* An array that grows by doubling: room for one more behind n elements, or NULL. */
void *prom__arena_grow(prom__arena *a, void *array, size_t n, size_t *cap, size_t size);
void prom__arena_reset(prom__arena *a);
void prom__arena_free(prom__arena *a);

#endif
