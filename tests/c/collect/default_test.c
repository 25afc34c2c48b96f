// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* barriers */
#include "counting.h"
#include "kit.h"

#include <prom/collect.h>

#include <pthread.h>

/* First: the registry is not there yet, and no memory is there to make it. */
static void test_default_tries_again_after_it_had_no_memory(void)
{
    size_t live = counting_live;
    counting_failing = true;
    prom_registry *r = prom_registry_default();
    counting_failing = false;
    CHECK(!r);
    CHECK_INT(counting_live, live);
}

static pthread_barrier_t barrier;

static void *ask(void *data)
{
    (void)data;
    pthread_barrier_wait(&barrier);
    return prom_registry_default();
}

static void test_default_is_one_for_all_threads(void)
{
    enum { N = 6 };
    pthread_t t[N];
    void *got[N];
    pthread_barrier_init(&barrier, NULL, N);
    for (int i = 0; i < N; i++)
        CHECK(pthread_create(&t[i], NULL, ask, NULL) == 0);
    for (int i = 0; i < N; i++)
        pthread_join(t[i], &got[i]);
    for (int i = 0; i < N; i++)
        CHECK(got[i] && got[i] == prom_registry_default());
    pthread_barrier_destroy(&barrier);
}

static void test_default_has_the_collectors_we_ship(void)
{
    prom_registry *r = prom_registry_default();
    CHECK_HAS(r, "\nprocess_cpu_seconds_total ");
    CHECK_HAS(r, "\nprocess_resident_memory_bytes ");
    CHECK_HAS(r, "\nlibprom_dropped_observations_total 0\n");
}

static void test_default_is_a_registry_as_others(void)
{
    prom_counter *c;
    CHECK_OK(prom_counter_new(prom_registry_default(),
                              PROM_OPTS(.name = "hits", .help = "Pages served."), &c));
    prom_counter_inc(c);
    CHECK_HAS(prom_registry_default(), "# HELP hits_total Pages served.\n"
                                       "# TYPE hits_total counter\nhits_total 1\n");
    CHECK_OK(prom_registry_remove(prom_registry_default(), c));
    prom_unref(c);
    CHECK_HAS_NOT(prom_registry_default(), "hits");
}

TESTS_COUNTING(ROW(test_default_tries_again_after_it_had_no_memory),
               ROW(test_default_is_one_for_all_threads),
               ROW(test_default_has_the_collectors_we_ship),
               ROW(test_default_is_a_registry_as_others))
