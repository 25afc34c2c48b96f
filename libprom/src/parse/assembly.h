// SPDX-License-Identifier: Apache-2.0
/* assembly.h - flat samples, as text formats have them, put together to typed metrics.
 *
 * A family is what a TYPE line or a first sample names. Samples find theirs by name, those of
 * histograms and summaries by the name without their suffix, and their metric by the labels
 * without `le` and `quantile`; both look-ups are by hash, so the time is linear in the text. */
#ifndef PROM_PARSE_ASSEMBLY_H
#define PROM_PARSE_ASSEMBLY_H

#include "reader.h"
#include "table.h"

typedef struct prom__parsed_family prom__parsed_family;
typedef struct prom__parsed_metric prom__parsed_metric;

typedef struct prom__assembly {
    const prom__reader *reader; /* for sentences; everything lies in its arena */
    bool keep_twice;            /* a metric that is there twice is no error: for prom_lint */
    prom__parsed_family *first, *last;
    prom__parsed_table families, metrics;
} prom__assembly;

typedef struct prom__parsed_sample {
    const char *at; /* where it stands */
    prom_str name;
    const prom_label_str *labels; /* sorted by name; copied */
    size_t n_labels;
    double value;
    int64_t timestamp_ms; /* PROM_NO_TIME: none */
} prom__parsed_sample;

/* `at` is where the name stands. An empty help counts as none. */
prom_err prom__assembly_help(prom__assembly *a, const char *at, prom_str name, prom_str help);
prom_err prom__assembly_type(prom__assembly *a, const char *at, prom_str name, prom_type t);
prom_err prom__assembly_sample(prom__assembly *a, const prom__parsed_sample *s);

/* All of it as a snapshot; families and metrics in the order in which they came. */
prom_err prom__assembly_finish(prom__assembly *a, prom_snapshot **out);

#endif
