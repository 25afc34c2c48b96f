// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "model/shape.h"

static prom__arena arena;

static prom_str str(const char *s)
{
    return (prom_str){ s, strlen(s) };
}

/* A shape of space-separated names. */
static prom_err make(const char *names, const prom_label *constants, prom__shape_opts o,
                     const prom__shape **out)
{
    static prom_str list[1100];
    static char text[16384];
    size_t n = 0;
    snprintf(text, sizeof text, "%s", names);
    for (char *p = strtok(text, " "); p; p = strtok(NULL, " "))
        list[n++] = str(p);
    o.metric = "m";
    o.names = list;
    o.n_names = n;
    o.constants = constants;
    return prom__shape_new(&o, &arena, out);
}

static void check_label(const prom__shape *s, size_t i, const char *name, const char *constant,
                        size_t value)
{
    const prom__shape_label *l = &s->label[i];
    CHECK(l->name.n == strlen(name) && memcmp(l->name.p, name, l->name.n) == 0);
    if (constant)
        CHECK(l->constant.n == strlen(constant) &&
              memcmp(l->constant.p, constant, l->constant.n) == 0);
    else
        CHECK(!l->constant.p && l->value == value);
}

static void test_shape_sorts_names_and_knows_their_values(void)
{
    const prom__shape *s;
    CHECK_OK(make("zone method a", PROM_CONST_LABELS({ "env", "prod" }),
                  (prom__shape_opts){ .type = PROM_COUNTER }, &s));
    CHECK_INT(s->n, 4);
    CHECK_INT(s->n_values, 3);
    CHECK(s->legacy);
    check_label(s, 0, "a", NULL, 2);
    check_label(s, 1, "env", "prod", 0);
    check_label(s, 2, "method", NULL, 1);
    check_label(s, 3, "zone", NULL, 0);
    CHECK_OK(make("zone method a", NULL,
                  (prom__shape_opts){ .type = PROM_COUNTER, .keep_order = true }, &s));
    check_label(s, 0, "zone", NULL, 0);
    check_label(s, 1, "method", NULL, 1);
    check_label(s, 2, "a", NULL, 2);
    CHECK_OK(make("", NULL, (prom__shape_opts){ .type = PROM_COUNTER }, &s));
    CHECK(s->n == 0 && s->n_values == 0 && s->legacy);
    CHECK_OK(make("b ab a aa \xC3\xA9", NULL, (prom__shape_opts){ .type = PROM_GAUGE }, &s));
    check_label(s, 0, "a", NULL, 2);
    check_label(s, 1, "aa", NULL, 3);
    check_label(s, 2, "ab", NULL, 1);
    check_label(s, 3, "b", NULL, 0);
    check_label(s, 4, "\xC3\xA9", NULL, 4); /* by bytes, as unsigned */
    CHECK(!s->legacy);
    prom__arena_free(&arena);
}

static void test_shape_copies_and_escapes(void)
{
    char name[] = "x", value[] = "a\"b\\c\nd";
    const prom__shape *s;
    CHECK_OK(make("", (prom_label[]){ { name, value }, { NULL, NULL } },
                  (prom__shape_opts){ .type = PROM_GAUGE }, &s));
    name[0] = value[0] = '?';
    check_label(s, 0, "x", "a\\\"b\\\\c\\nd", 0);
    CHECK_OK(
        make("", PROM_CONST_LABELS({ "x", "" }), (prom__shape_opts){ .type = PROM_GAUGE }, &s));
    check_label(s, 0, "x", "", 0);
    CHECK(s->label[0].constant.p); /* a constant, if an empty one */
    prom__arena_free(&arena);
}

