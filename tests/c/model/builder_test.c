// SPDX-License-Identifier: Apache-2.0
#include "building.h"

/* --- every kind of metric ------------------------------------------------------ */

static void test_builder_of_every_type(void)
{
    begin(PROM_ORDER_CREATED);
    CHECK_OK(family(PROM_COUNTER, "c_total", PROM_LABELS("x")));
    CHECK_OK(prom_build_value(b, PROM_VALUES("1"), 5));
    CHECK_OK(family(PROM_GAUGE, "g", NULL));
    CHECK_OK(prom_build_value(b, NULL, -1.5));
    CHECK_OK(prom_build_timestamp(b, 1234));
    CHECK_OK(family(PROM_UNKNOWN, "u", NULL));
    CHECK_OK(prom_build_value(b, (const char *const[]){ NULL }, (double)NAN));
    CHECK_OK(family(PROM_HISTOGRAM, "h", PROM_LABELS("x")));
    CHECK_OK(prom_build_histogram(b, PROM_VALUES("1"), 7.5, 3,
                                  (prom_bucket[]){ { 1, 1 }, { 2.5, 2 } }, 2));
    CHECK_OK(prom_build_histogram(b, PROM_VALUES("2"), 0, 4,
                                  (prom_bucket[]){ { 1, 4 }, { INFINITY, 4 } }, 2));
    CHECK_OK(prom_build_histogram(b, PROM_VALUES("3"), 1, 9, NULL, 0));
    CHECK_OK(family(PROM_GAUGE_HISTOGRAM, "gh", NULL));
    CHECK_OK(prom_build_histogram(b, NULL, 1, 1, (prom_bucket[]){ { -1, 0 } }, 1));
    CHECK_OK(family(PROM_SUMMARY, "s", NULL));
    CHECK_OK(prom_build_summary(b, NULL, 10, 4, (prom_quantile[]){ { 0, 1 }, { 0.99, 5 } }, 2));
    CHECK_OK(family(PROM_INFO, "build_info", PROM_LABELS("version")));
    CHECK_OK(prom_build_value(b, PROM_VALUES("1.0"), 1));
    CHECK_OK(family(PROM_STATESET, "state", PROM_LABELS("state")));
    CHECK_OK(prom_build_value(b, PROM_VALUES("on"), 1));
    end("# HELP c_total h\n# TYPE c_total counter\nc_total{x=\"1\"} 5\n"
        "# HELP g h\n# TYPE g gauge\ng -1.5 1234\n"
        "# HELP u h\n# TYPE u untyped\nu NaN\n"
        "# HELP h h\n# TYPE h histogram\n"
        "h_bucket{x=\"1\",le=\"1\"} 1\nh_bucket{x=\"1\",le=\"2.5\"} 2\n"
        "h_bucket{x=\"1\",le=\"+Inf\"} 3\nh_sum{x=\"1\"} 7.5\nh_count{x=\"1\"} 3\n"
        "h_bucket{x=\"2\",le=\"1\"} 4\nh_bucket{x=\"2\",le=\"+Inf\"} 4\n"
        "h_sum{x=\"2\"} 0\nh_count{x=\"2\"} 4\n"
        "h_bucket{x=\"3\",le=\"+Inf\"} 9\nh_sum{x=\"3\"} 1\nh_count{x=\"3\"} 9\n"
        "# HELP gh h\n# TYPE gh histogram\ngh_bucket{le=\"-1\"} 0\n"
        "gh_bucket{le=\"+Inf\"} 1\ngh_sum 1\ngh_count 1\n"
        "# HELP s h\n# TYPE s summary\ns{quantile=\"0\"} 1\ns{quantile=\"0.99\"} 5\n"
        "s_sum 10\ns_count 4\n"
        "# HELP build_info h\n# TYPE build_info gauge\nbuild_info{version=\"1.0\"} 1\n"
        "# HELP state h\n# TYPE state gauge\nstate{state=\"on\"} 1\n");
}

