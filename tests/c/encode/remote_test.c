// SPDX-License-Identifier: Apache-2.0
/* remote_test.c - what remote write says of a snapshot, and of what is gone since the last. */
#include "encode/out.h"
#include "encode/remote.h"
#include "remote_dump.h"

#include <prom/parse.h>
#include <prom/remote_write.h>

typedef struct written {
    unsigned version;
    char *text;
    size_t samples, histograms, exemplars;
} written;

static prom_err put(void *data, const prom__remote_request *q)
{
    written *w = data;
    char *text = remote_text(q->p, q->n, w->version);
    size_t n = w->text ? strlen(w->text) : 0;
    w->text = realloc(w->text, n + strlen(text) + 4);
    sprintf(w->text + n, "%s%s", n ? "--\n" : "", text);
    w->samples += q->samples;
    w->histograms += q->histograms;
    w->exemplars += q->exemplars;
    free(text);
    return PROM_OK;
}

static void check_written(const prom__remote_opts *given, const prom_snapshot *now,
                          const prom_snapshot *before, const char *want, const char *file,
                          int line)
{
    written w = { .version = given->version };
    prom__remote_opts o = *given;
    o.put = put;
    o.data = &w;
    CHECK_OK(prom__remote_encode(&o, (prom__remote_moment){ now, 2000 },
                                 (prom__remote_moment){ before, 1000 }));
    check_str(w.text ? w.text : "", want, file, line, "what is written");
    free(w.text);
}

static prom_snapshot *openmetrics(const char *text)
{
    prom_snapshot *s = NULL;
    if (text)
        CHECK_OK(prom_parse_openmetrics(text, strlen(text), &s));
    return s;
}

static prom_snapshot *plain_text(const char *text)
{
    prom_snapshot *s = NULL;
    if (text)
        CHECK_OK(prom_parse_text(text, strlen(text), &s));
    return s;
}

/* Expositions at 1 s and at 2 s; NULL: none. */
static void check_texts(const prom__remote_opts *o, prom_snapshot *(*read)(const char *),
                        const char *before, const char *now, const char *want, const char *file,
                        int line)
{
    prom_snapshot *a = read(before), *b = read(now);
    check_written(o, b, a, want, file, line);
    prom_unref(a);
    prom_unref(b);
}
#define V1 (&(const prom__remote_opts){ .version = 1 })
#define V2 (&(const prom__remote_opts){ .version = 2 })
#define CHECK_FIRST(opts, now, want) \
    check_texts((opts), plain_text, NULL, (now), (want), __FILE__, __LINE__)
#define CHECK_THEN(opts, before, now, want) \
    check_texts((opts), plain_text, (before), (now), (want), __FILE__, __LINE__)
#define CHECK_OM(opts, before, now, want) \
    check_texts((opts), openmetrics, (before), (now), (want), __FILE__, __LINE__)

static void check_build(const prom__remote_opts *o, prom_err (*build)(prom_builder *b, void *),
                        const char *want, const char *file, int line)
{
    prom_snapshot *s = kit_built(build, NULL);
    check_written(o, s, NULL, want, file, line);
    prom_unref(s);
}
#define CHECK_BUILT(opts, build, want) check_build((opts), (build), (want), __FILE__, __LINE__)

/* --- types -------------------------------------------------------------- */

static void test_simple_types(void)
{
    const char *text = "# TYPE c_total counter\nc_total 3\n# HELP g What.\n# TYPE g gauge\n"
                       "g{b=\"2\",a=\"1\"} NaN\ng{a=\"x\"} -Inf\nu 0\n";
    CHECK_FIRST(V1, text,
                "c_total{} 3@2000\ng{a=\"x\"} -inf@2000\ng{a=\"1\",b=\"2\"} NaN@2000\n"
                "u{} 0@2000\n");
    CHECK_FIRST(V2, text,
                "c_total{} 3@2000 type=1\ng{a=\"x\"} -inf@2000 type=2 help=\"What.\"\n"
                "g{a=\"1\",b=\"2\"} NaN@2000 type=2 help=\"What.\"\nu{} 0@2000\n");
}