static void test_shape_refuses(void)
{
    static const struct {
        const char *names;
        prom_label constant;
        prom__shape_opts o;
        const char *code, *sentence;
    } rows[] = {
        { "a b a", { 0 }, { .type = PROM_GAUGE }, "PROM_E_NAME", "'m' has label 'a' twice" },
        { "a b",
          { "b", "1" },
          { .type = PROM_GAUGE },
          "PROM_E_NAME",
          "'m' has label 'b' twice" },
        { "a.b a_b",
          { 0 },
          { .type = PROM_GAUGE },
          "PROM_E_NAME",
          "'m': labels 'a.b' and 'a_b' would be one in text" },
        { "__a",
          { 0 },
          { .type = PROM_GAUGE },
          "PROM_E_NAME",
          "'m': label '__a' begins with __, which is reserved" },
        { "",
          { "__a", "1" },
          { .type = PROM_GAUGE },
          "PROM_E_NAME",
          "'m': label '__a' begins with __, which is reserved" },
        { "",
          { "le", "1" },
          { .type = PROM_HISTOGRAM },
          "PROM_E_NAME",
          "'m': label 'le' is reserved in a histogram" },
        { "",
          { "quantile", "1" },
          { .type = PROM_SUMMARY },
          "PROM_E_NAME",
          "'m': label 'quantile' is reserved in a summary" },
        { "",
          { "x", NULL },
          { .type = PROM_GAUGE },
          "PROM_E_LABELS",
          "'m': constant label 'x' has no value" },
        { "",
          { "x", "\xFF" },
          { .type = PROM_GAUGE },
          "PROM_E_LABELS",
          "'m': the value of label 'x' is not valid UTF-8" },
        { "",
          { "", "1" },
          { .type = PROM_GAUGE },
          "PROM_E_NAME",
          "'m' has a label with an empty name" },
        { "a.b",
          { 0 },
          { .type = PROM_GAUGE, .legacy_only = true },
          "PROM_E_NAME",
          "'m': 'a.b' is not a label name of letters, digits and _" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const prom_label constants[] = { rows[i].constant, { NULL, NULL } };
        const prom__shape *s = (const prom__shape *)&arena;
        prom_err e = make(rows[i].names, constants, rows[i].o, &s);
        CHECK_STR(prom_err_name(e), rows[i].code);
        CHECK_STR(prom_error(e), rows[i].sentence);
        CHECK(s == (const prom__shape *)&arena); /* not written */
    }
    prom__arena_free(&arena);
}

static void test_shape_of_many_labels(void)
{
    char names[16384];
    const prom__shape *s;
    for (int n = 999; n <= 1001; n++) {
        size_t at = 0;
        for (int i = n; i-- > 0;)
            at += (size_t)snprintf(names + at, sizeof names - at, "l%04d ", i);
        prom_err e = make(names, NULL, (prom__shape_opts){ .type = PROM_GAUGE }, &s);
        CHECK_STR(prom_err_name(e), n <= 1000 ? "PROM_OK" : "PROM_E_LABELS");
        if (n > 1000)
            CHECK_STR(prom_error(e), "'m' has more than 1000 labels");
    }
    check_label(s, 0, "l0000", NULL, 999);
    check_label(s, 999, "l0999", NULL, 0);
    prom__arena_free(&arena);
}

static void test_shape_escapes_round_trip(void)
{
    static const char alphabet[] = { 'a',    '\\',   '"',    '\n', 'n',   '\0',
                                     'b',    '[',    ']',    '!',  '#',   '\xdc',
                                     '\xa2', '\x8a', '\x0b', '\t', '\x7f' };
    uint64_t state = 5;
    for (int i = 0; i < 5000; i++) {
        char text[24], escaped[48], back[48];
        size_t n = kit_random(&state) % sizeof text;
        for (size_t k = 0; k < n; k++)
            text[k] = alphabet[kit_random(&state) % sizeof alphabet];
        size_t length = prom__escaped_length(text, n);
        CHECK(prom__escape(text, n, escaped) == escaped + length);
        CHECK(!memchr(escaped, '\n', length));
        CHECK_INT(prom__unescape(escaped, length, back), n);
        CHECK(memcmp(back, text, n) == 0);
    }
    CHECK_INT(prom__escaped_length(NULL, 0), 0);
    char out[4];
    CHECK_INT(prom__unescape("a\\", 2, out), 2); /* cut: as it is */
    CHECK(memcmp(out, "a\\", 2) == 0);
}

TESTS(ROW(test_shape_sorts_names_and_knows_their_values), ROW(test_shape_copies_and_escapes),
      ROW(test_shape_refuses), ROW(test_shape_of_many_labels),
      ROW(test_shape_escapes_round_trip))
