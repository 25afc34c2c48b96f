// SPDX-License-Identifier: Apache-2.0
#include "loop.h"

#include "base/clock.h"
#include "base/lock.h"
#include "base/thread.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static prom__loop *live; /* all that have a descriptor; under the lock */
static _Thread_local const prom__loop *here;

/* --- fork --------------------------------------------------------------- */

/* The lock is held over a fork, so the list and what it leads to is whole. */
static void after_fork_in_child(void)
{
    for (prom__loop *l = live; l; l = l->next_live) {
        close(l->fd);
        l->fd = -1;
        l->state = PROM__LOOP_IDLE;
        l->run++; /* the child may be this very thread, forked in a turn */
        atomic_store(&l->stopping, false);
    }
    live = NULL;
    here = NULL;
}

static void watch_forks(void)
{
    prom__lock(); /* its own fork handlers come first, then it is free in ours */
    prom__unlock();
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

/* --- its life ----------------------------------------------------------- */

static bool has_descriptor(const prom__loop *l)
{
    prom__lock();
    bool has = l->fd >= 0;
    prom__unlock();
    return has;
}

static prom_err open_descriptor(prom__loop *l)
{
    if (has_descriptor(l))
        return PROM_OK;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return prom_fail(PROM_E_IO, "there is no file descriptor for '%s'", l->name);
    prom__lock();
    bool wanted = l->fd < 0; /* nobody was faster */
    if (wanted) {
        l->fd = fd;
        l->next_live = live;
        live = l;
    }
    prom__unlock();
    if (!wanted)
        close(fd);
    return PROM_OK;
}

prom_err prom__loop_init(prom__loop *l)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    l->fd = -1;
    return open_descriptor(l);
}

void prom__loop_done(prom__loop *l)
{
    prom__lock(); /* from the list before its descriptor closes, whose number may be another's
                   */
    prom__loop **at = &live;
    while (*at && *at != l)
        at = &(*at)->next_live;
    if (*at)
        *at = l->next_live;
    int fd = l->fd;
    l->fd = -1;
    prom__unlock();
    if (fd >= 0)
        close(fd);
}

void prom__loop_ask(prom__loop *l)
{
    uint64_t one = 1;
    if (!atomic_exchange(&l->stopping, true) && l->fd >= 0)
        (void)!write(l->fd, &one, sizeof one);
}

void prom__loop_calm(prom__loop *l)
{
    uint64_t any;
    if (atomic_exchange(&l->stopping, false) && l->fd >= 0)
        (void)!read(l->fd, &any, sizeof any);
}

bool prom__loop_here(const prom__loop *l)
{
    return here == l;
}

/* --- the thread --------------------------------------------------------- */

static const uint64_t hour_ns = 3600000000000u; /* fits an int of milliseconds */

/* false: asked to stop. *next: when a turn is due; becomes that of the one after it. */
static bool wait_for_turn(const prom__loop *l, uint64_t *next)
{
    uint64_t now = prom__clock_steady();
    if (now > *next) /* the last turn was still at work then */
        *next += (1 + (now - *next) / l->interval_ns) * l->interval_ns;
    for (; now < *next; now = prom__clock_steady()) {
        if (atomic_load(&l->stopping))
            return false;
        uint64_t ns = *next - now < hour_ns ? *next - now : hour_ns;
        struct pollfd asked = { .fd = l->fd, .events = POLLIN };
        poll(&asked, 1, (int)((ns + 999999u) / 1000000u));
    }
    *next += l->interval_ns;
    return !atomic_load(&l->stopping);
}

static void *run_thread(void *data)
{
    prom__loop *l = data;
    here = l;
    uint64_t next = prom__clock_steady() + l->interval_ns;
    prom__lock();
    l->thread = pthread_self();
    uint32_t run_now = l->run;
    prom__unlock();
    while (wait_for_turn(l, &next)) {
        l->turn(l->data);
        if (l->run != run_now)
            return NULL;
    }
    l->ended(l->data);
    prom__lock();
    void (*free_orphan)(void *) = l->free_orphan;
    if (!free_orphan)
        l->state = PROM__LOOP_OVER;
    prom__lock_wake();
    prom__unlock();
    here = NULL;
    if (free_orphan) {
        pthread_detach(pthread_self());
        free_orphan(l->data);
    }
    return NULL;
}

/* --- start and stop ------------------------------------------------------ */

/* With the lock held, which it lets go: the thread that is over is waited for, so that none is
 * left behind. */
static void join(prom__loop *l)
{
    pthread_t thread = l->thread;
    bool over = l->state == PROM__LOOP_OVER;
    if (over)
        l->state = PROM__LOOP_IDLE;
    prom__unlock();
    if (over)
        pthread_join(thread, NULL);
}

/* Whether there is to be a thread, which the caller starts. */
static bool claim_start(prom__loop *l)
{
    prom__lock();
    while (l->state == PROM__LOOP_OVER) {
        join(l);
        prom__lock();
    }
    bool mine = l->state == PROM__LOOP_IDLE;
    if (mine) {
        prom__loop_calm(l);
        l->state = PROM__LOOP_RUNS;
        l->run++;
    }
    prom__unlock();
    return mine;
}

prom_err prom__loop_start(prom__loop *l)
{
    prom_err e = open_descriptor(l);
    if (e)
        return e;
    if (!claim_start(l))
        return PROM_OK;
    pthread_t unused; /* the thread says who it is, before anybody can want to know */
    int bad = prom__thread_start(&unused, l->name, run_thread, l);
    if (!bad)
        return PROM_OK;
    prom__lock();
    l->state = PROM__LOOP_IDLE;
    prom__lock_wake();
    prom__unlock();
    return prom_fail(PROM_E_IO, "there is no thread for '%s': %s", l->name, strerror(bad));
}

void prom__loop_stop(prom__loop *l)
{
    prom__lock();
    prom__loop_ask(l);
    if (prom__loop_here(l)) {
        prom__unlock();
        return;
    }
    uint32_t run_now = l->run; /* another may start it again before we are awake */
    while (l->state == PROM__LOOP_RUNS && l->run == run_now)
        prom__lock_wait(UINT64_MAX);
    join(l);
}

void prom__loop_orphan(prom__loop *l, void (*free_orphan)(void *data))
{
    prom__lock();
    prom__loop_ask(l);
    l->free_orphan = free_orphan;
    prom__unlock();
}
