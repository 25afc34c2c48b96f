// SPDX-License-Identifier: Apache-2.0
/* entry.h - one registered thing, the families that it stands for, and the names they claim. */
#ifndef PROM_REGISTRY_ENTRY_H
#define PROM_REGISTRY_ENTRY_H

#include "base/lock.h"
#include "known.h"
#include "metric/vec.h"
#include "names.h"
#include "wrap.h"

/* The names of one family. Those whose constant labels have other values share it. */
typedef struct prom__claim {
    prom__later later;
    struct prom__member *members; /* some, while its names are taken */
    prom__claim_set set;
    char text[];
} prom__claim;

/* One family of an entry. */
typedef struct prom__member {
    prom__known known;      /* refers to the entry's description or vec */
    const prom__desc *desc; /* of a vec that is not foreign, its own */
    struct prom__entry *entry;
    prom__claim *claim;        /* counted by the claim's members; before: the entry's own */
    struct prom__member *next; /* of the claim */
} prom__member;

typedef struct prom__entry {
    prom__later later;
    size_t refs;                     /* guarded by the lock */
    void *object;                    /* counted: a vec, a collector or a registry */
    prom__description *description;  /* counted; of a collector that has one, as it says */
    prom__wrap *wrap;                /* counted; through which it was added, or NULL */
    bool foreign;                    /* made elsewhere: a gather must do what the wrap says */
    prom_registry *home;             /* of a registry: in which it is; not counted */
    struct prom__entry *next_holder; /* of a registry: the next that holds the same one */
    prom__arena memory;              /* for what the wrap has changed of what is known */
    size_t n;                        /* families: none of what nobody knows */
    prom__member member[];
} prom__entry;

typedef struct prom__entry_opts {
    void *object;
    prom__description *description;
    prom__wrap *wrap;
    bool foreign;
} prom__entry_opts;

/* For prom__entry_free as long as it is not registered. PROM_E_LABELS: the wrap has a label
 * that is there already. */
prom_err prom__entry_new(const prom__entry_opts *o, prom__entry **out);
/* Of a vec that is not made yet: to ask whether it could be registered. */
prom_err prom__entry_of_desc(const prom__desc *d, prom__entry **out);
void prom__entry_free(prom__entry *e); /* without the lock; NULL is fine */

/* The following with the lock held. */

/* Takes the names of all families of the entry, for which there must be room, or of none.
 * *existing: a vec just like the entry's, not counted, and nothing was taken. */
prom_err prom__entry_claim(prom__names *names, prom__entry *e, prom_vec **existing);
/* The same without taking them. */
prom_err prom__entry_match(const prom__names *names, const prom__entry *e, prom_vec **existing);
prom__entry *prom__entry_ref(prom__entry *e);
void prom__entry_unref(prom__entry *e); /* the last one frees it, once the lock is let go */
/* Gives the names back, and its reference. */
void prom__entry_drop(prom__names *names, prom__entry *e);

#endif
