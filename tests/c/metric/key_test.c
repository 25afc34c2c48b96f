// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <prom/vec.h>

#define STR(s)      ((prom_str){ (s), strlen(s) })
#define LABEL(n, v) ((prom_label_str){ STR(n), STR(v) })
#define SOME(...)                              \
    ((const prom_label_str[]){ __VA_ARGS__ }), \
        sizeof((const prom_label_str[]){ __VA_ARGS__ }) / sizeof(prom_label_str)

static prom_vec *make(const char *const *labels, const prom_constraint *constraints)
{
    prom_vec *v = NULL;
    CHECK_OK(prom_vec_new(
        NULL, PROM_GAUGE,
        PROM_OPTS(.name = "m", .help = "", .labels = labels, .constraints = constraints), &v));
    return v;
}

static void *with(prom_vec *v, const char *const *values)
{
    prom_gauge *g = NULL;
    CHECK_OK(prom_gauge_with(v, values, &g));
    return g;
}

/* --- by name ------------------------------------------------------------ */

static void test_key_labels_come_in_any_order(void)
{
    prom_vec *v = make(PROM_LABELS("method", "code"), NULL);
    void *a = with(v, PROM_VALUES("GET", "200")), *b = NULL, *c = NULL, *d = NULL;
    CHECK_OK(prom_vec_with_labels(v, SOME(LABEL("code", "200"), LABEL("method", "GET")), &b));
    CHECK(a == b);
    CHECK_OK(prom_vec_with_labels(v, SOME(LABEL("method", "200"), LABEL("code", "GET")), &c));
    CHECK(c != a);
    CHECK_OK(prom_vec_get_labels(v, SOME(LABEL("code", "GET"), LABEL("method", "200")), &d));
    CHECK(c == d);
    CHECK_INT(prom_vec_size(v), 2);
    prom_unref(a), prom_unref(b), prom_unref(c), prom_unref(d);
    prom_unref(v);
}

static void test_key_names_that_are_wrong(void)
{
    prom_vec *v = make(PROM_LABELS("method", "code"), NULL);
    void *child = v;
    CHECK_SAYS(prom_vec_with_labels(v, SOME(LABEL("method", "GET")), &child), PROM_E_LABELS,
               "'m': label 'code' is missing");
    CHECK(!child);
    CHECK_SAYS(prom_vec_with_labels(v, NULL, 0, &child), PROM_E_LABELS,
               "'m': label 'method' is missing");
    CHECK_SAYS(
        prom_vec_with_labels(v, SOME(LABEL("method", "GET"), LABEL("method", "PUT")), &child),
        PROM_E_LABELS, "'m': label 'method' is given twice");
    CHECK_SAYS(
        prom_vec_with_labels(
            v, SOME(LABEL("method", "GET"), LABEL("codes", "1"), LABEL("code", "1")), &child),
        PROM_E_LABELS, "'m' has no label 'codes'");
    /* As long as a name of the family, and the same up to a NUL. */
    prom_label_str cut = { { "code\0x", 6 }, { "1", 1 } };
    CHECK_ERR(
        prom_vec_with_labels(v, (prom_label_str[]){ LABEL("method", "1"), cut }, 2, &child),
        PROM_E_LABELS);
    CHECK_SAYS(
        prom_vec_with_labels(v, SOME(LABEL("method", "\xFF"), LABEL("code", "1")), &child),
        PROM_E_LABELS, "'m': the value of label 'method' is not valid UTF-8");
    CHECK_SAYS(prom_vec_with_labels(NULL, NULL, 0, &child), PROM_E_INVAL,
               "there is no family for these label values");
    CHECK_SAYS(prom_vec_remove_labels(v, NULL, 0), PROM_E_LABELS,
               "'m': label 'method' is missing");
    const char *absent = "'m': there are to be 2 labels, but their array is NULL";
    CHECK_SAYS(prom_vec_with_labels(v, NULL, 2, &child), PROM_E_LABELS, absent);
    CHECK_SAYS(prom_vec_remove_matching(v, NULL, 2, NULL), PROM_E_LABELS, absent);
    CHECK_SAYS(prom_vec_preset(v, NULL, 2), PROM_E_LABELS, absent);
    CHECK_INT(prom_vec_size(v), 0);
    prom_unref(v);
}

