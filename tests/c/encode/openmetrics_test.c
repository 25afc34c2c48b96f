// SPDX-License-Identifier: Apache-2.0
/* openmetrics_test.c - what the golden vectors do not reach, in both versions: names that a
 * collector chose against the rules, units, exemplars in their buckets, every number. */
#include "kit.h"

#include <jansson.h>

typedef prom_err (*builder)(prom_builder *b, void *data);

static void check_as(builder build, const prom_encoder *e, prom_escaping escaping,
                     const char *want, int line)
{
    char *text = kit_encoded(kit_built(build, NULL), e, escaping);
    check_str(text, want, __FILE__, line, e->name);
    prom_free(text);
}
#define CHECK_OM1(build, want) \
    check_as(build, &prom_openmetrics, PROM_UNDERSCORES, want, __LINE__)
#define CHECK_OM2(build, want) \
    check_as(build, &prom_openmetrics_2, PROM_ALLOW_UTF8, want, __LINE__)

static void family(prom_builder *b, prom_type t, const char *name, const char *unit)
{
    CHECK_OK(prom_build_family(b, t, PROM_OPTS(.name = name, .unit = unit)));
}

static void exemplar(prom_builder *b, double v, int64_t ns)
{
    CHECK_OK(prom_build_exemplar(b, &(prom_exemplar){ NULL, 0, v, ns }));
}

/* --- names -------------------------------------------------------------- */

static prom_err build_wrong_names(prom_builder *b, void *data)
{
    (void)data;
    family(b, PROM_COUNTER, "jobs", NULL);
    CHECK_OK(prom_build_value(b, NULL, 3));
    CHECK_OK(prom_build_created(b, 1500000000));
    exemplar(b, 1, 5);
    family(b, PROM_INFO, "build", NULL);
    CHECK_OK(prom_build_value(b, NULL, 1));
    family(b, PROM_COUNTER, "_total", NULL);
    CHECK_OK(prom_build_value(b, NULL, 3));
    return PROM_OK;
}

static void test_names_without_their_suffix_are_unknown(void)
{
    CHECK_OM1(build_wrong_names, "# TYPE jobs unknown\njobs 3.0\n"
                                 "# TYPE build unknown\nbuild 1.0\n"
                                 "# TYPE _total unknown\n_total 3.0\n# EOF\n");
    CHECK_OM2(build_wrong_names, "# TYPE jobs counter\njobs 3 st@1.5 # {} 1 0.000000005\n"
                                 "# TYPE build unknown\nbuild 1\n"
                                 "# TYPE _total counter\n_total 3\n# EOF\n");
}

static prom_err build_target(prom_builder *b, void *data)
{
    prom_label_str label = { { "os", 2 }, { "linux", 5 } };
    (void)data;
    family(b, PROM_GAUGE, "a", NULL);
    CHECK_OK(prom_build_value(b, NULL, 1));
    family(b, PROM_INFO, "target_info", NULL);
    CHECK_OK(prom_build_info(b, NULL, &label, 1));
    family(b, PROM_INFO, "z_info", NULL);
    CHECK_OK(prom_build_info(b, NULL, &label, 1));
    return PROM_OK;
}

static void test_the_target_comes_first(void)
{
    CHECK_OM1(build_target, "# TYPE target info\ntarget_info{os=\"linux\"} 1\n"
                            "# TYPE a gauge\na 1.0\n"
                            "# TYPE z info\nz_info{os=\"linux\"} 1\n# EOF\n");
    CHECK_OM2(build_target, "# TYPE target_info info\ntarget_info{os=\"linux\"} 1\n"
                            "# TYPE a gauge\na 1\n"
                            "# TYPE z_info info\nz_info{os=\"linux\"} 1\n# EOF\n");
}

static prom_err build_states(prom_builder *b, void *data)
{
    prom_state states[] = { { { "1", 1 }, true }, { { "a\"b", 3 }, false } };
    (void)data;
    family(b, PROM_STATESET, "job:state", NULL);
    CHECK_OK(prom_build_stateset(b, NULL, states, 2));
    return PROM_OK;
}

