// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

static prom_gauge *make(void)
{
    prom_gauge *g;
    CHECK_OK(prom_gauge_new(NULL, PROM_OPTS(.name = "g", .help = ""), &g));
    return g;
}

static void test_gauge_sets_and_adds(void)
{
    prom_gauge *g = make();
    CHECK_DBL(prom_gauge_value(g), 0);
    prom_gauge_set(g, 4.5);
    CHECK_DBL(prom_gauge_value(g), 4.5);
    prom_gauge_add(g, -6);
    CHECK_DBL(prom_gauge_value(g), -1.5);
    prom_gauge_add(g, 0.25);
    CHECK_DBL(prom_gauge_value(g), -1.25);
    prom_unref(g);
}

/* A gauge holds whatever a double can. */
static void test_gauge_of_every_double(void)
{
    static const double values[] = { 0.0,      -0.0,      1e308,       -1e308, 5e-324,
                                     INFINITY, -INFINITY, (double)NAN, 0.1 };
    prom_gauge *g = make();
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        prom_gauge_set(g, values[i]);
        double v = prom_gauge_value(g);
        CHECK(memcmp(&v, &values[i], sizeof v) == 0);
    }
    prom_gauge_set(g, INFINITY);
    prom_gauge_add(g, -INFINITY);
    CHECK(isnan(prom_gauge_value(g)));
    prom_gauge_set(g, 1); /* and back */
    CHECK_DBL(prom_gauge_value(g), 1);
    prom_unref(g);
}

static void test_gauge_set_to_current_time(void)
{
    prom_gauge *g = make();
    double before = (double)time(NULL) - 1;
    prom_gauge_set_to_current_time(g);
    double v = prom_gauge_value(g);
    CHECK(v > before && v < before + 10);
    prom_unref(g);
}

static void test_gauge_leaves_errno_alone(void)
{
    prom_gauge *g = make();
    errno = 4711;
    prom_gauge_set(g, 1);
    prom_gauge_add(g, 0.1);
    prom_gauge_set_to_current_time(g);
    CHECK_INT(errno, 4711);
    prom_unref(g);
}

static void *add_and_take(void *data)
{
    for (int i = 0; i < 50000; i++) {
        prom_gauge_add(data, 3);
        prom_gauge_add(data, -2);
    }
    return NULL;
}

static void test_gauge_of_many_threads_loses_nothing(void)
{
    prom_gauge *g = make();
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], NULL, add_and_take, g) == 0);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    CHECK_DBL(prom_gauge_value(g), 200000);
    prom_unref(g);
}

static void test_gauge_is_exposed(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_gauge *g;
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "g", .help = ""), &g));
    CHECK_TEXT(r, "# HELP g \n# TYPE g gauge\ng 0\n");
    prom_gauge_set(g, -INFINITY);
    CHECK_TEXT(r, "# HELP g \n# TYPE g gauge\ng -Inf\n");
    prom_unref(g);
    prom_unref(r);
}

static void test_unknown_is_a_gauge_of_no_type(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    prom_gauge *g, *none;
    CHECK_OK(prom_unknown_new(r, PROM_OPTS(.name = "u", .help = ""), &g));
    prom_gauge_set(g, 1.5);
    prom_gauge_add(g, 1);
    CHECK_TEXT(r, "# HELP u \n# TYPE u untyped\nu 2.5\n");
    prom_unref(g);
    CHECK_OK(prom_vec_new(r, PROM_UNKNOWN,
                          PROM_OPTS(.name = "w", .help = "", .labels = PROM_LABELS("l")), &v));
    CHECK_SAYS(prom_gauge_with(v, PROM_VALUES("x"), &none), PROM_E_TYPE,
               "'w' is an unknown, not a gauge");
    CHECK_OK(prom_unknown_with(v, PROM_VALUES("x"), &g));
    CHECK(prom_timer_observe(prom_timer_start(), g) >= 0);
    CHECK(prom_gauge_value(g) > 0);
    CHECK_SAYS(prom_unknown_new(r, PROM_OPTS(.name = "w", .help = ""), &none), PROM_E_EXISTS,
               "'w' is registered already with other labels");
    prom_unref(g), prom_unref(v), prom_unref(r);
}

TESTS(ROW(test_gauge_sets_and_adds), ROW(test_gauge_of_every_double),
      ROW(test_gauge_set_to_current_time), ROW(test_gauge_leaves_errno_alone),
      ROW(test_gauge_of_many_threads_loses_nothing), ROW(test_gauge_is_exposed),
      ROW(test_unknown_is_a_gauge_of_no_type))