static void test_key_of_a_metric_without_labels(void)
{
    prom_vec *v = make(NULL, NULL);
    void *a = NULL, *b = NULL;
    CHECK_OK(prom_vec_with_labels(v, NULL, 0, &a));
    CHECK_OK(prom_vec_get(v, NULL, 0, &b));
    CHECK(a && a == b);
    CHECK_SAYS(prom_vec_get_labels(v, SOME(LABEL("x", "1")), &b), PROM_E_LABELS,
               "'m' has no label 'x'");
    CHECK(!b);
    prom_unref(v);
    prom_gauge_set(a, 3); /* whoever holds the one child holds the family */
    prom_unref(a);
    CHECK_DBL(prom_gauge_value(a), 3);
    prom_unref(a);
}

/* --- get ---------------------------------------------------------------- */

static void test_key_get_makes_nothing(void)
{
    prom_vec *v = make(PROM_LABELS("x"), NULL);
    void *child = v;
    CHECK_SAYS(prom_vec_get(v, &STR("1"), 1, &child), PROM_E_NOENT,
               "'m' has no series with these label values");
    CHECK(!child);
    CHECK_ERR(prom_vec_get(v, &STR("\xFF"), 1, &child), PROM_E_NOENT);
    CHECK_SAYS(prom_vec_get(v, &STR("1"), 0, &child), PROM_E_LABELS,
               "'m' takes 1 label value (x), not 0");
    CHECK_INT(prom_vec_size(v), 0);
    void *made = with(v, PROM_VALUES("1"));
    CHECK_OK(prom_vec_get(v, &STR("1"), 1, &child));
    CHECK(child == made);
    prom_unref(child);
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("1")));
    CHECK_ERR(prom_vec_get(v, &STR("1"), 1, &child), PROM_E_NOENT);
    CHECK_ERR(prom_vec_get(NULL, NULL, 0, &child), PROM_E_INVAL);
    prom_unref(made);
    prom_unref(v);
}

static void test_key_of_many_labels(void)
{
    enum { N = 40 }; /* more than have room on the stack */
    static char names[N][8];
    const char *labels[N + 1] = { NULL };
    prom_label_str given[N];
    prom_str values[N];
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "l%d", i);
        labels[i] = names[i];
        given[N - 1 - i] = (prom_label_str){ STR(names[i]), STR(names[i] + 1) };
        values[i] = STR(names[i] + 1);
    }
    prom_vec *v = make(labels, NULL);
    void *a = NULL, *b = NULL;
    CHECK_OK(prom_vec_with_labels(v, given, N, &a));
    CHECK_OK(prom_vec_get(v, values, N, &b));
    CHECK(a == b);
    CHECK_OK(prom_vec_remove_labels(v, given, N));
    CHECK_ERR(prom_vec_remove_labels(v, given, N), PROM_E_NOENT);
    CHECK_INT(prom_vec_size(v), 0);
    prom_unref(a), prom_unref(b);
    prom_unref(v);
}

/* --- constraints -------------------------------------------------------- */

static int calls;

static size_t lower(void *data, prom_str value, char *out, size_t cap)
{
    calls++;
    for (size_t i = 0; i < value.n && i < cap; i++)
        out[i] = (char)(value.p[i] | (*(const char *)data));
    return value.n;
}

static size_t twice(void *data, prom_str value, char *out, size_t cap)
{
    (void)data;
    if (2 * value.n <= cap)
        for (size_t i = 0; i < 2 * value.n; i++)
            out[i] = value.p[i % value.n];
    return 2 * value.n;
}

static size_t never(void *data, prom_str value, char *out, size_t cap)
{
    (void)data;
    (void)value;
    (void)out;
    return cap + 1;
}

static size_t no_utf8(void *data, prom_str value, char *out, size_t cap)
{
    (void)data;
    (void)value;
    memset(out, 0xFF, cap ? 1 : 0);
    return 1;
}

