// SPDX-License-Identifier: Apache-2.0
/* number.h - numbers as text: Go's 'g' form for doubles, plain decimals for integers.
 *
 * Every function writes at buf and returns the length. Nothing ends with NUL; nothing looks at
 * the locale, allocates or touches errno. There must be PROM__NUMBER_MAX bytes at buf, however
 * short the number: stores are eight bytes wide. */
#ifndef PROM__NUMBER_H
#define PROM__NUMBER_H

#include <stddef.h>
#include <stdint.h>

#define PROM__NUMBER_MAX 32

/* The shortest digits that read back equal, and of those the nearest to v: 0 (for -0 too),
 * 123456, 0.0001, 1e+06, 1.5e-05, NaN, +Inf, -Inf. The exponent form is for decimal exponents
 * below -4 and from 6 up. */
size_t prom__number_double(char *buf, double v);

/* The same as OpenMetrics 1.0 writes floats: whole numbers without an exponent end in .0 */
size_t prom__number_float(char *buf, double v);

/* Milliseconds and nanoseconds as seconds: plain decimals, exact, without zeros at their end.
 */
size_t prom__number_ms(char *buf, int64_t ms);
size_t prom__number_ns(char *buf, int64_t ns);

/* What prom__number_double writes, for sentences, ended by NUL: prom__number_said(v).text. */
typedef struct prom__number {
    char text[PROM__NUMBER_MAX + 1];
} prom__number;

prom__number prom__number_said(double v);

size_t prom__number_u64(char *buf, uint64_t v); /* at most 20 bytes */
size_t prom__number_i64(char *buf, int64_t v);

#endif
