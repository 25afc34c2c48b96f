// SPDX-License-Identifier: Apache-2.0
#include "vec.h"

static void retire(prom__child *c)
{
    prom__lock();
    prom__store_wait(c->vec->store, &c->waiting);
    prom__unlock();
}

static void ref_child(void *self)
{
    prom__child *c = self;
    atomic_fetch_add_explicit(&c->object.refs, PROM__CHILD_USER, memory_order_relaxed);
}

static void unref_child(void *self)
{
    prom__child *c = self;
    /* Release what this thread did with the series before somebody uses its record again. */
    if (atomic_fetch_sub_explicit(&c->object.refs, PROM__CHILD_USER, memory_order_acq_rel) ==
        PROM__CHILD_USER)
        retire(c);
}

const prom__class prom__child_class = { "child", NULL, ref_child, unref_child };

/* The child of a metric without labels stands for its vec: whoever holds it holds both, since
 * nobody else may. */
static void ref_only_child(void *self)
{
    prom__child *c = self;
    prom_ref(c->vec);
    ref_child(c);
}

static void unref_only_child(void *self)
{
    prom_vec *v = ((prom__child *)self)->vec;
    unref_child(self);
    prom_unref(v);
}

const prom__class prom__only_child_class = { "metric", NULL, ref_only_child, unref_only_child };

bool prom_child_exposed(const void *child)
{
    const prom__child *c = child;
    return c &&
           atomic_load_explicit(&c->object.refs, memory_order_acquire) & PROM__CHILD_LINKED;
}

prom_err prom_child_vec(void *child, prom_vec **out)
{
    prom__child *c = child;
    *out = NULL;
    if (!c)
        return prom_fail(PROM_E_INVAL, "there is no series to ask for its family");
    uint32_t word = atomic_load_explicit(&c->object.refs, memory_order_acquire);
    if (!(word & PROM__CHILD_LINKED))
        return prom_fail(PROM_E_CLOSED, "the series %s",
                         atomic_load_explicit(&c->series->head.removed, memory_order_relaxed)
                             ? "was removed"
                             : "is not exposed");
    /* The child is held, so the vec's memory is there; but its last reference may go just now,
     * and from then on it is closing, whether it has come to unlink its children or not. */
    if (!prom__object_ref_living(&c->vec->object))
        return prom_fail(PROM_E_CLOSED, "the family of the series is gone");
    *out = c->vec;
    return PROM_OK;
}
