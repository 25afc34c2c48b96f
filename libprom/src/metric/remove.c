// SPDX-License-Identifier: Apache-2.0
/* remove.c - taking children away: one, some, all. */
#include "key.h"

void prom__children_unlink(prom__children *set, size_t slot)
{
    prom__child *c = prom__children_at(set, slot);
    prom__table_remove(atomic_load_explicit(&set->table, memory_order_relaxed), slot);
    set->n_linked--;
    if (set->overflow == c)
        set->overflow = NULL;
    set->removals++;
    prom__child_let_function_go(c);
    atomic_store_explicit(&c->series->head.removed, 1, memory_order_relaxed);
    prom__child_push(&set->dead, c);
    set->n_dead++;
    prom__child_clear(c, PROM__CHILD_LINKED); /* it is still listed */
}

/* --- one ---------------------------------------------------------------- */

static prom_err remove_one(prom__children *set, const prom_str *values)
{
    const prom_vec *v = set->vec;
    if (!v->shape->n_values)
        return prom_fail(PROM_E_INVAL, "'%s' has no labels: its one series cannot be removed",
                         v->desc->given);
    uint32_t tag = prom__vec_tag(v, values);
    prom__lock();
    prom__vec_settle(set->vec);
    size_t slot = prom__children_slot(set, values, tag);
    if (slot != SIZE_MAX)
        prom__children_unlink(set, slot);
    prom__unlock();
    if (slot == SIZE_MAX)
        return prom_fail(PROM_E_NOENT, "'%s' has no series with these label values",
                         v->desc->given);
    prom__children_sweep_if_worth(set);
    return PROM_OK;
}

prom_err prom_vec_remove_str(prom_vec *v, const prom_str *values, size_t n)
{
    prom__key k;
    prom_err e = prom__key_of_values(&k, v, values, n);
    if (e)
        return e;
    e = remove_one(k.at.children, k.values);
    prom__key_free(&k);
    return e;
}

prom_err prom_vec_remove_labels(prom_vec *v, const prom_label_str *labels, size_t n)
{
    prom__key k;
    prom_err e = prom__key_of_labels(&k, v, labels, n);
    if (e)
        return e;
    e = remove_one(k.at.children, k.values);
    prom__key_free(&k);
    return e;
}

/* --- many --------------------------------------------------------------- */

size_t prom__children_unlink_where(prom__children *set,
                                   bool (*which)(const prom__child *c, const void *data),
                                   const void *data)
{
    size_t n = 0;
    prom__lock();
    prom__vec_settle(set->vec);
    prom__walk w = prom__walk_begin(set);
    for (prom__child *c = prom__walk_next(&w); c; c = prom__walk_next(&w))
        if (which(c, data)) {
            prom__walk_unlink(&w);
            n++;
        }
    prom__unlock();
    return n;
}

/* Which agree with these label values; NULL: all. */
static bool agrees(const prom__child *c, const void *values)
{
    return !values || prom__series_match(c->series, c->vec->shape, values);
}

static size_t remove_all(prom__children *set, const prom_str *values)
{
    size_t n = prom__children_unlink_where(set, agrees, values);
    prom__children_sweep_if_worth(set);
    return n;
}

prom_err prom_vec_remove_matching(prom_vec *v, const prom_label_str *labels, size_t n,
                                  size_t *removed)
{
    prom__key k;
    if (removed)
        *removed = 0;
    prom_err e = prom__key_of_some(&k, v, labels, n);
    if (e)
        return e;
    size_t count = n ? remove_all(k.at.children, k.values) : 0;
    if (removed)
        *removed = count;
    prom__key_free(&k);
    return PROM_OK;
}

prom_err prom_vec_clear(prom_vec *v)
{
    if (!v)
        return prom_fail(PROM_E_INVAL, "there is no family to clear");
    prom__reach at = prom__vec_reach(v);
    if (at.vec->shape->n_values)
        remove_all(at.children, at.view ? at.view->values : NULL);
    return PROM_OK;
}