static void test_classic_histograms_have_bounds_as_openmetrics_writes_them(void)
{
    const char *text =
        "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"2.5\"} 2\n"
        "h_bucket{le=\"1e+06\"} 2\nh_bucket{le=\"+Inf\"} 3\nh_sum 7\nh_count 3\n";
    CHECK_FIRST(V1, text,
                "h_bucket{le=\"1.0\"} 1@2000\nh_bucket{le=\"2.5\"} 2@2000\n"
                "h_bucket{le=\"1e+06\"} 2@2000\nh_bucket{le=\"+Inf\"} 3@2000\n"
                "h_sum{} 7@2000\nh_count{} 3@2000\n");
}

static void test_summaries_and_created_times(void)
{
    const char *text = "# TYPE c counter\nc_total 1\nc_created 1.5\n"
                       "# TYPE s summary\ns{quantile=\"1\"} 4\ns_count 2\ns_sum 7\n"
                       "s_created 0.0001\n# EOF\n";
    CHECK_OM(V1, NULL, text,
             "c_total{} 1@2000\ns{quantile=\"1.0\"} 4@2000\ns_sum{} 7@2000\n"
             "s_count{} 2@2000\n");
    CHECK_OM(V2, NULL, text,
             "c_total{} 1@2000 start=1500 type=1\ns{quantile=\"1.0\"} 4@2000 type=5\n"
             "s_sum{} 7@2000 start=1 type=5\ns_count{} 2@2000 start=1 type=5\n");
}

static void test_a_series_begins_before_its_sample(void)
{
    CHECK_OM(V2, NULL, "# TYPE c counter\nc_total 1\nc_created 2.0001\n# EOF\n",
             "c_total{} 1@2000 type=1\n");
}

static prom_err build_rare(prom_builder *b, void *data)
{
    (void)data;
    const prom_state states[] = { { { "on\"", 3 }, true }, { { "off", 3 }, false } };
    const prom_label_str version = { { "version", 7 }, { "1.2", 3 } };
    const prom_bucket bucket = { 1, 2 };
    prom_build_family(b, PROM_STATESET, PROM_OPTS(.name = "power"));
    prom_build_stateset(b, NULL, states, 2);
    prom_build_family(b, PROM_INFO, PROM_OPTS(.name = "build_info"));
    prom_build_info(b, NULL, &version, 1);
    prom_build_family(b, PROM_GAUGE_HISTOGRAM, PROM_OPTS(.name = "gh", .unit = "s"));
    return prom_build_histogram(b, NULL, 5, 3, &bucket, 1);
}

static void test_state_sets_infos_gauge_histograms(void)
{
    CHECK_BUILT(V1, build_rare,
                "build_info{version=\"1.2\"} 1@2000\ngh_bucket{le=\"1.0\"} 2@2000\n"
                "gh_bucket{le=\"+Inf\"} 3@2000\ngh_gsum{} 5@2000\ngh_gcount{} 3@2000\n"
                "power{power=\"on\"\"} 1@2000\npower{power=\"off\"} 0@2000\n");
    CHECK_BUILT(V2, build_rare,
                "build_info{version=\"1.2\"} 1@2000 type=6\n"
                "gh_bucket{le=\"1.0\"} 2@2000 type=4 unit=\"s\"\n"
                "gh_bucket{le=\"+Inf\"} 3@2000 type=4 unit=\"s\"\n"
                "gh_gsum{} 5@2000 type=4 unit=\"s\"\ngh_gcount{} 3@2000 type=4 unit=\"s\"\n"
                "power{power=\"on\"\"} 1@2000 type=7\npower{power=\"off\"} 0@2000 type=7\n");
}

/* --- native histograms ---------------------------------------------------- */

static prom_err build_both(prom_builder *b, void *data)
{
    (void)data;
    const prom_bucket bucket = { 1, 1 };
    const prom_native_bucket positive[] = { { -1, { 1 } }, { 0, { 2 } }, { 3, { 1 } } };
    const prom_native_bucket negative[] = { { 7, { 2 } } };
    prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "h"));
    return prom_build_native(b, NULL, NAN, 6,
                             PROM_NATIVE(.schema = -1, .positive = positive, .n_positive = 3,
                                         .negative = negative, .n_negative = 1),
                             &bucket, 1);
}

static prom_err build_weights(prom_builder *b, void *data)
{
    (void)data;
    prom_native_bucket positive = { .index = 2 };
    positive.n.weight = 1.5;
    prom_build_family(b, PROM_GAUGE_HISTOGRAM, PROM_OPTS(.name = "h"));
    return prom_build_native(b, NULL, 2, 0,
                             PROM_NATIVE(.schema = 0, .is_float = true, .weight = 1.5,
                                         .positive = &positive, .n_positive = 1),
                             NULL, 0);
}

