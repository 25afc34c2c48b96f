// SPDX-License-Identifier: Apache-2.0
/* number_parse.c - decimals to doubles, correctly rounded.
 *
 * strtod would follow the locale, want a NUL and set errno. Short decimals take one exact
 * multiplication or division (William Clinger, "How to read floating point numbers accurately",
 * 1990). For the others a product of doubles gives a candidate, off by a few units at most, and
 * the decimal is compared exactly, as a large integer, with the middles between it and its
 * neighbours until it lies between them. */
#include "number_parse.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum {
    MOST_DIGITS = 800, /* the middle between two doubles has at most 767 */
    FRACTION_BITS = 52,
    EXPONENT_BIAS = 1023 + FRACTION_BITS, /* of a significand taken as an integer */
    EXACT_POWER = 22,                     /* the last power of ten that is a double */
    MOST_EXPONENT = 100000                /* beyond all that could matter */
};

/* 0.d1d2d3... x 10^point */
typedef struct decimal {
    /* 0 to 9, the first is not 0; behind the last place a 1 for whatever was cut off */
    uint8_t digits[MOST_DIGITS + 1];
    int n;
    int64_t point;
    bool negative;
} decimal;

/* --- text --------------------------------------------------------------- */

static bool is_word(const char *p, size_t n, const char *lower)
{
    if (n != strlen(lower))
        return false;
    for (size_t i = 0; i < n; i++)
        if ((p[i] | 0x20) != lower[i]) /* it has letters only */
            return false;
    return true;
}

