// SPDX-License-Identifier: Apache-2.0
/* otlp_test.c - what becomes of each type in OTLP, of times and ids that are none, of native
 * buckets far apart; requests of bounded size; resources that are none. */
#define _GNU_SOURCE /* program_invocation_short_name */
#include "encode/otlp.h"
#include "otlp_dump.h"

#include <prom/parse.h>

#include <errno.h>

static const int64_t now = 1700000060000000000;
static const prom_label resource[] = { { "service.name", "demo" }, { NULL, NULL } };

typedef struct bytes {
    char *p;
    size_t n;
} bytes;

static prom_err add(void *data, const char *p, size_t n)
{
    bytes *b = data;
    b->p = realloc(b->p, b->n + n);
    memcpy(b->p + b->n, p, n);
    b->n += n;
    return PROM_OK;
}

/* The snapshot, which is given back. */
static bytes encoded(prom_snapshot *s, const prom_otlp_opts *o)
{
    bytes b = { NULL, 0 };
    CHECK_OK(prom_otlp_encode(s, o, now, &(prom_writer){ add, &b }));
    prom_unref(s);
    return b;
}

static prom_snapshot *parsed(const char *text)
{
    prom_snapshot *s = NULL;
    CHECK_OK(prom_parse_openmetrics(text, strlen(text), &s));
    return s;
}

/* The metrics alone, as the dump shows them. */
static void check_metrics(prom_snapshot *s, const char *want, const char *file, int line)
{
    bytes b = encoded(s, NULL);
    prom_str metrics = b.n ? otlp_metrics(b.p, b.n) : (prom_str){ "", 0 };
    char *text = otlp_text(metrics.p, metrics.n, otlp_scope_metrics);
    check_str(text, want, file, line, "the metrics");
    free(text);
    free(b.p);
}
#define CHECK_METRICS(s, want)   check_metrics((s), (want), __FILE__, __LINE__)
#define CHECK_PARSED(text, want) CHECK_METRICS(parsed(text "# EOF\n"), (want))

#define NOW   " time=1700000060000000000"
#define START " start=1700000000000000000"

/* --- types ---------------------------------------------------------------- */

static void test_counter(void)
{
    CHECK_PARSED("# TYPE a counter\n# HELP a Help.\na_total{x=\"1\",y=\"\"} 5\n"
                 "a_created{x=\"1\",y=\"\"} 1700000000\na_total{x=\"2\",y=\"z\"} 0\n",
                 "{ metric{ name=a_total description=Help. sum{"
                 " point{" START NOW " double=5 x=\"1\" }"
                 " point{" NOW " double=0 x=\"2\" y=\"z\" } temporality=2 monotonic=1 } } }");
}

static void test_plain_gauges_and_unknowns(void)
{
    CHECK_PARSED("# TYPE g_celsius gauge\n# UNIT g_celsius celsius\ng_celsius -1.5\n"
                 "# TYPE u unknown\nu{a=\"b\"} NaN\n",
                 "{ metric{ name=g_celsius unit=Cel gauge{ point{" NOW " double=-1.5 } } }"
                 " metric{ name=u gauge{ point{" NOW
                 " double=NaN a=\"b\" } } prometheus.type=\"unknown\" } }");
}

static void test_info_and_states_are_sums_that_may_fall(void)
{
    CHECK_PARSED("# TYPE b info\nb_info{v=\"1\"} 1\n"
                 "# TYPE s stateset\ns{s=\"off\",w=\"x\"} 0\ns{s=\"on\",w=\"x\"} 1\n",
                 "{ metric{ name=b_info sum{ point{" NOW " double=1 v=\"1\" } temporality=2 }"
                 " prometheus.type=\"info\" }"
                 " metric{ name=s sum{ point{" NOW " double=0 w=\"x\" s=\"off\" }"
                 " point{" NOW " double=1 w=\"x\" s=\"on\" } temporality=2 }"
                 " prometheus.type=\"stateset\" } }");
}

