// SPDX-License-Identifier: Apache-2.0
#include "vec.h"

void prom__children_unlink(prom__children *set, size_t slot)
{
    prom__table *t = atomic_load_explicit(&set->table, memory_order_relaxed);
    prom__child *c = atomic_load_explicit(&t->slot[slot], memory_order_relaxed);
    prom__table_remove(t, slot);
    set->n_linked--;
    if (set->overflow == c)
        set->overflow = NULL;
    atomic_store_explicit(&c->series->head.removed, 1, memory_order_relaxed);
    prom__child_push(&set->dead, c);
    set->n_dead++;
    prom__child_clear(c, PROM__CHILD_LINKED); /* it is still listed */
}

prom_err prom_vec_remove_str(prom_vec *v, const prom_str *values, size_t n)
{
    prom_err e = prom__vec_check_values(v, n);
    if (!e && !n)
        e = prom_fail(PROM_E_INVAL, "'%s' has no labels: its one series cannot be removed",
                      v->desc->given);
    if (e)
        return e;
    uint32_t tag = prom__vec_tag(v, values);
    prom__lock();
    size_t slot = prom__children_slot(&v->children, values, tag);
    if (slot != SIZE_MAX)
        prom__children_unlink(&v->children, slot);
    prom__unlock();
    if (slot == SIZE_MAX)
        return prom_fail(PROM_E_NOENT, "'%s' has no series with these label values",
                         v->desc->given);
    prom__children_sweep_if_worth(&v->children);
    return PROM_OK;
}

size_t prom__children_unlink_where(prom__children *set,
                                   bool (*which)(const prom__child *c, const void *data),
                                   const void *data)
{
    size_t unlinked = 0;
    prom__lock();
    const prom__table *t = atomic_load_explicit(&set->table, memory_order_relaxed);
    for (size_t i = 0, n = 1; i <= t->mask; n++) {
        const prom__child *c = atomic_load_explicit(&t->slot[i], memory_order_relaxed);
        if (c && which(c, data)) {
            prom__children_unlink(set, i); /* which may move another into this slot */
            unlinked++;
        } else {
            i++;
        }
        if (n % PROM__STORE_AT_ONCE)
            continue;
        prom__lock_pause();
        const prom__table *now = atomic_load_explicit(&set->table, memory_order_relaxed);
        i = now == t ? i : 0; /* it has grown, which happens only so often */
        t = now;
    }
    prom__unlock();
    return unlinked;
}

static bool any(const prom__child *c, const void *data)
{
    (void)c;
    (void)data;
    return true;
}

prom_err prom_vec_clear(prom_vec *v)
{
    if (!v)
        return prom_fail(PROM_E_INVAL, "there is no family to clear");
    if (!v->shape->n_values)
        return PROM_OK;
    prom__children_unlink_where(&v->children, any, NULL);
    prom__children_sweep_if_worth(&v->children);
    return PROM_OK;
}
