// SPDX-License-Identifier: Apache-2.0
/* otlp_point.h - one metric of a snapshot as data points of OTLP. */
#ifndef PROM_ENCODE_OTLP_POINT_H
#define PROM_ENCODE_OTLP_POINT_H

#include "model/metrics.h"
#include "wire.h"

/* What a metric of OTLP is, by its field in the message; a family with several kinds of points
 * is several metrics of one name. */
typedef enum prom__otlp_kind {
    PROM__OTLP_NONE, /* OTLP has nothing like it */
    PROM__OTLP_GAUGE = 5,
    PROM__OTLP_SUM = 7,
    PROM__OTLP_HISTOGRAM = 9,
    PROM__OTLP_EXPONENTIAL,
    PROM__OTLP_SUMMARY
} prom__otlp_kind;

/* Zeroed it is ready. */
typedef struct prom__otlp_point {
    prom__wire wire; /* the request under way */
    prom__metric_reader reader;
    int64_t now_ns;
} prom__otlp_point;

prom__otlp_kind prom__otlp_kind_of(prom_type t, const prom__point *p);

/* The data points of a metric, as field 1 of its kind's message. */
prom_err prom__otlp_point_put(prom__otlp_point *x, prom__otlp_kind kind, const prom_family *f,
                              const prom__point *p);

void prom__otlp_attribute_put(prom__wire *w, unsigned field, prom_str name, prom_str value);

/* --- between otlp_point.c and otlp_histogram.c ---------------------------- */

enum { PROM__OTLP_START = 2, PROM__OTLP_TIME, PROM__OTLP_COUNT, PROM__OTLP_WHOLE_SUM };

/* When, as all points say it, in fields 3 and 2. */
void prom__otlp_times_put(const prom__otlp_point *x, prom__wire *w);
void prom__otlp_attributes_put(prom__wire *w, unsigned field, const prom_metric *m);
void prom__otlp_exemplars_put(const prom__otlp_point *x, prom__wire *w, unsigned field,
                              const prom_exemplar *all, size_t n);
void prom__otlp_fixed64_put(prom__wire *w, unsigned field, uint64_t v); /* 0 is left out */
void prom__otlp_double_put(prom__wire *w, unsigned field, double v);    /* 0 too is said */

/* Of the metric read last. */
prom_err prom__otlp_histogram_put(prom__otlp_point *x);
void prom__otlp_exponential_put(prom__otlp_point *x);

#endif
