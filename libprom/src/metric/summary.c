// SPDX-License-Identifier: Apache-2.0
/* summary.c - cells: the sum, the count, and where there are objectives those of the window. */
#include "base/alloc.h"
#include "histogram.h"

enum { SUM, COUNT, WINDOW };

/* n times v, n not 0. */
static void observe(prom_summary *summary, double v, uint64_t n)
{
    prom__child *s = (prom__child *)(void *)summary;
    if (!s)
        return;
    const prom_vec *vec = s->vec;
    const prom__desc *d = vec->desc;
    if (v != v && prom__nan_dropped(vec, n))
        return;
    _Atomic uint64_t *cells = s->series->cells;
    atomic_fetch_add_explicit(&cells[COUNT], n, memory_order_relaxed);
    prom__cell_add(&cells[SUM], v * (double)n);
    if (d->n_objectives && v == v &&
        !prom__window_add(&vec->window, vec->store, cells + WINDOW, v, n))
        atomic_fetch_add_explicit(&prom__dropped_observations, n, memory_order_relaxed);
}

void prom_summary_observe(prom_summary *s, double v)
{
    observe(s, v, 1);
}

void prom_summary_observe_n(prom_summary *s, double v, uint64_t n)
{
    if (n)
        observe(s, v, n);
}

void prom_summary_observe_many(prom_summary *s, const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        observe(s, v[i], 1);
}

static size_t cells(const prom__desc *d)
{
    prom__window w = prom__window_of(&d->opts);
    return d->n_objectives ? WINDOW + prom__window_cells(&w) : WINDOW;
}

static prom_err read(const prom__source *source, const prom__series *s, prom__arena *a,
                     prom__point *out)
{
    const prom__desc *d = source->desc;
    struct {
        prom__summary_value value;
        double values[];
    } *x = prom__arena_alloc(a, sizeof *x + d->n_objectives * sizeof *x->values);
    if (!x)
        return prom__no_memory("a summary");
    x->value = (prom__summary_value){ .sum = prom__cell_double(&s->cells[SUM]),
                                      .count = atomic_load_explicit(&s->cells[COUNT],
                                                                    memory_order_relaxed),
                                      .n = d->n_objectives,
                                      .marks = d->marks,
                                      .quantiles = d->quantiles,
                                      .values = x->values };
    out->value.summary = &x->value;
    if (!d->n_objectives)
        return PROM_OK;
    prom__window w = prom__window_of(&d->opts);
    return prom__window_read(&w, source, s->cells + WINDOW, a, x->values);
}

static void release(prom__store *store, prom__series *s)
{
    if (s->n_cells > WINDOW)
        prom__window_release(store, s->cells, s->n_cells);
}

static void reset(const prom__desc *d, prom__store *store, prom__series *s)
{
    atomic_store_explicit(&s->cells[SUM], 0, memory_order_relaxed);
    atomic_store_explicit(&s->cells[COUNT], 0, memory_order_relaxed);
    prom__window w = prom__window_of(&d->opts);
    if (d->n_objectives)
        prom__window_reset(&w, store, s->cells + WINDOW);
}

static uint64_t pulse(const prom__desc *d, const prom__store *store, const prom__series *s)
{
    (void)d;
    (void)store;
    return atomic_load_explicit(&s->cells[COUNT], memory_order_relaxed);
}

const prom__kind prom__summary_kind = { cells, read, release, reset, pulse };
