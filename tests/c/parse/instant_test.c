// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "parse/instant.h"

static void check(const char *text, int64_t seconds, int32_t nanoseconds, int line)
{
    prom__instant t = { -7, -7 };
    check_report(prom__instant_parse(text, strlen(text), &t), __FILE__, line, text);
    check_int(t.seconds, seconds, __FILE__, line, text);
    check_int(t.nanoseconds, nanoseconds, __FILE__, line, text);
}
#define CHECK_READS(text, seconds, nanoseconds) check(text, seconds, nanoseconds, __LINE__)

static void test_decimals(void)
{
    CHECK_READS("0", 0, 0);
    CHECK_READS("-0.0", 0, 0);
    CHECK_READS("0042", 42, 0);
    CHECK_READS("+1.5", 1, 500000000);
    CHECK_READS("5.", 5, 0);
    CHECK_READS(".25", 0, 250000000);
    CHECK_READS("1520430000.123456789", 1520430000, 123456789);
    CHECK_READS("1.0000000019", 1, 1); /* cut off */
    CHECK_READS("-0.5", -1, 500000000);
    CHECK_READS("-3982.045", -3983, 955000000);
    CHECK_READS("-0.0000000001", 0, 0);
    CHECK_READS("9223372036854775806.999999999", INT64_MAX - 1, 999999999);
    CHECK_READS("-9223372036854775806.5", -INT64_MAX, 500000000);
}

/* A double would not hold these. */
static void test_exponents(void)
{
    CHECK_READS("1.520430000123e+09", 1520430000, 123000000);
    CHECK_READS("1520430000123e-3", 1520430000, 123000000);
    CHECK_READS("15E2", 1500, 0);
    CHECK_READS("0.0015e+3", 1, 500000000);
    CHECK_READS("12.5e0", 12, 500000000);
    CHECK_READS("1e-9", 0, 1);
    CHECK_READS("1e-10", 0, 0);
    CHECK_READS("123e-99999999999999999999", 0, 0);
    CHECK_READS("0e99999999999999999999", 0, 0);
    CHECK_READS("000.000e30", 0, 0);
    CHECK_READS("0.00000000000000000001e20", 1, 0);
    CHECK_READS("100000000000000000000e-20", 1, 0);
}

static void test_what_is_none(void)
{
    static const char *const none[] = { "",
                                        "+",
                                        "-",
                                        ".",
                                        "+.",
                                        "e1",
                                        "1e",
                                        "1e+",
                                        "1e-",
                                        "1e1.",
                                        "1e1e1",
                                        "1.1.1",
                                        " 1",
                                        "1 ",
                                        "1_2",
                                        "0x1",
                                        "NaN",
                                        "+Inf",
                                        "1s",
                                        "--1",
                                        "1-",
                                        "1,5",
                                        "1e 1",
                                        "9223372036854775807",
                                        "1e19",
                                        "1e30",
                                        "-1e19",
                                        "18446744073709551616",
                                        "1e99999999999999999999",
                                        "184467440737095516160" };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        prom__instant t;
        check_report(!prom__instant_parse(none[i], strlen(none[i]), &t), __FILE__, __LINE__,
                     none[i]);
    }
}

static void test_order(void)
{
    prom__instant a = { 1, 5 }, b = { 1, 6 }, c = { 2, 0 }, d = { -1, 999999999 };
    CHECK_INT(prom__instant_compare(a, a), 0);
    CHECK_INT(prom__instant_compare(a, b), -1);
    CHECK_INT(prom__instant_compare(c, b), 1);
    CHECK_INT(prom__instant_compare(d, (prom__instant){ 0, 0 }), -1);
}

static void test_units(void)
{
    int64_t x;
    CHECK(prom__instant_ms((prom__instant){ 1520430000, 123999999 }, &x));
    CHECK_INT(x, 1520430000123);
    CHECK(prom__instant_ms((prom__instant){ -1, 999900000 }, &x)); /* down */
    CHECK_INT(x, -1);
    CHECK(prom__instant_ns((prom__instant){ -1, 500000000 }, &x));
    CHECK_INT(x, -500000000);
    CHECK(prom__instant_ms((prom__instant){ INT64_MAX / 1000, 807000000 }, &x));
    CHECK_INT(x, INT64_MAX);
    CHECK(!prom__instant_ms((prom__instant){ INT64_MAX / 1000, 808000000 }, &x));
    CHECK(prom__instant_ms((prom__instant){ INT64_MIN / 1000 - 1, 193000000 }, &x));
    CHECK_INT(x, -INT64_MAX);
    CHECK(!prom__instant_ms((prom__instant){ INT64_MIN / 1000 - 1, 192000000 },
                            &x)); /* no time */
    CHECK(!prom__instant_ms((prom__instant){ -INT64_MAX, 0 }, &x));
    CHECK(!prom__instant_ns((prom__instant){ 9223372037, 0 }, &x));
}

TESTS(ROW(test_decimals), ROW(test_exponents), ROW(test_what_is_none), ROW(test_order),
      ROW(test_units))
