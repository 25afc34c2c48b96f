// SPDX-License-Identifier: Apache-2.0
#include "expire.h"

#include "base/clock.h"

static prom__seen *seen_of(const prom__series *s)
{
    return (prom__seen *)(void *)((char *)(uintptr_t)s + s->head.size - sizeof(prom__seen));
}

static prom__watch watch_of(const prom__series *s)
{
    return (prom__watch)atomic_load_explicit(&s->head.watch, memory_order_relaxed);
}

static void set_watch(prom__series *s, prom__watch w)
{
    atomic_store_explicit(&s->head.watch, (uint8_t)w, memory_order_relaxed);
}

static void note(const prom_vec *v, prom__series *s, uint64_t now)
{
    prom__seen *seen = seen_of(s);
    atomic_store_explicit(&seen->pulse, v->kind->pulse(v->desc, v->store, s),
                          memory_order_relaxed);
    atomic_store_explicit(&seen->at, now, memory_order_relaxed);
}

void prom__series_watch(const prom_vec *v, prom__series *s)
{
    if (!v->ttl)
        return;
    note(v, s, prom__clock_coarse());
    set_watch(s, PROM__WATCHED);
}

static bool same_pulse(const prom_vec *v, const prom__series *s)
{
    return atomic_load_explicit(&seen_of(s)->pulse, memory_order_relaxed) ==
           v->kind->pulse(v->desc, v->store, s);
}

/* Notes what has changed; true: it is to be removed. Several gathers may do so at once: what
 * one of them overwrites looks new to the next gather, so that a series lives longer, never
 * shorter.
 */
static bool look_at(const prom_vec *v, prom__series *s, uint64_t now)
{
    prom__watch w = watch_of(s);
    if (w == PROM__UNWATCHED || w == PROM__SILENT ||
        atomic_load_explicit(&s->head.removed, memory_order_relaxed))
        return false;
    if (w == PROM__LOOKED_UP || !same_pulse(v, s)) {
        set_watch(s, PROM__WATCHED);
        note(v, s, now);
        return false;
    }
    uint64_t at = atomic_load_explicit(&seen_of(s)->at, memory_order_relaxed);
    if (now < at || now - at <= v->ttl)
        return false;
    uint8_t expected = (uint8_t)w; /* a look-up may just be marking it */
    return w == PROM__EXPIRING ||
           atomic_compare_exchange_strong_explicit(&s->head.watch, &expected, PROM__EXPIRING,
                                                   memory_order_relaxed, memory_order_relaxed);
}

/* With the lock held: it is still so. An update through a handle that comes later is lost, as
 * it is with any removal. */
static bool is_idle(const prom__child *c, const void *vec)
{
    return watch_of(c->series) == PROM__EXPIRING && !c->function && same_pulse(vec, c->series);
}

static void tell(prom_vec *v, size_t n)
{
    prom__tally *t = prom__vec_tally(v);
    if (t && n)
        atomic_fetch_add_explicit(&t->expired, n, memory_order_relaxed);
}

void prom__vec_expire(prom_vec *v, prom__list *l, size_t n)
{
    uint64_t now = prom__clock_coarse();
    bool some = false;
    for (size_t i = 0; i < n; i++) {
        if (i + PROM__SERIES_AHEAD < n)
            prom__series_prefetch(l->item[i + PROM__SERIES_AHEAD]);
        some |= look_at(v, l->item[i], now);
    }
    if (some)
        tell(v, prom__children_unlink_where(&v->children, is_idle, v));
}