static void test_summary(void)
{
    CHECK_PARSED("# TYPE s summary\ns{quantile=\"0.5\"} 1.5\ns{quantile=\"1.0\"} NaN\n"
                 "s_sum 7\ns_count 3\ns_created 1700000000\n",
                 "{ metric{ name=s summary{ point{" START NOW " count=3 sum=7"
                 " quantile{ q=0.5 value=1.5 } quantile{ q=1 value=NaN } } } } }");
}

static void test_classic_histogram(void)
{
    CHECK_PARSED("# TYPE h histogram\n"
                 "h_bucket{a=\"b\",le=\"-1.0\"} 0\nh_bucket{a=\"b\",le=\"0.0\"} 2\n"
                 "h_bucket{a=\"b\",le=\"2.5\"} 5 # {t=\"x\"} 1 1700000059.5\n"
                 "h_bucket{a=\"b\",le=\"+Inf\"} 6\nh_sum{a=\"b\"} 0.5\nh_count{a=\"b\"} 6\n",
                 "{ metric{ name=h histogram{ point{" NOW " count=6 sum=0.5"
                 " counts=0,2,3,1 bounds=-1,0,2.5"
                 " exemplar{ time=1700000059500000000 double=1 t=\"x\" } a=\"b\" }"
                 " temporality=2 } } }");
    CHECK_PARSED("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 0\nh_sum 0\nh_count 0\n",
                 "{ metric{ name=h histogram{ point{" NOW " sum=0 counts=0 }"
                 " temporality=2 } } }");
}

static void test_gauge_histograms_are_left_out(void)
{
    CHECK_PARSED("# TYPE h gaugehistogram\nh_bucket{le=\"+Inf\"} 1\nh_gsum 1\nh_gcount 1\n"
                 "# TYPE i gauge\ni 1\n",
                 "{ metric{ name=i gauge{ point{" NOW " double=1 } } } }");
}

static void test_names_stay_as_they_are(void)
{
    CHECK_PARSED("# TYPE \"a.b_ä\" gauge\n# UNIT \"a.b_ä\" ä\n{\"a.b_ä\",\"l.l\"=\"v\"} 1\n",
                 "{ metric{ name=a.b_ä unit=ä gauge{ point{" NOW " double=1 l.l=\"v\" } } } }");
}

/* --- times ---------------------------------------------------------------- */

static void test_own_timestamps(void)
{
    CHECK_PARSED("# TYPE g gauge\ng{a=\"1\"} 1 1.5\ng{a=\"2\"} 1 -1.5\n",
                 "{ metric{ name=g gauge{ point{ time=1500000000 double=1 a=\"1\" }"
                 " point{ double=1 a=\"2\" } } } }");
}

static prom_err build_late(prom_builder *b, void *data)
{
    (void)data;
    CHECK_OK(prom_build_family(b, PROM_COUNTER, PROM_OPTS(.name = "c_total")));
    CHECK_OK(prom_build_value(b, NULL, 1));
    CHECK_OK(prom_build_timestamp(b, INT64_MAX));
    CHECK_OK(prom_build_family(b, PROM_COUNTER, PROM_OPTS(.name = "d_total")));
    CHECK_OK(prom_build_value(b, NULL, 1));
    return prom_build_created(b, now + 1);
}

static void test_what_is_later_than_can_be(void)
{
    CHECK_METRICS(kit_built(build_late, NULL),
                  "{ metric{ name=c_total sum{ point{ time=9223372036854775807 double=1 }"
                  " temporality=2 monotonic=1 } }"
                  " metric{ name=d_total sum{ point{" NOW " double=1 }"
                  " temporality=2 monotonic=1 } } }");
}

/* --- exemplars ------------------------------------------------------------ */

#define TRACE "4bf92f3577B34da6a3ce929d0e0e4736"

