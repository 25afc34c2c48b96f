// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <prom/testing.h>
#include <prom/vec.h>

static prom_vec *new_vec(prom_registry *r, prom_type t, const char *name)
{
    prom_vec *v = NULL;
    CHECK_OK(prom_vec_new(
        r, t, PROM_OPTS(.name = name, .help = "h", .labels = PROM_LABELS("l")), &v));
    return v;
}

static void set(prom_vec *v, const char *label, double value)
{
    prom_gauge *g = NULL;
    CHECK_OK(prom_gauge_with(v, PROM_VALUES(label), &g));
    prom_gauge_set(g, value);
    prom_unref(g);
}

static void test_value_of_metrics(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_counter *c = NULL;
    prom_gauge *g = NULL, *u = NULL;
    double v = 0;
    CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "a_total", .help = ""), &c));
    CHECK_OK(prom_counter_add(c, 2.5));
    CHECK_OK(prom_test_value(c, &v));
    CHECK_DBL(v, 2.5);
    CHECK_OK(prom_test_value(r, &v));
    CHECK_DBL(v, 2.5);
    CHECK_OK(prom_gauge_new(NULL, PROM_OPTS(.name = "b", .help = ""), &g));
    prom_gauge_set(g, -3);
    CHECK_OK(prom_test_value(g, &v));
    CHECK_DBL(v, -3);
    CHECK_OK(prom_unknown_new(NULL, PROM_OPTS(.name = "c", .help = ""), &u));
    prom_gauge_set(u, (double)NAN);
    CHECK_OK(prom_test_value(u, &v));
    CHECK(isnan(v));
    prom_unref(u);
    prom_unref(g);
    prom_unref(c);
    prom_unref(r);
}

static void test_value_of_vecs(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *vec = new_vec(r, PROM_GAUGE, "a");
    prom_gauge *child = NULL;
    double v = 7;
    CHECK_SAYS(prom_test_value(vec, &v), PROM_E_INVAL, "there are 0 metrics, not exactly one");
    set(vec, "x", 1);
    CHECK_OK(prom_test_value(vec, &v));
    CHECK_DBL(v, 1);
    set(vec, "y", 2);
    CHECK_SAYS(prom_test_value(vec, &v), PROM_E_INVAL, "there are 2 metrics, not exactly one");
    CHECK_DBL(v, 1);
    CHECK_OK(prom_gauge_with(vec, PROM_VALUES("y"), &child));
    CHECK_OK(prom_test_value(child, &v)); /* of this one */
    CHECK_DBL(v, 2);
    prom_unref(child);
    prom_unref(vec);
    prom_unref(r);
}

static void test_value_of_other_types(void)
{
    prom_histogram *h = NULL;
    prom_vec *vec = new_vec(NULL, PROM_SUMMARY, "s");
    prom_summary *s = NULL;
    double v = 7;
    CHECK_OK(prom_histogram_new(NULL, PROM_OPTS(.name = "h", .help = ""), &h));
    CHECK_SAYS(prom_test_value(h, &v), PROM_E_TYPE,
               "'h' is of type histogram, which has no single value");
    CHECK_OK(prom_summary_with(vec, PROM_VALUES("x"), &s));
    CHECK_SAYS(prom_test_value(vec, &v), PROM_E_TYPE,
               "'s' is of type summary, which has no single value");
    CHECK_ERR(prom_test_value(s, &v), PROM_E_TYPE);
    CHECK_ERR(prom_test_value(NULL, &v), PROM_E_INVAL);
    prom_snapshot *snapshot = NULL;
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_gather(r, &snapshot));
    CHECK_ERR(prom_test_value(snapshot, &v), PROM_E_TYPE);
    CHECK_DBL(v, 7);
    prom_unref(snapshot);
    prom_unref(r);
    prom_unref(s);
    prom_unref(vec);
    prom_unref(h);
}

static prom_err build(prom_builder *b, void *data)
{
    if (data)
        return prom_fail(PROM_E_IO, "the sensor is off");
    prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "t"));
    prom_build_value(b, NULL, 20);
    prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "w"));
    prom_build_histogram(b, NULL, 0, 0, NULL, 0);
    return prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "none"));
}

static prom_collector *new_collector(void *data)
{
    prom_collector *c = NULL;
    prom_collector_opts o = { .size = sizeof o, .name = "c", .collect = build, .data = data };
    CHECK_OK(prom_collector_new(NULL, &o, &c));
    return c;
}

