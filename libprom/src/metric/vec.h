// SPDX-License-Identifier: Apache-2.0
/* vec.h - one family: label values to children. A metric without labels is a vec of one.
 *
 * Look-ups of existing children take no lock: they probe an open table of pointers that is only
 * ever replaced by a larger one. Everything that changes is guarded by the lock (lock.h). */
#ifndef PROM_METRIC_VEC_H
#define PROM_METRIC_VEC_H

#include "base/lock.h"
#include "table.h"
#include "window.h"

/* The records of a family, for gathers to walk without the lock: the first n entries never
 * change for those who took n with the lock held. Counted, also under the lock. */
typedef struct prom__list {
    prom__later later;
    size_t refs, cap;
    prom__series *item[];
} prom__list;

struct prom_vec {
    prom__object object;
    prom__desc *desc;
    prom__store *store;
    /* What look-ups and updates need of the description, at hand. */
    const prom__shape *shape;
    const double *bounds; /* followed by four infinities: may be read by fours */
    size_t n_bounds;
    prom__window window; /* of a summary */
    uint64_t hash_key;
    _Atomic(prom__table *) table;

    const prom__kind *kind;
    uint64_t family; /* offset of its record */
    bool keep_order; /* of creation */
    prom__later later;

    /* Guarded by the lock. */
    bool closed;      /* no references are left; memory goes with the last child */
    size_t n_linked;  /* children that look-ups find */
    size_t n_alive;   /* children whose memory is in use */
    prom__list *list; /* all that were linked and not yet swept out */
    size_t n_listed, n_sorted;
    prom__child *dead; /* listed but not linked, the newest first */
    size_t n_dead;
    prom__child *free; /* for new children */
    struct prom__slab *slabs;
};

/* A vec of this description in this store (taken over on success), not registered. */
prom_err prom__vec_new(prom__store *store, prom__desc *desc, bool keep_order, prom_vec **out);

/* A store for children; release is what a vec needs of it. */
prom_err prom__vec_store_new(prom__store **out);

bool prom__is_vec(const void *object);

/* A gather under way: which store its snapshot has pinned, so that each is pinned once. */
typedef struct prom__gathering {
    prom_snapshot *snapshot;
    prom_order order;
    prom__store *pinned;
    struct prom__held_pin *pins;
} prom__gathering;

/* Adds the family and all its points to the snapshot, which holds what they refer to. */
prom_err prom__vec_collect(prom_vec *v, prom__gathering *g);
/* The gather is done, and its snapshot may go to any thread. */
void prom__vec_collected(prom__gathering *g);

/* --- between vec.c and list.c ------------------------------------------- */

prom__list *prom__list_new(size_t cap); /* with one reference; NULL: no memory */
void prom__list_unref(prom__list *l);   /* with the lock held */
/* The vec's list, swept and in order, with a reference, and how many entries of it count.
 * Takes the lock; the store must be pinned by the caller. */
prom_err prom__vec_view(prom_vec *v, prom__list **out, size_t *n);
/* After a removal: sweeps if so much is dead that it pays. Takes the lock. */
void prom__vec_sweep_if_worth(prom_vec *v);

#endif
