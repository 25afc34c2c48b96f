// SPDX-License-Identifier: Apache-2.0
/* openmetrics_test.c - what the OpenMetrics parser reads, and what it makes of it. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "dump.h"
#include "openmetrics.h"

static void test_the_example_of_the_document(void)
{
    CHECK_READS(
        "# TYPE acme_http_router_request_seconds summary\n"
        "# UNIT acme_http_router_request_seconds seconds\n"
        "# HELP acme_http_router_request_seconds Latency though all of it.\n"
        "acme_http_router_request_seconds_sum{path=\"/api/v1\",method=\"GET\"} 9036.32\n"
        "acme_http_router_request_seconds_count{path=\"/api/v1\",method=\"GET\"} "
        "807283.0\n"
        "acme_http_router_request_seconds_created{path=\"/api/v1\",method=\"GET\"} "
        "1605281325.0\n"
        "acme_http_router_request_seconds_sum{path=\"/api/v2\",method=\"POST\"} 479.3\n"
        "acme_http_router_request_seconds_count{path=\"/api/v2\",method=\"POST\"} 34.0\n"
        "# TYPE go_goroutines gauge\n"
        "# HELP go_goroutines Number of goroutines that currently exist.\n"
        "go_goroutines 69\n"
        "# TYPE process_cpu_seconds counter\n"
        "# UNIT process_cpu_seconds seconds\n"
        "process_cpu_seconds_total 4.20072246e+06\n",
        "# TYPE acme_http_router_request_seconds summary\n"
        "# UNIT acme_http_router_request_seconds seconds\n"
        "# HELP acme_http_router_request_seconds Latency though all of it.\n"
        "acme_http_router_request_seconds_sum{method=\"GET\",path=\"/api/v1\"} 9036.32\n"
        "acme_http_router_request_seconds_count{method=\"GET\",path=\"/api/v1\"} 807283\n"
        "acme_http_router_request_seconds_created{method=\"GET\",path=\"/api/v1\"} "
        "1605281325\n"
        "acme_http_router_request_seconds_sum{method=\"POST\",path=\"/api/v2\"} 479.3\n"
        "acme_http_router_request_seconds_count{method=\"POST\",path=\"/api/v2\"} 34\n"
        "# TYPE go_goroutines gauge\n"
        "# HELP go_goroutines Number of goroutines that currently exist.\n"
        "go_goroutines 69.0\n"
        "# TYPE process_cpu_seconds counter\n"
        "# UNIT process_cpu_seconds seconds\n"
        "process_cpu_seconds_total 4.20072246e+06\n");
}

static void test_little_and_nothing(void)
{
    CHECK_READS_AS_IT_IS("");
    check_reads("# EOF", "# EOF\n", __LINE__);
    check_reads("a 1\n# EOF", "# TYPE a unknown\na 1.0\n# EOF\n", __LINE__);
    prom_snapshot *s = NULL;
    CHECK_ERR(prom_parse_openmetrics(NULL, 0, &s), PROM_E_SYNTAX);
    CHECK_ERR(prom_parse_openmetrics(NULL, 1, &s), PROM_E_INVAL);
}

static void test_metadata(void)
{
    CHECK_READS_AS_IT_IS("# TYPE a gauge\n# TYPE b counter\n# HELP b B.\n# TYPE c histogram\n"
                         "# TYPE d gaugehistogram\n# TYPE e summary\n# TYPE f info\n"
                         "# TYPE g stateset\n# TYPE h unknown\n");
    CHECK_READS("# HELP a_s A.\n# UNIT a_s s\n# TYPE a_s counter\na_s_total 1\n",
                "# TYPE a_s counter\n# UNIT a_s s\n# HELP a_s A.\na_s_total 1.0\n");
    CHECK_READS("# HELP a \n# UNIT a \n# TYPE a gauge\na 1\n# HELP b x\n# UNIT c_d d\nc_d 2\n",
                "# TYPE a gauge\na 1.0\n# TYPE b unknown\n# HELP b x\n# TYPE c_d unknown\n"
                "# UNIT c_d d\nc_d 2.0\n");
    CHECK_READS_AS_IT_IS("# TYPE \"a.b_s\" counter\n# UNIT \"a.b_s\" s\n# HELP \"a.b_s\" x\n"
                         "{\"a.b_s_total\",\"l.m\"=\"v\"} 1.0\n");
    CHECK_READS(
        "# HELP a two\\nlines, \\\"quoted\\\", \\\\, and a tab\\t, \"bare\" \\\n",
        "# TYPE a unknown\n"
        "# HELP a two\\nlines, \\\"quoted\\\", \\\\, and a tab\\\\t, \\\"bare\\\" \\\\\n");
}

/* Names that other types take are nobody's here. */
static void test_names_that_do_not_clash(void)
{
    CHECK_READS_AS_IT_IS("# TYPE a gauge\na 1.0\n# TYPE a_total gauge\na_total 1.0\n"
                         "# TYPE a_sum gauge\na_sum 1.0\n# TYPE a_created unknown\n"
                         "a_created 1.0\n");
    CHECK_READS_AS_IT_IS("# TYPE a_total counter\na_total_total 1.0\n# TYPE b_info info\n"
                         "b_info_info 1\n");
    CHECK_READS("a_total 1\na_bucket{le=\"1\"} 2\na{quantile=\"1\"} 3\n",
                "# TYPE a_total unknown\na_total 1.0\n# TYPE a_bucket unknown\n"
                "a_bucket{le=\"1\"} 2.0\n# TYPE a unknown\na{quantile=\"1\"} 3.0\n");
}

