// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <prom/parse.h>

/* What text reads as, written again; for free(). */
static char *again(const char *text, size_t n)
{
    prom_snapshot *s = NULL;
    char *out = NULL, *copy = NULL;
    if (prom_parse_text(text, n, &s) != PROM_OK)
        return NULL;
    if (CHECK_OK(prom_encode_string(&prom_text, s, &out, &n))) {
        copy = malloc(n + 1);
        memcpy(copy, out, n + 1);
    }
    prom_free(out);
    prom_unref(s);
    return copy;
}

static void check_reads(const char *text, const char *want, int line)
{
    char *got = again(text, strlen(text));
    if (!got)
        fprintf(stderr, "    %s\n", prom_error(PROM_E_SYNTAX));
    check_str(got, want, __FILE__, line, text);
    char *twice = got ? again(got, strlen(got)) : NULL;
    check_str(twice, got, __FILE__, line, "read again");
    free(got);
    free(twice);
}
#define CHECK_READS(text, want) check_reads((text), (want), __LINE__)

static void check_refused(const char *text, const char *sentence, int line)
{
    prom_snapshot *s = (prom_snapshot *)&s;
    prom_err e = prom_parse_text(text, strlen(text), &s);
    check_str(prom_err_name(e), "PROM_E_SYNTAX", __FILE__, line, text);
    check_str(prom_error(e), sentence, __FILE__, line, text);
    check_report(!s, __FILE__, line, "a snapshot after an error");
    prom_unref(e ? NULL : s);
}
#define CHECK_REFUSED(text, sentence) check_refused((text), (sentence), __LINE__)

static void test_the_example_of_the_document(void)
{
    CHECK_READS("# HELP http_requests_total The total number of HTTP requests.\n"
                "# TYPE http_requests_total counter\n"
                "http_requests_total{method=\"post\",code=\"200\"} 1027 1395066363000\n"
                "http_requests_total{method=\"post\",code=\"400\"}    3 1395066363000\n"
                "\n"
                "# Escaping in label values:\n"
                "msdos_file_access_time_seconds{path=\"C:\\\\DIR\\\\FILE.TXT\",error=\"Cannot "
                "find file:\\n\\\"FILE.TXT\\\"\"} 1.458255915e9\n"
                "\n"
                "# Minimalistic line:\n"
                "metric_without_timestamp_and_labels 12.47\n"
                "\n"
                "# A weird metric from before the epoch:\n"
                "something_weird{problem=\"division by zero\"} +Inf -3982045\n"
                "\n"
                "# A histogram, which has a pretty complex representation in the text format:\n"
                "# HELP http_request_duration_seconds A histogram of the request duration.\n"
                "# TYPE http_request_duration_seconds histogram\n"
                "http_request_duration_seconds_bucket{le=\"0.05\"} 24054\n"
                "http_request_duration_seconds_bucket{le=\"0.1\"} 33444\n"
                "http_request_duration_seconds_bucket{le=\"+Inf\"} 144320\n"
                "http_request_duration_seconds_sum 53423\n"
                "http_request_duration_seconds_count 144320\n"
                "\n"
                "# Finally a summary, which has a complex representation, too:\n"
                "# HELP rpc_duration_seconds A summary of the RPC duration in seconds.\n"
                "# TYPE rpc_duration_seconds summary\n"
                "rpc_duration_seconds{quantile=\"0.01\"} 3102\n"
                "rpc_duration_seconds{quantile=\"0.99\"} 76656\n"
                "rpc_duration_seconds_sum 1.7560473e+07\n"
                "rpc_duration_seconds_count 2693\n",
                "# HELP http_requests_total The total number of HTTP requests.\n"
                "# TYPE http_requests_total counter\n"
                "http_requests_total{code=\"200\",method=\"post\"} 1027 1395066363000\n"
                "http_requests_total{code=\"400\",method=\"post\"} 3 1395066363000\n"
                "# TYPE msdos_file_access_time_seconds untyped\n"
                "msdos_file_access_time_seconds{error=\"Cannot find file:\\n\\\"FILE.TXT\\\"\","
                "path=\"C:\\\\DIR\\\\FILE.TXT\"} 1.458255915e+09\n"
                "# TYPE metric_without_timestamp_and_labels untyped\n"
                "metric_without_timestamp_and_labels 12.47\n"
                "# TYPE something_weird untyped\n"
                "something_weird{problem=\"division by zero\"} +Inf -3982045\n"
                "# HELP http_request_duration_seconds A histogram of the request duration.\n"
                "# TYPE http_request_duration_seconds histogram\n"
                "http_request_duration_seconds_bucket{le=\"0.05\"} 24054\n"
                "http_request_duration_seconds_bucket{le=\"0.1\"} 33444\n"
                "http_request_duration_seconds_bucket{le=\"+Inf\"} 144320\n"
                "http_request_duration_seconds_sum 53423\n"
                "http_request_duration_seconds_count 144320\n"
                "# HELP rpc_duration_seconds A summary of the RPC duration in seconds.\n"
                "# TYPE rpc_duration_seconds summary\n"
                "rpc_duration_seconds{quantile=\"0.01\"} 3102\n"
                "rpc_duration_seconds{quantile=\"0.99\"} 76656\n"
                "rpc_duration_seconds_sum 1.7560473e+07\n"
                "rpc_duration_seconds_count 2693\n");
}

