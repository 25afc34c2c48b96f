// SPDX-License-Identifier: Apache-2.0
#include "vec.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "family.h"

#include <stdio.h>
#include <string.h>

/* Children are made by the slab, so that their memory stays theirs until the vec goes. */
typedef struct prom__slab {
    struct prom__slab *next;
    prom__child child[];
} prom__slab;

static prom__child *child_of(prom__store_waiting *w)
{
    return w ? (prom__child *)(void *)((char *)w - offsetof(prom__child, waiting)) : NULL;
}

/* --- life --------------------------------------------------------------- */

static void free_vec(prom__later *l)
{
    prom_vec *v = (prom_vec *)(void *)((char *)l - offsetof(prom_vec, later));
    prom__table_free(atomic_load(&v->table));
    for (prom__slab *s = v->slabs, *next; s; s = next) {
        next = s->next;
        prom__free(s);
    }
    prom__free(v->list);
    prom__lock();
    prom__store_free(v->store, prom__store_at(v->store, v->family)); /* no series is left */
    prom__unlock();
    prom_unref(v->desc);
    prom_unref(v->store);
    prom__free(v);
}

static void put_free(prom_vec *v, prom__child *c)
{
    c->waiting.next = v->free ? &v->free->waiting : NULL;
    v->free = c;
}

/* The child's record can be used again, and so can the child. With the lock held. */
static void release_child(prom__store_waiting *w)
{
    prom__child *c = child_of(w);
    prom_vec *v = c->vec;
    if (v->kind->release)
        v->kind->release(v->store, c->series);
    prom__store_free(v->store, &c->series->head);
    put_free(v, c);
    if (--v->n_alive == 0 && v->closed)
        prom__unlock_then(&v->later, free_vec);
}

prom_err prom__vec_store_new(prom__store **out)
{
    return prom__store_new(release_child, out);
}

/* Clears states of a child; when none is left its record waits for its readers to go. */
static void clear_state(prom_vec *v, prom__child *c, uint32_t states)
{
    uint32_t before = atomic_fetch_and_explicit(&c->object.refs, ~states, memory_order_acq_rel);
    if (!(before & ~states))
        prom__store_wait(v->store, &c->waiting);
}

/* No references are left, so no look-ups and no new children: but users may hold children, and
 * gathers of a moment ago may hold the list. */
static void close_vec(void *self)
{
    prom_vec *v = self;
    const uint32_t both = PROM__CHILD_LINKED | PROM__CHILD_LISTED;
    prom__lock();
    v->closed = true;
    if (!v->n_alive)
        prom__unlock_then(&v->later, free_vec);
    for (prom__child *c = v->dead, *next; c; c = next) {
        next = child_of(c->waiting.next);
        clear_state(v, c, both);
    }
    v->dead = NULL;
    prom__table *t = atomic_load_explicit(&v->table, memory_order_relaxed);
    for (size_t i = 0; i <= t->mask; i++) {
        prom__child *c = atomic_load_explicit(&t->slot[i], memory_order_relaxed);
        if (!c)
            continue;
        atomic_store_explicit(&c->series->head.removed, 1, memory_order_relaxed);
        clear_state(v, c, both);
    }
    prom__list *l = v->list;
    v->list = NULL;
    prom__list_unref(l);
    prom__unlock();
}

static const prom__class vec_class = { .name = "vec", .destroy = close_vec };

bool prom__is_vec(const void *object)
{
    return ((const prom__object *)object)->class == &vec_class;
}

prom_err prom__vec_new(prom__store *store, prom__desc *desc, bool keep_order, prom_vec **out)
{
    prom_vec *v = prom__alloc_zero(sizeof *v);
    prom__table *t = prom__table_new(4);
    prom__list *l = prom__list_new(desc->shape->n_values ? 8 : 1);
    uint64_t family = 0;
    prom_err e = v && t && l ? PROM_OK : prom__no_memory("a metric");
    if (!e)
        e = prom__family_write(store, desc, &family);
    if (!e && family / 16 > UINT32_MAX)
        e = prom__no_memory("a metric: its store is full");
    if (e) {
        prom__free(v);
        prom__free(t);
        prom__free(l);
        return e;
    }
    prom__object_init(&v->object, &vec_class);
    v->desc = prom_ref(desc);
    v->store = prom_ref(store);
    v->shape = desc->shape;
    v->bounds = desc->opts.buckets;
    v->n_bounds = desc->n_bounds;
    if (desc->type == PROM_SUMMARY)
        v->window = prom__window_of(&desc->opts);
    v->hash_key = prom__hash_key();
    atomic_init(&v->table, t);
    v->kind = prom__kind_of(desc->type);
    v->family = family;
    v->keep_order = keep_order;
    v->list = l;
    *out = v;
    return PROM_OK;
}

