// SPDX-License-Identifier: Apache-2.0
#include "tally.h"

_Atomic uint64_t prom__dropped_observations;
