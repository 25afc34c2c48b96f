// SPDX-License-Identifier: Apache-2.0
#include "worker.h"

#include "asked.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/lock.h"
#include "base/thread.h"

#include <string.h>

/* Guarded by the lock. It is freed by its thread. */
struct prom__worker {
    prom__later later;
    uint32_t forks; /* of the process that has the thread: a child has not */
    bool quit;
    bool taken;   /* somebody's job is in it, until he has the answer or it is late */
    bool running; /* the thread has the job, or is to take it */
    bool late;    /* nobody waits any more */
    prom__job job;
    prom_err error;
    prom_snapshot *answer;
};

/* --- the thread ----------------------------------------------------------- */

static bool wait_for_job(prom__worker *w)
{
    const uint64_t hour = 3600u * UINT64_C(1000000000);
    while (!w->running && !w->quit)
        prom__lock_wait(prom__clock_steady() + hour);
    return w->running;
}

static void let_go(const prom__job *j)
{
    prom_unref(j->asked);
    prom_unref(j->self); /* maybe the last one: then its collector tells this worker to quit */
}

static void run_job(prom__worker *w)
{
    prom__job job = w->job;
    prom_snapshot *s = NULL;
    prom__unlock();
    prom_err e = job.run(&job, &s);
    prom__lock();
    w->running = false;
    if (w->late) {
        w->taken = w->late = false;
    } else {
        w->error = e;
        w->answer = s;
        s = NULL;
    }
    prom__lock_wake();
    prom__unlock();
    prom_unref(s);
    let_go(&job);
    prom__lock();
}

static void *work(void *worker)
{
    prom__worker *w = worker;
    prom__lock();
    while (wait_for_job(w))
        run_job(w);
    prom__unlock();
    prom__free(w);
    return NULL;
}

/* --- making it ------------------------------------------------------------- */

static prom_err make(prom__worker **out)
{
    pthread_t thread;
    prom__worker *w = prom__alloc_zero(sizeof *w);
    if (!w)
        return prom__no_memory("a collector's thread");
    prom__lock();
    w->forks = prom__lock_forks();
    prom__unlock();
    int bad = prom__thread_start(&thread, "prom-collector", work, w);
    if (bad) {
        prom__free(w);
        return prom_fail(PROM_E_IO, "there is no thread for it: %s", strerror(bad));
    }
    pthread_detach(thread);
    *out = w;
    return PROM_OK;
}

static void free_lost(prom__later *l)
{
    prom__worker *w = (prom__worker *)(void *)l;
    prom_unref(w->answer);
    if (w->running)
        let_go(&w->job);
    prom__free(w);
}

/* With the lock held: the worker, unless its thread stayed behind in a fork. */
static prom__worker *living(prom__worker **w)
{
    if (*w && (*w)->forks != prom__lock_forks()) {
        prom__unlock_then(&(*w)->later, free_lost);
        *w = NULL;
    }
    return *w;
}

/* With the lock held, let go of meanwhile. */
static prom_err make_room(prom__worker **w)
{
    prom__worker *fresh = NULL;
    if (living(w))
        return PROM_OK;
    prom__unlock();
    prom_err e = make(&fresh);
    prom__lock();
    if (!e && !living(w)) {
        *w = fresh;
    } else if (!e) { /* somebody was faster */
        fresh->quit = true;
        prom__lock_wake();
    }
    return e;
}

void prom__worker_quit(prom__worker *w)
{
    if (!w)
        return;
    prom__lock();
    if (living(&w)) {
        w->quit = true;
        prom__lock_wake();
    }
    prom__unlock();
}

/* --- asking it -------------------------------------------------------------- */

/* With the lock held: gives it the job and waits. */
static prom__outcome ask(prom__worker *w, const prom__job *job, prom_snapshot **out,
                         prom_err *error)
{
    while (w->taken && !w->late && prom__lock_wait(job->until))
        ;
    if (w->taken)
        return PROM__BUSY;
    w->taken = w->running = true;
    w->job = *job;
    prom_ref(job->self);
    prom_ref(job->asked);
    prom__lock_wake();
    while (w->running && prom__lock_wait(job->until))
        ;
    if (w->running) {
        w->late = true;
        return PROM__LATE;
    }
    *error = w->error;
    *out = w->answer;
    w->answer = NULL;
    w->taken = false;
    prom__lock_wake();
    return PROM__DONE;
}

prom_err prom__worker_do(prom__worker **w, const prom__job *job, prom__outcome *outcome,
                         prom_snapshot **out)
{
    prom_err error = PROM_OK;
    *out = NULL;
    prom__lock();
    prom_err e = make_room(w);
    if (!e)
        *outcome = ask(*w, job, out, &error);
    prom__unlock();
    return e ? e : error ? prom__no_memory("a snapshot") : PROM_OK;
}
