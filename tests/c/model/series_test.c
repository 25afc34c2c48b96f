// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"
#include "kit.h"
#include "model/series.h"

static prom__arena arena;

static prom_str str(const char *s)
{
    return (prom_str){ s, strlen(s) };
}

static const prom__shape *shape_of(const char *const *names, const prom_label *constants)
{
    prom_str list[300];
    size_t n = 0;
    for (; names && names[n]; n++)
        list[n] = str(names[n]);
    prom__shape_opts o = {
        .metric = "m", .type = PROM_GAUGE, .names = list, .n_names = n, .constants = constants
    };
    const prom__shape *s = NULL;
    CHECK_OK(prom__shape_new(&o, &arena, &s));
    return s;
}

static prom__series *series_of(const prom__shape *shape, const prom_str *values, size_t n_cells)
{
    prom__series_plan plan;
    if (!CHECK_OK(prom__series_plan_make(shape, "m", values, n_cells, &plan)))
        return NULL;
    /* Guarded by bytes that must not be written. */
    char *p = prom__arena_alloc(&arena, plan.bytes + 16);
    memset(p, 0, plan.bytes);
    memset(p + plan.bytes, 0x5A, 16);
    prom__series *s = (prom__series *)(void *)p;
    prom__series_write(s, shape, values, n_cells, &plan);
    for (int i = 0; i < 16; i++)
        CHECK_INT(p[plan.bytes + (size_t)i], 0x5A);
    return s;
}

static void check_text(const prom__series *s, const char *want)
{
    prom_str text = prom__series_text(s);
    if (!CHECK(text.n == strlen(want) && memcmp(text.p, want, text.n) == 0))
        fprintf(stderr, "    got  %.*s\n    want %s\n", (int)text.n, text.p, want);
}

static void test_series_text_is_what_stands_in_the_line(void)
{
    const prom__shape *s =
        shape_of(PROM_LABELS("method", "code"), PROM_CONST_LABELS({ "env", "a\\b" }));
    prom__series *x = series_of(s, (prom_str[]){ str("GET"), str("200") }, 3);
    check_text(x, "code=\"200\",env=\"a\\\\b\",method=\"GET\"");
    CHECK_INT(x->n_cells, 3);
    CHECK_INT(x->n_values, 2);
    CHECK_INT(x->head.escapes, 0); /* of values that vary: only those are compared */
    for (int i = 0; i < 3; i++)
        CHECK_INT(x->cells[i], 0);
    x = series_of(s, (prom_str[]){ str("a\"b"), str("\n") }, 0);
    check_text(x, "code=\"\\n\",env=\"a\\\\b\",method=\"a\\\"b\"");
    CHECK_INT(x->head.escapes, 1);
    check_text(series_of(shape_of(NULL, NULL), NULL, 1), "");
    check_text(series_of(shape_of(NULL, PROM_CONST_LABELS({ "a", "1" }, { "b", "" })), NULL, 1),
               "a=\"1\",b=\"\"");
    prom__arena_free(&arena);
}

static void test_series_refuses_values_not_utf8(void)
{
    const prom__shape *s = shape_of(PROM_LABELS("a", "b"), NULL);
    prom__series_plan plan;
    CHECK_SAYS(prom__series_plan_make(s, "m", (prom_str[]){ str("x"), str("\xFF") }, 0, &plan),
               PROM_E_LABELS, "'m': the value of label 'b' is not valid UTF-8");
    static const size_t lengths[] = { UINT32_MAX / 4, UINT32_MAX, SIZE_MAX - 3, SIZE_MAX };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths;
         i++) { /* refused before it is read */
        prom_str huge = { "x", lengths[i] };
        CHECK_SAYS(prom__series_plan_make(s, "m", (prom_str[]){ str("y"), huge }, 0, &plan),
                   PROM_E_LABELS, "'m': the label values are too long");
    }
    prom__arena_free(&arena);
}

