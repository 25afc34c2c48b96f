// SPDX-License-Identifier: Apache-2.0
/* builder.h - where one collector writes. It adds to a snapshot under way; if the collector
 * fails, all that this builder added is taken out again. */
#ifndef PROM_MODEL_BUILDER_H
#define PROM_MODEL_BUILDER_H

#include "snapshot.h"

/* Labels of a metric, checked. */
typedef struct prom__built_labels {
    const prom__shape *shape;
    const prom_str *values;
    prom__series_plan plan;
} prom__built_labels;

struct prom_builder {
    prom_snapshot *snapshot;
    size_t first_family; /* of the snapshot's, the first that is this builder's */
    prom_order order;
    bool open;            /* false once the callback has returned: a kept builder is refused */
    prom__family *family; /* to which metrics are added; NULL before the first */
    const prom__shape *family_shape;
    prom__point *last; /* what prom_build_timestamp speaks about */

    prom__built_labels next; /* of the next metric; no values: its call brings its own */
};

void prom__builder_open(prom_builder *b, prom_snapshot *s, prom_order order);
void prom__builder_close(prom_builder *b, bool keep);

#endif
