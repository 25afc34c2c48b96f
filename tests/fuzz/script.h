// SPDX-License-Identifier: Apache-2.0
/* script.h - bytes as calls of the functions that collectors build with, in any order, with
 * good and bad arguments: a byte for the function, then bytes for its arguments. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "entry.h"

#include <prom/encode.h>
#include <prom/vec.h>

#include <math.h>
#include <stdbool.h>

enum { MOST_CALLS = 1000 };

typedef struct script {
    const uint8_t *data;
    size_t n, at;
    uint8_t *kept; /* the calls that succeeded, one after the other; as large as data */
    size_t n_kept, calls, failed;
} script;

static unsigned next(script *x)
{
    return x->at < x->n ? x->data[x->at++] : 0;
}

static double next_double(script *x)
{
    static const double values[] = {
        0, 1, -1, 0.5, 0.99, 1e9, INFINITY, -INFINITY, (double)NAN
    };
    return values[next(x) % (sizeof values / sizeof *values)];
}

/* Names that clash, are reserved, need escaping, are wrong. */
static const char *next_word(script *x)
{
    static const char *const words[] = {
        "a", "b",    "a_count",  "a_total", "a.count",   "le", "quantile", "__x",
        "",  "\xff", "\xc3\xa4", "x\"\\\n", "info_info", "0",  "a_sum",    NULL,
    };
    return words[next(x) % (sizeof words / sizeof *words)];
}

static const char *next_string(script *x)
{
    const char *s = next_word(x);
    return s ? s : "c";
}

static prom_str next_str(script *x)
{
    const char *s = next_string(x);
    return (prom_str){ s, strlen(s) };
}

/* --- calls -------------------------------------------------------------- */

static prom_err call_family(prom_builder *b, script *x)
{
    const char *labels[4] = { NULL };
    prom_label constants[3] = { { NULL, NULL } };
    prom_type t = (prom_type)(next(x) % (PROM_GAUGE_HISTOGRAM + 2)); /* one is no type */
    prom_opts o = { .size = sizeof o, .name = next_word(x), .help = next_word(x) };
    o.unit = next(x) % 2 ? next_word(x) : NULL;
    for (unsigned i = 0, n = next(x) % 4; i < n; i++)
        labels[i] = next_string(x);
    for (unsigned i = 0, n = next(x) % 3; i < n; i++) {
        constants[i].name = next_string(x);
        constants[i].value = next_word(x);
    }
    o.labels = labels;
    o.const_labels = constants;
    return prom_build_family(b, t, &o);
}

static prom_err call_values(prom_builder *b, script *x)
{
    prom_str values[4];
    size_t n = next(x) % 4;
    for (size_t i = 0; i < n; i++)
        values[i] = next_str(x);
    return prom_build_values(b, values, n);
}

static prom_err call_labels(prom_builder *b, script *x)
{
    prom_label_str labels[4];
    size_t n = next(x) % 4;
    for (size_t i = 0; i < n; i++) {
        labels[i].name = next_str(x);
        labels[i].value = next_str(x);
    }
    return prom_build_labels(b, labels, n);
}

/* The label values of a metric; NULL if the array is NULL. */
typedef struct own_values {
    const char *at[5];
    const char *const *p;
} own_values;

static void next_values(script *x, own_values *v)
{
    unsigned n = next(x) % 5;
    *v = (own_values){ .p = n == 4 ? NULL : v->at };
    for (unsigned i = 0; i < n && n < 4; i++)
        v->at[i] = next_string(x);
}

static prom_err call_value(prom_builder *b, script *x)
{
    own_values v;
    next_values(x, &v);
    return prom_build_value(b, v.p, next_double(x));
}

static prom_err call_histogram(prom_builder *b, script *x)
{
    own_values v;
    prom_bucket buckets[4];
    size_t n = next(x) % 4;
    next_values(x, &v);
    for (size_t i = 0; i < n; i++)
        buckets[i] = (prom_bucket){ next_double(x), next(x) % 8 };
    double sum = next_double(x);
    return prom_build_histogram(b, v.p, sum, next(x) % 8, buckets, n);
}

static prom_err call_summary(prom_builder *b, script *x)
{
    own_values v;
    prom_quantile quantiles[4];
    size_t n = next(x) % 4;
    next_values(x, &v);
    for (size_t i = 0; i < n; i++) {
        double q = next_double(x);
        quantiles[i] = (prom_quantile){ q, next_double(x) };
    }
    double sum = next_double(x);
    return prom_build_summary(b, v.p, sum, next(x), quantiles, n);
}

static prom_err call_timestamp(prom_builder *b, script *x)
{
    static const int64_t times[] = { 0, 1, -1, INT64_MAX, INT64_MIN };
    return prom_build_timestamp(b, times[next(x) % 5]);
}

static size_t next_side(script *x, bool weights, prom_native_bucket *side)
{
    static const int32_t indices[] = { 0, 1, 2, -1, -2, 1025, 262145, INT32_MAX, INT32_MIN };
    size_t n = next(x) % 4;
    for (size_t i = 0; i < n; i++) {
        side[i].index = indices[next(x) % 9];
        if (weights)
            side[i].n.weight = next_double(x);
        else
            side[i].n.count = next(x) % 4;
    }
    return n;
}

