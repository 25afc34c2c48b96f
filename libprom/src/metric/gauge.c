// SPDX-License-Identifier: Apache-2.0
/* gauge.c - one cell with a double; of unknown metrics too. In a family with a time to live
 * there is a second one that counts updates, because a gauge that is set to what it is already
 * is in use. */
#include "base/clock.h"
#include "vec.h"

enum { VALUE, UPDATES };

static prom__series *series_of(prom_gauge *g)
{
    return ((prom__child *)(void *)g)->series;
}

static inline void count_update(prom__series *s)
{
    if (__builtin_expect(s->n_cells > UPDATES, 0))
        atomic_fetch_add_explicit(&s->cells[UPDATES], 1, memory_order_relaxed);
}

void prom_gauge_set(prom_gauge *g, double v)
{
    if (!g)
        return;
    prom__series *s = series_of(g);
    prom__cell_set(&s->cells[VALUE], v);
    count_update(s);
}

void prom_gauge_add(prom_gauge *g, double v)
{
    if (!g)
        return;
    prom__series *s = series_of(g);
    prom__cell_add(&s->cells[VALUE], v);
    count_update(s);
}

void prom_gauge_set_to_current_time(prom_gauge *g)
{
    prom_gauge_set(g, (double)prom__clock_unix() / 1e9);
}

double prom_gauge_value(const prom_gauge *g)
{
    return g ? prom__cell_double(((const prom__child *)(const void *)g)->series->cells) : 0;
}

static size_t cells(const prom__desc *d)
{
    return d->opts.ttl > 0 ? UPDATES + 1 : UPDATES;
}

static prom_err read(const prom__source *source, const prom__series *s, prom__arena *a,
                     prom__point *out)
{
    (void)source;
    (void)a;
    out->value.number = prom__cell_double(&s->cells[VALUE]);
    return PROM_OK;
}

static uint64_t pulse(const prom__desc *d, const prom__store *store, const prom__series *s)
{
    (void)d;
    (void)store;
    return atomic_load_explicit(&s->cells[s->n_cells > UPDATES ? UPDATES : VALUE],
                                memory_order_relaxed);
}

const prom__kind prom__gauge_kind = { cells, read, NULL, NULL, pulse };