static void test_little_and_nothing(void)
{
    CHECK_READS("", "");
    CHECK_READS("\n\n \t\n   ", "");
    CHECK_READS("#\n# \n#x\n# HELP\n# TYPE\n# HELP x\n# TYPE x \n# HELPx y\n", "");
    CHECK_READS("# EOF\r\n# \xc3\xa4\n", "");
    prom_snapshot *s = NULL;
    CHECK_OK(prom_parse_text(NULL, 0, &s));
    CHECK_INT(prom_snapshot_size(s), 0);
    prom_unref(s);
    CHECK_ERR(prom_parse_text(NULL, 1, &s), PROM_E_INVAL);
}

static void test_blanks(void)
{
    CHECK_READS(
        "  a\t1 \n \tb {  x = \"1\" ,\ty=\"2\" , } \t2\t 3 \n  # \tTYPE \tc\tGauge \nc{}4\n"
        "#HELP c   d  \n",
        "# TYPE a untyped\na 1\n# TYPE b untyped\nb{x=\"1\",y=\"2\"} 2 3\n"
        "# HELP c d  \n# TYPE c gauge\nc 4\n");
}

static void test_numbers(void)
{
    CHECK_READS("a 1\nb -1.50\nc +1e6\nd nan\ne -inf\nf +Infinity\ng 5.\nh .5\ni -0\n",
                "# TYPE a untyped\na 1\n# TYPE b untyped\nb -1.5\n# TYPE c untyped\nc 1e+06\n"
                "# TYPE d untyped\nd NaN\n# TYPE e untyped\ne -Inf\n# TYPE f untyped\nf +Inf\n"
                "# TYPE g untyped\ng 5\n# TYPE h untyped\nh 0.5\n# TYPE i untyped\ni 0\n");
    CHECK_REFUSED("a 0x10\n", "line 1, column 3: '0x10' is not a number");
    CHECK_REFUSED("a 0x1p4\n", "line 1, column 3: '0x1p4' is not a number");
    CHECK_REFUSED("a 1_000\n", "line 1, column 3: '1_000' is not a number");
    CHECK_REFUSED("a 1e999\n", "line 1, column 3: '1e999' is not a number");
    CHECK_REFUSED("a 1\r\n", "line 1, column 3: '1\r' is not a number");
    CHECK_REFUSED("a\n", "line 1, column 2: no value");
    CHECK_REFUSED("a{} \n", "line 1, column 5: no value");
    CHECK_REFUSED("a 1 1.5\n", "line 1, column 5: '1.5' is not a time in milliseconds");
    CHECK_REFUSED("a 1 9223372036854775808\n",
                  "line 1, column 5: '9223372036854775808' is not a time in milliseconds");
    CHECK_REFUSED("a 1 2 3\n", "line 1, column 7: more behind the time");
    CHECK_REFUSED("a 1 # {} 1\n", "line 1, column 5: '#' is not a time in milliseconds");
}

