// SPDX-License-Identifier: Apache-2.0
/* known.h - what is known of a family before it is collected: of a metric from its description,
 * of a collector from what it built when it was asked to describe itself. */
#ifndef PROM_REGISTRY_KNOWN_H
#define PROM_REGISTRY_KNOWN_H

#include "model/desc.h"
#include "model/snapshot.h"

/* Refers to what it was made of. */
typedef struct prom__known {
    prom_type type;
    const char *name;        /* as exposed */
    const char *given;       /* as the user spelled it */
    const char *help, *unit; /* NULL: none */
    const prom__shape *shape;
} prom__known;

prom__known prom__known_of(const prom__desc *d);

/* As prom__desc_compare: may a second family of this name be registered beside the first? */
prom_err prom__known_compare(const prom__known *a, const prom__known *b, bool *apart);

/* What a collector will build: counted, immutable, a copy. */
typedef struct prom__description {
    prom__object object;
    prom__arena memory; /* all below lies in it */
    size_t n;
    prom__known *known;
} prom__description;

/* Of the families in a snapshot under way; their metrics are of no interest. */
prom_err prom__description_new(const prom_snapshot *s, prom__description **out);

#endif
