// SPDX-License-Identifier: Apache-2.0
#include "summary_opts.h"

#include "base/alloc.h"
#include "base/number.h"

#include <string.h>

static prom_err check_objective(const prom__desc *d, const prom_objective *o)
{
    if (!(o->quantile <= 1))
        return prom_fail(PROM_E_INVAL, "'%s': objective quantile %s is not between 0 and 1",
                         d->given, prom__number_said(o->quantile).text);
    if (!(o->error >= 0 && o->error <= 1))
        return prom_fail(PROM_E_INVAL,
                         "'%s': the error %s of quantile %s is not between 0 and 1", d->given,
                         prom__number_said(o->error).text, prom__number_said(o->quantile).text);
    return PROM_OK;
}

static prom_err sort_objectives(const prom__desc *d, prom_objective *o)
{
    for (size_t i = 1; i < d->n_objectives; i++)
        for (size_t k = i; k && o[k - 1].quantile >= o[k].quantile; k--) {
            if (o[k - 1].quantile == o[k].quantile)
                return prom_fail(PROM_E_INVAL, "'%s': objective %s is given twice", d->given,
                                 prom__number_said(o[k].quantile).text);
            prom_objective x = o[k];
            o[k] = o[k - 1];
            o[k - 1] = x;
        }
    return PROM_OK;
}

static prom_err take_objectives(prom__desc *d)
{
    static const prom_objective none[] = { { -1, 0 } };
    const prom_objective *o = d->opts.objectives ? d->opts.objectives : none;
    size_t n = 0;
    for (; !(o[n].quantile < 0); n++) {
        prom_err e = check_objective(d, &o[n]);
        if (e)
            return e;
        if (n == 1000)
            return prom_fail(PROM_E_INVAL, "'%s': more than 1000 objectives, or no end of them",
                             d->given);
    }
    prom_objective *copy = prom__arena_alloc(&d->memory, (n + 1) * sizeof *copy);
    double *quantiles = prom__arena_alloc(&d->memory, (n + 1) * sizeof *quantiles);
    if (!copy || !quantiles)
        return prom__no_memory("objectives");
    memcpy(copy, o, n * sizeof *copy);
    copy[n] = none[0];
    d->opts.objectives = copy;
    d->n_objectives = n;
    prom_err e = sort_objectives(d, copy);
    if (e)
        return e;
    for (size_t i = 0; i < n; i++)
        quantiles[i] = copy[i].quantile;
    d->quantiles = quantiles;
    d->marks = prom__marks_new(&d->memory, quantiles, n);
    return d->marks ? PROM_OK : prom__no_memory("objectives");
}

static prom_err take_window(prom__desc *d)
{
    prom_opts *o = &d->opts;
    if (o->max_age == 0)
        o->max_age = 600;
    if (o->age_buckets == 0)
        o->age_buckets = 5;
    if (o->accuracy == 0)
        o->accuracy = 0.01;
    if (!(o->max_age >= 0.001 && o->max_age <= 1e9))
        return prom_fail(PROM_E_INVAL, "'%s': max_age %s is not between 0.001 and 1e9 seconds",
                         d->given, prom__number_said(o->max_age).text);
    if (o->age_buckets > 64)
        return prom_fail(PROM_E_INVAL, "'%s': %u age_buckets are more than 64", d->given,
                         o->age_buckets);
    if (!(o->accuracy >= 0.001 && o->accuracy <= 0.2))
        return prom_fail(PROM_E_INVAL, "'%s': accuracy %s is not between 0.001 and 0.2",
                         d->given, prom__number_said(o->accuracy).text);
    return PROM_OK;
}

prom_err prom__summary_take(prom__desc *d)
{
    if (d->type != PROM_SUMMARY) {
        d->opts.objectives = NULL;
        return PROM_OK;
    }
    prom_err e = take_objectives(d);
    return e ? e : take_window(d);
}

bool prom__summary_same(const prom__desc *a, const prom__desc *b)
{
    const prom_opts *x = &a->opts, *y = &b->opts;
    return a->n_objectives == b->n_objectives && x->age_buckets == y->age_buckets &&
           !(x->max_age < y->max_age || x->max_age > y->max_age) &&
           !(x->accuracy < y->accuracy || x->accuracy > y->accuracy) &&
           (!a->n_objectives ||
            !memcmp(x->objectives, y->objectives, a->n_objectives * sizeof(prom_objective)));
}
