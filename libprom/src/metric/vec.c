// SPDX-License-Identifier: Apache-2.0
#include "vec.h"

#include "base/alloc.h"
#include "exemplar.h"
#include "family.h"
#include "histogram.h"

#include <math.h>

/* --- children ----------------------------------------------------------- */

static prom__child *child_of(prom__store_waiting *w)
{
    return w ? (prom__child *)(void *)((char *)w - offsetof(prom__child, waiting)) : NULL;
}

prom__child *prom__child_next(const prom__child *c)
{
    return child_of(c->waiting.next);
}

void prom__child_push(prom__child **list, prom__child *c)
{
    c->waiting.next = *list ? &(*list)->waiting : NULL;
    *list = c;
}

void prom__child_clear(prom__child *c, uint32_t states)
{
    uint32_t before = atomic_fetch_and_explicit(&c->object.refs, ~states, memory_order_acq_rel);
    if (!(before & ~states))
        prom__store_wait(c->vec->store, &c->waiting);
}

bool prom__children_init(prom__children *set, prom_vec *v, size_t cap)
{
    prom__table *t = prom__table_new(4);
    prom__list *l = prom__list_new(cap);
    if (!t || !l) {
        prom__free(t);
        prom__free(l);
        return false;
    }
    *set = (prom__children){ .vec = v, .list = l };
    atomic_init(&set->table, t);
    return true;
}

void prom__children_free(prom__children *set)
{
    prom__table_free(atomic_load(&set->table));
    prom__free(set->list);
}

/* --- life --------------------------------------------------------------- */

static void free_vec(prom__later *l)
{
    prom_vec *v = (prom_vec *)(void *)((char *)l - offsetof(prom_vec, later));
    prom__children_free(&v->children);
    for (prom__slab *s = v->slabs, *next; s; s = next) {
        next = s->next;
        prom__free(s);
    }
    prom__lock();
    prom__store_free(v->store, prom__store_at(v->store, v->family)); /* no series is left */
    prom__unlock();
    prom_unref(v->desc);
    prom_unref(v->store);
    prom_unref(v->maker);
    prom__free(v);
}

/* The child's record can be used again, and so can the child. With the lock held. */
static void release_child(prom__store_waiting *w)
{
    prom__child *c = child_of(w);
    prom_vec *v = c->vec;
    prom__exemplars_release(v->store, c->series);
    if (v->kind->release)
        v->kind->release(v->store, c->series);
    prom__store_free(v->store, &c->series->head);
    prom__child_push(&v->free, c);
    if (--v->n_alive == 0 && v->closed)
        prom__unlock_then(&v->later, free_vec);
}

prom_err prom__vec_store_new(prom__store **out)
{
    return prom__store_new(release_child, out);
}

/* No references are left, so no look-ups and no new children: but users may hold children, and
 * gathers of a moment ago may hold the list. */
static void close_vec(void *self)
{
    prom_vec *v = self;
    prom__children *set = &v->children;
    const uint32_t both = PROM__CHILD_LINKED | PROM__CHILD_LISTED;
    prom__lock();
    v->closed = true;
    if (!v->n_alive)
        prom__unlock_then(&v->later, free_vec);
    for (prom__child *c = set->dead, *next; c; c = next) {
        next = prom__child_next(c);
        prom__child_clear(c, both);
    }
    set->dead = NULL;
    prom__table *t = atomic_load_explicit(&set->table, memory_order_relaxed);
    for (size_t i = 0; i <= t->mask; i++) {
        prom__child *c = atomic_load_explicit(&t->slot[i], memory_order_relaxed);
        if (!c)
            continue;
        atomic_store_explicit(&c->series->head.removed, 1, memory_order_relaxed);
        prom__child_let_function_go(c);
        prom__child_clear(c, both);
    }
    prom__list *l = set->list;
    set->list = NULL;
    prom__list_unref(l);
    prom__unlock();
}

static const prom__class vec_class = { .name = "vec", .destroy = close_vec };

bool prom__is_vec(const void *object)
{
    return ((const prom__object *)object)->class == &vec_class;
}

bool prom__is_stand_in(const void *object)
{
    const prom__class *class = ((const prom__object *)object)->class;
    return class == &prom__view_class || class == &prom__fresh_class;
}

/* A ttl that is too short for the clock still is one; one that is too long is 292 years. */
static uint64_t nanoseconds(double seconds)
{
    double ns = ceil(seconds * 1e9);
    return ns < 0x1p63 ? (uint64_t)ns : (uint64_t)1 << 63;
}

prom_err prom__vec_new(prom__store *store, prom__desc *desc, bool keep_order, prom_vec **out)
{
    prom_vec *v = prom__alloc_zero(sizeof *v);
    uint64_t family = 0;
    bool room = v && prom__children_init(&v->children, v, desc->shape->n_values ? 8 : 1);
    prom_err e = room ? PROM_OK : prom__no_memory("a metric");
    if (!e)
        e = prom__family_write(store, desc, &family);
    if (!e && family / 16 > UINT32_MAX)
        e = prom__no_memory("a metric: its store is full");
    if (e) {
        if (room)
            prom__children_free(&v->children);
        prom__free(v);
        return e;
    }
    prom__object_init(&v->object, &vec_class);
    atomic_init(&v->object.tag, desc->constraints ? PROM__VEC_CONSTRAINED : 0);
    v->desc = prom_ref(desc);
    v->store = prom_ref(store);
    v->shape = desc->shape;
    v->bounds = desc->opts.buckets;
    v->n_bounds = desc->n_bounds;
    v->buckets = prom__buckets_of(desc);
    v->native = desc->native;
    if (desc->type == PROM_SUMMARY)
        v->window = prom__window_of(&desc->opts);
    v->max_series = desc->opts.max_series;
    v->ttl = nanoseconds(desc->opts.ttl);
    v->hash_key = prom__hash_key();
    v->kind = prom__kind_for(desc);
    v->family = family;
    v->keep_order = keep_order;
    prom__functions_init(v);
    *out = v;
    return PROM_OK;
}

/* --- reading ------------------------------------------------------------ */

static size_t count_matching(prom__children *set, const prom_str *values)
{
    size_t n = 0;
    prom__walk w = prom__walk_begin(set);
    for (prom__child *c = prom__walk_next(&w); c; c = prom__walk_next(&w)) {
        n = w.again ? 0 : n;
        w.again = false;
        n += prom__series_match(c->series, set->vec->shape, values);
    }
    return w.again ? 0 : n; /* anew, and nothing was left */
}

size_t prom_vec_size(const prom_vec *v)
{
    if (!v)
        return 0;
    prom__reach at = prom__vec_reach((prom_vec *)v);
    prom__lock();
    prom__vec_settle(at.vec);
    size_t n = at.view ? count_matching(at.children, at.view->values) : at.children->n_linked;
    prom__unlock();
    return n;
}

prom_type prom_vec_type(const prom_vec *v)
{
    return v ? prom__vec_behind((prom_vec *)v)->desc->type : PROM_UNKNOWN;
}

const prom_opts *prom_vec_opts(const prom_vec *v)
{
    if (!v)
        return NULL;
    prom__reach at = prom__vec_reach((prom_vec *)v);
    return at.view ? &at.view->opts : &at.vec->desc->opts;
}
