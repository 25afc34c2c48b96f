// SPDX-License-Identifier: Apache-2.0
/* guard.h - the open connections of a server, and which of them has to go.
 *
 * libmicrohttpd limits inactivity only, and at its limit of connections takes no more: a few
 * clients that send a byte now and then would shut every scraper out. Here each request has an
 * absolute deadline, and at the limit a newcomer gets the place of another: of an idle one,
 * else of the one that has not got on for longest, if that is longer than a moment; till then
 * it waits to be accepted. So a client can hold a place only as long as nobody else needs it,
 * and never beyond the deadline; and one that takes its answer is not driven out, however many
 * come.
 *
 * To cut is to shut the socket down; libmicrohttpd then sees its end and closes it. Used by
 * one thread at a time. Times are of prom__clock_steady. */
#ifndef PROM_SERVE_GUARD_H
#define PROM_SERVE_GUARD_H

#include <prom/error.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum prom__guard_state {
    PROM__GUARD_FREE,
    PROM__GUARD_READING,   /* from accept, or the request line, until the request is read */
    PROM__GUARD_WAITING,   /* for us: its answer is being made */
    PROM__GUARD_ANSWERING, /* to the last byte of the answer */
    PROM__GUARD_IDLE,      /* kept alive between two requests */
    PROM__GUARD_CUT        /* shut down by us; libmicrohttpd has not let go of it yet */
} prom__guard_state;

typedef struct prom__guard_slot prom__guard_slot;
struct prom__guard_slot {
    atomic_int fd; /* -1: none; atomic as a fork may find a thread at work on it */
    prom__guard_state state;
    bool listed;    /* in just_idle; it may have become something else since */
    uint64_t since; /* when the request, or the idleness, began */
    uint64_t moved; /* when it last got on: it came, had asked, took some of its answer */
    prom__guard_slot *next; /* of the free, or of just_idle */
};

typedef struct prom__guard {
    prom__guard_slot *slots;
    size_t n_slots;              /* beyond the limit, for those cut and not gone yet */
    size_t limit, live;          /* live: neither free nor cut */
    prom__guard_slot *free;      /* a list */
    prom__guard_slot *just_idle; /* a list: not looked at since they became so */
    uint64_t deadline_ns;        /* for one request and its answer */
    uint64_t moment_ns;          /* so long after it has got on nobody is cut for another */
    uint64_t ours_ns;            /* spent in gathers: no client is late by it */
    uint64_t latest;             /* `now` of the latest call, less ours_ns */
    uint64_t next_end;           /* nobody's deadline is before this; less ours_ns */
} prom__guard;

/* How many connections libmicrohttpd may hold for this limit. */
size_t prom__guard_slots(size_t limit);

prom_err prom__guard_init(prom__guard *g, size_t limit, uint64_t deadline_ns);
void prom__guard_free(prom__guard *g);

/* Sees to it that there is a place below the limit, and gives 0, or the nanoseconds until there
 * may be one. */
uint64_t prom__guard_make_room(prom__guard *g, uint64_t now);

/* Cuts one as for a newcomer, though there may be room; 0: that was done, UINT64_MAX: there is
 * nobody to cut. */
uint64_t prom__guard_cut_one(prom__guard *g, uint64_t now);

/* A new connection. NULL: no place, not even beyond the limit. */
prom__guard_slot *prom__guard_open(prom__guard *g, int fd, uint64_t now);
void prom__guard_close(prom__guard *g, prom__guard_slot *s);

/* READING after IDLE, and IDLE, begin a new time; the others go on with that of READING. */
void prom__guard_mark(prom__guard *g, prom__guard_slot *s, prom__guard_state state,
                      uint64_t now);

/* It has taken all that it was given of its answer, and may have more. */
void prom__guard_moved(prom__guard *g, prom__guard_slot *s);

/* Cuts some of those that are being answered and had not got on for a while when we last
 * looked (prom__guard_reap), the longest stuck first. */
void prom__guard_cut_stuck(prom__guard *g);

/* Cuts who is beyond the deadline, and the idle whose client has left; gives the nanoseconds to
 * the next one, UINT64_MAX: none. */
uint64_t prom__guard_reap(prom__guard *g, uint64_t now);

/* In a forked child: closes its copies of the sockets, so that an end of theirs is seen. */
void prom__guard_forked(prom__guard *g);

#endif
