// SPDX-License-Identifier: Apache-2.0
/* registry.h - what is registered, which names are taken. Guarded by the lock (lock.h).
 *
 * A wrapped registry holds nothing itself: what is added through it is an entry of its base,
 * marked with the wrap, and it shows those of the base that are so marked. */
#ifndef PROM_REGISTRY_REGISTRY_H
#define PROM_REGISTRY_REGISTRY_H

#include "collector.h"
#include "entry.h"

typedef struct prom__roll prom__roll; /* what a gather walks: roll.h */

struct prom_registry {
    prom__object object;
    prom_order order;
    bool legacy_names, pedantic;
    unsigned max_series; /* of families with labels that set none of their own */
    prom__store *store;  /* counted */
    prom__spare *spare;
    prom_registry *base; /* counted; of a wrapped one, which is not wrapped itself; else NULL */
    prom__wrap *wrap;    /* counted; of a wrapped one */
    /* Guarded by the lock. */
    prom__names names;   /* to claims */
    prom__entry **entry; /* in the order of registration */
    size_t n, cap, n_inner;
    prom__roll *roll;       /* NULL: something has changed, here or in a registry inside */
    prom__roll *inner_roll; /* of registries inside alone; NULL: something has changed there */
    uint64_t changes, inner_changes, visited;
    prom__entry *holders;             /* of registries that this one is in */
    prom_registry *wraps, *next_wrap; /* wrapped ones of this base, not counted */
};

static inline prom_registry *prom__registry_base(prom_registry *r)
{
    return r->base ? r->base : r;
}

bool prom__is_registry(const void *object);

/* Adds a vec that was made for it. If there is one of the same description, *existing is a
 * reference to that one; else NULL. */
prom_err prom__registry_add_vec(prom_registry *r, prom_vec *v, prom_vec **existing);
prom_err prom__registry_add_collector(prom_registry *r, prom_collector *c);

/* A description that was made elsewhere may have names that this registry refuses. */
prom_err prom__registry_check_names(const prom_registry *r, const prom__known *k);
/* A reference to the vec of the same description, or NULL; PROM_E_EXISTS on a clash. */
prom_err prom__registry_match(prom_registry *r, const prom__desc *d, prom_vec **out);

/* With the lock held: is the i-th entry of its base one of r's? */
static inline bool prom__registry_has(const prom_registry *r, const prom__entry *e)
{
    return prom__wrap_within(e->wrap, r->wrap);
}

/* --- tree.c: registries in registries; all with the lock held ------------ */

/* Rolls of this registry and of all it is in are no longer true; inner: which registries are in
 * it has changed. */
void prom__registry_changed(prom_registry *r, bool inner);
/* The entry's registry is in r, or is no longer. */
void prom__registry_link(prom_registry *r, prom__entry *e);
void prom__registry_unlink(prom_registry *r, prom__entry *e);
/* Is `inner` r itself, or is r somewhere in it? */
bool prom__registry_within(prom_registry *r, prom_registry *inner);

#endif
