// SPDX-License-Identifier: Apache-2.0
/* vec.h - one family: label values to children. A metric without labels is a vec of one.
 *
 * A user's prom_vec * may also be a view of a family (view.c) or a vec of children that are to
 * replace a family's (fresh.c): public functions ask prom__vec_reach, others take the family.
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

#include <prom/vec.h>

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

/* Children that are found, listed and shown together: those of a vec, or those that a fresh one
 * collects. */
typedef struct prom__children {
    struct prom_vec *vec;
    bool hidden;                  /* of a fresh vec: never marked as linked */
    _Atomic(prom__table *) table; /* hidden children are looked up with the lock held */
    /* Guarded by the lock. */
    size_t n_linked;       /* in the table */
    uint64_t removals;     /* from the table, ever */
    prom__child *overflow; /* of them, the one beyond max_series; NULL: it is not made yet */
    prom__list *list;      /* all that were linked and not yet swept out */
    size_t n_listed, n_sorted;
    prom__child *dead; /* listed but not linked, the newest first */
    size_t n_dead;
} prom__children;

/* A vec's children are being replaced (fresh.c): whoever wants to change or count them goes on
 * with it first, so that it ends even if the thread that began it is not in this process. */
typedef struct prom__exchange {
    prom__children *from;  /* whose children come; NULL: nothing is going on */
    bool coming;           /* those of before are out of the table */
    size_t slot;           /* the next one, of the table to be emptied */
    prom__child *dead;     /* were removed before, and leave with the list of before */
    prom__child *overflow; /* among those that come, or NULL */
} prom__exchange;

/* A place in the ring of a vec's functions (function.h). */
typedef struct prom__function_node {
    struct prom__function_node *next, *prev;
    bool is_walk; /* it is no function's, but a walk's */
} prom__function_node;

typedef struct prom__function prom__function;

/* How an observation finds its bucket. */
typedef enum prom__buckets {
    PROM__BUCKETS_FEW,
    PROM__BUCKETS_MANY,
    PROM__BUCKETS_NATIVE
} prom__buckets;

struct prom_vec {
    prom__object object; /* tag: PROM__VEC_CONSTRAINED or 0 */
    prom__desc *desc;
    prom__store *store;
    /* What look-ups and updates need of the description, at hand. */
    const prom__shape *shape;
    const double *bounds; /* followed by four infinities: may be read by fours */
    size_t n_bounds;
    prom__buckets buckets;
    prom__native_form native; /* of a histogram */
    prom__window window;      /* of a summary */
    uint64_t hash_key;
    uint32_t max_series;          /* 0: no limit */
    uint64_t ttl;                 /* nanoseconds; 0: for ever */
    _Atomic(prom__tally *) tally; /* NULL until it is needed */
    prom__children children;

    const prom__kind *kind;
    uint64_t family; /* offset of its record */
    bool keep_order; /* of creation */
    void *maker;     /* counted; what the floor above made it through, or NULL */
    prom__later later;

    /* Guarded by the lock. */
    bool closed;       /* no references are left; memory goes with the last child */
    size_t n_alive;    /* children whose memory is in use */
    prom__child *free; /* for new children */
    prom__slab *slabs;
    prom__exchange exchange;
    prom__function_node functions; /* the ring's beginning and end */
    _Atomic size_t n_functions;    /* changed with the lock held */
};

/* A family with some labels set. Immutable, in one block of memory. */
typedef struct prom__view {
    prom__object object;
    prom_vec *of;           /* a vec or a fresh one */
    prom_opts opts;         /* with the labels that are left */
    size_t n_left;          /* labels that are left */
    const size_t *left;     /* their places among the family's */
    const prom_str *values; /* of the family's labels: any where it is left */
} prom__view;

typedef struct prom__fresh {
    prom__object object;
    prom_vec *vec; /* that it is to fill */
    prom__children children;
} prom__fresh;

extern const prom__class prom__view_class, prom__fresh_class;

/* What the tags of these three objects say; 0 is the common case, so that it costs look-ups one
 * test. */
enum { PROM__VEC_CONSTRAINED = 1, PROM__VEC_VIEW = 2, PROM__VEC_FRESH = 4 };

static inline uint32_t prom__vec_traits(const prom_vec *v)
{
    return atomic_load_explicit(&((const prom__object *)v)->tag, memory_order_relaxed);
}

/* What a user's prom_vec * reaches. */
typedef struct prom__reach {
    prom_vec *vec;
    prom__children *children;
    const prom__view *view; /* or NULL */
} prom__reach;
prom__reach prom__vec_reach(prom_vec *v);

/* The family behind it; NULL stays NULL. */
static inline prom_vec *prom__vec_behind(prom_vec *v)
{
    bool other = v && prom__vec_traits(v) & (PROM__VEC_VIEW | PROM__VEC_FRESH);
    return other ? prom__vec_reach(v).vec : v;
}

/* A vec of this description in this store (taken over on success), not registered. */
prom_err prom__vec_new(prom__store *store, prom__desc *desc, bool keep_order, prom_vec **out);

/* A store for children; release is what a vec needs of it. */
prom_err prom__vec_store_new(prom__store **out);

bool prom__is_vec(const void *object);      /* not a view, not a fresh one */
bool prom__is_stand_in(const void *object); /* a view or a fresh one */