static void test_builder_copies_what_it_is_given(void)
{
    char name[] = "n", help[] = "h", label[] = "l", value[] = "v", *values[] = { value, NULL };
    const char *labels[] = { label, NULL };
    prom_bucket buckets[] = { { 1, 2 } };
    begin(PROM_ORDER_SORTED);
    CHECK_OK(prom_build_family(b, PROM_HISTOGRAM,
                               PROM_OPTS(.name = name, .help = help, .labels = labels)));
    CHECK_OK(prom_build_histogram(b, (const char *const *)values, 0, 2, buckets, 1));
    value[0] = 'w';
    CHECK_OK(prom_build_values(b, (prom_str[]){ str(value) }, 1));
    name[0] = help[0] = label[0] = value[0] = '?';
    buckets[0] = (prom_bucket){ 9, 0 };
    CHECK_OK(prom_build_histogram(b, NULL, 0, 0, buckets, 1));
    end("# HELP n h\n# TYPE n histogram\n"
        "n_bucket{l=\"v\",le=\"1\"} 2\nn_bucket{l=\"v\",le=\"+Inf\"} 2\n"
        "n_sum{l=\"v\"} 0\nn_count{l=\"v\"} 2\n"
        "n_bucket{l=\"w\",le=\"9\"} 0\nn_bucket{l=\"w\",le=\"+Inf\"} 0\n"
        "n_sum{l=\"w\"} 0\nn_count{l=\"w\"} 0\n");
}

/* --- labels ---------------------------------------------------------------------- */

static void test_builder_labels_in_three_ways(void)
{
    for (int created = 0; created < 2; created++) {
        begin(created ? PROM_ORDER_CREATED : PROM_ORDER_SORTED);
        CHECK_OK(prom_build_family(b, PROM_GAUGE,
                                   PROM_OPTS(.name = "g", .labels = PROM_LABELS("b", "a"),
                                             .const_labels = PROM_CONST_LABELS({ "k", "c" }))));
        CHECK_OK(prom_build_value(b, PROM_VALUES("1", "2"), 1));
        CHECK_OK(prom_build_values(b, (prom_str[]){ { "n\0l", 3 }, { NULL, 0 } }, 2));
        CHECK_OK(prom_build_value(b, NULL, 2));
        CHECK_OK(prom_build_labels(
            b, (prom_label_str[]){ { str("z"), str("1\n") }, { str("y"), str("") } }, 2));
        CHECK_OK(prom_build_value(b, NULL, 3));
        CHECK_OK(prom_build_labels(b, NULL, 0)); /* none at all */
        CHECK_OK(prom_build_value(b, NULL, 4));
        prom__builder_close(b, true);
        CHECK_OK(prom__snapshot_seal(snapshot, b->order));
        char *text;
        size_t n;
        static const char in_order[] = "# TYPE g gauge\n"
                                       "g{a=\"2\",b=\"1\",k=\"c\"} 1\n"
                                       "g{a=\"\",b=\"n\0l\",k=\"c\"} 2\n"
                                       "g{z=\"1\\n\",y=\"\"} 3\n"
                                       "g 4\n";
        static const char sorted[] = "# TYPE g gauge\n"
                                     "g 4\n"
                                     "g{y=\"\",z=\"1\\n\"} 3\n"
                                     "g{a=\"\",b=\"n\0l\",k=\"c\"} 2\n"
                                     "g{a=\"2\",b=\"1\",k=\"c\"} 1\n";
        CHECK_OK(prom_encode_string(&prom_text, snapshot, &text, &n));
        CHECK(n == sizeof sorted - 1 && memcmp(text, created ? in_order : sorted, n) == 0);
        prom_free(text);
        prom_unref(snapshot);
    }
}

/* Labels that were said count for the next metric only, and not for another family's. */
static void test_builder_labels_are_of_the_next_metric(void)
{
    begin(PROM_ORDER_CREATED);
    CHECK_OK(family(PROM_GAUGE, "g", PROM_LABELS("x")));
    CHECK_OK(prom_build_values(b, (prom_str[]){ str("1") }, 1));
    CHECK_OK(prom_build_value(b, NULL, 1));
    CHECK_SAYS(prom_build_value(b, NULL, 2), PROM_E_LABELS, "'g' takes 1 label value, not 0");
    CHECK_OK(prom_build_values(b, (prom_str[]){ str("3") }, 1));
    CHECK_OK(family(PROM_GAUGE, "k", NULL));
    CHECK_OK(prom_build_value(b, NULL, 4));
    end("# HELP g h\n# TYPE g gauge\ng{x=\"1\"} 1\n# HELP k h\n# TYPE k gauge\nk 4\n");
}

