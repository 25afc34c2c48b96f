// SPDX-License-Identifier: Apache-2.0
/* summary_opts.h - the options of summaries: objectives and window, checked and completed. */
#ifndef PROM_MODEL_SUMMARY_OPTS_H
#define PROM_MODEL_SUMMARY_OPTS_H

#include "desc.h"

/* Also takes the quantiles and their texts; of any other type there are none. */
prom_err prom__summary_take(prom__desc *d);

bool prom__summary_same(const prom__desc *a, const prom__desc *b);

#endif
