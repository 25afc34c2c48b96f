// SPDX-License-Identifier: Apache-2.0
/* gather.h - what one object exposes by itself, for the helpers of testing.h. */
#ifndef PROM_CHECK_GATHER_H
#define PROM_CHECK_GATHER_H

#include <prom/model.h>

#include <stdbool.h>

/* A registry as it is; a metric or collector in a registry of its own. What a collector could
 * not do is an error here. */
prom_err prom__gather_object(void *object, prom_snapshot **out);

/* Is the object the handle of one series? */
bool prom__object_is_series(const void *object);

/* Is the family among those asked for (NULL: all), and has it metrics? */
bool prom__family_counts(const prom_family *f, const char *const *names);

#endif
