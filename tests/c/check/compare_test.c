// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <prom/fetch.h>
#include <prom/http.h>
#include <prom/testing.h>

static prom_registry *example(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_CREATED);
    prom_vec *hits = NULL, *none = NULL;
    prom_counter *c = NULL;
    prom_histogram *h = NULL;
    prom_summary *s = NULL;
    CHECK_OK(prom_vec_new(r, PROM_COUNTER,
                          PROM_OPTS(.name = "hits_total", .help = "Hits.\n\"\\\"",
                                    .labels = PROM_LABELS("z", "a")),
                          &hits));
    CHECK_OK(prom_counter_with(hits, PROM_VALUES("1", "\"\n"), &c));
    prom_counter_inc(c);
    CHECK_OK(prom_histogram_new(
        r, PROM_OPTS(.name = "h", .help = "", .buckets = PROM_BUCKETS(2, 10)), &h));
    prom_histogram_observe(h, 2);
    CHECK_OK(prom_summary_new(r, PROM_OPTS(.name = "s", .help = "S."), &s));
    CHECK_OK(prom_vec_new(r, PROM_GAUGE,
                          PROM_OPTS(.name = "none", .help = "", .labels = PROM_LABELS("l")),
                          &none));
    prom_unref(none);
    prom_unref(s);
    prom_unref(h);
    prom_unref(c);
    prom_unref(hits);
    return r;
}

#define EXPECTED                                        \
    "# TYPE s summary\ns_count 0\ns_sum 0\n"            \
    "# a comment\n# TYPE h histogram\nh_sum 2.0\n"      \
    "h_bucket{le=\"+Inf\"} 1\nh_count 1\n"              \
    "h_bucket{le=\"10.0\"} 1\nh_bucket{le=\"2\"} 1e0\n" \
    "# HELP hits_total Hits.\\n\"\\\\\"\n"              \
    "# TYPE hits_total counter\nhits_total{a=\"\\\"\\n\",z=\"1\"} 1\n"

static void check_compare(prom_registry *r, const char *expected, const char *const *names,
                          const char *sentence, const char *difference, int line)
{
    char *got = (char *)r;
    prom_err e = prom_test_compare(r, expected, names, &got);
    check_str(prom_err_name(e), sentence ? "PROM_E_DIFFERS" : "PROM_OK", __FILE__, line,
              prom_error(e));
    if (sentence)
        check_str(prom_error(e), sentence, __FILE__, line, "the sentence");
    check_str(got, difference, __FILE__, line, "the difference");
    prom_free(got);
    prom_err again = prom_test_compare(r, expected, names, NULL);
    check_report(again == e, __FILE__, line, "without a difference wanted");
}
#define CHECK_SAME(r, expected, names) \
    check_compare((r), (expected), (names), NULL, NULL, __LINE__)
#define CHECK_DIFFERS(r, expected, names, sentence, difference) \
    check_compare((r), (expected), (names), (sentence), (difference), __LINE__)

static void test_the_same(void)
{
    prom_registry *r = example(), *empty = kit_registry(PROM_ORDER_SORTED);
    CHECK_SAME(r, EXPECTED, NULL);
    CHECK_SAME(r, EXPECTED "# TYPE none gauge\n# HELP zzz what\n", NULL);
    CHECK_SAME(empty, "", NULL);
    char *text = kit_text(r);
    CHECK_SAME(r, text, NULL);
    free(text);
    prom_unref(empty);
    prom_unref(r);
}

static void test_values_differ(void)
{
    prom_registry *r = example();
    CHECK_DIFFERS(
        r,
        "# TYPE s summary\ns_count 0\ns_sum 0\n"
        "# TYPE h histogram\nh_sum 2\nh_bucket{le=\"2\"} 0\nh_bucket{le=\"10\"} 1\n"
        "h_count 1\n"
        "# TYPE hits_total counter\nhits_total{a=\"\\\"\\n\",z=\"1\"} 2\n",
        NULL,
        "'h_bucket{le=\"2\"} 0' is expected, but there is 'h_bucket{le=\"2\"} 1', and "
        "1 more difference",
        "- h_bucket{le=\"2\"} 0\n+ h_bucket{le=\"2\"} 1\n"
        "- hits_total{a=\"\\\"\\n\",z=\"1\"} 2\n"
        "+ hits_total{a=\"\\\"\\n\",z=\"1\"} 1\n");
    prom_unref(r);
}

