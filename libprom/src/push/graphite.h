// SPDX-License-Identifier: Apache-2.0
#ifndef PROM_PUSH_GRAPHITE_H
#define PROM_PUSH_GRAPHITE_H

#include <prom/graphite.h>

/* The opts as this library knows them, checked; NULL: the defaults. */
prom_err prom__graphite_opts(const prom_graphite_opts *theirs, prom_graphite_opts *ours);

#endif
