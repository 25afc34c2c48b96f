// SPDX-License-Identifier: Apache-2.0
/* constraint.h - what the values of a label may become (prom_constraint), checked and copied.
 */
#ifndef PROM_MODEL_CONSTRAINT_H
#define PROM_MODEL_CONSTRAINT_H

#include "base/arena.h"

#include <prom/prom.h>

#include <stdbool.h>

/* Of one label; all NULL where it has none. */
typedef struct prom__constraint {
    const prom_str *allowed; /* in order of bytes */
    size_t n_allowed;
    prom_str otherwise;
    size_t (*apply)(void *data, prom_str value, char *out, size_t cap);
    void *data;
} prom__constraint;

/* Replaces o->constraints by a copy in the arena. *out: one for each of the n labels, or NULL
 * if there are no constraints at all. */
prom_err prom__constraints_take(prom_opts *o, const char *metric, size_t n_labels,
                                prom__arena *a, const prom__constraint **out);

bool prom__constraints_same(const prom__constraint *a, const prom__constraint *b, size_t n);

/* Memory for what functions write: most values find room without an allocation. */
typedef struct prom__constraint_room {
    prom__arena more;
    size_t used;
    char few[256];
} prom__constraint_room;

/* What the value becomes. PROM_E_LABELS: the function never has room enough. */
prom_err prom__constraint_apply(const prom__constraint *c, const char *metric,
                                const char *label, prom__constraint_room *room,
                                prom_str *value);

#endif
