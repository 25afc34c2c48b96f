// SPDX-License-Identifier: Apache-2.0
/* default.c - the registry of the process. It lies above the registry's floor because it comes
 * with collectors in it. */
#include <prom/collect.h>

#include <stdatomic.h>

static prom_err fill(prom_registry *r)
{
    prom_collector *c;
    prom_err e = prom_process_collector_new(r, &c);
    prom_unref(c);
    if (e && e != PROM_E_UNSUPPORTED)
        return e;
    e = prom_self_collector_new(r, &c);
    prom_unref(c);
    return e;
}

prom_registry *prom_registry_default(void)
{
    static _Atomic(prom_registry *) registry;
    prom_registry *r = atomic_load_explicit(&registry, memory_order_acquire);
    if (r)
        return r;
    if (prom_registry_new(NULL, &r) != PROM_OK)
        return NULL;
    prom_registry *none = NULL;
    if (fill(r) == PROM_OK &&
        atomic_compare_exchange_strong_explicit(&registry, &none, r, memory_order_acq_rel,
                                                memory_order_acquire))
        return r;
    prom_unref(r); /* somebody was faster, or there was no memory */
    return none;
}