static void test_labels(void)
{
    CHECK_READS("a{} 1\na{b=\"2\",a=\"1\"} 2\na{a=\"2\",b=\"1\"} 3\na{a=\"\"} 4\n",
                "# TYPE a unknown\na 1.0\na{a=\"1\",b=\"2\"} 2.0\na{a=\"2\",b=\"1\"} 3.0\n"
                "a{a=\"\"} 4.0\n");
    CHECK_READS("a{l=\"\\\\ \\\" \\n \\z {}, # \xc3\xa4 \\\\\"} 1\n",
                "# TYPE a unknown\na{l=\"\\\\ \\\" \\n \\\\z {}, # \xc3\xa4 \\\\\"} 1.0\n");
    CHECK_READS("{\"a\"} 1\n{\"b\",l=\"1\"} 1\n{\"c d\",\"l m\"=\"1\"} 1\n",
                "# TYPE a unknown\na 1.0\n# TYPE b unknown\nb{l=\"1\"} 1.0\n"
                "# TYPE \"c d\" unknown\n{\"c d\",\"l m\"=\"1\"} 1.0\n");
}

static void test_numbers(void)
{
    CHECK_READS("a 0042\nb +.5\nc 5.\nd 1E3\ne -inf\nf Infinity\ng nan\nh -0\n"
                "i 18446744073709551616\n",
                "# TYPE a unknown\na 42.0\n# TYPE b unknown\nb 0.5\n# TYPE c unknown\nc 5.0\n"
                "# TYPE d unknown\nd 1000.0\n# TYPE e unknown\ne -Inf\n# TYPE f unknown\n"
                "f +Inf\n# TYPE g unknown\ng NaN\n# TYPE h unknown\nh 0.0\n"
                "# TYPE i unknown\ni 1.8446744073709552e+19\n");
    CHECK_READS("# TYPE s summary\ns_count 18446744073709551615\ns_sum 0\n",
                "# TYPE s summary\ns_sum 0.0\ns_count 18446744073709551615\n");
    CHECK_READS("# TYPE s summary\ns_count 1.8446744073709552e+19\ns_sum 0\n",
                "# TYPE s summary\ns_sum 0.0\ns_count 18446744073709551615\n");
    CHECK_READS("# TYPE s summary\ns_count +9007199254740993\ns_sum 1e300\n",
                "# TYPE s summary\ns_sum 1e+300\ns_count 9007199254740993\n");
}

