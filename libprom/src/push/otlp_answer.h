// SPDX-License-Identifier: Apache-2.0
/* otlp_answer.h - what a receiver of OTLP says in the body of its answer: of 2xx an
 * ExportMetricsServiceResponse, of others a google.rpc.Status.
 *
 * The bytes are a peer's, and may be cut: what stands there before they make no sense any more
 * is taken, so nothing is an error. Sources: opentelemetry-proto, collector/metrics/v1 and
 * specification "OTLP/HTTP Response". */
#ifndef PROM_PUSH_OTLP_ANSWER_H
#define PROM_PUSH_OTLP_ANSWER_H

#include <prom/model.h>

typedef struct prom__otlp_answer {
    uint64_t rejected; /* data points; 0: none, and the words are a warning at most */
    prom_str words;    /* within the bytes; any bytes at all */
} prom__otlp_answer;

prom__otlp_answer prom__otlp_answer_partial(prom_str body);
prom_str prom__otlp_answer_status(prom_str body); /* its words */

#endif