static void check_exemplar(const char *labels, const char *want, const char *file, int line)
{
    char text[512], all[512];
    snprintf(text, sizeof text, "# TYPE a counter\na_total 1 # {%s} 0\n# EOF\n", labels);
    snprintf(all, sizeof all,
             "{ metric{ name=a_total sum{ point{" NOW " double=1 exemplar{" NOW
             " double=0%s } } temporality=2 monotonic=1 } } }",
             want);
    check_metrics(parsed(text), all, file, line);
}
#define CHECK_EXEMPLAR(labels, want) check_exemplar((labels), (want), __FILE__, __LINE__)

static void test_ids_of_exemplars(void)
{
    CHECK_EXEMPLAR("trace_id=\"" TRACE "\"", " trace_id=4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK_EXEMPLAR("span_id=\"00f067aa0ba902b7\",x=\"y\",trace_id=\"" TRACE "\"",
                   " span_id=00f067aa0ba902b7 trace_id=4bf92f3577b34da6a3ce929d0e0e4736"
                   " x=\"y\"");
}

static void test_ids_that_are_none(void)
{
    CHECK_EXEMPLAR("", "");
    CHECK_EXEMPLAR("trace_id=\"abc\"", " trace_id=\"abc\"");
    CHECK_EXEMPLAR("trace_id=\"\"", " trace_id=\"\"");
    CHECK_EXEMPLAR("span_id=\"00f067aa0ba902bg\"", " span_id=\"00f067aa0ba902bg\"");
    CHECK_EXEMPLAR("span_id=\"0000000000000000\"", " span_id=\"0000000000000000\"");
    CHECK_EXEMPLAR("Trace_id=\"" TRACE "\"", " Trace_id=\"" TRACE "\"");
    CHECK_EXEMPLAR("span_id=\"" TRACE "\"", " span_id=\"" TRACE "\"");
}

/* --- native histograms ---------------------------------------------------- */

typedef struct native_case {
    prom_native native;
    uint64_t count;
    bool classic, exemplar;
} native_case;

static prom_err build_native(prom_builder *b, void *data)
{
    const native_case *c = data;
    prom_bucket bucket = { 1, 1 };
    CHECK_OK(prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "n")));
    CHECK_OK(
        prom_build_native(b, NULL, (double)NAN, c->count, &c->native, &bucket, c->classic));
    if (c->exemplar)
        CHECK_OK(prom_build_exemplar(b, &(prom_exemplar){ NULL, 0, 3, 5 }));
    return PROM_OK;
}

#define NATIVE(...)                              \
    {                                            \
        .size = sizeof(prom_native), __VA_ARGS__ \
    }

static void check_native(const native_case *c, const char *want, const char *file, int line)
{
    native_case copy = *c;
    check_metrics(kit_built(build_native, &copy), want, file, line);
}
#define CHECK_NATIVE(c, want) check_native(&(c), (want), __FILE__, __LINE__)

static void test_exponential(void)
{
    prom_native_bucket positive[] = { { 1, { 5 } }, { 4, { 300 } } };
    prom_native_bucket negative[] = { { -3, { 1 } } };
    native_case c = { .native = NATIVE(.schema = -2, .positive = positive, .n_positive = 2,
                                       .negative = negative, .n_negative = 1),
                      .count = 306,
                      .classic = true,
                      .exemplar = true };
    CHECK_NATIVE(c, "{ metric{ name=n exponential{ point{" NOW " count=306 sum=NaN scale=-2"
                    " positive{ counts=5,0,0,300 } negative{ offset=-4 counts=1 }"
                    " exemplar{ time=5 double=3 } } temporality=2 } } }");
    native_case empty = { .native = NATIVE(.zero_threshold = 0.5) };
    CHECK_NATIVE(empty, "{ metric{ name=n exponential{ point{" NOW " sum=NaN"
                        " zero_threshold=0.5 } temporality=2 } } }");
}

