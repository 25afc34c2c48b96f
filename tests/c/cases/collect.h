// SPDX-License-Identifier: Apache-2.0
/* collect.h - collectors whose families a step writes down. */
#ifndef CASES_COLLECT_H
#define CASES_COLLECT_H

#include "world.h"

static prom_err build_values(prom_builder *b, json_t *m)
{
    prom_str values[MOST];
    prom_label_str named[MOST];
    json_t *labels = json_object_get(m, "labels");
    if (json_is_object(labels))
        return prom_build_labels(b, named, pairs_str(labels, named));
    return prom_build_values(b, values, values_str(labels, values));
}

static size_t native_side(json_t *a, prom_native_bucket *out)
{
    size_t i;
    json_t *pair;
    json_array_foreach(a, i, pair)
    {
        out[i].index = (int32_t)number(json_array_get(pair, 0));
        out[i].n.count = (uint64_t)number(json_array_get(pair, 1));
    }
    return json_array_size(a);
}

static prom_err build_histogram(prom_builder *b, json_t *m)
{
    json_t *list = json_object_get(m, "buckets"), *native = json_object_get(m, "native");
    prom_bucket buckets[MOST];
    prom_native_bucket positive[MOST], negative[MOST];
    size_t n = json_array_size(list);
    for (size_t i = 0; i < n; i++) {
        json_t *pair = json_array_get(list, i);
        buckets[i].upper = number(json_array_get(pair, 0));
        buckets[i].count = (uint64_t)number(json_array_get(pair, 1));
    }
    double sum = number_at(m, "sum", 0);
    uint64_t count = (uint64_t)number_at(m, "count", 0);
    if (!native)
        return prom_build_histogram(b, NULL, sum, count, buckets, n);
    prom_native x = { .size = sizeof x,
                      .schema = (int)number_at(native, "schema", 0),
                      .zero_threshold = number_at(native, "zero_threshold", 0),
                      .zero_count = (uint64_t)number_at(native, "zero_count", 0),
                      .positive = positive,
                      .negative = negative };
    x.n_positive = native_side(json_object_get(native, "positive"), positive);
    x.n_negative = native_side(json_object_get(native, "negative"), negative);
    return prom_build_native(b, NULL, sum, count, &x, buckets, n);
}

static prom_err build_summary(prom_builder *b, json_t *m)
{
    json_t *list = json_object_get(m, "quantiles");
    prom_quantile q[MOST];
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *pair = json_array_get(list, i);
        q[i].quantile = number(json_array_get(pair, 0));
        q[i].value = number(json_array_get(pair, 1));
    }
    return prom_build_summary(b, NULL, number_at(m, "sum", 0),
                              (uint64_t)number_at(m, "count", 0), q, json_array_size(list));
}

static prom_err build_stateset(prom_builder *b, json_t *m)
{
    prom_state states[MOST];
    json_t *on;
    const char *name;
    size_t n = 0;
    json_object_foreach(json_object_get(m, "states"), name, on) states[n++] =
        (prom_state){ { name, strlen(name) }, json_is_true(on) };
    return prom_build_stateset(b, NULL, states, n);
}

static prom_err build_info(prom_builder *b, json_t *m)
{
    prom_label_str l[MOST];
    return prom_build_info(b, NULL, l, pairs_str(json_object_get(m, "info"), l));
}

static prom_err build_exemplar(prom_builder *b, json_t *m)
{
    json_t *x = json_object_get(m, "exemplar");
    prom_label_str l[MOST];
    if (!x)
        return PROM_OK;
    prom_exemplar e = { .labels = l,
                        .n_labels = pairs_str(json_object_get(x, "labels"), l),
                        .value = number_at(x, "value", 0),
                        .timestamp_ns = PROM_NO_TIME };
    return prom_build_exemplar(b, &e);
}

static prom_err build_metric(prom_builder *b, prom_type t, json_t *m)
{
    prom_err e = build_values(b, m);
    if (e)
        return e;
    if (t == PROM_HISTOGRAM || t == PROM_GAUGE_HISTOGRAM)
        e = build_histogram(b, m);
    else if (t == PROM_SUMMARY)
        e = build_summary(b, m);
    else if (t == PROM_STATESET)
        e = build_stateset(b, m);
    else if (t == PROM_INFO)
        e = build_info(b, m);
    else
        e = prom_build_value(b, NULL, number_at(m, "v", 0));
    if (!e && json_object_get(m, "timestamp_ms"))
        e = prom_build_timestamp(b, (int64_t)number_at(m, "timestamp_ms", 0));
    if (!e && json_object_get(m, "created"))
        e = prom_build_created(b, (int64_t)number_at(m, "created", 0) * 1000000000);
    return e ? e : build_exemplar(b, m);
}

static prom_err build_families(prom_builder *b, json_t *families, bool metrics)
{
    json_t *f, *m;
    size_t i, k;
    json_array_foreach(families, i, f)
    {
        prom_opts o = opts_of(f);
        prom_type t = type_of(text(f, "type"));
        prom_err e = prom_build_family(b, t, &o);
        json_array_foreach(json_object_get(f, "metrics"), k, m)
        {
            if (!e && metrics)
                e = build_metric(b, t, m);
        }
        if (e)
            return e;
    }
    return PROM_OK;
}

static prom_err collect(prom_builder *b, void *data)
{
    json_t *s = data;
    prom_err e = build_families(b, json_object_get(s, "families"), true);
    return !e && text(s, "raises") ? prom_fail(PROM_E_CALLBACK, "%s", text(s, "raises")) : e;
}

static prom_err describe(prom_builder *b, void *data)
{
    json_t *s = data, *d = json_object_get(s, "describe");
    return build_families(b, json_is_array(d) ? d : json_object_get(s, "families"), false);
}

static prom_err do_collector(world *w, json_t *s)
{
    prom_collector *c = NULL;
    bool describes = json_object_get(s, "describe") != NULL;
    prom_err e = prom_collector_new(
        registry_of(w, s),
        PROM_COLLECTOR_OPTS(.name = text(s, "name"), .collect = collect,
                            .describe = describes ? describe : NULL, .data = s),
        &c);
    if (!e)
        keep(w, s, c, PROM_UNKNOWN);
    return e;
}

#endif