/* --- looking up ---------------------------------------------------------- */

static inline uint32_t tag_of(const prom_vec *v, const prom_str *values)
{
    uint64_t h = v->hash_key;
    for (size_t i = 0; i < v->shape->n_values; i++)
        h = prom__hash_add(h, values[i].p, values[i].n);
    return (uint32_t)(h ^ h >> 32);
}

/* Without the lock; NULL does not mean that there is none. */
static prom__child *find(prom_vec *v, const prom_str *values, uint32_t tag)
{
    return prom__table_find(atomic_load_explicit(&v->table, memory_order_acquire), v->shape,
                            values, tag);
}

/* With the lock held; SIZE_MAX: nowhere. */
static size_t slot_of(prom_vec *v, const prom_str *values, uint32_t tag)
{
    return prom__table_slot(atomic_load_explicit(&v->table, memory_order_relaxed), v->shape,
                            values, tag);
}

/* --- room for one more -------------------------------------------------- */

/* Each of these is called with the lock held and lets it go while it allocates; when it comes
 * back, things may have changed. false: no memory. */

static bool grow_children(prom_vec *v)
{
    size_t n = !v->shape->n_values ? 1
               : v->n_alive < 4    ? 4
               : v->n_alive < 256  ? v->n_alive
                                   : 256;
    prom__unlock();
    prom__slab *s = prom__alloc_zero(sizeof *s + n * sizeof *s->child);
    prom__lock();
    if (!s)
        return false;
    s->next = v->slabs;
    v->slabs = s;
    for (size_t i = n; i-- > 0;) {
        s->child[i].object.class =
            v->shape->n_values ? &prom__child_class : &prom__only_child_class;
        s->child[i].vec = v;
        put_free(v, &s->child[i]);
    }
    return true;
}

static bool table_full(const prom_vec *v)
{
    size_t size = atomic_load_explicit(&v->table, memory_order_relaxed)->mask + 1;
    return (v->n_linked + 1) * 5 > size * 4;
}

static bool grow_table(prom_vec *v)
{
    prom__table *old = atomic_load_explicit(&v->table, memory_order_relaxed);
    prom__unlock();
    prom__table *t = prom__table_new(2 * (old->mask + 1));
    prom__lock();
    if (!t)
        return false;
    if (atomic_load_explicit(&v->table, memory_order_relaxed) != old) {
        prom__unlock();
        prom__free(t);
        prom__lock();
        return true;
    }
    prom__table_follow(t, old);
    atomic_store_explicit(&v->table, t, memory_order_release);
    return true;
}

static bool grow_list(prom_vec *v)
{
    prom__list *old = v->list;
    size_t cap = old->cap + old->cap / 2 + 1;
    prom__unlock();
    prom__list *l = prom__list_new(cap);
    prom__lock();
    if (!l)
        return false;
    if (v->list == old && v->n_listed <= cap) {
        memcpy(l->item, old->item, v->n_listed * sizeof *l->item);
        v->list = l;
        l = old;
    }
    prom__list_unref(l);
    return true;
}

static bool make_room(prom_vec *v)
{
    for (;;) {
        bool ok;
        if (!v->free)
            ok = grow_children(v);
        else if (table_full(v))
            ok = grow_table(v);
        else if (v->n_listed == v->list->cap)
            ok = grow_list(v);
        else
            return true;
        if (!ok)
            return false;
    }
}

/* --- creating ----------------------------------------------------------- */

/* With the lock held and room made. The word is written last: from then on look-ups without
 * the lock, which may have kept the child's address from an earlier life, can hold it. */
static prom__child *link_child(prom_vec *v, prom__series *s, uint32_t tag)
{
    prom__child *c = v->free;
    v->free = child_of(c->waiting.next);
    v->n_alive++;
    v->n_linked++;
    c->series = s;
    atomic_store_explicit(&c->object.tag, tag, memory_order_relaxed);
    atomic_store_explicit(&c->object.refs,
                          PROM__CHILD_LINKED | PROM__CHILD_LISTED | PROM__CHILD_USER,
                          memory_order_release);
    v->list->item[v->n_listed++] = s;
    prom__table_add(atomic_load_explicit(&v->table, memory_order_relaxed), c);
    return c;
}