/* A name that is legacy for a metric, but not for a label. */
static void test_states_under_a_name_with_a_colon(void)
{
    CHECK_OM1(build_states, "# TYPE job:state stateset\njob:state{job_state=\"1\"} 1\n"
                            "job:state{job_state=\"a\\\"b\"} 0\n# EOF\n");
    CHECK_OM2(build_states, "# TYPE job:state stateset\njob:state{\"job:state\"=\"1\"} 1\n"
                            "job:state{\"job:state\"=\"a\\\"b\"} 0\n# EOF\n");
}

/* --- units -------------------------------------------------------------- */

static prom_err build_units(prom_builder *b, void *data)
{
    (void)data;
    family(b, PROM_COUNTER, "a_bytes_total", "bytes");
    family(b, PROM_COUNTER, "b_total", "total"); /* the base is what must end in it */
    family(b, PROM_INFO, "c_bytes_info", "bytes");
    family(b, PROM_STATESET, "d_bytes", "bytes");
    family(b, PROM_GAUGE, "bytes", "bytes");
    family(b, PROM_GAUGE, "e_kbytes", "bytes");
    family(b, PROM_GAUGE, "f_bytes", "");
    family(b, PROM_GAUGE, "g_\n", "\n");
    family(b, PROM_GAUGE, "h.x_seconds", "seconds");
    return PROM_OK;
}

static void test_units(void)
{
    CHECK_OM1(build_units, "# TYPE a_bytes counter\n# UNIT a_bytes bytes\n# TYPE b counter\n"
                           "# TYPE c_bytes info\n# TYPE d_bytes stateset\n# TYPE bytes gauge\n"
                           "# TYPE e_kbytes gauge\n# TYPE f_bytes gauge\n# TYPE g__ gauge\n"
                           "# TYPE h_x_seconds gauge\n# UNIT h_x_seconds seconds\n# EOF\n");
    CHECK_OM2(build_units,
              "# TYPE a_bytes_total counter\n# UNIT a_bytes_total bytes\n"
              "# TYPE b_total counter\n# UNIT b_total total\n"
              "# TYPE c_bytes_info info\n# TYPE d_bytes stateset\n"
              "# TYPE bytes gauge\n# UNIT bytes bytes\n"
              "# TYPE e_kbytes gauge\n# UNIT e_kbytes bytes\n# TYPE f_bytes gauge\n"
              "# TYPE \"g_\\n\" gauge\n"
              "# TYPE \"h.x_seconds\" gauge\n# UNIT \"h.x_seconds\" seconds\n# EOF\n");
}

/* --- exemplars ---------------------------------------------------------- */

static prom_err build_bucket_exemplars(prom_builder *b, void *data)
{
    prom_bucket buckets[] = { { -1, 1 }, { 0, 1 }, { 2.5, 3 } };
    (void)data;
    family(b, PROM_GAUGE_HISTOGRAM, "h", NULL);
    CHECK_OK(prom_build_histogram(b, NULL, 1, 4, buckets, 3));
    exemplar(b, (double)NAN, PROM_NO_TIME);
    exemplar(b, 2.5, 2500000000);
    exemplar(b, -1, -1);
    return PROM_OK;
}

static void test_exemplars_stand_at_their_buckets(void)
{
    CHECK_OM1(build_bucket_exemplars, "# TYPE h gaugehistogram\n"
                                      "h_bucket{le=\"-1.0\"} 1 # {} -1.0 -0.000000001\n"
                                      "h_bucket{le=\"0.0\"} 1\n"
                                      "h_bucket{le=\"2.5\"} 3 # {} 2.5 2.5\n"
                                      "h_bucket{le=\"+Inf\"} 4 # {} NaN\n"
                                      "h_gsum 1.0\nh_gcount 4\n# EOF\n");
    CHECK_OM2(build_bucket_exemplars, "# TYPE h gaugehistogram\n"
                                      "h {gcount:4,gsum:1,bucket:[-1:1,0:1,2.5:3,+Inf:4]}"
                                      " # {} -1 -0.000000001 # {} 2.5 2.5\n# EOF\n");
}

static prom_err build_native_exemplars(prom_builder *b, void *data)
{
    prom_native_bucket positive[] = { { 0, { 1 } }, { 2, { 1 } } };
    (void)data;
    family(b, PROM_HISTOGRAM, "n", NULL);
    CHECK_OK(prom_build_native(b, NULL, 3, 2,
                               PROM_NATIVE(.schema = 0, .positive = positive, .n_positive = 2),
                               NULL, 0));
    exemplar(b, 4, 2);
    exemplar(b, 1, 1);
    return PROM_OK;
}