static void test_times(void)
{
    CHECK_READS("a 1 000\nb 1 0.0\nc 1 1.1\nd 1 1.5e3\ne 1 1.520430000123e+09\nf 1 -3982.045\n"
                "g 1 1E-3\nh 1 .5\ni 1 +5.\nj 1 -0.0001\nk 1 0e99\nl 1 12300e-5\n"
                "m 1 9223372036854775.807\nn 1 -9223372036854775.807\n",
                "# TYPE a unknown\na 1.0 0\n# TYPE b unknown\nb 1.0 0\n# TYPE c unknown\n"
                "c 1.0 1.1\n# TYPE d unknown\nd 1.0 1500\n# TYPE e unknown\n"
                "e 1.0 1520430000.123\n# TYPE f unknown\nf 1.0 -3982.045\n# TYPE g unknown\n"
                "g 1.0 0.001\n# TYPE h unknown\nh 1.0 0.5\n# TYPE i unknown\ni 1.0 5\n"
                "# TYPE j unknown\nj 1.0 -0.001\n# TYPE k unknown\nk 1.0 0\n"
                "# TYPE l unknown\nl 1.0 0.123\n"
                "# TYPE m unknown\nm 1.0 9223372036854775.807\n"
                "# TYPE n unknown\nn 1.0 -9223372036854775.807\n");
}

/* Several points of one metric; those within a millisecond are one, the first. */
static void test_points(void)
{
    CHECK_READS_AS_IT_IS(
        "# TYPE a gauge\na{l=\"1\"} 1.0 1\na{l=\"1\"} 2.0 2\na{l=\"2\"} 3.0 1\n");
    CHECK_READS("a 1 0.0000000001\na 2 0.0000000011\na 3 0.0009\na 4 0.001\n",
                "# TYPE a unknown\na 1.0 0\na 4.0 0.001\n");
    CHECK_READS_AS_IT_IS("# TYPE s summary\ns_sum 1.0 1\ns_count 2 1\ns_sum 3.0 2\n"
                         "s_count 4 2\n");
    CHECK_READS_AS_IT_IS("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1 1\nh_sum 1.0 1\n"
                         "h_count 1 1\nh_bucket{le=\"+Inf\"} 2 2\nh_sum 2.0 2\nh_count 2 2\n");
    CHECK_READS_AS_IT_IS("# TYPE a stateset\na{a=\"x\"} 1 1\na{a=\"y\"} 0 1\na{a=\"x\"} 0 2\n"
                         "a{a=\"y\"} 1 2\n");
    CHECK_READS_AS_IT_IS("# TYPE a info\na_info{v=\"1\"} 1 1\na_info{v=\"2\"} 1 0\n"
                         "a_info{v=\"1\"} 1 2\n");
}

static void test_created(void)
{
    CHECK_READS(
        "# TYPE c counter\nc_created{a=\"1\"} 1.5\nc_total{a=\"1\"} 1\nc_total{a=\"2\"} 2\n"
        "c_created{a=\"2\"} 1.520430000123e+09\nc_total{a=\"3\"} 3 7\n"
        "c_created{a=\"3\"} 4 7\nc_created{a=\"4\"} 5\nc_total{a=\"4\"} 6 8\n"
        "c_total{a=\"4\"} 7 9\nc_created{a=\"4\"} 5\nc_total{a=\"5\"} 8\n"
        "c_created{a=\"5\"} -1\n",
        "# TYPE c counter\nc_total{a=\"1\"} 1.0\nc_created{a=\"1\"} 1.5\n"
        "c_total{a=\"2\"} 2.0\nc_created{a=\"2\"} 1520430000.123\n"
        "c_total{a=\"3\"} 3.0 7\nc_created{a=\"3\"} 4\nc_total{a=\"4\"} 6.0 8\n"
        "c_created{a=\"4\"} 5\nc_total{a=\"4\"} 7.0 9\nc_created{a=\"4\"} 5\n"
        "c_total{a=\"5\"} 8.0\nc_created{a=\"5\"} -1\n");
    CHECK_READS("# TYPE h histogram\nh_created 3\nh_bucket{le=\"+Inf\"} 1\nh_count 1\nh_sum 2\n"
                "# TYPE s summary\ns_created 3.25\n",
                "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 2.0\nh_count 1\n"
                "h_created 3\n# TYPE s summary\ns_sum NaN\ns_count 0\ns_created 3.25\n");
}