static void test_missing_and_too_many(void)
{
    prom_registry *r = example();
    CHECK_DIFFERS(r, "", PROM_VALUES("s"),
                  "'# TYPE s summary' is there, but not expected, and 2 more differences",
                  "+ # TYPE s summary\n+ s_count 0\n+ s_sum 0\n");
    CHECK_DIFFERS(r, EXPECTED "x{b=\"2\",a=\"1\"} 1 5\n", NULL,
                  "'# TYPE x untyped' is expected, but not there, and 1 more difference",
                  "- # TYPE x untyped\n- x{a=\"1\",b=\"2\"} 1 5\n");
    CHECK_DIFFERS(r, "# TYPE s summary\ns_sum 0\ns_count 0\ns{quantile=\"0.5\"} 1\n",
                  PROM_VALUES("s"), "'s{quantile=\"0.5\"} 1' is expected, but not there",
                  "- s{quantile=\"0.5\"} 1\n");
    prom_unref(r);
}

static void test_types_and_help_differ(void)
{
    prom_registry *r = example();
    CHECK_DIFFERS(r, "s_sum 0\ns_count 0\n", PROM_VALUES("s", "s_sum"),
                  "'# TYPE s summary' is there, but not expected, and 4 more differences",
                  "+ # TYPE s summary\n+ s_count 0\n+ s_sum 0\n"
                  "- # TYPE s_sum untyped\n- s_sum 0\n");
    CHECK_DIFFERS(r, "# HELP s T.\n# TYPE s summary\ns_sum 0\ns_count 0\n", PROM_VALUES("s"),
                  "'# HELP s T.' is expected, but there is '# HELP s S.'",
                  "- # HELP s T.\n+ # HELP s S.\n");
    CHECK_DIFFERS(r, "# TYPE hits_total gauge\nhits_total{a=\"\\\"\\n\",z=\"1\"} 1\n",
                  PROM_VALUES("hits_total"),
                  "'# TYPE hits_total gauge' is expected, but there is '# TYPE hits_total "
                  "counter'",
                  "- # TYPE hits_total gauge\n+ # TYPE hits_total counter\n");
    prom_unref(r);
}

static void test_names(void)
{
    prom_registry *r = example();
    char *difference = (char *)r;
    CHECK_SAME(r, EXPECTED, PROM_VALUES("h", "s"));
    CHECK_SAME(r, "# TYPE s summary\ns_sum 0\ns_count 0\nother 1\n", PROM_VALUES("s"));
    CHECK_SAME(r, "x 1\n", (const char *const[]){ NULL });
    CHECK_SAYS(prom_test_compare(r, EXPECTED, PROM_VALUES("s", "hit"), &difference),
               PROM_E_NOENT, "neither side has a family 'hit'");
    CHECK(!difference);
    CHECK_ERR(prom_test_compare(r, EXPECTED, PROM_VALUES("none"), NULL), PROM_E_NOENT);
    prom_unref(r);
}

static void test_bad_texts(void)
{
    prom_registry *r = example();
    char *difference = (char *)r;
    CHECK_SAYS(prom_test_compare(r, "a 1\nb", NULL, &difference), PROM_E_SYNTAX,
               "the expected text, line 2, column 2: no value");
    CHECK(!difference);
    CHECK_ERR(prom_test_compare(r, NULL, NULL, NULL), PROM_E_INVAL);
    CHECK_ERR(prom_test_compare(NULL, "", NULL, NULL), PROM_E_INVAL);
    prom_unref(r);
}

static prom_err build(prom_builder *b, void *data)
{
    (void)data;
    prom_label_str more[] = { { { "v", 1 }, { "1", 1 } } };
    prom_state states[] = { { { "on", 2 }, true }, { { "off", 3 }, false } };
    prom_err e = prom_build_family(b, PROM_INFO, PROM_OPTS(.name = "build_info", .help = "h"));
    if (!e)
        e = prom_build_info(b, NULL, more, 1);
    if (!e)
        e = prom_build_family(b, PROM_STATESET, PROM_OPTS(.name = "mode", .help = "h"));
    if (!e)
        e = prom_build_stateset(b, NULL, states, 2);
    if (!e)
        e = prom_build_family(b, PROM_GAUGE_HISTOGRAM, PROM_OPTS(.name = "queue"));
    if (!e)
        e = prom_build_histogram(b, NULL, 1, 1, NULL, 0);
    if (!e)
        e = prom_build_family(b, PROM_UNKNOWN, PROM_OPTS(.name = "a.b"));
    prom_label_str label[] = { { { "c d", 3 }, { "\0", 1 } } };
    if (!e)
        e = prom_build_labels(b, label, 1);
    return e ? e : prom_build_value(b, NULL, (double)NAN);
}

