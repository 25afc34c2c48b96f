// SPDX-License-Identifier: Apache-2.0
/* bounds.c - how many series a family may have, and the one that all others share.
 *
 * The overflow series is a series like others, of label values that anybody may look up; it is
 * the only one that is not counted. So a family has max_series series at most, and that one. */
#include "base/alloc.h"
#include "base/tally.h"
#include "base/utf8.h"
#include "vec.h"

#include <string.h>

static prom_str overflow_value(const prom_vec *v)
{
    return (prom_str){ v->desc->opts.overflow, strlen(v->desc->opts.overflow) };
}

bool prom__is_overflow(const prom_vec *v, const prom_str *values)
{
    prom_str o = overflow_value(v);
    for (size_t i = 0; i < v->shape->n_values; i++)
        if (values[i].n != o.n || (o.n && memcmp(values[i].p, o.p, o.n) != 0))
            return false;
    return true;
}

bool prom__is_full(const prom__children *set, const prom_str *values)
{
    size_t n = set->n_linked - (set->overflow != NULL), most = set->vec->max_series;
    return most && n >= most && !prom__is_overflow(set->vec, values);
}

bool prom__shares_overflow(prom__children *set, const prom_str *values, uint32_t tag)
{
    const prom_vec *v = set->vec;
    if (!v->max_series)
        return false;
    prom__lock();
    prom__vec_settle(set->vec);
    bool full = prom__is_full(set, values) && prom__children_slot(set, values, tag) == SIZE_MAX;
    prom__unlock();
    for (size_t i = 0; i < v->shape->n_values && full; i++)
        full = prom__utf8_valid(values[i].p, values[i].n); /* else they are refused */
    return full;
}

prom__tally *prom__vec_tally(prom_vec *v)
{
    prom__tally *t = atomic_load_explicit(&v->tally, memory_order_acquire);
    if (!t && (t = prom__tally_of(v->desc->opts.name)))
        atomic_store_explicit(&v->tally, t, memory_order_release);
    return t;
}

static void tell(prom_vec *v)
{
    prom__tally *t = prom__vec_tally(v);
    if (t)
        atomic_fetch_add_explicit(&t->overflowed, 1, memory_order_relaxed);
}

enum { FEW = 16 };

prom_err prom__overflow_with(prom__children *set, void **out)
{
    prom_vec *v = set->vec;
    size_t n = v->shape->n_values;
    prom_str few[FEW] = { { NULL, 0 } };
    prom_str *values = n <= FEW ? few : prom__alloc(n * sizeof *values);
    if (!values)
        return prom__no_memory("a series");
    for (size_t i = 0; i < n; i++)
        values[i] = overflow_value(v);
    prom_err e = prom__children_with(set, values, out, NULL);
    if (values != few)
        prom__free(values);
    if (!e)
        tell(v);
    return e;
}
