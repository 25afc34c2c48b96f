// SPDX-License-Identifier: Apache-2.0
/* parse.h - from bytes back to snapshots. */
#ifndef PROM_PARSE_H
#define PROM_PARSE_H

#include <prom/model.h>

PROM_BEGIN

/* Prometheus text format 0.0.4 and 1.0.0 (names in quotes), n bytes. Families stay in the order
 * in which they come. Samples that belong to no family of a # TYPE line are of type unknown.
 * PROM_E_SYNTAX with line and column, counted from 1: "line 3, column 7: ...".
 * Source: instrumenting/exposition_formats of prometheus/docs. */
prom_err prom_parse_text(const char *text, size_t n, prom_snapshot **out);

PROM_END
#endif
