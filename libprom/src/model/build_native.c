// SPDX-License-Identifier: Apache-2.0
/* build_native.c - the native part of a histogram that a collector builds. What may be in it:
 * specs/native_histograms of prometheus/docs. */
#include "base/number.h"
#include "builder.h"
#include "native.h"

#include <string.h>

/* Sums of weights are rounded: they may differ from the whole by this part of their size. */
static const double rounding = 1e-9;

static prom_err invalid(const prom_builder *b, const char *what)
{
    return prom_fail(PROM_E_INVAL, "'%s': %s", prom__builder_name(b), what);
}

static prom_err check_custom(const prom_builder *b, const prom_native *x)
{
    if (x->n_negative || x->zero_count || x->zero_weight > 0 || x->zero_weight < 0 ||
        x->zero_threshold > 0)
        return invalid(b, "custom buckets are all on the positive side");
    prom_err e = prom__builder_check_array(b, x->custom, x->n_custom, "custom bounds");
    for (size_t i = 0; i < x->n_custom && !e; i++) {
        if (!isfinite(x->custom[i]))
            return invalid(b, "a custom bound is not finite");
        if (i && !(x->custom[i] > x->custom[i - 1]))
            return prom_fail(PROM_E_INVAL, "'%s': custom bounds must ascend, but %s follows %s",
                             prom__builder_name(b), prom__number_said(x->custom[i]).text,
                             prom__number_said(x->custom[i - 1]).text);
    }
    return e;
}

static prom_err check_shape(const prom_builder *b, const prom_native *x)
{
    bool custom = x->schema == PROM_CUSTOM_BUCKETS;
    if (!custom && (x->schema < PROM__NATIVE_COARSEST || x->schema > PROM__NATIVE_FINEST))
        return prom_fail(PROM_E_INVAL,
                         "'%s': schema %d is neither between -4 and 8 nor that of custom "
                         "buckets",
                         prom__builder_name(b), x->schema);
    if (!(x->zero_threshold >= 0 && isfinite(x->zero_threshold)))
        return prom_fail(PROM_E_INVAL, "'%s': zero threshold %s is negative or not finite",
                         prom__builder_name(b), prom__number_said(x->zero_threshold).text);
    if (!custom && x->n_custom)
        return invalid(b, "custom bounds are given with another schema");
    return custom ? check_custom(b, x) : PROM_OK;
}

/* The indices that values can have: of the smallest subnormal number, and of infinity. */
static void index_range(const prom_native *x, int32_t *lowest, int32_t *highest)
{
    if (x->schema == PROM_CUSTOM_BUCKETS) {
        *lowest = 0;
        *highest = x->n_custom < INT32_MAX ? (int32_t)x->n_custom : INT32_MAX;
        return;
    }
    unsigned steps = (unsigned)(PROM__NATIVE_FINEST - x->schema);
    *lowest = prom__native_index(0x1p-1074, steps);
    *highest = prom__native_index(INFINITY, steps);
}

static prom_err check_side(const prom_builder *b, const prom_native *x,
                           const prom_native_bucket *side, size_t n)
{
    int32_t lowest, highest;
    prom_err e = prom__builder_check_array(b, side, n, "native buckets");
    index_range(x, &lowest, &highest);
    for (size_t i = 0; i < n && !e; i++) {
        int32_t index = side[i].index;
        if (i && index <= side[i - 1].index)
            return prom_fail(PROM_E_INVAL,
                             "'%s': native buckets must ascend, but %d follows %d",
                             prom__builder_name(b), (int)index, (int)side[i - 1].index);
        if (index < lowest || index > highest)
            return prom_fail(PROM_E_INVAL, "'%s': no value lies in native bucket %d",
                             prom__builder_name(b), (int)index);
    }
    return e;
}

/* --- counts and weights -------------------------------------------------- */

/* Takes a side's counts from what is left of the whole; false: there is not so much. */
static bool take_counts(const prom_native_bucket *side, size_t n, uint64_t *left)
{
    for (size_t i = 0; i < n; i++) {
        if (side[i].n.count > *left)
            return false;
        *left -= side[i].n.count;
    }
    return true;
}

static prom_err check_counts(const prom_builder *b, double sum, uint64_t count,
                             const prom_native *x)
{
    uint64_t left = count;
    bool enough = x->zero_count <= left;
    if (enough) {
        left -= x->zero_count;
        enough = take_counts(x->positive, x->n_positive, &left) &&
                 take_counts(x->negative, x->n_negative, &left);
    }
    if (!enough)
        return invalid(b, "the native buckets hold more than the count");
    if (left && !isnan(sum)) /* NaN is counted, but in no bucket */
        return invalid(b, "the native buckets hold less than the count");
    return PROM_OK;
}

typedef struct weights {
    double sum, size; /* the size is the sum of the magnitudes */
    bool odd;         /* one is negative or NaN */
} weights;

static void add_weight(weights *w, double v)
{
    w->sum += v;
    w->size += fabs(v);
    w->odd = w->odd || !(v >= 0);
}

/* Weights of a gauge histogram may be anything, such as the difference of two histograms. */
static prom_err check_weights(const prom_builder *b, double sum, const prom_native *x)
{
    weights w = { .odd = !(x->weight >= 0) };
    add_weight(&w, x->zero_weight);
    for (size_t i = 0; i < x->n_positive; i++)
        add_weight(&w, x->positive[i].n.weight);
    for (size_t i = 0; i < x->n_negative; i++)
        add_weight(&w, x->negative[i].n.weight);
    if (w.odd && prom__builder_type(b) == PROM_HISTOGRAM)
        return invalid(b, "a weight is negative or not a number");
    double more = w.sum - x->weight, most = rounding * (w.size + fabs(x->weight));
    if (more > most)
        return invalid(b, "the native buckets weigh more than the whole");
    if (more < -most && !isnan(sum))
        return invalid(b, "the native buckets weigh less than the whole");
    return PROM_OK;
}

prom_err prom__builder_check_native(const prom_builder *b, double sum, uint64_t count,
                                    const prom_native *x)
{
    prom_err e = check_shape(b, x);
    if (!e)
        e = check_side(b, x, x->positive, x->n_positive);
    if (!e)
        e = check_side(b, x, x->negative, x->n_negative);
    if (!e)
        e = x->is_float ? check_weights(b, sum, x) : check_counts(b, sum, count, x);
    return e;
}

/* --- the copy ------------------------------------------------------------ */

static const prom_native_bucket *copy_side(prom__arena *a, const prom_native_bucket *side,
                                           size_t n)
{
    prom_native_bucket *copy = prom__arena_alloc(a, (n + 1) * sizeof *copy);
    if (copy && n)
        memcpy(copy, side, n * sizeof *copy);
    return copy;
}

const prom_native *prom__builder_copy_native(prom_builder *b, const prom_native *x)
{
    prom__arena *a = &b->snapshot->arena;
    prom_native *copy = prom__arena_alloc(a, sizeof *copy);
    double *custom = prom__arena_alloc(a, (x->n_custom + 1) * sizeof *custom);
    if (!copy || !custom)
        return NULL;
    *copy = *x;
    if (x->n_custom)
        memcpy(custom, x->custom, x->n_custom * sizeof *custom);
    copy->custom = custom;
    copy->positive = copy_side(a, x->positive, x->n_positive);
    copy->negative = copy_side(a, x->negative, x->n_negative);
    return copy->positive && copy->negative ? copy : NULL;
}
