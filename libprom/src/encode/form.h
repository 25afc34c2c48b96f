// SPDX-License-Identifier: Apache-2.0
/* form.h - a format of the library as pieces: what stands before a family's metrics, some of
 * them, what stands behind. One walk over a snapshot serves all formats, and can stop between
 * two metrics and go on later. */
#ifndef PROM_ENCODE_FORM_H
#define PROM_ENCODE_FORM_H

#include "model/snapshot.h"
#include "out.h"

/* What a format writes to and keeps; behind it whatever else it needs. Zeroed at first. */
typedef struct prom__form {
    size_t size;       /* of the state, which begins with a prom__out */
    bool target_first; /* target_info goes before the other families */

    void (*open)(void *t, const prom_encode_opts *o); /* and writes what stands before all */
    /* For formats that must know how long a family will be: all metrics from 0 on come by, at
     * least one time from 0 to 0, before the family is begun. */
    prom_err (*measure)(void *t, const prom__family *f, size_t from, size_t to);
    prom_err (*family)(void *t, const prom__family *f);
    prom_err (*metrics)(void *t, const prom__family *f, size_t from, size_t to);
    void (*family_end)(void *t, const prom__family *f);
    void (*close)(void *t); /* writes what stands behind all */
    void (*free)(void *t);
    /* NULL, but for `family` and `metrics`: nothing. */
} prom__form;

extern const prom__form prom__text_form, prom__openmetrics_form, prom__openmetrics_2_form,
    prom__protobuf_form, prom__protobuf_text_form, prom__json_form;

const prom__form *prom__form_of(const prom_encoder *e); /* NULL: it is a user's */

typedef enum prom__place {
    PROM__BEFORE_ALL,
    PROM__MEASURE,
    PROM__FAMILY,
    PROM__METRICS,
    PROM__BEHIND_ALL,
    PROM__OVER
} prom__place;

/* Where an encoding is. */
typedef struct prom__walk {
    const prom__form *form;
    void *state;
    const prom_snapshot *snapshot;
    prom_encode_opts opts;
    prom__place place;
    size_t family, metric; /* the next ones */
    bool others;           /* target_info, if it goes first, is done with */
} prom__walk;

/* The walk, its snapshot and the writer live until the close. After an error it is not open. */
prom_err prom__walk_open(prom__walk *x, const prom__form *form, const prom_snapshot *s,
                         const prom_encode_opts *o, const prom_writer *w);

/* All the rest; or about a block of it, until x->place is PROM__OVER. */
prom_err prom__walk_all(prom__walk *x);
prom_err prom__walk_some(prom__walk *x);

/* Hands over what is in the block and frees; e, or the first error of the writer. */
prom_err prom__walk_close(prom__walk *x, prom_err e);

/* What the `encode` of a prom_encoder does. */
prom_err prom__form_encode(const prom__form *form, const prom_snapshot *s,
                           const prom_encode_opts *o, const prom_writer *w);

#endif
