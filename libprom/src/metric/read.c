// SPDX-License-Identifier: Apache-2.0
/* read.c - one series by its handle: read as a gather reads it, and set back. */
#include "base/alloc.h"
#include "base/clock.h"
#include "exemplar.h"
#include "function.h"

#include <prom/vec.h>

static prom_err check_child(const void *object, const char *what)
{
    if (!object)
        return prom_fail(PROM_E_INVAL, "there is no series to %s", what);
    if (!prom__is_child(object))
        return prom_fail(PROM_E_TYPE, "a %s is no series to %s",
                         ((const prom__object *)object)->class->name, what);
    return PROM_OK;
}

prom_err prom_child_reset(void *child)
{
    prom__child *c = child;
    prom_err e = check_child(child, "set back");
    if (e)
        return e;
    const prom_vec *v = c->vec;
    prom__series *s = c->series;
    prom__exemplars_clear(v->store, s); /* first: none is to be newer than the count */
    if (v->kind->reset)
        v->kind->reset(v->desc, v->store, s);
    else
        for (size_t i = 0; i < s->n_cells; i++)
            atomic_store_explicit(&s->cells[i], 0, memory_order_relaxed);
    atomic_store_explicit(&s->created, prom__clock_unix(), memory_order_relaxed);
    return PROM_OK;
}

/* The point lives in the snapshot's arena, and as long as the pin. */
static prom_err read_one(const prom__child *c, prom_snapshot *snapshot,
                         prom_err (*each)(void *data, const prom_metric *m), void *data,
                         prom__store_pin *pin)
{
    const prom_vec *v = c->vec;
    const prom_opts *o = &v->desc->opts;
    prom__source source = { .desc = v->desc, .store = v->store, .keep_order = v->keep_order };
    prom__point point = { .series = c->series, .shape = v->shape };
    prom__family family = { .pub = { .name = o->name,
                                     .help = o->help,
                                     .unit = o->unit,
                                     .type = v->desc->type,
                                     .n_metrics = 1 },
                            .points = &point,
                            .cap = 1,
                            .settled = true };
    prom_err e = prom__series_read(v->kind, &source, c->series, &snapshot->arena, &point);
    prom__store_pin_settle(pin);
    return e ? e : prom_family_metrics(&family.pub, each, data);
}

prom_err prom_child_read(void *child, prom_err (*each)(void *data, const prom_metric *m),
                         void *data)
{
    prom__child *c = child;
    prom_snapshot *snapshot;
    prom_err e = check_child(child, "read");
    if (e)
        return e;
    prom_ref(c); /* its function and each() may let go of it */
    e = prom__function_refresh(c);
    if (!e)
        e = prom__snapshot_new(NULL, &snapshot);
    if (e) {
        prom_unref(c);
        return e;
    }
    prom__store_pin *pin = prom__alloc(sizeof *pin);
    if (pin) {
        prom__store_pin_add(c->vec->store, pin);
        e = read_one(c, snapshot, each, data, pin);
        prom__store_pin_drop(c->vec->store, pin);
    } else {
        e = prom__no_memory("a metric");
    }
    prom__free(pin);
    prom_unref(snapshot);
    prom_unref(c);
    return e;
}
