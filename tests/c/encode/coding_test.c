// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "encode/coding.h"
#include "encode/compress.h"

#include <jansson.h>
#include <stdlib.h>

static const char *chosen_of(const char *field, bool zstd)
{
    prom__accept a = PROM__ACCEPT_INIT;
    if (field)
        prom__accept_add(&a, field, strlen(field));
    return prom_coding_name(prom__accept_choose(&a, true, zstd));
}

static const char *chosen(const char *field)
{
    return chosen_of(field, false);
}

static void test_accept_golden(void)
{
    json_error_t why;
    json_t *all = json_load_file(TESTS_GOLDEN "/accept_encoding.json", 0, &why), *v;
    size_t i, n = 0;
    if (!CHECK(all != NULL))
        return;
    json_array_foreach(json_object_get(all, "vectors"), i, v)
    {
        const char *field = json_string_value(json_object_get(v, "accept_encoding"));
        const char *gzip = json_string_value(json_object_get(v, "expect_gzip"));
        const char *zstd = json_string_value(json_object_get(v, "expect_gzip_zstd"));
        if (!CHECK_STR(chosen_of(field, false), gzip) ||
            !CHECK_STR(chosen_of(field, true), zstd))
            fprintf(stderr, "    for \"%s\"\n", field ? field : "(no field)");
        n++;
    }
    CHECK_INT(n, 17);
    json_decref(all);
}

