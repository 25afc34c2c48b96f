// SPDX-License-Identifier: Apache-2.0
/* native.h - the cells of native histograms.
 *
 * A bucket is a cell on a page (pages.h) of a block. A block has one resolution and for each
 * coarser one that was needed there is a further block; which of them is written to, and how
 * far the zero bucket was widened, say two cells of the series. Nothing is moved when that
 * changes: a read folds all blocks into the present form, so what a writer adds by the form of
 * a moment ago is counted where it belongs. So an observation that meets a bucket that is
 * populated costs an index, a page's look-up and two atomic operations; one that populates a
 * bucket counts it, and where they become too many brings the series into its limits, with the
 * memory and the lock that this takes.
 *
 * Blocks and pages stay until the series goes, also over resets, so a series takes memory for
 * the values that it ever saw, 8 bytes a bucket. */
#ifndef PROM_METRIC_NATIVE_H
#define PROM_METRIC_NATIVE_H

#include "vec.h"

/* n times v, n not 0; of a child whose description is native. */
void prom__native_observe(prom__child *h, double v, uint64_t n);

extern const prom__kind prom__native_kind;

#endif
