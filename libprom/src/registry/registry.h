// SPDX-License-Identifier: Apache-2.0
/* registry.h - what is registered, which names are taken. Guarded by the lock (lock.h). */
#ifndef PROM_REGISTRY_REGISTRY_H
#define PROM_REGISTRY_REGISTRY_H

#include "entry.h"

/* What a gather walks: all objects, counted, in order. Immutable; made when first asked for. */
typedef struct prom__roll {
    prom__later later;
    size_t refs, n; /* refs: guarded by the lock */
    void *object[];
} prom__roll;

struct prom_registry {
    prom__object object;
    prom_order order;
    bool legacy_names;
    unsigned max_series; /* of families with labels that set none of their own */
    prom__store *store;
    prom__spare *spare;
    /* Guarded by the lock. */
    prom__names names;   /* to claims */
    prom__entry **entry; /* in the order of registration */
    size_t n, cap;
    prom__roll *roll; /* NULL: something has changed */
    uint64_t changes;
};

/* Adds a vec. If there is one of the same description, *existing is a reference to that one;
 * else NULL. */
prom_err prom__registry_add_vec(prom_registry *r, prom_vec *v, prom_vec **existing);
prom_err prom__registry_add_collector(prom_registry *r, prom_collector *c);

/* A description that was made elsewhere may have names that this registry refuses. */
prom_err prom__registry_check_names(const prom_registry *r, const prom__desc *d);
/* A reference to the vec of the same description, or NULL; PROM_E_EXISTS on a clash. */
prom_err prom__registry_match(prom_registry *r, const prom__desc *d, prom_vec **out);

/* The roll, with a reference that prom__roll_drop gives back. Both take the lock. */
prom_err prom__registry_roll(prom_registry *r, prom__roll **out);
void prom__roll_drop(prom__roll *roll);

#endif
