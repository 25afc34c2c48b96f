// SPDX-License-Identifier: Apache-2.0
/* remote_once.h - series that are two here and one for a receiver, because names are escaped,
 * empty labels left out or a sender's label put in their place: one request with both would be
 * refused as a whole. The first counts. */
#ifndef PROM_ENCODE_REMOTE_ONCE_H
#define PROM_ENCODE_REMOTE_ONCE_H

#include "remote_labels.h"

/* 128 bits of a hash with a random key: nothing is compared, for no two will ever be the same.
 */
typedef struct prom__remote_print {
    uint64_t a, b; /* b is 0: none */
} prom__remote_print;

/* What was written. A zeroed one is empty. */
typedef struct prom__remote_once {
    prom__remote_print *slot;
    size_t n, n_slots; /* a power of two, or 0 */
} prom__remote_once;

/* Could that happen here? A look at names, not at series. */
bool prom__remote_may_meet(const prom_snapshot *s, const prom__remote_labels *l);

/* Is this line's series with this time the first of its kind? PROM_E_NOMEM. */
prom_err prom__remote_once_add(prom__remote_once *o, const prom__remote_labels *l,
                               int64_t time_ms, bool *first);
void prom__remote_once_free(prom__remote_once *o);

#endif
