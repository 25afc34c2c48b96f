// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "model/builder.h"

static prom_snapshot *snapshot;
static prom_builder builder, *const b = &builder;

static void begin(void)
{
    CHECK_OK(prom__snapshot_new(NULL, &snapshot));
    prom__builder_open(b, snapshot, PROM_ORDER_CREATED);
}

static void seal(void)
{
    prom__builder_close(b, true);
    CHECK_OK(prom__snapshot_seal(snapshot, PROM_ORDER_CREATED));
}

/* Reads the only family's metrics: as many as expected, each by the next of these functions. */
typedef struct reading {
    void (*const *check)(const prom_metric *m);
    size_t n, left;
} reading;

static prom_err read_next(void *data, const prom_metric *m)
{
    reading *r = data;
    CHECK(m->family == prom_snapshot_at(snapshot, 0));
    if (CHECK(r->left > 0))
        r->check[r->n - r->left--](m);
    return PROM_OK;
}

static void read_all(void (*const *check)(const prom_metric *m), size_t n)
{
    reading r = { check, n, n };
    seal();
    CHECK_INT(prom_snapshot_size(snapshot), 1);
    CHECK_OK(prom_family_metrics(prom_snapshot_at(snapshot, 0), read_next, &r));
    CHECK_INT(r.left, 0);
    prom_unref(snapshot);
}
#define READ(...)                                                            \
    read_all((void (*const[])(const prom_metric *)){ __VA_ARGS__ },          \
             sizeof((void (*const[])(const prom_metric *)){ __VA_ARGS__ }) / \
                 sizeof(void (*)(const prom_metric *)))

static prom_str str(const char *s)
{
    return (prom_str){ s, strlen(s) };
}

static bool is(prom_str s, const char *want, size_t n)
{
    return s.n == n && memcmp(s.p, want, n) == 0;
}

static void check_nothing_else(const prom_metric *m)
{
    CHECK_DBL(m->sum, 0);
    CHECK_INT(m->count, 0);
    CHECK_INT(m->n_buckets + m->n_quantiles + m->n_states, 0);
    CHECK(m->native == NULL);
    CHECK_INT(m->n_exemplars + m->n_native_exemplars, 0);
}

/* --- single values ----------------------------------------------------------- */

static void check_first(const prom_metric *m)
{
    CHECK_DBL(m->value, 1.5);
    CHECK_INT(m->n_labels, 2);
    CHECK(is(m->labels[0].name, "k", 1) && is(m->labels[0].value, "c\n", 2));
    CHECK(is(m->labels[1].name, "x", 1) && is(m->labels[1].value, "n\0\"l\\", 5));
    CHECK(m->timestamp_ms == PROM_NO_TIME);
    CHECK_INT(m->created_ns, 0);
    check_nothing_else(m);
}

static void check_second(const prom_metric *m)
{
    CHECK_DBL(m->value, (double)NAN);
    CHECK_INT(m->n_labels, 0);
    CHECK_INT(m->timestamp_ms, -3);
    check_nothing_else(m);
}

static void test_metrics_of_single_values(void)
{
    begin();
    CHECK_OK(prom_build_family(b, PROM_GAUGE,
                               PROM_OPTS(.name = "g", .labels = PROM_LABELS("x"),
                                         .const_labels = PROM_CONST_LABELS({ "k", "c\n" }))));
    CHECK_OK(prom_build_values(b, (prom_str[]){ { "n\0\"l\\", 5 } }, 1));
    CHECK_OK(prom_build_value(b, NULL, 1.5));
    CHECK_OK(prom_build_labels(b, NULL, 0));
    CHECK_OK(prom_build_value(b, NULL, (double)NAN));
    CHECK_OK(prom_build_timestamp(b, -3));
    READ(check_first, check_second);
}

static void check_counter(const prom_metric *m)
{
    CHECK_DBL(m->value, 7);
    CHECK_INT(m->created_ns, 123456789);
    CHECK_INT(m->n_exemplars, 1);
    CHECK_DBL(m->exemplars[0].value, 2);
    CHECK_INT(m->exemplars[0].timestamp_ns, 99);
    CHECK_INT(m->exemplars[0].n_labels, 1);
    CHECK(is(m->exemplars[0].labels[0].name, "id", 2));
    CHECK(is(m->exemplars[0].labels[0].value, "b", 1));
    CHECK_INT(m->n_native_exemplars, 0);
}