static void test_names(void)
{
    CHECK_READS(":a:0_ 1\n{\"b\"} 1\n{\"c\",l=\"v\"} 1\nd{\"l\"=\"v\"} 1\n",
                "# TYPE :a:0_ untyped\n:a:0_ 1\n# TYPE b untyped\nb 1\n# TYPE c untyped\n"
                "c{l=\"v\"} 1\n# TYPE d untyped\nd{l=\"v\"} 1\n");
    const char *text = "# HELP \"a.\\\"b\\\\\\n\" h\n# TYPE \"a.\\\"b\\\\\\n\" gauge\n"
                       "{\"a.\\\"b\\\\\\n\", \"l.\xc3\xa4\"=\"v\"} 1\n";
    prom_snapshot *s = NULL;
    if (CHECK_OK(prom_parse_text(text, strlen(text), &s))) {
        const prom_family *f = prom_snapshot_at(s, 0);
        double v = 0;
        CHECK_INT(prom_snapshot_size(s), 1);
        CHECK_STR(f->name, "a.\"b\\\n");
        CHECK_STR(f->help, "h");
        CHECK_INT(f->type, PROM_GAUGE);
        CHECK_OK(prom_snapshot_value(s, f->name, PROM_CONST_LABELS({ "l.\xc3\xa4", "v" }), &v));
        CHECK_DBL(v, 1);
    }
    prom_unref(s);
    CHECK_REFUSED("1a 1\n", "line 1, column 1: this is not a metric name");
    CHECK_REFUSED("a.b 1\n", "line 1, column 2: this cannot be in a metric name");
    CHECK_REFUSED("\"a\" 1\n", "line 1, column 1: this is not a metric name");
    CHECK_REFUSED("\xef\xbb\xbf"
                  "a 1\n",
                  "line 1, column 1: this is not a metric name");
    CHECK_REFUSED("# TYPE a.b gauge\n", "line 1, column 9: this cannot be in a metric name");
    CHECK_REFUSED("# TYPE 1 gauge\n", "line 1, column 8: this is not a metric name");
    CHECK_REFUSED("# TYPE \"\" gauge\n", "line 1, column 8: this is not a metric name");
    CHECK_REFUSED("{} 1\n", "line 1, column 1: the metric has no name");
    CHECK_REFUSED("{l=\"v\"} 1\n", "line 1, column 1: the metric has no name");
    CHECK_REFUSED("{l=\"v\",\"a\"} 1\n", "line 1, column 11: label 'a' has no = and value");
    CHECK_REFUSED("{a} 1\n", "line 1, column 3: label 'a' has no = and value");
    CHECK_REFUSED("{\"a\",\"b\"} 1\n", "line 1, column 9: label 'b' has no = and value");
    CHECK_REFUSED("a{\"b\"} 1\n", "line 1, column 1: the metric has two names");
    CHECK_REFUSED("{\"\"} 1\n", "line 1, column 2: a label name is missing");
    CHECK_REFUSED("{\"a\n\"} 1\n",
                  "line 1, column 2: the name has no closing quote in its line");
}

static void test_names_with_nul(void)
{
    prom_snapshot *s = NULL;
    CHECK_SAYS(prom_parse_text("{\"a\0b\"} 1\n", 10, &s), PROM_E_SYNTAX,
               "line 1, column 1: a metric's name has a NUL in it");
    CHECK_SAYS(prom_parse_text("# HELP a b\0c\n", 13, &s), PROM_E_SYNTAX,
               "line 1, column 8: the help text of 'a' has a NUL in it");
    CHECK_OK(prom_parse_text("a{b=\"\0\"} 1\n", 11, &s));
    char *text = NULL;
    size_t n = 0;
    CHECK_OK(prom_encode_string(&prom_text, s, &text, &n));
    CHECK(kit_find(text, n, "# TYPE a untyped\n") && n == 17 + 11);
    prom_free(text);
    prom_unref(s);
}

