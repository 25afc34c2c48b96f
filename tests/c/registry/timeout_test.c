// SPDX-License-Identifier: Apache-2.0
/* timeout_test.c - collectors that may take too long, on a thread of their own. Nothing is
 * timed: a collector waits until the test lets it go on. */
#define _GNU_SOURCE /* usleep */
#include "counting.h"
#include "kit.h"

#include <prom/gather.h>

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONG_MS = 100000, SHORT_MS = 20 };

/* It allows no new threads in a forked child. */
#if defined(__SANITIZE_THREAD__)
#define THREAD_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREAD_SANITIZED 1
#endif
#endif
#ifndef THREAD_SANITIZED
#define THREAD_SANITIZED 0
#endif

typedef struct slow {
    atomic_bool hold; /* it waits as long as this is set */
    atomic_int calls, done, freed;
    atomic_bool signals_blocked, stopped, wants_x, wants_y;
    bool fail;
    prom_registry *gathers;
    pthread_t thread;
} slow;

static prom_err collect(prom_builder *b, void *data)
{
    slow *s = data;
    sigset_t set;
    int call = ++s->calls;
    s->thread = pthread_self();
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    s->signals_blocked = sigismember(&set, SIGINT) && sigismember(&set, SIGTERM);
    s->wants_x = prom_build_wants(b, "x");
    s->wants_y = prom_build_wants(b, "y");
    while (s->hold)
        usleep(100);
    s->stopped = prom_build_stopped(b);
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "x"));
    if (!e)
        e = prom_build_value(b, NULL, call);
    if (!e && s->gathers) {
        prom_snapshot *inner;
        CHECK_OK(prom_gather(s->gathers, &inner));
        CHECK_STR(prom_snapshot_error(inner, 0), "collector 'slow': it gathers from itself");
        prom_unref(inner);
    }
    s->done++;
    return s->fail ? prom_fail(PROM_E_IO, "sensor is off") : e;
}

static void count_freed(void *data)
{
    ((slow *)data)->freed++;
}

static prom_collector *make(prom_registry *r, slow *s, unsigned timeout_ms)
{
    prom_collector_opts o = { .size = sizeof o,
                              .name = "slow",
                              .collect = collect,
                              .data = s,
                              .free_data = count_freed,
                              .timeout_ms = timeout_ms };
    prom_collector *c = NULL;
    CHECK_OK(prom_collector_new(r, &o, &c));
    return c;
}

static void check_error(prom_registry *r, const char *want)
{
    prom_snapshot *s;
    if (!CHECK_OK(prom_gather(r, &s)))
        return;
    CHECK_STR(prom_snapshot_error(s, 0), want);
    prom_unref(s);
}

static void wait_for(atomic_int *n, int want)
{
    while (*n < want)
        usleep(100);
}

/* ------------------------------------------------------------------------ */

static void test_timeout_in_time(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    slow s = { .hold = false };
    prom_collector *c = make(r, &s, LONG_MS);
    CHECK_TEXT(r, "# TYPE x gauge\nx 1\n");
    pthread_t thread = s.thread;
    CHECK(!pthread_equal(thread, pthread_self()));
    CHECK(s.signals_blocked);
    CHECK(!s.stopped);
    CHECK_TEXT(r, "# TYPE x gauge\nx 2\n");
    CHECK(pthread_equal(thread, s.thread)); /* the same again */
    s.fail = true;
    check_error(r, "collector 'slow': sensor is off");
    prom_unref(c), prom_unref(r);
    wait_for(&s.freed, 1); /* the thread may have been the last to hold it */
}

static void test_timeout_goes_on_without_it(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    slow s = { .hold = true };
    prom_gauge *g;
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "fine", .help = ""), &g));
    prom_collector *c = make(r, &s, SHORT_MS);
    check_error(r, "collector 'slow': not done within 20 ms");
    check_error(r, "collector 'slow': still at work since an earlier gather");
    CHECK_TEXT(r, "# HELP fine \n# TYPE fine gauge\nfine 0\n");
    CHECK_INT(s.calls, 1);
    s.hold = false;
    wait_for(&s.done, 1);
    CHECK(s.stopped);                   /* it could have known that nobody waits */
    while (kit_value(r, "x", NULL) < 0) /* what came of the late one is not shown */
        usleep(100);
    CHECK(s.calls >= 2);
    prom_unref(g), prom_unref(c), prom_unref(r);
    wait_for(&s.freed, 1);
}

