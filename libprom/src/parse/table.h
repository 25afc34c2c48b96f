// SPDX-License-Identifier: Apache-2.0
/* table.h - what a parser has seen, by hash: families by name, metrics by labels. */
#ifndef PROM_PARSE_TABLE_H
#define PROM_PARSE_TABLE_H

#include "base/arena.h"

#include <prom/error.h>

#include <stdint.h>

/* Stands at the head of what is found. */
typedef struct prom__parsed_node {
    struct prom__parsed_node *next; /* of the same slot */
    uint64_t hash;
} prom__parsed_node;

/* A chained table that doubles; a zeroed one is empty. */
typedef struct prom__parsed_table {
    prom__parsed_node **slot;
    size_t size, n;
} prom__parsed_table;

/* The first node that may have this hash; the others hang behind it, among some that have not.
 */
prom__parsed_node *prom__parsed_find(const prom__parsed_table *t, uint64_t hash);

/* Adds a node whose hash is set. The slots lie in the arena. */
prom_err prom__parsed_add(prom__parsed_table *t, prom__arena *a, prom__parsed_node *node);

#endif