static void test_builder_refuses_labels(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_HISTOGRAM, "h", PROM_LABELS("x", "y")));
    CHECK_SAYS(prom_build_histogram(b, PROM_VALUES("1"), 0, 0, NULL, 0), PROM_E_LABELS,
               "'h' takes 2 label values, not 1");
    CHECK_SAYS(prom_build_histogram(b, PROM_VALUES("1", "2", "3"), 0, 0, NULL, 0),
               PROM_E_LABELS, "'h' takes 2 label values, not 3");
    CHECK_SAYS(prom_build_values(b, (prom_str[]){ str("1") }, 1), PROM_E_LABELS,
               "'h' takes 2 label values, not 1");
    CHECK_SAYS(prom_build_histogram(b, PROM_VALUES("1", "\xC3"), 0, 0, NULL, 0), PROM_E_LABELS,
               "'h': the value of label 'y' is not valid UTF-8");
    CHECK_SAYS(prom_build_labels(b, (prom_label_str[]){ { str("le"), str("1") } }, 1),
               PROM_E_NAME, "'h': label 'le' is reserved in a histogram");
    CHECK_SAYS(prom_build_labels(b, (prom_label_str[]){ { str(""), str("1") } }, 1),
               PROM_E_NAME, "'h' has a label with an empty name");
    CHECK_SAYS(prom_build_labels(
                   b, (prom_label_str[]){ { str("a"), str("1") }, { str("a"), str("2") } }, 2),
               PROM_E_NAME, "'h' has label 'a' twice");
    end("# HELP h h\n# TYPE h histogram\n");
}

/* --- values ------------------------------------------------------------------------ */

static prom_err histogram(uint64_t count, prom_bucket x, prom_bucket y)
{
    return prom_build_histogram(b, NULL, 0, count, (prom_bucket[]){ x, y }, 2);
}

static void test_builder_refuses_buckets(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_HISTOGRAM, "h", NULL));
    CHECK_SAYS(histogram(2, (prom_bucket){ 1, 1 }, (prom_bucket){ 1, 1 }), PROM_E_INVAL,
               "'h': buckets must ascend, but 1 follows 1");
    CHECK_SAYS(histogram(2, (prom_bucket){ INFINITY, 2 }, (prom_bucket){ 1, 2 }), PROM_E_INVAL,
               "'h': buckets must ascend, but 1 follows +Inf");
    CHECK_SAYS(histogram(2, (prom_bucket){ (double)NAN, 1 }, (prom_bucket){ 1, 1 }),
               PROM_E_INVAL, "'h': a bucket's bound is NaN");
    CHECK_SAYS(histogram(2, (prom_bucket){ 1, 2 }, (prom_bucket){ 2, 1 }), PROM_E_INVAL,
               "'h': counts of buckets must not fall, as at bound 2");
    CHECK_SAYS(histogram(2, (prom_bucket){ 1, 1 }, (prom_bucket){ 2, 3 }), PROM_E_INVAL,
               "'h': bucket 2 has a larger count than the whole");
    CHECK_SAYS(histogram(2, (prom_bucket){ 1, 1 }, (prom_bucket){ INFINITY, 1 }), PROM_E_INVAL,
               "'h': the +Inf bucket differs from the count");
    end("# HELP h h\n# TYPE h histogram\n");
}

