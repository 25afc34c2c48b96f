// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* barriers */
#include "base/tally.h"
#include "counting.h"
#include "kit.h"

#include <pthread.h>

static void test_tally_is_one_for_a_name(void)
{
    char name[] = "one";
    prom__tally *t = prom__tally_of(name), *other = prom__tally_of("other");
    name[0] = 'x'; /* it was copied */
    CHECK(t && other && t != other);
    CHECK(prom__tally_of("one") == t);
    CHECK_STR(t->name, "one");
    CHECK(prom__tally_first() == other && other->next == t && !t->next);
    CHECK_INT(t->overflowed + t->expired, 0);
}

static void test_tally_without_memory(void)
{
    size_t live = counting_live;
    prom__tally *there = prom__tally_of("one");
    counting_failing = true;
    CHECK(!prom__tally_of("never seen"));
    CHECK(prom__tally_of("one") == there);
    counting_failing = false;
    CHECK_INT(counting_live, live);
    CHECK(prom__tally_of("never seen") != NULL);
}

enum { THREADS = 6, NAMES = 200 };

static pthread_barrier_t barrier;

static void *ask(void *data)
{
    prom__tally **got = data;
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < NAMES; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        got[i] = prom__tally_of(name);
        atomic_fetch_add(&got[i]->expired, 1);
    }
    return NULL;
}

static void test_tally_is_one_for_all_threads(void)
{
    static prom__tally *got[THREADS][NAMES];
    pthread_t t[THREADS];
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&t[i], NULL, ask, got[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    pthread_barrier_destroy(&barrier);
    int same = 0, listed = 0;
    for (int i = 0; i < NAMES; i++)
        same += got[0][i]->expired == THREADS && got[0][i] == got[THREADS - 1][i];
    CHECK_INT(same, NAMES);
    for (const prom__tally *x = prom__tally_first(); x; x = x->next)
        listed += x->name[0] == 'n' && x->name[1] != 'e';
    CHECK_INT(listed, NAMES);
}

TESTS_COUNTING(ROW(test_tally_is_one_for_a_name), ROW(test_tally_without_memory),
               ROW(test_tally_is_one_for_all_threads))
