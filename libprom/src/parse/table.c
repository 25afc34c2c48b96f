// SPDX-License-Identifier: Apache-2.0
#include "table.h"

#include "base/alloc.h"

#include <string.h>

prom__parsed_node *prom__parsed_find(const prom__parsed_table *t, uint64_t hash)
{
    return t->size ? t->slot[hash & (t->size - 1)] : NULL;
}

static prom_err grow(prom__parsed_table *t, prom__arena *a)
{
    size_t size = t->size ? 2 * t->size : 64;
    prom__parsed_node **slot = prom__arena_alloc(a, prom__size_times(size, sizeof *slot));
    if (!slot)
        return prom__no_memory("a parsed text");
    memset(slot, 0, size * sizeof *slot);
    for (size_t i = 0; i < t->size; i++)
        for (prom__parsed_node *n = t->slot[i], *next; n; n = next) {
            next = n->next;
            n->next = slot[n->hash & (size - 1)];
            slot[n->hash & (size - 1)] = n;
        }
    t->slot = slot;
    t->size = size;
    return PROM_OK;
}

prom_err prom__parsed_add(prom__parsed_table *t, prom__arena *a, prom__parsed_node *node)
{
    prom_err e = t->n == t->size ? grow(t, a) : PROM_OK;
    if (e)
        return e;
    prom__parsed_node **first = &t->slot[node->hash & (t->size - 1)];
    node->next = *first;
    *first = node;
    t->n++;
    return PROM_OK;
}
