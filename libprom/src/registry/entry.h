// SPDX-License-Identifier: Apache-2.0
/* entry.h - one registered thing, the families that it stands for, and the names they claim. */
#ifndef PROM_REGISTRY_ENTRY_H
#define PROM_REGISTRY_ENTRY_H

#include "base/lock.h"
#include "known.h"
#include "metric/vec.h"
#include "names.h"

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
    const prom__desc *desc; /* of a vec, its own */
    struct prom__entry *entry;
    prom__claim *claim;        /* counted by the claim's members; before: the entry's own */
    struct prom__member *next; /* of the claim */
} prom__member;

typedef struct prom__entry {
    prom__later later;
    void *object;                   /* counted */
    prom__description *description; /* counted; of a collector that has one */
    size_t n;                       /* families: none of a collector that nobody knows */
    prom__member member[];
} prom__entry;

/* Of a vec. */
prom_err prom__entry_of_vec(prom_vec *v, prom__entry **out);
/* Of something else, with its description, which it takes over on success; NULL: none. */
prom_err prom__entry_of(void *object, prom__description *d, prom__entry **out);
/* Of a vec that is not made yet: to ask whether it could be registered. */
prom_err prom__entry_of_desc(const prom__desc *d, prom__entry **out);
void prom__entry_free(prom__entry *e); /* without the lock */

/* The following with the lock held. */

/* Takes the names of all families of the entry, for which there must be room, or of none.
 * *existing: a vec just like the entry's, not counted, and nothing was taken. */
prom_err prom__entry_claim(prom__names *names, prom__entry *e, prom_vec **existing);
/* The same without taking them. */
prom_err prom__entry_match(const prom__names *names, const prom__entry *e, prom_vec **existing);
/* Gives the names back and frees the entry, once the lock is let go. */
void prom__entry_drop(prom__names *names, prom__entry *e);

#endif
