// SPDX-License-Identifier: Apache-2.0
/* vectors.h - the vectors of tests/golden/exposition as snapshots. */
#ifndef VECTORS_H
#define VECTORS_H

#include "check.h"

#include <prom/encode.h>

#include <jansson.h>
#include <stdlib.h>

enum { MOST = 64 };

static const char *const vectors[] = {
    "01_gauge_plain",
    "02_counter_labels",
    "03_counter_without_total",
    "04_unknown_untyped",
    "05_help_absent_and_empty",
    "06_help_escaping",
    "07_label_value_escaping",
    "08_label_value_unicode",
    "09_values_nonfinite",
    "10_values_negative_zero",
    "11_values_extremes",
    "12_values_rendering",
    "13_values_big_integers",
    "14_timestamps_ms",
    "15_timestamp_negative",
    "16_exemplar_counter",
    "17_exemplar_empty_labels",
    "18_exemplar_histogram",
    "19_exemplar_128_runes",
    "20_created_counter",
    "21_created_histogram_summary",
    "22_histogram_default_buckets",
    "23_histogram_le_rendering",
    "24_histogram_no_buckets",
    "25_histogram_nonfinite_sum",
    "26_summary_quantiles",
    "27_summary_no_quantiles",
    "28_unit_suffix_ok",
    "29_unit_not_suffix",
    "30_info_metric",
    "31_stateset_metric",
    "32_gaugehistogram",
    "33_family_without_metrics",
    "34_document_empty",
    "35_name_utf8_dots",
    "36_name_utf8_mixed",
    "37_name_utf8_quoting",
    "38_name_utf8_histogram",
    "39_name_colons_digits",
    "40_native_int",
    "41_native_negative",
    "42_native_empty_zero_threshold",
    "43_native_empty_default_threshold",
    "44_native_and_classic",
    "45_native_nan_observed",
    "46_native_inf_buckets",
    "47_native_float",
    "48_native_gauge",
    "49_document_mixed",
};

enum { VECTORS = sizeof vectors / sizeof *vectors };

