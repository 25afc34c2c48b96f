// SPDX-License-Identifier: Apache-2.0
/* remote.h - requests of remote write: what a snapshot has, and the end of what it has no
 * longer. Sources: specs/prw/remote_write_spec (1.0) and remote_write_spec_2_0 (2.0-rc.4) of
 * prometheus/docs; prompb of prometheus/prometheus for the rest of 1.0's messages. */
#ifndef PROM_ENCODE_REMOTE_H
#define PROM_ENCODE_REMOTE_H

#include "remote_times.h"

#include <prom/encode.h>

typedef struct prom__remote_request {
    const char *p; /* not compressed; only during the call */
    size_t n;
    size_t samples, histograms, exemplars; /* that it has */
} prom__remote_request;

typedef struct prom__remote_opts {
    unsigned version;         /* 1 or 2 */
    const prom_label *labels; /* for series without them; {NULL, NULL}-ended; NULL: none */
    size_t most;              /* samples and histograms of a request; 0: no limit */
    bool no_stale_markers;
    prom__remote_times *times; /* kept from gather to gather; NULL: nothing was sent before */
    prom_err (*put)(void *data, const prom__remote_request *q); /* an error ends it */
    void *data;
} prom__remote_opts;

/* A snapshot and when it was gathered. */
typedef struct prom__remote_moment {
    const prom_snapshot *snapshot; /* NULL: nothing */
    int64_t ms;
} prom__remote_moment;

/* All samples of `now` that are newer than what `before` had of their series, exemplars that it
 * had not, and stale markers for what it alone had. Samples have the time of the gather, or
 * their own; what has its own gets no stale marker, as in Prometheus. */
prom_err prom__remote_encode(const prom__remote_opts *o, prom__remote_moment now,
                             prom__remote_moment before);

/* PROM_E_NAME, PROM_E_LABELS: labels that a sender cannot have. */
prom_err prom__remote_check(const prom_label *labels);

#endif