static void test_builder_refuses_quantiles(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_SUMMARY, "s", NULL));
    CHECK_SAYS(prom_build_summary(b, NULL, 0, 0, (prom_quantile[]){ { 1.1, 0 } }, 1),
               PROM_E_INVAL, "'s': quantile 1.1 is not between 0 and 1");
    CHECK_SAYS(prom_build_summary(b, NULL, 0, 0, (prom_quantile[]){ { -0.1, 0 } }, 1),
               PROM_E_INVAL, "'s': quantile -0.1 is not between 0 and 1");
    CHECK_ERR(prom_build_summary(b, NULL, 0, 0, (prom_quantile[]){ { (double)NAN, 0 } }, 1),
              PROM_E_INVAL);
    CHECK_SAYS(prom_build_summary(b, NULL, 0, 0, (prom_quantile[]){ { .5, 0 }, { .5, 0 } }, 2),
               PROM_E_INVAL, "'s': quantiles must ascend, but 0.5 follows 0.5");
    CHECK_OK(prom_build_summary(b, NULL, (double)NAN, 2, NULL, 0));
    end("# HELP s h\n# TYPE s summary\ns_sum NaN\ns_count 2\n");
}

static void test_builder_refuses_values_of_another_type(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_GAUGE, "g", NULL));
    CHECK_SAYS(prom_build_histogram(b, NULL, 0, 0, NULL, 0), PROM_E_TYPE,
               "'g' is a gauge and takes no buckets");
    CHECK_SAYS(prom_build_summary(b, NULL, 0, 0, NULL, 0), PROM_E_TYPE,
               "'g' is a gauge and takes no quantiles");
    CHECK_OK(family(PROM_SUMMARY, "s", NULL));
    CHECK_SAYS(prom_build_value(b, NULL, 1), PROM_E_TYPE,
               "'s' is a summary and takes no single value");
    CHECK_OK(family(PROM_GAUGE_HISTOGRAM, "x", NULL));
    CHECK_SAYS(prom_build_value(b, NULL, 1), PROM_E_TYPE,
               "'x' is a gaugehistogram and takes no single value");
    end("# HELP g h\n# TYPE g gauge\n# HELP s h\n# TYPE s summary\n"
        "# HELP x h\n# TYPE x histogram\n");
}

/* --- families ---------------------------------------------------------------------- */

static void test_builder_refuses_families(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_SAYS(prom_build_value(b, NULL, 1), PROM_E_INVAL,
               "a metric is built before its family");
    CHECK_ERR(prom_build_values(b, NULL, 0), PROM_E_INVAL);
    CHECK_ERR(prom_build_labels(b, NULL, 0), PROM_E_INVAL);
    CHECK_ERR(prom_build_timestamp(b, 1), PROM_E_INVAL);
    CHECK_SAYS(family((prom_type)99, "x", NULL), PROM_E_TYPE, "99 is not a metric type");
    CHECK_SAYS(family(PROM_GAUGE, "", NULL), PROM_E_NAME, "a metric's name is empty");
    CHECK_ERR(prom_build_family(b, PROM_GAUGE, NULL), PROM_E_INVAL);
    CHECK_ERR(prom_build_family(b, PROM_GAUGE, &(prom_opts){ .name = "x" }), PROM_E_INVAL);
    CHECK_SAYS(family(PROM_GAUGE, "x", PROM_LABELS("__x")), PROM_E_NAME,
               "'x': label '__x' begins with __, which is reserved");
    CHECK_SAYS(prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "x", .help = "\xE9")),
               PROM_E_INVAL, "'x': the help text is not valid UTF-8");
    CHECK_SAYS(prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "x", .unit = "\xE9")),
               PROM_E_INVAL, "'x': the unit is not valid UTF-8");
    CHECK_OK(family(PROM_GAUGE, "x", NULL));
    CHECK_SAYS(prom_build_timestamp(b, 1), PROM_E_INVAL,
               "a timestamp is given before a metric");
    CHECK_OK(family(PROM_GAUGE, "y", NULL));
    CHECK_SAYS(family(PROM_COUNTER, "x", NULL), PROM_E_EXISTS, "family 'x' was built already");
    end("# HELP x h\n# TYPE x gauge\n# HELP y h\n# TYPE y gauge\n");
}

