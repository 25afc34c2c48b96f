// SPDX-License-Identifier: Apache-2.0
/* arena.c - blocks that are bumped through. After a round that needed several blocks, the next
 * one gets a single block of their total size: so it settles at one allocation, then none. */
#include "arena.h"

#include "alloc.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct prom__arena_block {
    prom__arena_block *older;
    size_t size, used; /* of bytes[] */
    alignas(max_align_t) char bytes[];
};

enum { FIRST_BLOCK = 4096, LARGEST_STEP = 1 << 20 };

static prom__arena_block *add_block(prom__arena *a, size_t least)
{
    size_t size = a->next_size ? a->next_size : FIRST_BLOCK;
    if (size < least)
        size = least;
    if (size > SIZE_MAX - sizeof(prom__arena_block))
        return NULL;
    prom__arena_block *b = prom__alloc(sizeof *b + size);
    if (!b)
        return NULL;
    *b = (prom__arena_block){ a->block, size, 0 };
    a->block = b;
    a->next_size = size < LARGEST_STEP ? size * 2 : LARGEST_STEP;
    return b;
}

void *prom__arena_alloc(prom__arena *a, size_t n)
{
    if (n > SIZE_MAX - alignof(max_align_t))
        return NULL;
    n = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    prom__arena_block *b = a->block;
    if (!b || b->size - b->used < n)
        b = add_block(a, n);
    if (!b)
        return NULL;
    void *p = b->bytes + b->used;
    b->used += n;
    return p;
}

char *prom__arena_copy(prom__arena *a, const char *p, size_t n)
{
    char *copy = n < SIZE_MAX ? prom__arena_alloc(a, n + 1) : NULL;
    if (!copy)
        return NULL;
    if (n)
        memcpy(copy, p, n);
    copy[n] = '\0';
    return copy;
}

void *prom__arena_grow(prom__arena *a, void *array, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return array;
    size_t wanted = *cap ? *cap * 2 : 8;
    char *p = prom__arena_alloc(a, prom__size_times(wanted, size));
    if (!p)
        return NULL;
    if (n)
        memcpy(p, array, n * size);
    *cap = wanted;
    return p;
}

static size_t free_blocks(prom__arena *a)
{
    size_t used = 0;
    for (prom__arena_block *b = a->block, *older; b; b = older) {
        older = b->older;
        used += b->used;
        prom__free(b);
    }
    a->block = NULL;
    return used;
}

void prom__arena_reset(prom__arena *a)
{
    prom__arena_block *b = a->block;
    if (!b)
        return;
    bool fits = !b->older && (b->used >= b->size / 8 || b->size <= FIRST_BLOCK);
    if (fits) {
        b->used = 0;
    } else {
        size_t used = free_blocks(a);
        a->next_size = used + used / 4;
    }
}

void prom__arena_free(prom__arena *a)
{
    free_blocks(a);
    a->next_size = 0;
}
