// SPDX-License-Identifier: Apache-2.0
#ifndef PROM_PARSE_TEXT_H
#define PROM_PARSE_TEXT_H

#include <prom/parse.h>

/* prom_parse_text; keep_twice: a metric that comes twice is no error but twice in the snapshot,
 * as in Go's parser. For prom_lint_text, which has a rule about it. */
prom_err prom__parse_text(const char *text, size_t n, bool keep_twice, prom_snapshot **out);

#endif