static void test_count(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_CREATED);
    prom_vec *a = new_vec(r, PROM_GAUGE, "a"), *b = new_vec(r, PROM_HISTOGRAM, "b");
    prom_histogram *h = NULL;
    size_t n = 77;
    CHECK_OK(prom_test_count(r, NULL, &n));
    CHECK_INT(n, 0);
    set(a, "x", 1);
    set(a, "y", 1);
    CHECK_OK(prom_histogram_with(b, PROM_VALUES("x"), &h));
    CHECK_OK(prom_test_count(r, NULL, &n));
    CHECK_INT(n, 3);
    CHECK_OK(prom_test_count(a, NULL, &n));
    CHECK_INT(n, 2);
    CHECK_OK(prom_test_count(r, PROM_VALUES("b", "zzz"), &n));
    CHECK_INT(n, 1);
    CHECK_OK(prom_test_count(r, PROM_VALUES("a", "b", "a"), &n));
    CHECK_INT(n, 3);
    CHECK_OK(prom_test_count(r, (const char *const[]){ NULL }, &n));
    CHECK_INT(n, 0);
    n = 77;
    CHECK_ERR(prom_test_count(h, NULL, &n), PROM_E_TYPE); /* one of a family */
    CHECK_INT(n, 77);
    prom_collector *c = new_collector(NULL);
    CHECK_OK(prom_test_count(c, NULL, &n));
    CHECK_INT(n, 2);
    prom_unref(c);
    prom_unref(h);
    prom_unref(b);
    prom_unref(a);
    prom_unref(r);
}

static void test_collectors_that_fail(void)
{
    int off;
    prom_collector *c = new_collector(&off);
    size_t n = 77;
    double v;
    CHECK_SAYS(prom_test_count(c, NULL, &n), PROM_E_CALLBACK,
               "collector 'c': the sensor is off");
    CHECK_ERR(prom_test_value(c, &v), PROM_E_CALLBACK);
    CHECK_ERR(prom_test_compare(c, "", NULL, NULL), PROM_E_CALLBACK);
    CHECK_INT(n, 77);
    prom_unref(c);
}

/* --- native histograms -------------------------------------------------- */

static const prom_native_bucket positive[] = { { -1, { 2 } }, { 4, { 1 } } };
static const prom_native_bucket negative[] = { { 0, { 3 } } };

static prom_native example(void)
{
    return (prom_native){ .size = sizeof(prom_native),
                          .schema = 2,
                          .zero_threshold = 0.5,
                          .zero_count = 4,
                          .positive = positive,
                          .n_positive = 2,
                          .negative = negative,
                          .n_negative = 1 };
}

static prom_err build_native(prom_builder *b, void *data)
{
    static const double bounds[] = { 1, 2 };
    static const prom_native_bucket weights[] = { { 0, { .weight = 0.5 } } };
    (void)data;
    prom_native n = example();
    prom_err e = prom_build_family(b, PROM_HISTOGRAM,
                                   PROM_OPTS(.name = "n", .labels = PROM_LABELS("l", "m")));
    if (!e)
        e = prom_build_native(b, PROM_VALUES("x", "y"), 1.5, 10, &n, NULL, 0);
    if (!e)
        e = prom_build_histogram(b, PROM_VALUES("x", "z"), 1, 1, NULL, 0);
    if (!e)
        e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "f"));
    n = (prom_native){ .size = sizeof n,
                       .schema = PROM_CUSTOM_BUCKETS,
                       .is_float = true,
                       .weight = 0.5,
                       .positive = weights,
                       .n_positive = 1,
                       .custom = bounds,
                       .n_custom = 2 };
    return e ? e : prom_build_native(b, NULL, (double)NAN, 0, &n, NULL, 0);
}

static prom_registry *native_registry(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c = NULL;
    prom_collector_opts o = { .size = sizeof o, .name = "c", .collect = build_native };
    CHECK_OK(prom_collector_new(r, &o, &c));
    prom_unref(c);
    return r;
}

static const prom_label xy[] = { { "m", "y" }, { "l", "x" }, { NULL, NULL } };

static void test_native(void)
{
    prom_registry *r = native_registry();
    prom_native n = example();
    CHECK_OK(prom_test_native(r, "n", xy, 1.5, 10, &n));
    CHECK_SAYS(prom_test_native(r, "n", xy, 2, 10, &n), PROM_E_DIFFERS,
               "'n': the sum is 1.5, not 2");
    CHECK_SAYS(prom_test_native(r, "n", xy, (double)NAN, 10, &n), PROM_E_DIFFERS,
               "'n': the sum is 1.5, not NaN");
    CHECK_SAYS(prom_test_native(r, "n", xy, 1.5, 11, &n), PROM_E_DIFFERS,
               "'n': the count is 10, not 11");
    n.schema = 3;
    CHECK_SAYS(prom_test_native(r, "n", xy, 1.5, 10, &n), PROM_E_DIFFERS,
               "'n': the schema is 2, not 3");
    n = example();
    n.zero_threshold = 0;
    CHECK_SAYS(prom_test_native(r, "n", xy, 1.5, 10, &n), PROM_E_DIFFERS,
               "'n': the zero threshold is 0.5, not 0");
    n = example();
    n.zero_count = 5;
    CHECK_SAYS(prom_test_native(r, "n", xy, 1.5, 10, &n), PROM_E_DIFFERS,
               "'n': the count of the zero bucket is 4, not 5");
    n = example();
    n.is_float = true;
    CHECK_SAYS(prom_test_native(r, "n", xy, 1.5, 10, &n), PROM_E_DIFFERS,
               "'n' has counts, not weights");
    prom_unref(r);
}

