// SPDX-License-Identifier: Apache-2.0
/* expire.h - series that nobody uses any more, in families with a time to live.
 *
 * A record of such a family ends with what its kind's pulse was at some gather, and when that
 * was new. Updates write nothing here: a gather compares. Look-ups leave a mark in the record's
 * head, which a gather takes away again. */
#ifndef PROM_METRIC_EXPIRE_H
#define PROM_METRIC_EXPIRE_H

#include "vec.h"

typedef enum prom__watch {
    PROM__UNWATCHED, /* of families without a ttl; those that have functions */
    PROM__WATCHED,
    PROM__LOOKED_UP, /* since the last gather */
    PROM__EXPIRING,  /* to be removed, unless it is looked up before */
    PROM__SILENT     /* not shown: a function gives its value, and has given none */
} prom__watch;

/* The last 16 bytes of a record. */
typedef struct prom__seen {
    _Atomic uint64_t pulse;
    _Atomic uint64_t at; /* of the coarse clock */
} prom__seen;

/* What the record takes more. */
static inline size_t prom__seen_bytes(const prom_vec *v)
{
    return v->ttl ? sizeof(prom__seen) : 0;
}

/* A new record, not yet listed. */
void prom__series_watch(const prom_vec *v, prom__series *s);

static inline void prom__series_looked_up(prom__series *s)
{
    uint8_t w = atomic_load_explicit(&s->head.watch, memory_order_relaxed);
    if (w == PROM__WATCHED || w == PROM__EXPIRING)
        atomic_store_explicit(&s->head.watch, PROM__LOOKED_UP, memory_order_relaxed);
}

/* Removes those of the first n of the list that were not used for the family's ttl. The store
 * is pinned. Takes the lock if there are some. */
void prom__vec_expire(prom_vec *v, prom__list *l, size_t n);

#endif