static void test_native_exemplars(void)
{
    CHECK_OM1(build_native_exemplars, "# TYPE n histogram\nn_bucket{le=\"+Inf\"} 2\n"
                                      "n_sum 3.0\nn_count 2\n# EOF\n");
    CHECK_OM2(build_native_exemplars, "# TYPE n histogram\n"
                                      "n {count:2,sum:3,schema:0,zero_threshold:0,zero_count:0,"
                                      "positive_spans:[0:1,1:1],positive_buckets:[1,1]}"
                                      " # {} 1 0.000000001 # {} 4 0.000000002\n# EOF\n");
}

static prom_err build_odd_exemplar_labels(prom_builder *b, void *data)
{
    prom_label_str labels[] = { { { "a.b", 3 }, { "1\n", 2 } }, { { "c", 1 }, { "", 0 } } };
    (void)data;
    family(b, PROM_COUNTER, "x_total", NULL);
    CHECK_OK(prom_build_value(b, NULL, 1));
    CHECK_OK(prom_build_exemplar(b, &(prom_exemplar){ labels, 2, 1, 1000000000 }));
    return PROM_OK;
}

static void test_labels_of_exemplars_are_escaped(void)
{
    static const char *const shown[] = { "a_b", "a_dot_b", "U__a_2e_b", "\"a.b\"" };
    for (int e = PROM_UNDERSCORES; e <= PROM_ALLOW_UTF8; e++) {
        char want[200];
        snprintf(want, sizeof want,
                 "# TYPE x counter\nx_total 1.0 # {%s=\"1\\n\",c=\"\"} 1.0 1\n# EOF\n",
                 shown[e]);
        check_as(build_odd_exemplar_labels, &prom_openmetrics, (prom_escaping)e, want,
                 __LINE__);
    }
}

/* --- histograms of weights ----------------------------------------------- */

static prom_err build_weights(prom_builder *b, void *data)
{
    (void)data;
    prom_native_bucket bucket = { .index = 1, .n.weight = 2.5 };
    family(b, PROM_HISTOGRAM, "w", NULL);
    CHECK_OK(prom_build_native(b, NULL, 3, 0,
                               PROM_NATIVE(.schema = 0, .is_float = true, .weight = 2.5,
                                           .negative = &bucket, .n_negative = 1),
                               NULL, 0));
    return PROM_OK;
}

static prom_err build_custom(prom_builder *b, void *data)
{
    double bounds[] = { -1, 0.5, 2, 3 };
    prom_native_bucket counts[] = { { 1, { 2 } }, { 2, { 1 } }, { 4, { 1 } } };
    prom_native_bucket weights[] = { { .index = 0, .n.weight = 0.5 } };
    (void)data;
    family(b, PROM_HISTOGRAM, "c", NULL);
    CHECK_OK(prom_build_native(b, NULL, 3, 4,
                               PROM_NATIVE(.schema = PROM_CUSTOM_BUCKETS, .positive = counts,
                                           .n_positive = 3, .custom = bounds, .n_custom = 4),
                               NULL, 0));
    family(b, PROM_GAUGE_HISTOGRAM, "w", NULL);
    CHECK_OK(prom_build_native(b, NULL, 3, 0,
                               PROM_NATIVE(.schema = PROM_CUSTOM_BUCKETS, .is_float = true,
                                           .weight = 0.5, .positive = weights, .n_positive = 1,
                                           .custom = bounds, .n_custom = 1),
                               NULL, 0));
    return PROM_OK;
}

static void test_custom_buckets_are_shown_as_classic_ones(void)
{
    CHECK_OM1(build_custom, "# TYPE c histogram\n"
                            "c_bucket{le=\"-1.0\"} 0\nc_bucket{le=\"0.5\"} 2\n"
                            "c_bucket{le=\"2.0\"} 3\nc_bucket{le=\"3.0\"} 3\n"
                            "c_bucket{le=\"+Inf\"} 4\nc_sum 3.0\nc_count 4\n"
                            "# TYPE w gaugehistogram\n# EOF\n");
    CHECK_OM2(build_custom, "# TYPE c histogram\n"
                            "c {count:4,sum:3,bucket:[-1:0,0.5:2,2:3,3:3,+Inf:4]}\n"
                            "# TYPE w gaugehistogram\n"
                            "w {gcount:0.5,gsum:3,bucket:[-1:0.5,+Inf:0.5]}\n# EOF\n");
}