static void test_labels(void)
{
    CHECK_READS("a{b=\"\"} 1\na 2\na{b=\"\\\\\\\"\\n{},=\"} 3\na{c=\"\xc3\xa4\t\"} 4\n",
                "# TYPE a untyped\na{b=\"\"} 1\na 2\na{b=\"\\\\\\\"\\n{},=\"} 3\n"
                "a{c=\"\xc3\xa4\t\"} 4\n");
    CHECK_REFUSED("a{b=\"c} 1\n",
                  "line 1, column 5: the label value has no closing quote in its line");
    CHECK_REFUSED("a{b=\"c\\\n",
                  "line 1, column 5: the label value has no closing quote in its line");
    CHECK_REFUSED("a{b=\"c\\",
                  "line 1, column 5: the label value has no closing quote in its line");
    CHECK_REFUSED("a{b=\"\\t\"} 1\n",
                  "line 1, column 6: the label value has a backslash before "
                  "neither \\, \" nor n");
    CHECK_REFUSED("a{b=c} 1\n", "line 1, column 5: the value of label 'b' has no quotes");
    CHECK_REFUSED("a{b=\"c\"", "line 1, column 8: neither , nor } after a label");
    CHECK_REFUSED("a{b=\"c\" d=\"e\"} 1\n", "line 1, column 9: neither , nor } after a label");
    CHECK_REFUSED("a{,} 1\n", "line 1, column 3: a label name is missing");
    CHECK_REFUSED("a{b=\"c\",,} 1\n", "line 1, column 9: a label name is missing");
    CHECK_REFUSED("a{", "line 1, column 3: a label name is missing");
    CHECK_REFUSED("a{b:c=\"d\"} 1\n", "line 1, column 4: label 'b' has no = and value");
    CHECK_REFUSED("x 1\na{b=\"1\",c=\"\",b=\"2\"} 1\n",
                  "line 2, column 2: label 'b' is there twice");
    CHECK_READS("a{__=\"1\",__meta=\"2\"} 1\n",
                "# TYPE a untyped\na{__=\"1\",__meta=\"2\"} 1\n");
    CHECK_REFUSED("a{__name__=\"b\"} 1\n",
                  "line 1, column 1: 'a': label '__name__' is the metric's name");
    CHECK_REFUSED("a{\"b.c\"=\"\",b_c=\"\"} 1\n",
                  "line 1, column 1: 'a': labels 'b.c' and 'b_c' would be one in text");
}

static void test_metadata(void)
{
    CHECK_READS("# TYPE a counter\n# HELP a x\\\\y\\nz\\\"\na 1\n# HELP b only help\n",
                "# HELP a x\\\\y\\nz\"\n# TYPE a counter\na 1\n"
                "# HELP b only help\n# TYPE b untyped\n");
    CHECK_READS("a 1\n# HELP a late\n# HELP a  \n", "# HELP a late\n# TYPE a untyped\na 1\n");
    CHECK_READS("# TYPE a GaugeHistogram\na_count 0\n",
                "# TYPE a histogram\na_bucket{le=\"+Inf\"} 0\na_sum NaN\na_count 0\n");
    CHECK_REFUSED("# HELP a b\n# HELP a c\n", "line 2, column 8: 'a' has a second HELP line");
    CHECK_REFUSED("# TYPE a gauge\n# TYPE a gauge\n",
                  "line 2, column 8: 'a' has a second TYPE line");
    CHECK_REFUSED("a 1\n# TYPE a gauge\n",
                  "line 2, column 8: 'a' has a second TYPE line, or one after its samples");
    CHECK_REFUSED("# TYPE a info\n", "line 1, column 10: 'info' is not a metric type");
    CHECK_REFUSED("# TYPE a counter\r\n",
                  "line 1, column 10: 'counter\r' is not a metric type");
    CHECK_REFUSED("# TYPE a gauge b\n", "line 1, column 15: the type is more than one word");
    CHECK_REFUSED("# HELP a b\\c\n", "line 1, column 11: the help text has a backslash before "
                                     "neither \\, \" nor n");
    CHECK_REFUSED("# HELP a b\\\n", "line 1, column 11: the help text has a backslash before "
                                    "neither \\, \" nor n");
}

static void test_the_last_line_ends(void)
{
    CHECK_REFUSED("a 1", "line 1, column 4: the last line has no end");
    CHECK_REFUSED("a 1\n# x", "line 2, column 4: the last line has no end");
    CHECK_REFUSED("# HELP a b", "line 1, column 11: the last line has no end");
    CHECK_REFUSED("a", "line 1, column 2: no value");
}

static void test_columns_are_characters(void)
{
    CHECK_REFUSED("a{b=\"\xc3\xa4\xe2\x82\xac\"} x\n",
                  "line 1, column 11: 'x' is not a number");
    CHECK_REFUSED("a 1\nb{c=\"\xc3\xa4\xff\"} 1\n",
                  "line 2, column 7: the text is not valid UTF-8");
    CHECK_REFUSED("a 1\n\xed\xa0\x80\n", "line 2, column 1: the text is not valid UTF-8");
    CHECK_REFUSED("a 1\n\xc3", "line 2, column 1: the text is not valid UTF-8");
}

