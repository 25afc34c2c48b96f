// SPDX-License-Identifier: Apache-2.0
/* tally.h - what the library counts about itself, for collect/self.c to show. */
#ifndef PROM_BASE_TALLY_H
#define PROM_BASE_TALLY_H

#include <stdatomic.h>
#include <stdint.h>

/* Observations that were dropped: NaN, and those a summary had no memory for. */
extern _Atomic uint64_t prom__dropped_observations;

#endif
