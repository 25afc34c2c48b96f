// SPDX-License-Identifier: Apache-2.0
/* keep.h - copies of what users give, that live as long as a sender's arena. */
#ifndef PROM_PUSH_KEEP_H
#define PROM_PUSH_KEEP_H

#include "base/arena.h"

#include <prom/prom.h>

/* NULL of NULL. False: no memory. */
bool prom__keep_text(prom__arena *a, const char *s, const char **out);
/* Ended by {NULL, NULL}, of NULL too. NULL: no memory. */
const prom_label *prom__keep_labels(prom__arena *a, const prom_label *from);

#endif