static void test_metrics_of_a_counter(void)
{
    char label[] = "id", value[] = "b";
    begin();
    CHECK_OK(prom_build_family(b, PROM_COUNTER, PROM_OPTS(.name = "c_total")));
    CHECK_OK(prom_build_value(b, NULL, 7));
    CHECK_OK(prom_build_created(b, 123456789));
    CHECK_OK(prom_build_exemplar(b, &(prom_exemplar){ .value = 1, .timestamp_ns = 1 }));
    prom_label_str l = { str(label), str(value) };
    CHECK_OK(prom_build_exemplar(b, &(prom_exemplar){ &l, 1, 2, 99 })); /* takes its place */
    label[0] = value[0] = '?';
    READ(check_counter);
}

/* --- histograms -------------------------------------------------------------- */

static void check_both(const prom_metric *m)
{
    CHECK_DBL(m->value, 0);
    CHECK_DBL(m->sum, -2.5);
    CHECK_INT(m->count, 6);
    CHECK_INT(m->n_buckets, 2);
    CHECK_DBL(m->buckets[0].upper, -1);
    CHECK_INT(m->buckets[0].count, 1);
    CHECK_DBL(m->buckets[1].upper, 2);
    CHECK_INT(m->buckets[1].count, 4);
    if (!CHECK(m->native != NULL))
        return;
    CHECK_INT(m->native->schema, 2);
    CHECK_DBL(m->native->zero_threshold, 0.25);
    CHECK_INT(m->native->zero_count, 1);
    CHECK_INT(m->native->n_positive, 2);
    CHECK_INT(m->native->positive[0].index, -3);
    CHECK_INT(m->native->positive[1].index, 4);
    CHECK_INT(m->native->positive[1].n.count, 3);
    CHECK_INT(m->native->n_negative, 1);
    CHECK_INT(m->native->negative[0].n.count, 1);
}

static void check_empty(const prom_metric *m)
{
    check_nothing_else(m);
}

static void test_metrics_of_histograms(void)
{
    prom_native_bucket positive[] = { { -3, { 1 } }, { 4, { 3 } } },
                       negative[] = { { 1, { 1 } } };
    begin();
    CHECK_OK(prom_build_family(b, PROM_HISTOGRAM,
                               PROM_OPTS(.name = "h", .labels = PROM_LABELS("x"))));
    CHECK_OK(prom_build_native(b, PROM_VALUES("1"), -2.5, 6,
                               PROM_NATIVE(.schema = 2, .zero_threshold = 0.25, .zero_count = 1,
                                           .positive = positive, .n_positive = 2,
                                           .negative = negative, .n_negative = 1),
                               (prom_bucket[]){ { -1, 1 }, { 2, 4 }, { INFINITY, 6 } }, 3));
    memset(positive, 0, sizeof positive);
    CHECK_OK(prom_build_histogram(b, PROM_VALUES("2"), 0, 0, NULL, 0));
    READ(check_both, check_empty);
}

/* One in each classic bucket, the last one that was given; all in the native part, by value. */
static void check_exemplars(const prom_metric *m)
{
    static const double classic[] = { -5, 2, 9 };
    static const double native[] = { -5, 1.5, 2, 3, 9 };
    CHECK_INT(m->n_exemplars, 3);
    for (size_t i = 0; i < 3 && i < m->n_exemplars; i++)
        CHECK_DBL(m->exemplars[i].value, classic[i]);
    CHECK_INT(m->n_native_exemplars, 6);
    for (size_t i = 0; i < 5 && i < m->n_native_exemplars; i++)
        CHECK_DBL(m->native_exemplars[i].value, native[i]);
    CHECK_DBL(m->native_exemplars[5].value, (double)NAN);
}

static void test_metrics_of_exemplars_of_histograms(void)
{
    static const double given[] = { 3, 1.5, (double)NAN, 9, 2, -5 };
    begin();
    CHECK_OK(prom_build_family(b, PROM_GAUGE_HISTOGRAM, PROM_OPTS(.name = "h")));
    CHECK_OK(prom_build_native(b, NULL, 0, 0, PROM_NATIVE(.schema = 0),
                               (prom_bucket[]){ { 1, 0 }, { 2, 0 } }, 2));
    for (size_t i = 0; i < 6; i++)
        CHECK_OK(prom_build_exemplar(
            b, &(prom_exemplar){ .value = given[i], .timestamp_ns = PROM_NO_TIME }));
    READ(check_exemplars);
}

