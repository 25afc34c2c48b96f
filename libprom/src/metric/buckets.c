// SPDX-License-Identifier: Apache-2.0
/* buckets.c - helpers for lists of bucket bounds. */
#include "base/number.h"

#include <prom/prom.h>

#include <math.h>

static prom_err finish(double *out, size_t n, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(out[i]) || (i && !(out[i] > out[i - 1])))
            return prom_fail(PROM_E_INVAL, "%s buckets: bound %zu would be %s after %s", what,
                             i + 1, prom__number_said(out[i]).text,
                             prom__number_said(i ? out[i - 1] : -INFINITY).text);
    out[n] = INFINITY;
    return PROM_OK;
}

static prom_err check_count(size_t n, const char *what)
{
    return n && n <= 10000
               ? PROM_OK
               : prom_fail(PROM_E_INVAL, "%s buckets: a count between 1 and 10000 is needed",
                           what);
}

prom_err prom_buckets_linear(double start, double width, size_t n, double *out)
{
    prom_err e = check_count(n, "linear");
    if (e)
        return e;
    for (size_t i = 0; i < n; i++, start += width)
        out[i] = start;
    return finish(out, n, "linear");
}

prom_err prom_buckets_exponential(double start, double factor, size_t n, double *out)
{
    prom_err e = check_count(n, "exponential");
    if (!e && !(start > 0))
        e = prom_fail(PROM_E_INVAL, "exponential buckets: the start %s is not positive",
                      prom__number_said(start).text);
    if (!e && !(factor > 1))
        e = prom_fail(PROM_E_INVAL, "exponential buckets: the factor %s is not above 1",
                      prom__number_said(factor).text);
    if (e)
        return e;
    for (size_t i = 0; i < n; i++, start *= factor)
        out[i] = start;
    return finish(out, n, "exponential");
}

prom_err prom_buckets_exponential_range(double min, double max, size_t n, double *out)
{
    prom_err e = check_count(n, "exponential");
    if (!e && !(min > 0))
        e = prom_fail(PROM_E_INVAL, "exponential buckets: the minimum %s is not positive",
                      prom__number_said(min).text);
    if (!e && n > 1 && !(max > min))
        e = prom_fail(PROM_E_INVAL, "exponential buckets: the maximum %s is not above %s",
                      prom__number_said(max).text, prom__number_said(min).text);
    if (e)
        return e;
    double factor = n > 1 ? pow(max / min, 1 / (double)(n - 1)) : 1;
    for (size_t i = 0; i < n; i++)
        out[i] = min * pow(factor, (double)i);
    return finish(out, n, "exponential");
}
