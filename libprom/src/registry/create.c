// SPDX-License-Identifier: Apache-2.0
/* create.c - "new and register" in one: the floor that knows both. */
#include "base/alloc.h"
#include "collector.h"
#include "metric/function.h"
#include "model/described.h"
#include "registry.h"

/* Of metrics that are made without a registry. */
static prom__store *loose_store(void)
{
    static _Atomic(prom__store *) loose;
    prom__store *s = atomic_load(&loose);
    if (s || prom__vec_store_new(&s) != PROM_OK)
        return s;
    prom__store *none = NULL;
    if (atomic_compare_exchange_strong(&loose, &none, s))
        return s;
    prom_unref(s);
    return none;
}

static prom_err make_vec(prom_registry *r, prom__desc *d, prom_vec **out)
{
    prom__store *store = r ? r->store : loose_store();
    void *only = NULL;
    if (!store)
        return prom__no_memory("a store");
    prom_err e = prom__vec_new(store, d, r && r->order == PROM_ORDER_CREATED, out);
    if (!e && r && d->shape->n_values && !d->opts.max_series)
        (*out)->max_series = r->max_series;
    if (!e)
        (*out)->maker = prom_ref(r ? r->wrap : NULL);
    if (!e && !d->shape->n_values) {
        e = prom_vec_with(*out, NULL, 0, &only); /* it is exposed from the start */
        prom_unref(only);
        if (e) {
            prom_unref(*out);
            *out = NULL;
        }
    }
    return e;
}

static prom_err attach(prom__function *f, prom_vec *v)
{
    void *only;
    prom_err e = prom_vec_with(v, NULL, 0, &only);
    if (!e)
        e = prom__function_attach(f, only);
    prom_unref(only);
    return e;
}

/* f gives a metric without labels its value, from when it is first shown; NULL: nothing does.
 */
static prom_err new_vec(prom_registry *r, prom__desc *d, prom__function *f, prom_vec **out)
{
    prom_vec *v = NULL, *existing = NULL;
    prom_err e = r ? prom__registry_match(r, d, &existing) : PROM_OK;
    if (!e && !existing)
        e = make_vec(r, d, &v);
    if (!e && f && v)
        e = attach(f, v);
    if (!e && r && !existing) {
        e = prom__registry_add_vec(r, v,
                                   &existing); /* again: another thread may be there too */
        if (e || existing) {
            prom_unref(v);
            v = NULL;
        }
    }
    if (!e && f && existing)
        e = attach(f, existing);
    if (!e)
        *out = existing ? existing : v;
    else
        prom_unref(existing ? existing : v);
    return e;
}

static prom_err check_kind(prom_type t)
{
    if (!prom_type_name(t))
        return prom_fail(PROM_E_TYPE, "%d is not a metric type", (int)t);
    if (!prom__kind_of(t))
        return prom_fail(PROM_E_TYPE, "%s metrics are built by collectors, not updated",
                         prom_type_name(t));
    return PROM_OK;
}

static prom_err describe(prom_registry *r, prom_type t, const prom_opts *o, prom__desc **out)
{
    prom_err e = check_kind(t);
    if (e)
        return e;
    if (!r || !r->wrap)
        return prom__desc_new(t, o, r && r->legacy_names, out);
    prom__arena memory = { .next_size = 256 };
    prom_opts ours;
    e = prom__wrap_opts(r->wrap, &memory, o, &ours);
    if (!e)
        e = prom__desc_new(t, &ours, r->legacy_names, out);
    prom__arena_free(&memory);
    return e;
}

prom_err prom_vec_new(prom_registry *r, prom_type t, const prom_opts *o, prom_vec **out)
{
    prom__desc *d;
    *out = NULL;
    prom_err e = describe(r, t, o, &d);
    if (e)
        return e;
    e = new_vec(r, d, NULL, out);
    prom_unref(d);
    return e;
}

prom_err prom_vec_of(prom_registry *r, const prom_desc *d, prom_vec **out)
{
    *out = NULL;
    prom_err e = prom_desc_error(d);
    if (!e && r && r->wrap)
        return prom_vec_new(r, d->type, prom_desc_opts(d), out);
    if (!e)
        e = check_kind(d->type);
    if (e)
        return e;
    prom__known k = prom__known_of(d->valid);
    if (r)
        e = prom__registry_check_names(r, &k);
    return e ? e : new_vec(r, d->valid, NULL, out);
}

/* The vec's one child; it keeps the vec. */
static prom_err new_metric(prom_registry *r, prom_type t, const prom_opts *o, prom__function *f,
                           void **out)
{
    prom__desc *d;
    prom_vec *v;
    *out = NULL;
    prom_err e = describe(r, t, o, &d);
    if (e)
        return e;
    if (d->shape->n_values)
        e = prom_fail(PROM_E_LABELS, "'%s' has labels: make a vec of it", d->given);
    if (!e)
        e = new_vec(r, d, f, &v);
    prom_unref(d);
    if (e)
        return e;
    e = prom_vec_with(v, NULL, 0, out);
    prom_unref(v);
    return e;
}

// clang-format off
#define NEW(type, TYPE, handle)                                                               \
    prom_err prom_##type##_new(prom_registry *r, const prom_opts *o, prom_##handle **out)     \
    {                                                                                         \
        void *metric;                                                                         \
        prom_err e = new_metric(r, PROM_##TYPE, o, NULL, &metric);                                 \
        *out = metric;                                                                        \
        return e;                                                                             \
    }

NEW(counter, COUNTER, counter)
NEW(gauge, GAUGE, gauge)
NEW(histogram, HISTOGRAM, histogram)
NEW(summary, SUMMARY, summary)
NEW(info, INFO, info)
NEW(stateset, STATESET, stateset)
NEW(unknown, UNKNOWN, gauge)
// clang-format on

prom_err prom_function_new(prom_registry *r, prom_type t, const prom_opts *o,
                           const prom_function *theirs, void **out)
{
    prom__function *f;
    *out = NULL;
    if (!theirs)
        return prom_fail(PROM_E_INVAL, "a function metric needs a function");
    prom_err e = prom__function_new(theirs, &f);
    if (e)
        return e;
    e = new_metric(r, t, o, f, out);
    prom__function_drop(f, e != PROM_OK);
    return e;
}

prom_err prom_collector_new(prom_registry *r, const prom_collector_opts *o,
                            prom_collector **out)
{
    prom_collector *c;
    *out = NULL;
    prom_err e = prom__collector_new(o, &c);
    if (e)
        return e;
    if (r)
        e = prom__registry_add_collector(r, c);
    if (e) {
        prom__collector_disown(c);
        prom_unref(c);
        return e;
    }
    *out = c;
    return PROM_OK;
}