static prom_err build_empty(prom_builder *b, void *data)
{
    (void)data;
    prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "h"));
    return prom_build_native(b, NULL, 0, 0, PROM_NATIVE(.schema = 3), NULL, 0);
}

static prom_err build_custom(prom_builder *b, void *data)
{
    (void)data;
    const double bounds[] = { 1, 10 };
    const prom_native_bucket positive[] = { { 1, { 2 } }, { 2, { 1 } } };
    prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "h"));
    return prom_build_native(b, NULL, 30, 3,
                             PROM_NATIVE(.schema = PROM_CUSTOM_BUCKETS, .positive = positive,
                                         .n_positive = 2, .custom = bounds, .n_custom = 2),
                             NULL, 0);
}

static void test_native_histograms_are_the_same_in_both(void)
{
    const char *native = "h{} { count=6 sum=NaN schema=-1 negative=7:1 [2]"
                         " positive=-1:2 positive=2:1 [1 1 -1] }@2000";
    char want[600];
    const char *const types[] = { "", "", " type=3" };
    for (unsigned v = 1; v <= 2; v++) {
        snprintf(want, sizeof want,
                 "%s%s\nh_bucket{le=\"1.0\"} 1@2000%s\nh_bucket{le=\"+Inf\"} 6@2000%s\n"
                 "h_sum{} NaN@2000%s\nh_count{} 6@2000%s\n",
                 native, types[v], types[v], types[v], types[v], types[v]);
        CHECK_BUILT(v == 1 ? V1 : V2, build_both, want);
    }
}

static void test_weights_are_told_even_if_zero(void)
{
    CHECK_BUILT(V1, build_weights,
                "h{} { weight=1.5 sum=2 zero_weight=0 positive=2:1 [1.5] gauge }@2000\n");
}

static void test_an_empty_native_histogram(void)
{
    CHECK_BUILT(V1, build_empty, "h{} { schema=3 }@2000\n");
}

static void test_custom_buckets_are_classic_ones_in_1_0(void)
{
    CHECK_BUILT(V1, build_custom,
                "h_bucket{le=\"1.0\"} 0@2000\nh_bucket{le=\"10.0\"} 2@2000\n"
                "h_bucket{le=\"+Inf\"} 3@2000\nh_sum{} 30@2000\nh_count{} 3@2000\n");
    CHECK_BUILT(V2, build_custom,
                "h{} { count=3 sum=30 schema=-53 positive=1:2 [2 -1] bounds= [1 10] }@2000"
                " type=3\n");
}

/* --- labels --------------------------------------------------------------- */

static void test_labels_are_sorted_with_the_name_among_them(void)
{
    prom_snapshot *s = plain_text("m{Z=\"1\",_=\"2\",a=\"3\",empty=\"\"} 1\n");
    prom__bytes out = { NULL, 0, 0 };
    const prom_writer w = prom__bytes_writer(&out);
    CHECK_OK(prom_remote_write_encode(s, NULL, 5, &w));
    char *text = remote_text(out.p, out.n, 1); /* checks the order */
    CHECK_STR(text, "m{Z=\"1\",_=\"2\",a=\"3\"} 1@5\n");
    free(text);
    prom__bytes_free(&out);
    prom_unref(s);
}

static void test_names_are_escaped_in_1_0_only(void)
{
    const char *text = "{\"my.metric\",\"b.c\"=\"1\",\"a\xc3\xa9\"=\"2\"} 1\n";
    CHECK_FIRST(V1, text, "my_metric{a_=\"2\",b_c=\"1\"} 1@2000\n");
    CHECK_FIRST(V2, text, "my.metric{a\xc3\xa9=\"2\",b.c=\"1\"} 1@2000\n");
}

