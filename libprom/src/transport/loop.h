// SPDX-License-Identifier: Apache-2.0
/* loop.h - the one frame of periodic work: a thread with a turn at each interval, which is
 * stopped at once, from anywhere, and which no fork can harm.
 *
 * Turns are counted from the start, on the steady clock; those that a slow one has missed are
 * left out. Whoever waits for something in a turn waits for `fd` beside it: it is readable from
 * when the loop was asked to stop. Asking works without a thread too, so it breaks off work
 * that is done elsewhere for the same owner.
 *
 * In a forked child no loop runs and the descriptors are closed; it may be started there. */
#ifndef PROM_TRANSPORT_LOOP_H
#define PROM_TRANSPORT_LOOP_H

#include <prom/error.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct prom__loop {
    /* Said before prom__loop_init. */
    char name[16];        /* of the thread */
    uint64_t interval_ns; /* from the begin of a turn to that of the next; not 0 */
    void (*turn)(void *data);
    void (*ended)(void *data); /* on the thread, after the last turn */
    void *data;

    atomic_bool stopping; /* asked to stop, and neither started nor calmed since */
    int fd;               /* readable while stopping; -1: in a forked child that has not started
                             it, poll() passes that over */

    /* Under the lock of base/lock.h. */
    enum { PROM__LOOP_IDLE, PROM__LOOP_RUNS, PROM__LOOP_OVER } state; /* OVER: to be joined */
    uint32_t run;                                                     /* counts starts */
    void (*free_orphan)(void *data); /* set: its thread frees it */
    pthread_t thread;
    struct prom__loop *next_live;
} prom__loop;

/* PROM_E_IO: no descriptor. */
prom_err prom__loop_init(prom__loop *l);
/* It must not run. */
void prom__loop_done(prom__loop *l);

/* Does nothing while it runs. PROM_E_IO: no thread. */
prom_err prom__loop_start(prom__loop *l);

/* With the lock held: the turn under way is to end at once and none is to follow; calm: the
 * asking is over and was not meant for what comes now. */
void prom__loop_ask(prom__loop *l);
void prom__loop_calm(prom__loop *l);

/* Asks, and waits for the end of the thread; on that thread it only asks. */
void prom__loop_stop(prom__loop *l);

/* Whether this thread is the loop's. */
bool prom__loop_here(const prom__loop *l);

/* On the loop's thread, where its owner goes: asks; after ended() the thread calls
 * free_orphan(data), which calls prom__loop_done. */
void prom__loop_orphan(prom__loop *l, void (*free_orphan)(void *data));

#endif
