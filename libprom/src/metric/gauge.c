// SPDX-License-Identifier: Apache-2.0
/* gauge.c - one cell with a double. */
#include "base/clock.h"
#include "vec.h"

static _Atomic uint64_t *cell_of(prom_gauge *g)
{
    return ((prom__child *)(void *)g)->series->cells;
}

void prom_gauge_set(prom_gauge *g, double v)
{
    if (g)
        prom__cell_set(cell_of(g), v);
}

void prom_gauge_add(prom_gauge *g, double v)
{
    if (g)
        prom__cell_add(cell_of(g), v);
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
    (void)d;
    return 1;
}

static prom_err read(const prom__source *source, const prom__series *s, prom__arena *a,
                     prom__point *out)
{
    (void)source;
    (void)a;
    out->value.number = prom__cell_double(s->cells);
    return PROM_OK;
}

const prom__kind prom__gauge_kind = { cells, read, NULL, NULL, NULL };
