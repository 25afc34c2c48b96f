// SPDX-License-Identifier: Apache-2.0
/* proto_labels.h - the labels of a series as LabelPairs of protobuf, from its label text. */
#ifndef PROM_ENCODE_PROTO_LABELS_H
#define PROM_ENCODE_PROTO_LABELS_H

#include "model/name.h"
#include "model/snapshot.h"
#include "wire.h"

#include <prom/encode.h>

typedef struct prom__proto_label {
    prom_str name;     /* escaped */
    prom_str constant; /* not escaped; p is NULL for a label that varies */
} prom__proto_label;

/* What is the same for all series of a shape. A zeroed one is of no shape. */
typedef struct prom__proto_labels {
    prom_escaping escaping;
    const prom__shape *shape; /* NULL: none yet */
    prom__proto_label *label; /* as many as the shape has */
    size_t cap;
    size_t constants;   /* bytes of those that do not vary */
    prom__arena memory; /* of names and constants that had to be written anew */
} prom__proto_labels;

/* A name as the escaping shows it: itself, or a copy in the arena. */
prom_err prom__proto_name(prom__name_kind kind, prom_escaping e, prom_str name, prom__arena *a,
                          prom_str *out);

/* For the series of this shape. */
prom_err prom__proto_labels_take(prom__proto_labels *l, const prom__shape *shape);
void prom__proto_labels_free(prom__proto_labels *l);

/* The bytes of all pairs of a series of the shape, and the pairs: as field 1 of a message. */
size_t prom__proto_labels_size(const prom__proto_labels *l, const prom__series *s);
void prom__proto_labels_put(const prom__proto_labels *l, const prom__series *s, prom__wire *w);

void prom__proto_pair_put(prom__wire *w, prom_str name, prom_str value);
/* A value that is escaped as in the label text. */
void prom__proto_pair_put_escaped(prom__wire *w, prom_str name, prom_str value);

#endif
