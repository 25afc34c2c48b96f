// SPDX-License-Identifier: Apache-2.0
/* bounds_test.c - max_series and the series that all others share. */
#include "kit.h"
#include "metric/vec.h"

#include <prom/collect.h>

static prom_vec *make(prom_registry *r, const prom_opts *o)
{
    prom_vec *v = NULL;
    CHECK_OK(prom_vec_new(r, PROM_COUNTER, o, &v));
    return v;
}

static prom_counter *count(prom_vec *v, const char *value)
{
    prom_counter *c = NULL;
    CHECK_OK(prom_counter_with(v, PROM_VALUES(value), &c));
    prom_counter_inc(c);
    prom_unref(c);
    return c; /* only to compare */
}

static double overflowed(prom_registry *r, const char *family)
{
    return kit_value(r, "libprom_overflowed_series_total",
                     PROM_CONST_LABELS({ "family", family }));
}

static void add_self(prom_registry *r)
{
    prom_collector *c;
    CHECK_OK(prom_self_collector_new(r, &c));
    prom_unref(c);
}

static void test_bounds_share_the_overflow_series(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED),
                  *about = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_OPTS(.name = "shared", .help = "", .labels = PROM_LABELS("a"),
                                    .max_series = 2));
    add_self(about);
    CHECK_HAS_NOT(about, "family=\"shared_total\"");
    prom_counter *a = count(v, "a"), *b = count(v, "b");
    CHECK_HAS_NOT(r, "other"); /* only made when it is needed */
    prom_counter *c = count(v, "c");
    CHECK(a != b && c != a && c != b);
    CHECK(count(v, "d") == c);
    CHECK(count(v, "a") == a); /* what is there is found */
    CHECK(count(v, "other") == c);
    CHECK_INT(prom_vec_size(v), 3);
    CHECK_TEXT(r, "# HELP shared_total \n# TYPE shared_total counter\n"
                  "shared_total{a=\"a\"} 2\nshared_total{a=\"b\"} 1\n"
                  "shared_total{a=\"other\"} 3\n");
    CHECK_DBL(overflowed(about, "shared_total"), 2); /* "other" itself was asked for */
    prom_unref(v), prom_unref(r), prom_unref(about);
}

static void test_bounds_leave_room_again(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_OPTS(.name = "x", .help = "", .labels = PROM_LABELS("a"),
                                    .max_series = 2, .overflow = "the \"rest\""));
    count(v, "a"), count(v, "b");
    prom_counter *rest = count(v, "c");
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("a")));
    CHECK(count(v, "c") != rest); /* a series of its own now */
    CHECK(count(v, "d") == rest);
    CHECK_HAS(r, "x_total{a=\"the \\\"rest\\\"\"} 2\n");
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("the \"rest\"")));
    CHECK_INT(prom_vec_size(v), 2);
    count(v, "e"); /* makes it anew */
    CHECK_HAS(r, "x_total{a=\"the \\\"rest\\\"\"} 1\n");
    CHECK_OK(prom_vec_clear(v));
    count(v, "p"), count(v, "q"), count(v, "s");
    CHECK_INT(prom_vec_size(v), 3);
    CHECK_HAS(r, "x_total{a=\"p\"} 1\nx_total{a=\"q\"} 1\nx_total{a=\"the");
    prom_unref(v), prom_unref(r);
}

static void test_bounds_where_the_overflow_series_is_first(void)
{
    prom_vec *v = make(NULL, PROM_OPTS(.name = "x", .help = "", .labels = PROM_LABELS("a", "b"),
                                       .max_series = 1));
    prom_counter *c, *d;
    CHECK_OK(prom_counter_with(v, PROM_VALUES("other", "other"), &c));
    CHECK_OK(prom_counter_with(v, PROM_VALUES("other", "x"), &d)); /* it was not counted */
    CHECK(c != d);
    prom_unref(d);
    CHECK_OK(prom_counter_with(v, PROM_VALUES("x", "other"), &d));
    CHECK(c == d);
    CHECK_INT(prom_vec_size(v), 2);
    prom_unref(d), prom_unref(c), prom_unref(v);
}

