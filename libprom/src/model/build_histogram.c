// SPDX-License-Identifier: Apache-2.0
/* build_histogram.c - histograms and gauge histograms: classic buckets, a native part, both. */
#include "base/alloc.h"
#include "base/number.h"
#include "builder.h"
#include "desc.h"

#include <string.h>

static prom_err check_buckets(const prom_builder *b, uint64_t count, const prom_bucket *x,
                              size_t n)
{
    prom_err e = prom__builder_check_array(b, x, n, "buckets");
    for (size_t i = 0; i < n && !e; i++) {
        const char *name = prom__builder_name(b);
        if (isnan(x[i].upper))
            return prom_fail(PROM_E_INVAL, "'%s': a bucket's bound is NaN", name);
        if (i && !(x[i].upper > x[i - 1].upper))
            return prom_fail(PROM_E_INVAL, "'%s': buckets must ascend, but %s follows %s", name,
                             prom__number_said(x[i].upper).text,
                             prom__number_said(x[i - 1].upper).text);
        if (i && x[i].count < x[i - 1].count)
            return prom_fail(PROM_E_INVAL,
                             "'%s': counts of buckets must not fall, as at bound %s", name,
                             prom__number_said(x[i].upper).text);
        if (x[i].count > count)
            return prom_fail(PROM_E_INVAL, "'%s': bucket %s has a larger count than the whole",
                             name, prom__number_said(x[i].upper).text);
        if (x[i].upper == INFINITY && x[i].count != count)
            return prom_fail(PROM_E_INVAL, "'%s': the +Inf bucket differs from the count",
                             name);
    }
    return e;
}

static prom__histogram_value *copy_buckets(prom_builder *b, const prom_bucket *x, size_t n)
{
    prom__arena *a = &b->snapshot->arena;
    prom__histogram_value *h = prom__arena_alloc(a, sizeof *h);
    double *uppers = prom__arena_alloc(a, (n + 1) * sizeof *uppers);
    uint64_t *cumulative = prom__arena_alloc(a, (n + 1) * sizeof *cumulative);
    if (!h || !uppers || !cumulative)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        uppers[i] = x[i].upper;
        cumulative[i] = x[i].count;
    }
    *h = (prom__histogram_value){ .n = n, .cumulative = cumulative, .uppers = uppers };
    h->marks = prom__marks_new(a, uppers, n);
    return h->marks ? h : NULL;
}

static prom_err build(prom_builder *b, const char *const *values,
                      const prom__histogram_value *wanted, const prom_bucket *buckets, size_t n)
{
    prom__built_labels l;
    prom__built_metric m;
    prom_err e = prom__builder_take(b, values, &l);
    if (!e)
        e = prom__builder_add(b, &l, &m);
    if (e)
        return e;
    bool inf_said = n && buckets[n - 1].upper == INFINITY;
    n -= inf_said;
    prom__histogram_value *h = copy_buckets(b, buckets, n);
    if (!h)
        return prom__no_memory("a histogram");
    h->sum = wanted->sum;
    h->count = wanted->count;
    h->inf_said = inf_said;
    if (wanted->native && !(h->native = prom__builder_copy_native(b, wanted->native)))
        return prom__no_memory("a histogram");
    m.point->value.histogram = h;
    prom__builder_commit(b, &m);
    return PROM_OK;
}

static prom_err check_histogram(const prom_builder *b, const char *what)
{
    prom_type t = prom__builder_type(b);
    return prom__builder_check_type(b, t == PROM_HISTOGRAM || t == PROM_GAUGE_HISTOGRAM, what);
}

prom_err prom_build_histogram(prom_builder *b, const char *const *values, double sum,
                              uint64_t count, const prom_bucket *buckets, size_t n)
{
    prom__histogram_value wanted = { .sum = sum, .count = count };
    prom_err e = check_histogram(b, "buckets");
    if (!e)
        e = check_buckets(b, count, buckets, n);
    return e ? e : build(b, values, &wanted, buckets, n);
}

/* Fields beyond the caller's size are 0. */
static prom_err copy_fields(const prom_builder *b, const prom_native *theirs, prom_native *ours)
{
    if (!theirs)
        return prom_fail(PROM_E_INVAL, "'%s': there is no native part", prom__builder_name(b));
    if (theirs->size < offsetof(prom_native, is_float))
        return prom_fail(PROM_E_INVAL, "prom_native.size is not set: use PROM_NATIVE");
    *ours = (prom_native){ .size = 0 };
    memcpy(ours, theirs, theirs->size < sizeof *ours ? theirs->size : sizeof *ours);
    ours->size = sizeof *ours;
    return PROM_OK;
}

prom_err prom_build_native(prom_builder *b, const char *const *values, double sum,
                           uint64_t count, const prom_native *native,
                           const prom_bucket *buckets, size_t n)
{
    prom_native x;
    prom__histogram_value wanted = { .sum = sum, .count = count, .native = &x };
    prom_err e = check_histogram(b, "native buckets");
    if (!e)
        e = copy_fields(b, native, &x);
    if (!e && x.is_float && n)
        e = prom_fail(PROM_E_INVAL, "'%s': a histogram of weights has no classic buckets",
                      prom__builder_name(b));
    if (!e)
        e = prom__builder_check_native(b, sum, count, &x);
    if (!e)
        e = check_buckets(b, count, buckets, n);
    return e ? e : build(b, values, &wanted, buckets, n);
}