static inline const char *member_text(json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static inline double number_of(json_t *j)
{
    return strtod(json_string_value(j), NULL);
}

static inline uint64_t count_of(json_t *j)
{
    return strtoull(json_string_value(j), NULL, 10);
}

static inline prom_str str_of(json_t *j)
{
    return (prom_str){ json_string_value(j), json_string_length(j) };
}

static inline prom_type type_of(const char *word)
{
    for (int t = PROM_UNKNOWN; t <= PROM_GAUGE_HISTOGRAM; t++)
        if (strcmp(prom_type_name((prom_type)t), word) == 0)
            return (prom_type)t;
    CHECK_STR(word, "a type word");
    return PROM_UNKNOWN;
}

/* --- from JSON to the builder ------------------------------------------- */

typedef struct labels {
    prom_label_str at[MOST];
    size_t n;
} labels;

static inline void add_pairs(labels *l, json_t *pairs)
{
    size_t i;
    json_t *pair;
    json_array_foreach(pairs, i, pair)
    {
        if (!CHECK(l->n < MOST))
            return;
        l->at[l->n++] = (prom_label_str){ str_of(json_array_get(pair, 0)),
                                          str_of(json_array_get(pair, 1)) };
    }
}

static inline prom_err build_states(prom_builder *b, json_t *states)
{
    prom_state all[MOST];
    size_t i, n = 0;
    json_t *state;
    json_array_foreach(states, i, state)
    {
        if (!CHECK(n < MOST))
            break;
        all[n++] = (prom_state){ str_of(json_array_get(state, 0)),
                                 json_is_true(json_array_get(state, 1)) };
    }
    return prom_build_stateset(b, NULL, all, n);
}

/* Spans with deltas, or with counts that are not whole, to one bucket after the other. */
static inline size_t take_side(json_t *native, const char *spans, const char *deltas,
                               const char *counts, prom_native_bucket *out)
{
    size_t i, n = 0;
    int32_t index = 0;
    uint64_t count = 0;
    json_t *span;
    json_array_foreach(json_object_get(native, spans), i, span)
    {
        index += (int32_t)json_integer_value(json_array_get(span, 0));
        json_int_t length = json_integer_value(json_array_get(span, 1));
        for (; length > 0 && CHECK(n < MOST); length--, index++, n++) {
            json_t *weights = json_object_get(native, counts);
            out[n].index = index;
            if (weights) {
                out[n].n.weight = number_of(json_array_get(weights, n));
                continue;
            }
            count += (uint64_t)json_integer_value(
                json_array_get(json_object_get(native, deltas), n));
            out[n].n.count = count;
        }
    }
    return n;
}

static inline prom_err build_native(prom_builder *b, json_t *metric, const prom_bucket *buckets,
                                    size_t n)
{
    prom_native_bucket positive[MOST], negative[MOST];
    json_t *native = json_object_get(metric, "native");
    json_t *weight = json_object_get(metric, "count_float");
    json_t *count = json_object_get(metric, "count");
    prom_native x = { .size = sizeof x, .positive = positive, .negative = negative };
    x.schema = (int)json_integer_value(json_object_get(native, "schema"));
    x.is_float = weight != NULL;
    x.zero_threshold = number_of(json_object_get(native, "zero_threshold"));
    if (weight) {
        x.weight = number_of(weight);
        x.zero_weight = number_of(json_object_get(native, "zero_count_float"));
    } else {
        x.zero_count = count_of(json_object_get(native, "zero_count"));
    }
    x.n_positive =
        take_side(native, "positive_spans", "positive_deltas", "positive_counts", positive);
    x.n_negative =
        take_side(native, "negative_spans", "negative_deltas", "negative_counts", negative);
    return prom_build_native(b, NULL, number_of(json_object_get(metric, "sum")),
                             count ? count_of(count) : 0, &x, buckets, n);
}

static inline prom_err build_buckets(prom_builder *b, json_t *metric)
{
    prom_bucket buckets[MOST];
    size_t i, n = 0;
    json_t *bucket;
    json_array_foreach(json_object_get(metric, "buckets"), i, bucket)
    {
        if (!CHECK(n < MOST))
            break;
        buckets[n++] = (prom_bucket){ number_of(json_object_get(bucket, "le")),
                                      count_of(json_object_get(bucket, "count")) };
    }
    if (json_object_get(metric, "native"))
        return build_native(b, metric, buckets, n);
    return prom_build_histogram(b, NULL, number_of(json_object_get(metric, "sum")),
                                count_of(json_object_get(metric, "count")), buckets, n);
}

static inline prom_err build_quantiles(prom_builder *b, json_t *metric)
{
    prom_quantile quantiles[MOST];
    size_t i, n = 0;
    json_t *pair;
    json_array_foreach(json_object_get(metric, "quantiles"), i, pair)
    {
        if (!CHECK(n < MOST))
            break;
        quantiles[n++] = (prom_quantile){ number_of(json_array_get(pair, 0)),
                                          number_of(json_array_get(pair, 1)) };
    }
    return prom_build_summary(b, NULL, number_of(json_object_get(metric, "sum")),
                              count_of(json_object_get(metric, "count")), quantiles, n);
}

static inline prom_err build_value(prom_builder *b, prom_type t, json_t *metric)
{
    if (t == PROM_STATESET)
        return build_states(b, json_object_get(metric, "states"));
    if (t == PROM_HISTOGRAM || t == PROM_GAUGE_HISTOGRAM)
        return build_buckets(b, metric);
    if (t == PROM_SUMMARY)
        return build_quantiles(b, metric);
    if (t != PROM_INFO)
        return prom_build_value(b, NULL, number_of(json_object_get(metric, "value")));
    labels info = { .n = 0 };
    add_pairs(&info, json_object_get(metric, "info"));
    return prom_build_info(b, NULL, info.at, info.n);
}

/* [seconds, nanoseconds] */
static inline int64_t nanoseconds_of(json_t *instant)
{
    return json_integer_value(json_array_get(instant, 0)) * 1000000000 +
           json_integer_value(json_array_get(instant, 1));
}

static inline prom_err build_exemplar(prom_builder *b, json_t *exemplar,
                                      prom_err (*build)(prom_builder *, const prom_exemplar *))
{
    labels l = { .n = 0 };
    json_t *timestamp = json_object_get(exemplar, "timestamp");
    add_pairs(&l, json_object_get(exemplar, "labels"));
    bool known = timestamp && !json_is_null(timestamp);
    return build(b, &(prom_exemplar){ l.at, l.n, number_of(json_object_get(exemplar, "value")),
                                      known ? nanoseconds_of(timestamp) : PROM_NO_TIME });
}

/* Of the metric, of its buckets, of its native part. */
static inline prom_err build_exemplars(prom_builder *b, json_t *metric)
{
    size_t i;
    json_t *x, *own = json_object_get(metric, "exemplar");
    prom_err e = own ? build_exemplar(b, own, prom_build_exemplar) : PROM_OK;
    json_array_foreach(json_object_get(metric, "buckets"), i, x)
    {
        json_t *exemplar = json_object_get(x, "exemplar");
        if (!e && exemplar)
            e = build_exemplar(b, exemplar, prom_build_bucket_exemplar);
    }
    json_array_foreach(json_object_get(metric, "exemplars"), i, x)
    {
        if (!e)
            e = build_exemplar(b, x, prom_build_native_exemplar);
    }
    return e;
}

static inline prom_err build_metric(prom_builder *b, prom_type t, json_t *metric)
{
    labels l = { .n = 0 };
    add_pairs(&l, json_object_get(metric, "labels"));
    prom_err e = prom_build_labels(b, l.at, l.n);
    if (!e)
        e = build_value(b, t, metric);
    if (!e)
        e = build_exemplars(b, metric);
    json_t *timestamp = json_object_get(metric, "timestamp_ms");
    if (!e && timestamp)
        e = prom_build_timestamp(b, json_integer_value(timestamp));
    json_t *created = json_object_get(metric, "created");
    if (!e && created)
        e = prom_build_created(b, nanoseconds_of(created));
    return e;
}

static inline prom_err collect(prom_builder *b, void *data)
{
    size_t i, k;
    json_t *family, *metric;
    json_array_foreach((json_t *)data, i, family)
    {
        const char *name = member_text(family, "name");
        prom_type t = type_of(member_text(family, "type"));
        prom_err e =
            prom_build_family(b, t,
                              PROM_OPTS(.name = name, .help = member_text(family, "help"),
                                        .unit = member_text(family, "unit")));
        if (e)
            return e;
        json_array_foreach(json_object_get(family, "metrics"), k, metric)
        {
            e = build_metric(b, t, metric);
            if (e)
                return e;
        }
    }
    return PROM_OK;
}

/* --- one vector --------------------------------------------------------- */

static inline json_t *vector_load(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/exposition/%s.json", TESTS_GOLDEN, name);
    json_t *v = json_load_file(path, JSON_ALLOW_NUL, NULL);
    CHECK(v != NULL);
    return v;
}

/* A gather of a registry that keeps the order given, as the vectors do. */
static inline prom_snapshot *vector_snapshot(json_t *vector)
{
    prom_registry *r;
    prom_collector *c;
    prom_snapshot *s;
    prom_registry_opts ro = { .size = sizeof ro, .order = PROM_ORDER_CREATED };
    prom_collector_opts co = { .size = sizeof co,
                               .name = "vector",
                               .collect = collect,
                               .data = json_object_get(vector, "families") };
    CHECK_OK(prom_registry_new(&ro, &r));
    CHECK_OK(prom_collector_new(r, &co, &c));
    CHECK_OK(prom_gather(r, &s));
    CHECK_STR(prom_snapshot_error(s, 0), NULL);
    prom_unref(c);
    prom_unref(r);
    return s;
}

#endif
