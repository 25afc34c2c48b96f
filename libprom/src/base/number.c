// SPDX-License-Identifier: Apache-2.0
/* number.c - shortest decimal digits of a double, and how they are written.
 *
 * The digits come from Schubfach (Raffaello Giulietti, "The Schubfach way to render doubles"):
 * choose the power of ten that is just not wider than the interval of reals that round to v;
 * then of the two multiples on either side of v, and of the two with one digit less, one lies
 * in the interval. Three products with a 128-bit power of ten decide it; one is enough for all
 * but a few. number_table.py proves that these products are exact enough for every double.
 *
 * Digits become text eight at a time, in the bytes of a word, the first digit lowest. Jumps
 * that random numbers would mispredict are avoided: each costs as much as five digits. */
#include "number.h"

#include "number_table.h"

#include <stdbool.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

#define FRACTION_BITS 52
#define HIDDEN_BIT    ((uint64_t)1 << FRACTION_BITS)
#define EXPONENT_BIAS (1023 + FRACTION_BITS) /* of a significand taken as an integer */
#define INFINITE      0x7ff                  /* the exponent of infinities and NaN */

#define E8    ((uint64_t)100000000)
#define E16   (E8 * E8)
#define ZEROS 0x3030303030303030u

/* digits / 10^16 * 10^exponent, with exactly seventeen digits: 10^16 <= digits < 10^17. */
typedef struct decimal {
    uint64_t digits;
    int exponent;
} decimal;

/* --- digits to text --- */

/* x < 10^8 as eight digits 0 to 9, one a byte, the first in the lowest byte. Each step halves
 * the lanes: four digits in 32 bits, two in 16, one in 8; the factors divide by 100 and 10. */
static inline uint64_t eight_digits(uint32_t x)
{
    uint64_t y = x / 10000 | (uint64_t)(x % 10000) << 32;
    uint64_t q = (y * 10486 >> 20) & 0x0000007f0000007fu;
    y = q | (y - q * 100) << 16;
    q = (y * 103 >> 10) & 0x000f000f000f000fu;
    return q | (y - q * 10) << 8;
}

static inline void store_word(char *p, uint64_t bytes)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    memcpy(p, &bytes, 8);
}

static inline void store_digits(char *p, uint64_t digits)
{
    store_word(p, digits | ZEROS);
}

/* x < 10^8 without leading zeros. Writes eight bytes whatever it returns. */
static inline size_t put_head(char *p, uint32_t x)
{
    uint64_t digits = eight_digits(x);
    unsigned skip =
        (unsigned)__builtin_ctzll(digits | (uint64_t)1 << 56) & 56u; /* 0 keeps one */
    store_digits(p, digits >> skip);
    return 8 - skip / 8;
}

size_t prom__number_u64(char *buf, uint64_t v)
{
    if (v < E8)
        return put_head(buf, (uint32_t)v);
    size_t n;
    if (v < E16) {
        n = put_head(buf, (uint32_t)(v / E8));
    } else {
        n = put_head(buf, (uint32_t)(v / E16));
        store_digits(buf + n, eight_digits((uint32_t)(v / E8 % E8)));
        n += 8;
    }
    store_digits(buf + n, eight_digits((uint32_t)(v % E8)));
    return n + 8;
}

