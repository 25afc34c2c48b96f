// SPDX-License-Identifier: Apache-2.0
/* table.h - from label values to children: an open table with linear probing.
 *
 * It is read without a lock while it changes. That is safe because a slot holds either nothing
 * or a child of this vec, living or past, whose memory stays a child (child.h); because what
 * is found is held before it is compared; and because a full table is never emptied but
 * followed by a larger one, which keeps it. Not to find proves nothing: a removal may just be
 * moving entries up. Changes are made with the lock of lock.h held. */
#ifndef PROM_METRIC_TABLE_H
#define PROM_METRIC_TABLE_H

#include "child.h"

typedef struct prom__table {
    struct prom__table *smaller; /* its predecessor, kept for those who still probe it */
    size_t mask;
    _Atomic(prom__child *) slot[];
} prom__table;

prom__table *prom__table_new(size_t size); /* a power of two; NULL: no memory */
void prom__table_free(prom__table *t);     /* with its predecessors; NULL is fine */

/* A reference to the child with these values and this hash of them, or NULL. No lock. */
prom__child *prom__table_find(const prom__table *t, const prom__shape *shape,
                              const prom_str *values, uint32_t tag);

/* With the lock held from here on. Where the child is; SIZE_MAX: nowhere. */
size_t prom__table_slot(const prom__table *t, const prom__shape *shape, const prom_str *values,
                        uint32_t tag);
size_t prom__table_place(const prom__table *t, const prom__child *c); /* of this child */
void prom__table_add(prom__table *t, prom__child *c); /* there must be a free slot besides */
void prom__table_remove(prom__table *t, size_t slot);
/* The new, larger table takes over all children of the old one, and the old one itself. */
void prom__table_follow(prom__table *t, prom__table *old);

#endif
