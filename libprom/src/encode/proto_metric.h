// SPDX-License-Identifier: Apache-2.0
/* proto_metric.h - one metric of a snapshot as a message io.prometheus.client.Metric. */
#ifndef PROM_ENCODE_PROTO_METRIC_H
#define PROM_ENCODE_PROTO_METRIC_H

#include "proto_labels.h"

/* Field numbers: libprom/proto/metrics.proto. Those of Metric are in the order of the lines. */
enum {
    PROM__PROTO_FAMILY_NAME = 1,
    PROM__PROTO_FAMILY_HELP,
    PROM__PROTO_FAMILY_TYPE,
    PROM__PROTO_FAMILY_METRIC,
    PROM__PROTO_FAMILY_UNIT
};

enum {
    PROM__PROTO_COUNTER,
    PROM__PROTO_GAUGE,
    PROM__PROTO_SUMMARY,
    PROM__PROTO_UNTYPED,
    PROM__PROTO_HISTOGRAM,
    PROM__PROTO_GAUGE_HISTOGRAM
};

unsigned prom__proto_type(prom_type t);

/* The metrics of one family after the other. */
typedef struct prom__proto_metric {
    prom__proto_labels labels;
    prom_type type;
    prom_str state; /* the name of the label that names a state, escaped */
    prom__wire wire;
    prom__arena names;  /* of the family and of the state */
    prom__arena memory; /* while one metric is written */
} prom__proto_metric;

/* The name as the escaping shows it lives until the next call. */
prom_err prom__proto_metric_begin(prom__proto_metric *m, const prom_family *f, prom_str *name);
void prom__proto_metric_free(prom__proto_metric *m);

/* Messages of a point: of a state set as many as it has states, else one. */
static inline size_t prom__proto_metric_count(prom_type t, const prom__point *p)
{
    return t == PROM_STATESET && p->value.stateset->n ? p->value.stateset->n : 1;
}

/* Message i of a point, into m->wire. created: unix nanoseconds, 0: not known; what the record
 * says may change at any time. */
prom_err prom__proto_metric_put(prom__proto_metric *m, const prom__point *p, size_t i,
                                int64_t created);

/* Does a message of this type say when its metric was created? */
static inline bool prom__proto_has_created(prom_type t)
{
    return t == PROM_COUNTER || t == PROM_HISTOGRAM || t == PROM_SUMMARY;
}

/* A single value and no more: its size is known at once, and it is written where it is wanted,
 * into a wire over as many bytes. The labels are those of m->labels. */
static inline bool prom__proto_is_plain(prom_type t, const prom__point *p)
{
    return !p->more &&
           (t == PROM_COUNTER || t == PROM_GAUGE || t == PROM_UNKNOWN || t == PROM_INFO);
}

size_t prom__proto_plain_size(const prom__proto_metric *m, const prom__point *p,
                              int64_t created);
void prom__proto_plain_put(const prom__proto_metric *m, const prom__point *p, int64_t created,
                           prom__wire *w);

/* proto_histogram.c: a message Histogram. What does not fit into the arena fails the wire. */
void prom__proto_histogram_put(prom__wire *w, const prom__point *p, int64_t created,
                               prom__arena *a);
void prom__proto_exemplar_put(prom__wire *w, unsigned field, const prom_exemplar *e);

/* A Timestamp, if the time is known. */
static inline void prom__proto_created_put(prom__wire *w, unsigned field, int64_t created)
{
    size_t before = prom__wire_size(w);
    if (!created)
        return;
    prom__wire_time(w, created);
    prom__wire_close(w, field, before);
}

#endif
