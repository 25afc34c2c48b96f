// SPDX-License-Identifier: Apache-2.0
/* number_test.c - every text must have Go's form, read back equal, and be the shortest and, of
 * the shortest, the nearest. The judge is the C library's strtod and printf. */
#include "base/number.h"
#include "check.h"

#include <inttypes.h>
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#define GUARD 16

static uint64_t random_state;

static uint64_t random_u64(void) /* xorshift64*; each test seeds it, so that it stands alone */
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 2685821657736338717u;
}

static double of_bits(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static uint64_t bits_of(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

/* What prom__number_double writes, ended with NUL, in memory of this function. Bytes beyond
 * PROM__NUMBER_MAX must not be touched. */
static const char *text_of(double v)
{
    static char buf[PROM__NUMBER_MAX + GUARD];
    memset(buf, '#', sizeof buf);
    size_t n = prom__number_double(buf, v);
    for (size_t i = PROM__NUMBER_MAX; i < sizeof buf; i++)
        if (!CHECK(buf[i] == '#'))
            return "";
    if (!CHECK(n >= 1 && n < PROM__NUMBER_MAX))
        return "";
    buf[n] = '\0';
    return buf;
}

/* --- the judge --- */

typedef struct number { /* the parts of a text, without sign and zeros at either end */
    char digits[40];
    size_t n;
    int exponent; /* of the first digit */
} number;

/* Takes a finite number other than 0 apart; knows no more than "digits . digits e exponent". */
static number parts_of(const char *text)
{
    number p = { .n = 0 };
    int point = 0, zeros = 0;
    bool after = false;
    for (; *text && *text != 'e'; text++) {
        if (*text == '.')
            after = true;
        if (*text < '0' || *text > '9')
            continue;
        if (*text != '0' || p.n)
            p.digits[p.n++] = *text;
        else
            zeros += after;
        point += !after && p.n > 0;
    }
    p.exponent = (point ? point - 1 : -zeros - 1) + (*text ? atoi(text + 1) : 0);
    while (p.n > 1 && p.digits[p.n - 1] == '0')
        p.n--;
    p.digits[p.n] = '\0';
    return p;
}

/* Go's form of these parts: the text there should be. */
static void go_form(char *out, bool negative, const number *p)
{
    int x = p->exponent, n = (int)p->n;
    const char *d = p->digits, *sign = negative ? "-" : "";
    if (x < -4 || x >= 6)
        sprintf(out, "%s%c%s%se%c%02d", sign, *d, n > 1 ? "." : "", d + 1, x < 0 ? '-' : '+',
                abs(x));
    else if (x < 0)
        sprintf(out, "%s0.%.*s%s", sign, -x - 1, "000", d);
    else if (n <= x + 1)
        sprintf(out, "%s%s%.*s", sign, d, x + 1 - n, "00000");
    else
        sprintf(out, "%s%.*s.%s", sign, x + 1, d, d + x + 1);
}

/* Does the n-digit number d * 10^(x-n+1) round to v? */
static bool reads_as(long long d, int n, int x, double v)
{
    char text[48];
    sprintf(text, "%llde%d", d, x - n + 1);
    return strtod(text, NULL) == v;
}

/* v > 0 rounded correctly to n digits, as an integer; the first digit's exponent in *x. */
static long long rounded(double v, int n, int *x)
{
    char text[48], digits[24];
    sprintf(text, "%.*e", n - 1, v);
    size_t k = 0;
    for (const char *c = text; *c != 'e'; c++)
        if (*c != '.')
            digits[k++] = *c;
    digits[k] = '\0';
    *x = atoi(strchr(text, 'e') + 1);
    return atoll(digits);
}

/* True if all is well with this double, else reports it once and at length. */
static bool judge(double v)
{
    const char *text = text_of(v);
    if (v == 0)
        return CHECK_STR(text, "0");
    number p = parts_of(text);
    char want[64];
    double u = fabs(v);
    int n = (int)p.n, x;
    go_form(want, v < 0, &p);
    bool form = strcmp(text, want) == 0, back = bits_of(strtod(text, NULL)) == bits_of(v);

    bool longer = n > 17; /* some number with a digit less is also read as v */
    if (n > 1) {
        long long less = rounded(u, n - 1, &x);
        int reach = bits_of(v) << 12 == 0; /* an even interval holds the nearest or none */
        for (int i = -reach; i <= reach; i++)
            longer |= reads_as(less + i, n - 1, x, u);
    }
    long long nearest =
        rounded(u, n, &x); /* may lie outside v's interval, below a power of two */
    bool near = (nearest == atoll(p.digits) && x == p.exponent) || !reads_as(nearest, n, x, u);
    if (form && back && !longer && near)
        return true;
    CHECK(form), CHECK(back), CHECK(!longer), CHECK(near);
    fprintf(stderr, "    %016" PRIx64 " (%.17g) gave \"%s\", form \"%s\"\n", bits_of(v), v,
            text, want);
    return false;
}

static void judge_around(double v, int neighbours)
{
    uint64_t bits = bits_of(v);
    for (int i = -neighbours; i <= neighbours; i++) {
        double w = of_bits(bits + (uint64_t)(int64_t)i);
        if (w > 0 && isfinite(w))
            judge(w);
    }
}

/* --- doubles --- */

static void test_double_golden(void)
{
    json_error_t error;
    json_t *root = json_load_file(TESTS_GOLDEN "/float_format.json", 0, &error);
    if (!CHECK(root))
        return;
    size_t i;
    json_t *vector;
    CHECK(json_array_size(json_object_get(root, "vectors")) > 100);
    json_array_foreach(json_object_get(root, "vectors"), i, vector)
    {
        const char *bits = json_string_value(json_object_get(vector, "bits"));
        const char *text = json_string_value(json_object_get(vector, "text"));
        if (CHECK(bits && text))
            CHECK_STR(text_of(of_bits(strtoull(bits, NULL, 16))), text);
    }
    json_decref(root);
}

static void test_double_form(void)
{
    static const struct {
        double v;
        const char *text;
    } rows[] = {
        { 0.0, "0" },
        { -0.0, "0" },
        { NAN, "NaN" },
        { INFINITY, "+Inf" },
        { -INFINITY, "-Inf" },
        { 1, "1" },
        { -1, "-1" },
        { 10, "10" },
        { 123456, "123456" },
        { 999999, "999999" },
        { 1000000, "1e+06" },
        { -1234567, "-1.234567e+06" },
        { 1.5e10, "1.5e+10" },
        { 9007199254740991.0, "9.007199254740991e+15" },
        { 9007199254740992.0, "9.007199254740992e+15" },
        { 999999.5, "999999.5" },
        { 1000000.5, "1.0000005e+06" },
        { 123456.78901234567, "123456.78901234567" },
        { 0.5, "0.5" },
        { 0.0001, "0.0001" },
        { 0.00012345678901234567, "0.00012345678901234567" },
        { 0.00009999, "9.999e-05" },
        { 1e100, "1e+100" },
        { 5e-324, "5e-324" },
        { 1.7976931348623157e308, "1.7976931348623157e+308" },
        { 5.960464477539063e-08,
          "5.960464477539063e-08" }, /* 2^-24: a %.{n}g loop says ...0625 */
        { 9007199254740993.0 * 0.25, "2.251799813685248e+15" },
        { 2251799813685247.75, "2.2517998136852478e+15" }, /* the middle: the even digit */
        { 2251799813685247.25, "2.2517998136852472e+15" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_STR(text_of(rows[i].v), rows[i].text);
    CHECK_STR(text_of(of_bits(0xfff8000000000001)), "NaN");
    CHECK_STR(text_of(of_bits(0x7ff0000000000001)), "NaN");
}

static void test_double_powers_of_two(void)
{
    for (int e = -1074; e <= 1023; e++)
        judge_around(ldexp(1, e), 3);
}

static void test_double_powers_of_ten(void)
{
    for (int e = -323; e <= 308; e++)
        for (int digit = 1; digit <= 9; digit++) {
            char text[16];
            sprintf(text, "%de%d", digit, e);
            double v = strtod(text, NULL);
            if (isfinite(v))
                judge_around(v, 3);
        }
}

static void test_double_subnormals(void)
{
    random_state = 3;
    for (uint64_t bits = 1; bits <= 2000; bits++) {
        judge(of_bits(bits));
        judge(of_bits(((uint64_t)1 << 52) - bits));
        judge(of_bits(random_u64() >> (12 + bits % 52)));
    }
}

/* Where the ends of the interval and the middle between two candidates are hit exactly. */
static void test_double_ties(void)
{
    random_state = 5;
    for (int i = 0; i < 20000; i++) {
        uint64_t r = random_u64();
        judge(ldexp((double)(r >> 11), -(int)(r % 12))); /* 53 bits, few behind the point */
        judge(ldexp((double)(r >> (11 + r % 50)), (int)(r % 32))); /* few bits, large */
        judge((double)(r % 100000000) * 1e15);
        judge((double)(r >> 11) * 1024 + 5e17);
    }
    judge(ldexp(8887055249355788.0, 664)); /* nearest of all to a quarter of a candidate */
}

static void test_double_short_decimals(void)
{
    for (int places = 1; places <= 9; places++)
        for (int i = 1; i <= 3000; i++) {
            char text[32];
            sprintf(text, "%de-%d", i * 7 + places, places);
            judge(strtod(text, NULL));
        }
}

static void test_double_integers(void)
{
    random_state = 7;
    for (int i = 1; i <= 20000; i++) {
        judge(i);
        judge(-(double)(i * 50));
        judge((double)((random_u64() >> 11 >> (i % 53)) + 1));
    }
    judge_around(9007199254740992.0, 1000);
}

static void test_double_random(void)
{
    random_state = 11;
    int wrong = 0;
    for (int i = 0; i < 2000000 && wrong < 10; i++) {
        double v = of_bits(random_u64());
        if (isfinite(v))
            wrong += !judge(v);
    }
    CHECK_INT(wrong, 0);
}

static void test_double_locale(void)
{
    static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8" };
    size_t n = sizeof names / sizeof *names, i = 0;
    while (i < n && !setlocale(LC_ALL, names[i]))
        i++;
    if (i == n)
        printf("no locale with a decimal comma here; checked in \"C\" only\n");
    else
        CHECK_STR(localeconv()->decimal_point, ",");
    CHECK_STR(text_of(1234.5), "1234.5");
    CHECK_STR(text_of(1.5e-7), "1.5e-07");
    CHECK_STR(text_of(1234567), "1.234567e+06");
    setlocale(LC_ALL, "C");
}

/* --- integers --- */

static void check_u64(uint64_t v)
{
    char got[PROM__NUMBER_MAX + GUARD], want[24];
    memset(got, '#', sizeof got);
    size_t n = prom__number_u64(got, v);
    sprintf(want, "%" PRIu64, v);
    if (CHECK_INT(n, strlen(want)) && CHECK(got[PROM__NUMBER_MAX] == '#')) {
        got[n] = '\0';
        CHECK_STR(got, want);
    }
}

static void check_i64(int64_t v)
{
    char got[PROM__NUMBER_MAX + GUARD], want[24];
    size_t n = prom__number_i64(got, v);
    got[n] = '\0';
    sprintf(want, "%" PRId64, v);
    CHECK_STR(got, want);
}

static void test_integer_edges(void)
{
    check_u64(0);
    check_u64(UINT64_MAX);
    for (uint64_t ten = 1;; ten *= 10) {
        for (uint64_t digit = 1; digit <= 9 && digit <= UINT64_MAX / ten; digit++) {
            check_u64(ten * digit - 1);
            check_u64(ten * digit);
            check_u64(ten * digit + 1);
        }
        if (ten > UINT64_MAX / 10)
            break;
    }
    check_i64(0);
    check_i64(-1);
    check_i64(INT64_MAX);
    check_i64(INT64_MIN);
}

static void test_integer_random(void)
{
    random_state = 13;
    for (int i = 0; i < 200000; i++) {
        check_u64(random_u64() >> (i % 64));
        check_i64((int64_t)random_u64() >> (i % 64));
    }
    for (uint64_t i = 0; i < 100000; i++)
        check_u64(i);
}

static void test_number_said(void)
{
    CHECK_STR(prom__number_said(0.1).text, "0.1");
    CHECK_STR(prom__number_said(-1e300).text, "-1e+300");
    CHECK_STR(prom__number_said((double)NAN).text, "NaN");
    CHECK_STR(prom__number_said(-2.2250738585072014e-308).text, "-2.2250738585072014e-308");
}

static void test_float_golden(void)
{
    json_t *root = json_load_file(TESTS_GOLDEN "/float_format.json", 0, NULL), *v;
    size_t i;
    json_array_foreach(json_object_get(root, "vectors"), i, v)
    {
        uint64_t bits = strtoull(json_string_value(json_object_get(v, "bits")), NULL, 16);
        char buf[PROM__NUMBER_MAX + 1];
        buf[prom__number_float(buf, of_bits(bits))] = '\0';
        CHECK_STR(buf, json_string_value(json_object_get(v, "openmetrics1")));
        CHECK_STR(text_of(of_bits(bits)),
                  json_string_value(json_object_get(v, "openmetrics2")));
    }
    CHECK(i >= 168);
    json_decref(root);
}

static void test_seconds(void)
{
    static const struct {
        int64_t v;
        bool ms;
        const char *want;
    } rows[] = {
        { 0, false, "0" },
        { 0, true, "0" },
        { 1520430000123, true, "1520430000.123" },
        { 1395066363000, true, "1395066363" },
        { 1395066363010, true, "1395066363.01" },
        { -3982045, true, "-3982.045" },
        { -500, true, "-0.5" },
        { INT64_MIN, true, "-9223372036854775.808" },
        { INT64_MAX, true, "9223372036854775.807" },
        { -1, false, "-0.000000001" },
        { 1, false, "0.000000001" },
        { 10, false, "0.00000001" },
        { 1600000000000000001, false, "1600000000.000000001" },
        { 1600000000100000000, false, "1600000000.1" },
        { 1600000000120000000, false, "1600000000.12" },
        { 1600000000999999999, false, "1600000000.999999999" },
        { INT64_MAX, false, "9223372036.854775807" },
        { INT64_MIN, false, "-9223372036.854775808" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char buf[PROM__NUMBER_MAX + GUARD];
        memset(buf, '#', sizeof buf);
        size_t n =
            rows[i].ms ? prom__number_ms(buf, rows[i].v) : prom__number_ns(buf, rows[i].v);
        for (size_t k = PROM__NUMBER_MAX; k < sizeof buf; k++)
            CHECK(buf[k] == '#');
        buf[n] = '\0';
        CHECK_STR(buf, rows[i].want);
    }
}

/* Every fraction of so many digits reads back. */
static void test_seconds_random(void)
{
    random_state = 11;
    for (int i = 0; i < 100000; i++) {
        int64_t unit = 1;
        for (uint64_t k = random_u64() % 9; k; k--)
            unit *= 10;
        int64_t v = (int64_t)(random_u64() >> (1 + random_u64() % 40)) / unit * unit;
        char buf[PROM__NUMBER_MAX + 1], want[40];
        buf[prom__number_ns(buf, v)] = '\0';
        size_t n = (size_t)snprintf(want, sizeof want, "%" PRId64 ".%09" PRId64, v / 1000000000,
                                    v % 1000000000);
        while (want[n - 1] == '0')
            n--;
        want[want[n - 1] == '.' ? n - 1 : n] = '\0';
        CHECK_STR(buf, want);
    }
}

TESTS(ROW(test_number_said), ROW(test_float_golden), ROW(test_seconds),
      ROW(test_seconds_random), ROW(test_double_golden), ROW(test_double_form),
      ROW(test_double_powers_of_two), ROW(test_double_powers_of_ten),
      ROW(test_double_subnormals), ROW(test_double_ties), ROW(test_double_short_decimals),
      ROW(test_double_integers), ROW(test_double_random), ROW(test_double_locale),
      ROW(test_integer_edges), ROW(test_integer_random))
