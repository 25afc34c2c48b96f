// SPDX-License-Identifier: Apache-2.0
#include "native_opts.h"

#include "base/number.h"

/* PROM_OK for a number of lowest..highest, which NaN is not. */
static prom_err check(const char *given, const char *option, double v, double lowest,
                      double highest)
{
    if (v >= lowest && v <= highest)
        return PROM_OK;
    return prom_fail(PROM_E_INVAL, "'%s': %s %s is not between %s and %s", given, option,
                     prom__number_said(v).text, prom__number_said(lowest).text,
                     prom__number_said(highest).text);
}

static prom_err check_finite(const char *given, const char *option, double v)
{
    return isfinite(v) ? PROM_OK
                       : prom_fail(PROM_E_INVAL, "'%s': %s %s is not finite", given, option,
                                   prom__number_said(v).text);
}

enum { MOST_EXEMPLARS = 10000 };

static prom_err check_all(const char *given, const prom_opts *o)
{
    const double most_seconds = 1e9;
    prom_err e = check_finite(given, "native_zero_threshold", o->native_zero_threshold);
    if (!e)
        e = check(given, "native_min_reset", o->native_min_reset, 0, most_seconds);
    if (!e)
        e = check_finite(given, "native_max_zero_threshold", o->native_max_zero_threshold);
    if (!e && o->native_max_zero_threshold < 0)
        e = prom_fail(PROM_E_INVAL, "'%s': native_max_zero_threshold %s is negative", given,
                      prom__number_said(o->native_max_zero_threshold).text);
    if (!e)
        e = check(given, "native_exemplar_ttl", o->native_exemplar_ttl, -most_seconds,
                  most_seconds);
    if (!e && o->native_max_exemplars > MOST_EXEMPLARS)
        e = prom_fail(PROM_E_INVAL, "'%s': native_max_exemplars %d is more than %d", given,
                      o->native_max_exemplars, MOST_EXEMPLARS);
    return e;
}

static void clear(prom_opts *o)
{
    o->native_factor = o->native_zero_threshold = o->native_min_reset = 0;
    o->native_max_zero_threshold = o->native_exemplar_ttl = 0;
    o->native_max_buckets = 0;
    o->native_max_exemplars = 0;
}

prom_err prom__native_take(const char *given, prom_opts *o, prom__native_form *out)
{
    *out = (prom__native_form){ .on = false };
    prom_err e = check_finite(given, "native_factor", o->native_factor);
    if (!e && o->native_factor < 0)
        e = prom_fail(PROM_E_INVAL, "'%s': native_factor %s is negative", given,
                      prom__number_said(o->native_factor).text);
    if (!e && o->native_factor <= 1) {
        clear(o);
        return PROM_OK;
    }
    if (!e)
        e = check_all(given, o);
    if (e)
        return e;
    if (o->native_zero_threshold == 0)
        o->native_zero_threshold = 0x1p-128;
    else if (o->native_zero_threshold < 0)
        o->native_zero_threshold = -1;
    if (!o->native_max_buckets)
        o->native_max_buckets = 160;
    if (!o->native_max_exemplars)
        o->native_max_exemplars = 10;
    else if (o->native_max_exemplars < 0)
        o->native_max_exemplars = -1;
    if (o->native_exemplar_ttl == 0)
        o->native_exemplar_ttl = 300;
    else if (o->native_exemplar_ttl < 0)
        o->native_exemplar_ttl = -1;
    *out = (prom__native_form){
        .on = true,
        .steps = (unsigned)(PROM__NATIVE_FINEST - prom__native_schema(o->native_factor)),
        .zero_threshold = o->native_zero_threshold < 0 ? 0 : o->native_zero_threshold,
        .max_zero_threshold = o->native_max_zero_threshold,
        .max_buckets =
            o->native_max_buckets == PROM_NO_LIMIT ? UINT64_MAX : o->native_max_buckets,
        .min_reset_ns = (int64_t)(o->native_min_reset * 1e9),
    };
    return PROM_OK;
}

static bool same(double a, double b)
{
    return !(a < b || a > b);
}

bool prom__native_same(const prom_opts *a, const prom_opts *b)
{
    return same(a->native_factor, b->native_factor) &&
           same(a->native_zero_threshold, b->native_zero_threshold) &&
           same(a->native_min_reset, b->native_min_reset) &&
           same(a->native_max_zero_threshold, b->native_max_zero_threshold) &&
           same(a->native_exemplar_ttl, b->native_exemplar_ttl) &&
           a->native_max_buckets == b->native_max_buckets &&
           a->native_max_exemplars == b->native_max_exemplars;
}
