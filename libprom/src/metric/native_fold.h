// SPDX-License-Identifier: Apache-2.0
/* native_fold.h - all blocks of a native histogram as one, in its present form. */
#ifndef PROM_METRIC_NATIVE_FOLD_H
#define PROM_METRIC_NATIVE_FOLD_H

#include "native_cells.h"

typedef struct prom__native_side {
    prom_native_bucket *at; /* populated ones, ascending by index */
    size_t n, cap;
} prom__native_side;

typedef struct prom__native_fold {
    uint64_t state;  /* as it was found */
    double widened;  /* the same */
    unsigned number; /* how often the resolution is halved */
    double zero_threshold;
    uint64_t zero_count, count; /* of the zero bucket; of all */
    prom__native_side side[2];  /* positive, negative */
} prom__native_fold;

/* The arrays are in the arena. false: no memory. */
bool prom__native_fold_make(const prom__source *source, const _Atomic uint64_t *cells,
                            prom__arena *a, prom__native_fold *out);

/* Halves the resolution once more. */
void prom__native_fold_halve(prom__native_fold *f);

static inline int prom__native_fold_schema(const prom__desc *d, const prom__native_fold *f)
{
    return PROM__NATIVE_FINEST - (int)(d->native.steps + f->number);
}

#endif
