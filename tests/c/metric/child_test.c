// SPDX-License-Identifier: Apache-2.0
#include "counting.h"
#include "kit.h"
#include "metric/child.h"

#include <pthread.h>

static prom_vec *make(prom_registry *r, prom_type t, const char *name,
                      const char *const *labels)
{
    prom_vec *v = NULL;
    CHECK_OK(prom_vec_new(r, t,
                          PROM_OPTS(.name = name, .help = "", .labels = labels,
                                    .objectives = PROM_OBJECTIVES({ 0.5, 0.1 })),
                          &v));
    return v;
}

/* --- after a removal --------------------------------------------------------------- */

static void test_child_stays_usable_after_its_removal(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_COUNTER, "c", PROM_LABELS("x"));
    prom_counter *old, *fresh;
    CHECK_OK(prom_counter_with(v, PROM_VALUES("1"), &old));
    prom_counter_inc(old);
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("1")));
    prom_counter_inc(old);
    CHECK_DBL(prom_counter_value(old), 2);
    CHECK_HAS_NOT(r, "c_total{");
    CHECK_OK(prom_counter_with(v, PROM_VALUES("1"), &fresh));
    CHECK(fresh != old);
    CHECK_DBL(prom_counter_value(fresh), 0);
    prom_counter_inc(old); /* goes nowhere that is seen */
    CHECK_HAS(r, "c_total{x=\"1\"} 0\n");
    CHECK_DBL(prom_counter_value(old), 3);
    CHECK_SAYS(prom_counter_add(old, -1), PROM_E_INVAL,
               "counter 'c' cannot be increased by -1");
    prom_unref(old), prom_unref(fresh), prom_unref(v), prom_unref(r);
}

/* Its record must not be given to another series while it is held, however many come. */
static void test_child_keeps_its_record_while_it_is_held(void)
{
    enum { N = 500 };
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_GAUGE, "g", PROM_LABELS("x"));
    prom_gauge *held[N], *g;
    char value[16];
    for (int i = 0; i < N; i++) {
        snprintf(value, sizeof value, "%d", i);
        CHECK_OK(prom_gauge_with(v, PROM_VALUES(value), &held[i]));
        prom_gauge_set(held[i], i + 0.5);
    }
    CHECK_OK(prom_vec_clear(v));
    free(kit_text(r)); /* sweeps */
    for (int i = 0; i < 4 * N; i++) {
        snprintf(value, sizeof value, "%d", i);
        CHECK_OK(prom_gauge_with(v, PROM_VALUES(value), &g));
        CHECK_DBL(prom_gauge_value(g), 0);
        prom_gauge_set(g, -1);
        prom_unref(g);
    }
    for (int i = 0; i < N; i++) {
        CHECK_DBL(prom_gauge_value(held[i]), i + 0.5);
        prom_unref(held[i]);
    }
    prom_unref(v), prom_unref(r);
}

/* --- who outlives whom ---------------------------------------------------------------- */

static void test_child_outlives_registry_and_vec(void)
{
    static const prom_type types[] = { PROM_COUNTER, PROM_GAUGE, PROM_HISTOGRAM, PROM_SUMMARY };
    for (int labels = 0; labels < 2; labels++)
        for (int i = 0; i < 4; i++) {
            size_t live = counting_live;
            prom_registry *r = kit_registry(PROM_ORDER_SORTED);
            prom_vec *v = make(r, types[i], "m", labels ? PROM_LABELS("x") : NULL);
            prom_str value = { "1", 1 };
            void *child;
            CHECK_OK(prom_vec_with(v, &value, (size_t)labels, &child));
            prom_unref(r);
            prom_unref(v);
            for (int k = 0; k < 300; k++)
                switch (types[i]) {
                case PROM_COUNTER:
                    prom_counter_inc(child);
                    break;
                case PROM_GAUGE:
                    prom_gauge_add(child, 1);
                    break;
                case PROM_HISTOGRAM:
                    prom_histogram_observe(child, k);
                    break;
                default:
                    prom_summary_observe(child, ldexp(1, k)); /* makes pages, too */
                }
            if (types[i] == PROM_COUNTER)
                CHECK_DBL(prom_counter_value(child), 300);
            if (types[i] == PROM_GAUGE)
                CHECK_DBL(prom_gauge_value(child), 300);
            CHECK(prom_timer_observe(prom_timer_start(), child) >= 0);
            prom_unref(child);
            CHECK_INT(counting_live, live);
        }
}

static void test_child_that_was_removed_outlives_everything(void)
{
    size_t live = counting_live;
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_SUMMARY, "s", PROM_LABELS("x"));
    prom_summary *s;
    prom_snapshot *snapshot;
    CHECK_OK(prom_summary_with(v, PROM_VALUES("1"), &s));
    prom_summary_observe(s, 3);
    CHECK_OK(prom_gather(r, &snapshot));
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("1")));
    prom_unref(r), prom_unref(v);
    prom_summary_observe(s, 1000);
    prom_unref(s);
    double sum;
    CHECK_OK(prom_snapshot_value(snapshot, "s_sum", PROM_CONST_LABELS({ "x", "1" }), &sum));
    CHECK_DBL(sum, 3);
    prom_unref(snapshot);
    CHECK_INT(counting_live, live);
}

