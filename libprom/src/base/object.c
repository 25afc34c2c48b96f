// SPDX-License-Identifier: Apache-2.0
#include "object.h"

#include <prom/prom.h>

void prom__object_init(prom__object *o, const prom__class *class)
{
    o->class = class;
    atomic_init(&o->refs, 1);
    atomic_init(&o->tag, 0);
}

void *prom_ref(void *object)
{
    prom__object *o = object;
    if (!o)
        return NULL;
    if (o->class->ref)
        o->class->ref(o);
    else
        atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
    return o;
}

bool prom__object_ref_living(prom__object *o)
{
    uint32_t refs = atomic_load_explicit(&o->refs, memory_order_relaxed);
    while (refs)
        if (atomic_compare_exchange_weak_explicit(&o->refs, &refs, refs + 1,
                                                  memory_order_relaxed, memory_order_relaxed))
            return true;
    return false;
}

void prom_unref(void *object)
{
    prom__object *o = object;
    if (!o)
        return;
    if (o->class->unref) {
        o->class->unref(o);
        return;
    }
    /* Release what this thread did to the object, acquire what the others did. */
    if (atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel) == 1)
        o->class->destroy(o);
}
