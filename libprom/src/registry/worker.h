// SPDX-License-Identifier: Apache-2.0
/* worker.h - a thread for a collector that may take too long: whoever asks it waits so long,
 * and goes on without the answer. The thread lasts as long as its collector. */
#ifndef PROM_REGISTRY_WORKER_H
#define PROM_REGISTRY_WORKER_H

#include "collector.h"

typedef struct prom__worker prom__worker;

/* The worker holds what it needs until it has run. */
typedef struct prom__job {
    prom_err (*run)(const struct prom__job *j,
                    prom_snapshot **out); /* PROM_E_NOMEM or nothing */
    void *self;                           /* counted */
    struct prom__asked *asked;            /* counted, or NULL */
    bool any; /* the names of what it builds are not yet those asked for */
    prom_order order;
    uint64_t until; /* of the steady clock */
} prom__job;

typedef enum prom__outcome {
    PROM__DONE,
    PROM__LATE, /* it goes on, and nobody will see what comes of it */
    PROM__BUSY  /* it is late with an earlier one, which was not waited for */
} prom__outcome;

/* *w: the worker, made when it is first needed; guarded by the lock. *out: on DONE, a
 * reference. PROM_E_IO: there is no thread. */
prom_err prom__worker_do(prom__worker **w, const prom__job *job, prom__outcome *outcome,
                         prom_snapshot **out);

/* Once nobody can ask it any more. It does not wait for it. NULL is fine. */
void prom__worker_quit(prom__worker *w);

#endif
