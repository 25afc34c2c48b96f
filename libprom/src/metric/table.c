// SPDX-License-Identifier: Apache-2.0
#include "table.h"

#include "base/alloc.h"

#include <prom/prom.h>

prom__table *prom__table_new(size_t size)
{
    prom__table *t = prom__alloc_zero(sizeof *t + size * sizeof *t->slot);
    if (t)
        t->mask = size - 1;
    return t;
}

void prom__table_free(prom__table *t)
{
    for (prom__table *smaller; t; t = smaller) {
        smaller = t->smaller;
        prom__free(t);
    }
}

/* A reference, if the child is linked. Acquire: its series is read next. */
static bool try_ref(prom__child *c)
{
    uint32_t word = atomic_load_explicit(&c->object.refs, memory_order_relaxed);
    while (word & PROM__CHILD_LINKED)
        if (atomic_compare_exchange_weak_explicit(&c->object.refs, &word,
                                                  word + PROM__CHILD_USER, memory_order_acquire,
                                                  memory_order_relaxed))
            return true;
    return false;
}

prom__child *prom__table_find(const prom__table *t, const prom__shape *shape,
                              const prom_str *values, uint32_t tag)
{
    for (size_t i = 0; i <= t->mask; i++) {
        prom__child *c =
            atomic_load_explicit(&t->slot[(tag + i) & t->mask], memory_order_acquire);
        if (!c)
            return NULL;
        if (atomic_load_explicit(&c->object.tag, memory_order_relaxed) != tag || !try_ref(c))
            continue;
        if (prom__series_equal(c->series, shape, values))
            return c;
        prom_unref(c);
    }
    return NULL;
}

size_t prom__table_slot(const prom__table *t, const prom__shape *shape, const prom_str *values,
                        uint32_t tag)
{
    for (size_t i = tag & t->mask;; i = (i + 1) & t->mask) {
        prom__child *c = atomic_load_explicit(&t->slot[i], memory_order_relaxed);
        if (!c)
            return SIZE_MAX;
        if (atomic_load_explicit(&c->object.tag, memory_order_relaxed) == tag &&
            prom__series_equal(c->series, shape, values))
            return i;
    }
}

size_t prom__table_place(const prom__table *t, const prom__child *c)
{
    uint32_t tag = atomic_load_explicit(&c->object.tag, memory_order_relaxed);
    for (size_t i = tag & t->mask;; i = (i + 1) & t->mask) {
        const prom__child *there = atomic_load_explicit(&t->slot[i], memory_order_relaxed);
        if (!there || there == c)
            return there ? i : SIZE_MAX;
    }
}

void prom__table_add(prom__table *t, prom__child *c)
{
    size_t i = atomic_load_explicit(&c->object.tag, memory_order_relaxed) & t->mask;
    while (atomic_load_explicit(&t->slot[i], memory_order_relaxed))
        i = (i + 1) & t->mask;
    atomic_store_explicit(&t->slot[i], c, memory_order_release);
}

/* Closes the gap by moving later entries of the run up, so no tombstones pile up. */
void prom__table_remove(prom__table *t, size_t gap)
{
    for (size_t i = (gap + 1) & t->mask;; i = (i + 1) & t->mask) {
        prom__child *c = atomic_load_explicit(&t->slot[i], memory_order_relaxed);
        if (!c)
            break;
        size_t home = atomic_load_explicit(&c->object.tag, memory_order_relaxed) & t->mask;
        if (((i - home) & t->mask) >= ((i - gap) & t->mask)) {
            atomic_store_explicit(&t->slot[gap], c, memory_order_release);
            gap = i;
        }
    }
    atomic_store_explicit(&t->slot[gap], NULL, memory_order_release);
}

void prom__table_follow(prom__table *t, prom__table *old)
{
    for (size_t i = 0; i <= old->mask; i++) {
        prom__child *c = atomic_load_explicit(&old->slot[i], memory_order_relaxed);
        if (c)
            prom__table_add(t, c);
    }
    t->smaller = old;
}
