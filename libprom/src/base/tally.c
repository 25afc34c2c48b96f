// SPDX-License-Identifier: Apache-2.0
#include "tally.h"

#include "alloc.h"

#include <string.h>

_Atomic uint64_t prom__dropped_observations;
_Atomic uint64_t prom__bodies_too_large;
_Atomic uint64_t prom__tls_reload_failures;

static _Atomic(prom__tally *) newest;

const prom__tally *prom__tally_first(void)
{
    return atomic_load_explicit(&newest, memory_order_acquire);
}

static prom__tally *find(prom__tally *t, const char *name)
{
    while (t && strcmp(t->name, name) != 0)
        t = t->next;
    return t;
}

prom__tally *prom__tally_of(const char *name)
{
    prom__tally *first = atomic_load_explicit(&newest, memory_order_acquire);
    prom__tally *t = find(first, name);
    if (t)
        return t;
    size_t n = strlen(name) + 1;
    prom__tally *mine = prom__alloc_zero(sizeof *mine + n);
    if (!mine)
        return NULL;
    memcpy(mine->name, name, n);
    mine->next = first;
    while (!atomic_compare_exchange_strong_explicit(&newest, &mine->next, mine,
                                                    memory_order_acq_rel, memory_order_acquire))
        if ((t = find(mine->next, name))) { /* another thread was faster */
            prom__free(mine);
            return t;
        }
    return mine;
}
