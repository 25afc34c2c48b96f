// SPDX-License-Identifier: Apache-2.0
/* wrap.h - what a wrapped registry does to all that is registered through it: a prefix before
 * the names, labels for every series. */
#ifndef PROM_REGISTRY_WRAP_H
#define PROM_REGISTRY_WRAP_H

#include "known.h"

#include <prom/gather.h>

/* Counted, immutable. */
typedef struct prom__wrap {
    prom__object object;
    prom__arena memory;
    struct prom__wrap
        *around; /* counted; of the wrapped registry that this one wraps, or NULL */
    /* Of the whole chain. */
    const char *prefix;
    const prom_label *labels; /* ended by {NULL, NULL} */
} prom__wrap;

prom_err prom__wrap_new(prom__wrap *around, const prom_wrap_opts *o, prom__wrap **out);

/* Is what was added through `w` (NULL: through none) added through `of` as well? */
bool prom__wrap_within(const prom__wrap *w, const prom__wrap *of);

/* The opts with which to make a metric; what is new in them lies in the arena.
 * PROM_E_LABELS: it has one of the labels already. */
prom_err prom__wrap_opts(const prom__wrap *w, prom__arena *a, const prom_opts *theirs,
                         prom_opts *ours);

/* The same to what is known, and to all families of a snapshot under way from `first` on: these
 * are copied. */
prom_err prom__wrap_known(const prom__wrap *w, prom__arena *a, prom__known *k);
prom_err prom__wrap_families(const prom__wrap *w, prom_snapshot *s, size_t first);

#endif