static void test_histograms(void)
{
    CHECK_READS(
        "# TYPE h histogram\nh_count 17\nh_bucket{le=\"0\"} 0\nh_bucket{le=\"1e-05\"} 0.0\n"
        "h_bucket{le=\"1.1e-4\"} 5\nh_bucket{le=\"1\"} 1e1\nh_bucket{le=\"100000000000\"} "
        "16\nh_bucket{le=\"+Inf\"} 17\nh_sum 324789.3\n",
        "# TYPE h histogram\nh_bucket{le=\"0.0\"} 0\nh_bucket{le=\"1e-05\"} 0\n"
        "h_bucket{le=\"0.00011\"} 5\nh_bucket{le=\"1.0\"} 10\n"
        "h_bucket{le=\"1e+11\"} 16\nh_bucket{le=\"+Inf\"} 17\nh_sum 324789.3\n"
        "h_count 17\n");
    /* without sum and count; sums that a histogram of negative values has */
    CHECK_READS(
        "# TYPE h histogram\nh_bucket{a=\"b\",le=\"-Inf\"} 0\nh_bucket{a=\"b\",le=\"-1\"} 1\n"
        "h_bucket{le=\"+Inf\",a=\"b\"} 3\nh_bucket{a=\"c\",le=\"+Inf\"} 3\n"
        "h_sum{a=\"c\"} -7.5\nh_count{a=\"c\"} 3\n",
        "# TYPE h histogram\nh_bucket{a=\"b\",le=\"-Inf\"} 0\n"
        "h_bucket{a=\"b\",le=\"-1.0\"} 1\nh_bucket{a=\"b\",le=\"+Inf\"} 3\n"
        "h_sum{a=\"b\"} NaN\nh_count{a=\"b\"} 3\nh_bucket{a=\"c\",le=\"+Inf\"} 3\n"
        "h_sum{a=\"c\"} -7.5\nh_count{a=\"c\"} 3\n");
    CHECK_READS("# TYPE g gaugehistogram\ng_bucket{le=\"-1\"} 1\ng_bucket{le=\"+Inf\"} 3\n"
                "g_gcount 3\ng_gsum -5\n",
                "# TYPE g gaugehistogram\ng_bucket{le=\"-1.0\"} 1\ng_bucket{le=\"+Inf\"} 3\n"
                "g_gsum -5.0\ng_gcount 3\n");
}

static void test_summaries(void)
{
    CHECK_READS(
        "# TYPE s summary\ns{quantile=\"1\"} 0.8\ns_count 1\ns{quantile=\"0.5\"} NaN\n"
        "s_sum 2\ns{a=\"b\",quantile=\"0\"} 0\n",
        "# TYPE s summary\ns{quantile=\"0.5\"} NaN\ns{quantile=\"1.0\"} 0.8\ns_sum 2.0\n"
        "s_count 1\ns{a=\"b\",quantile=\"0.0\"} 0.0\ns_sum{a=\"b\"} NaN\n"
        "s_count{a=\"b\"} 0\n");
}

static void test_infos_and_states(void)
{
    CHECK_READS("# TYPE a info\na_info{v=\"1\"} 1.0\na_info 1\n# TYPE b stateset\n"
                "b{b=\"on\",e=\"x\"} 1.0\nb{b=\"off\",e=\"x\"} 0\nb{e=\"y\",b=\"off\"} -0\n",
                "# TYPE a info\na_info{v=\"1\"} 1\na_info 1\n# TYPE b stateset\n"
                "b{e=\"x\",b=\"on\"} 1\nb{e=\"x\",b=\"off\"} 0\nb{e=\"y\",b=\"off\"} 0\n");
}

