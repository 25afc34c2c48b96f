// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "model/builder.h"
#include "model/described.h"

static prom_desc *describe(prom_type t, const prom_opts *o)
{
    prom_desc *d = NULL;
    CHECK_OK(prom_desc_new(t, o, &d));
    return d;
}

static void check_string(const prom_desc *d, const char *want)
{
    char *s = NULL;
    CHECK_OK(prom_desc_string(d, &s));
    CHECK_STR(s, want);
    prom_free(s);
}

static void test_described_valid(void)
{
    prom_desc *d =
        describe(PROM_COUNTER,
                 PROM_OPTS(.namespace_ = "a", .name = "x", .help = "say \"h\\\"\n",
                           .unit = "seconds", .labels = PROM_LABELS("c", "b.d"),
                           .const_labels = PROM_CONST_LABELS({ "k", "1" }, { "\"", "\n" })));
    CHECK_OK(prom_desc_error(d));
    CHECK_INT(prom_desc_type(d), PROM_COUNTER);
    CHECK_STR(prom_desc_opts(d)->name, "a_x_seconds_total");
    CHECK_STR(prom_desc_opts(d)->namespace_, NULL);
    check_string(d, "desc{name=\"a_x_seconds_total\", type=counter, "
                    "help=\"say \\\"h\\\\\\\"\\n\", unit=\"seconds\", "
                    "const_labels={k=\"1\",\"\\\"\"=\"\\n\"}, labels={c,\"b.d\"}}");
    prom_unref(d);
    d = describe(PROM_GAUGE_HISTOGRAM, PROM_OPTS(.name = "g", .help = ""));
    check_string(d, "desc{name=\"g\", type=gaugehistogram, help=\"\", unit=\"\", "
                    "const_labels={}, labels={}}");
    prom_unref(d);
}

/* Making one does not fail; it says so when it is used. */
static void test_described_invalid(void)
{
    prom_desc *d =
        describe(PROM_GAUGE, PROM_OPTS(.name = "x", .help = "", .labels = PROM_LABELS("__l")));
    static const char sentence[] = "'x': label '__l' begins with __, which is reserved";
    prom_fail(PROM_E_IO, "something else, meanwhile");
    CHECK_SAYS(prom_desc_error(d), PROM_E_NAME, sentence);
    CHECK(prom_desc_opts(d) == NULL);
    check_string(d, sentence);
    prom_vec *v = (prom_vec *)(void *)d;
    CHECK_SAYS(prom_vec_of(NULL, d, &v), PROM_E_NAME, sentence);
    CHECK(v == NULL);
    prom_unref(d);
    d = describe((prom_type)77, PROM_OPTS(.name = "x", .help = ""));
    CHECK_SAYS(prom_desc_error(d), PROM_E_TYPE, "77 is not a metric type");
    prom_unref(d);
    d = describe(PROM_GAUGE, NULL);
    CHECK_SAYS(prom_desc_error(d), PROM_E_INVAL, "a metric needs a description");
    prom_unref(d);
}

static void test_described_invalid_by_the_user(void)
{
    prom_desc *d;
    CHECK_OK(prom_desc_invalid(PROM_E_IO, "100 % of the disk is gone", &d));
    CHECK_SAYS(prom_desc_error(d), PROM_E_IO, "100 % of the disk is gone");
    check_string(d, "100 % of the disk is gone");
    prom_unref(d);
    CHECK_OK(prom_desc_invalid(PROM_E_TIMEOUT, NULL, &d));
    CHECK_SAYS(prom_desc_error(d), PROM_E_TIMEOUT, "PROM_E_TIMEOUT");
    prom_unref(d);
    CHECK_SAYS(prom_desc_invalid(PROM_OK, "fine", &d), PROM_E_INVAL,
               "an invalid description needs an error");
    CHECK(d == NULL);
}

static void test_described_nothing(void)
{
    char *s = (char *)1;
    prom_vec *v;
    prom_desc *d;
    CHECK_SAYS(prom_desc_error(NULL), PROM_E_INVAL, "there is no description");
    CHECK_ERR(prom_desc_string(NULL, &s), PROM_E_INVAL);
    CHECK(s == NULL);
    CHECK(prom_desc_opts(NULL) == NULL);
    CHECK_INT(prom_desc_type(NULL), PROM_UNKNOWN);
    CHECK_ERR(prom_vec_of(NULL, NULL, &v), PROM_E_INVAL);
    CHECK_ERR(prom_desc_of(NULL, &d), PROM_E_INVAL);
}

