// SPDX-License-Identifier: Apache-2.0
/* exemplar.h - which labels an exemplar may have. */
#ifndef PROM_MODEL_EXEMPLAR_H
#define PROM_MODEL_EXEMPLAR_H

#include <prom/model.h>

/* Characters of all names and values together: OpenMetrics 1.0, "Exemplars". */
enum { PROM__EXEMPLAR_MOST = 128 };

/* PROM_E_LABELS, in sentences about this metric: a name is empty, not UTF-8, begins with "__"
 * or is there twice, a value is not UTF-8, or all of them are too long. */
prom_err prom__exemplar_check(const char *metric, const prom_label_str *labels, size_t n);

#endif
