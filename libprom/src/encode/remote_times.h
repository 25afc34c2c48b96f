// SPDX-License-Identifier: Apache-2.0
/* remote_times.h - the last time that was sent of each series that has had timestamps of its
 * own. They may fall, stay, or pass over a gather, and a receiver refuses a whole request for a
 * sample that is not later than what it has. */
#ifndef PROM_ENCODE_REMOTE_TIMES_H
#define PROM_ENCODE_REMOTE_TIMES_H

#include "remote_once.h"

typedef struct prom__remote_last {
    prom__remote_print series;
    int64_t before_ms, now_ms; /* before the gather, and with it */
    int64_t gather_ms;         /* which */
} prom__remote_last;

/* A zeroed one is empty. */
typedef struct prom__remote_times {
    prom__remote_last *slot;
    size_t n, n_slots; /* a power of two, or 0 */
} prom__remote_times;

/* What is known of the series that the labels are of, whose gather was at gather_ms; NULL:
 * nothing. In the same gather `before_ms` stays, however often it is made. Valid until the next
 * call. */
prom__remote_last *prom__remote_times_find(prom__remote_times *t, const prom_family *f,
                                           const prom__remote_labels *l, int64_t gather_ms);
/* The same, but there is one then. Those that have not been asked for in an hour may go.
 * PROM_E_NOMEM. */
prom_err prom__remote_times_add(prom__remote_times *t, const prom_family *f,
                                const prom__remote_labels *l, int64_t gather_ms,
                                prom__remote_last **out);
void prom__remote_times_free(prom__remote_times *t);

#endif