/* A gather under way: which store its snapshot has pinned, so that each is pinned once, and how
 * it may be told that it is to end. */
typedef struct prom__gathering {
    prom_snapshot *snapshot;
    prom_order order;
    prom__store *pinned;
    struct prom__held_pin *pins;
    bool (*stopped)(void *data); /* may be user code; NULL: it goes on for ever */
    void *data;
} prom__gathering;

/* Adds the family and all its points to the snapshot, which holds what they refer to; or leaves
 * it out if the gather is to end before all its functions were asked. */
prom_err prom__vec_collect(prom_vec *v, prom__gathering *g, bool *left_out);
/* What is to be done between gathers, too: functions of this thread, series that expire. */
prom_err prom__vec_poll(prom_vec *v);
/* The gather is done, and its snapshot may go to any thread. */
void prom__vec_collected(prom__gathering *g);

/* --- children ----------------------------------------------------------- */

/* Empty; false: no memory. */
bool prom__children_init(prom__children *set, prom_vec *v, size_t cap);
void prom__children_free(prom__children *set); /* the memory of one that was never used */

/* The child with these values, one for each label of the family, with a reference. _with makes
 * it if there is none, and says so (made may be NULL). */
prom_err prom__children_get(prom__children *set, const prom_str *values, void **out);
/* The same, or NULL; it does not count as a look-up, so idle series expire all the same. */
prom__child *prom__children_see(prom__children *set, const prom_str *values);
prom_err prom__children_with(prom__children *set, const prom_str *values, void **out,
                             bool *made);

static inline uint32_t prom__vec_tag(const prom_vec *v, const prom_str *values)
{
    uint64_t h = v->hash_key;
    for (size_t i = 0; i < v->shape->n_values; i++)
        h = prom__hash_add(h, values[i].p, values[i].n);
    return (uint32_t)(h ^ h >> 32);
}

/* The list, swept and in order, with a reference, and how many entries of it count. Takes the
 * lock; the store must be pinned by the caller. */
prom_err prom__children_view(prom__children *set, prom__list **out, size_t *n);
/* After a removal: sweeps if so much is dead that it pays. Takes the lock. */
void prom__children_sweep_if_worth(prom__children *set);

/* --- function.c ----------------------------------------------------------- */

void prom__functions_init(prom_vec *v);
/* With the lock held: its function, if it has one, is no more. Before it leaves the table. */
void prom__child_let_function_go(prom__child *c);

/* --- bounds.c ------------------------------------------------------------- */

bool prom__is_overflow(const prom_vec *v, const prom_str *values);
/* With the lock held: there is no room for these values, if they are new. */
bool prom__is_full(const prom__children *set, const prom_str *values);
/* Without it: these values are new, valid, and to share the overflow series. */
bool prom__shares_overflow(prom__children *set, const prom_str *values, uint32_t tag);
/* What is counted of this family; NULL: there is no memory to count. */
prom__tally *prom__vec_tally(prom_vec *v);
/* Finds or makes the overflow series, and counts that. */
prom_err prom__overflow_with(prom__children *set, void **out);

/* --- with the lock held ------------------------------------------------- */

/* Clears states of a child; when none is left its record waits for its readers to go. */
void prom__child_clear(prom__child *c, uint32_t states);
/* In lists of dead and of free children. */
void prom__child_push(prom__child **list, prom__child *c);
prom__child *prom__child_next(const prom__child *c);

/* Room for one child more in all places. Lets the lock go while it allocates, so when it comes
 * back things may have changed, whatever it returns; but the vec is settled. false: no memory.
 */
bool prom__make_room(prom__children *set);
bool prom__make_table_room(prom__children *set, size_t n); /* for n children in all */

/* Where the child is in the table; SIZE_MAX: nowhere. */
size_t prom__children_slot(const prom__children *set, const prom_str *values, uint32_t tag);
static inline prom__child *prom__children_at(const prom__children *set, size_t slot)
{
    const prom__table *t = atomic_load_explicit(&set->table, memory_order_relaxed);
    return atomic_load_explicit(&t->slot[slot], memory_order_relaxed);
}

/* Takes the child out of the table and shows it no more; its record stays in the list until a
 * sweep. */
void prom__children_unlink(prom__children *set, size_t slot);

/* Brings an exchange that is going on to its end; may let the lock go. Before any change. */
void prom__vec_settle(prom_vec *v);

/* A walk over all that are linked, which lets the lock go now and then. It meets every child
 * that stays, and some twice: `again` is set when it begins anew. */
typedef struct prom__walk {
    prom__children *set;
    const prom__table *table;
    uint64_t removals;
    size_t next, at_once, left; /* slots */
    bool again;
} prom__walk;
prom__walk prom__walk_begin(prom__children *set);
prom__child *prom__walk_next(prom__walk *w);
void prom__walk_unlink(prom__walk *w); /* the child just met */

/* Unlinks all for which which() is true, asked with the lock held, and says how many. Takes the
 * lock itself. */
size_t prom__children_unlink_where(prom__children *set,
                                   bool (*which)(const prom__child *c, const void *data),
                                   const void *data);

/* --- lists: the reference count is guarded by the lock ------------------ */

prom__list *prom__list_new(size_t cap); /* with one reference; NULL: no memory */
void prom__list_unref(prom__list *l);

#endif
