// SPDX-License-Identifier: Apache-2.0
/* room.c - memory for one child more: its handle, its slot in the table, its place in the list.
 */
#include "base/alloc.h"
#include "vec.h"

#include <string.h>

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
        prom__child_push(&v->free, &s->child[i]);
    }
    return true;
}

/* At most four fifths are in use. */
static bool table_fits(const prom__children *set, size_t n)
{
    size_t size = atomic_load_explicit(&set->table, memory_order_relaxed)->mask + 1;
    return n * 5 <= size * 4;
}

static bool grow_table(prom__children *set)
{
    prom__table *old = atomic_load_explicit(&set->table, memory_order_relaxed);
    prom__unlock();
    prom__table *t = prom__table_new(2 * (old->mask + 1));
    prom__lock();
    if (!t)
        return false;
    if (atomic_load_explicit(&set->table, memory_order_relaxed) != old) {
        prom__unlock();
        prom__free(t);
        prom__lock();
        return true;
    }
    prom__table_follow(t, old);
    atomic_store_explicit(&set->table, t, memory_order_release);
    return true;
}

static bool grow_list(prom__children *set)
{
    prom__list *old = set->list;
    size_t cap = old->cap + old->cap / 2 + 1;
    prom__unlock();
    prom__list *l = prom__list_new(cap);
    prom__lock();
    if (!l)
        return false;
    if (set->list == old && set->n_listed <= cap) {
        memcpy(l->item, old->item, set->n_listed * sizeof *l->item);
        set->list = l;
        l = old;
    }
    prom__list_unref(l);
    return true;
}

bool prom__make_table_room(prom__children *set, size_t n)
{
    while (!table_fits(set, n))
        if (!grow_table(set))
            return false;
    return true;
}

bool prom__make_room(prom__children *set)
{
    for (;;) {
        bool ok;
        prom__vec_settle(set->vec);
        if (!set->vec->free)
            ok = grow_children(set->vec);
        else if (!table_fits(set, set->n_linked + 1))
            ok = grow_table(set);
        else if (set->n_listed == set->list->cap)
            ok = grow_list(set);
        else
            return true;
        if (!ok)
            break;
    }
    prom__vec_settle(set->vec);
    return false;
}