static void test_child_counts_its_references(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_GAUGE, "g", PROM_LABELS("x"));
    prom_gauge *a, *b;
    CHECK_OK(prom_gauge_with(v, PROM_VALUES("1"), &a));
    CHECK(prom_ref(a) == a);
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("1")));
    prom_unref(a);
    prom_gauge_set(a, 4);
    CHECK_OK(prom_gauge_with(v, PROM_VALUES("2"), &b));
    CHECK_DBL(prom_gauge_value(b), 0);
    CHECK_DBL(prom_gauge_value(a), 4);
    prom_unref(a), prom_unref(b), prom_unref(v), prom_unref(r);
}

/* --- from a child to its family ---------------------------------------------------------- */

static void test_child_vec(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_GAUGE, "g", PROM_LABELS("x")), *found = NULL;
    prom_gauge *g;
    CHECK_OK(prom_gauge_with(v, PROM_VALUES("1"), &g));
    CHECK_OK(prom_child_vec(g, &found));
    CHECK(found == v);
    CHECK(prom_child_exposed(g));
    prom_unref(found);
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("1")));
    CHECK(!prom_child_exposed(g));
    CHECK_SAYS(prom_child_vec(g, &found), PROM_E_CLOSED, "the series was removed");
    CHECK(!found);
    prom_unref(g);
    CHECK_OK(prom_gauge_with(v, PROM_VALUES("2"), &g));
    prom_unref(v);
    CHECK_OK(prom_child_vec(g, &found)); /* the registry still has it */
    prom_unref(found);
    CHECK(prom_child_exposed(g));
    prom_unref(r);
    CHECK(!prom_child_exposed(g));
    CHECK_ERR(prom_child_vec(g, &found), PROM_E_CLOSED);
    CHECK(!found);
    prom_unref(g);
}

/* The handle of a metric without labels stands for its family, and holds it. */
static void test_child_of_a_metric_without_labels_holds_its_family(void)
{
    size_t live = counting_live;
    prom_registry *r = kit_registry(PROM_ORDER_SORTED),
                  *other = kit_registry(PROM_ORDER_SORTED);
    prom_counter *c;
    prom_vec *v;
    CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "c", .help = ""), &c));
    prom_ref(c);
    prom_unref(c);
    prom_unref(r);
    CHECK_OK(prom_child_vec(c, &v));
    CHECK_STR(prom_vec_opts(v)->name, "c_total");
    prom_unref(v);
    prom_counter_inc(c);
    CHECK_OK(prom_registry_add(other, c));
    CHECK_TEXT(other, "# HELP c_total \n# TYPE c_total counter\nc_total 1\n");
    prom_unref(c);
    CHECK_HAS(other, "c_total 1\n");
    prom_unref(other);
    CHECK_INT(counting_live, live);
}

static atomic_int given, refused;

static void *ask_for_the_vec(void *child)
{
    for (int i = 0; i < 200; i++) {
        prom_vec *v = NULL;
        if (prom_child_vec(child, &v) == PROM_OK)
            given++;
        else
            refused++;
        prom_unref(v);
    }
    return NULL;
}

/* One thread asks for the vec while another lets go of the last reference: either there is a
 * vec or there is none, but never one that is being taken down. */
static void test_child_vec_while_the_vec_goes(void)
{
    size_t live = counting_live;
    for (int round = 0; round < 300; round++) {
        prom_vec *v = make(NULL, PROM_GAUGE, "g", PROM_LABELS("x"));
        prom_gauge *g;
        pthread_t t;
        CHECK_OK(prom_gauge_with(v, PROM_VALUES("1"), &g));
        CHECK(pthread_create(&t, NULL, ask_for_the_vec, g) == 0);
        for (int i = 0; i < round % 50; i++)
            prom_vec_size(v);
        prom_unref(v);
        pthread_join(t, NULL);
        prom_unref(g);
    }
    CHECK_INT(given + refused, 300 * 200);
    CHECK(counting_live <= live + 3); /* the store of metrics without a registry */
}

TESTS_COUNTING(ROW(test_child_stays_usable_after_its_removal),
               ROW(test_child_keeps_its_record_while_it_is_held),
               ROW(test_child_outlives_registry_and_vec),
               ROW(test_child_that_was_removed_outlives_everything),
               ROW(test_child_counts_its_references), ROW(test_child_vec),
               ROW(test_child_of_a_metric_without_labels_holds_its_family),
               ROW(test_child_vec_while_the_vec_goes))
