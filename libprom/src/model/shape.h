// SPDX-License-Identifier: Apache-2.0
/* shape.h - the label names of a set of series: which are constant, which vary, in which order
 * they stand in a line. Immutable. */
#ifndef PROM_MODEL_SHAPE_H
#define PROM_MODEL_SHAPE_H

#include "base/arena.h"

#include <prom/model.h>

typedef struct prom__shape_label {
    prom_str name;
    prom_str constant; /* its value, escaped; p is NULL for a label that varies */
    size_t value;      /* of one that varies: its place among the values */
    size_t gap;        /* of one that varies: bytes of text between the one before and it */
} prom__shape_label;

typedef struct prom__shape {
    size_t n;                  /* labels */
    size_t n_values;           /* those that vary */
    bool legacy;               /* no name needs quoting */
    prom__shape_label label[]; /* in the order of a line */
} prom__shape;

typedef struct prom__shape_opts {
    const char *metric; /* for sentences */
    prom_type type;
    const prom_str *names; /* of those that vary */
    size_t n_names;
    const prom_label *constants; /* ended by {NULL, NULL}, or NULL */
    bool legacy_only;
    bool foreign;    /* the names come from what others exposed: see name.h */
    bool keep_order; /* else they are sorted by name */
} prom__shape_opts;

/* Checks all names and constant values. Everything in it lies in the arena. */
prom_err prom__shape_new(const prom__shape_opts *o, prom__arena *a, const prom__shape **out);

/* A copy in another arena. */
prom_err prom__shape_copy(const prom__shape *s, prom__arena *a, const prom__shape **out);
/* PROM_E_LABELS: it is not UTF-8. */
prom_err prom__label_value_check(const char *metric, prom_str label, prom_str value);

/* The same labels and some more that are constant, each in its place. What it was made of must
 * outlive it. PROM_E_LABELS: one of them is there already. */
typedef struct prom__shape_more {
    const char *metric; /* for sentences */
    prom_type type;
    const prom_label *constants; /* ended by {NULL, NULL} */
} prom__shape_more;
prom_err prom__shape_with(const prom__shape *s, const prom__shape_more *more, prom__arena *a,
                          const prom__shape **out);

/* Label values as they stand in a line, without the quotes: backslash, quote and line feed are
 * escaped, nothing else is. */
size_t prom__escaped_length(const char *p, size_t n);
char *prom__escape(const char *p, size_t n, char *out);    /* returns the end */
size_t prom__unescape(const char *p, size_t n, char *out); /* at most n bytes */

#endif
