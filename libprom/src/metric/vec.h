// SPDX-License-Identifier: Apache-2.0
/* vec.h - one family: label values to children. A metric without labels is a vec of one.
 *
 * Look-ups of existing children take no lock: they probe an open table of pointers that is only
 * ever replaced by a larger one. Everything that changes is guarded by the lock (lock.h). */
#ifndef PROM_METRIC_VEC_H
#define PROM_METRIC_VEC_H

#include "base/hash.h"
#include "base/lock.h"
#include "base/tally.h"
#include "table.h"
#include "window.h"

/* Children are made by the slab, so that their memory stays theirs until the vec goes. */
typedef struct prom__slab {
    struct prom__slab *next;
    prom__child child[];
} prom__slab;

/* The records of a family, for gathers to walk without the lock: the first n entries never
 * change for those who took n with the lock held. Counted, also under the lock. */
typedef struct prom__list {
    prom__later later;
    size_t refs, cap;
    prom__series *item[];
} prom__list;

/* Children that are found, listed and shown together. */
typedef struct prom__children {
    struct prom_vec *vec;
    _Atomic(prom__table *) table;
    /* Guarded by the lock. */
    size_t n_linked;       /* in the table */
    prom__child *overflow; /* of them, the one beyond max_series; NULL: it is not made yet */
    prom__list *list;      /* all that were linked and not yet swept out */
    size_t n_listed, n_sorted;
    prom__child *dead; /* listed but not linked, the newest first */
    size_t n_dead;
} prom__children;

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
    uint32_t max_series;          /* 0: no limit */
    _Atomic(prom__tally *) tally; /* NULL until it is needed */
    prom__children children;

    const prom__kind *kind;
    uint64_t family; /* offset of its record */
    bool keep_order; /* of creation */
    prom__later later;

    /* Guarded by the lock. */
    bool closed;       /* no references are left; memory goes with the last child */
    size_t n_alive;    /* children whose memory is in use */
    prom__child *free; /* for new children */
    prom__slab *slabs;
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

/* --- children: vec.c, room.c, lookup.c, remove.c, list.c ------------------- */

/* Empty; false: no memory. */
bool prom__children_init(prom__children *set, prom_vec *v, size_t cap);

/* With the lock held from here on. Clears states of a child; when none is left its record waits
 * for its readers to go. */
void prom__child_clear(prom__child *c, uint32_t states);
/* In the vec's lists of dead and of free children. */
void prom__child_push(prom__child **list, prom__child *c);
prom__child *prom__child_next(const prom__child *c);

/* Room for one child more in all places. Lets the lock go while it allocates, so when it comes
 * back things may have changed, whatever it returns. false: no memory. */
bool prom__make_room(prom__children *set);

/* Where the child is in the table; SIZE_MAX: nowhere. */
size_t prom__children_slot(const prom__children *set, const prom_str *values, uint32_t tag);

/* Takes the child out of the table; its record stays in the list until a sweep. */
void prom__children_unlink(prom__children *set, size_t slot);

/* Unlinks all for which which() is true, asked with the lock held, and says how many. Takes the
 * lock, and pauses now and then: what is moved meanwhile may be missed, what comes too. */
size_t prom__children_unlink_where(prom__children *set,
                                   bool (*which)(const prom__child *c, const void *data),
                                   const void *data);

/* Without the lock. */
static inline uint32_t prom__vec_tag(const prom_vec *v, const prom_str *values)
{
    uint64_t h = v->hash_key;
    for (size_t i = 0; i < v->shape->n_values; i++)
        h = prom__hash_add(h, values[i].p, values[i].n);
    return (uint32_t)(h ^ h >> 32);
}

/* Finds or makes the child; *made (may be NULL): it was made. */
prom_err prom__children_with(prom__children *set, const prom_str *values, void **out,
                             bool *made);

/* --- bounds.c ------------------------------------------------------------- */

bool prom__is_overflow(const prom_vec *v, const prom_str *values);
/* With the lock held: there is no room for these values, if they are new. */
bool prom__is_full(const prom__children *set, const prom_str *values);
/* Without it: these values are new, valid, and to share the overflow series. */
bool prom__shares_overflow(prom__children *set, const prom_str *values, uint32_t tag);
/* Finds or makes the overflow series, and counts that. */
prom_err prom__overflow_with(prom__children *set, void **out);

prom_err prom__vec_check_values(const prom_vec *v, size_t n);

prom__list *prom__list_new(size_t cap); /* with one reference; NULL: no memory */
void prom__list_unref(prom__list *l);   /* with the lock held */
/* The list, swept and in order, with a reference, and how many entries of it count. Takes the
 * lock; the store must be pinned by the caller. */
prom_err prom__children_view(prom__children *set, prom__list **out, size_t *n);
/* After a removal: sweeps if so much is dead that it pays. Takes the lock. */
void prom__children_sweep_if_worth(prom__children *set);

#endif