static void check_only_native(const prom_metric *m)
{
    CHECK_INT(m->n_buckets, 0);
    CHECK_INT(m->n_exemplars, 0);
    CHECK_INT(m->n_native_exemplars, 20);
    for (size_t i = 1; i < m->n_native_exemplars; i++)
        CHECK(m->native_exemplars[i - 1].value <= m->native_exemplars[i].value);
}

static void check_only_classic(const prom_metric *m)
{
    CHECK_INT(m->n_exemplars, 1);
    CHECK_DBL(m->exemplars[0].value, 19 * 7 % 20);
    CHECK_INT(m->n_native_exemplars, 0);
}

static void test_metrics_of_exemplars_of_one_kind(void)
{
    begin();
    CHECK_OK(prom_build_family(b, PROM_HISTOGRAM,
                               PROM_OPTS(.name = "h", .labels = PROM_LABELS("x"))));
    for (int classic = 0; classic < 2; classic++) {
        if (classic)
            CHECK_OK(prom_build_histogram(b, PROM_VALUES("c"), 0, 0, NULL, 0));
        else
            CHECK_OK(prom_build_native(b, PROM_VALUES("n"), 0, 0, PROM_NATIVE(.schema = 0),
                                       NULL, 0));
        for (int i = 0; i < 20; i++)
            CHECK_OK(prom_build_exemplar(
                b, &(prom_exemplar){ .value = i * 7 % 20, .timestamp_ns = PROM_NO_TIME }));
    }
    READ(check_only_native, check_only_classic);
}

/* --- the others -------------------------------------------------------------- */

static void check_summary(const prom_metric *m)
{
    CHECK_DBL(m->sum, 4);
    CHECK_INT(m->count, 3);
    CHECK_INT(m->created_ns, 5);
    CHECK_INT(m->n_quantiles, 2);
    CHECK_DBL(m->quantiles[0].quantile, 0.5);
    CHECK_DBL(m->quantiles[0].value, 1);
    CHECK_DBL(m->quantiles[1].quantile, 1);
    CHECK_DBL(m->quantiles[1].value, (double)NAN);
}

static void test_metrics_of_a_summary(void)
{
    begin();
    CHECK_OK(prom_build_family(b, PROM_SUMMARY, PROM_OPTS(.name = "s")));
    CHECK_OK(prom_build_summary(b, NULL, 4, 3,
                                (prom_quantile[]){ { .5, 1 }, { 1, (double)NAN } }, 2));
    CHECK_OK(prom_build_created(b, 5));
    READ(check_summary);
}

static void check_states(const prom_metric *m)
{
    CHECK_INT(m->n_labels, 0);
    CHECK_INT(m->n_states, 70);
    CHECK(is(m->states[0].name, "\"\n", 2) && m->states[0].on);
    CHECK(is(m->states[69].name, "s69", 3) && m->states[69].on);
    CHECK(is(m->states[63].name, "s63", 3) && !m->states[63].on);
}

static void check_lone_state(const prom_metric *m)
{
    CHECK_INT(m->n_states, 0);
    CHECK_DBL(m->value, 1);
    CHECK_INT(m->n_labels, 1);
}

static void test_metrics_of_a_state_set(void)
{
    char names[70][8];
    prom_state states[70];
    for (size_t i = 0; i < 70; i++) {
        snprintf(names[i], sizeof names[i], "s%zu", i);
        states[i] = (prom_state){ i ? str(names[i]) : str("\"\n"), i == 0 || i == 69 };
    }
    begin();
    CHECK_OK(prom_build_family(b, PROM_STATESET, PROM_OPTS(.name = "st")));
    CHECK_OK(prom_build_stateset(b, NULL, states, 70));
    CHECK_OK(prom_build_labels(b, (prom_label_str[]){ { str("st"), str("on") } }, 1));
    CHECK_OK(prom_build_value(b, NULL, 1));
    READ(check_states, check_lone_state);
}

