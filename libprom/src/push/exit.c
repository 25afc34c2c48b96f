// SPDX-License-Identifier: Apache-2.0
/* exit.c - the end of senders when the process ends.
 *
 * Each that has something to do then gets a thread for it, so that they run side by side, and
 * the thread that exits waits for them: no longer than the largest last_timeout_ms, whatever
 * their collectors and transports are up to. Who is late is left behind. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/lock.h"
#include "base/thread.h"
#include "sender.h"

#include <stdlib.h>

/* Under the lock. */
static prom_sender *senders; /* that have a last send or an end of their own */
static unsigned at_work;     /* threads that end one */

static uint64_t exit_began;

/* From the begin of the exit, so that they are side by side even where there are no threads. */
static uint64_t end_of_time(const prom_sender *s)
{
    return exit_began + (uint64_t)s->opts.last_timeout_ms * 1000000u;
}

static void *end_one(void *sender)
{
    prom_sender *s = sender;
    (void)prom__sender_end(s, end_of_time(s));
    prom_unref(s);
    prom__lock();
    at_work--;
    prom__lock_wake();
    prom__unlock();
    return NULL;
}

/* With the lock held: one of this process, which is not waiting for this very exit. */
static bool is_to_end(prom_sender *s)
{
    return s->forks == prom__lock_forks() && !prom__sender_here(s) &&
           prom__object_ref_living(&s->object);
}

/* With the lock held: all that are to end, with a reference to each; the list is empty then. */
static prom_sender *take_all(void)
{
    prom_sender *taken = NULL;
    for (prom_sender *s = senders, *next; s; s = next) {
        next = s->next_at_exit;
        s->next_at_exit = NULL;
        if (!is_to_end(s))
            continue;
        s->next_at_exit = taken;
        taken = s;
        at_work++;
    }
    senders = NULL;
    return taken;
}

static void at_exit(void)
{
    uint64_t until = exit_began = prom__clock_steady();
    prom__lock();
    at_work = 0; /* a fork may have left some behind */
    prom_sender *s = take_all();
    prom__unlock();
    while (s) {
        prom_sender *next = s->next_at_exit;
        pthread_t thread;
        until = end_of_time(s) > until ? end_of_time(s) : until;
        if (prom__thread_start(&thread, "prom-exit", end_one, s) == 0)
            pthread_detach(thread);
        else
            end_one(s);
        s = next;
    }
    prom__lock();
    while (at_work && prom__lock_wait(until))
        ;
    prom__unlock();
}

static bool is_watched;

static void watch_exit(void)
{
    is_watched = atexit(at_exit) == 0;
}

prom_err prom__exit_add(prom_sender *s)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_exit);
    if (!is_watched)
        return prom__no_memory("the end of a sender");
    prom__lock();
    s->next_at_exit = senders;
    senders = s;
    prom__unlock();
    return PROM_OK;
}

void prom__exit_remove(prom_sender *s)
{
    prom__lock();
    prom_sender **at = &senders;
    while (*at && *at != s)
        at = &(*at)->next_at_exit;
    if (*at)
        *at = s->next_at_exit;
    prom__unlock();
}
