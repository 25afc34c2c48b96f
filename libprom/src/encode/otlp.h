// SPDX-License-Identifier: Apache-2.0
/* otlp.h - what a snapshot says as ExportMetricsServiceRequests, one after the other, so that
 * none is too large for its receiver.
 *
 * Messages are written from their end (wire.h), so the last families come first.
 * Sources: opentelemetry-proto, metrics/v1 and collector/metrics/v1; what becomes of types and
 * units: "Prometheus and OpenMetrics Compatibility" of the OpenTelemetry specification. */
#ifndef PROM_ENCODE_OTLP_H
#define PROM_ENCODE_OTLP_H

#include "otlp_point.h"

#include <prom/otlp.h>

typedef struct prom__otlp {
    const prom_snapshot *snapshot;
    const prom_otlp_opts *opts; /* checked; resource and scope are read */
    prom__otlp_point point;
    const char *p; /* the request written last, until the next; n bytes, at least one */
    size_t n;
    size_t points; /* in it */

    /* What is still to be written: so many families, and of the last of them, in this pass, so
     * many points. */
    size_t families, left;
    unsigned pass;
} prom__otlp;

/* Copies the opts; PROM_E_INVAL, PROM_E_LABELS: a resource that is none. */
prom_err prom__otlp_check(const prom_otlp_opts *theirs, prom_otlp_opts *ours);

/* Before the first request; now_ns: unix, the time of points without one. Zeroes the rest. */
void prom__otlp_begin(prom__otlp *x, const prom_snapshot *s, const prom_otlp_opts *checked,
                      int64_t now_ns);

/* The next request: at least one point, and no more when it has `most` bytes. *more is false
 * when all is written, and nothing more was. */
prom_err prom__otlp_next(prom__otlp *x, size_t most, bool *more);
void prom__otlp_free(prom__otlp *x);

#endif
