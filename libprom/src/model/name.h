// SPDX-License-Identifier: Apache-2.0
/* name.h - which names are allowed, which need quoting, and how they are escaped.
 *
 * "Legacy" is the ASCII grammar: [a-zA-Z_:][a-zA-Z0-9_:]* for metrics, without the colon for
 * labels. Any other non-empty UTF-8 is a name too, but older formats cannot show it. */
#ifndef PROM_MODEL_NAME_H
#define PROM_MODEL_NAME_H

#include <prom/encode.h>

typedef enum prom__name_kind { PROM__METRIC_NAME, PROM__LABEL_NAME } prom__name_kind;

/* Is c of the ASCII grammar, at the beginning of a name or further on? Not isalpha: that one
 * follows the locale. */
static inline bool prom__name_legal(prom__name_kind kind, char c, bool first)
{
    unsigned char letter = (unsigned char)((c | 32) - 'a'), digit = (unsigned char)(c - '0');
    return letter < 26 || c == '_' || (digit < 10 && !first) ||
           (c == ':' && kind == PROM__METRIC_NAME);
}

bool prom__name_legacy(prom__name_kind kind, const char *p, size_t n);

/* Writes a name as a scheme shows it to out and returns its length, at most escaped_most. A
 * name of the ASCII grammar stays as it is, and so does every one in PROM_ALLOW_UTF8: there it
 * is for the format to quote it. The name must be UTF-8; out must not overlap it. */
size_t prom__name_escape(prom__name_kind kind, prom_escaping e, const char *p, size_t n,
                         char *out);
size_t prom__name_escaped_most(prom_escaping e, size_t n);

/* The way back, at most n bytes: exact for PROM_VALUES (what it cannot have written stays as it
 * is), a guess for PROM_DOTS, and nothing to do for the others. */
size_t prom__name_unescape(prom_escaping e, const char *p, size_t n, char *out);

prom_err prom__name_check_metric(const char *name, bool legacy_only);
/* For the metric of this name and type: not empty, UTF-8, not "__...", not le or quantile. */
prom_err prom__name_check_label(const char *metric, prom_type t, prom_str label,
                                bool legacy_only);

/* What others have exposed may have "__..." too, but for "__name__". */
prom_err prom__name_check_foreign_label(const char *metric, prom_type t, prom_str label);

#endif
