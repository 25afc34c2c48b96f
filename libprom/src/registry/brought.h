// SPDX-License-Identifier: Apache-2.0
/* brought.h - the families that come in a gather without being known beforehand: those of
 * collectors, and those of further registries. They are looked at against what is known and
 * against one another. */
#ifndef PROM_REGISTRY_BROUGHT_H
#define PROM_REGISTRY_BROUGHT_H

#include "roll.h"

typedef struct prom__brought {
    prom_snapshot *snapshot;
    const prom__roll *const *roll; /* n_rolls of them: what is known */
    size_t n_rolls;
    prom__names names; /* to the family that has them; in the snapshot's arena */
    char said[PROM__ROLL_SAID];
} prom__brought;

/* Of the snapshot's families from `first` on, which came together, all stay or none. `who`
 * brought them, "" or for the sentence now; `from` is for sentences later, and lasts as long as
 * the snapshot is under way. */
prom_err prom__brought_check(prom__brought *b, size_t first, const char *who, const char *from);

#endif
