// SPDX-License-Identifier: Apache-2.0
/* sender.h - a sender, as sender.c and exit.c see it.
 *
 * Sends are one at a time: whoever sends or ends holds `busy`. A stop asks (transport/loop.h),
 * so what is under way is broken off; waits for the thread; and ends the sender, which is: the
 * last send, if it is wanted, and the transport's own end. It does so on the thread that stops,
 * since collectors that are bound to it can then still run. Only where a sender was stopped by
 * what it called itself does its own thread do it, later. */
#ifndef PROM_PUSH_SENDER_H
#define PROM_PUSH_SENDER_H

#include "base/object.h"
#include "base/tally.h"
#include "transport/loop.h"

#include <prom/send.h>

struct prom_sender {
    prom__object object;
    prom_registry *registry;  /* one reference */
    prom_transport transport; /* its name is owned */
    prom_sender_opts opts;    /* complete; its names are owned, in one block */
    prom__tally *tally;
    prom__loop loop;

    /* Under the lock of base/lock.h. */
    uint32_t forks; /* of the process that made or started it; in others it does not run */
    bool busy;
    uint32_t busy_forks; /* a fork may leave the thread behind that was busy, */
    bool torn;           /* and has */
    bool ending;         /* who is busy ends it: nobody asks it to stop meanwhile */
    bool asked;          /* to stop, by what it called itself: it ends when that is back */
    unsigned stoppers; /* threads in prom__sender_end: it is not started before they are done */
    /* FRESH: nothing was sent yet, so there is nothing for the transport to end. */
    enum { PROM__SENDER_FRESH, PROM__SENDER_SENT, PROM__SENDER_ENDED } phase;
    prom_sender_stats stats;
    prom_sender *next_at_exit; /* see exit.c */
};

/* Stops it, with the last send and the transport's end over at a time of prom__clock_steady or
 * within last_timeout_ms, whichever is sooner. */
prom_err prom__sender_end(prom_sender *s, uint64_t until);

/* A send of it is under way on this thread. */
bool prom__sender_here(const prom_sender *s);

/* From now on it is ended when the process ends; no more. */
prom_err prom__exit_add(prom_sender *s);
void prom__exit_remove(prom_sender *s);

#endif
