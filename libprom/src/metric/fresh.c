// SPDX-License-Identifier: Apache-2.0
/* fresh.c - all children of a family replaced at once.
 *
 * A fresh vec collects children in memory of its family, so nothing is copied when they take
 * the place of the others: the list that gathers walk is exchanged in one moment, and that is
 * the whole replacement for them. What look-ups see follows in steps, the old children leaving
 * the table before the new ones come; who would change something meanwhile helps first
 * (prom__vec_settle). So no thread waits for another one, which a fork might have left behind.
 *
 * Replaced children are not marked as removed, for a gather that still walks the old list is to
 * show all of them. */
#include "base/alloc.h"
#include "vec.h"

/* --- the exchange: with the lock held ----------------------------------- */

static prom__table *table_of(const prom__children *set)
{
    return atomic_load_explicit(&set->table, memory_order_relaxed);
}

/* Takes one child out of a table that is being emptied. NULL: it is empty. */
static prom__child *take_next(prom__children *set, size_t *slot)
{
    prom__table *t = table_of(set);
    while (*slot <= t->mask && !prom__children_at(set, *slot))
        ++*slot;
    if (*slot > t->mask)
        return NULL;
    prom__child *c = prom__children_at(set, *slot);
    prom__table_remove(t, *slot); /* which may move another one there */
    set->n_linked--;
    set->removals++;
    if (set->overflow == c)
        set->overflow = NULL;
    return c;
}

static void leave(prom__child *c)
{
    c->series->head.kind = PROM__RECORD_HIDDEN;
    prom__child_let_function_go(c);
    prom__child_clear(c, PROM__CHILD_LINKED | PROM__CHILD_LISTED);
}

static void come(prom__children *set, prom__child *c, bool overflow)
{
    c->series->head.kind = PROM__RECORD_SERIES;
    atomic_fetch_or_explicit(&c->object.refs, PROM__CHILD_LINKED, memory_order_release);
    prom__table_add(table_of(set), c);
    set->n_linked++;
    if (overflow)
        set->overflow = c;
}

/* One child; false: that was the last one. */
static bool step(prom_vec *v)
{
    prom__exchange *x = &v->exchange;
    prom__child *c = x->dead;
    if (c) {
        x->dead = prom__child_next(c);
        prom__child_clear(c, PROM__CHILD_LISTED);
        return true;
    }
    c = take_next(x->coming ? x->from : &v->children, &x->slot);
    if (c && x->coming) {
        come(&v->children, c, c == x->overflow);
    } else if (c) {
        leave(c);
    } else {
        bool over = x->coming;
        x->coming = true;
        x->slot = 0;
        return !over;
    }
    return true;
}

void prom__vec_settle(prom_vec *v)
{
    for (size_t n = 1; v->exchange.from; n++) {
        if (!step(v))
            v->exchange = (prom__exchange){ 0 };
        else if (n % PROM__STORE_AT_ONCE == 0)
            prom__lock_pause();
    }
}

/* From here on gathers show what `from` has, which goes on with the empty list. */
static void exchange_lists(prom_vec *v, prom__children *from, prom__list *empty)
{
    prom__children *to = &v->children;
    v->exchange =
        (prom__exchange){ .from = from, .dead = to->dead, .overflow = from->overflow };
    prom__list_unref(to->list);
    to->list = from->list;
    to->n_listed = from->n_listed;
    to->n_sorted = from->n_sorted;
    to->dead = from->dead;
    to->n_dead = from->n_dead;
    from->list = empty;
    from->n_listed = from->n_sorted = from->n_dead = 0;
    from->dead = NULL;
}

/* --- fresh vecs --------------------------------------------------------- */

enum { FIRST_LIST = 8 };

static void destroy(void *self)
{
    prom__fresh *f = self;
    prom__children *set = &f->children;
    prom__lock();
    prom__vec_settle(f->vec);
    for (size_t n = 1, i = 0; i <= table_of(set)->mask; i++, n++) {
        prom__child *c = prom__children_at(set, i);
        if (c) {
            prom__child_let_function_go(c);
            prom__child_clear(c, PROM__CHILD_LISTED);
        }
        if (n % PROM__STORE_AT_ONCE == 0)
            prom__lock_pause();
    }
    for (prom__child *c = set->dead, *next; c; c = next) {
        next = prom__child_next(c);
        prom__child_clear(c, PROM__CHILD_LISTED);
    }
    prom__unlock();
    prom__children_free(set);
    prom_unref(f->vec);
    prom__free(f);
}

const prom__class prom__fresh_class = { .name = "fresh vec", .destroy = destroy };

prom_err prom_vec_fresh(prom_vec *v, prom_vec **out)
{
    *out = NULL;
    if (!v)
        return prom_fail(PROM_E_INVAL, "there is no family whose children could be replaced");
    const prom_vec *family = prom__vec_behind(v);
    const char *given = family->desc->given;
    if (family != v)
        return prom_fail(
            PROM_E_INVAL, "'%s': only the family itself has fresh vecs, not %s", given,
            prom__vec_traits(v) & PROM__VEC_VIEW ? "a view of it" : "another fresh one");
    if (!v->shape->n_values)
        return prom_fail(PROM_E_INVAL, "'%s' has no labels: its one series cannot be replaced",
                         given);
    prom__fresh *f = prom__alloc_zero(sizeof *f);
    if (!f || !prom__children_init(&f->children, v, FIRST_LIST)) {
        prom__free(f);
        return prom__no_memory("a fresh vec");
    }
    prom__object_init(&f->object, &prom__fresh_class);
    atomic_init(&f->object.tag, PROM__VEC_FRESH);
    f->children.hidden = true;
    f->vec = prom_ref(v);
    *out = (prom_vec *)(void *)f;
    return PROM_OK;
}

static prom_err check_pair(prom_vec *v, prom_vec *fresh)
{
    if (!v || !fresh)
        return prom_fail(PROM_E_INVAL, "there is no family, or none to replace its children");
    const char *given = prom__vec_behind(v)->desc->given;
    if (prom__vec_traits(v) & (PROM__VEC_VIEW | PROM__VEC_FRESH))
        return prom_fail(PROM_E_INVAL, "'%s': only in the family itself all is replaced",
                         given);
    if (!(prom__vec_traits(fresh) & PROM__VEC_FRESH) || prom__vec_behind(fresh) != v)
        return prom_fail(PROM_E_INVAL, "'%s': that is not a fresh vec of it", given);
    return PROM_OK;
}

/* With the lock held, which is let go of: until nothing has come that would not fit. */
static bool make_room(prom_vec *v, const prom__children *from)
{
    size_t n;
    do {
        n = from->n_linked;
        if (!prom__make_table_room(&v->children, n))
            return false;
        prom__vec_settle(v);
    } while (from->n_linked > n);
    return true;
}

prom_err prom_vec_replace(prom_vec *v, prom_vec *fresh)
{
    prom_err e = check_pair(v, fresh);
    if (e)
        return e;
    prom__children *from = prom__vec_reach(fresh).children;
    prom__list *empty = prom__list_new(FIRST_LIST);
    if (!empty)
        return prom__no_memory("a replacement");
    prom__lock();
    bool room = make_room(v, from);
    if (room) {
        exchange_lists(v, from, empty);
        prom__vec_settle(v);
    } else {
        prom__list_unref(empty);
    }
    prom__unlock();
    return room ? PROM_OK : prom__no_memory("a replacement");
}
