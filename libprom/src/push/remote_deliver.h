// SPDX-License-Identifier: Apache-2.0
/* remote_deliver.h - the queue of remote write and what becomes of it: what a receiver's
 * answers mean. Sources: specs/prw/remote_write_spec and remote_write_spec_2_0 of
 * prometheus/docs, "Retries & Backoff", "Required Written Response Headers". */
#ifndef PROM_PUSH_REMOTE_DELIVER_H
#define PROM_PUSH_REMOTE_DELIVER_H

#include "remote_queue.h"
#include "transport/request.h"

typedef struct prom__remote_delivery {
    const char *url;
    prom__request *request; /* owned */
    unsigned version;       /* that is spoken; 2 becomes 1 where nobody understands it */
    prom__remote_queue queue;

    prom_delivery *delivery; /* of the send under way */
    bool down;               /* nothing more is tried in it */
    prom_err error;          /* the first in it */
    char sentence[400];
} prom__remote_delivery;

void prom__remote_begin(prom__remote_delivery *x, prom_delivery *d);

/* Sends what waits, the oldest first, until nothing does or it must be tried later. What
 * nobody will ever take is dropped. *fell_back: 2.0 is not understood and no longer spoken;
 * what waited in it is gone. Errors are noted. */
void prom__remote_drain(prom__remote_delivery *x, bool *fell_back);

/* Keeps the sentence too; later ones do not count. */
void prom__remote_note(prom__remote_delivery *x, prom_err e);
/* Of what fell back: it is lost, or it is made again. */
void prom__remote_note_lost(prom__remote_delivery *x);
void prom__remote_forget_lost(prom__remote_delivery *x);
/* What is noted, and what the queue has dropped. */
prom_err prom__remote_outcome(prom__remote_delivery *x);

/* The names of headers that are not for users: for prom__request_new. */
extern const char *const prom__remote_reserved[];

#endif