static void test_series_equal(void)
{
    const prom__shape *s = shape_of(PROM_LABELS("a", "b"), PROM_CONST_LABELS({ "c", "k" }));
    static const struct {
        prom_str mine[2], asked[2];
        bool equal;
    } rows[] = {
        { { { "x", 1 }, { "y", 1 } }, { { "x", 1 }, { "y", 1 } }, true },
        { { { "x", 1 }, { "y", 1 } }, { { "y", 1 }, { "x", 1 } }, false },
        { { { "xy", 2 }, { "", 0 } }, { { "x", 1 }, { "y", 1 } }, false },
        { { { "", 0 }, { "", 0 } }, { { "", 0 }, { "", 0 } }, true },
        { { { "", 0 }, { "", 0 } }, { { NULL, 0 }, { NULL, 0 } }, true },
        { { { "x", 1 }, { "", 0 } }, { { "x", 1 }, { NULL, 0 } }, true },
        { { { "a\nb", 3 }, { "\\", 1 } }, { { "a\nb", 3 }, { "\\", 1 } }, true },
        { { { "a\nb", 3 }, { "", 0 } }, { { "a\\nb", 4 }, { "", 0 } }, false },
        { { { "a\\nb", 4 }, { "", 0 } }, { { "a\nb", 3 }, { "", 0 } }, false },
        { { { "\"", 1 }, { "", 0 } }, { { "\\\"", 2 }, { "", 0 } }, false },
        { { { "a\0b", 3 }, { "", 0 } }, { { "a\0b", 3 }, { "", 0 } }, true },
        { { { "a\0b", 3 }, { "", 0 } }, { { "a\0c", 3 }, { "", 0 } }, false },
        { { { "a", 1 }, { "", 0 } }, { { "a\0", 2 }, { "", 0 } }, false },
        { { { "\n", 1 }, { "z", 1 } }, { { "\n\n", 2 }, { "z", 1 } }, false },
        { { { "\n\n", 2 }, { "z", 1 } }, { { "\n", 1 }, { "z", 1 } }, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        prom__series *x = series_of(s, rows[i].mine, 2);
        if (!CHECK_INT(prom__series_equal(x, s, rows[i].asked), rows[i].equal))
            fprintf(stderr, "    row %zu\n", i);
    }
    prom__arena_free(&arena);
}

/* Values of each length differ in each of their bytes, and only in what is theirs. */
static void test_series_equal_looks_at_each_byte(void)
{
    const prom__shape *s = shape_of(PROM_LABELS("a", "b"), PROM_CONST_LABELS({ "aa", "k" }));
    for (size_t n = 0; n <= 40; n++) {
        char text[41], other[41];
        memset(text, 'x', sizeof text);
        prom_str mine[] = { { text, n }, { text, n } };
        prom__series *x = series_of(s, mine, 1);
        memset(other, 'x', sizeof other);
        CHECK(prom__series_equal(x, s, (prom_str[]){ { other, n }, { other, n } }));
        CHECK(!prom__series_equal(x, s, (prom_str[]){ { other, n + 1 }, { other, n } }));
        for (size_t at = 0; at < n; at++) {
            other[at] = 'y';
            CHECK(!prom__series_equal(x, s, (prom_str[]){ { other, n }, { text, n } }));
            CHECK(!prom__series_equal(x, s, (prom_str[]){ { text, n }, { other, n } }));
            other[at] = 'x';
        }
        other[n] = 'y'; /* behind its end */
        CHECK(prom__series_equal(x, s, (prom_str[]){ { other, n }, { other, n } }));
    }
    prom__arena_free(&arena);
}

static void test_series_cursor(void)
{
    const prom__shape *s = shape_of(PROM_LABELS("z", "a"), PROM_CONST_LABELS({ "m", "c\n" }));
    prom__series *x = series_of(s, (prom_str[]){ str("last"), str("\"q\"") }, 5);
    static const char *const want[][2] = { { "a", "\\\"q\\\"" },
                                           { "m", "c\\n" },
                                           { "z", "last" } };
    prom__label_cursor c = { s, x, 0, 0, 0 };
    prom_str name, value;
    size_t n = 0;
    for (; prom__label_next(&c, &name, &value) && n < 3; n++) {
        CHECK(name.n == strlen(want[n][0]) && memcmp(name.p, want[n][0], name.n) == 0);
        CHECK(value.n == strlen(want[n][1]) && memcmp(value.p, want[n][1], value.n) == 0);
    }
    CHECK_INT(n, 3);
    CHECK(!prom__label_next(&c, &name, &value));
    prom__arena_free(&arena);
}

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

/* By values in the order of the line, as unsigned bytes of the text that was given. */
static void test_series_compare_within_a_shape(void)
{
    static const prom_str ordered[] = { { "", 0 },        { "\0", 1 },  { "\n", 1 },
                                        { "\nz", 2 },     { "\"", 1 },  { "A", 1 },
                                        { "\\", 1 },      { "\\a", 2 }, { "a", 1 },
                                        { "ab", 2 },      { "b", 1 },   { "\x7F", 1 },
                                        { "\xC3\xA9", 2 } };
    enum { N = sizeof ordered / sizeof *ordered };
    const prom__shape *s = shape_of(PROM_LABELS("a", "b"), PROM_CONST_LABELS({ "aa", "k" }));
    prom__series *x[N * N];
    for (size_t i = 0; i < N * N; i++)
        x[i] = series_of(s, (prom_str[]){ ordered[i / N], ordered[i % N] }, i % 3);
    for (int i = 0; i < N * N; i++)
        for (int k = 0; k < N * N; k++)
            if (!CHECK_INT(sign(prom__series_compare(x[i], s, x[k], s)), sign(i - k)))
                return;
    prom__arena_free(&arena);
}

/* Fewer labels first, then values, then names; always the opposite the other way round. */
static void test_series_compare_across_shapes(void)
{
    const prom__shape *none = shape_of(NULL, NULL), *a = shape_of(PROM_LABELS("a"), NULL),
                      *b = shape_of(PROM_LABELS("b"), NULL),
                      *constant = shape_of(NULL, PROM_CONST_LABELS({ "a", "1" })),
                      *two = shape_of(PROM_LABELS("a", "b"), NULL),
                      *mixed = shape_of(PROM_LABELS("b"), PROM_CONST_LABELS({ "a", "1" }));
    prom_str one = str("1"), zero = str("0"), both[] = { one, str("2") };
    struct {
        const prom__shape *shape;
        prom__series *series;
        int rank; /* equal ones are equal */
    } x[] = {
        { none, series_of(none, NULL, 0), 0 },
        { b, series_of(b, &zero, 0), 1 },
        { a, series_of(a, &one, 0), 2 },
        { constant, series_of(constant, NULL, 1), 2 },
        { b, series_of(b, &one, 0), 3 },
        { two, series_of(two, both, 0), 4 },
        { mixed, series_of(mixed, &both[1], 2), 4 },
    };
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        for (size_t k = 0; k < sizeof x / sizeof *x; k++) {
            int c = prom__series_compare(x[i].series, x[i].shape, x[k].series, x[k].shape);
            CHECK_INT(sign(c), sign(x[i].rank - x[k].rank));
        }
    prom__arena_free(&arena);
}

static void test_series_of_many_and_long_values(void)
{
    static char name[200][8], value[200][8];
    const char *names[201] = { NULL };
    prom_str values[200];
    for (int i = 0; i < 200; i++) {
        snprintf(name[i], sizeof name[i], "l%03d", i);
        snprintf(value[i], sizeof value[i], "v%d", i);
        names[i] = name[i];
        values[i] = str(value[i]);
    }
    const prom__shape *s = shape_of(names, NULL);
    char *text = malloc(100001);
    memset(text, '"', 100000); /* each becomes two */
    text[100000] = '\0';
    values[7] = (prom_str){ text, 100000 };
    prom__series *x = series_of(s, values, 13);
    CHECK(prom__series_equal(x, s, values));
    CHECK_INT(prom__series_lengths(x)[7], 200000);
    text[99999] = 'x';
    CHECK(!prom__series_equal(x, s, values));
    text[99999] = '"';
    values[199] = str("v198");
    CHECK(!prom__series_equal(x, s, values));
    free(text);
    prom__arena_free(&arena);
}

TESTS(ROW(test_series_text_is_what_stands_in_the_line),
      ROW(test_series_refuses_values_not_utf8), ROW(test_series_equal),
      ROW(test_series_equal_looks_at_each_byte), ROW(test_series_cursor),
      ROW(test_series_compare_within_a_shape), ROW(test_series_compare_across_shapes),
      ROW(test_series_of_many_and_long_values))
