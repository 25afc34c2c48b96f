// SPDX-License-Identifier: Apache-2.0
/* type.h - one row for each metric type: its words, and the names it may expose. */
#ifndef PROM_MODEL_TYPE_H
#define PROM_MODEL_TYPE_H

#include <prom/prom.h>

enum { PROM__TYPES = PROM_GAUGE_HISTOGRAM + 1 };

/* The word of text format 0.0.4, which knows five types. */
const char *prom__type_text(prom_type t);

/* A family reserves its base name and the base with each of these suffixes, in whatever format
 * they show up: OpenMetrics 1.0, "Suffixes". Ended by NULL. */
const char *const *prom__type_suffixes(prom_type t);

/* "a" or "an", in front of its name. */
const char *prom__type_article(prom_type t);

/* What ends the name of every family of this type in text: "_total", "_info" or "". */
const char *prom__type_own_suffix(prom_type t);

/* Length of the base of a family's name: a counter's without _total, an info's without _info.
 */
size_t prom__type_base(prom_type t, const char *name);

#endif
