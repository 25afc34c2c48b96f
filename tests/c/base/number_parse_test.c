// SPDX-License-Identifier: Apache-2.0
#include "base/number.h"
#include "base/number_parse.h"
#include "kit.h"

#include <float.h>
#include <locale.h>

static void check_reads(const char *text, double want)
{
    double got = -12345;
    bool read = prom__number_parse(text, strlen(text), &got);
    bool same = isnan(want) ? isnan(got) : memcmp(&got, &want, sizeof got) == 0;
    if (!check_report(read && same, __FILE__, __LINE__, "the number read"))
        fprintf(stderr, "    of '%.100s' got %.17g, want %.17g\n", text, got, want);
}

static void test_spellings(void)
{
    static const struct {
        const char *text;
        double want;
    } rows[] = {
        { "0", 0 },
        { "-0", -0.0 },
        { "+0", 0 },
        { "1", 1 },
        { "+1", 1 },
        { "-1.5", -1.5 },
        { ".5", .5 },
        { "5.", 5 },
        { "-.5e1", -5 },
        { "1e5", 1e5 },
        { "1E+05", 1e5 },
        { "1.e-7", 1e-7 },
        { "000012.2500", 12.25 },
        { "0e999999999999999999999", 0 },
        { "0.0000e-5", 0 },
        { "NaN", (double)NAN },
        { "nan", (double)NAN },
        { "NAN", (double)NAN },
        { "Inf", (double)INFINITY },
        { "+iNF", (double)INFINITY },
        { "-inf", -(double)INFINITY },
        { "Infinity", (double)INFINITY },
        { "-INFINITY", -(double)INFINITY },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_reads(rows[i].text, rows[i].want);
}

static void test_what_is_no_number(void)
{
    static const char *const rows[] = {
        "",      "+",       "-",      ".",      "e5",     "1e",    "1e+",  "1e5.",  "1.2.3",
        "1 ",    " 1",      "1_000",  "0x10",   "0x1p4",  "1p4",   "--1",  "+-1",   "1,5",
        "1f",    "infinit", "infx",   "in",     "nanx",   "+nan",  "-NaN", "1e5e5", "1\r",
        "-",     "1-",      "1e--5",  "1e400",  "-1e309", "1e999", "é",    "..5",   "1.e",
        "2e308", "++",      "0x1p-4", "1e1000", "Na",     "I",     "1\n",  "+.e1",
    };
    double v = 7;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_report(!prom__number_parse(rows[i], strlen(rows[i]), &v), __FILE__, __LINE__,
                     rows[i]);
    CHECK_DBL(v, 7);
    CHECK(!prom__number_parse("1\0002", 3, &v));
}

/* Where rounding is decided late, and the ends of the range. */
static void test_hard_ones(void)
{
    check_reads("9007199254740993", 9007199254740992.0);
    check_reads("9007199254740993.0000000000000000000000000000000000001", 9007199254740994.0);
    check_reads("9007199254740995", 9007199254740996.0);
    check_reads("2.2250738585072011e-308", 2.2250738585072011e-308);
    check_reads("2.2250738585072012e-308", DBL_MIN);
    check_reads("4.9406564584124654e-324", 4.9406564584124654e-324);
    check_reads("2.4703282292062327e-324", 0);
    check_reads("2.4703282292062328e-324", 4.9406564584124654e-324);
    check_reads("1.7976931348623157e308", DBL_MAX);
    check_reads("1.7976931348623158e308", DBL_MAX);
    check_reads("6929495644600919.5", 6929495644600920.0);
    check_reads("3.7455744005952583e15", 3.7455744005952583e15);
    check_reads("1e-400", 0);
    check_reads("-1e-400", -0.0);
    check_reads("1e23", 1e23);
    check_reads("8.5e22", 8.5e22);
    double v;
    CHECK(!prom__number_parse("1.797693134862315808e308", 24, &v));
}

/* The middle between 1 and the next double has 54 digits; one more behind a thousand zeros tips
 * it. */
static void test_long_texts(void)
{
    const char *middle = "1.00000000000000011102230246251565404236316680908203125";
    char *text = malloc(200000);
    size_t n = strlen(middle);
    check_reads(middle, 1);
    memcpy(text, middle, n);
    memset(text + n, '0', 2000);
    text[n + 2000] = '1';
    text[n + 2001] = '\0';
    check_reads(text, 1.0000000000000002);
    memset(text, '0', 100000);
    text[0] = '1';
    strcpy(text + 100000, "e-99999");
    check_reads(text, 1);
    memset(text, '0', 100000);
    text[1] = '.';
    strcpy(text + 100000, "123e+099999");
    check_reads(text, 1.23);
    free(text);
}

/* Against the C library, in the locale C: digits at random, and every double printed. */
static void test_like_strtod(void)
{
    uint64_t state = 5;
    char text[64];
    for (int i = 0; i < 300000 && check_failures < 10; i++) {
        uint64_t r = kit_random(&state);
        int digits = 1 + (int)(r % 25), x = (int)(r >> 32 & 1023) - 512;
        text[0] = '-';
        for (int k = 0; k < digits; k++)
            text[1 + k] = (char)('0' + kit_random(&state) % 10);
        snprintf(text + 1 + digits, 16, "e%d", x % (i % 2 ? 340 : 30));
        double want = strtod(text, NULL), got;
        bool read = prom__number_parse(text, strlen(text), &got);
        if (isinf(want))
            check_report(!read, __FILE__, __LINE__, text);
        else
            check_reads(text, want);
    }
}

static void test_what_is_printed_reads_back(void)
{
    uint64_t state = 1;
    char text[PROM__NUMBER_MAX];
    for (int i = 0; i < 300000 && check_failures < 10; i++) {
        uint64_t bits = kit_random(&state);
        if (i % 4 == 0)
            bits &= 0xfff8000000000000u; /* powers of two and their like */
        if (i % 5 == 0)
            bits &= 0x800fffffffffffffu; /* subnormal */
        double v, back = 7;
        memcpy(&v, &bits, sizeof v);
        size_t n = prom__number_double(text, v);
        CHECK(prom__number_parse(text, n, &back));
        CHECK_DBL(back, v);
    }
}

static void test_the_locale_does_not_matter(void)
{
    static const char *const locales[] = { "de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "C.UTF-8" };
    for (size_t i = 0; i < 4 && !setlocale(LC_ALL, locales[i]); i++) {
    }
    check_reads("1.5", 1.5);
    double v;
    CHECK(!prom__number_parse("1,5", 3, &v));
    setlocale(LC_ALL, "C");
}

static void test_integers(void)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t want;
    } rows[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { "+12", true, 12 },
        { "0012", true, 12 },
        { "9223372036854775807", true, INT64_MAX },
        { "-9223372036854775808", true, INT64_MIN },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775809", false, 0 },
        { "92233720368547758070", false, 0 },
        { "", false, 0 },
        { "-", false, 0 },
        { "+", false, 0 },
        { "1.0", false, 0 },
        { "1e3", false, 0 },
        { " 1", false, 0 },
        { "1_0", false, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t v = 7;
        bool read = prom__number_parse_i64(rows[i].text, strlen(rows[i].text), &v);
        check_report(read == rows[i].ok, __FILE__, __LINE__, rows[i].text);
        CHECK_INT(v, rows[i].ok ? rows[i].want : 7);
    }
}

TESTS(ROW(test_spellings), ROW(test_what_is_no_number), ROW(test_hard_ones),
      ROW(test_long_texts), ROW(test_like_strtod), ROW(test_what_is_printed_reads_back),
      ROW(test_the_locale_does_not_matter), ROW(test_integers))