static void test_histograms(void)
{
    CHECK_READS("# TYPE h histogram\n"
                "h_count{a=\"2\"} 3\n"
                "h_bucket{le=\"+Inf\",a=\"1\"} 4\n"
                "h_bucket{a=\"1\",le=\"10.0\"} 3\n"
                "h_sum{a=\"2\"} 7\n"
                "h_bucket{a=\"1\",le=\"2\"} 1 77\n",
                "# TYPE h histogram\n"
                "h_bucket{a=\"2\",le=\"+Inf\"} 3\n"
                "h_sum{a=\"2\"} 7\n"
                "h_count{a=\"2\"} 3\n"
                "h_bucket{a=\"1\",le=\"2\"} 1 77\n"
                "h_bucket{a=\"1\",le=\"10\"} 3 77\n"
                "h_bucket{a=\"1\",le=\"+Inf\"} 4 77\n"
                "h_sum{a=\"1\"} NaN 77\n"
                "h_count{a=\"1\"} 4 77\n");
    CHECK_READS("# TYPE h histogram\nh_count 18446744073709551615\nh_sum 0\n",
                "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1.8446744073709552e+19\nh_sum 0\n"
                "h_count 1.8446744073709552e+19\n");
    /* Without a TYPE line they are samples as any other, and of another's name too. */
    CHECK_READS("h_bucket{le=\"1\"} 1.5\n# TYPE x histogram\nxh_sum 1\n",
                "# TYPE h_bucket untyped\nh_bucket{le=\"1\"} 1.5\n# TYPE x histogram\n"
                "# TYPE xh_sum untyped\nxh_sum 1\n");
}

#define TYPE "# TYPE h histogram\n"

static void test_what_cannot_be_a_histogram(void)
{
    CHECK_REFUSED(TYPE "h_bucket 1\n", "line 2, column 1: 'h_bucket' has no label 'le'");
    CHECK_REFUSED(TYPE "h 1\n", "line 2, column 1: 'h' is a histogram, whose samples end in "
                                "_bucket, _sum or _count");
    CHECK_REFUSED(TYPE "h_bucket{le=\"x\"} 1\n",
                  "line 2, column 1: 'h_bucket': label 'le' is 'x', no number");
    CHECK_REFUSED(TYPE "h_bucket{le=\"NaN\"} 1\n",
                  "line 2, column 1: 'h_bucket': label 'le' is 'NaN', no number");
    CHECK_REFUSED(TYPE "h_bucket{le=\"1\"} 1\n", "line 2, column 1: this histogram 'h' has "
                                                 "neither a +Inf bucket nor a count");
    CHECK_REFUSED(TYPE "h_sum 1\n", "line 2, column 1: this histogram 'h' has neither a +Inf "
                                    "bucket nor a count");
    CHECK_REFUSED(TYPE "h_count 1.5\n",
                  "line 2, column 1: 'h_count' is a count, but no whole number");
    CHECK_REFUSED(TYPE "h_count -1\n",
                  "line 2, column 1: 'h_count' is a count, but no whole number");
    CHECK_REFUSED(TYPE "h_bucket{le=\"1\"} NaN\n",
                  "line 2, column 1: 'h_bucket' is a count, but no whole number");
    CHECK_REFUSED(TYPE "h_count 2e19\n",
                  "line 2, column 1: 'h_count' is a count, but no whole number");
    CHECK_REFUSED(TYPE "h_count 1\nh_count 1\n",
                  "line 3, column 1: this sample of 'h_count' is there twice");
    CHECK_REFUSED(TYPE "h_bucket{le=\"+Inf\"} 1\nh_bucket{le=\"inf\"} 1\n",
                  "line 3, column 1: this bucket of 'h' is there twice");
    CHECK_REFUSED(TYPE "h_bucket{le=\"+Inf\"} 1\nh_count 2\n",
                  "line 2, column 1: 'h': the +Inf bucket differs from the count");
    CHECK_REFUSED(TYPE "h_count{le=\"1\"} 2\n",
                  "line 2, column 1: 'h': label 'le' is reserved in a histogram");
    CHECK_REFUSED(TYPE "h_count 1\n\n# TYPE h_sum gauge\n",
                  "line 4, column 8: 'h_sum' is a metric of its own, and a sample of the "
                  "histogram 'h' too");
    CHECK_REFUSED("h_count 1\n" TYPE, "line 2, column 8: 'h_count' is a metric of its own, and "
                                      "a sample of the histogram 'h' too");
}

