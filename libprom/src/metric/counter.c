// SPDX-License-Identifier: Apache-2.0
/* counter.c - two cells: whole amounts in an integer, so that inc() is one addition that cannot
 * fail or lose bits, all others in a double. The value is their sum. */
#include "base/number.h"
#include "vec.h"

enum { WHOLE, PART, CELLS };

/* Larger amounts go to the double, or a few of them would make the integer overflow. */
static const double WHOLE_LIMIT = 0x1p32;

static _Atomic uint64_t *cells_of(prom_counter *c)
{
    return ((prom__child *)(void *)c)->series->cells;
}

void prom_counter_inc(prom_counter *c)
{
    if (c)
        atomic_fetch_add_explicit(&cells_of(c)[WHOLE], 1, memory_order_relaxed);
}

/* Apart from the function that is called in hot loops, whose frame it would make larger. */
static __attribute__((noinline, cold)) prom_err cannot_add(prom_counter *c, double v)
{
    return prom_fail(PROM_E_INVAL, "counter '%s' cannot be increased by %s",
                     ((prom__child *)(void *)c)->vec->desc->given, prom__number_said(v).text);
}

prom_err prom_counter_add(prom_counter *c, double v)
{
    if (!c)
        return prom_fail(PROM_E_INVAL, "there is no counter to increase");
    if (v >= 0 && v < WHOLE_LIMIT) {
        uint64_t whole = (uint64_t)v;
        if ((double)whole == v) {
            atomic_fetch_add_explicit(&cells_of(c)[WHOLE], whole, memory_order_relaxed);
            return PROM_OK;
        }
    }
    if (!(v >= 0))
        return cannot_add(c, v);
    prom__cell_add(&cells_of(c)[PART], v);
    return PROM_OK;
}

static double value(const _Atomic uint64_t *cells)
{
    return (double)atomic_load_explicit(&cells[WHOLE], memory_order_relaxed) +
           prom__cell_double(&cells[PART]);
}

double prom_counter_value(const prom_counter *c)
{
    return c ? value(((const prom__child *)(const void *)c)->series->cells) : 0;
}

void prom__counter_store(prom__series *s, double v)
{
    atomic_store_explicit(&s->cells[WHOLE], 0, memory_order_relaxed);
    prom__cell_set(&s->cells[PART], v);
}

static size_t cells(const prom__desc *d)
{
    (void)d;
    return CELLS;
}

static prom_err read(const prom__source *source, const prom__series *s, prom__arena *a,
                     prom__point *out)
{
    (void)source;
    (void)a;
    out->value.number = value(s->cells);
    return PROM_OK;
}

static uint64_t pulse(const prom__desc *d, const prom__store *store, const prom__series *s)
{
    (void)d;
    (void)store;
    return atomic_load_explicit(&s->cells[WHOLE], memory_order_relaxed) +
           atomic_load_explicit(&s->cells[PART], memory_order_relaxed);
}

const prom__kind prom__counter_kind = { cells, read, NULL, NULL, pulse };
