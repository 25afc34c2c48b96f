// SPDX-License-Identifier: Apache-2.0
/* kind.h - what the cells of a series mean: one row for each type of metric that is updated.
 *
 * A new type is a file with a row, and a line in kind.c. */
#ifndef PROM_METRIC_KIND_H
#define PROM_METRIC_KIND_H

#include "model/desc.h"
#include "model/snapshot.h"
#include "store.h"

#include <string.h>

/* Where a family's records are read from: a live store, or a copy of one. */
typedef struct prom__source {
    const prom__desc *desc;
    const prom__store *store;
    const char *image; /* used where store is NULL */
    bool keep_order;   /* of labels: those of an info as given */
} prom__source;

static inline const prom__record *prom__source_at(const prom__source *s, uint64_t offset)
{
    return s->store ? prom__store_at(s->store, offset)
                    : (const prom__record *)(const void *)(s->image + offset);
}

typedef struct prom__kind {
    size_t (*cells)(const prom__desc *d); /* of one series, at most 65535 */
    /* Fills in the point's value from the cells. PROM_E_NOMEM or nothing. */
    prom_err (*read)(const prom__source *source, const prom__series *s, prom__arena *a,
                     prom__point *out);
    /* Gives back records that the cells refer to, with the lock held. NULL: there are none. */
    void (*release)(prom__store *store, prom__series *s);
    /* Back to what it was when new; without the lock. NULL: all cells become 0. */
    void (*reset)(const prom__desc *d, prom__store *store, prom__series *s);
    /* A number that is another one after any update, as good as always: to tell idle series. */
    uint64_t (*pulse)(const prom__desc *d, const prom__store *store, const prom__series *s);
} prom__kind;

extern const prom__kind prom__counter_kind, prom__gauge_kind, prom__histogram_kind,
    prom__native_kind, prom__summary_kind, prom__info_kind, prom__stateset_kind;

const prom__kind *prom__kind_of(prom_type t); /* NULL: no such metric is updated */
const prom__kind *prom__kind_for(const prom__desc *d);

/* A counter takes the value that a function gives. */
void prom__counter_store(prom__series *s, double v);

/* Cells that hold a double. Relaxed: a cell says nothing about other memory. */
static inline double prom__cell_double(const _Atomic uint64_t *cell)
{
    uint64_t bits = atomic_load_explicit(cell, memory_order_relaxed);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline void prom__cell_set(_Atomic uint64_t *cell, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    atomic_store_explicit(cell, bits, memory_order_relaxed);
}

static inline void prom__cell_add(_Atomic uint64_t *cell, double v)
{
    uint64_t old = atomic_load_explicit(cell, memory_order_relaxed), sum;
    do {
        double x;
        memcpy(&x, &old, sizeof x);
        x += v;
        memcpy(&sum, &x, sizeof sum);
    } while (!atomic_compare_exchange_weak_explicit(cell, &old, sum, memory_order_relaxed,
                                                    memory_order_relaxed));
}

#endif