/* After a family that was refused metrics go on to the one before, with its labels. */
static void test_builder_goes_on_after_a_refusal(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_GAUGE, "x", PROM_LABELS("a")));
    CHECK_ERR(prom_build_family(
                  b, PROM_GAUGE,
                  PROM_OPTS(.name = "y", .help = "\xE9", .labels = PROM_LABELS("p", "q"))),
              PROM_E_INVAL);
    CHECK_OK(prom_build_value(b, PROM_VALUES("1"), 1));
    end("# HELP x h\n# TYPE x gauge\nx{a=\"1\"} 1\n");
}

/* --- its end ------------------------------------------------------------------------- */

static void test_builder_is_refused_after_its_callback(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_GAUGE, "x", NULL));
    prom__builder_close(b, true);
    static const char sentence[] = "the builder is used after its callback";
    CHECK_SAYS(family(PROM_GAUGE, "y", NULL), PROM_E_CLOSED, sentence);
    CHECK_SAYS(prom_build_value(b, NULL, 1), PROM_E_CLOSED, sentence);
    CHECK_SAYS(prom_build_values(b, NULL, 0), PROM_E_CLOSED, sentence);
    CHECK_SAYS(prom_build_labels(b, NULL, 0), PROM_E_CLOSED, sentence);
    CHECK_SAYS(prom_build_histogram(b, NULL, 0, 0, NULL, 0), PROM_E_CLOSED, sentence);
    CHECK_SAYS(prom_build_summary(b, NULL, 0, 0, NULL, 0), PROM_E_CLOSED, sentence);
    CHECK_SAYS(prom_build_timestamp(b, 1), PROM_E_CLOSED, sentence);
    CHECK_SAYS(prom_build_created(b, 1), PROM_E_CLOSED, sentence);
    CHECK_SAYS(prom_build_exemplar(b, &(prom_exemplar){ .value = 1 }), PROM_E_CLOSED, sentence);
    CHECK_SAYS(prom_build_info(b, NULL, NULL, 0), PROM_E_CLOSED, sentence);
    CHECK_SAYS(prom_build_stateset(b, NULL, NULL, 0), PROM_E_CLOSED, sentence);
    CHECK_SAYS(prom_build_native(b, NULL, 0, 0, PROM_NATIVE(.schema = 0), NULL, 0),
               PROM_E_CLOSED, sentence);
    CHECK_SAYS(prom_build_snapshot(b, snapshot), PROM_E_CLOSED, sentence);
    CHECK_SAYS(prom_build_desc(b, NULL), PROM_E_CLOSED, sentence);
    CHECK_INT(prom_snapshot_size(snapshot), 1);
    prom_unref(snapshot);
}

static void test_builder_of_null(void)
{
    static const char sentence[] = "there is no builder";
    CHECK(!prom_build_wants(NULL, "x"));
    CHECK(prom_build_stopped(NULL));
    CHECK_SAYS(prom_build_family(NULL, PROM_GAUGE, PROM_OPTS(.name = "y")), PROM_E_INVAL,
               sentence);
    CHECK_SAYS(prom_build_desc(NULL, NULL), PROM_E_INVAL, sentence);
    CHECK_SAYS(prom_build_value(NULL, NULL, 1), PROM_E_INVAL, sentence);
    CHECK_SAYS(prom_build_values(NULL, NULL, 0), PROM_E_INVAL, sentence);
    CHECK_SAYS(prom_build_labels(NULL, NULL, 0), PROM_E_INVAL, sentence);
    CHECK_SAYS(prom_build_histogram(NULL, NULL, 0, 0, NULL, 0), PROM_E_INVAL, sentence);
    CHECK_SAYS(prom_build_summary(NULL, NULL, 0, 0, NULL, 0), PROM_E_INVAL, sentence);
    CHECK_SAYS(prom_build_timestamp(NULL, 1), PROM_E_INVAL, sentence);
    CHECK_SAYS(prom_build_created(NULL, 1), PROM_E_INVAL, sentence);
    CHECK_SAYS(prom_build_exemplar(NULL, NULL), PROM_E_INVAL, sentence);
    CHECK_SAYS(prom_build_info(NULL, NULL, NULL, 0), PROM_E_INVAL, sentence);
    CHECK_SAYS(prom_build_stateset(NULL, NULL, NULL, 0), PROM_E_INVAL, sentence);
    CHECK_SAYS(prom_build_native(NULL, NULL, 0, 0, NULL, NULL, 0), PROM_E_INVAL, sentence);
    CHECK_SAYS(prom_build_snapshot(NULL, NULL), PROM_E_INVAL, sentence);
}

