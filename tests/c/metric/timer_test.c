// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* nanosleep */
#include "kit.h"

#include <prom/model.h>

#include <time.h>

static void sleep_ms(long ms)
{
    struct timespec t = { 0, ms * 1000000 };
    nanosleep(&t, NULL);
}

static void test_timer_measures(void)
{
    prom_timer t = prom_timer_start();
    CHECK(prom_timer_seconds(t) >= 0);
    sleep_ms(20);
    double first = prom_timer_seconds(t), second = prom_timer_seconds(t);
    CHECK(first >= 0.019 && first < 10);
    CHECK(second >= first);
}

static void test_timer_is_never_negative(void)
{
    prom_timer t = { UINT64_MAX }; /* of a clock that is ahead */
    CHECK_DBL(prom_timer_seconds(t), 0);
    CHECK_DBL(prom_timer_observe(t, NULL), 0);
}

static void test_timer_observes_in_a_histogram_and_a_summary(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_histogram *h;
    prom_summary *s;
    CHECK_OK(prom_histogram_new(r, PROM_OPTS(.name = "h", .help = ""), &h));
    CHECK_OK(prom_summary_new(r, PROM_OPTS(.name = "s", .help = ""), &s));
    prom_timer t = prom_timer_start();
    sleep_ms(2);
    double a = prom_timer_observe(t, h), b = prom_timer_observe(t, h); /* used again */
    CHECK(a >= 0.0019 && b >= a);
    CHECK_DBL(kit_value(r, "h_count", NULL), 2);
    CHECK_DBL(kit_value(r, "h_sum", NULL), a + b);
    double c = prom_timer_observe(t, s);
    CHECK_DBL(kit_value(r, "s_count", NULL), 1);
    CHECK_DBL(kit_value(r, "s_sum", NULL), c);
    prom_unref(h), prom_unref(s), prom_unref(r);
}

static void test_timer_sets_a_gauge(void)
{
    prom_gauge *g;
    CHECK_OK(prom_gauge_new(NULL, PROM_OPTS(.name = "g", .help = ""), &g));
    prom_gauge_set(g, 1000);
    double a = prom_timer_observe(prom_timer_start(), g);
    CHECK_DBL(prom_gauge_value(g), a);
    prom_unref(g);
}

static prom_err build_nothing(prom_builder *b, void *data)
{
    (void)b;
    (void)data;
    return PROM_OK;
}

static void test_timer_leaves_other_objects_alone(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_counter *c;
    prom_vec *v;
    prom_collector *k;
    prom_collector_opts o = { .size = sizeof o, .name = "k", .collect = build_nothing };
    CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "c", .help = ""), &c));
    CHECK_OK(prom_vec_new(r, PROM_HISTOGRAM, PROM_OPTS(.name = "h", .help = ""), &v));
    CHECK_OK(prom_collector_new(r, &o, &k));
    prom_timer t = prom_timer_start();
    void *objects[] = { NULL, c, v, k, r };
    for (size_t i = 0; i < 5; i++)
        CHECK(prom_timer_observe(t, objects[i]) >= 0);
    CHECK_DBL(prom_counter_value(c), 0);
    CHECK_DBL(kit_value(r, "h_count", NULL), 0);
    prom_unref(c), prom_unref(v), prom_unref(k), prom_unref(r);
}

TESTS(ROW(test_timer_measures), ROW(test_timer_is_never_negative),
      ROW(test_timer_observes_in_a_histogram_and_a_summary), ROW(test_timer_sets_a_gauge),
      ROW(test_timer_leaves_other_objects_alone))
