// SPDX-License-Identifier: Apache-2.0
/* expire_test.c - series that nobody uses for their time to live. */
#include "base/clock.h"
#include "counting.h"
#include "kit.h"
#include "metric/vec.h"

#include <prom/collect.h>
#include <prom/vec.h>

static void pass(double seconds)
{
    atomic_fetch_add(&prom__clock_shift, (uint64_t)(seconds * 1e9));
}

/* A family with two series, "a" and "b", and its registry. */
typedef struct world {
    prom_registry *r;
    prom_vec *v;
    void *a, *b;
} world;

static void *child(prom_vec *v, const char *value)
{
    void *c = NULL;
    CHECK_OK(prom_vec_with(v, &(prom_str){ value, strlen(value) }, 1, &c));
    return c;
}

static world make(prom_type t)
{
    world w = { .r = kit_registry(PROM_ORDER_SORTED) };
    CHECK_OK(prom_vec_new(w.r, t,
                          PROM_OPTS(.name = "x", .help = "", .labels = PROM_LABELS("l"),
                                    .states = PROM_VALUES("on", "off"), .ttl = 10,
                                    .objectives = PROM_OBJECTIVES({ 0.5, 0.1 })),
                          &w.v));
    w.a = child(w.v, "a");
    w.b = child(w.v, "b");
    return w;
}

static void drop(world *w)
{
    prom_unref(w->a), prom_unref(w->b), prom_unref(w->v), prom_unref(w->r);
}

static void gather(prom_registry *r)
{
    prom_snapshot *s;
    CHECK_OK(prom_gather(r, &s));
    prom_unref(s);
}

static prom_err see(void *data, void *child, const prom_label_str *labels, size_t n)
{
    (void)child, (void)labels;
    *(size_t *)data += n;
    return PROM_OK;
}

/* To iterate is not to look up. */
static void test_expire_whatever_iterates(void)
{
    world w = make(PROM_COUNTER);
    size_t n = 0;
    gather(w.r);
    pass(6);
    CHECK_OK(prom_vec_each(w.v, see, &n));
    CHECK_INT(n, 2);
    void *b = child(w.v, "b");
    gather(w.r);
    pass(6);
    gather(w.r);
    CHECK(!prom_child_exposed(w.a) && prom_child_exposed(w.b));
    prom_unref(b);
    drop(&w);
}

static void test_expire_removes_the_idle(void)
{
    world w = make(PROM_COUNTER);
    gather(w.r);
    pass(6);
    prom_counter_inc(w.a);
    gather(w.r); /* notes that a was used */
    pass(6);
    CHECK_TEXT(w.r, "# HELP x_total \n# TYPE x_total counter\nx_total{l=\"a\"} 1\n");
    CHECK_INT(prom_vec_size(w.v), 1);
    CHECK(prom_child_exposed(w.a));
    CHECK(!prom_child_exposed(w.b)); /* although it is held */
    prom_counter_inc(w.b);           /* and stays usable */
    void *again = child(w.v, "b");
    CHECK(again != w.b);
    CHECK_DBL(prom_counter_value(again), 0);
    prom_unref(again);
    pass(10.1);
    CHECK_TEXT(w.r, "# HELP x_total \n# TYPE x_total counter\n");
    drop(&w);
}

/* What a gather has not seen yet counts from that gather on, not from the update. */
static void test_expire_goes_by_what_gathers_see(void)
{
    world w = make(PROM_COUNTER);
    gather(w.r);
    pass(9);
    prom_counter_inc(w.a);
    pass(9); /* 18 seconds since the last gather: but it was used meanwhile */
    gather(w.r);
    CHECK_INT(prom_vec_size(w.v), 1);
    pass(9);
    gather(w.r);
    CHECK(prom_child_exposed(w.a));
    pass(2);
    gather(w.r);
    CHECK(!prom_child_exposed(w.a));
    drop(&w);
}

static void update(prom_type t, void *child_)
{
    switch (t) {
    case PROM_COUNTER:
        CHECK_OK(prom_counter_add(child_, 0.25));
        break;
    case PROM_GAUGE:
    case PROM_UNKNOWN:
        prom_gauge_set(child_, 3); /* the same each time */
        break;
    case PROM_HISTOGRAM:
        prom_histogram_observe(child_, 0);
        break;
    case PROM_SUMMARY:
        prom_summary_observe(child_, 0);
        break;
    case PROM_INFO:
        CHECK_OK(prom_info_set(child_, PROM_CONST_LABELS({ "k", "v" })));
        break;
    case PROM_STATESET:
        CHECK_OK(prom_stateset_enter(child_, "on"));
        break;
    case PROM_GAUGE_HISTOGRAM:
        break;
    }
}

static void test_expire_knows_updates_of_every_type(void)
{
    for (prom_type t = PROM_UNKNOWN; t < PROM_GAUGE_HISTOGRAM; t++) {
        world w = make(t);
        for (int i = 0; i < 5; i++) {
            update(t, w.a);
            gather(w.r);
            pass(9);
        }
        if (!CHECK(prom_child_exposed(w.a)) || !CHECK(!prom_child_exposed(w.b)))
            fprintf(stderr, "    %s\n", prom_type_name(t));
        drop(&w);
    }
}

/* As of work in progress: up and down again between gathers. */
static void test_expire_gauge_that_comes_back(void)
{
    world w = make(PROM_GAUGE);
    for (int i = 0; i < 3; i++) {
        prom_gauge_add(w.a, 1);
        prom_gauge_add(w.a, -1);
        gather(w.r);
        pass(9);
    }
    CHECK(prom_child_exposed(w.a));
    CHECK(!prom_child_exposed(w.b));
    drop(&w);
}

