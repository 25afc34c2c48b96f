// SPDX-License-Identifier: Apache-2.0
/* otlp.h - metrics sent by OTLP over HTTP, in protobuf: to an OpenTelemetry collector, or to
 * Prometheus' own receiver.
 *
 * Types become what "Prometheus and OpenMetrics Compatibility" of the OpenTelemetry
 * specification wants: counters monotonic cumulative sums; gauges and unknowns gauges; infos
 * and state sets sums that are not monotonic; summaries summaries; histograms with a native
 * part exponential histograms, those with custom bounds and all others histograms. OTLP has no
 * gauge histograms and no weights in place of counts: they are left out. Where native buckets
 * lie further apart than 4,096 of them, a coarser scale has fewer.
 *
 * Names are not altered: http_requests_total stays that, and Prometheus' receiver does not add
 * what is there already. Units are written as OpenTelemetry writes them: seconds "s", bytes
 * "By", ratio "1", bytes_per_second "By/s"; others stay. A metric's created time is its start.
 * Labels are attributes, but for empty ones. Exemplar labels trace_id (32 hex digits) and
 * span_id (16) are its trace and span.
 *
 * Sources: opentelemetry-proto, specification/compatibility of opentelemetry-specification.
 * Sending needs libcurl. */
#ifndef PROM_OTLP_H
#define PROM_OTLP_H

#include <prom/client.h>
#include <prom/send.h>

PROM_BEGIN

typedef struct prom_otlp_opts {
    size_t size;
    const char *url; /* complete; NULL: "http://localhost:4318/v1/metrics" */
    /* Attributes of the resource: {"service.name", "shop"}, {"service.instance.id", "eu1"};
     * {NULL, NULL}-ended. Without service.name: "unknown_service:" and the program's name. */
    const prom_label *resource;
    const char *scope_name, *scope_version; /* NULL: "libprom" and its version */
    prom_coding coding;                     /* PROM_IDENTITY or PROM_GZIP */
    const prom_client_opts *client;
} prom_otlp_opts;

#ifndef __cplusplus
#define PROM_OTLP_OPTS(...) \
    (&(const prom_otlp_opts){ .size = sizeof(prom_otlp_opts), __VA_ARGS__ })
#endif

/* A sender. Retried: no connection, 429, 502, 503, 504. What the receiver rejects of a request
 * that it took otherwise (partial_success) is an error with its words. What is larger than some
 * 4 MiB before compression goes in several requests. Nothing is kept for the next send; times
 * of sends are a millisecond apart at least, whatever the clock does. */
prom_err prom_otlp_new(prom_registry *r, const prom_otlp_opts *o, const prom_sender_opts *so,
                       prom_sender **out);

/* One ExportMetricsServiceRequest; no bytes of a snapshot without points. Of o only resource
 * and scope are read; NULL: the defaults. now_ns: unix, the time of points without a timestamp.
 */
prom_err prom_otlp_encode(const prom_snapshot *s, const prom_otlp_opts *o, int64_t now_ns,
                          const prom_writer *w);

PROM_END
#endif
