// SPDX-License-Identifier: Apache-2.0
#include "counting.h"
#include "kit.h"

#include <prom/model.h>

#include <pthread.h>

typedef prom_err (*maker)(prom_registry *r, const prom_opts *o, void **out);

static prom_err counter(prom_registry *r, const prom_opts *o, void **out)
{
    return prom_counter_new(r, o, (prom_counter **)out);
}

static prom_err gauge(prom_registry *r, const prom_opts *o, void **out)
{
    return prom_gauge_new(r, o, (prom_gauge **)out);
}

static prom_err histogram(prom_registry *r, const prom_opts *o, void **out)
{
    return prom_histogram_new(r, o, (prom_histogram **)out);
}

static prom_err summary(prom_registry *r, const prom_opts *o, void **out)
{
    return prom_summary_new(r, o, (prom_summary **)out);
}

static const struct {
    prom_type type;
    maker make;
} kinds[] = {
    { PROM_COUNTER, counter },
    { PROM_GAUGE, gauge },
    { PROM_HISTOGRAM, histogram },
    { PROM_SUMMARY, summary },
};

/* --- the same description gives the same metric ------------------------------------- */

static void test_create_twice_gives_the_same(void)
{
    for (int i = 0; i < 4; i++) {
        prom_registry *r = kit_registry(PROM_ORDER_SORTED);
        void *a, *b;
        prom_vec *v, *w;
        const prom_opts *o = PROM_OPTS(.name = "m", .help = "h", .unit = "u");
        CHECK_OK(kinds[i].make(r, o, &a));
        CHECK_OK(kinds[i].make(r, o, &b));
        CHECK(a == b);
        CHECK_OK(prom_vec_new(r, kinds[i].type, o, &v));
        CHECK_OK(prom_child_vec(a, &w));
        CHECK(v == w);
        prom_unref(a);
        prom_unref(b), prom_unref(v), prom_unref(w);
        CHECK_OK(kinds[i].make(r, o, &a)); /* the registry has kept it */
        CHECK(a == b);
        prom_unref(a), prom_unref(r);
    }
}

static void test_create_without_a_registry_gives_another(void)
{
    for (int i = 0; i < 4; i++) {
        void *a, *b;
        const prom_opts *o = PROM_OPTS(.name = "m", .help = "h");
        CHECK_OK(kinds[i].make(NULL, o, &a));
        CHECK_OK(kinds[i].make(NULL, o, &b));
        CHECK(a != b);
        prom_unref(a), prom_unref(b);
    }
}

/* Another description is refused, and what was there stays as it was. */
static void test_create_with_another_description(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_counter *c, *d = NULL;
    prom_gauge *g = NULL;
    CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "hits", .help = "h"), &c));
    prom_counter_inc(c);
    CHECK_SAYS(prom_counter_new(r, PROM_OPTS(.name = "hits", .help = "other"), &d),
               PROM_E_EXISTS, "'hits' is registered already with another help text");
    CHECK(!d);
    CHECK_SAYS(prom_gauge_new(r, PROM_OPTS(.name = "hits_total", .help = "h"), &g),
               PROM_E_EXISTS, "'hits_total' is registered already as a counter, not a gauge");
    CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "hits_total", .help = "h"), &d));
    CHECK(d == c); /* the same name, spelled out */
    CHECK_TEXT(r, "# HELP hits_total h\n# TYPE hits_total counter\nhits_total 1\n");
    prom_unref(c), prom_unref(d), prom_unref(r);
}

/* --- what cannot be made ---------------------------------------------------------------- */

