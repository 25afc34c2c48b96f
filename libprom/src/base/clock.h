// SPDX-License-Identifier: Apache-2.0
/* clock.h - three clocks, in nanoseconds. None of them makes a system call on Linux. */
#ifndef PROM_BASE_CLOCK_H
#define PROM_BASE_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

int64_t prom__clock_unix(void);    /* since 1970 */
uint64_t prom__clock_steady(void); /* never steps back; for durations */
uint64_t
prom__clock_coarse(void); /* the steady one, some milliseconds late, five times cheaper */

/* Added to the coarse clock, and to the one of 1970: with them a test makes ten minutes pass.
 */
extern _Atomic uint64_t prom__clock_shift, prom__clock_unix_shift;

#endif