static prom_err call_native(prom_builder *b, script *x)
{
    own_values v;
    prom_native_bucket positive[4], negative[4];
    double custom[4];
    prom_bucket buckets[2];
    unsigned which = next(x);
    prom_native n = { .size = sizeof n, .is_float = which & 1 };
    n.schema = which & 2 ? PROM_CUSTOM_BUCKETS : (int)(which >> 2) % 15 - 5;
    next_values(x, &v);
    if (n.is_float) {
        n.weight = next_double(x);
        n.zero_weight = next_double(x);
    } else {
        n.zero_count = next(x) % 4;
    }
    n.zero_threshold = which & 0x40 ? next_double(x) : 0;
    n.positive = positive;
    n.n_positive = next_side(x, n.is_float, positive);
    n.negative = negative;
    n.n_negative = next_side(x, n.is_float, negative);
    n.custom = custom;
    for (n.n_custom = 0; n.n_custom < next(x) % 4; n.n_custom++)
        custom[n.n_custom] = next_double(x);
    size_t k = next(x) % 3;
    for (size_t i = 0; i < k; i++)
        buckets[i] = (prom_bucket){ next_double(x), next(x) % 8 };
    double sum = next_double(x);
    return prom_build_native(b, v.p, sum, next(x) % 8, &n, buckets, k);
}

static prom_err call_stateset(prom_builder *b, script *x)
{
    own_values v;
    prom_state states[4];
    size_t n = next(x) % 5;
    next_values(x, &v);
    for (size_t i = 0; i < n && i < 4; i++) {
        states[i].name = next_str(x);
        states[i].on = next(x) % 2;
    }
    return prom_build_stateset(b, v.p, states, n < 4 ? n : 4);
}

static prom_err call_info(prom_builder *b, script *x)
{
    own_values v;
    prom_label_str labels[4];
    size_t n = next(x) % 4;
    next_values(x, &v);
    for (size_t i = 0; i < n; i++) {
        labels[i].name = next_str(x);
        labels[i].value = next_str(x);
    }
    return prom_build_info(b, v.p, labels, n);
}

static prom_err call_created(prom_builder *b, script *x)
{
    static const int64_t times[] = { 0, 1, -1, INT64_MAX, INT64_MIN };
    return prom_build_created(b, times[next(x) % 5]);
}

static prom_err call_exemplar(prom_builder *b, script *x)
{
    prom_label_str labels[4];
    prom_exemplar e = { .labels = labels, .n_labels = next(x) % 4 };
    for (size_t i = 0; i < e.n_labels; i++) {
        labels[i].name = next_str(x);
        labels[i].value = next_str(x);
    }
    e.value = next_double(x);
    e.timestamp_ns = next(x) % 2 ? PROM_NO_TIME : 5;
    return prom_build_exemplar(b, &e);
}

static prom_err call_desc(prom_builder *b, script *x)
{
    prom_desc *d;
    const char *labels[] = { next_string(x), NULL };
    prom_opts o = { .size = sizeof o, .name = next_word(x), .labels = labels };
    o.help = next_word(x);
    o.namespace_ = next_word(x);
    REQUIRE(!prom_desc_new((prom_type)(next(x) % (PROM_GAUGE_HISTOGRAM + 2)), &o, &d),
            "no description");
    prom_err e = prom_build_desc(b, d);
    prom_unref(d);
    return e;
}

/* What another registry gathered: one family of this name. */
static prom_err call_snapshot(prom_builder *b, script *x)
{
    prom_registry *r;
    prom_gauge *g = NULL;
    prom_snapshot *s;
    REQUIRE(!prom_registry_new(NULL, &r), "no registry");
    prom_opts o = { .size = sizeof o, .name = next_word(x), .help = "" };
    prom_gauge_new(r, &o, &g);
    REQUIRE(!prom_gather(r, &s), "no snapshot");
    prom_err e = prom_build_snapshot(b, s);
    prom_unref(s);
    prom_unref(g);
    prom_unref(r);
    return e;
}

/* The collector: data is the script. */
static prom_err build(prom_builder *b, void *data)
{
    static prom_err (*const calls[])(prom_builder * b, script * x) = {
        call_family,    call_values, call_labels,   call_value,    call_histogram, call_summary,
        call_timestamp, call_value,  call_native,   call_stateset, call_info,      call_created,
        call_exemplar,  call_desc,   call_snapshot, call_native,
    };
    script *x = data;
    while (x->at < x->n && x->calls < MOST_CALLS) {
        size_t from = x->at;
        unsigned which = next(x) % 16;
        prom_err e = calls[which](b, x);
        REQUIRE(!e || *prom_error(e), "no sentence");
        if (!e)
            memcpy(x->kept + x->n_kept, x->data + from, x->at - from);
        x->n_kept += e ? 0 : x->at - from;
        x->failed += e != PROM_OK;
        x->calls++;
    }
    return PROM_OK;
}

#endif