static void test_summaries(void)
{
    CHECK_READS("# TYPE s summary\ns_count 3\ns{quantile=\"0.90\"} nan\ns_sum 7\n"
                "s{quantile=\"0\"} 1\ns{a=\"b\",quantile=\"1\"} 5\ns_bucket 2\n",
                "# TYPE s summary\ns{quantile=\"0\"} 1\ns{quantile=\"0.9\"} NaN\ns_sum 7\n"
                "s_count 3\ns{a=\"b\",quantile=\"1\"} 5\ns_sum{a=\"b\"} NaN\n"
                "s_count{a=\"b\"} 0\n# TYPE s_bucket untyped\ns_bucket 2\n");
    CHECK_REFUSED("# TYPE s summary\ns 1\n", "line 2, column 1: 's' has no label 'quantile'");
    CHECK_REFUSED("# TYPE s summary\ns{quantile=\"1.5\"} 1\n",
                  "line 2, column 1: 's': quantile 1.5 is not between 0 and 1");
    CHECK_REFUSED("# TYPE s summary\ns{quantile=\".5\"} 1\ns{quantile=\"0.5\"} 1\n",
                  "line 3, column 1: this quantile of 's' is there twice");
    CHECK_REFUSED("# TYPE s summary\ns_count -1\n",
                  "line 2, column 1: 's_count' is a count, but no whole number");
}

static void test_what_is_there_twice(void)
{
    CHECK_REFUSED("a 1\na 2\n", "line 2, column 1: this sample of 'a' is there twice");
    CHECK_REFUSED("a{x=\"1\",y=\"2\"} 1\nb 1\n  a{y=\"2\",x=\"1\"} 1\n",
                  "line 3, column 3: this sample of 'a' is there twice");
    CHECK_REFUSED("a 1 5\na 2 5\n", "line 2, column 1: this sample of 'a' is there twice");
    CHECK_READS("a 1\na 2 5\na 2 6\nb 1\na{x=\"\"} 1\n",
                "# TYPE a untyped\na 1\na 2 5\na 2 6\na{x=\"\"} 1\n# TYPE b untyped\nb 1\n");
}

/* Many families, many metrics of one, many labels, many buckets: each must take its time once
 * only. That it does shows in the time the tests take, which nobody measures. */
static void test_a_lot(void)
{
    enum { N = 50000 };
    char *text = malloc(N * 80), *at = text;
    prom_snapshot *s = NULL;
    for (int i = 0; i < N; i++)
        at += sprintf(at, "a%d 1\n", i);
    for (int i = 0; i < N; i++)
        at += sprintf(at, "b{x=\"%d\"} 1\n", i);
    at += sprintf(at, "# TYPE h histogram\n");
    for (int i = N; i > 0; i--)
        at += sprintf(at, "h_bucket{le=\"%d\"} %d\n", i, i);
    at += sprintf(at, "h_count %d\n", N);
    if (CHECK_OK(prom_parse_text(text, (size_t)(at - text), &s)))
        CHECK_INT(prom_snapshot_size(s), N + 2);
    prom_unref(s);
    s = NULL;
    at = text + sprintf(text, "a{");
    for (int i = 0; i <= 1000; i++)
        at += sprintf(at, "x%d=\"\",", i);
    at += sprintf(at, "} 1\n");
    CHECK_SAYS(prom_parse_text(text, (size_t)(at - text), &s), PROM_E_SYNTAX,
               "line 1, column 7899: more than 1000 labels");
    free(text);
}

TESTS(ROW(test_the_example_of_the_document), ROW(test_little_and_nothing), ROW(test_blanks),
      ROW(test_numbers), ROW(test_names), ROW(test_names_with_nul), ROW(test_labels),
      ROW(test_metadata), ROW(test_the_last_line_ends), ROW(test_columns_are_characters),
      ROW(test_histograms), ROW(test_what_cannot_be_a_histogram), ROW(test_summaries),
      ROW(test_what_is_there_twice), ROW(test_a_lot))
