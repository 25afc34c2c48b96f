// SPDX-License-Identifier: Apache-2.0
/* symbols.h - the table of strings of a remote-write 2.0 request: each of them once, the empty
 * one first. Source: specs/prw/remote_write_spec_2_0 of prometheus/docs, "Symbols". */
#ifndef PROM_ENCODE_SYMBOLS_H
#define PROM_ENCODE_SYMBOLS_H

#include "base/bytes.h"

#include <prom/model.h>

typedef struct prom__symbol {
    uint64_t hash;
    size_t at, n; /* of its text, in `wire` */
} prom__symbol;

/* A zeroed one has no symbol yet. */
typedef struct prom__symbols {
    prom__bytes wire; /* all of them as the field of the request: tag, length, text */
    prom__symbol *item;
    size_t n, cap;
    uint32_t *slot; /* place of an item and 1; 0: free. Never more than half are taken */
    size_t n_slots; /* a power of two, or 0 */
} prom__symbols;

/* The number by which a string is referred to; it is added if it is new. False: no memory. */
bool prom__symbols_ref(prom__symbols *s, prom_str text, uint32_t *ref);
void prom__symbols_clear(prom__symbols *s); /* the memory is kept */
void prom__symbols_free(prom__symbols *s);

#endif
