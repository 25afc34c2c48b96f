// SPDX-License-Identifier: Apache-2.0
#include "encode/clause.h"
#include "kit.h"

static prom_str str(const char *s)
{
    return (prom_str){ s, strlen(s) };
}

/* The pieces between `by`, joined by '|'. */
static const char *cut_all(const char *text, char by)
{
    static char out[200];
    size_t n = 0;
    prom_str rest = str(text);
    while (rest.n) {
        prom_str x = prom__clause_cut(&rest, by);
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s", n ? "|" : "", (int)x.n, x.p);
    }
    out[n] = '\0';
    return out;
}

static void test_clause_cut(void)
{
    CHECK_STR(cut_all("", ','), "");
    CHECK_STR(cut_all("a", ','), "a");
    CHECK_STR(cut_all(" a b\t,\tc ", ','), "a b|c");
    CHECK_STR(cut_all("a,,b,", ','), "a||b");
    CHECK_STR(cut_all("a;b,c;d", ';'), "a|b,c|d");
    CHECK_STR(cut_all("x=\"a,b\",c", ','), "x=\"a,b\"|c");
    CHECK_STR(cut_all("\"a\\\",b\",c", ','), "\"a\\\",b\"|c");
    CHECK_STR(cut_all("\"a\\\\\",b", ','), "\"a\\\\\"|b");
    CHECK_STR(cut_all("a\\,b", ','), "a\\|b"); /* a backslash says nothing outside quotes */
    CHECK_STR(cut_all("\"a,b", ','), "\"a,b");
    CHECK_STR(cut_all("\"a,\\", ','), "\"a,\\");
}

static void test_clause_names(void)
{
    CHECK(prom__clause_is(str("GZip"), "gzip"));
    CHECK(!prom__clause_is(str("gzi"), "gzip") && !prom__clause_is(str("gzipp"), "gzip"));
    CHECK(prom__clause_is(str(""), "") && !prom__clause_is(str(""), "a"));
    CHECK(prom__clause_same_name(str("aZ-_@["), str("Az-_@[")));
    CHECK(!prom__clause_same_name(str("@"), str("`"))); /* no letters, and 0x20 apart */
}

static void test_clause_values(void)
{
    CHECK(prom__clause_same_value(str("1.0"), str("\"1.0\"")));
    CHECK(prom__clause_same_value(str("\"a\\b\\\"\""), str("\"ab\\\"\"")));
    CHECK(prom__clause_same_value(str("\"\""), str("")));
    CHECK(!prom__clause_same_value(str("a"), str("A")));
    CHECK(!prom__clause_same_value(str("a"), str("ab")));
    CHECK(!prom__clause_same_value(str("ab"), str("a")));
    CHECK(!prom__clause_same_value(str("\"a"), str("a")));
    CHECK(!prom__clause_same_value(str("\""), str("")));
    CHECK(!prom__clause_same_value((prom_str){ "a\0b", 3 }, str("a")));
}

static void test_clause_weights(void)
{
    static const struct {
        const char *text;
        int want;
    } rows[] = {
        { "0", 0 },      { "1", 1000 },    { "0.", 0 },      { "1.", 1000 },    { "0.5", 500 },
        { "0.05", 50 },  { "0.005", 5 },   { "0.999", 999 }, { "1.000", 1000 }, { "", -1 },
        { "1.001", -1 }, { "0.0005", -1 }, { ".5", -1 },     { "2", -1 },       { "-0", -1 },
        { "+1", -1 },    { "0,5", -1 },    { "01", -1 },     { "0.5 ", -1 },    { "1e0", -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!CHECK_INT(prom__clause_weight(str(rows[i].text)), rows[i].want))
            fprintf(stderr, "    for \"%s\"\n", rows[i].text);
}

TESTS(ROW(test_clause_cut), ROW(test_clause_names), ROW(test_clause_values),
      ROW(test_clause_weights))