static void test_weights(void)
{
    CHECK_OM1(build_weights, "# TYPE w histogram\n# EOF\n");
    CHECK_OM2(build_weights, "# TYPE w histogram\nw {count:2.5,sum:3,schema:0,"
                             "zero_threshold:0,zero_count:0,negative_spans:[1:1],"
                             "negative_buckets:[2.5]}\n# EOF\n");
}

/* --- created times ------------------------------------------------------- */

static prom_err build_created(prom_builder *b, void *data)
{
    prom_quantile quantile = { 1, 2 };
    (void)data;
    CHECK_OK(prom_build_family(b, PROM_COUNTER,
                               PROM_OPTS(.name = "a.b_total", .labels = PROM_LABELS("x"))));
    for (int i = 0; i < 2; i++) {
        CHECK_OK(prom_build_value(b, i ? PROM_VALUES("2") : PROM_VALUES("1"), i));
        CHECK_OK(prom_build_created(b, i ? 1000000001 : -500000000));
        CHECK_OK(prom_build_timestamp(b, 5));
    }
    family(b, PROM_SUMMARY, "s", NULL);
    CHECK_OK(prom_build_summary(b, NULL, 3, 4, &quantile, 1));
    CHECK_OK(prom_build_created(b, 2000000000));
    return PROM_OK;
}

static void test_created_stands_behind_its_series(void)
{
    check_as(build_created, &prom_openmetrics, PROM_ALLOW_UTF8,
             "# TYPE \"a.b\" counter\n"
             "{\"a.b_total\",x=\"1\"} 0.0 0.005\n{\"a.b_created\",x=\"1\"} -0.5\n"
             "{\"a.b_total\",x=\"2\"} 1.0 0.005\n{\"a.b_created\",x=\"2\"} 1.000000001\n"
             "# TYPE s summary\ns{quantile=\"1.0\"} 2.0\ns_sum 3.0\ns_count 4\n"
             "s_created 2\n# EOF\n",
             __LINE__);
    CHECK_OM2(build_created, "# TYPE \"a.b_total\" counter\n"
                             "{\"a.b_total\",x=\"1\"} 0 0.005 st@-0.5\n"
                             "{\"a.b_total\",x=\"2\"} 1 0.005 st@1.000000001\n"
                             "# TYPE s summary\ns {count:4,sum:3,quantile:[1:2]} st@2\n"
                             "# EOF\n");
}

static void test_created_can_be_left_out(void)
{
    prom_snapshot *s = kit_built(build_created, NULL);
    char *text = NULL;
    CHECK_OK(prom_encode_string_with(&prom_openmetrics, PROM_ENCODE_OPTS(.no_created = true), s,
                                     &text, NULL));
    CHECK_STR(text, "# TYPE a_b counter\na_b_total{x=\"1\"} 0.0 0.005\n"
                    "a_b_total{x=\"2\"} 1.0 0.005\n"
                    "# TYPE s summary\ns{quantile=\"1.0\"} 2.0\ns_sum 3.0\ns_count 4\n"
                    "# EOF\n");
    prom_free(text);
    prom_unref(s);
}

static void test_live_metrics_have_created_times(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_counter *c;
    char *text = NULL;
    CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "hits", .help = "h"), &c));
    CHECK_OK(prom_expose(r, &prom_openmetrics, &text, NULL));
    const char *start = "# TYPE hits counter\n# HELP hits h\nhits_total 0.0\nhits_created 1";
    CHECK(strncmp(text, start, strlen(start)) == 0);
    prom_free(text);
    prom_unref(c);
    prom_unref(r);
}

/* --- every number -------------------------------------------------------- */

typedef struct numbers {
    prom_bucket bound[256]; /* the finite ones in order, each once */
    const char *text[256];  /* as le */
    size_t n;
    json_t *vectors;
} numbers;

