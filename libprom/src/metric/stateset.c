// SPDX-License-Identifier: Apache-2.0
/* stateset.c - cells: how often it was set, then a bit for each state, 64 to a cell. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "vec.h"

enum { UPDATES, BITS };

static size_t words_of(const prom__desc *d)
{
    return (d->n_states + 63) / 64;
}

/* The place of the state, or PROM_E_NOENT. */
static prom_err find_state(const prom__child *c, const char *state, size_t *place)
{
    if (!c || !state)
        return prom_fail(PROM_E_INVAL, c ? "there is no state to set"
                                         : "there is no state set to set a state of");
    const prom__desc *d = c->vec->desc;
    for (size_t i = 0; i < d->n_states; i++)
        if (strcmp(d->opts.states[i], state) == 0) {
            *place = i;
            return PROM_OK;
        }
    return prom_fail(PROM_E_NOENT, "'%s' has no state '%.*s'", d->given,
                     (int)prom__utf8_cut(state, strlen(state), 200), state);
}

prom_err prom_stateset_set(prom_stateset *set, const char *state, bool on)
{
    prom__child *c = (prom__child *)(void *)set;
    size_t i;
    prom_err e = find_state(c, state, &i);
    if (e)
        return e;
    _Atomic uint64_t *cells = c->series->cells;
    uint64_t bit = (uint64_t)1 << i % 64;
    if (on)
        atomic_fetch_or_explicit(&cells[BITS + i / 64], bit, memory_order_relaxed);
    else
        atomic_fetch_and_explicit(&cells[BITS + i / 64], ~bit, memory_order_relaxed);
    atomic_fetch_add_explicit(&cells[UPDATES], 1, memory_order_relaxed);
    return PROM_OK;
}

prom_err prom_stateset_enter(prom_stateset *set, const char *state)
{
    prom__child *c = (prom__child *)(void *)set;
    size_t i;
    prom_err e = find_state(c, state, &i);
    if (e)
        return e;
    _Atomic uint64_t *cells = c->series->cells;
    for (size_t k = 0; k < words_of(c->vec->desc); k++)
        atomic_store_explicit(&cells[BITS + k], k == i / 64 ? (uint64_t)1 << i % 64 : 0,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&cells[UPDATES], 1, memory_order_relaxed);
    return PROM_OK;
}

static size_t cells(const prom__desc *d)
{
    return BITS + words_of(d);
}

static prom_err read(const prom__source *source, const prom__series *s, prom__arena *a,
                     prom__point *out)
{
    const prom__desc *d = source->desc;
    size_t n = words_of(d);
    struct {
        prom__stateset_value value;
        uint64_t bits[];
    } *x = prom__arena_alloc(a, sizeof *x + n * sizeof *x->bits);
    if (!x)
        return prom__no_memory("a state set");
    for (size_t i = 0; i < n; i++)
        x->bits[i] = atomic_load_explicit(&s->cells[BITS + i], memory_order_relaxed);
    x->value = (prom__stateset_value){ .n = d->n_states, .names = d->states, .bits = x->bits };
    out->value.stateset = &x->value;
    return PROM_OK;
}

static uint64_t pulse(const prom__desc *d, const prom__store *store, const prom__series *s)
{
    (void)d;
    (void)store;
    return atomic_load_explicit(&s->cells[UPDATES], memory_order_relaxed);
}

const prom__kind prom__stateset_kind = { cells, read, NULL, NULL, pulse };
