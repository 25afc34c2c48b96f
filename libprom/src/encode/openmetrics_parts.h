// SPDX-License-Identifier: Apache-2.0
/* openmetrics_parts.h - what OpenMetrics 1.0 and 2.0 write alike. */
#ifndef PROM_ENCODE_OPENMETRICS_PARTS_H
#define PROM_ENCODE_OPENMETRICS_PARTS_H

#include "flat.h"

/* Of their forms: "# EOF". */
void prom__openmetrics_end(void *t);

/* Does the family's name end as one of this type must, in _total or _info? What collectors
 * build is not made to. */
bool prom__openmetrics_named(const prom__flat *t, prom_type type);

/* TYPE, UNIT if unit is not NULL, HELP. n: of the name that is shown. */
void prom__openmetrics_metadata(prom__flat *t, const prom_family *f, prom_type type,
                                const char *unit, size_t n);

/* The family's unit if it has one that may be shown: of grammatical characters, and not of an
 * info or a state set. Else NULL. */
const char *prom__openmetrics_unit(const prom_family *f);

/* Of le and quantile: as text formats write them, but 1 is 1.0: "Canonical Numbers". Itself, or
 * written into room for PROM__NUMBER_MAX + 2 bytes. */
prom_str prom__openmetrics_mark(prom_str mark, char *room);

/* ` # {labels} value timestamp`, the timestamp if there is one. */
prom_err prom__openmetrics_exemplar(prom__flat *t, const prom_exemplar *e,
                                    size_t (*number)(char *buf, double v));

#endif