static void test_expire_not_what_is_looked_up(void)
{
    world w = make(PROM_COUNTER);
    gather(w.r);
    for (int i = 0; i < 3; i++) {
        pass(9);
        prom_unref(child(w.v, "a"));
        gather(w.r);
    }
    CHECK(prom_child_exposed(w.a));
    CHECK(!prom_child_exposed(w.b));
    pass(9);
    void *c = NULL;
    CHECK_OK(prom_vec_get(w.v, &(prom_str){ "a", 1 }, 1, &c));
    prom_unref(c);
    pass(9);
    gather(w.r);
    CHECK(prom_child_exposed(w.a));
    drop(&w);
}

static void test_expire_by_poll(void)
{
    world w = make(PROM_HISTOGRAM);
    CHECK_OK(prom_poll(w.r));
    CHECK_INT(prom_vec_size(w.v), 2);
    pass(11);
    CHECK_OK(prom_poll(w.r));
    CHECK_INT(prom_vec_size(w.v), 0);
    drop(&w);
}

static void test_expire_is_told(void)
{
    prom_registry *about = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c;
    CHECK_OK(prom_self_collector_new(about, &c));
    const prom_label labels[] = { { "family", "told_total" }, { NULL, NULL } };
    prom_vec *v;
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_vec_new(
        r, PROM_COUNTER,
        PROM_OPTS(.name = "told", .help = "", .labels = PROM_LABELS("l"), .ttl = 1), &v));
    CHECK_DBL(kit_value(about, "libprom_expired_series_total", labels), -12345);
    prom_unref(child(v, "a")), prom_unref(child(v, "b"));
    pass(2);
    gather(r);
    CHECK_DBL(kit_value(about, "libprom_expired_series_total", labels), 2);
    gather(r);
    CHECK_DBL(kit_value(about, "libprom_expired_series_total", labels), 2);
    prom_unref(c), prom_unref(v), prom_unref(r), prom_unref(about);
}

/* The one series of a metric without labels stays, and so do those without a ttl. */
static void test_expire_not_without_labels(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_gauge *g;
    prom_vec *v;
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "g", .help = "", .ttl = 1), &g));
    CHECK_OK(prom_vec_new(r, PROM_GAUGE,
                          PROM_OPTS(.name = "h", .help = "", .labels = PROM_LABELS("l")), &v));
    prom_unref(child(v, "a"));
    gather(r);
    pass(1e6);
    gather(r);
    CHECK_HAS(r, "g 0\n");
    CHECK_HAS(r, "h{l=\"a\"} 0\n");
    prom_unref(g), prom_unref(v), prom_unref(r);
}

/* Expired series make room below max_series, and the overflow series expires as others do. */
static void test_expire_with_a_limit(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    CHECK_OK(prom_vec_new(r, PROM_COUNTER,
                          PROM_OPTS(.name = "x", .help = "", .labels = PROM_LABELS("l"),
                                    .ttl = 10, .max_series = 1),
                          &v));
    prom_unref(child(v, "a")), prom_unref(child(v, "b"));
    CHECK_HAS(r, "x_total{l=\"other\"} 0\n");
    pass(11);
    gather(r);
    CHECK_INT(prom_vec_size(v), 0);
    prom_unref(child(v, "b"));
    CHECK_HAS(r, "x_total{l=\"b\"} 0\n");
    CHECK_HAS_NOT(r, "other");
    prom_unref(v), prom_unref(r);
}

/* A snapshot that shows a series keeps it, whatever expires since. */
static void test_expire_under_a_snapshot(void)
{
    world w = make(PROM_HISTOGRAM);
    prom_snapshot *s;
    prom_histogram_observe(w.a, 2);
    CHECK_OK(prom_gather(w.r, &s));
    drop(&(world){ .a = w.a, .b = w.b });
    pass(11);
    gather(w.r);
    CHECK_INT(prom_vec_size(w.v), 0);
    for (int i = 0; i < 10; i++) { /* would use the memory again */
        char value[8];
        snprintf(value, sizeof value, "%d", i);
        prom_unref(child(w.v, value));
    }
    double v = 0;
    CHECK_OK(prom_snapshot_value(s, "x_sum", PROM_CONST_LABELS({ "l", "a" }), &v));
    CHECK_DBL(v, 2);
    prom_unref(s), prom_unref(w.v), prom_unref(w.r);
}

static void test_expire_many_and_use_their_memory_again(void)
{
    world w = make(PROM_COUNTER);
    size_t live = 0;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 2000; i++) {
            char value[16];
            snprintf(value, sizeof value, "%d-%d", round, i);
            prom_unref(child(w.v, value));
        }
        gather(w.r);
        pass(11);
        gather(w.r);
        gather(w.r);
        CHECK_INT(prom_vec_size(w.v), 0);
        if (round == 3)
            live = counting_live;
    }
    CHECK(counting_live <= live + 2);
    drop(&w);
}

TESTS_COUNTING(ROW(test_expire_removes_the_idle), ROW(test_expire_whatever_iterates),
               ROW(test_expire_goes_by_what_gathers_see),
               ROW(test_expire_knows_updates_of_every_type),
               ROW(test_expire_gauge_that_comes_back), ROW(test_expire_not_what_is_looked_up),
               ROW(test_expire_by_poll), ROW(test_expire_is_told),
               ROW(test_expire_not_without_labels), ROW(test_expire_with_a_limit),
               ROW(test_expire_under_a_snapshot),
               ROW(test_expire_many_and_use_their_memory_again))