static void test_native_buckets(void)
{
    prom_registry *r = native_registry();
    prom_native_bucket other[] = { { -1, { 2 } }, { 4, { 7 } }, { 5, { 1 } } };
    prom_native n = example();
    n.positive = other;
    CHECK_SAYS(prom_test_native(r, "n", xy, 1.5, 10, &n), PROM_E_DIFFERS,
               "'n': on the positive side there is bucket 4 with 1, not bucket 4 with 7");
    other[1].n.count = 1;
    n.n_positive = 3;
    CHECK_SAYS(prom_test_native(r, "n", xy, 1.5, 10, &n), PROM_E_DIFFERS,
               "'n': on the positive side there is no bucket, not bucket 5 with 1");
    n = example();
    n.n_negative = 0;
    CHECK_SAYS(prom_test_native(r, "n", xy, 1.5, 10, &n), PROM_E_DIFFERS,
               "'n': on the negative side there is bucket 0 with 3, not no bucket");
    prom_unref(r);
}

static void test_native_with_weights(void)
{
    prom_registry *r = native_registry();
    double bounds[] = { 1, 2 };
    prom_native_bucket weights[] = { { 0, { .weight = 0.5 } } };
    prom_native n = { .size = sizeof n,
                      .schema = PROM_CUSTOM_BUCKETS,
                      .is_float = true,
                      .weight = 0.5,
                      .positive = weights,
                      .n_positive = 1,
                      .custom = bounds,
                      .n_custom = 2 };
    CHECK_OK(prom_test_native(r, "f", NULL, (double)NAN, 0, &n));
    n.weight = 1;
    CHECK_SAYS(prom_test_native(r, "f", NULL, (double)NAN, 0, &n), PROM_E_DIFFERS,
               "'f': the weight is 0.5, not 1");
    n.weight = 0.5;
    weights[0].n.weight = 0.25;
    CHECK_SAYS(prom_test_native(r, "f", NULL, (double)NAN, 0, &n), PROM_E_DIFFERS,
               "'f': on the positive side there is bucket 0 with 0.5, not bucket 0 with 0.25");
    bounds[1] = 3;
    CHECK_SAYS(prom_test_native(r, "f", NULL, (double)NAN, 0, &n), PROM_E_DIFFERS,
               "'f': the custom bound is 2, not 3");
    n.n_custom = 1;
    CHECK_SAYS(prom_test_native(r, "f", NULL, (double)NAN, 0, &n), PROM_E_DIFFERS,
               "'f': the number of custom bounds is 2, not 1");
    prom_unref(r);
}

static void test_native_of_nothing(void)
{
    prom_registry *r = native_registry();
    prom_native n = example();
    CHECK_SAYS(prom_test_native(r, "n", NULL, 1.5, 10, &n), PROM_E_NOENT,
               "there is no metric 'n' with these labels");
    CHECK_ERR(prom_test_native(r, "n", PROM_CONST_LABELS({ "l", "x" }), 1.5, 10, &n),
              PROM_E_NOENT);
    CHECK_ERR(
        prom_test_native(r, "n", PROM_CONST_LABELS({ "l", "x" }, { "m", "yy" }), 1.5, 10, &n),
        PROM_E_NOENT);
    CHECK_ERR(prom_test_native(r, "nn", xy, 1.5, 10, &n), PROM_E_NOENT);
    CHECK_SAYS(
        prom_test_native(r, "n", PROM_CONST_LABELS({ "l", "x" }, { "m", "z" }), 1, 1, &n),
        PROM_E_TYPE, "'n' is no native histogram");
    CHECK_ERR(prom_test_native(r, "n", xy, 1.5, 10, NULL), PROM_E_INVAL);
    CHECK_ERR(prom_test_native(r, NULL, xy, 1.5, 10, &n), PROM_E_INVAL);
    CHECK_ERR(prom_test_native(NULL, "n", xy, 1.5, 10, &n), PROM_E_INVAL);
    prom_unref(r);
}

static prom_err describe_one(prom_builder *b, void *data)
{
    (void)data;
    return prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "one"));
}

static prom_err build_two(prom_builder *b, void *data)
{
    prom_err e = describe_one(b, data);
    if (!e)
        e = prom_build_value(b, NULL, 1);
    if (!e)
        e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "two"));
    return e ? e : prom_build_value(b, NULL, 2);
}

/* By itself it is held to what it described. */
static void test_collectors_that_build_more_than_described(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c = NULL;
    size_t n = 0;
    CHECK_OK(prom_collector_new(
        r, PROM_COLLECTOR_OPTS(.name = "k", .collect = build_two, .describe = describe_one),
        &c));
    CHECK_OK(prom_test_count(r, NULL, &n));
    CHECK_INT(n, 2);
    CHECK_SAYS(prom_test_count(c, NULL, &n), PROM_E_CALLBACK,
               "collector 'k': family 'two' was not described");
    prom_unref(c), prom_unref(r);
}

TESTS(ROW(test_collectors_that_build_more_than_described), ROW(test_value_of_metrics),
      ROW(test_value_of_vecs), ROW(test_value_of_other_types), ROW(test_count),
      ROW(test_collectors_that_fail), ROW(test_native), ROW(test_native_buckets),
      ROW(test_native_with_weights), ROW(test_native_of_nothing))
