// SPDX-License-Identifier: Apache-2.0
#include "encode/ucum.h"
#include "kit.h"

static void check_unit(const char *word, const char *want)
{
    char got[64];
    prom__ucum u = prom__ucum_of(word);
    snprintf(got, sizeof got, "%.*s%s%.*s", (int)u.unit.n, u.unit.n ? u.unit.p : "",
             u.per.n ? "/" : "", (int)u.per.n, u.per.n ? u.per.p : "");
    CHECK_STR(got, want);
}

static void test_words(void)
{
    check_unit("seconds", "s");
    check_unit("minutes", "min");
    check_unit("bytes", "By");
    check_unit("mebibytes", "MiBy");
    check_unit("celsius", "Cel");
    check_unit("percent", "%");
    check_unit("ratio", "1");
}

static void test_per(void)
{
    check_unit("bytes_per_second", "By/s");
    check_unit("meters_per_minute", "m/m");
    check_unit("widgets_per_day", "widgets/d");
    check_unit("bytes_per_widget", "By/widget");
    check_unit("bytes_per_second_per_second", "By/second_per_second");
}

static void test_others_stay(void)
{
    check_unit(NULL, "");
    check_unit("", "");
    check_unit("second", "second");
    check_unit("secondss", "secondss");
    check_unit("Bytes", "Bytes");
    check_unit("{requests}", "{requests}");
    check_unit("bytes_per", "bytes_per");
    check_unit("bytes_per_", "By");
    check_unit("_per_second", "/s");
    check_unit("per_second", "per_second");
}

TESTS(ROW(test_words), ROW(test_per), ROW(test_others_stay))
