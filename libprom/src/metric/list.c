// SPDX-License-Identifier: Apache-2.0
/* list.c - the records of a vec in the order of exposition.
 *
 * New records go to the end; a gather that finds some there, or dead ones anywhere, makes a new
 * list: the sorted part, merged with the sorted rest, without the dead. It does so outside the
 * lock and puts it in place if nobody was faster. So series are sorted once, when they are new,
 * and a gather without new series only walks. */
#include "base/alloc.h"
#include "vec.h"

#include <string.h>

prom__list *prom__list_new(size_t cap)
{
    if (cap > (SIZE_MAX - sizeof(prom__list)) / sizeof(prom__series *))
        return NULL;
    prom__list *l = prom__alloc(sizeof *l + cap * sizeof *l->item);
    if (l)
        *l = (prom__list){ .refs = 1, .cap = cap };
    return l;
}

static void free_list(prom__later *l)
{
    prom__free(l); /* the first member */
}

void prom__list_unref(prom__list *l)
{
    if (l && --l->refs == 0)
        prom__unlock_then(&l->later, free_list);
}

static bool removed(const prom__series *s)
{
    return atomic_load_explicit(&s->head.removed, memory_order_relaxed);
}

/* --- sorting ------------------------------------------------------------ */

static void merge(const prom__shape *shape, prom__series **a, size_t n, prom__series **b,
                  size_t m, prom__series **out)
{
    /* Series are often made in order: then one comparison does for the whole run. */
    bool in_order = n && m && prom__series_compare(a[n - 1], shape, b[0], shape) < 0;
    while (n && m && !in_order) {
        bool second = prom__series_compare(*b, shape, *a, shape) < 0;
        *out++ = second ? *b++ : *a++;
        second ? m-- : n--;
    }
    memcpy(out, a, n * sizeof *a);
    memcpy(out + n, b, m * sizeof *b);
}

/* Merge sort from below; the result may be in either array: returned. */
static prom__series **sort(const prom__shape *shape, prom__series **from, size_t n,
                           prom__series **to)
{
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t i = 0; i < n; i += 2 * run) {
            size_t left = n - i < run ? n - i : run;
            size_t right = n - i - left < run ? n - i - left : run;
            merge(shape, from + i, left, from + i + left, right, to + i);
        }
        prom__series **swap = from;
        from = to;
        to = swap;
    }
    return from;
}

static size_t copy_living(prom__series **to, prom__series *const *from, size_t n)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (!removed(from[i]))
            to[k++] = from[i];
    return k;
}

/* Fills `to` with the living of the first n of `from`, in order; NULL scratch: as they are. */
static size_t rebuild(const prom__shape *shape, prom__list *to, const prom__list *from,
                      size_t n_sorted, size_t n, prom__series **scratch)
{
    if (!scratch)
        return copy_living(to->item, from->item, n);
    prom__series **first = scratch, **rest = scratch + n_sorted, **other = rest + n - n_sorted;
    size_t k = copy_living(first, from->item, n_sorted);
    size_t m = copy_living(rest, from->item + n_sorted, n - n_sorted);
    merge(shape, first, k, sort(shape, rest, m, other), m, to->item);
    return k + m;
}

/* --- sweeping ----------------------------------------------------------- */

/* The children from `dead` on, which are nobody else's, are in no list any more. Takes the
 * lock, now and then. */
static void delist(prom__child *dead)
{
    prom__lock();
    for (unsigned n = 1; dead; n++) {
        prom__child *c = dead;
        dead = prom__child_next(c);
        prom__child_clear(c, PROM__CHILD_LISTED);
        if (n % PROM__STORE_AT_ONCE == 0)
            prom__lock_pause();
    }
    prom__unlock();
}

/* The list as it was at some moment. */
typedef struct moment {
    prom__list *list;
    size_t n, n_sorted;
    prom__child *dead; /* with all older ones, n_dead */
    size_t n_dead;
} moment;

/* Takes those that were dead at the moment off the list of dead children. */
static void cut_dead(prom__children *set, const moment *m)
{
    set->n_dead -= m->n_dead;
    if (set->dead == m->dead) {
        set->dead = NULL;
        return;
    }
    prom__child *c = set->dead;
    while (prom__child_next(c) != m->dead)
        c = prom__child_next(c);
    c->waiting.next = NULL;
}

/* Puts the new list in place of the one from which it was made, with what has come to that
 * since. With the lock held. false: somebody was faster. */
static bool install(prom__children *set, const moment *m, prom__list *l, size_t n)
{
    size_t come = set->n_listed - m->n;
    if (set->list != m->list || l->cap - n < come)
        return false;
    memcpy(l->item + n, m->list->item + m->n, come * sizeof *l->item);
    prom__list_unref(m->list); /* the set's reference; the caller has one too */
    set->list = l;
    l->refs++;
    set->n_listed = n + come;
    set->n_sorted = n;
    if (m->dead)
        cut_dead(set, m);
    return true;
}

prom_err prom__children_view(prom__children *set, prom__list **out, size_t *n)
{
    const bool keep_order = set->vec->keep_order;
    prom__lock();
    moment m = { set->list, set->n_listed, set->n_sorted, set->dead, set->n_dead };
    m.list->refs++;
    prom__unlock();
    if ((keep_order || m.n_sorted == m.n) && !m.dead) {
        *out = m.list;
        *n = m.n;
        return PROM_OK;
    }
    prom__series **scratch = NULL;
    prom__list *l = prom__list_new(m.n + m.n / 4 + 4);
    if (!keep_order && l)
        scratch = prom__alloc(prom__size_times(2 * m.n + 1, sizeof *scratch));
    bool ok = l && (scratch || keep_order);
    if (ok)
        *n = rebuild(set->vec->shape, l, m.list, m.n_sorted, m.n, scratch);
    prom__free(scratch);
    prom__lock();
    bool installed = ok && install(set, &m, l, *n);
    prom__list_unref(m.list);
    if (!ok)
        prom__list_unref(l);
    prom__unlock();
    if (installed)
        delist(m.dead);
    *out = l;
    return ok ? PROM_OK : prom__no_memory("the order of a family");
}

void prom__children_sweep_if_worth(prom__children *set)
{
    prom__store *store = set->vec->store;
    prom__lock();
    bool worth = set->n_dead > 64 && set->n_dead > set->n_linked;
    prom__unlock();
    if (!worth)
        return;
    prom__store_pin *pin = prom__alloc(sizeof *pin);
    if (!pin)
        return; /* a later removal or gather will do it */
    prom__store_pin_add(store, pin);
    prom__list *l;
    size_t n;
    if (prom__children_view(set, &l, &n) == PROM_OK) {
        prom__lock();
        prom__list_unref(l);
        prom__unlock();
    }
    prom__store_pin_drop(store, pin);
    prom__free(pin);
}
