// SPDX-License-Identifier: Apache-2.0
#include "native_limit.h"

#include "base/clock.h"
#include "base/lock.h"
#include "exemplar.h"
#include "native_fold.h"

/* --- resets ------------------------------------------------------------- */

static void reset(const prom__desc *d, const prom__store *store, prom__series *s,
                  int64_t created)
{
    prom__exemplars_clear(store, s); /* first: none is to be newer than the count */
    prom__cells_clear(s->cells, d->n_bounds);
    prom__native_clear(store, s->cells + d->n_bounds);
    atomic_store_explicit(&s->created, created, memory_order_relaxed);
}

static int64_t next_reset(const prom__desc *d, const prom__series *s)
{
    return atomic_load_explicit(&s->created, memory_order_relaxed) + d->native.min_reset_ns;
}

void prom__native_reset_if_due(const prom__desc *d, const prom__store *store, prom__series *s)
{
    const _Atomic uint64_t *state = &s->cells[d->n_bounds + PROM__NATIVE_STATE];
    int64_t now = prom__clock_unix();
    if (now < next_reset(d, s))
        return;
    prom__lock();
    int64_t due = next_reset(d, s); /* somebody may have been faster */
    if (now >= due && atomic_load(state) & PROM__NATIVE_PENDING)
        reset(d, store, s, due);
    prom__unlock();
}

/* Resets, or notes that this is to be done. */
static bool reset_if_allowed(const prom__desc *d, const prom__store *store, prom__series *s)
{
    _Atomic uint64_t *cells = s->cells + d->n_bounds;
    bool done = false;
    prom__lock();
    uint64_t state = atomic_load(&cells[PROM__NATIVE_STATE]);
    bool pending = state & PROM__NATIVE_PENDING;
    if (!pending &&
        prom__native_populated(cells[PROM__NATIVE_POPULATED]) > d->native.max_buckets) {
        int64_t now = prom__clock_unix();
        done = now >= next_reset(d, s);
        if (done)
            reset(d, store, s, now);
        else
            atomic_store(&cells[PROM__NATIVE_STATE], state | PROM__NATIVE_PENDING);
    }
    prom__unlock();
    return done;
}

/* --- a coarser form ----------------------------------------------------- */

static size_t buckets_of(const prom__native_fold *f)
{
    return f->side[0].n + f->side[1].n;
}

/* The buckets nearest to zero become part of the zero bucket. false: they may not. */
static bool widen(const prom__desc *d, prom__native_fold *f)
{
    int32_t nearest = INT32_MAX;
    for (int i = 0; i < 2; i++)
        if (f->side[i].n && f->side[i].at->index < nearest)
            nearest = f->side[i].at->index;
    double wider = prom__native_upper(prom__native_fold_schema(d, f), nearest);
    if (!(wider > f->zero_threshold && wider <= d->native.max_zero_threshold))
        return false;
    f->zero_threshold = wider;
    for (int i = 0; i < 2; i++)
        if (f->side[i].n && f->side[i].at->index == nearest) {
            f->zero_count += f->side[i].at->n.count;
            f->side[i].at++;
            f->side[i].n--;
        }
    return true;
}

static void shrink(const prom__desc *d, prom__native_fold *f)
{
    while (buckets_of(f) > d->native.max_buckets)
        if (!widen(d, f)) {
            if (prom__native_fold_schema(d, f) == PROM__NATIVE_COARSEST)
                break;
            prom__native_fold_halve(f);
        }
}

/* Makes the form that was found into that of f, unless it is another one by now. */
static bool publish(const prom__desc *d, _Atomic uint64_t *cells, const prom__native_fold *f,
                    uint64_t state)
{
    prom__lock();
    uint64_t now = atomic_load(&cells[PROM__NATIVE_STATE]);
    double widened = prom__cell_double(&cells[PROM__NATIVE_WIDENED]);
    bool same = !((now ^ f->state) & ~PROM__NATIVE_PENDING) &&
                !(widened < f->widened || widened > f->widened);
    if (same && f->zero_threshold > d->native.zero_threshold)
        prom__cell_set(&cells[PROM__NATIVE_WIDENED], f->zero_threshold);
    if (same)
        atomic_store(&cells[PROM__NATIVE_STATE], state | (now & PROM__NATIVE_PENDING));
    prom__unlock();
    return same;
}

/* true: done, or there is no memory for it. */
static bool fit(const prom__source *source, prom__store *store, _Atomic uint64_t *cells,
                prom__arena *a)
{
    const prom__desc *d = source->desc;
    prom__native_fold f;
    uint64_t state, populated = cells[PROM__NATIVE_POPULATED];
    if (prom__native_populated(populated) <= d->native.max_buckets)
        return true;
    if (!prom__native_fold_make(source, cells, a, &f))
        return true;
    shrink(d, &f);
    if (!prom__native_block(store, cells, f.number, &state))
        return true;
    if (!publish(d, cells, &f, state))
        return false;
    /* If more were populated meanwhile, the count stays: too high, and looked into again. */
    atomic_compare_exchange_strong(&cells[PROM__NATIVE_POPULATED], &populated,
                                   populated - prom__native_populated(populated) +
                                       PROM__NATIVE_SET_RIGHT + buckets_of(&f));
    return true;
}

bool prom__native_limit(const prom__desc *d, prom__store *store, prom__series *s)
{
    if (d->native.min_reset_ns && reset_if_allowed(d, store, s))
        return true;
    const prom__source source = { .desc = d, .store = store };
    prom__arena a = { 0 };
    while (!fit(&source, store, s->cells + d->n_bounds, &a))
        prom__arena_reset(&a);
    prom__arena_free(&a);
    return false;
}
