// SPDX-License-Identifier: Apache-2.0
/* metrics.h - points as prom_metric shows them: labels apart, values not escaped. */
#ifndef PROM_MODEL_METRICS_H
#define PROM_MODEL_METRICS_H

#include "base/arena.h"
#include "snapshot.h"

/* Reads one point after the other. Zeroed it is ready. */
typedef struct prom__metric_reader {
    prom_metric metric; /* of the point read last */
    prom__arena memory; /* what it refers to and the snapshot does not have */
} prom__metric_reader;

/* Fills in r->metric, which is good until the next point is read and as long as the point is.
 */
prom_err prom__metric_read(prom__metric_reader *r, const prom_family *f, const prom__point *p);
void prom__metric_reader_free(prom__metric_reader *r);

#endif
