// SPDX-License-Identifier: Apache-2.0
/* poll.c - what a family has done between gathers. */
#include "base/alloc.h"
#include "expire.h"
#include "function.h"

static prom_err expire(prom_vec *v)
{
    prom__store_pin *pin = prom__alloc(sizeof *pin);
    prom__list *l;
    size_t n;
    if (!pin)
        return prom__no_memory("a poll");
    prom__store_pin_add(v->store, pin);
    prom_err e = prom__children_view(&v->children, &l, &n);
    if (!e) {
        prom__vec_expire(v, l, n);
        prom__lock();
        prom__list_unref(l);
        prom__unlock();
    }
    prom__store_pin_drop(v->store, pin);
    prom__free(pin);
    return e;
}

prom_err prom__vec_poll(prom_vec *v)
{
    prom_err e = prom__functions_poll(v);
    prom_err other = v->ttl ? expire(v) : PROM_OK;
    return e ? e : other;
}
