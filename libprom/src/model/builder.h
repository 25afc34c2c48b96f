// SPDX-License-Identifier: Apache-2.0
/* builder.h - where one collector writes. It adds to a snapshot under way; if the collector
 * fails, all that this builder added is taken out again.
 *
 * builder.c opens families, build_labels.c takes labels and adds points, the other build_*.c
 * give points their values and say more about them. */
#ifndef PROM_MODEL_BUILDER_H
#define PROM_MODEL_BUILDER_H

#include "snapshot.h"

/* Labels of a metric, checked. */
typedef struct prom__built_labels {
    const prom__shape *shape;
    const prom_str *values;
    prom__series_plan plan;
} prom__built_labels;

/* As prom__exemplars, while they are written. */
typedef struct prom__built_exemplars {
    prom_exemplar *item;
    size_t n, cap;
} prom__built_exemplars;

/* A metric: `more` is what its point will refer to once there is more to say. */
typedef struct prom__built_metric {
    prom__point *point;
    prom__series *series;
    prom__point_more *more; /* NULL: nothing yet */
    prom__built_exemplars exemplars, native_exemplars;
} prom__built_metric;

/* What a gather asks of collectors; NULL functions: everything, for ever. */
typedef struct prom__builder_scope {
    bool (*wants)(const void *data, const char *name);
    bool (*stopped)(const void *data);
    const void *data;
} prom__builder_scope;

struct prom_builder {
    prom_snapshot *snapshot;
    size_t first_family; /* of the snapshot's, the first that is this builder's */
    prom_order order;
    prom__builder_scope scope;
    bool foreign;         /* labels come from what others exposed: see name.h; for parsers */
    bool open;            /* false once the callback has returned: a kept builder is refused */
    prom__family *family; /* to which metrics are added; NULL before the first */
    const prom__shape *family_shape;
    const prom__shape
        *said_shape; /* of the last prom_build_labels in it, which often repeats */

    prom__built_labels next; /* of the next metric; no values: its call brings its own */
    prom__built_metric last; /* what more is said about; no point: there is none */
};

void prom__builder_open(prom_builder *b, prom_snapshot *s, prom_order order);
void prom__builder_close(prom_builder *b, bool keep);

/* --- for build_*.c ------------------------------------------------------- */

prom_err prom__builder_check_open(const prom_builder *b);
prom_err prom__builder_check_family(const prom_builder *b);
/* PROM_E_TYPE: "'x' is a gauge and takes no buckets". */
prom_err prom__builder_check_type(const prom_builder *b, bool fits, const char *what);
/* PROM_E_INVAL: "'x': there are to be 2 buckets, but their array is NULL". */
prom_err prom__builder_check_array(const prom_builder *b, const void *array, size_t n,
                                   const char *what);
prom_type prom__builder_type(const prom_builder *b);   /* of the family */
const char *prom__builder_name(const prom_builder *b); /* of the family, for sentences */
prom_err prom__builder_check_new(const prom_builder *b, const char *family);

/* Keeps the labels if they are good. */
prom_err prom__builder_check_labels(const prom_builder *b, const prom__shape *shape,
                                    const prom_str *values, prom__built_labels *out);
/* The labels of a metric that is being added: those said before, or the call's own. */
prom_err prom__builder_take(prom_builder *b, const char *const *values,
                            prom__built_labels *out);
/* A metric with these labels, in the family once it is committed: when its value is whole.
 * Until then the labels that were said stay said. */
prom_err prom__builder_add(prom_builder *b, const prom__built_labels *l,
                           prom__built_metric *out);
void prom__builder_commit(prom_builder *b, const prom__built_metric *m);

/* The native part of a histogram, checked (build_native.c): NULL x is none. */
prom_err prom__builder_check_native(const prom_builder *b, double sum, uint64_t count,
                                    const prom_native *x);
const prom_native *prom__builder_copy_native(prom_builder *b, const prom_native *x);

#endif
