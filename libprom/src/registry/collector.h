// SPDX-License-Identifier: Apache-2.0
/* collector.h - a user's callback that builds families, in a box. */
#ifndef PROM_REGISTRY_COLLECTOR_H
#define PROM_REGISTRY_COLLECTOR_H

#include "known.h"
#include "model/builder.h"

/* Of which gather, and through which wraps what it builds will go: so its names are others. */
typedef struct prom__scope {
    struct prom__asked *asked;     /* NULL: everything */
    const struct prom__path *path; /* NULL: none */
    bool elsewhere;                /* not on the gather's thread, which may have ended */
    bool any;                      /* elsewhere, and the wraps are not known there */
    uint64_t until;                /* elsewhere: of the steady clock */
} prom__scope;

prom_err prom__collector_new(const prom_collector_opts *o, prom_collector **out);
void prom__collector_disown(prom_collector *c); /* free_data will not be called */
bool prom__is_collector(const void *object);
/* The same function with the same data: it would build every family twice. */
bool prom__collector_same(const void *a, const void *b);
const char *prom__collector_name(const void *collector);

/* Asks it what it will build; NULL: it does not say. For a bound one on its own thread only. */
prom_err prom__collector_describe(prom_collector *c, prom__description **out);

/* Runs it, or takes what a bound one built last, and adds that to the snapshot; what a failing
 * one built is left out and its error noted. Returns only errors of the gather itself. */
prom_err prom__collector_run(prom_collector *c, prom_snapshot *s, prom_order order,
                             const prom__scope *scope);

/* Of a bound one that belongs to this thread: builds anew. PROM_E_CALLBACK if that failed. */
prom_err prom__collector_poll(prom_collector *c);
bool prom__collector_mine(const prom_collector *c); /* bound, and this thread's */

#endif
