// SPDX-License-Identifier: Apache-2.0
/* remote_labels.h - the labels of a series as remote write wants them: with its name, sorted by
 * name, none twice, none empty; as Labels of 1.0 or as references to symbols of 2.0. */
#ifndef PROM_ENCODE_REMOTE_LABELS_H
#define PROM_ENCODE_REMOTE_LABELS_H

#include "model/snapshot.h"
#include "symbols.h"
#include "wire.h"

#include <prom/encode.h>

/* Where a label's value comes from. Of two with one name the one further up is shown. */
typedef enum prom__label_source {
    PROM__LABEL_METRIC, /* __name__ */
    PROM__LABEL_EXTRA,  /* le, quantile, the state's name: the line says it */
    PROM__LABEL_OWN,    /* of the series */
    PROM__LABEL_SENDER  /* of all that this sender writes */
} prom__label_source;

typedef struct prom__remote_label {
    prom_str name;  /* as shown */
    prom_str value; /* of this line, not escaped; empty: the label is left out */
    prom_str other; /* what it is instead of an empty one: the sender's of this name */
    prom__label_source source;
    size_t own; /* the place in the shape */
} prom__remote_label;

/* A zeroed one, but for the first lines, is fresh. */
typedef struct prom__remote_labels {
    prom_escaping escaping;   /* PROM_ALLOW_UTF8 in 2.0, else underscores */
    const prom_label *sender; /* {NULL, NULL}-ended; NULL: none */

    prom__bytes metric;       /* the family's name as shown, and room for a suffix */
    size_t metric_n;          /* of the family's name */
    prom_str extra;           /* the extra label's name as it is, empty: none */
    prom__arena family;       /* while the family is the same */
    prom__arena names;        /* while the shape is */
    prom__arena values;       /* while the series is */
    const prom__shape *shape; /* that the labels are of; NULL: none yet */
    prom__remote_label *label;
    size_t n, cap;
    prom_str *own; /* the values of the series, by their place in the shape; not escaped */
    uint32_t *ref; /* room for the references of a line */
} prom__remote_labels;

/* PROM_E_NAME, PROM_E_LABELS: these labels are not for a sender. */
prom_err prom__remote_labels_check(const prom_label *labels);

/* What follows is of this family; extra: the name of the label that its lines have, or empty.
 */
prom_err prom__remote_labels_family(prom__remote_labels *l, const prom_family *f,
                                    prom_str extra);
/* What follows is of this series. */
prom_err prom__remote_labels_series(prom__remote_labels *l, const prom__point *p);
/* The line with this suffix, and this value of the extra label, not escaped; what it refers to
 * is kept until the next line. */
prom_err prom__remote_labels_line(prom__remote_labels *l, prom_str suffix, prom_str extra);

/* The labels of the line: field 1 of a TimeSeries of 1.0. */
void prom__remote_labels_put(const prom__remote_labels *l, prom__wire *w);
/* References to them, in l->ref, and how many; false: no memory. */
bool prom__remote_labels_refs(prom__remote_labels *l, prom__symbols *s, size_t *n);

void prom__remote_labels_free(prom__remote_labels *l);

#endif