static void test_create_refuses(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    void *out = r;
    prom_vec *v = (prom_vec *)(void *)r;
    for (int i = 0; i < 4; i++) {
        CHECK_ERR(kinds[i].make(r, NULL, &out), PROM_E_INVAL);
        CHECK(!out);
        CHECK_SAYS(kinds[i].make(r, PROM_OPTS(.help = ""), &out), PROM_E_NAME,
                   "a metric needs a name");
        CHECK_SAYS(kinds[i].make(r, PROM_OPTS(.name = "m"), &out), PROM_E_INVAL,
                   "'m' has no help text (\"\" will do)");
        CHECK_SAYS(kinds[i].make(
                       r, PROM_OPTS(.name = "m", .help = "", .labels = PROM_LABELS("x")), &out),
                   PROM_E_LABELS, "'m' has labels: make a vec of it");
        CHECK(!out);
    }
    static const struct {
        prom_type type;
        const char *sentence;
    } types[] = {
        { PROM_GAUGE_HISTOGRAM, "gaugehistogram metrics are built by collectors, not updated" },
        { (prom_type)77, "77 is not a metric type" },
    };
    for (int i = 0; i < 2; i++) {
        CHECK_SAYS(prom_vec_new(r, types[i].type, PROM_OPTS(.name = "m", .help = ""), &v),
                   PROM_E_TYPE, types[i].sentence);
        CHECK(!v);
    }
    CHECK_TEXT(r, "");
    prom_unref(r);
}

static int freed;

static void free_data(void *data)
{
    freed += data == &freed;
}

static prom_err nothing(prom_builder *b, void *data)
{
    (void)b;
    (void)data;
    return PROM_OK;
}

/* On an error the data stays the caller's. */
static void test_create_collector(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c = (prom_collector *)(void *)r;
    prom_collector_opts o = { .size = sizeof o,
                              .name = "disk",
                              .collect = nothing,
                              .data = &freed,
                              .free_data = free_data };
    prom_collector_opts bad = o;
    bad.name = NULL;
    CHECK_SAYS(prom_collector_new(r, &bad, &c), PROM_E_NAME, "a collector needs a name");
    CHECK(!c);
    bad.name = "";
    CHECK_ERR(prom_collector_new(r, &bad, &c), PROM_E_NAME);
    bad = o;
    bad.collect = NULL;
    CHECK_SAYS(prom_collector_new(r, &bad, &c), PROM_E_INVAL,
               "collector 'disk' has no collect function");
    counting_failing = true;
    prom_err e = prom_collector_new(r, &o, &c);
    counting_failing = false;
    CHECK_ERR(e, PROM_E_NOMEM);
    CHECK_INT(freed, 0);
    CHECK_OK(prom_collector_new(r, &o, &c));
    prom_unref(c);
    CHECK_INT(freed, 0); /* the registry has it */
    prom_unref(r);
    CHECK_INT(freed, 1);
    CHECK_OK(prom_collector_new(NULL, &o, &c));
    prom_unref(c);
    CHECK_INT(freed, 2);
}

/* --- many threads define the same metric ----------------------------------------------------
 */

static void *define(void *data)
{
    prom_counter *c = NULL;
    if (prom_counter_new(data, PROM_OPTS(.name = "c", .help = "h"), &c) == PROM_OK)
        prom_counter_inc(c);
    prom_unref(c);
    return NULL;
}

static void test_create_of_many_threads_is_one(void)
{
    for (int round = 0; round < 100; round++) {
        prom_registry *r = kit_registry(PROM_ORDER_SORTED);
        pthread_t t[4];
        for (int i = 0; i < 4; i++)
            CHECK(pthread_create(&t[i], NULL, define, r) == 0);
        for (int i = 0; i < 4; i++)
            pthread_join(t[i], NULL);
        CHECK_TEXT(r, "# HELP c_total h\n# TYPE c_total counter\nc_total 4\n");
        prom_unref(r);
    }
}

TESTS_COUNTING(ROW(test_create_twice_gives_the_same),
               ROW(test_create_without_a_registry_gives_another),
               ROW(test_create_with_another_description), ROW(test_create_refuses),
               ROW(test_create_collector), ROW(test_create_of_many_threads_is_one))