static void check_info(const prom_metric *m)
{
    CHECK_DBL(m->value, 1);
    CHECK_INT(m->n_labels, 3);
    CHECK(is(m->labels[0].name, "b", 1) && is(m->labels[0].value, "1", 1));
    CHECK(is(m->labels[1].name, "k", 1) && is(m->labels[1].value, "\"", 1));
    CHECK(is(m->labels[2].name, "a", 1) && is(m->labels[2].value, "\\", 1));
    check_nothing_else(m);
}

static void test_metrics_of_an_info(void)
{
    begin();
    CHECK_OK(prom_build_family(b, PROM_INFO,
                               PROM_OPTS(.name = "x_info", .labels = PROM_LABELS("b"),
                                         .const_labels = PROM_CONST_LABELS({ "k", "\"" }))));
    CHECK_OK(
        prom_build_info(b, PROM_VALUES("1"), (prom_label_str[]){ { str("a"), str("\\") } }, 1));
    READ(check_info);
}

/* What the metrics are updated with comes out the same way. */
static prom_err check_live(void *data, const prom_metric *m)
{
    (*(int *)data)++;
    if (m->family->type == PROM_HISTOGRAM) {
        CHECK_INT(m->n_buckets, 2);
        CHECK_DBL(m->buckets[1].upper, 5);
        CHECK_INT(m->buckets[1].count, 2);
        CHECK_INT(m->count, 3);
        CHECK_DBL(m->sum, 13);
    } else {
        CHECK_INT(m->n_quantiles, 2);
        CHECK_DBL(m->quantiles[0].quantile, 0.5);
        CHECK_DBL(m->quantiles[1].quantile, 0.9);
        CHECK_INT(m->count, 1);
    }
    return PROM_OK;
}

static void test_metrics_that_are_live(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_CREATED);
    prom_histogram *h;
    prom_summary *s;
    prom_snapshot *all;
    int n = 0;
    CHECK_OK(prom_histogram_new(
        r, PROM_OPTS(.name = "h", .help = "", .buckets = PROM_BUCKETS(1, 5)), &h));
    CHECK_OK(prom_summary_new(r,
                              PROM_OPTS(.name = "s", .help = "",
                                        .objectives = PROM_OBJECTIVES({ .9, .1 }, { .5, .1 })),
                              &s));
    prom_histogram_observe(h, 1);
    prom_histogram_observe(h, 5);
    prom_histogram_observe(h, 7);
    prom_summary_observe(s, 3);
    CHECK_OK(prom_gather(r, &all));
    for (size_t i = 0; i < prom_snapshot_size(all); i++)
        CHECK_OK(prom_family_metrics(prom_snapshot_at(all, i), check_live, &n));
    CHECK_INT(n, 2);
    prom_unref(all);
    prom_unref(h);
    prom_unref(s);
    prom_unref(r);
}

/* --- failures ---------------------------------------------------------------- */

static prom_err stop_at_second(void *data, const prom_metric *m)
{
    (void)m;
    return ++*(int *)data == 2 ? prom_fail(PROM_E_CLOSED, "enough") : PROM_OK;
}

static void test_metrics_stop_at_an_error(void)
{
    int n = 0;
    begin();
    CHECK_OK(
        prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "g", .labels = PROM_LABELS("x"))));
    CHECK_OK(prom_build_value(b, PROM_VALUES("1"), 1));
    CHECK_OK(prom_build_value(b, PROM_VALUES("2"), 1));
    CHECK_OK(prom_build_value(b, PROM_VALUES("3"), 1));
    seal();
    CHECK_SAYS(prom_family_metrics(prom_snapshot_at(snapshot, 0), stop_at_second, &n),
               PROM_E_CLOSED, "enough");
    CHECK_INT(n, 2);
    prom_unref(snapshot);
}

TESTS(ROW(test_metrics_of_single_values), ROW(test_metrics_of_a_counter),
      ROW(test_metrics_of_histograms), ROW(test_metrics_of_exemplars_of_histograms),
      ROW(test_metrics_of_exemplars_of_one_kind), ROW(test_metrics_of_a_summary),
      ROW(test_metrics_of_a_state_set), ROW(test_metrics_of_an_info),
      ROW(test_metrics_that_are_live), ROW(test_metrics_stop_at_an_error))
