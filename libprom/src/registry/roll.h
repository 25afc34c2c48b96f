// SPDX-License-Identifier: Apache-2.0
/* roll.h - what a gather walks: all that is registered, also in the registries inside, with
 * what is known of it. Made when it is first asked for, kept until something changes;
 * immutable. */
#ifndef PROM_REGISTRY_ROLL_H
#define PROM_REGISTRY_ROLL_H

#include "registry.h"

/* Wraps through which a thing came here, the innermost first. */
typedef struct prom__path {
    prom__wrap *wrap; /* counted */
    const struct prom__path *outer;
} prom__path;

/* A family that is known beforehand. */
typedef struct prom__expected {
    prom__known known;
    prom__claim_set set;
    const struct prom__item *item;
    size_t number;                /* of the roll's */
    struct prom__expected *owner; /* has the names: this one, or one before it of this name */
    struct prom__expected *next;  /* of the same owner */
} prom__expected;

typedef struct prom__item {
    void *object;                   /* counted; a vec or a collector */
    prom__description *description; /* counted, or NULL */
    const prom__path *path;         /* NULL: it comes as it is */
    bool inner;                     /* of a registry inside this one */
    const char *clash;              /* why it is left out; NULL: it is not */
    prom__expected *expected;       /* n of them; none where nobody knows */
    size_t n;
} prom__item;

struct prom__roll {
    prom__later later;
    size_t refs; /* guarded by the lock */
    prom__arena memory;
    size_t n;
    prom__item *item;    /* n of them, in the order of registration */
    prom__item **sorted; /* metrics by name, then collectors */
    size_t n_paths;
    prom__path *paths;
    size_t n_expected;
    prom__expected *expected;
    prom__names names; /* to the expected that own them */
};

/* The registry's, with a reference that prom__roll_drop gives back. Both take the lock. */
prom_err prom__registry_roll(prom_registry *r, prom__roll **out);
/* Of what is in registries inside a base, without what is its own: so who adds much of his own
 * does not make it anew each time. */
prom_err prom__registry_inner_roll(prom_registry *base, prom__roll **out);
void prom__roll_drop(prom__roll *roll);
void prom__roll_unref(prom__roll *roll); /* with the lock held; NULL is fine */

/* May a family be in one snapshot with this one? else a sentence of why not. It may if it is
 * of the same name, type, help and unit, and the series will tell them apart; no other name may
 * be shared. */
enum { PROM__ROLL_SAID = 400 };
bool prom__known_joins(const prom__known *there, const prom__known *k, char *said);
bool prom__roll_admits(const prom__roll *roll, const prom__known *k, const prom__claim_set *s,
                       char *said);

/* May a family be registered beside all that is on the roll? */
prom_err prom__roll_check(const prom__roll *roll, const prom__known *k,
                          const prom__claim_set *s);

#endif