static void test_bounds_still_refuse_bad_values(void)
{
    prom_vec *v = make(
        NULL, PROM_OPTS(.name = "x", .help = "", .labels = PROM_LABELS("a"), .max_series = 1));
    count(v, "a");
    prom_counter *c = (prom_counter *)v;
    CHECK_SAYS(prom_counter_with(v, PROM_VALUES("\xff"), &c), PROM_E_LABELS,
               "'x': the value of label 'a' is not valid UTF-8");
    CHECK(!c);
    CHECK_ERR(prom_counter_with(v, PROM_VALUES("a", "b"), &c), PROM_E_LABELS);
    CHECK_INT(prom_vec_size(v), 1);
    prom_unref(v);
}

static void test_bounds_of_a_registry(void)
{
    prom_registry_opts o = { .size = sizeof o, .max_series = 2 };
    prom_registry *r;
    CHECK_OK(prom_registry_new(&o, &r));
    prom_vec *plain = make(r, PROM_OPTS(.name = "p", .help = "", .labels = PROM_LABELS("a")));
    prom_vec *own = make(
        r, PROM_OPTS(.name = "o", .help = "", .labels = PROM_LABELS("a"), .max_series = 3));
    prom_vec *none = make(r, PROM_OPTS(.name = "n", .help = "", .labels = PROM_LABELS("a"),
                                       .max_series = PROM_NO_LIMIT));
    prom_vec *bare = make(r, PROM_OPTS(.name = "b", .help = "", .max_series = 1));
    for (int i = 0; i < 10; i++) {
        char value[8];
        snprintf(value, sizeof value, "%d", i);
        count(plain, value), count(own, value), count(none, value);
    }
    CHECK_INT(prom_vec_size(plain), 3);
    CHECK_INT(prom_vec_size(own), 4);
    CHECK_INT(prom_vec_size(none), 10);
    CHECK_INT(prom_vec_size(bare), 1);
    CHECK_INT(prom_vec_opts(plain)->max_series, 0); /* so the same description is the same */
    prom_vec *again = make(r, PROM_OPTS(.name = "p", .help = "", .labels = PROM_LABELS("a")));
    CHECK(again == plain);
    prom_unref(again), prom_unref(plain), prom_unref(own), prom_unref(none), prom_unref(bare);
    prom_unref(r);
}

/* Families of one name in several registries are counted together, for the process. */
static void test_bounds_are_told_by_family(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    add_self(r);
    for (int i = 0; i < 3; i++) {
        prom_vec *v = make(NULL, PROM_OPTS(.name = "told", .help = "",
                                           .labels = PROM_LABELS("a"), .max_series = 1));
        count(v, "a"), count(v, "b"), count(v, "b");
        prom_unref(v);
    }
    CHECK_DBL(overflowed(r, "told_total"), 6);
    CHECK_HAS(r, "# TYPE libprom_overflowed_series_total counter\n");
    prom_unref(r);
}

/* More labels than look-up keeps on its stack. */
static void test_bounds_of_many_labels(void)
{
    enum { LABELS = 20 };
    const char *labels[LABELS + 1] = { NULL }, *values[LABELS + 1] = { NULL };
    char names[LABELS][8];
    for (int i = 0; i < LABELS; i++) {
        snprintf(names[i], sizeof *names, "l%d", i);
        labels[i] = values[i] = names[i];
    }
    prom_vec *v =
        make(NULL, PROM_OPTS(.name = "x", .help = "", .labels = labels, .max_series = 1));
    prom_counter *a, *b;
    CHECK_OK(prom_counter_with(v, values, &a));
    values[3] = "new";
    CHECK_OK(prom_counter_with(v, values, &b));
    for (int i = 0; i < LABELS; i++)
        values[i] = "other";
    prom_counter *other;
    CHECK_OK(prom_counter_with(v, values, &other));
    CHECK(a != b && other == b);
    prom_unref(a), prom_unref(b), prom_unref(other), prom_unref(v);
}

TESTS(ROW(test_bounds_share_the_overflow_series), ROW(test_bounds_leave_room_again),
      ROW(test_bounds_where_the_overflow_series_is_first),
      ROW(test_bounds_still_refuse_bad_values), ROW(test_bounds_of_a_registry),
      ROW(test_bounds_are_told_by_family), ROW(test_bounds_of_many_labels))