static void test_custom_bounds_are_those_of_a_histogram(void)
{
    prom_native_bucket positive[] = { { 1, { 5 } }, { 3, { 2 } } };
    double bounds[] = { 1, 2, 3 };
    native_case c = { .native = NATIVE(.schema = PROM_CUSTOM_BUCKETS, .positive = positive,
                                       .n_positive = 2, .custom = bounds, .n_custom = 3),
                      .count = 7 };
    CHECK_NATIVE(c, "{ metric{ name=n histogram{ point{" NOW " count=7 sum=NaN"
                    " counts=0,5,0,2 bounds=1,2,3 } temporality=2 } } }");
}

static void test_weights_are_left_out(void)
{
    prom_native_bucket positive[] = { { 1, { .weight = 0.5 } } };
    native_case c = { .native = NATIVE(.is_float = true, .weight = 0.5, .positive = positive,
                                       .n_positive = 1) };
    bytes b = encoded(kit_built(build_native, &c), NULL);
    CHECK_INT(b.n, 0);
    free(b.p);
}

/* The smallest and the largest double, and two in between: of 550,000 buckets a coarser scale
 * (0, which is not said) leaves less than 4,096, and the counts are where they belong. */
static void test_buckets_far_apart(void)
{
    prom_native_bucket positive[] = {
        { -274944, { 1 } }, { -3, { 20 } }, { 1, { 300 } }, { 262144, { 4000 } }
    };
    native_case c = { .native = NATIVE(.schema = 8, .positive = positive, .n_positive = 4),
                      .count = 4321 };
    bytes b = encoded(kit_built(build_native, &c), NULL);
    CHECK(b.n > 2048 && b.n < 4096 + 300);
    char *text = otlp_text(b.p, b.n, otlp_request);
    CHECK(strstr(text, " count=4321 ") != NULL);
    CHECK(strstr(text, " sum=NaN positive{ offset=-1075 counts=1,0,0,") != NULL);
    CHECK(strstr(text, ",0,20,300,0,") != NULL);
    CHECK(strstr(text, ",0,0,4000 }") != NULL);
    free(text);
    free(b.p);
}

static prom_err build_both_kinds(prom_builder *b, void *data)
{
    (void)data;
    CHECK_OK(prom_build_family(b, PROM_HISTOGRAM,
                               PROM_OPTS(.name = "h", .labels = PROM_LABELS("l"))));
    CHECK_OK(prom_build_histogram(b, PROM_VALUES("1"), 0, 0, NULL, 0));
    CHECK_OK(prom_build_native(b, PROM_VALUES("2"), 0, 0, PROM_NATIVE(.schema = 1), NULL, 0));
    return prom_build_histogram(b, PROM_VALUES("3"), 0, 0, NULL, 0);
}

static void test_a_family_of_two_kinds_is_two_metrics(void)
{
    CHECK_METRICS(kit_built(build_both_kinds, NULL),
                  "{ metric{ name=h histogram{ point{" NOW " sum=0 counts=0 l=\"1\" }"
                  " point{" NOW " sum=0 counts=0 l=\"3\" } temporality=2 } }"
                  " metric{ name=h exponential{ point{ l=\"2\"" NOW
                  " sum=0 scale=1 } temporality=2 } } }");
}

/* --- requests ------------------------------------------------------------- */

static const char three[] = "# TYPE a gauge\na{l=\"1\"} 1\na{l=\"2\"} 1\n"
                            "# TYPE b gauge\n# TYPE c gauge\nc 1\n# EOF\n";

