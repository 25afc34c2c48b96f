// SPDX-License-Identifier: Apache-2.0
/* native_opts.h - the options of native histograms, checked and completed. */
#ifndef PROM_MODEL_NATIVE_OPTS_H
#define PROM_MODEL_NATIVE_OPTS_H

#include "native.h"

/* What they come to, in the form that cells are counted by. */
typedef struct prom__native_form {
    bool on;
    unsigned steps; /* from the finest schema to this one */
    double zero_threshold;
    double max_zero_threshold;
    uint64_t max_buckets; /* UINT64_MAX: no limit */
    int64_t min_reset_ns; /* 0: never */
} prom__native_form;

/* Completes o in place, so that it may be given again and means the same: what a number below
 * zero says is -1 then. All is 0 where there is no factor above 1. `given`: for sentences. */
prom_err prom__native_take(const char *given, prom_opts *o, prom__native_form *out);

bool prom__native_same(const prom_opts *a, const prom_opts *b);

#endif