/* What a failing collector built goes, what was there before stays. */
static void test_builder_takes_back_its_families_only(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_GAUGE, "x", NULL));
    prom__builder_close(b, true);
    prom__builder_open(b, snapshot, PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_GAUGE, "y", NULL));
    CHECK_OK(prom_build_value(b, NULL, 1));
    CHECK_OK(family(PROM_GAUGE, "x", NULL)); /* another builder's x is no obstacle */
    prom__builder_close(b, false);
    CHECK_INT(prom_snapshot_size(snapshot), 1);
    CHECK_STR(prom_snapshot_at(snapshot, 0)->name, "x");
    prom_unref(snapshot);
}

static void test_builder_refuses_arrays_that_are_not_there(void)
{
#define NOT_THERE(call, family, what) \
    CHECK_SAYS(call, PROM_E_INVAL,    \
               "'" family "': there are to be 2 " what ", but their array is NULL")
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_HISTOGRAM, "h", NULL));
    NOT_THERE(prom_build_histogram(b, NULL, 0, 0, NULL, 2), "h", "buckets");
    NOT_THERE(prom_build_native(b, NULL, 0, 0, PROM_NATIVE(.n_positive = 2), NULL, 0), "h",
              "native buckets");
    NOT_THERE(prom_build_native(b, NULL, 0, 0, PROM_NATIVE(.n_negative = 2), NULL, 0), "h",
              "native buckets");
    NOT_THERE(prom_build_native(b, NULL, 0, 0,
                                PROM_NATIVE(.schema = PROM_CUSTOM_BUCKETS, .n_custom = 2), NULL,
                                0),
              "h", "custom bounds");
    NOT_THERE(prom_build_labels(b, NULL, 2), "h", "labels");
    CHECK_OK(prom_build_histogram(b, NULL, 0, 0, NULL, 0));
    NOT_THERE(prom_build_exemplar(b, &(prom_exemplar){ .n_labels = 2 }), "h", "labels");
    CHECK_OK(family(PROM_SUMMARY, "s", NULL));
    NOT_THERE(prom_build_summary(b, NULL, 0, 0, NULL, 2), "s", "quantiles");
    CHECK_OK(family(PROM_STATESET, "t", NULL));
    NOT_THERE(prom_build_stateset(b, NULL, NULL, 2), "t", "states");
    CHECK_OK(family(PROM_INFO, "i", PROM_LABELS("a", "b")));
    NOT_THERE(prom_build_values(b, NULL, 2), "i", "label values");
    NOT_THERE(prom_build_info(b, PROM_VALUES("1", "2"), NULL, 2), "i", "labels");
    CHECK_SAYS(prom_build_histogram(b, NULL, 0, 0, NULL, 0), PROM_E_TYPE,
               "'i' is an info and takes no buckets");
    end("# HELP h h\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 0\nh_sum 0\nh_count 0\n"
        "# HELP i h\n# TYPE i gauge\n# HELP s h\n# TYPE s summary\n# HELP t h\n# TYPE t "
        "gauge\n");
#undef NOT_THERE
}

TESTS(ROW(test_builder_of_every_type), ROW(test_builder_copies_what_it_is_given),
      ROW(test_builder_labels_in_three_ways), ROW(test_builder_labels_are_of_the_next_metric),
      ROW(test_builder_refuses_labels), ROW(test_builder_refuses_buckets),
      ROW(test_builder_refuses_arrays_that_are_not_there), ROW(test_builder_refuses_quantiles),
      ROW(test_builder_refuses_values_of_another_type), ROW(test_builder_refuses_families),
      ROW(test_builder_goes_on_after_a_refusal),
      ROW(test_builder_is_refused_after_its_callback), ROW(test_builder_of_null),
      ROW(test_builder_takes_back_its_families_only))
