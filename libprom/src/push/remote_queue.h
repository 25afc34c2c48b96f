// SPDX-License-Identifier: Apache-2.0
/* remote_queue.h - requests of remote write that are to be sent, compressed, the oldest first;
 * no more bytes of them than were allowed. */
#ifndef PROM_PUSH_REMOTE_QUEUE_H
#define PROM_PUSH_REMOTE_QUEUE_H

#include <prom/error.h>

#include <stdbool.h>
#include <stddef.h>

typedef struct prom__remote_item {
    struct prom__remote_item *next;
    unsigned version;
    unsigned asked; /* how often it was sent */
    size_t samples; /* and histograms */
    size_t n;
    char bytes[];
} prom__remote_item;

/* One with `most` alone is empty. */
typedef struct prom__remote_queue {
    prom__remote_item *first, *last;
    size_t bytes, most; /* of items with their heads */
    size_t n;
    size_t dropped, lost; /* requests since this was last asked for, and their samples */
} prom__remote_queue;

/* A copy behind the others; the oldest are dropped for it, or it itself is where it alone is
 * too large. PROM_E_NOMEM: it is dropped. */
prom_err prom__remote_queue_add(prom__remote_queue *q, unsigned version, size_t samples,
                                const char *p, size_t n);
void prom__remote_queue_pop(prom__remote_queue *q); /* the first has been dealt with */
/* Drops all of a version of the protocol. */
void prom__remote_queue_drop(prom__remote_queue *q, unsigned version);
void prom__remote_queue_free(prom__remote_queue *q); /* empty again */

#endif
