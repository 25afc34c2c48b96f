// SPDX-License-Identifier: Apache-2.0
/* pedantic.h - is what a collector built as it was described, and named as the registry wants
 * it? */
#ifndef PROM_REGISTRY_PEDANTIC_H
#define PROM_REGISTRY_PEDANTIC_H

#include "roll.h"

/* Of the snapshot's families from `first` on. *wrong: the first thing that is not, in the
 * snapshot's arena, or NULL. PROM_E_NOMEM or nothing. */
prom_err prom__pedantic_check(const prom__item *item, prom_snapshot *s, size_t first,
                              const char **wrong);

/* The same for names outside the ASCII grammar. */
prom_err prom__legacy_check(prom_snapshot *s, size_t first, const char **wrong);

#endif
