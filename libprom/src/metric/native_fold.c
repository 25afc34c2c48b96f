// SPDX-License-Identifier: Apache-2.0
#include "native_fold.h"

#include <stdlib.h>

/* The last bucket that lies within a zero bucket so wide. */
static int32_t last_in_zero(double threshold, unsigned steps)
{
    if (!(threshold > 0))
        return INT32_MIN;
    int32_t i = prom__native_index(threshold, steps);
    return prom__native_upper(PROM__NATIVE_FINEST - (int)steps, i) <= threshold ? i : i - 1;
}

typedef struct block {
    unsigned steps;    /* of its schema from the finest */
    unsigned halvings; /* from it to the present form */
    int32_t last_in_zero;
} block;

/* The bucket is judged by its own block's resolution: what was within the zero bucket before
 * the resolution was halved still is. */
static bool add_page(prom__native_fold *f, const block *b, const prom__page *p, prom__arena *a)
{
    prom__native_side *side = &f->side[p->key & 1];
    int32_t first = prom__native_first(p->key);
    for (int32_t i = 0; i < PROM__NATIVE_PAGE; i++) {
        uint64_t count = atomic_load_explicit(&p->cells[i], memory_order_relaxed);
        if (!count)
            continue;
        f->count += count;
        if (first + i <= b->last_in_zero) {
            f->zero_count += count;
            continue;
        }
        prom_native_bucket *at = prom__arena_grow(a, side->at, side->n, &side->cap, sizeof *at);
        if (!at)
            return false;
        side->at = at;
        side->at[side->n++] =
            (prom_native_bucket){ prom__native_coarser(first + i, b->halvings), { count } };
    }
    return true;
}

static bool add_block(prom__native_fold *f, const block *b, prom__page_walk walk,
                      prom__arena *a)
{
    size_t n;
    prom__page *pages = prom__pages_sorted(walk, a, &n);
    if (!pages)
        return false;
    size_t n_negative = 0;
    while (n_negative < n && pages[n_negative].key & 1)
        n_negative++;
    bool ok = true;
    for (size_t i = n_negative; i-- > 0 && ok;) /* the index ascends from 0 */
        ok = add_page(f, b, &pages[i], a);
    for (size_t i = n_negative; i < n && ok; i++)
        ok = add_page(f, b, &pages[i], a);
    return ok;
}

static int compare(const void *a, const void *b)
{
    int32_t x = ((const prom_native_bucket *)a)->index,
            y = ((const prom_native_bucket *)b)->index;
    return (x > y) - (x < y);
}

/* Sorts, and makes one of buckets of the same index. */
static void settle(prom__native_side *side)
{
    bool sorted = true;
    for (size_t i = 1; i < side->n && sorted; i++)
        sorted = side->at[i - 1].index <= side->at[i].index;
    if (!sorted)
        qsort(side->at, side->n, sizeof *side->at, compare);
    size_t n = 0;
    for (size_t i = 0; i < side->n; i++)
        if (n && side->at[n - 1].index == side->at[i].index)
            side->at[n - 1].n.count += side->at[i].n.count;
        else
            side->at[n++] = side->at[i];
    side->n = n;
}

bool prom__native_fold_make(const prom__source *source, const _Atomic uint64_t *cells,
                            prom__arena *a, prom__native_fold *out)
{
    const prom__native_form *form = &source->desc->native;
    /* The zero bucket first: then it holds nothing of a wider one than is found next. */
    uint64_t zero = atomic_load_explicit(&cells[PROM__NATIVE_ZERO], memory_order_acquire);
    uint64_t state = atomic_load_explicit(&cells[PROM__NATIVE_STATE], memory_order_acquire);
    double widened = prom__cell_double(&cells[PROM__NATIVE_WIDENED]);
    *out = (prom__native_fold){
        .state = state,
        .widened = widened,
        .number = prom__native_number(state),
        .zero_threshold = widened > form->zero_threshold ? widened : form->zero_threshold,
        .zero_count = zero,
        .count = zero,
    };
    prom__block_walk w = { .source = source, .cells = cells };
    while (prom__block_next(&w)) {
        if (w.number > out->number) /* of before a reset, or of after the state was read */
            continue;
        unsigned steps = form->steps + w.number;
        const block b = { steps, out->number - w.number,
                          last_in_zero(out->zero_threshold, steps) };
        prom__page_walk pages = { source, w.directory, PROM__NATIVE_ENTRIES, 0 };
        if (!add_block(out, &b, pages, a))
            return false;
    }
    settle(&out->side[0]);
    settle(&out->side[1]);
    return true;
}

void prom__native_fold_halve(prom__native_fold *f)
{
    f->number++;
    for (int i = 0; i < 2; i++) {
        prom__native_side *side = &f->side[i];
        for (size_t k = 0; k < side->n; k++)
            side->at[k].index = prom__native_coarser(side->at[k].index, 1);
        settle(side);
    }
}
