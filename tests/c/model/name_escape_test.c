// SPDX-License-Identifier: Apache-2.0
/* name_escape_test.c - tests/golden/name_escaping.json, and what it does not reach. */
#include "kit.h"
#include "model/name.h"

#include <jansson.h>

static const prom_escaping schemes[] = { PROM_UNDERSCORES, PROM_DOTS, PROM_VALUES };

static json_t *load(void)
{
    json_t *j = json_load_file(TESTS_GOLDEN "/name_escaping.json", JSON_ALLOW_NUL, NULL);
    CHECK(j != NULL);
    return j;
}

static prom_str str_of(json_t *j)
{
    return (prom_str){ json_string_value(j), json_string_length(j) };
}

static void check_bytes(prom_str got, prom_str want, prom_str name, const char *what)
{
    if (!CHECK(got.n == want.n && (!got.n || memcmp(got.p, want.p, got.n) == 0)))
        fprintf(stderr, "    %s of '%s': got '%.*s', want '%s'\n", what, name.p, (int)got.n,
                got.p, want.p);
}

/* In memory that is just large enough, so that the sanitizer sees what is written beyond it. */
static prom_str escape(prom__name_kind kind, prom_escaping e, prom_str name)
{
    size_t most = prom__name_escaped_most(e, name.n);
    char *exact = malloc(most ? most : 1);
    size_t n = prom__name_escape(kind, e, name.p, name.n, exact);
    CHECK(n <= most);
    return (prom_str){ exact, n };
}

static void check_escape(json_t *column, prom__name_kind kind, prom_str name)
{
    for (size_t i = 0; i < 3; i++) {
        const char *scheme = prom_escaping_name(schemes[i]);
        prom_str got = escape(kind, schemes[i], name);
        check_bytes(got, str_of(json_object_get(column, scheme)), name, scheme);
        free((char *)got.p);
    }
    prom_str same = escape(kind, PROM_ALLOW_UTF8, name);
    check_bytes(same, name, name, "allow-utf-8");
    free((char *)same.p);
}

static void check_unescape(prom_escaping e, prom_str escaped, prom_str want)
{
    char *exact = malloc(escaped.n ? escaped.n : 1);
    size_t n = prom__name_unescape(e, escaped.p, escaped.n, exact);
    check_bytes((prom_str){ exact, n }, want, escaped, "unescape");
    free(exact);
}

static void test_golden_names(void)
{
    json_t *table = load(), *v;
    size_t i;
    json_array_foreach(json_object_get(table, "vectors"), i, v)
    {
        prom_str name = str_of(json_object_get(v, "name"));
        json_t *back = json_object_get(v, "unescape");
        bool legacy = json_is_true(json_object_get(v, "legacy_metric_name"));
        CHECK_INT(prom__name_legacy(PROM__METRIC_NAME, name.p, name.n), legacy);
        CHECK_INT(prom__name_legacy(PROM__LABEL_NAME, name.p, name.n),
                  json_is_true(json_object_get(v, "legacy_label_name")));
        check_escape(json_object_get(v, "metric_on_wire"), PROM__METRIC_NAME, name);
        check_escape(json_object_get(v, "label_on_wire"), PROM__LABEL_NAME, name);
        if (!legacy) /* where it is, the bare function differs: decision D16 */
            check_escape(json_object_get(v, "escape_name"), PROM__METRIC_NAME, name);
        check_unescape(PROM_DOTS, name, str_of(json_object_get(back, "dots")));
        check_unescape(PROM_VALUES, name, str_of(json_object_get(back, "values")));
        check_unescape(PROM_UNDERSCORES, name, name);
        check_unescape(PROM_ALLOW_UTF8, name, name);
    }
    CHECK_INT(i, 67);
    json_decref(table);
}

/* Whatever is not a legacy name comes back from the values scheme as it was. */
static void test_values_can_be_read_back(void)
{
    json_t *table = load(), *v;
    size_t i;
    json_array_foreach(json_object_get(table, "vectors"), i, v)
    {
        prom_str name = str_of(json_object_get(v, "name"));
        for (int kind = PROM__METRIC_NAME; kind <= PROM__LABEL_NAME; kind++) {
            if (prom__name_legacy((prom__name_kind)kind, name.p, name.n))
                continue;
            prom_str escaped = escape((prom__name_kind)kind, PROM_VALUES, name);
            check_unescape(PROM_VALUES, escaped, name);
            free((char *)escaped.p);
        }
    }
    json_decref(table);
}

static prom_str str(const char *s)
{
    return (prom_str){ s, strlen(s) };
}

static void test_values_that_nobody_escaped(void)
{
    static const char *const same[] = {
        "U_",         "u__a",        "U__a_",       "U__a_2e",       "U__a_2eb", "U__a_g_", "",
        "U__a_d800_", "U__a_dfff_b", "U___110000_", "U__a_0000020_", "xU__2e_",  "U__a___",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        check_unescape(PROM_VALUES, str(same[i]), str(same[i]));
    check_unescape(PROM_VALUES, str("U__a_10FFFF_b"),
                   str("a\xF4\x8F\xBF\xBF"
                       "b"));
    check_unescape(PROM_VALUES, str("U___00002e_"), str("."));
}

static void test_of_nothing(void)
{
    char none[1];
    for (int e = PROM_UNDERSCORES; e <= PROM_ALLOW_UTF8; e++) {
        CHECK_INT(prom__name_escape(PROM__METRIC_NAME, (prom_escaping)e, NULL, 0, none), 0);
        CHECK_INT(prom__name_unescape((prom_escaping)e, NULL, 0, none), 0);
    }
}

TESTS(ROW(test_golden_names), ROW(test_values_can_be_read_back),
      ROW(test_values_that_nobody_escaped), ROW(test_of_nothing))
