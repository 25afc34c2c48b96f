// SPDX-License-Identifier: Apache-2.0
/* protobuf.h - one family of a snapshot as a message io.prometheus.client.MetricFamily. */
#ifndef PROM_ENCODE_PROTOBUF_H
#define PROM_ENCODE_PROTOBUF_H

#include "base/bytes.h"
#include "form.h"
#include "proto_metric.h"

/* A zeroed one, but for `out` and metric.labels.escaping, is fresh. */
typedef struct prom__protobuf {
    prom__out out; /* first */
    prom__proto_metric metric;

    /* Of the family under way. */
    prom_str name;       /* as it is shown */
    size_t total;        /* bytes of its metrics, in front of each its tag and length */
    prom__bytes created; /* int64_t: of each point when the family's length was added up */
} prom__protobuf;

/* The message behind its length. */
prom_err prom__protobuf_family(prom__protobuf *x, const prom__family *f);
void prom__protobuf_free(void *x);

#endif