static void test_timeout_of_the_gather_is_shorter(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    slow s = { .hold = true };
    prom_collector *c = make(r, &s, LONG_MS);
    prom_snapshot *snapshot;
    CHECK_OK(prom_gather_with(
        r, PROM_GATHER_OPTS(.timeout_ms = SHORT_MS, .names = PROM_VALUES("x")), &snapshot));
    CHECK(strncmp(prom_snapshot_error(snapshot, 0), "collector 'slow': not done within ", 34) ==
          0);
    CHECK_INT(prom_snapshot_size(snapshot), 0);
    CHECK(s.wants_x && !s.wants_y);
    prom_unref(snapshot);
    s.hold = false;
    prom_unref(c), prom_unref(r);
    wait_for(&s.freed, 1);
    CHECK(s.stopped);
}

/* Neither waits for the callback, and nothing is left of it. */
static void test_timeout_destroyed_meanwhile(void)
{
    size_t live = counting_live;
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    slow s = { .hold = true };
    prom_collector *c = make(r, &s, SHORT_MS);
    check_error(r, "collector 'slow': not done within 20 ms");
    prom_unref(c), prom_unref(r);
    CHECK_INT(s.freed, 0); /* the callback still has its data */
    s.hold = false;
    wait_for(&s.freed, 1);
    CHECK_INT(s.done, 1);
    for (int i = 0; i < 10000 && counting_live != live; i++)
        usleep(1000);
    CHECK_INT(counting_live, live);
}

static void test_timeout_never_used(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    slow s = { .hold = true };
    prom_collector *c = make(r, &s, SHORT_MS);
    prom_unref(c), prom_unref(r);
    CHECK_INT(s.freed, 1);
}

static void test_timeout_of_a_bound_one(void)
{
    slow s = { .hold = false };
    prom_collector *c;
    prom_collector_opts o = { .size = sizeof o,
                              .name = "slow",
                              .collect = collect,
                              .data = &s,
                              .bound = true,
                              .timeout_ms = 1 };
    CHECK_SAYS(prom_collector_new(NULL, &o, &c), PROM_E_INVAL,
               "collector 'slow' is bound to its thread, so it cannot have a timeout");
}

static void test_timeout_gathers_from_itself(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    slow s = { .gathers = r };
    prom_collector *c = make(r, &s, LONG_MS);
    CHECK_TEXT(r, "# TYPE x gauge\nx 1\n");
    prom_unref(c), prom_unref(r);
    wait_for(&s.freed, 1);
}

typedef struct gatherer {
    prom_registry *r;
    int seen;
} gatherer;

static void *gather_often(void *data)
{
    gatherer *g = data;
    for (int i = 0; i < 100; i++)
        g->seen += kit_value(g->r, "x", NULL) > 0;
    return NULL;
}

/* They come one after the other, and each has its own answer. */
static void test_timeout_of_several_gathers(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    slow s = { .hold = false };
    prom_collector *c = make(r, &s, LONG_MS);
    gatherer g[3];
    pthread_t t[3];
    for (int i = 0; i < 3; i++) {
        g[i] = (gatherer){ r, 0 };
        CHECK(pthread_create(&t[i], NULL, gather_often, &g[i]) == 0);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
        CHECK_INT(g[i].seen, 100);
    }
    CHECK_INT(s.calls, 300);
    prom_unref(c), prom_unref(r);
    wait_for(&s.freed, 1);
}

/* A child has not the thread, whether it was at work or not, and makes another. */
static void test_timeout_after_a_fork(void)
{
    for (int busy = 0; busy < (THREAD_SANITIZED ? 0 : 2); busy++) {
        prom_registry *r = kit_registry(PROM_ORDER_SORTED);
        slow s = { .hold = busy };
        prom_collector *c = make(r, &s, busy ? SHORT_MS : LONG_MS);
        check_error(r, busy ? "collector 'slow': not done within 20 ms" : NULL);
        pid_t child = fork();
        if (child == 0) {
            int tries = 0;
            s.hold = false;
            while (kit_value(r, "x", NULL) != 2 && tries++ < 1000)
                s.calls = 1; /* with so short a time the thread may be late */
            _exit(tries < 1000 ? 0 : 1);
        }
        int status;
        waitpid(child, &status, 0);
        CHECK_INT(status, 0);
        s.hold = false;
        prom_unref(c), prom_unref(r);
        wait_for(&s.freed, 1);
    }
}

TESTS_COUNTING(ROW(test_timeout_in_time), ROW(test_timeout_goes_on_without_it),
               ROW(test_timeout_of_the_gather_is_shorter),
               ROW(test_timeout_destroyed_meanwhile), ROW(test_timeout_never_used),
               ROW(test_timeout_of_a_bound_one), ROW(test_timeout_gathers_from_itself),
               ROW(test_timeout_of_several_gathers), ROW(test_timeout_after_a_fork))
