// SPDX-License-Identifier: Apache-2.0
/* collect.c - from the cells of a vec to the points of a snapshot. Nothing is locked while it
 * walks: the list is held, the records are pinned, the cells are read one by one. */
#include "base/alloc.h"
#include "exemplar.h"
#include "expire.h"
#include "function.h"

/* In the snapshot's arena. */
typedef struct prom__held_pin {
    prom__store_pin pin;
    prom__store *store;
    struct prom__held_pin *before; /* of the same gather */
} held_pin;

static void drop_pin(void *data)
{
    held_pin *h = data;
    prom__store_pin_drop(h->store, &h->pin);
    prom_unref(h->store);
}

static prom_err pin_store(prom__gathering *g, prom__store *store)
{
    if (g->pinned == store)
        return PROM_OK;
    held_pin *h = prom__arena_alloc(&g->snapshot->arena, sizeof *h);
    if (!h)
        return prom__no_memory("a snapshot");
    prom_err e = prom__snapshot_hold(g->snapshot, drop_pin, h);
    if (e)
        return e;
    h->store = prom_ref(store);
    prom__store_pin_add(store, &h->pin);
    h->before = g->pins;
    g->pins = h;
    g->pinned = store;
    return PROM_OK;
}

void prom__vec_collected(prom__gathering *g)
{
    for (held_pin *h = g->pins; h; h = h->before)
        prom__store_pin_settle(&h->pin);
}

static prom_err read_points(prom_vec *v, prom__gathering *g, prom__list *l, size_t n,
                            prom__family *f)
{
    prom__source source = { .desc = v->desc, .store = v->store, .keep_order = v->keep_order };
    prom_err e = prom__family_reserve(g->snapshot, f, n);
    size_t k = 0;
    for (size_t i = 0; i < n && !e; i++) {
        const prom__series *s = l->item[i];
        if (i + PROM__SERIES_AHEAD < n)
            prom__series_prefetch(l->item[i + PROM__SERIES_AHEAD]);
        if (atomic_load_explicit(&s->head.removed, memory_order_relaxed) ||
            atomic_load_explicit(&s->head.watch, memory_order_relaxed) == PROM__SILENT)
            continue;
        prom__point *p = &f->points[k++];
        p->series = s;
        p->shape = v->shape;
        e = prom__series_read(v->kind, &source, s, &g->snapshot->arena, p);
    }
    f->pub.n_metrics = e ? 0 : k;
    return e;
}

prom_err prom__vec_collect(prom_vec *v, prom__gathering *g, bool *left_out)
{
    const prom_opts *o = &v->desc->opts;
    prom_family pub = {
        .name = o->name, .help = o->help, .unit = o->unit, .type = v->desc->type
    };
    prom__family *f;
    prom__list *l;
    size_t n;
    prom_err e = prom__functions_gather(v, g, left_out);
    if (!e && !*left_out)
        e = pin_store(g, v->store);
    if (!e && !*left_out)
        e = prom__snapshot_hold(g->snapshot, prom_unref, v->desc);
    if (e || *left_out)
        return e;
    prom_ref(v->desc);
    e = prom__snapshot_add_family(g->snapshot, &pub, &f);
    if (!e)
        e = prom__children_view(&v->children, &l, &n);
    if (e)
        return e;
    /* The list is in order, but what an info says comes in between. */
    f->settled =
        g->order == PROM_ORDER_CREATED || (!v->keep_order && v->desc->type != PROM_INFO);
    if (v->ttl)
        prom__vec_expire(v, l, n);
    e = read_points(v, g, l, n, f);
    prom__lock();
    prom__list_unref(l);
    prom__unlock();
    return e;
}