#define LONG_LABEL                                                                             \
    "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678" \
    "901234567890123456789012345678901234567"

static void test_exemplars(void)
{
    CHECK_READS_AS_IT_IS("# TYPE c counter\nc_total 0.0 123 # {a=\"b\"} 0.5\n"
                         "# TYPE d counter\nd_total 1.0 # {} 2.0 1520879607.123456789\n");
    CHECK_READS_AS_IT_IS(
        "# TYPE h histogram\nh_bucket{le=\"1.0\"} 1 # {z=\"} # \\\" {\",a=\"\"} 0.5\n"
        "h_bucket{le=\"2.0\"} 2\nh_bucket{le=\"+Inf\"} 3 # {x=\"" LONG_LABEL
        "\"} NaN\nh_sum 1.0\nh_count 3\n");
    CHECK_REFUSED("# TYPE c counter\nc_total 1 # {x=\"8" LONG_LABEL "\"} 1\n",
                  "line 2, column 1: 'c_total': the labels of an exemplar have more than 128 "
                  "characters");
    /* one may stand in a higher bucket than its own: it comes to lie where it belongs */
    CHECK_READS("# TYPE g gaugehistogram\ng_bucket{le=\"1\"} 1 # {a=\"b\"} 0.5\n"
                "g_bucket{le=\"+Inf\"} 3 # {a=\"c\"} 0.7\n",
                "# TYPE g gaugehistogram\ng_bucket{le=\"1.0\"} 1 # {a=\"c\"} 0.7\n"
                "g_bucket{le=\"+Inf\"} 3\ng_gsum NaN\ng_gcount 3\n");
}

/* What the snapshot holds that the text does not show. */
static void test_the_snapshot(void)
{
    static const char input[] = "# TYPE c counter\nc_total{b=\"1\",a=\"2\"} 3 4 # {} 5 6\n"
                                "c_created{a=\"2\",b=\"1\"} 7\n# EOF\n";
    prom_snapshot *s = NULL;
    char *text = NULL;
    size_t n;
    CHECK_OK(prom_parse_openmetrics(input, sizeof input - 1, &s));
    FILE *out = open_memstream(&text, &n);
    CHECK_OK(dump_snapshot(out, s));
    fclose(out);
    CHECK_STR(text,
              "counter c_total{a=1:2,b=1:1,} 3 sum 0 count 0 exemplar {}5@6000000000 at 4000 "
              "created 7000000000\n");
    free(text);
    prom_unref(s);
}

/* Time and memory must be in proportion to the text. */
static void test_much(void)
{
    enum { N = 20000 };
    char *text = malloc(N * 100 + 100), *p = text;
    for (int i = 0; i < N; i++)
        p += sprintf(p, "# TYPE f%d gauge\nf%d 1.0\n", i, i);
    p += sprintf(p, "# TYPE h histogram\n");
    for (int i = 0; i < N; i++)
        p += sprintf(p, "h_bucket{le=\"%d.0\"} %d # {} %d.0\n", i, i, i);
    p += sprintf(p, "h_bucket{le=\"+Inf\"} %d\nh_sum 0.0\nh_count %d\n# EOF\n", N, N);
    prom_snapshot *s = NULL;
    CHECK_OK(prom_parse_openmetrics(text, (size_t)(p - text), &s));
    CHECK_INT(prom_snapshot_size(s), N + 1);
    prom_unref(s);
    free(text);
}

TESTS(ROW(test_the_example_of_the_document), ROW(test_little_and_nothing), ROW(test_metadata),
      ROW(test_names_that_do_not_clash), ROW(test_labels), ROW(test_numbers), ROW(test_times),
      ROW(test_points), ROW(test_created), ROW(test_histograms), ROW(test_summaries),
      ROW(test_infos_and_states), ROW(test_exemplars), ROW(test_the_snapshot), ROW(test_much))
