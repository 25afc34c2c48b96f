// SPDX-License-Identifier: Apache-2.0
/* lookup.c - from label values to the child: found, or made. */
#include "base/alloc.h"
#include "base/clock.h"
#include "expire.h"
#include "key.h"

/* --- finding ------------------------------------------------------------ */

/* Without the lock; NULL does not mean that there is none. */
static inline prom__child *find(const prom__children *set, const prom_str *values, uint32_t tag)
{
    return prom__table_find(atomic_load_explicit(&set->table, memory_order_acquire),
                            set->vec->shape, values, tag);
}

size_t prom__children_slot(const prom__children *set, const prom_str *values, uint32_t tag)
{
    return prom__table_slot(atomic_load_explicit(&set->table, memory_order_relaxed),
                            set->vec->shape, values, tag);
}

/* With the lock held: a reference to the child, or NULL. */
static prom__child *find_surely(const prom__children *set, const prom_str *values, uint32_t tag)
{
    size_t slot = prom__children_slot(set, values, tag);
    if (slot == SIZE_MAX)
        return NULL;
    prom__child *c = prom__children_at(set, slot);
    atomic_fetch_add_explicit(&c->object.refs, PROM__CHILD_USER, memory_order_relaxed);
    return c;
}

static prom__child *find_locked(prom__children *set, const prom_str *values, uint32_t tag)
{
    prom__lock();
    prom__vec_settle(set->vec);
    prom__child *c = find_surely(set, values, tag);
    prom__unlock();
    return c;
}

/* --- creating ----------------------------------------------------------- */

/* With the lock held and room made. The word is written last: from then on look-ups without
 * the lock, which may have kept the child's address from an earlier life, can hold it. */
static prom__child *link_child(prom__children *set, prom__series *s, const prom_str *values,
                               uint32_t tag)
{
    prom_vec *v = set->vec;
    uint32_t linked = set->hidden ? 0 : PROM__CHILD_LINKED;
    prom__child *c = v->free;
    v->free = prom__child_next(c);
    v->n_alive++;
    set->n_linked++;
    c->series = s;
    c->function = NULL;
    s->head.kind = set->hidden ? PROM__RECORD_HIDDEN : PROM__RECORD_SERIES;
    atomic_store_explicit(&c->object.tag, tag, memory_order_relaxed);
    atomic_store_explicit(&c->object.refs, linked | PROM__CHILD_LISTED | PROM__CHILD_USER,
                          memory_order_release);
    if (v->max_series && prom__is_overflow(v, values))
        set->overflow = c;
    set->list->item[set->n_listed++] = s;
    prom__table_add(atomic_load_explicit(&set->table, memory_order_relaxed), c);
    return c;
}

/* A record that is no series yet. */
static prom_err new_series(prom_vec *v, const prom_str *values, prom__series **out)
{
    prom__series_plan plan;
    size_t n_cells = v->kind->cells(v->desc);
    prom_err e = prom__series_plan_make(v->shape, v->desc->given, values, n_cells, &plan);
    if (e)
        return e;
    prom__series *s = (prom__series *)(void *)prom__store_alloc(
        v->store, plan.bytes + prom__seen_bytes(v), PROM__RECORD_NONE, NULL);
    if (!s)
        return prom__no_memory("a series");
    prom__series_write(s, v->shape, values, n_cells, &plan);
    s->family = (uint32_t)(v->family / 16);
    atomic_store_explicit(&s->created, prom__clock_unix(), memory_order_relaxed);
    prom__series_watch(v, s);
    *out = s;
    return PROM_OK;
}

