// SPDX-License-Identifier: Apache-2.0
/* bounds.h - the options that bound a family: max_series, overflow, ttl. */
#ifndef PROM_MODEL_BOUNDS_H
#define PROM_MODEL_BOUNDS_H

#include "desc.h"

/* Checks, completes and copies them. Without labels there is nothing to bound: all are 0. */
prom_err prom__bounds_take(prom__desc *d);

bool prom__bounds_same(const prom__desc *a, const prom__desc *b);

#endif
