// SPDX-License-Identifier: Apache-2.0
/* scrape.h - requests for metrics, and the rounds in which they are answered.
 *
 * A request that has been read waits, suspended, until the others that have arrived are read
 * too. Then each set of names among them is gathered once, each format and coding of it made
 * once, and that answer goes to all who asked for it. So scrapes that overlap share, and yet
 * every gather begins after the requests that it answers have arrived. */
#ifndef PROM_TRANSPORT_SCRAPE_H
#define PROM_TRANSPORT_SCRAPE_H

#include "answer.h"
#include "guard.h"

typedef struct prom__scrape prom__scrape;

enum { PROM__CODINGS = PROM_ZSTD + 1 };

/* Used by one thread at a time: the one that runs the server. */
typedef struct prom__scrapes {
    prom_registry *registry;          /* borrowed */
    const prom_encoder *const *offer; /* borrowed; NULL: the usual ones */
    prom__guard *guard;               /* borrowed */
    bool no_compression;
    size_t max_body_bytes; /* 0: no limit */

    prom_compressor *compressors[PROM__CODINGS]; /* each made when first asked for */
    prom__blocks blocks;
    prom__scrape *waiting; /* the latest first */
} prom__scrapes;

/* After the daemon has stopped, so that no body is out. Leaves what is borrowed. */
void prom__scrapes_free(prom__scrapes *s);

/* Suspends the connection. NULL: no memory, and nothing was done. */
prom__scrape *prom__scrape_new(prom__scrapes *s, struct MHD_Connection *c);
void prom__scrape_free(prom__scrape *x); /* the request is over */

/* What a step of work leaves to do. */
typedef struct prom__work {
    bool more;    /* steps are waiting: call again, now or when there is time */
    bool resumed; /* connections were resumed: libmicrohttpd has answers to send */
} prom__work;

/* Between two turns of libmicrohttpd: one step of the work for those that wait. A step is a
 * gather, or about a block of an answer encoded and compressed; whoever's answer is whole is
 * resumed. Does nothing if nothing waits. A gather answers only who waited when it began. */
prom__work prom__scrapes_step(prom__scrapes *s);

/* Is there a step to do? */
bool prom__scrapes_waiting(const prom__scrapes *s);

/* Before the daemon is stopped in the middle of work: all are resumed without an answer. */
void prom__scrapes_abandon(prom__scrapes *s);

/* NULL if there was no memory for one. Borrowed. */
prom__answer *prom__scrape_answer(const prom__scrape *x);

#endif
