// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* CLOCK_MONOTONIC_COARSE */
#include "clock.h"

#include <time.h>

#ifndef CLOCK_MONOTONIC_COARSE
#define CLOCK_MONOTONIC_COARSE CLOCK_MONOTONIC
#endif

_Atomic uint64_t prom__clock_shift, prom__clock_unix_shift;

static uint64_t now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int64_t prom__clock_unix(void)
{
    return (int64_t)(now(CLOCK_REALTIME) +
                     atomic_load_explicit(&prom__clock_unix_shift, memory_order_relaxed));
}

uint64_t prom__clock_steady(void)
{
    return now(CLOCK_MONOTONIC);
}

uint64_t prom__clock_coarse(void)
{
    return now(CLOCK_MONOTONIC_COARSE) +
           atomic_load_explicit(&prom__clock_shift, memory_order_relaxed);
}
