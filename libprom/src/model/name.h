// SPDX-License-Identifier: Apache-2.0
/* name.h - which names are allowed, which need quoting, and how they are escaped.
 *
 * "Legacy" is the ASCII grammar: [a-zA-Z_:][a-zA-Z0-9_:]* for metrics, without the colon for
 * labels. Any other non-empty UTF-8 is a name too, but older formats cannot show it. */
#ifndef PROM_MODEL_NAME_H
#define PROM_MODEL_NAME_H

#include <prom/prom.h>

typedef enum prom__name_kind { PROM__METRIC_NAME, PROM__LABEL_NAME } prom__name_kind;

/* Is c of the ASCII grammar, at the beginning of a name or further on? */
bool prom__name_legal(prom__name_kind kind, char c, bool first);
bool prom__name_legacy(prom__name_kind kind, const char *p, size_t n);

/* Writes the name in the underscores scheme to out, at most n bytes, and returns its length:
 * each character that is illegal at its place becomes one underscore. */
size_t prom__name_underscores(prom__name_kind kind, const char *p, size_t n, char *out);

prom_err prom__name_check_metric(const char *name, bool legacy_only);
/* For the metric of this name and type: not empty, UTF-8, not "__...", not le or quantile. */
prom_err prom__name_check_label(const char *metric, prom_type t, prom_str label,
                                bool legacy_only);

/* What others have exposed may have "__..." too, but for "__name__". */
prom_err prom__name_check_foreign_label(const char *metric, prom_type t, prom_str label);

#endif
