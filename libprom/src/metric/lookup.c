// SPDX-License-Identifier: Apache-2.0
/* lookup.c - from label values to the child: found, or made. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "vec.h"

#include <stdio.h>
#include <string.h>

/* --- finding ------------------------------------------------------------ */

/* Without the lock; NULL does not mean that there is none. */
static prom__child *find(const prom__children *set, const prom_str *values, uint32_t tag)
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
    prom__table *t = atomic_load_explicit(&set->table, memory_order_relaxed);
    prom__child *c = atomic_load_explicit(&t->slot[slot], memory_order_relaxed);
    atomic_fetch_add_explicit(&c->object.refs, PROM__CHILD_USER, memory_order_relaxed);
    return c;
}

/* --- creating ----------------------------------------------------------- */

/* With the lock held and room made. The word is written last: from then on look-ups without
 * the lock, which may have kept the child's address from an earlier life, can hold it. */
static prom__child *link_child(prom__children *set, prom__series *s, const prom_str *values,
                               uint32_t tag)
{
    prom_vec *v = set->vec;
    prom__child *c = v->free;
    v->free = prom__child_next(c);
    v->n_alive++;
    set->n_linked++;
    c->series = s;
    atomic_store_explicit(&c->object.tag, tag, memory_order_relaxed);
    atomic_store_explicit(&c->object.refs,
                          PROM__CHILD_LINKED | PROM__CHILD_LISTED | PROM__CHILD_USER,
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
    prom__series *s = (prom__series *)(void *)prom__store_alloc(v->store, plan.bytes,
                                                                PROM__RECORD_NONE, NULL);
    if (!s)
        return prom__no_memory("a series");
    prom__series_write(s, v->shape, values, n_cells, &plan);
    s->family = (uint32_t)(v->family / 16);
    atomic_store_explicit(&s->created, prom__clock_unix(), memory_order_relaxed);
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
    bool full = !c && room && prom__is_full(set, values);
    *made = !c && room && !full;
    if (*made) {
        s->head.kind = PROM__RECORD_SERIES;
        c = link_child(set, s, values, tag);
    } else {
        prom__store_free(set->vec->store, &s->head);
    }
    prom__unlock();
    if (full)
        return prom__overflow_with(set, out);
    *out = c;
    return c ? PROM_OK : prom__no_memory("a series");
}

/* Names the labels, if they are few enough for a sentence. */
static prom_err wrong_count(const prom_vec *v, size_t n)
{
    char names[300] = "";
    size_t at = 0, want = v->shape->n_values;
    for (size_t i = 0; i < want && want <= 8 && at < sizeof names - 1; i++) {
        int k = snprintf(names + at, sizeof names - at, "%s%s", i ? ", " : " (",
                         v->desc->opts.labels[i]);
        at += k > 0 ? (size_t)k : 0;
    }
    names[prom__utf8_cut(names, strlen(names), sizeof names - 1)] = '\0';
    return prom_fail(PROM_E_LABELS, "'%s' takes %zu label value%s%s%s, not %zu", v->desc->given,
                     want, want == 1 ? "" : "s", names, *names ? ")" : "", n);
}

prom_err prom__vec_check_values(const prom_vec *v, size_t n)
{
    if (!v)
        return prom_fail(PROM_E_INVAL, "there is no family for these label values");
    return n == v->shape->n_values ? PROM_OK : wrong_count(v, n);
}

prom_err prom__children_with(prom__children *set, const prom_str *values, void **out,
                             bool *made)
{
    bool is_new = false;
    uint32_t tag = prom__vec_tag(set->vec, values);
    prom__child *c = find(set, values, tag);
    prom_err e = PROM_OK;
    if (c)
        *out = c;
    else
        e = create(set, values, tag, out, &is_new);
    if (!e && !set->vec->shape->n_values)
        prom_ref(set->vec); /* see prom__only_child_class */
    if (made)
        *made = is_new;
    return e;
}

prom_err prom_vec_with(prom_vec *v, const prom_str *values, size_t n, void **out)
{
    *out = NULL;
    prom_err e = prom__vec_check_values(v, n);
    if (e)
        return e;
    return prom__children_with(&v->children, values, out, NULL);
}
