// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* pthread_condattr_setclock */
#include "lock.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken;
static atomic_uint waiting; /* threads in prom__lock */
static _Atomic uint32_t forks;
static prom__later *later; /* guarded by the mutex */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_condition(void)
{
    pthread_condattr_t a;
    pthread_condattr_init(&a);
    pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
    pthread_cond_init(&woken, &a);
    pthread_condattr_destroy(&a);
}

static void before_fork(void)
{
    pthread_mutex_lock(&mutex);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&mutex);
}

static void after_fork_in_child(void)
{
    atomic_store(&waiting, 0);
    atomic_fetch_add(&forks, 1);
    make_condition(); /* those who waited on the old one do not exist here */
    pthread_mutex_unlock(&mutex);
}

static void prepare(void)
{
    make_condition();
    pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

void prom__lock(void)
{
    pthread_once(&once, prepare);
    if (pthread_mutex_trylock(&mutex) == 0)
        return;
    atomic_fetch_add(&waiting, 1);
    pthread_mutex_lock(&mutex);
    atomic_fetch_sub(&waiting, 1);
}

void prom__unlock(void)
{
    prom__later *l = later;
    later = NULL;
    pthread_mutex_unlock(&mutex);
    while (l) {
        prom__later *next = l->next;
        l->run(l);
        l = next;
    }
}

uint32_t prom__lock_forks(void)
{
    return atomic_load_explicit(&forks, memory_order_relaxed);
}

/* Some tens of microseconds are what it takes to wake a thread. */
enum { NAP_NS = 20000, MOST_NAPS = 50 };

void prom__lock_pause(void)
{
    const struct timespec nap = { 0, NAP_NS };
    prom__unlock();
    for (int i = 0; i < MOST_NAPS && atomic_load(&waiting); i++)
        nanosleep(&nap, NULL);
    prom__lock();
}

void prom__unlock_then(prom__later *l, void (*run)(prom__later *l))
{
    *l = (prom__later){ later, run };
    later = l;
}

bool prom__lock_wait(uint64_t until)
{
    struct timespec t = { (time_t)(until / 1000000000u), (long)(until % 1000000000u) };
    return pthread_cond_timedwait(&woken, &mutex, &t) != ETIMEDOUT;
}

void prom__lock_wake(void)
{
    pthread_cond_broadcast(&woken);
}