static void test_the_whole_request(void)
{
    const prom_label two[] = { { "service.name", "demo" }, { "ä", "" }, { NULL, NULL } };
    bytes b = encoded(parsed("# TYPE a gauge\na 1\n# EOF\n"), PROM_OTLP_OPTS(.resource = two));
    char *text = otlp_text(b.p, b.n, otlp_request);
    CHECK_STR(text, "{ resource_metrics{ resource{ service.name=\"demo\" ä=\"\" }"
                    " scope_metrics{ scope{ name=libprom version=" PROM_VERSION " }"
                    " metric{ name=a gauge{ point{" NOW " double=1 } } } } } }");
    free(text);
    free(b.p);
    b = encoded(parsed("# TYPE a gauge\na 1\n# EOF\n"),
                PROM_OTLP_OPTS(.resource = resource, .scope_name = "mine"));
    text = otlp_text(b.p, b.n, otlp_request);
    CHECK(strstr(text, " scope{ name=mine } ") != NULL);
    free(text);
    free(b.p);
}

static void check_unknown_service(const char *program, const char *want)
{
    char *before = program_invocation_short_name, name[300];
    snprintf(name, sizeof name, "%s", program);
    program_invocation_short_name = name;
    bytes b = encoded(parsed("# TYPE a gauge\na 1\n# EOF\n"), NULL);
    program_invocation_short_name = before;
    char *text = otlp_text(b.p, b.n, otlp_request);
    CHECK(strstr(text, want) != NULL);
    free(text);
    free(b.p);
}

static void test_a_service_without_a_name(void)
{
    char longest[300];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    check_unknown_service("shop", " resource{ service.name=\"unknown_service:shop\" }");
    check_unknown_service("\xff", " resource{ service.name=\"unknown_service\" }");
    check_unknown_service(longest, "unknown_service:xxx");
}

static void test_nothing_to_say(void)
{
    bytes b = encoded(parsed("# EOF\n"), NULL);
    CHECK_INT(b.n, 0);
    b = encoded(parsed("# TYPE a gauge\n# TYPE b histogram\n# EOF\n"), NULL);
    CHECK_INT(b.n, 0);
    free(b.p);
}

/* Each point is in one of them, whatever the limit. */
static void check_cut(size_t most, int requests, const char *last)
{
    prom_snapshot *s = parsed(three);
    prom_otlp_opts o;
    prom__otlp x;
    bool more = true;
    size_t points = 0;
    char *text = NULL;
    CHECK_OK(prom__otlp_check(PROM_OTLP_OPTS(.resource = resource), &o));
    prom__otlp_begin(&x, s, &o, now);
    for (int i = 0; CHECK_OK(prom__otlp_next(&x, most, &more)) && more; i++) {
        CHECK(i < requests);
        points += x.points;
        free(text);
        text = otlp_text(x.p, x.n, otlp_request);
    }
    CHECK_INT(points, 3);
    CHECK(text && strstr(text, last) != NULL);
    CHECK_OK(prom__otlp_next(&x, most, &more));
    CHECK(!more);
    free(text);
    prom__otlp_free(&x);
    prom_unref(s);
}

/* What is said beside a point may itself be more than there is room for; and a metric that
 * began with room for it alone must not be begun for ever. */
static void test_any_limit(void)
{
    prom_snapshot *s = parsed("# TYPE u unknown\nu{l=\"1\"} 1\nu{l=\"2\"} 1\n"
                              "# TYPE v unknown\nv 1\n# EOF\n");
    for (size_t most = 0; most < 300; most++) {
        prom_otlp_opts o;
        prom__otlp x;
        bool more = true;
        size_t requests = 0, points = 0;
        CHECK_OK(prom__otlp_check(NULL, &o));
        prom__otlp_begin(&x, s, &o, now);
        for (; CHECK_OK(prom__otlp_next(&x, most, &more)) && more; requests++)
            points += x.points;
        CHECK_INT(points, 3);
        CHECK(most > 1 || requests == 3);
        CHECK(most < 200 || requests == 1);
        prom__otlp_free(&x);
    }
    prom_unref(s);
}

