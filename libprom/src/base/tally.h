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

/* Changed certificates or keys that an HTTP server could not read, so it goes on with the old.
 */
extern _Atomic uint64_t prom__tls_reload_failures;

/* What has been counted under one name: of a family in all registries, or of a transport. */
typedef struct prom__tally {
    struct prom__tally *next;
    _Atomic uint64_t overflowed;    /* family: look-ups beyond max_series */
    _Atomic uint64_t expired;       /* family: series that ttl removed */
    _Atomic uint64_t sends;         /* transport: all sends */
    _Atomic uint64_t send_failures; /* transport: those that failed */
    char name[];
} prom__tally;

/* The tally of this name, made the first time and never freed; NULL: no memory. No lock. */
prom__tally *prom__tally_of(const char *name);
/* All of them, linked by next, which never changes. */
const prom__tally *prom__tally_first(void);

#endif
