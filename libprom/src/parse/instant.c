// SPDX-License-Identifier: Apache-2.0
#include "instant.h"

enum { BILLION = 1000000000 };

/* A decimal taken apart: its digits, and how many of them stand before the point once the
 * exponent is applied; that may be fewer than none, or more than there are. */
typedef struct decimal {
    bool negative;
    const char *digits, *end; /* with a point among them, or none */
    int64_t before;
} decimal;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Beyond this one no digit of a text counts any more. */
enum { LARGEST_EXPONENT = 1 << 30 };

static bool read_exponent(const char *p, const char *end, int64_t *out)
{
    bool negative = p < end && *p == '-';
    int64_t x = 0;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end)
        return false;
    for (; p < end; p++) {
        if (!is_digit(*p))
            return false;
        if (x < LARGEST_EXPONENT)
            x = x * 10 + (*p - '0');
    }
    *out = negative ? -x : x;
    return true;
}

static bool take_apart(const char *p, const char *end, decimal *d)
{
    int64_t exponent = 0;
    size_t digits = 0;
    bool point = false;
    *d = (decimal){ .negative = p < end && *p == '-' };
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    d->digits = p;
    for (; p < end && (is_digit(*p) || (*p == '.' && !point)); p++) {
        point = point || *p == '.';
        digits += is_digit(*p);
        d->before += is_digit(*p) && !point;
    }
    d->end = p;
    if (p < end && (*p == 'e' || *p == 'E'))
        p = read_exponent(p + 1, end, &exponent) ? end : p;
    d->before += exponent;
    return digits && p == end;
}

/* The magnitude. */
static bool add_digits(const decimal *d, uint64_t *seconds, uint32_t *nanoseconds)
{
    uint32_t unit = BILLION;
    int64_t i = 0;
    *seconds = *nanoseconds = 0;
    for (int64_t k = d->before; k < 0 && unit; k++)
        unit /= 10;
    for (const char *p = d->digits; p < d->end; p++) {
        if (*p == '.')
            continue;
        uint32_t digit = (uint32_t)(*p - '0');
        if (i++ >= d->before) {
            unit /= 10;
            *nanoseconds += digit * unit;
        } else if (__builtin_mul_overflow(*seconds, 10, seconds) ||
                   __builtin_add_overflow(*seconds, digit, seconds)) {
            return false;
        }
    }
    for (; i < d->before && *seconds; i++)
        if (__builtin_mul_overflow(*seconds, 10, seconds))
            return false;
    return true;
}

bool prom__instant_parse(const char *p, size_t n, prom__instant *out)
{
    decimal d;
    uint64_t seconds;
    uint32_t nanoseconds;
    if (!take_apart(p, p + n, &d) || !add_digits(&d, &seconds, &nanoseconds) ||
        seconds >= INT64_MAX)
        return false;
    int64_t s = (int64_t)seconds;
    *out = (prom__instant){ s, (int32_t)nanoseconds };
    if (d.negative)
        *out = nanoseconds ? (prom__instant){ -s - 1, BILLION - (int32_t)nanoseconds }
                           : (prom__instant){ -s, 0 };
    return true;
}

int prom__instant_compare(prom__instant a, prom__instant b)
{
    if (a.seconds != b.seconds)
        return a.seconds < b.seconds ? -1 : 1;
    return (a.nanoseconds > b.nanoseconds) - (a.nanoseconds < b.nanoseconds);
}

/* Towards zero first and back then, so that the least one does not overflow on the way. */
static bool in_units(prom__instant t, int32_t per_second, int64_t *out)
{
    bool below = t.seconds < 0;
    int32_t rest = t.nanoseconds / (BILLION / per_second) - (below ? per_second : 0);
    return !__builtin_mul_overflow(t.seconds + below, per_second, out) &&
           !__builtin_add_overflow(*out, rest, out) && *out > INT64_MIN;
}

bool prom__instant_ms(prom__instant t, int64_t *out)
{
    return in_units(t, 1000, out);
}

bool prom__instant_ns(prom__instant t, int64_t *out)
{
    return in_units(t, BILLION, out);
}
