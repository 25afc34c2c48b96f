// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* fork, usleep */
#include "base/clock.h"
#include "base/lock.h"
#include "kit.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static long guarded;

static void *add_many(void *data)
{
    (void)data;
    for (int i = 0; i < 50000; i++) {
        prom__lock();
        guarded++;
        prom__unlock();
    }
    return NULL;
}

static void test_lock_excludes(void)
{
    pthread_t t[3];
    guarded = 0;
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&t[i], NULL, add_many, NULL) == 0);
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    CHECK_INT(guarded, 150000);
}

/* --- who has it ------------------------------------------------------------ */

static atomic_bool had;

static void *take_elsewhere(void *data)
{
    (void)data;
    prom__lock();
    atomic_store(&had, true);
    prom__unlock();
    return NULL;
}

/* Whether another thread gets the lock within a moment; if not, it will later. */
static bool can_be_had(void)
{
    pthread_t t;
    atomic_store(&had, false);
    if (pthread_create(&t, NULL, take_elsewhere, NULL) != 0)
        return false;
    pthread_detach(t);
    for (int i = 0; i < 50 && !atomic_load(&had); i++)
        usleep(1000);
    return atomic_load(&had);
}

/* Who works in steps and pauses between them lets others in. */
static void test_lock_pause_lets_others_in(void)
{
    pthread_t t;
    atomic_store(&had, false);
    prom__lock();
    CHECK(pthread_create(&t, NULL, take_elsewhere, NULL) == 0);
    uint64_t until = prom__clock_steady() + 20000000000u; /* it may be long in starting */
    while (!atomic_load(&had) && prom__clock_steady() < until)
        prom__lock_pause();
    CHECK(atomic_load(&had));
    prom__unlock();
    pthread_join(t, NULL);
}

/* --- work for later ------------------------------------------------------ */

static int ran;
static bool lock_was_free;
static prom__later first, second, nested;

static void count(prom__later *l)
{
    (void)l;
    ran++;
    lock_was_free = lock_was_free && can_be_had();
}

/* What is to be done later may itself lock and leave something for later. */
static void leave_more(prom__later *l)
{
    count(l);
    prom__lock();
    prom__unlock_then(&nested, count);
    prom__unlock();
}

static void test_lock_later_runs_once_and_unlocked(void)
{
    ran = 0;
    lock_was_free = true;
    prom__lock();
    prom__unlock_then(&first, count);
    prom__unlock_then(&second, leave_more);
    CHECK_INT(ran, 0);
    prom__unlock();
    CHECK_INT(ran, 3);
    CHECK(lock_was_free);
    prom__lock();
    prom__unlock();
    CHECK_INT(ran, 3);
}

/* --- waiting -------------------------------------------------------------- */

static void test_lock_wait_ends_at_its_time(void)
{
    uint64_t start = prom__clock_steady();
    prom__lock();
    bool woken = true;
    while (woken)
        woken = prom__lock_wait(start + 20000000);
    CHECK(!can_be_had()); /* it has it again */
    prom__unlock();
    uint64_t took = prom__clock_steady() - start;
    CHECK(took >= 20000000 && took < 5000000000u);
}

static bool waiting, told;

static void *wait_to_be_told(void *data)
{
    uint64_t until = prom__clock_steady() + 10000000000u;
    prom__lock();
    waiting = true;
    bool in_time = true;
    while (!told && in_time)
        in_time = prom__lock_wait(until);
    *(bool *)data = told && in_time;
    prom__unlock();
    return NULL;
}

static void wake_one_waiter(void)
{
    pthread_t t;
    bool in_time = false;
    waiting = told = false;
    CHECK(pthread_create(&t, NULL, wait_to_be_told, &in_time) == 0);
    for (bool there = false; !there; usleep(1000)) {
        prom__lock();
        there = waiting;
        prom__unlock();
    }
    prom__lock();
    told = true;
    prom__lock_wake();
    prom__unlock();
    pthread_join(t, NULL);
    CHECK(in_time);
}

static void test_lock_wake_ends_a_wait(void)
{
    wake_one_waiter();
}

/* --- fork ------------------------------------------------------------------ */

/* ThreadSanitizer ends a process that makes a thread after a fork beside other threads. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
enum { THREADS_AFTER_FORK = false };
#else
enum { THREADS_AFTER_FORK = true };
#endif

static bool stop;

static void *hold_and_let_go(void *data)
{
    for (bool more = true; more;) {
        prom__lock();
        more = !stop;
        ++*(long *)data;
        ++*(long *)data;
        prom__unlock();
    }
    return NULL;
}

static void *wait_for_the_end(void *data)
{
    (void)data;
    prom__lock();
    while (!stop)
        prom__lock_wait(prom__clock_steady() + 10000000000u);
    prom__unlock();
    return NULL;
}

/* The child of a fork finds the lock free and what it guards whole, and can wait and wake. */
static void test_lock_after_fork(void)
{
    pthread_t t, waiter; /* the child must not count on the waiter, which it does not have */
    long pair = 0;
    stop = false;
    CHECK(pthread_create(&waiter, NULL, wait_for_the_end, NULL) == 0);
    CHECK(pthread_create(&t, NULL, hold_and_let_go, &pair) == 0);
    int failed = 0;
    for (int i = 0; i < 50 && !failed; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            prom__lock();
            bool whole = pair % 2 == 0;
            prom__unlock();
            for (int k = 0; k < 3 && i % 10 == 0 && THREADS_AFTER_FORK; k++)
                wake_one_waiter();
            _exit(whole && check_failures == 0 ? 0 : 1);
        }
        int status = 0;
        failed += waitpid(child, &status, 0) != child || status != 0;
    }
    CHECK_INT(failed, 0);
    prom__lock();
    stop = true;
    prom__lock_wake();
    prom__unlock();
    pthread_join(t, NULL);
    pthread_join(waiter, NULL);
}

TESTS(ROW(test_lock_excludes), ROW(test_lock_pause_lets_others_in),
      ROW(test_lock_later_runs_once_and_unlocked), ROW(test_lock_wait_ends_at_its_time),
      ROW(test_lock_wake_ends_a_wait), ROW(test_lock_after_fork))
