// SPDX-License-Identifier: Apache-2.0
/* instant.h - times as OpenMetrics spells them: seconds, with a fraction or an exponent. */
#ifndef PROM_PARSE_INSTANT_H
#define PROM_PARSE_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Since 1970; the nanoseconds (0..999999999) count forward, also before it. */
typedef struct prom__instant {
    int64_t seconds;
    int32_t nanoseconds;
} prom__instant;

/* Reads a decimal exactly: "1520430000.123" and "1.520430000123e+09" are one instant. What is
 * finer than a nanosecond is cut off. false: it is no number, or not within 64 bits of seconds.
 */
bool prom__instant_parse(const char *p, size_t n, prom__instant *out);

int prom__instant_compare(prom__instant a, prom__instant b);

/* Rounded down. false: it is not within 64 bits, or what PROM_NO_TIME stands for. */
bool prom__instant_ms(prom__instant t, int64_t *out);
bool prom__instant_ns(prom__instant t, int64_t *out);

#endif
