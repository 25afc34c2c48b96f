// SPDX-License-Identifier: Apache-2.0
/* desc.h - a metric's description, checked, completed and copied once; immutable, counted. */
#ifndef PROM_MODEL_DESC_H
#define PROM_MODEL_DESC_H

#include "base/object.h"
#include "constraint.h"
#include "native_opts.h"
#include "shape.h"

typedef struct prom__desc {
    prom__object object;
    prom__arena memory; /* everything below lies in it */
    prom_type type;
    prom_opts opts;    /* completed; what prom_vec_opts gives */
    const char *given; /* the name as the user spelled it, its parts joined, for sentences */
    const prom__shape *shape;
    size_t n_bounds; /* finite ones */
    size_t n_objectives;
    const double *quantiles;             /* of the objectives */
    prom__native_form native;            /* of a histogram */
    const prom__constraint *constraints; /* of each label; NULL: there are none */
    const prom_str *marks; /* texts of the bounds and one more for +Inf, or of the quantiles */
    bool
        legacy_only; /* names outside the ASCII grammar are refused, also in what comes later */
    size_t n_states;
    const prom_str *states; /* escaped as label values are */
} prom__desc;

prom_err prom__desc_new(prom_type t, const prom_opts *o, bool legacy_only, prom__desc **out);

/* PROM_OK if a second definition b may stand for a; else PROM_E_EXISTS and what differs. With
 * other values of constant labels they are not the same but may both exist: *apart. */
prom_err prom__desc_compare(const prom__desc *a, const prom__desc *b, bool *apart);

/* Texts of doubles for `le` and `quantile`. NULL: no memory. */
const prom_str *prom__marks_new(prom__arena *a, const double *v, size_t n);

/* Fields beyond the caller's size are 0; PROM_E_INVAL for an opts struct of no size. */
prom_err prom__opts_copy(const prom_opts *theirs, prom_opts *ours);

#endif
