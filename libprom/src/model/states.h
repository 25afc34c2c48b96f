// SPDX-License-Identifier: Apache-2.0
/* states.h - the states of a state set's description: checked, copied, escaped. */
#ifndef PROM_MODEL_STATES_H
#define PROM_MODEL_STATES_H

#include "desc.h"

enum { PROM__MOST_STATES = 10000 };

/* Completes d->opts.states and d->states of a description whose names and labels are taken; of
 * any other type there are none. */
prom_err prom__states_take(prom__desc *d);

bool prom__states_same(const prom__desc *a, const prom__desc *b);

/* PROM_E_NAME if some label would be one with that in which the states stand, which is the
 * family's name: OpenMetrics 1.0, "StateSet". Scratch memory comes from the arena. */
prom_err prom__states_check_labels(const char *family, const prom__shape *shape,
                                   prom__arena *a);

#endif