static double number_at(json_t *vector)
{
    uint64_t bits = strtoull(json_string_value(json_object_get(vector, "bits")), NULL, 16);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static const char *text_at(json_t *vector)
{
    return json_string_value(json_object_get(vector, "openmetrics1"));
}

static void add_bound(numbers *x, json_t *vector)
{
    double v = number_at(vector);
    size_t i = x->n;
    if (!isfinite(v) || !CHECK(x->n < 256))
        return;
    for (; i && !(x->bound[i - 1].upper < v); i--)
        if (x->bound[i - 1].upper <= v)
            return; /* 0 and -0 are one bound */
    memmove(x->bound + i + 1, x->bound + i, (x->n - i) * sizeof *x->bound);
    memmove(x->text + i + 1, x->text + i, (x->n - i) * sizeof *x->text);
    x->bound[i] = (prom_bucket){ v, 0 };
    x->text[i] = text_at(vector);
    x->n++;
}

static prom_err build_numbers(prom_builder *b, void *data)
{
    const numbers *x = data;
    size_t i;
    json_t *v;
    CHECK_OK(
        prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "g", .labels = PROM_LABELS("i"))));
    json_array_foreach(x->vectors, i, v)
    {
        char number[32];
        snprintf(number, sizeof number, "%zu", i);
        CHECK_OK(prom_build_value(b, PROM_VALUES(number), number_at(v)));
    }
    family(b, PROM_HISTOGRAM, "h", NULL);
    CHECK_OK(prom_build_histogram(b, NULL, 0, 0, x->bound, x->n));
    return PROM_OK;
}

/* The next line is this one. */
static void check_next(char **at, const char *want)
{
    char *end = strchr(*at, '\n');
    if (!CHECK(end != NULL))
        return;
    *end = '\0';
    CHECK_STR(*at, want);
    *at = end + 1;
}

static void test_every_golden_number(void)
{
    json_t *table = json_load_file(TESTS_GOLDEN "/float_format.json", 0, NULL), *v;
    numbers x = { .n = 0, .vectors = json_object_get(table, "vectors") };
    char want[128];
    size_t i;
    json_array_foreach(x.vectors, i, v) add_bound(&x, v);
    CHECK(i >= 168 && x.n > 100);
    char *text = kit_encoded(kit_built(build_numbers, &x), &prom_openmetrics, PROM_UNDERSCORES);
    char *at = text;
    check_next(&at, "# TYPE g gauge");
    json_array_foreach(x.vectors, i, v)
    {
        snprintf(want, sizeof want, "g{i=\"%zu\"} %s", i, text_at(v));
        check_next(&at, want);
    }
    check_next(&at, "# TYPE h histogram");
    for (i = 0; i < x.n; i++) {
        snprintf(want, sizeof want, "h_bucket{le=\"%s\"} 0", x.text[i]);
        check_next(&at, want);
    }
    CHECK_STR(at, "h_bucket{le=\"+Inf\"} 0\nh_sum 0.0\nh_count 0\n# EOF\n");
    prom_free(text);
    json_decref(table);
}

static void test_0_0_1_has_the_same_body(void)
{
    char *text = kit_encoded(kit_built(build_created, NULL), &prom_openmetrics, PROM_DOTS);
    check_as(build_created, &prom_openmetrics_0, PROM_DOTS, text, __LINE__);
    prom_free(text);
    char type[160];
    prom_content_type(&prom_openmetrics_0, PROM_DOTS, type, sizeof type);
    CHECK_STR(type, "application/openmetrics-text; version=0.0.1; charset=utf-8; "
                    "escaping=dots");
}

TESTS(ROW(test_names_without_their_suffix_are_unknown), ROW(test_the_target_comes_first),
      ROW(test_states_under_a_name_with_a_colon), ROW(test_units),
      ROW(test_exemplars_stand_at_their_buckets), ROW(test_native_exemplars),
      ROW(test_labels_of_exemplars_are_escaped), ROW(test_weights),
      ROW(test_custom_buckets_are_shown_as_classic_ones),
      ROW(test_created_stands_behind_its_series), ROW(test_created_can_be_left_out),
      ROW(test_live_metrics_have_created_times), ROW(test_every_golden_number),
      ROW(test_0_0_1_has_the_same_body))
