// SPDX-License-Identifier: Apache-2.0
#include "bounds.h"

#include "base/alloc.h"
#include "base/number.h"
#include "base/utf8.h"

#include <math.h>
#include <string.h>

static prom_err check_ttl(const prom__desc *d)
{
    double ttl = d->opts.ttl;
    if (ttl >= 0 && isfinite(ttl))
        return PROM_OK;
    return prom_fail(PROM_E_INVAL, "'%s': a ttl of %s seconds is not finite and at least 0",
                     d->given, prom__number_said(ttl).text);
}

prom_err prom__bounds_take(prom__desc *d)
{
    prom_opts *o = &d->opts;
    const char *overflow = o->overflow ? o->overflow : "other";
    prom_err e = check_ttl(d);
    if (e)
        return e;
    if (!prom__utf8_valid(overflow, strlen(overflow)))
        return prom_fail(PROM_E_LABELS, "'%s': the overflow value is not valid UTF-8",
                         d->given);
    if (!d->shape->n_values) {
        o->max_series = 0;
        o->ttl = 0;
        overflow = "";
    }
    o->overflow = prom__arena_copy(&d->memory, overflow, strlen(overflow));
    return o->overflow ? PROM_OK : prom__no_memory("a description");
}

bool prom__bounds_same(const prom__desc *a, const prom__desc *b)
{
    const prom_opts *x = &a->opts, *y = &b->opts;
    return x->max_series == y->max_series && !(x->ttl < y->ttl || x->ttl > y->ttl) &&
           strcmp(x->overflow, y->overflow) == 0;
}