static void test_requests_of_bounded_size(void)
{
    check_cut(SIZE_MAX, 1,
              " metric{ name=a gauge{ point{" NOW " double=1 l=\"1\" } point{" NOW
              " double=1 l=\"2\" } } } metric{ name=c gauge{ point{" NOW " double=1 } } } ");
    check_cut(40, 2, " metric{ name=a gauge{ point{" NOW " double=1 l=\"1\" } } } } } }");
    check_cut(1, 3, "} metric{ name=a gauge{ point{" NOW " double=1 l=\"1\" } } } } } }");
}

/* --- bad input ------------------------------------------------------------ */

static void check_refused(const prom_otlp_opts *o, prom_err code, const char *sentence)
{
    prom_snapshot *s = parsed(three);
    bytes b = { NULL, 0 };
    prom_err e = prom_otlp_encode(s, o, now, &(prom_writer){ add, &b });
    CHECK_STR(prom_err_name(e), prom_err_name(code));
    CHECK_STR(prom_error(e), sentence);
    CHECK_INT(b.n, 0);
    prom_unref(s);
}

#define RESOURCE(...) \
    PROM_OTLP_OPTS(.resource = (const prom_label[]){ __VA_ARGS__, { NULL, NULL } })

static void test_resources_that_are_none(void)
{
    check_refused(RESOURCE({ "a", "1" }, { "b", "" }, { "a", "2" }), PROM_E_LABELS,
                  "resource attribute 'a' is there twice");
    check_refused(RESOURCE({ "", "1" }), PROM_E_LABELS, "resource attribute '' lacks its name");
    check_refused(RESOURCE({ "a", NULL }), PROM_E_LABELS,
                  "resource attribute 'a' lacks its value");
    check_refused(RESOURCE({ "a", "\xff" }), PROM_E_LABELS,
                  "resource attribute 'a' is not UTF-8");
    check_refused(PROM_OTLP_OPTS(.scope_name = "\xc0\x80"), PROM_E_INVAL,
                  "the scope's name or version is not UTF-8");
    check_refused(&(const prom_otlp_opts){ .url = "x" }, PROM_E_INVAL,
                  "prom_otlp_opts.size is not set");
}

static prom_err refuse(void *data, const char *p, size_t n)
{
    (void)data, (void)p, (void)n;
    return prom_fail(PROM_E_IO, "full");
}

static void test_nothing_to_write_to(void)
{
    prom_snapshot *s = parsed(three);
    CHECK_SAYS(prom_otlp_encode(s, NULL, now, &(prom_writer){ refuse, NULL }), PROM_E_IO,
               "full");
    CHECK_ERR(prom_otlp_encode(s, NULL, now, NULL), PROM_E_INVAL);
    CHECK_ERR(prom_otlp_encode(s, NULL, now, &(prom_writer){ NULL, NULL }), PROM_E_INVAL);
    CHECK_ERR(prom_otlp_encode(NULL, NULL, now, &(prom_writer){ refuse, NULL }), PROM_E_INVAL);
    prom_unref(s);
}

TESTS(ROW(test_counter), ROW(test_plain_gauges_and_unknowns),
      ROW(test_info_and_states_are_sums_that_may_fall), ROW(test_summary),
      ROW(test_classic_histogram), ROW(test_gauge_histograms_are_left_out),
      ROW(test_names_stay_as_they_are), ROW(test_own_timestamps),
      ROW(test_what_is_later_than_can_be), ROW(test_ids_of_exemplars),
      ROW(test_ids_that_are_none), ROW(test_exponential),
      ROW(test_custom_bounds_are_those_of_a_histogram), ROW(test_weights_are_left_out),
      ROW(test_buckets_far_apart), ROW(test_a_family_of_two_kinds_is_two_metrics),
      ROW(test_the_whole_request), ROW(test_a_service_without_a_name), ROW(test_nothing_to_say),
      ROW(test_requests_of_bounded_size), ROW(test_any_limit),
      ROW(test_resources_that_are_none), ROW(test_nothing_to_write_to))
