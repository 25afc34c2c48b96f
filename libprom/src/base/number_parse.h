// SPDX-License-Identifier: Apache-2.0
/* number_parse.h - text to numbers, as Go's strconv reads them in the text formats.
 *
 * Nothing looks at the locale, allocates or touches errno, and text need not end with NUL. */
#ifndef PROM_BASE_NUMBER_PARSE_H
#define PROM_BASE_NUMBER_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The double nearest to the decimal that the n bytes spell, of two equally near ones the even
 * one: 1, +.5, 5., 1e-7; inf and infinity with or without a sign, and nan, in any case of
 * letters. What is too small reads as zero.
 * false: it is no number, or one too large for a double; no hexadecimals, no underscores. */
bool prom__number_parse(const char *p, size_t n, double *out);

/* Decimal digits, with a sign or without. false: anything else, or not within 64 bits. */
bool prom__number_parse_i64(const char *p, size_t n, int64_t *out);

#endif
