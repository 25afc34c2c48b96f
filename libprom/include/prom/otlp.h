// SPDX-License-Identifier: Apache-2.0
/* otlp.h - metrics sent by OTLP over HTTP, in protobuf: to an OpenTelemetry collector, or to
 * Prometheus' own receiver.
 *
 * Counters are monotonic cumulative sums; gauges, unknowns, infos and state sets are gauges;
 * classic histograms are histograms, native ones exponential histograms, summaries summaries. A
 * metric's created time is its start. Exemplar labels trace_id and span_id, in hex, are its
 * trace and span. Source: opentelemetry-proto, specification/metrics of opentelemetry.io. Needs
 * libcurl. */
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
 * that it took otherwise (partial_success) is an error with its words. */
prom_err prom_otlp_new(prom_registry *r, const prom_otlp_opts *o, const prom_sender_opts *so,
                       prom_sender **out);

/* One ExportMetricsServiceRequest. Of o only resource and scope are read; NULL: the defaults.
 * now_ns: unix, the time of points without a timestamp. */
prom_err prom_otlp_encode(const prom_snapshot *s, const prom_otlp_opts *o, int64_t now_ns,
                          const prom_writer *w);

PROM_END
#endif
