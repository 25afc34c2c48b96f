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

static prom__child *next_dead(const prom__child *c)
{
    prom__store_waiting *w = c->waiting.next;
    return w ? (prom__child *)(void *)((char *)w - offsetof(prom__child, waiting)) : NULL;
}

/* The children from `dead` on, which are nobody else's, are in no list any more. Takes the
 * lock, now and then. */
static void delist(prom_vec *v, prom__child *dead)
{
    prom__lock();
    for (unsigned n = 1; dead; n++) {
        prom__child *c = dead;
        dead = next_dead(c);
        v->n_dead--;
        uint32_t before = atomic_fetch_and_explicit(
            &c->object.refs, ~(uint32_t)PROM__CHILD_LISTED, memory_order_acq_rel);
        if (before == PROM__CHILD_LISTED)
            prom__store_wait(v->store, &c->waiting);
        if (n % PROM__STORE_AT_ONCE == 0)
            prom__lock_pause();
    }
    prom__unlock();
}

/* Takes `dead` and all older ones off the vec's list of dead children. */
static void cut_dead(prom_vec *v, prom__child *dead)
{
    if (v->dead == dead) {
        v->dead = NULL;
        return;
    }
    prom__child *c = v->dead;
    while (next_dead(c) != dead)
        c = next_dead(c);
    c->waiting.next = NULL;
}

/* Puts the new list in place of the old one, from which it was made, with what has come to that
 * since. With the lock held. false: somebody was faster. */
static bool install(prom_vec *v, prom__list *old, size_t n_old, prom__list *l, size_t n,
                    prom__child *dead)
{
    size_t come = v->n_listed - n_old;
    if (v->list != old || l->cap - n < come)
        return false;
    memcpy(l->item + n, old->item + n_old, come * sizeof *l->item);
    prom__list_unref(old); /* the vec's reference; the caller has one too */
    v->list = l;
    l->refs++;
    v->n_listed = n + come;
    v->n_sorted = n;
    if (dead)
        cut_dead(v, dead);
    return true;
}

prom_err prom__vec_view(prom_vec *v, prom__list **out, size_t *n)
{
    prom__lock();
    prom__list *old = v->list;
    size_t n_old = v->n_listed, n_sorted = v->n_sorted;
    prom__child *dead = v->dead;
    old->refs++;
    prom__unlock();
    if ((v->keep_order || n_sorted == n_old) && !dead) {
        *out = old;
        *n = n_old;
        return PROM_OK;
    }
    prom__series **scratch = NULL;
    prom__list *l = prom__list_new(n_old + n_old / 4 + 4);
    if (!v->keep_order && l)
        scratch = prom__alloc(prom__size_times(2 * n_old + 1, sizeof *scratch));
    bool ok = l && (scratch || v->keep_order);
    if (ok)
        *n = rebuild(v->shape, l, old, n_sorted, n_old, scratch);
    prom__free(scratch);
    prom__lock();
    bool installed = ok && install(v, old, n_old, l, *n, dead);
    prom__list_unref(old);
    if (!ok)
        prom__list_unref(l);
    prom__unlock();
    if (installed)
        delist(v, dead);
    *out = l;
    return ok ? PROM_OK : prom__no_memory("the order of a family");
}

void prom__vec_sweep_if_worth(prom_vec *v)
{
    prom__lock();
    bool worth = v->n_dead > 64 && v->n_dead > v->n_linked;
    prom__unlock();
    if (!worth)
        return;
    prom__store_pin *pin = prom__alloc(sizeof *pin);
    if (!pin)
        return; /* a later removal or gather will do it */
    prom__store_pin_add(v->store, pin);
    prom__list *l;
    size_t n;
    if (prom__vec_view(v, &l, &n) == PROM_OK) {
        prom__lock();
        prom__list_unref(l);
        prom__unlock();
    }
    prom__store_pin_drop(v->store, pin);
    prom__free(pin);
}
