// SPDX-License-Identifier: Apache-2.0
/* guard.h - the open connections of a server, and which of them has to go.
 *
 * libmicrohttpd limits inactivity only, and at its limit of connections takes no more: a few
 * clients that send a byte now and then would shut every scraper out. Here each request has an
 * absolute deadline, and one connection too many costs the oldest its place, so that a client
 * can hold a place only as long as nobody else needs it, and never beyond the deadline.
 *
 * To cut is to shut the socket down; libmicrohttpd then sees its end and closes it. Used by
 * one thread at a time. Times are of prom__clock_steady. */
#ifndef PROM_TRANSPORT_GUARD_H
#define PROM_TRANSPORT_GUARD_H

#include <prom/error.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum prom__guard_state {
    PROM__GUARD_FREE,
    PROM__GUARD_READING,   /* from accept, or the request line, until there is an answer */
    PROM__GUARD_ANSWERING, /* to the last byte of the answer */
    PROM__GUARD_IDLE,      /* kept alive between two requests */
    PROM__GUARD_CUT        /* shut down by us; libmicrohttpd has not let go of it yet */
} prom__guard_state;

typedef struct prom__guard_slot {
    atomic_int fd; /* -1: none; atomic as a fork may find a thread at work on it */
    prom__guard_state state;
    bool just_idle; /* not looked at since it became so */
    uint64_t since; /* when the request, or the idleness, began */
} prom__guard_slot;

typedef struct prom__guard {
    prom__guard_slot *slots;
    size_t n_slots;       /* beyond the limit, for those cut and not gone yet */
    size_t limit, live;   /* live: neither free nor cut */
    uint64_t deadline_ns; /* for one request and its answer */
    uint64_t ours_ns;     /* spent in gathers: no client is late by it */
} prom__guard;

/* How many connections libmicrohttpd may hold for this limit. */
size_t prom__guard_slots(size_t limit);

prom_err prom__guard_init(prom__guard *g, size_t limit, uint64_t deadline_ns);
void prom__guard_free(prom__guard *g);

/* A new connection, which cuts an idle one, else the oldest, at the limit. NULL: no place. */
prom__guard_slot *prom__guard_open(prom__guard *g, int fd, uint64_t now);
void prom__guard_close(prom__guard *g, prom__guard_slot *s);

/* READING after IDLE, and IDLE, begin a new time; ANSWERING goes on with that of READING. */
void prom__guard_mark(prom__guard *g, prom__guard_slot *s, prom__guard_state state,
                      uint64_t now);

/* Cuts the oldest that is being answered. */
void prom__guard_cut_answering(prom__guard *g);

/* Cuts who is beyond the deadline, and the idle whose client has left; gives the nanoseconds to
 * the next one, UINT64_MAX: none. */
uint64_t prom__guard_reap(prom__guard *g, uint64_t now);

/* In a forked child: closes its copies of the sockets, so that an end of theirs is seen. */
void prom__guard_forked(prom__guard *g);

#endif