static void test_labels_of_the_sender(void)
{
    static const prom_label labels[] = { { "zone", "eu" },  { "job", "game" }, { "a.b", "x" },
                                         { "nothing", "" }, { "le", "9" },     { NULL, NULL } };
    const prom__remote_opts v1 = { .version = 1, .labels = labels };
    const prom__remote_opts v2 = { .version = 2, .labels = labels };
    const char *text =
        "m{a_b=\"own\",job=\"\"} 1\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\n"
        "h_sum 1\nh_count 1\n";
    CHECK_FIRST(&v1, text,
                "h_bucket{a_b=\"x\",job=\"game\",le=\"+Inf\",zone=\"eu\"} 1@2000\n"
                "h_sum{a_b=\"x\",job=\"game\",le=\"9\",zone=\"eu\"} 1@2000\n"
                "h_count{a_b=\"x\",job=\"game\",le=\"9\",zone=\"eu\"} 1@2000\n"
                "m{a_b=\"own\",job=\"game\",le=\"9\",zone=\"eu\"} 1@2000\n");
    CHECK_FIRST(&v2, "m{a_b=\"own\"} 1\n",
                "m{a.b=\"x\",a_b=\"own\",job=\"game\",le=\"9\",zone=\"eu\"} 1@2000\n");
}

static void test_values_are_not_escaped(void)
{
    CHECK_FIRST(V1, "m{a=\"\\\\\\\"\\n\"} 1\n", "m{a=\"\\\"\n\"} 1@2000\n");
}

static void test_labels_that_a_sender_cannot_have(void)
{
    const prom_label reserved[] = { { "__name__", "x" }, { NULL, NULL } };
    const prom_label twice[] = { { "a", "1" }, { "a", "2" }, { NULL, NULL } };
    const prom_label bad[] = { { "a", "\xff" }, { NULL, NULL } };
    const prom_label none[] = { { "a", NULL }, { NULL, NULL } };
    CHECK_SAYS(prom__remote_check(reserved), PROM_E_NAME,
               "'remote write': label '__name__' begins with __, which is reserved");
    CHECK_SAYS(prom__remote_check(twice), PROM_E_NAME, "'remote write' has label 'a' twice");
    CHECK_SAYS(prom__remote_check(bad), PROM_E_LABELS,
               "'remote write': the value of label 'a' is not valid UTF-8");
    CHECK_SAYS(prom__remote_check(none), PROM_E_LABELS,
               "'remote write': constant label 'a' has no value");
    CHECK_OK(prom__remote_check(NULL));
}

static void test_series_that_become_one(void)
{
    static const prom_label labels[] = { { "job", "game" }, { NULL, NULL } };
    const prom__remote_opts sender = { .version = 2, .labels = labels };
    CHECK_FIRST(V1, "a_b 2\n{\"a.b\"} 1\n", "a_b{} 1@2000\n"); /* a.b comes before a_b */
    CHECK_FIRST(V2, "a_b 2\n{\"a.b\"} 1\n", "a.b{} 1@2000\na_b{} 2@2000\n");
    CHECK_FIRST(V1, "a{\"x.y\"=\"1\"} 1\na{x_y=\"1\"} 2\n", "a{x_y=\"1\"} 1@2000\n");
    CHECK_FIRST(V2, "a 1\na{l=\"\"} 2\n", "a{} 1@2000\n");
    CHECK_FIRST(&sender, "a{job=\"\"} 1\na{job=\"game\"} 2\n", "a{job=\"game\"} 1@2000\n");
    CHECK_THEN(V1, "{\"a.b\"} 1\n", "a_b 2\n", "a_b{} STALE@2000\n"); /* and not both */
}

/* --- what has ended ------------------------------------------------------- */

static void test_series_end(void)
{
    CHECK_THEN(V1, "a{l=\"1\"} 1\na{l=\"2\"} 1\na{l=\"3\"} 1\nb 1\n", "a{l=\"2\"} 5\nc 1\n",
               "a{l=\"1\"} STALE@2000\na{l=\"2\"} 5@2000\na{l=\"3\"} STALE@2000\n"
               "b{} STALE@2000\nc{} 1@2000\n");
    CHECK_THEN(V2, "# HELP b H.\nb 1\n", "", "b{} STALE@2000 help=\"H.\"\n");
    CHECK_THEN(V1, "a 1\n", "a 1\n", "a{} 1@2000\n");
}

static void test_stale_markers_may_be_turned_off(void)
{
    const prom__remote_opts o = { .version = 1, .no_stale_markers = true };
    CHECK_THEN(&o, "a 1\n", "b 1\n", "b{} 1@2000\n");
}

static void test_the_order_of_expositions_does_not_matter(void)
{
    CHECK_THEN(V1, "b 1\na{l=\"2\"} 1\na{l=\"1\"} 1\n", "a{l=\"1\"} 2\na{l=\"3\"} 2\nb 2\n",
               "a{l=\"1\"} 2@2000\na{l=\"2\"} STALE@2000\na{l=\"3\"} 2@2000\nb{} 2@2000\n");
}