static void test_types_that_text_does_not_know(void)
{
    prom_collector *c = NULL;
    prom_collector_opts o = { .size = sizeof o, .name = "c", .collect = build };
    char *difference = NULL;
    CHECK_OK(prom_collector_new(NULL, &o, &c));
    CHECK_OK(prom_test_compare(c,
                               "# TYPE build_info gauge\nbuild_info{v=\"1\"} 1\n"
                               "# TYPE mode gauge\nmode{mode=\"on\"} 1\nmode{mode=\"off\"} 0\n"
                               "# TYPE queue histogram\nqueue_sum 1\nqueue_count 1\n",
                               PROM_VALUES("build_info", "mode", "queue"), NULL));
    CHECK_ERR(
        prom_test_compare(c, "{\"a.b\",\"c d\"=\"x\"} NaN\n", PROM_VALUES("a.b"), &difference),
        PROM_E_DIFFERS);
    CHECK_STR(difference, "+ a.b{c d=\"\\0\"} NaN\n- a.b{c d=\"x\"} NaN\n");
    prom_free(difference);
    prom_unref(c);
}

/* --- over HTTP ---------------------------------------------------------- */

static bool missing(prom_err e)
{
    return e == PROM_E_UNSUPPORTED; /* the part is not in this build */
}

static void test_scrape(void)
{
    prom_registry *r = example();
    prom_http *h = NULL;
    char url[80], *difference = NULL, *body = NULL;
    prom_err e = prom_http_start(r, NULL, &h);
    if (missing(e) || missing(prom_fetch("", 0, 0, &body, NULL))) {
        CHECK_ERR(prom_test_scrape("http://127.0.0.1:1/", "", NULL, NULL), PROM_E_UNSUPPORTED);
        prom_unref(h);
        prom_unref(r);
        return;
    }
    CHECK_OK(e);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/metrics", prom_http_port(h));
    CHECK_OK(prom_test_scrape(url, EXPECTED, NULL, &difference));
    CHECK_STR(difference, NULL);
    CHECK_SAYS(prom_test_scrape(url, "# TYPE s summary\ns_sum 0\ns_count 1\n", PROM_VALUES("s"),
                                &difference),
               PROM_E_DIFFERS, "'s_count 1' is expected, but there is 's_count 0'");
    CHECK_STR(difference, "- s_count 1\n+ s_count 0\n");
    prom_free(difference);
    CHECK_ERR(prom_test_scrape(url, "x", NULL, &difference), PROM_E_SYNTAX);
    CHECK_STR(difference, NULL);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/other", prom_http_port(h));
    CHECK_ERR(prom_test_scrape(url, EXPECTED, NULL, &difference), PROM_E_IO);
    prom_http_stop(h);
    CHECK_ERR(prom_test_scrape(url, EXPECTED, NULL, &difference), PROM_E_IO);
    CHECK_ERR(prom_test_scrape(NULL, EXPECTED, NULL, &difference), PROM_E_INVAL);
    prom_unref(h);
    prom_unref(r);
}

static prom_err build_times(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "t"));
    for (int i = 0; i < 3 && !e; i++) {
        e = prom_build_value(b, NULL, i);
        if (!e)
            e = prom_build_timestamp(b, 100 - i);
    }
    return e;
}

/* A line of a time is not taken for that of another. */
static void test_times_of_one_series(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c = NULL;
    CHECK_OK(prom_collector_new(r, PROM_COLLECTOR_OPTS(.name = "times", .collect = build_times),
                                &c));
    CHECK_SAME(r, "# TYPE t gauge\nt 1 99\nt 2 98\nt 0 100\n", NULL);
    CHECK_DIFFERS(r, "# TYPE t gauge\nt 2 98\nt 0 100\n", NULL,
                  "'t 1 99' is there, but not expected", "+ t 1 99\n");
    CHECK_DIFFERS(r, "# TYPE t gauge\nt 1 99\nt 2 98\nt 0 100\nt 3\n", NULL,
                  "'t 3' is expected, but not there", "- t 3\n");
    prom_unref(c), prom_unref(r);
}

TESTS(ROW(test_the_same), ROW(test_times_of_one_series), ROW(test_values_differ),
      ROW(test_missing_and_too_many), ROW(test_types_and_help_differ), ROW(test_names),
      ROW(test_bad_texts), ROW(test_types_that_text_does_not_know), ROW(test_scrape))
