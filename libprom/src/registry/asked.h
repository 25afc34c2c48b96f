// SPDX-License-Identifier: Apache-2.0
/* asked.h - what is asked of one gather: which families, until when. */
#ifndef PROM_REGISTRY_ASKED_H
#define PROM_REGISTRY_ASKED_H

#include "base/arena.h"
#include "base/object.h"
#include "names.h"

#include <prom/gather.h>

/* Counted, for a collector that is late may still ask. */
typedef struct prom__asked {
    prom__object object;
    prom__arena memory;
    bool all; /* no names were given */
    size_t n;
    prom__claim_name *name;
    uint64_t deadline; /* of the steady clock; UINT64_MAX: none */
    _Atomic bool over; /* the gather has ended */
    unsigned timeout_ms;
    bool (*cancelled)(void *data); /* for the gather's own thread */
    void *data;
} prom__asked;

prom_err prom__asked_new(const prom_gather_opts *o, prom__asked **out);

/* NULL asks for everything, for ever. */
bool prom__asked_for(const prom__asked *a, const prom__claim_set *s);
/* As long as its type is not known. */
bool prom__asked_for_name(const prom__asked *a, const char *name);
bool prom__asked_late(const prom__asked *a);
bool prom__asked_cancelled(const prom__asked *a);

#endif
