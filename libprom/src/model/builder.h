// SPDX-License-Identifier: Apache-2.0
/* builder.h - where one collector writes. It adds to a snapshot under way; if the collector
 * fails, all that this builder added is taken out again. */
#ifndef PROM_MODEL_BUILDER_H
#define PROM_MODEL_BUILDER_H

#include "snapshot.h"

struct prom_builder {
    prom_snapshot *snapshot;
    size_t first_family; /* of the snapshot's, the first that is this builder's */
    prom_order order;
    bool open;            /* false once the callback has returned: a kept builder is refused */
    prom__family *family; /* to which metrics are added; NULL before the first */
    const prom__shape *family_shape;
    prom__point *last; /* what prom_build_timestamp speaks about */

    /* The labels of the next metric; next_values is NULL when its call brings its own. */
    const prom__shape *next_shape;
    const prom_str *next_values;
};

void prom__builder_open(prom_builder *b, prom_snapshot *s, prom_order order);
void prom__builder_close(prom_builder *b, bool keep);

#endif