static void test_key_lists_of_allowed_values(void)
{
    prom_vec *v =
        make(PROM_LABELS("method", "path"),
             PROM_CONSTRAINTS(
                 { .label = "method", .allowed = PROM_VALUES("PUT", "GET", "", "POST") },
                 { .label = "path", .allowed = PROM_VALUES("/"), .otherwise = "deep" }));
    void *get = with(v, PROM_VALUES("GET", "/")), *odd = with(v, PROM_VALUES("BREW", "/")),
         *again = with(v, PROM_VALUES("GE", "/")), *deep = with(v, PROM_VALUES("", "/a")),
         *found = NULL;
    CHECK(get != odd && odd == again && deep != odd);
    CHECK_INT(prom_vec_size(v), 3);
    CHECK_OK(prom_vec_get(v, (prom_str[]){ STR("other"), STR("/") }, 2, &found));
    CHECK(found == odd);
    prom_unref(found);
    CHECK_OK(prom_vec_get_labels(v, SOME(LABEL("path", "deep"), LABEL("method", "")), &found));
    CHECK(found == deep);
    prom_unref(found);
    /* A value that is not UTF-8 becomes one that is. */
    found = with(v, PROM_VALUES("\xFF", "/"));
    CHECK(found == odd);
    prom_unref(found);
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("TRACE", "/")));
    CHECK(!prom_child_exposed(odd));
    CHECK_INT(prom_vec_size(v), 2);
    prom_unref(get), prom_unref(odd), prom_unref(again), prom_unref(deep);
    prom_unref(v);
}

static void test_key_functions(void)
{
    char bit = 0x20;
    prom_vec *v = make(PROM_LABELS("a", "b"),
                       PROM_CONSTRAINTS({ .label = "b", .apply = lower, .data = &bit }));
    void *x = with(v, PROM_VALUES("X", "X")), *y = with(v, PROM_VALUES("X", "x"));
    CHECK(x == y);
    calls = 0;
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("X", "X")));
    CHECK_INT(calls, 1);
    CHECK_ERR(prom_vec_remove(v, PROM_VALUES("x", "x")), PROM_E_NOENT);
    prom_unref(x), prom_unref(y);
    prom_unref(v);
}

static void test_key_functions_get_the_room_they_ask_for(void)
{
    enum { LONG = 5000 };
    prom_vec *v =
        make(PROM_LABELS("a", "b"), PROM_CONSTRAINTS({ .label = "a", .apply = twice },
                                                     { .label = "b", .apply = twice }));
    char *text = malloc(2 * LONG), *big = malloc(LONG);
    memset(text, 'x', 2 * LONG);
    memset(big, 'x', LONG);
    static const size_t lengths[] = { 0, 1, 60, 64, 65, 127, 128, 129, 200, LONG };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        size_t n = lengths[i];
        void *a = NULL, *b = NULL;
        CHECK_OK(prom_vec_with(v, (prom_str[]){ { big, n }, { big, n / 2 } }, 2, &a));
        CHECK_OK(prom_vec_get(v, (prom_str[]){ { big, n }, { big, n / 2 } }, 2, &b));
        CHECK(a == b);
        CHECK_INT(prom_vec_size(v), i + 1);
        prom_unref(a), prom_unref(b);
    }
    free(text), free(big);
    prom_unref(v);
}

static void test_key_functions_that_go_wrong(void)
{
    prom_vec *v = make(PROM_LABELS("x"), PROM_CONSTRAINTS({ .label = "x", .apply = never }));
    prom_gauge *g = NULL;
    CHECK_SAYS(prom_gauge_with(v, PROM_VALUES("1"), &g), PROM_E_LABELS,
               "'m': the constraint of label 'x' asks for more room again and again");
    CHECK(!g);
    CHECK_ERR(prom_vec_remove(v, PROM_VALUES("1")), PROM_E_LABELS);
    CHECK_ERR(prom_vec_remove_matching(v, SOME(LABEL("x", "1")), NULL), PROM_E_LABELS);
    CHECK_ERR(prom_vec_curry(v, SOME(LABEL("x", "1")), &(prom_vec *){ NULL }), PROM_E_LABELS);
    prom_unref(v);
    v = make(PROM_LABELS("x"), PROM_CONSTRAINTS({ .label = "x", .apply = no_utf8 }));
    CHECK_SAYS(prom_gauge_with(v, PROM_VALUES("1"), &g), PROM_E_LABELS,
               "'m': the value of label 'x' is not valid UTF-8");
    CHECK_INT(prom_vec_size(v), 0);
    prom_unref(v);
}

TESTS(ROW(test_key_labels_come_in_any_order), ROW(test_key_names_that_are_wrong),
      ROW(test_key_of_a_metric_without_labels), ROW(test_key_get_makes_nothing),
      ROW(test_key_of_many_labels), ROW(test_key_lists_of_allowed_values),
      ROW(test_key_functions), ROW(test_key_functions_get_the_room_they_ask_for),
      ROW(test_key_functions_that_go_wrong))
