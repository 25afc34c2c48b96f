// SPDX-License-Identifier: Apache-2.0
/* scrape.h - a server's requests for metrics, and the rounds in which they are answered.
 *
 * A request that has been read waits, suspended, until the others that have arrived are read
 * too. Then each set of names among them is gathered once, each format and coding of it made
 * once, and that answer goes to all who asked for it. So scrapes that overlap share, and yet
 * every gather begins after the requests that it answers have arrived.
 *
 * Requests for all families share one gather however many they are; of those with names each
 * may want one of its own. So that these cannot keep the others waiting, they take turns. */
#ifndef PROM_SERVE_SCRAPE_H
#define PROM_SERVE_SCRAPE_H

#include "deliver.h"
#include "guard.h"
#include "handler.h"

/* One request; zeroed, it is none. */
typedef struct prom__scrape {
    struct prom__scrape *next; /* while it waits */
    struct MHD_Connection *connection;
    prom__ask *ask;       /* owned */
    prom__answer *answer; /* one reference; once it is resumed, NULL: there was no memory */
    prom__ticket ticket;
} prom__scrape;

/* Used by one thread at a time: the one that runs the server. */
typedef struct prom__scrapes {
    prom_handler *handler; /* borrowed; nobody else uses it */
    prom__guard *guard;    /* borrowed */
    prom__scrape *waiting; /* the latest first */

    /* The round under way: who is still to be answered of it, and what is being made for the
     * first of them. */
    prom__scrape *group;
    prom__serving *serving;
    prom__product *product;
    bool shared_last; /* the round was one for all families */
    uint64_t
        no_room_at; /* since when bodies hold too much memory for another; 0: they do not */
} prom__scrapes;

/* x->ask is asked by x->connection, which is suspended. */
void prom__scrape_wait(prom__scrapes *s, prom__scrape *x);

/* What a step of work leaves to do. */
typedef struct prom__work {
    bool more;    /* steps are waiting: call again, now or when there is time */
    bool resumed; /* connections were resumed: libmicrohttpd has answers to send */
    bool blocked; /* nothing was done, for clients hold too much memory: come back later */
} prom__work;

/* Between two turns of libmicrohttpd: one step of the work for those that wait. A step is a
 * gather, or about a block of an answer encoded and compressed; whoever's answer is whole is
 * resumed. Does nothing if nothing waits. A gather answers only who waited when it began. */
prom__work prom__scrapes_step(prom__scrapes *s);

/* Is there a step to do? */
bool prom__scrapes_waiting(const prom__scrapes *s);

/* Before the daemon is stopped in the middle of work: all are resumed without an answer. */
void prom__scrapes_abandon(prom__scrapes *s);

#endif
