// SPDX-License-Identifier: Apache-2.0
/* family.h - the record of a family in a store: its description, flat. */
#ifndef PROM_METRIC_FAMILY_H
#define PROM_METRIC_FAMILY_H

#include "model/desc.h"
#include "store.h"

typedef struct prom__family_record {
    prom__record head;
    uint32_t type, nan, n_labels, n_constants, n_bounds, n_objectives, age_buckets;
    uint32_t n_states, native_max_buckets;
    int32_t native_max_exemplars;
    uint32_t max_series, unused;
    double max_age, accuracy, ttl;
    double native_factor, native_zero_threshold, native_min_reset, native_max_zero_threshold,
        native_exemplar_ttl;
    /* bounds and objectives as doubles, then strings with their NULs: name, help, unit, label
     * names, names and values of constant labels, states, overflow */
    double numbers[];
} prom__family_record;

prom_err prom__family_write(prom__store *store, const prom__desc *d, uint64_t *offset);
prom_err prom__family_read(const prom__family_record *r, prom__desc **out);

#endif
