// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "model/type.h"

static void test_type_words(void)
{
    static const struct {
        prom_type type;
        const char *name, *text;
    } rows[] = {
        { PROM_UNKNOWN, "unknown", "untyped" },
        { PROM_COUNTER, "counter", "counter" },
        { PROM_GAUGE, "gauge", "gauge" },
        { PROM_HISTOGRAM, "histogram", "histogram" },
        { PROM_SUMMARY, "summary", "summary" },
        { PROM_INFO, "info", "gauge" },
        { PROM_STATESET, "stateset", "gauge" },
        { PROM_GAUGE_HISTOGRAM, "gaugehistogram", "histogram" },
    };
    CHECK_INT(sizeof rows / sizeof *rows, PROM__TYPES);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_STR(prom_type_name(rows[i].type), rows[i].name);
        CHECK_STR(prom__type_text(rows[i].type), rows[i].text);
    }
    CHECK_STR(prom_type_name((prom_type)-1), NULL);
    CHECK_STR(prom_type_name((prom_type)PROM__TYPES), NULL);
    CHECK_STR(prom_type_name((prom_type)1000), NULL);
}

static void check_suffixes(prom_type t, const char *want)
{
    char all[100] = "";
    for (const char *const *s = prom__type_suffixes(t); *s; s++)
        strcat(strcat(all, *s), " ");
    CHECK_STR(all, want);
}

/* The table of reserved suffixes in OpenMetrics 1.0, and _sum and _count of a gauge histogram,
 * which text 0.0.4 shows instead of _gsum and _gcount. */
static void test_type_suffixes(void)
{
    check_suffixes(PROM_UNKNOWN, "");
    check_suffixes(PROM_COUNTER, "_total _created ");
    check_suffixes(PROM_GAUGE, "");
    check_suffixes(PROM_HISTOGRAM, "_bucket _sum _count _created ");
    check_suffixes(PROM_SUMMARY, "_sum _count _created ");
    check_suffixes(PROM_INFO, "_info ");
    check_suffixes(PROM_STATESET, "");
    check_suffixes(PROM_GAUGE_HISTOGRAM, "_bucket _gsum _gcount _sum _count ");
}

static void test_type_base(void)
{
    static const struct {
        prom_type type;
        const char *name;
        size_t base;
    } rows[] = {
        { PROM_COUNTER, "hits_total", 4 },
        { PROM_COUNTER, "hits", 4 },
        { PROM_COUNTER, "hits_total_total", 10 },
        { PROM_COUNTER, "_total", 6 }, /* a base must not be empty */
        { PROM_COUNTER, "x_total", 1 },
        { PROM_COUNTER, "total", 5 },
        { PROM_COUNTER, "hits_Total", 10 },
        { PROM_GAUGE, "hits_total", 10 },
        { PROM_INFO, "build_info", 5 },
        { PROM_INFO, "_info", 5 },
        { PROM_HISTOGRAM, "x_bucket", 8 },
        { PROM_SUMMARY, "x_sum", 5 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!CHECK_INT(prom__type_base(rows[i].type, rows[i].name), rows[i].base))
            fprintf(stderr, "    '%s'\n", rows[i].name);
}

TESTS(ROW(test_type_words), ROW(test_type_suffixes), ROW(test_type_base))