static void test_labels_in_another_order_are_the_same_series(void)
{
    CHECK_THEN(V1, "a{x=\"1\",y=\"2\"} 1\n", "a{y=\"2\",x=\"1\"} 2\n",
               "a{x=\"1\",y=\"2\"} 2@2000\n");
}

static void test_lines_end_where_a_metric_loses_some(void)
{
    CHECK_THEN(V1,
               "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns{quantile=\"1\"} 2\ns_sum 3\n"
               "s_count 2\n",
               "# TYPE s summary\ns{quantile=\"1\"} 2\ns_sum 3\ns_count 2\n",
               "s{quantile=\"1.0\"} 2@2000\ns_sum{} 3@2000\ns_count{} 2@2000\n"
               "s{quantile=\"0.5\"} STALE@2000\n");
    CHECK_THEN(V1,
               "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\n"
               "h_count 1\n",
               "# TYPE h gauge\nh 4\n",
               "h{} 4@2000\nh_bucket{le=\"+Inf\"} STALE@2000\nh_bucket{le=\"1.0\"} STALE@2000\n"
               "h_count{} STALE@2000\nh_sum{} STALE@2000\n");
}

static void test_a_native_histogram_ends(void)
{
    prom_snapshot *both = kit_built(build_both, NULL), *empty = kit_built(build_empty, NULL);
    check_written(V1, empty, both,
                  "h{} { schema=3 }@2000\nh_bucket{le=\"+Inf\"} STALE@2000\n"
                  "h_bucket{le=\"1.0\"} STALE@2000\nh_count{} STALE@2000\nh_sum{} STALE@2000\n",
                  __FILE__, __LINE__);
    check_written(V1, NULL, empty, "h{} { sum=STALE }@2000\n", __FILE__, __LINE__);
    prom_unref(both);
    prom_unref(empty);
}

static prom_err build_states(prom_builder *b, void *data)
{
    const prom_state states[] = { { { "a", 1 }, true }, { { data, 1 }, false } };
    prom_build_family(b, PROM_STATESET, PROM_OPTS(.name = "p"));
    return prom_build_stateset(b, NULL, states, 2);
}

static void test_a_state_goes(void)
{
    char x[] = "x", y[] = "y";
    prom_snapshot *before = kit_built(build_states, x), *now = kit_built(build_states, y);
    check_written(V1, now, before,
                  "p{p=\"a\"} 1@2000\np{p=\"y\"} 0@2000\np{p=\"x\"} STALE@2000\n", __FILE__,
                  __LINE__);
    prom_unref(before);
    prom_unref(now);
}

/* A child that is removed and made again is the series that it was. */
static void test_live_series(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    prom_gauge *g;
    prom_snapshot *s[3];
    const char *const labels[] = { "l", NULL }, *const a[] = { "a", NULL },
                      *const b[] = { "b", NULL };
    CHECK_OK(
        prom_vec_new(r, PROM_GAUGE, PROM_OPTS(.name = "g", .help = "H", .labels = labels), &v));
    CHECK_OK(prom_gauge_with(v, a, &g));
    prom_unref(g);
    CHECK_OK(prom_gauge_with(v, b, &g));
    prom_unref(g);
    CHECK_OK(prom_gather(r, &s[0]));
    CHECK_OK(prom_vec_remove(v, a));
    CHECK_OK(prom_vec_remove(v, b));
    CHECK_OK(prom_gauge_with(v, b, &g));
    prom_gauge_set(g, 4);
    prom_unref(g);
    CHECK_OK(prom_gather(r, &s[1]));
    check_written(V1, s[1], s[0], "g{l=\"a\"} STALE@2000\ng{l=\"b\"} 4@2000\n", __FILE__,
                  __LINE__);
    CHECK_OK(prom_gather(r, &s[2]));
    check_written(V1, s[2], s[1], "g{l=\"b\"} 4@2000\n", __FILE__, __LINE__);
    for (int i = 0; i < 3; i++)
        prom_unref(s[i]);
    prom_unref(v);
    prom_unref(r);
}

/* --- times -------------------------------------------------------------- */