static void test_described_by_a_metric(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    prom_counter *c;
    prom_desc *of_vec, *of_child, *none;
    CHECK_OK(prom_vec_new(r, PROM_COUNTER,
                          PROM_OPTS(.name = "c", .help = "h", .labels = PROM_LABELS("x")), &v));
    CHECK_OK(prom_counter_with(v, PROM_VALUES("1"), &c));
    CHECK_OK(prom_desc_of(v, &of_vec));
    CHECK_OK(prom_desc_of(c, &of_child));
    CHECK_SAYS(prom_desc_of(r, &none), PROM_E_TYPE,
               "a registry is no metric and has no description");
    CHECK(none == NULL);
    prom_unref(c);
    prom_unref(v);
    prom_unref(r);
    static const char want[] = "desc{name=\"c_total\", type=counter, help=\"h\", unit=\"\", "
                               "const_labels={}, labels={x}}";
    check_string(of_vec, want); /* the metric is gone */
    check_string(of_child, want);
    prom_unref(of_vec);
    prom_unref(of_child);
}

/* A vec of a description is that of the options, so the registry has one of them. */
static void test_described_vec(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    const prom_opts *o = PROM_OPTS(.name = "c", .help = "h", .labels = PROM_LABELS("x"));
    prom_desc *d = describe(PROM_COUNTER, o);
    prom_vec *v, *same, *other;
    CHECK_OK(prom_vec_of(r, d, &v));
    CHECK_OK(prom_vec_new(r, PROM_COUNTER, o, &same));
    CHECK(v == same);
    CHECK_OK(prom_vec_of(NULL, d, &other));
    CHECK(v != other);
    CHECK_STR(prom_vec_opts(other)->name, "c_total");
    prom_unref(v);
    prom_unref(same);
    prom_unref(other);
    prom_unref(d);
    prom_unref(r);
    d = describe(PROM_GAUGE_HISTOGRAM, PROM_OPTS(.name = "g", .help = ""));
    CHECK_SAYS(prom_vec_of(NULL, d, &v), PROM_E_TYPE,
               "gaugehistogram metrics are built by collectors, not updated");
    prom_unref(d);
    prom_registry_opts legacy = { .size = sizeof legacy, .legacy_names = true };
    CHECK_OK(prom_registry_new(&legacy, &r));
    d = describe(PROM_GAUGE, PROM_OPTS(.name = "a.b", .help = ""));
    CHECK_SAYS(prom_vec_of(r, d, &v), PROM_E_NAME,
               "'a.b' is not a metric name of letters, digits, _ and :");
    prom_unref(d);
    prom_unref(r);
}

static void test_described_family_of_a_builder(void)
{
    prom_snapshot *s;
    prom_builder b;
    char *text;
    CHECK_OK(prom__snapshot_new(NULL, &s));
    prom__builder_open(&b, s, PROM_ORDER_SORTED);
    prom_desc *d = describe(PROM_COUNTER,
                            PROM_OPTS(.name = "c", .help = "h", .labels = PROM_LABELS("x"),
                                      .const_labels = PROM_CONST_LABELS({ "a", "1" }))),
              *invalid = describe(PROM_GAUGE, PROM_OPTS(.name = "", .help = ""));
    CHECK_OK(prom_build_desc(&b, d));
    CHECK_SAYS(prom_build_desc(&b, d), PROM_E_EXISTS, "family 'c_total' was built already");
    CHECK_SAYS(prom_build_desc(&b, invalid), PROM_E_NAME, "a metric's name is empty");
    CHECK_ERR(prom_build_desc(&b, NULL), PROM_E_INVAL);
    prom_unref(d);
    prom_unref(invalid);
    CHECK_OK(prom_build_value(&b, PROM_VALUES("2"), 3));
    prom__builder_close(&b, true);
    CHECK_OK(prom_encode_string(&prom_text, s, &text, NULL));
    CHECK_STR(text, "# HELP c_total h\n# TYPE c_total counter\nc_total{a=\"1\",x=\"2\"} 3\n");
    prom_free(text);
    prom_unref(s);
}

TESTS(ROW(test_described_valid), ROW(test_described_invalid),
      ROW(test_described_invalid_by_the_user), ROW(test_described_nothing),
      ROW(test_described_by_a_metric), ROW(test_described_vec),
      ROW(test_described_family_of_a_builder))
