// SPDX-License-Identifier: Apache-2.0
/* native_limit.h - what keeps a native histogram's buckets down.
 *
 * Source: specs/native_histograms of prometheus/docs. It is reset if that is allowed again;
 * else its zero bucket is widened, one bucket after the other, as far as is allowed; else its
 * resolution is halved, until the buckets are few enough or nothing is left to do. */
#ifndef PROM_METRIC_NATIVE_LIMIT_H
#define PROM_METRIC_NATIVE_LIMIT_H

#include "native_cells.h"

/* For when there may be too many. True: it was reset, with all that was observed. Without
 * memory it stays as it is. */
bool prom__native_limit(const prom__desc *d, prom__store *store, prom__series *s);

/* A reset that was not allowed yet when it was wanted comes when it is: at the first look at
 * the histogram from then on, and with that time as the created one. */
void prom__native_reset_if_due(const prom__desc *d, const prom__store *store, prom__series *s);

#endif