static void test_what_has_its_own_time_is_sent_once_and_does_not_end(void)
{
    CHECK_THEN(V1, "a 1 500\nb 1 500\nc 1 500\nd 1\n", "a 2 500\nb 2 501\nd 3 1000\n",
               "b{} 2@501\n");
    CHECK_THEN(V1, NULL, "a 1 -5\n", "a{} 1@-5\n");
}

static prom_err build_points(prom_builder *b, void *data)
{
    const int64_t *t = data;
    prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "g"));
    for (; *t != PROM_NO_TIME; t++) {
        prom_build_value(b, NULL, (double)*t);
        prom_build_timestamp(b, *t);
    }
    return prom_build_value(b, NULL, 99);
}

static void test_points_of_a_series_go_by_time(void)
{
    int64_t first[] = { 3000, 100, 2000, PROM_NO_TIME }, then[] = { 150, 2500, PROM_NO_TIME };
    prom_snapshot *before = kit_built(build_points, first),
                  *now = kit_built(build_points, then);
    check_written(V1, before, NULL, "g{} 100@100 99@2000 3000@3000\n", __FILE__, __LINE__);
    check_written(V1, now, before, "", __FILE__, __LINE__); /* all were behind 3000 */
    check_written(V1, before, now, "g{} 3000@3000\n", __FILE__, __LINE__);
    prom_unref(before);
    prom_unref(now);
}

static void test_exemplars_are_sent_once(void)
{
    const char *first = "# TYPE c counter\nc_total 1 # {t=\"a\"} 1 0.5\n"
                        "# TYPE h histogram\nh_bucket{le=\"1.0\"} 1 # {t=\"b\"} 0.5 0.7\n"
                        "h_bucket{le=\"+Inf\"} 2 # {t=\"c\"} 3\nh_sum 3\nh_count 2\n# EOF\n";
    const char *then = "# TYPE c counter\nc_total 1 # {t=\"a\"} 1 0.5\n"
                       "# TYPE h histogram\nh_bucket{le=\"1.0\"} 1 # {t=\"b\"} 0.5 0.7\n"
                       "h_bucket{le=\"+Inf\"} 2 # {t=\"d\"} 3 0.8\nh_sum 3\nh_count 2\n# EOF\n";
    CHECK_OM(V2, NULL, first,
             "c_total{} 1@2000 exemplar{t=\"a\"} 1@500 type=1\n"
             "h_bucket{le=\"1.0\"} 1@2000 exemplar{t=\"b\"} 0.5@700 type=3\n"
             "h_bucket{le=\"+Inf\"} 2@2000 type=3\nh_sum{} 3@2000 type=3\n"
             "h_count{} 2@2000 type=3\n");
    CHECK_OM(V2, first, then,
             "c_total{} 1@2000 type=1\nh_bucket{le=\"1.0\"} 1@2000 type=3\n"
             "h_bucket{le=\"+Inf\"} 2@2000 exemplar{t=\"d\"} 3@800 type=3\n"
             "h_sum{} 3@2000 type=3\nh_count{} 2@2000 type=3\n");
}

static prom_err build_native_exemplars(prom_builder *b, void *data)
{
    prom_err e = build_empty(b, data);
    const double values[] = { 1, 2, 3, 4, 4, 5 };
    const int64_t times[] = { 900000000, PROM_NO_TIME, 300000000,
                              300900000, 300100000,    300500000 };
    for (int i = 0; i < 6 && !e; i++)
        e = prom_build_native_exemplar(b, &(prom_exemplar){ NULL, 0, values[i], times[i] });
    return e;
}

static void test_native_exemplars_go_by_time(void)
{
    CHECK_BUILT(V2, build_native_exemplars,
                "h{} { schema=3 }@2000 exemplar{} 3@300 exemplar{} 4@300 exemplar{} 5@300"
                " exemplar{} 1@900 type=3\n");
}

/* --- requests ------------------------------------------------------------- */

