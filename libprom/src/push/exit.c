// SPDX-License-Identifier: Apache-2.0
/* exit.c - the end of senders when the process ends.
 *
 * Each that has something to do then gets a thread for it, so that they run side by side, and
 * the thread that exits waits for them: no longer than the largest last_timeout_ms, whatever
 * their collectors and transports are up to. Who is late is left behind. To be broken off is
 * something to do: libraries that a transport uses clean up at exit too, under its feet.
 *
 * They do so in the opposite order of their beginnings. So ours is told of again once libcurl,
 * and with it what it takes for TLS, has begun. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/lock.h"
#include "base/thread.h"
#include "sender.h"
#include "transport/curl.h"

#include <stdlib.h>

/* Under the lock. */
static prom_sender *senders; /* all */
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

static bool has_work(const prom_sender *s)
{
    return s->opts.last || s->transport.finish || s->busy || s->loop.state == PROM__LOOP_RUNS;
}

/* With the lock held: one of this process, which is not waiting for this very exit. */
static bool is_to_end(prom_sender *s)
{
    return has_work(s) && s->forks == prom__lock_forks() && !prom__sender_here(s) &&
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
    uint64_t until = 0;
    prom__lock();
    if (senders) {
        at_work = 0; /* a fork may have left some behind */
        until = exit_began = prom__clock_steady();
    }
    prom_sender *s = take_all();
    prom__unlock();
    if (!s)
        return;
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

/* Whoever comes second runs first, and then there is nothing left for the other one. */
static prom_err watch_exit(void)
{
    enum { BEFORE_CURL = 1, SINCE_CURL };
    static atomic_uint watched;
    unsigned now = prom__curl_is_started() ? SINCE_CURL : BEFORE_CURL;
    if (atomic_load(&watched) >= now)
        return PROM_OK;
    if (atexit(at_exit))
        return prom__no_memory("the end of a sender");
    atomic_fetch_or(&watched, now);
    return PROM_OK;
}

prom_err prom__exit_add(prom_sender *s)
{
    prom_err e = watch_exit();
    if (e)
        return e;
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
