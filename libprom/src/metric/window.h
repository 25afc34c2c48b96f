// SPDX-License-Identifier: Apache-2.0
/* window.h - counts of values in logarithmic buckets over a sliding window: the engine of
 * summaries.
 *
 * A bucket is a power of two cut into 2^bits equal parts, so its middle is within 2^-(bits+1)
 * of every value in it. For each power of two that occurs there is a page of cells (pages.h). A
 * bucket has a cell for each sub-window, and a cell carries the epoch in which it was last
 * written: an observation that finds an older epoch starts it anew at one. So no writer ever
 * clears anything, it needs one atomic operation, and a process that dies in the middle leaves
 * nothing half done. A read sweeps what has expired. */
#ifndef PROM_METRIC_WINDOW_H
#define PROM_METRIC_WINDOW_H

#include "pages.h"

typedef struct prom__window {
    unsigned bits; /* of the value, below its exponent */
    unsigned sub_windows;
    uint64_t sub_window_ns;
} prom__window;

prom__window prom__window_of(const prom_opts *o);

/* Cells that a series needs for it; they are the last of its cells. */
size_t prom__window_cells(const prom__window *w);

/* Counts v, which is not NaN, n times. false: there was no memory for its page. */
bool prom__window_add(const prom__window *w, prom__store *store, _Atomic uint64_t *cells,
                      double v, uint64_t n);

/* Writes the values of the objectives, which ascend; NaN where the window is empty. */
prom_err prom__window_read(const prom__window *w, const prom__source *source,
                           const _Atomic uint64_t *cells, prom__arena *a, double *values);

/* All counts become 0; the pages stay. */
void prom__window_reset(const prom__window *w, prom__store *store, _Atomic uint64_t *cells);

/* Gives the pages back, with the lock held. */
void prom__window_release(prom__store *store, _Atomic uint64_t *cells, size_t n_cells);

#endif