static void test_requests_are_cut(void)
{
    const prom__remote_opts v1 = { .version = 1, .most = 2 }, v2 = { .version = 2, .most = 2 };
    const char *text = "# HELP a H.\na{l=\"1\"} 1\na{l=\"2\"} 1\na{l=\"3\"} 1\n";
    CHECK_FIRST(&v1, text, "a{l=\"1\"} 1@2000\na{l=\"2\"} 1@2000\n--\na{l=\"3\"} 1@2000\n");
    CHECK_FIRST(&v2, text,
                "a{l=\"1\"} 1@2000 help=\"H.\"\na{l=\"2\"} 1@2000 help=\"H.\"\n--\n"
                "a{l=\"3\"} 1@2000 help=\"H.\"\n");
    int64_t times[] = { 1, 2, 3, 4, PROM_NO_TIME };
    prom_snapshot *s = kit_built(build_points, times);
    check_written(&v1, s, NULL, "g{} 1@1 2@2\n--\ng{} 3@3 4@4\n--\ng{} 99@2000\n", __FILE__,
                  __LINE__);
    prom_unref(s);
}

static void test_what_a_request_has_is_counted(void)
{
    written w = { .version = 2 };
    const prom__remote_opts o = { .version = 2, .put = put, .data = &w };
    prom_snapshot *s = kit_built(build_native_exemplars, NULL);
    CHECK_OK(prom__remote_encode(&o, (prom__remote_moment){ s, 2 },
                                 (prom__remote_moment){ NULL, 0 }));
    CHECK_INT(w.samples, 0);
    CHECK_INT(w.histograms, 1);
    CHECK_INT(w.exemplars, 4);
    free(w.text);
    prom_unref(s);
}

static prom_err refuse(void *data, const prom__remote_request *q)
{
    (void)q;
    ++*(int *)data;
    return prom_fail(PROM_E_IO, "no");
}

static void test_an_error_ends_it(void)
{
    int calls = 0;
    const prom__remote_opts o = { .version = 1, .most = 1, .put = refuse, .data = &calls };
    prom_snapshot *s = plain_text("a 1\nb 1\n");
    CHECK_SAYS(prom__remote_encode(&o, (prom__remote_moment){ s, 2 },
                                   (prom__remote_moment){ NULL, 0 }),
               PROM_E_IO, "no");
    CHECK_INT(calls, 1);
    prom_unref(s);
}

static void test_bad_calls(void)
{
    prom_snapshot *s = plain_text("a 1\n");
    prom__bytes out = { NULL, 0, 0 };
    const prom_writer w = prom__bytes_writer(&out), none = { NULL, NULL };
    prom_remote_write_opts o = { .size = sizeof o, .version = 3 };
    CHECK_SAYS(prom_remote_write_encode(s, &o, 0, &w), PROM_E_INVAL,
               "remote write has no version 3, only 1 and 2");
    CHECK_ERR(prom_remote_write_encode(NULL, NULL, 0, &w), PROM_E_INVAL);
    CHECK_ERR(prom_remote_write_encode(s, NULL, 0, NULL), PROM_E_INVAL);
    CHECK_ERR(prom_remote_write_encode(s, NULL, 0, &none), PROM_E_INVAL);
    CHECK_INT(out.n, 0);
    prom__bytes_free(&out);
    prom_unref(s);
}

TESTS(ROW(test_simple_types),
      ROW(test_classic_histograms_have_bounds_as_openmetrics_writes_them),
      ROW(test_summaries_and_created_times), ROW(test_a_series_begins_before_its_sample),
      ROW(test_state_sets_infos_gauge_histograms),
      ROW(test_native_histograms_are_the_same_in_both), ROW(test_weights_are_told_even_if_zero),
      ROW(test_an_empty_native_histogram), ROW(test_custom_buckets_are_classic_ones_in_1_0),
      ROW(test_labels_are_sorted_with_the_name_among_them),
      ROW(test_names_are_escaped_in_1_0_only), ROW(test_labels_of_the_sender),
      ROW(test_values_are_not_escaped), ROW(test_labels_that_a_sender_cannot_have),
      ROW(test_series_that_become_one), ROW(test_series_end),
      ROW(test_stale_markers_may_be_turned_off),
      ROW(test_the_order_of_expositions_does_not_matter),
      ROW(test_labels_in_another_order_are_the_same_series),
      ROW(test_lines_end_where_a_metric_loses_some), ROW(test_a_native_histogram_ends),
      ROW(test_a_state_goes), ROW(test_live_series),
      ROW(test_what_has_its_own_time_is_sent_once_and_does_not_end),
      ROW(test_points_of_a_series_go_by_time), ROW(test_exemplars_are_sent_once),
      ROW(test_native_exemplars_go_by_time), ROW(test_requests_are_cut),
      ROW(test_what_a_request_has_is_counted), ROW(test_an_error_ends_it), ROW(test_bad_calls))