static uint64_t magnitude(int64_t v)
{
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

size_t prom__number_i64(char *buf, int64_t v)
{
    uint64_t sign = v < 0;
    *buf = '-';
    return sign + prom__number_u64(buf + sign, magnitude(v));
}

/* e+06, e-324: a sign and at least two digits. Writes eight bytes. */
static inline size_t put_exponent(char *p, int exponent)
{
    unsigned e = (unsigned)(exponent < 0 ? -exponent : exponent);
    uint64_t sign = exponent < 0 ? '-' : '+';
    unsigned hundreds = e / 100, rest = e % 100, tens = rest * 103 >> 10;
    unsigned two = (e - 100) >> 31; /* e < 100, in a form that makes no jump */
    uint64_t digits = (hundreds | tens << 8 | (rest - tens * 10) << 16 | 0x303030) >> 8 * two;
    store_word(p, 'e' | sign << 8 | digits << 16);
    return 5 - two;
}

/* The text of a decimal. Not for integers below 10^6: those have no point to put. */
static inline size_t put_decimal(char *p, decimal v)
{
    int x = v.exponent;
    uint32_t nine = (uint32_t)(v.digits / E8), first = nine / (uint32_t)E8;
    uint64_t hi = eight_digits(nine - first * (uint32_t)E8);
    uint32_t low = (uint32_t)(v.digits - nine * E8);
    uint64_t lo = low ? eight_digits(low) : 0; /* short numbers are frequent */
    size_t n = 1;                              /* digits without the zeros at the end */
    if (lo)
        n = 17 - (size_t)__builtin_clzll(lo) / 8;
    else if (hi)
        n = 9 - (size_t)__builtin_clzll(hi) / 8;

    if (x < 0 && x >= -4) {
        size_t before = (size_t)(1 - x);
        memcpy(p, "0.000000", 8);
        p[before] = (char)('0' + first);
        store_digits(p + before + 1, hi);
        store_digits(p + before + 9, lo);
        return before + n;
    }
    p[0] = (char)('0' + first);
    if (x < 0 || x >= 6) {
        p[1] = '.';
        store_digits(p + 2, hi);
        store_digits(p + 10, lo);
        size_t length = n + (n > 1);
        return length + put_exponent(p + length, x);
    }
    /* x digits of the rest stand before the point; what follows it moves up by one byte. */
    store_digits(p + 1, hi);
    p[x + 1] = '.';
    u128 after = ((u128)lo << 64 | hi) >> 8 * x;
    store_digits(p + x + 2, (uint64_t)after);
    store_digits(p + x + 10, (uint64_t)(after >> 64));
    return n + 1;
}

/* --- double to digits --- */

/* The integer part of n * power / 2^128, its lowest bit set if anything was cut off. n < 2^60.
 * The table's powers are rounded up; that adds less than 2^-68, so a smaller rest is none. */
static inline uint64_t scaled(power p, uint64_t n)
{
    u128 low = (u128)p.lo * n;
    u128 high = (u128)p.hi * n + (uint64_t)(low >> 64);
    uint64_t rest = (uint64_t)high | (uint64_t)low >> 60;
    return (uint64_t)(high >> 64) | (rest != 0);
}

/* The power 10^-k and the shift with which c * 2^q = scaled(power, c << shift) * 10^k. */
typedef struct scale {
    power power;
    int shift;
} scale;

static inline scale scale_to(int q, int k)
{
    int power_log2 = -k * 1741647 >> 19; /* floor(log2(10^-k)) */
    return (scale){ powers[-k - POWER_MIN], q + power_log2 + 1 };
}

/* The shortest digits of c * 2^q; narrow if c is a power of two whose lower neighbour is half
 * as far as the upper. Everything is in quarters of 10^k, so that the ends of the interval and
 * the middle between two candidates are integers; an odd number stands for "and a bit more". */
static decimal shortest(uint64_t c, int q, bool narrow)
{
    int k = (q * 1262611 - (narrow ? 524031 : 0)) >> 22; /* floor(log10(width)) */
    scale to = scale_to(q, k);
    uint64_t value = scaled(to.power, 4 * c << to.shift);
    uint64_t lower = scaled(to.power, (4 * c - 2 + narrow) << to.shift);
    uint64_t upper = scaled(to.power, (4 * c + 2) << to.shift);
    lower += c & 1; /* the ends belong to the interval if the significand is even */
    upper -= c & 1;

    uint64_t s = value / 4, tens = s / 10 * 10;
    bool down = lower <= 4 * tens, up = 4 * tens + 40 <= upper;
    uint64_t digits = tens + (up ? 10 : 0); /* one digit less: one lies inside at most */
    if (down == up) {
        down = lower <= 4 * s;
        up = 4 * s + 4 <= upper;
        if (down == up) /* the nearer; in the middle, the even one */
            up = value % 4 + s % 2 > 2;
        digits = s + up;
    }
    int x = k + 16;
    for (; digits < E16; x--)
        digits *= 10;
    return (decimal){ digits, x };
}

/* which ? yes : no, where compilers would make a jump of that. */
static inline uint64_t choose(bool which, uint64_t yes, uint64_t no)
{
    return no ^ ((yes ^ no) & (0 - (uint64_t)which));
}

/* The same for c >= 2^52, not narrow, at less than half the price. One product in units of 10^k
 * is unsure by one in the last of its 64 bits behind the point; false if that is too much to
 * tell. down and up say how far inside the interval the tens on either side lie, in 2^-59, and
 * are off by less than 3. */
static inline bool shortest_fast(uint64_t c, int q, decimal *out)
{
    int k = q * 1262611 >> 22;
    scale to = scale_to(q, k);
    uint64_t n = c << to.shift;
    u128 low = (u128)to.power.lo * n;
    u128 value = (u128)to.power.hi * n + (uint64_t)(low >> 64);
    uint64_t s = (uint64_t)(value >> 64), behind = (uint64_t)value, last = s % 10;

    uint64_t half_width = to.power.hi >> (6 - to.shift); /* 2^(q-1), below 5 */
    uint64_t above_tens = last << 59 | behind >> 5;
    uint64_t down = half_width - above_tens; /* negative is outside: the highest bit set */
    uint64_t up = half_width + above_tens - ((uint64_t)10 << 59);
    bool half = behind + 1 - ((uint64_t)1 << 63) <= 2;
    if ((down + 3 <= 6) | (up + 3 <= 6) | half)
        return false;

    uint64_t sign = (uint64_t)1 << 63;
    bool up_inside = up < sign, inside = (down < sign) | up_inside;
    uint64_t tens = s - last + choose(up_inside, 10, 0);
    uint64_t digits = choose(inside, tens, s + (behind >> 63));
    bool sixteen = digits < E16; /* never fewer: s >= c */
    out->digits = digits + choose(sixteen, 9 * digits, 0);
    out->exponent = k + 16 - sixteen;
    return true;
}

/* An integer needs all its digits: its neighbours are at most 1 away, so no other integer, and
 * with it no multiple of ten, rounds to it. */
static inline decimal whole(uint64_t i)
{
    int x = 16;
    uint64_t factor = 1;
    for (; i * factor < E16; x--)
        factor *= 10;
    return (decimal){ i * factor, x };
}

static inline size_t put_special(char *buf, uint64_t fraction, uint64_t sign)
{
    const char *text = fraction ? "NaN" : sign ? "-Inf" : "+Inf";
    memcpy(buf, text, 4); /* takes the NUL of "NaN" along */
    return fraction ? 3 : 4;
}

size_t prom__number_double(char *buf, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    uint64_t sign = bits >> 63, fraction = bits & (HIDDEN_BIT - 1), c = fraction | HIDDEN_BIT;
    int exponent = (int)(bits >> FRACTION_BITS) & INFINITE;
    unsigned below = (unsigned)(EXPONENT_BIAS - exponent); /* bits of c behind the point */
    decimal d;
    *buf = '-';
    if (below <= FRACTION_BITS && (c & (((uint64_t)1 << below) - 1)) == 0) {
        uint64_t i = c >> below;
        if (i < 1000000)
            return sign + put_head(buf + sign, (uint32_t)i);
        d = whole(i);
    } else if (exponent == INFINITE) {
        return put_special(buf, fraction, sign);
    } else if (exponent == 0) {
        if (fraction == 0)
            return put_head(buf, 0); /* of either sign */
        d = shortest(fraction, 1 - EXPONENT_BIAS, false);
    } else if (fraction == 0 || !shortest_fast(c, exponent - EXPONENT_BIAS, &d)) {
        d = shortest(c, exponent - EXPONENT_BIAS, fraction == 0 && exponent > 1);
    }
    return sign + put_decimal(buf + sign, d);
}

size_t prom__number_float(char *buf, double v)
{
    size_t n = prom__number_double(buf, v);
    if (!(v > -1e6 && v < 1e6 &&
          v == (double)(int32_t)v)) /* has an exponent, point or letters */
        return n;
    memcpy(buf + n, ".0", 2);
    return n + 2;
}

static size_t put_seconds(char *buf, bool negative, uint64_t seconds, uint32_t nanoseconds)
{
    *buf = '-';
    size_t n = negative + prom__number_u64(buf + negative, seconds);
    if (!nanoseconds)
        return n;
    uint32_t first = nanoseconds / (uint32_t)E8;
    uint64_t rest = eight_digits(nanoseconds - first * (uint32_t)E8);
    buf[n] = '.';
    buf[n + 1] = (char)('0' + first);
    store_digits(buf + n + 2, rest);
    return n + (rest ? 10 - (size_t)__builtin_clzll(rest) / 8 : 2);
}

size_t prom__number_ms(char *buf, int64_t ms)
{
    uint64_t v = magnitude(ms);
    return put_seconds(buf, ms < 0, v / 1000, (uint32_t)(v % 1000) * 1000000);
}

size_t prom__number_ns(char *buf, int64_t ns)
{
    uint64_t v = magnitude(ns);
    return put_seconds(buf, ns < 0, v / 1000000000, (uint32_t)(v % 1000000000));
}

prom__number prom__number_said(double v)
{
    prom__number n;
    n.text[prom__number_double(n.text, v)] = '\0';
    return n;
}