static bool take_word(const char *p, size_t n, double *out)
{
    if (is_word(p, n, "nan")) {
        *out = (double)NAN;
        return true;
    }
    double sign = 1;
    if (n && (*p == '+' || *p == '-')) {
        sign = *p == '-' ? -1 : 1;
        p++, n--;
    }
    if (!is_word(p, n, "inf") && !is_word(p, n, "infinity"))
        return false;
    *out = sign * (double)INFINITY;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void add_digit(decimal *d, char c)
{
    if (d->n == 0 && c == '0')
        return;
    if (d->n < MOST_DIGITS)
        d->digits[d->n++] = (uint8_t)(c - '0');
    else if (c != '0')
        d->digits[MOST_DIGITS] = 1;
}

static bool take_exponent(const char *p, const char *end, int64_t *out)
{
    bool negative = p < end && *p == '-';
    int64_t x = 0;
    if (p < end && (*p == '+' || *p == '-'))
        p++;
    if (p == end)
        return false;
    for (; p < end; p++) {
        if (!is_digit(*p))
            return false;
        if (x < MOST_EXPONENT)
            x = x * 10 + (*p - '0');
    }
    *out = negative ? -x : x;
    return true;
}

/* A text of a million digits may still be 1: the place of the point has all of size_t. */
static bool take_decimal(const char *p, size_t n, decimal *d)
{
    const char *end = p + n;
    d->n = 0;
    d->point = 0;
    d->digits[MOST_DIGITS] = 0;
    d->negative = n && *p == '-';
    if (n && (*p == '+' || *p == '-'))
        p++;
    bool any = false, behind = false;
    for (; p < end; p++) {
        if (*p == '.' && !behind) {
            behind = true;
            continue;
        }
        if (!is_digit(*p))
            break;
        any = true;
        add_digit(d, *p);
        if (!behind && d->n)
            d->point++;
        else if (behind && !d->n)
            d->point--;
    }
    int64_t exponent = 0;
    if (!any || (p < end && ((*p | 0x20) != 'e' || !take_exponent(p + 1, end, &exponent))))
        return false;
    d->point += exponent;
    if (d->n == MOST_DIGITS)
        d->n += d->digits[MOST_DIGITS];
    while (d->n && d->digits[d->n - 1] == 0)
        d->n--;
    return true;
}

/* --- large integers ----------------------------------------------------- */

/* Room for 1143 digits: the longest decimal down to the least double, or that double's middle
 * times the decimal's power of ten. */
enum { LIMBS = 128 };

typedef struct large {
    uint32_t limb[LIMBS]; /* the lowest first */
    int n;                /* without zeros at the top */
} large;

static void multiply_add(large *x, uint32_t factor, uint32_t more)
{
    uint64_t carry = more;
    for (int i = 0; i < x->n; i++) {
        carry += (uint64_t)x->limb[i] * factor;
        x->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry)
        x->limb[x->n++] = (uint32_t)carry;
}

static void multiply_power(large *x, int64_t power)
{
    for (; power >= 9; power -= 9)
        multiply_add(x, 1000000000, 0);
    for (; power > 0; power--)
        multiply_add(x, 10, 0);
}

static void shift_left(large *x, int bits)
{
    int limbs = bits / 32;
    multiply_add(x, (uint32_t)1 << bits % 32, 0);
    if (!limbs)
        return;
    memmove(x->limb + limbs, x->limb, (size_t)x->n * sizeof *x->limb);
    memset(x->limb, 0, (size_t)limbs * sizeof *x->limb);
    x->n += limbs;
}

static int compare_large(const large *a, const large *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (int i = a->n - 1; i >= 0; i--)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

/* The decimal against the middle between the double of these bits and the next larger one. */
static int compare_middle(const decimal *d, uint64_t bits)
{
    uint64_t fraction = bits & (((uint64_t)1 << FRACTION_BITS) - 1);
    int exponent = (int)(bits >> FRACTION_BITS);
    if (exponent)
        fraction |= (uint64_t)1 << FRACTION_BITS;
    uint64_t middle = 2 * fraction + 1;
    int shift = (exponent ? exponent : 1) - EXPONENT_BIAS - 1;
    int64_t power = d->point - d->n;

    large a = { .n = 0 }, b = { .n = 2 };
    for (int i = 0; i < d->n;) {
        uint32_t nine = 0, factor = 1;
        for (; i < d->n && factor < 1000000000; i++, factor *= 10)
            nine = nine * 10 + d->digits[i];
        multiply_add(&a, factor, nine);
    }
    b.limb[0] = (uint32_t)middle;
    b.limb[1] = (uint32_t)(middle >> 32);
    b.n -= !b.limb[1];
    multiply_power(power < 0 ? &b : &a, power < 0 ? -power : power);
    shift_left(shift < 0 ? &a : &b, shift < 0 ? -shift : shift);
    return compare_large(&a, &b);
}

/* --- the number --------------------------------------------------------- */

static const double exact_powers[EXACT_POWER + 1] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,
                                                      1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
                                                      1e18, 1e19, 1e20, 1e21, 1e22 };

static double scale(double v, int64_t power)
{
    for (; power > EXACT_POWER; power -= EXACT_POWER)
        v *= 1e22;
    for (; power < -EXACT_POWER; power += EXACT_POWER)
        v /= 1e22;
    return power < 0 ? v / exact_powers[-power] : v * exact_powers[power];
}

static uint64_t bits_of(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

/* Bits of positive doubles ascend as the doubles do. */
static double settle(const decimal *d, double candidate)
{
    uint64_t bits = bits_of(candidate < DBL_MAX ? candidate : DBL_MAX);
    const uint64_t infinite = bits_of((double)INFINITY);
    int c;
    while (bits && compare_middle(d, bits - 1) < 0)
        bits--;
    while (bits < infinite && (c = compare_middle(d, bits)) >= 0 && (c || bits & 1))
        bits++;
    /* In the middle below, the even one of the two. */
    if (bits & 1 && bits < infinite && compare_middle(d, bits - 1) == 0)
        bits--;
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static double value_of(const decimal *d)
{
    if (!d->n || d->point < -400)
        return 0;
    if (d->point > 400)
        return (double)INFINITY;
    uint64_t w = 0;
    int taken = d->n < 19 ? d->n : 19;
    for (int i = 0; i < taken; i++)
        w = w * 10 + d->digits[i];
    int64_t power = d->point - taken;
    double v = scale((double)w, power);
    bool exact = taken == d->n && w <= (uint64_t)1 << 53 && power <= EXACT_POWER &&
                 power >= -EXACT_POWER && FLT_EVAL_METHOD == 0;
    return exact ? v : settle(d, v);
}

bool prom__number_parse(const char *p, size_t n, double *out)
{
    decimal d;
    if (!take_decimal(p, n, &d))
        return take_word(p, n, out);
    double v = value_of(&d);
    if (isinf(v))
        return false;
    *out = d.negative ? -v : v;
    return true;
}

bool prom__number_parse_i64(const char *p, size_t n, int64_t *out)
{
    bool negative = n && *p == '-';
    if (n && (*p == '+' || *p == '-'))
        p++, n--;
    uint64_t most = (uint64_t)INT64_MAX + negative, x = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(p[i]))
            return false;
        unsigned digit = (unsigned)(p[i] - '0');
        if (x > (most - digit) / 10)
            return false;
        x = x * 10 + digit;
    }
    if (n)
        *out = (int64_t)(negative ? 0 - x : x);
    return n > 0;
}