static prom_err create(prom_vec *v, const prom_str *values, uint32_t tag, prom__child **out)
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
    prom__lock();
    bool room = make_room(v);
    size_t slot = slot_of(v, values, tag); /* somebody may have been faster */
    if (slot != SIZE_MAX) {
        *out = atomic_load_explicit(
            &atomic_load_explicit(&v->table, memory_order_relaxed)->slot[slot],
            memory_order_relaxed);
        atomic_fetch_add_explicit(&(*out)->object.refs, PROM__CHILD_USER, memory_order_relaxed);
    } else if (room) {
        s->head.kind = PROM__RECORD_SERIES;
        *out = link_child(v, s, tag);
        s = NULL;
    }
    if (s)
        prom__store_free(v->store, &s->head);
    prom__unlock();
    return room || slot != SIZE_MAX ? PROM_OK : prom__no_memory("a series");
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

static prom_err check_values(const prom_vec *v, size_t n)
{
    if (!v)
        return prom_fail(PROM_E_INVAL, "there is no family for these label values");
    return n == v->shape->n_values ? PROM_OK : wrong_count(v, n);
}

prom_err prom_vec_with(prom_vec *v, const prom_str *values, size_t n, void **out)
{
    *out = NULL;
    prom_err e = check_values(v, n);
    if (e)
        return e;
    uint32_t tag = tag_of(v, values);
    prom__child *c = find(v, values, tag);
    if (!c)
        e = create(v, values, tag, &c);
    if (e)
        return e;
    if (!v->shape->n_values)
        prom_ref(v); /* see prom__only_child_class */
    *out = c;
    return PROM_OK;
}

/* --- removing ----------------------------------------------------------- */

/* With the lock held. The record stays in the list until a sweep. */
static void unlink_slot(prom_vec *v, size_t slot)
{
    prom__table *t = atomic_load_explicit(&v->table, memory_order_relaxed);
    prom__child *c = atomic_load_explicit(&t->slot[slot], memory_order_relaxed);
    prom__table_remove(t, slot);
    v->n_linked--;
    atomic_store_explicit(&c->series->head.removed, 1, memory_order_relaxed);
    c->waiting.next = v->dead ? &v->dead->waiting : NULL;
    v->dead = c;
    v->n_dead++;
    clear_state(v, c, PROM__CHILD_LINKED); /* it is still listed */
}

prom_err prom_vec_remove_str(prom_vec *v, const prom_str *values, size_t n)
{
    prom_err e = check_values(v, n);
    if (!e && !n)
        e = prom_fail(PROM_E_INVAL, "'%s' has no labels: its one series cannot be removed",
                      v->desc->given);
    if (e)
        return e;
    uint32_t tag = tag_of(v, values);
    prom__lock();
    size_t slot = slot_of(v, values, tag);
    if (slot != SIZE_MAX)
        unlink_slot(v, slot);
    prom__unlock();
    if (slot == SIZE_MAX)
        return prom_fail(PROM_E_NOENT, "'%s' has no series with these label values",
                         v->desc->given);
    prom__vec_sweep_if_worth(v);
    return PROM_OK;
}

prom_err prom_vec_clear(prom_vec *v)
{
    if (!v)
        return prom_fail(PROM_E_INVAL, "there is no family to clear");
    if (!v->shape->n_values)
        return PROM_OK;
    prom__lock();
    const prom__table *t = atomic_load_explicit(&v->table, memory_order_relaxed);
    for (size_t i = 0, n = 1; i <= t->mask; n++) {
        if (atomic_load_explicit(&t->slot[i], memory_order_relaxed))
            unlink_slot(v, i); /* which may move another into this slot */
        else
            i++;
        if (n % PROM__STORE_AT_ONCE)
            continue;
        prom__lock_pause();
        const prom__table *now = atomic_load_explicit(&v->table, memory_order_relaxed);
        i = now == t ? i : 0; /* it has grown, which happens only so often */
        t = now;
    }
    prom__unlock();
    prom__vec_sweep_if_worth(v);
    return PROM_OK;
}

/* --- reading ------------------------------------------------------------ */

size_t prom_vec_size(const prom_vec *v)
{
    if (!v)
        return 0;
    prom__lock();
    size_t n = v->n_linked;
    prom__unlock();
    return n;
}

prom_type prom_vec_type(const prom_vec *v)
{
    return v ? v->desc->type : PROM_UNKNOWN;
}

const prom_opts *prom_vec_opts(const prom_vec *v)
{
    return v ? &v->desc->opts : NULL;
}