static prom_err create(prom__children *set, const prom_str *values, uint32_t tag, void **out,
                       bool *made)
{
    prom__series *s = NULL;
    *made = false;
    if (prom__shares_overflow(set, values, tag))
        return prom__overflow_with(set, out);
    prom_err e = new_series(set->vec, values, &s);
    if (e)
        return e;
    prom__lock();
    bool room = prom__make_room(set);
    prom__child *c = find_surely(set, values, tag); /* somebody may have been faster */
    if (c)
        prom__series_looked_up(c->series);
    bool full = !c && room && prom__is_full(set, values);
    *made = !c && room && !full;
    if (*made)
        c = link_child(set, s, values, tag);
    else
        prom__store_free(set->vec->store, &s->head);
    prom__unlock();
    if (full)
        return prom__overflow_with(set, out);
    *out = c;
    return c ? PROM_OK : prom__no_memory("a series");
}

/* --- both --------------------------------------------------------------- */

/* See prom__only_child_class. */
static inline void hold_family(const prom__children *set)
{
    if (!set->vec->shape->n_values)
        prom_ref(set->vec);
}

prom__child *prom__children_see(prom__children *set, const prom_str *values)
{
    uint32_t tag = prom__vec_tag(set->vec, values);
    prom__child *c = set->hidden ? NULL : find(set, values, tag);
    if (!c)
        c = find_locked(set, values, tag);
    if (c)
        hold_family(set);
    return c;
}

prom_err prom__children_get(prom__children *set, const prom_str *values, void **out)
{
    prom__child *c = prom__children_see(set, values);
    if (!c)
        return prom_fail(PROM_E_NOENT, "'%s' has no series with these label values",
                         set->vec->desc->given);
    prom__series_looked_up(c->series);
    *out = c;
    return PROM_OK;
}

prom_err prom__children_with(prom__children *set, const prom_str *values, void **out,
                             bool *made)
{
    bool is_new = false;
    uint32_t tag = prom__vec_tag(set->vec, values);
    prom__child *c = set->hidden ? find_locked(set, values, tag) : find(set, values, tag);
    prom_err e = PROM_OK;
    if (c) {
        prom__series_looked_up(c->series);
        *out = c;
    } else {
        e = create(set, values, tag, out, &is_new);
    }
    if (!e)
        hold_family(set);
    if (made)
        *made = is_new;
    return e;
}

static prom_err with_key(prom_vec *v, const prom_str *values, size_t n, void **out)
{
    prom__key k;
    *out = NULL;
    prom_err e = prom__key_of_values(&k, v, values, n);
    if (e)
        return e;
    e = prom__children_with(k.at.children, k.values, out, NULL);
    prom__key_free(&k);
    return e;
}

/* What is there, in a plain vec, is found with one test more than it would need without views
 * and constraints. */
prom_err prom_vec_with(prom_vec *v, const prom_str *values, size_t n, void **out)
{
    if (!v || prom__vec_traits(v) || n != v->shape->n_values)
        return with_key(v, values, n, out);
    prom__child *c = find(&v->children, values, prom__vec_tag(v, values));
    if (!c)
        return with_key(v, values, n, out);
    prom__series_looked_up(c->series);
    hold_family(&v->children);
    *out = c;
    return PROM_OK;
}

prom_err prom_vec_with_labels(prom_vec *v, const prom_label_str *labels, size_t n, void **out)
{
    prom__key k;
    *out = NULL;
    prom_err e = prom__key_of_labels(&k, v, labels, n);
    if (e)
        return e;
    e = prom__children_with(k.at.children, k.values, out, NULL);
    prom__key_free(&k);
    return e;
}

prom_err prom_vec_get(prom_vec *v, const prom_str *values, size_t n, void **out)
{
    prom__key k;
    *out = NULL;
    prom_err e = prom__key_of_values(&k, v, values, n);
    if (e)
        return e;
    e = prom__children_get(k.at.children, k.values, out);
    prom__key_free(&k);
    return e;
}

prom_err prom_vec_get_labels(prom_vec *v, const prom_label_str *labels, size_t n, void **out)
{
    prom__key k;
    *out = NULL;
    prom_err e = prom__key_of_labels(&k, v, labels, n);
    if (e)
        return e;
    e = prom__children_get(k.at.children, k.values, out);
    prom__key_free(&k);
    return e;
}
