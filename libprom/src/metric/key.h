// SPDX-License-Identifier: Apache-2.0
/* key.h - from what a user says to the label values of a family: by position or by name, of a
 * vec, a view or a fresh vec, and with what constraints make of it. */
#ifndef PROM_METRIC_KEY_H
#define PROM_METRIC_KEY_H

#include "vec.h"

enum { PROM__KEY_FEW = 16 }; /* most metrics have few labels; more of them cost an allocation */

typedef struct prom__key {
    prom__reach at;
    const prom_str *values; /* one for each label of the family */
    prom_str few[PROM__KEY_FEW];
    prom__constraint_room room;
} prom__key;

/* On errors there is nothing to free, and freeing does no harm. */
prom_err prom__key_of_values(prom__key *k, prom_vec *v, const prom_str *values, size_t n);
prom_err prom__key_of_labels(prom__key *k, prom_vec *v, const prom_label_str *labels, size_t n);
/* Labels that are not given may be any. */
prom_err prom__key_of_some(prom__key *k, prom_vec *v, const prom_label_str *labels, size_t n);
void prom__key_free(prom__key *k);

#endif
