// SPDX-License-Identifier: Apache-2.0
/* pairs.h - two snapshots side by side: what a series has now, and what it had before.
 *
 * Snapshots of registries in created order are put in order for this; the labels of a series
 * are never copied, and of one whose record is the same they are not looked at. */
#ifndef PROM_ENCODE_PAIRS_H
#define PROM_ENCODE_PAIRS_H

#include "model/snapshot.h"

/* The points of one series, which differ in their timestamps only; almost always one. */
typedef struct prom__run {
    const prom__family *family;
    const prom__point *const *point;
    size_t n; /* 0: there is no such series, and maybe no such family */
} prom__run;

/* One of the two has points; the families have the same name, but maybe not the same type. */
typedef prom_err prom__pair(void *data, const prom__run *now, const prom__run *before);

/* Calls each() for every series of either, until it returns an error. NULL: an empty one. */
prom_err prom__pairs_each(const prom_snapshot *now, const prom_snapshot *before,
                          prom__pair *each, void *data);

#endif