static void test_accept_zstd(void)
{
    static const struct {
        const char *field, *want;
    } rows[] = {
        { "zstd", "zstd" },
        { "ZStd;q=0.1", "zstd" },
        { "gzip;q=0.5, zstd;q=0.501", "zstd" },
        { "gzip, zstd", "gzip" },
        { "*, identity;q=0", "gzip" },
        { "*, gzip;q=0, identity;q=0.5", "zstd" },
        { "*, gzip;q=0", "identity" },
        { "gzip;q=0.5, *;q=0.9, identity;q=0.1", "zstd" },
        { "zstd;q=0.5, identity;q=0.5", "identity" },
        { "zstd;q=x", "identity" },
        { "zstd;q=0, gzip", "gzip" },
        { "zstd, zstd;q=0", "identity" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!CHECK_STR(chosen_of(rows[i].field, true), rows[i].want))
            fprintf(stderr, "    for \"%s\"\n", rows[i].field);
}

/* What is chosen must be in this build. */
static void test_accept_negotiate_coding(void)
{
    CHECK_INT(prom_negotiate_coding(NULL), PROM_IDENTITY);
    CHECK_INT(prom_negotiate_coding("identity"), PROM_IDENTITY);
    CHECK_INT(prom_negotiate_coding("gzip"),
              prom__coding_is_built(PROM_GZIP) ? PROM_GZIP : PROM_IDENTITY);
    CHECK_INT(prom_negotiate_coding("zstd"),
              prom__coding_is_built(PROM_ZSTD) ? PROM_ZSTD : PROM_IDENTITY);
    CHECK_STR(prom_coding_name((prom_coding)3), NULL);
}

static void test_accept_weights(void)
{
    static const struct {
        const char *field, *want;
    } rows[] = {
        { "gzip;q=1", "gzip" },
        { "gzip;q=1.", "gzip" },
        { "gzip;q=1.000", "gzip" },
        { "gzip;q=0.001", "gzip" },
        { "gzip;q=0.000", "identity" },
        { "gzip;q=0.", "identity" },
        { "gzip ; Q=0.5", "gzip" },
        { "gzip\t;\tq=0.5\t", "gzip" },
        { "gzip;q = 0.5", "gzip" },
        /* what breaks the grammar is a no */
        { "gzip;q=1.001", "identity" },
        { "gzip;q=2", "identity" },
        { "gzip;q=-1", "identity" },
        { "gzip;q=", "identity" },
        { "gzip;q", "identity" },
        { "gzip;q=0.1234", "identity" },
        { "gzip;q=.5", "identity" },
        { "gzip;q=1,5", "gzip" },
        { "gzip;q=0x1", "identity" },
        { "gzip;q=nan", "identity" },
        /* against identity, said or meant */
        { "gzip;q=0.5, identity;q=0.5", "identity" },
        { "gzip;q=0.501, identity;q=0.5", "gzip" },
        { "gzip;q=0.5, *;q=0.5", "identity" },
        { "*, identity;q=0", "gzip" },
        { "*;q=0, gzip", "gzip" },
        /* a second mention cannot undo a no */
        { "gzip;q=0, gzip", "identity" },
        { "x-gzip;q=0, gzip", "identity" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!CHECK_STR(chosen(rows[i].field), rows[i].want))
            fprintf(stderr, "    for \"%s\"\n", rows[i].field);
}

static void test_accept_names(void)
{
    CHECK_STR(chosen("x-gzip"), "gzip");
    CHECK_STR(chosen("X-GZip"), "gzip");
    CHECK_STR(chosen("gzipped"), "identity");
    CHECK_STR(chosen("gzi"), "identity");
    CHECK_STR(chosen("gzip gzip"), "identity");
    CHECK_STR(chosen(" , ,;,, gzip ,"), "gzip");
    CHECK_STR(chosen("gzip;level=9"), "gzip");
    CHECK_STR(chosen("gzip;level=9;q=0"), "identity");
    CHECK_STR(chosen(";q=1"), "identity");
    CHECK_STR(chosen("gzip;x=\",q=0;\";y, identity;q=0.1"), "gzip");
    CHECK_STR(chosen("gzip;x=\";q=0"), "gzip"); /* a quotation without an end */
}

static void test_accept_fields_add_up(void)
{
    prom__accept a = PROM__ACCEPT_INIT;
    prom__accept_add(&a, "deflate", 7);
    CHECK_INT(prom__accept_choose(&a, true, false), PROM_IDENTITY);
    prom__accept_add(&a, "gzip;q=0.5", 10);
    CHECK_INT(prom__accept_choose(&a, true, false), PROM_GZIP);
    prom__accept_add(&a, "identity", 8);
    CHECK_INT(prom__accept_choose(&a, true, false), PROM_IDENTITY);
}

/* The sanitizers see a byte read beyond the end, as each field has a block of its own size. */
static void test_accept_reads_only_its_bytes(void)
{
    static const char text[] = "gzip;q=0.5, identity;q=0.123,*;q=1";
    for (size_t n = 0; n < sizeof text; n++) {
        char *field = malloc(n ? n : 1);
        if (!CHECK(field != NULL))
            return;
        memcpy(field, text, n);
        prom__accept a = PROM__ACCEPT_INIT;
        prom__accept_add(&a, field, n);
        bool gzip = prom__accept_choose(&a, true, false) == PROM_GZIP;
        /* Not while its weight is cut off ("q", "q=", "q=0", "q=0."), nor while identity
         * stands there without a weight, which is 1. */
        bool want = n == 4 || n == 5 || (n >= 10 && n <= 19) || n >= 22;
        if (!check_int(gzip, want, __FILE__, __LINE__, "gzip"))
            fprintf(stderr, "    for the first %zu bytes\n", n);
        free(field);
    }
}

static void test_accept_takes_any_bytes(void)
{
    uint32_t x = 12345;
    size_t wanted = 0;
    for (int round = 0; round < 20000; round++) {
        char field[64];
        size_t n = 0;
        static const char *const parts[] = { "gzip",     "*",  ";q=",  "0.5", ",",
                                             "identity", "\0", "\xff", "1",   " " };
        while (n < 48) {
            x = x * 1664525u + 1013904223u;
            const char *part = parts[(x >> 16) % 10];
            size_t len = *part ? strlen(part) : 1;
            memcpy(field + n, part, len);
            n += len;
        }
        prom__accept a = PROM__ACCEPT_INIT;
        prom__accept_add(&a, field, n);
        CHECK(a.gzip >= -1 && a.gzip <= 1000 && a.identity >= -1 && a.identity <= 1000);
        wanted += prom__accept_choose(&a, true, false) == PROM_GZIP;
    }
    CHECK(wanted > 0 && wanted < 20000);
}

TESTS(ROW(test_accept_golden), ROW(test_accept_zstd), ROW(test_accept_negotiate_coding),
      ROW(test_accept_weights), ROW(test_accept_names), ROW(test_accept_fields_add_up),
      ROW(test_accept_reads_only_its_bytes), ROW(test_accept_takes_any_bytes))
