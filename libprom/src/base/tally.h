// SPDX-License-Identifier: Apache-2.0
/* tally.h - what the library counts about itself, for collect/self.c to show. */
#ifndef PROM_BASE_TALLY_H
#define PROM_BASE_TALLY_H

#include <stdatomic.h>
#include <stdint.h>

/* Observations that were dropped: NaN, and those a summary had no memory for. */
extern _Atomic uint64_t prom__dropped_observations;

/* Bodies that HTTP servers did not send as they were larger than max_body_bytes. */
extern _Atomic uint64_t prom__bodies_too_large;

/* What the bounds of families of one name have done, in all registries. */
typedef struct prom__tally {
    struct prom__tally *next;
    _Atomic uint64_t overflowed; /* look-ups beyond max_series */
    _Atomic uint64_t expired;    /* series that ttl removed */
    char family[];
} prom__tally;

/* The tally of this name, made the first time and never freed; NULL: no memory. No lock. */
prom__tally *prom__tally_of(const char *family);
/* All of them, linked by next, which never changes. */
const prom__tally *prom__tally_first(void);

#endif
