// SPDX-License-Identifier: Apache-2.0
/* What state sets hold, read as a gather reads them; how they look is encode's business. */
#include "kit.h"
#include "metric/vec.h"

static prom_stateset *make(const char *const *states)
{
    prom_stateset *s;
    CHECK_OK(
        prom_stateset_new(NULL, PROM_OPTS(.name = "phase", .help = "", .states = states), &s));
    return s;
}

/* The states that are on, with a space behind each. */
static const char *on(prom_stateset *s)
{
    static char text[512];
    const prom__child *c = (const prom__child *)(const void *)s;
    prom__source source = { .desc = c->vec->desc, .store = c->vec->store };
    prom__arena a = { 0 };
    prom__point p = { .series = c->series, .shape = c->vec->shape };
    size_t at = 0;
    text[0] = '\0';
    if (!CHECK_OK(prom__stateset_kind.read(&source, c->series, &a, &p)))
        return text;
    const prom__stateset_value *x = p.value.stateset;
    for (size_t i = 0; i < x->n; i++)
        if (x->bits[i / 64] >> i % 64 & 1)
            at += (size_t)snprintf(text + at, sizeof text - at, "%.*s ", (int)x->names[i].n,
                                   x->names[i].p);
    prom__arena_free(&a);
    return text;
}

static void test_stateset_begins_all_off(void)
{
    prom_stateset *s = make(PROM_VALUES("a", "b"));
    CHECK_STR(on(s), "");
    prom_unref(s);
}

static void test_stateset_switches_single_states(void)
{
    prom_stateset *s = make(PROM_VALUES("a", "b", "c"));
    CHECK_OK(prom_stateset_set(s, "c", true));
    CHECK_OK(prom_stateset_set(s, "a", true));
    CHECK_OK(prom_stateset_set(s, "a", true));
    CHECK_STR(on(s), "a c ");
    CHECK_OK(prom_stateset_set(s, "c", false));
    CHECK_OK(prom_stateset_set(s, "b", false));
    CHECK_STR(on(s), "a ");
    prom_unref(s);
}

static void test_stateset_enters_one_of_many(void)
{
    const char *names[131];
    static char text[130][8];
    for (int i = 0; i < 130; i++) {
        snprintf(text[i], sizeof text[i], "s%d", i);
        names[i] = text[i];
    }
    names[130] = NULL;
    prom_stateset *s = make(names);
    CHECK_OK(prom_stateset_set(s, "s0", true));
    CHECK_OK(prom_stateset_set(s, "s129", true));
    CHECK_STR(on(s), "s0 s129 ");
    CHECK_OK(prom_stateset_enter(s, "s64"));
    CHECK_STR(on(s), "s64 ");
    CHECK_OK(prom_stateset_enter(s, "s63"));
    CHECK_STR(on(s), "s63 ");
    prom_unref(s);
}

static void test_stateset_knows_no_other_states(void)
{
    prom_stateset *s = make(PROM_VALUES("a", "b"));
    CHECK_OK(prom_stateset_enter(s, "a"));
    CHECK_SAYS(prom_stateset_enter(s, "c"), PROM_E_NOENT, "'phase' has no state 'c'");
    CHECK_SAYS(prom_stateset_set(s, "A", true), PROM_E_NOENT, "'phase' has no state 'A'");
    char want[300], name[400] = "a"; /* a sentence ends between characters */
    for (int i = 0; i < 150; i++)
        strcat(name, "\xc3\xa9");
    snprintf(want, sizeof want, "'phase' has no state '%.199s'", name);
    CHECK_SAYS(prom_stateset_set(s, name, true), PROM_E_NOENT, want);
    CHECK_SAYS(prom_stateset_set(s, NULL, true), PROM_E_INVAL, "there is no state to set");
    CHECK_SAYS(prom_stateset_enter(NULL, "a"), PROM_E_INVAL,
               "there is no state set to set a state of");
    CHECK_STR(on(s), "a ");
    prom_unref(s);
}

static void check_refused(const char *const *states, prom_err want, const char *sentence)
{
    prom_stateset *s;
    prom_err e =
        prom_stateset_new(NULL, PROM_OPTS(.name = "x", .help = "", .states = states), &s);
    CHECK_INT(e, want);
    CHECK_STR(prom_error(e), sentence);
    CHECK(!s);
}

static void test_stateset_refuses_bad_states(void)
{
    static const char *many[10003];
    static char text[10002][8];
    for (int i = 0; i < 10002; i++) {
        snprintf(text[i], sizeof text[i], "%d", i);
        many[i] = text[i];
    }
    check_refused(NULL, PROM_E_INVAL, "'x': a state set needs states");
    check_refused(PROM_VALUES(NULL), PROM_E_INVAL, "'x': a state set needs states");
    check_refused(PROM_VALUES("a", "b", "a"), PROM_E_INVAL, "'x': state 'a' is given twice");
    check_refused(PROM_VALUES("a", ""), PROM_E_INVAL, "'x': a state has an empty name");
    check_refused(PROM_VALUES("\xc0\x80"), PROM_E_INVAL,
                  "'x': a state's name is not valid UTF-8");
    check_refused(many, PROM_E_INVAL, "'x': more than 10000 states, or no NULL at their end");
}

/* OpenMetrics: the label in which the states stand is the family's name. */
static void test_stateset_keeps_its_name_for_its_states(void)
{
    prom_vec *v;
    CHECK_SAYS(prom_vec_new(NULL, PROM_STATESET,
                            PROM_OPTS(.name = "phase", .help = "", .states = PROM_VALUES("a"),
                                      .labels = PROM_LABELS("job", "phase")),
                            &v),
               PROM_E_NAME,
               "'phase': label 'phase' is reserved: it is where a state set shows its states");
    CHECK_SAYS(prom_vec_new(NULL, PROM_STATESET,
                            PROM_OPTS(.name = "a:b", .help = "", .states = PROM_VALUES("a"),
                                      .const_labels = PROM_CONST_LABELS({ "a.b", "1" })),
                            &v),
               PROM_E_NAME,
               "'a:b': label 'a.b' is reserved: it is where a state set shows its states");
    CHECK_SAYS(prom_vec_new(NULL, PROM_STATESET,
                            PROM_OPTS(.name = "phase", .help = "", .states = PROM_VALUES("a"),
                                      .unit = "seconds"),
                            &v),
               PROM_E_INVAL, "'phase': a state set has no unit");
}

static void test_stateset_again_with_other_states(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_stateset *s, *t;
    CHECK_OK(prom_stateset_new(
        r, PROM_OPTS(.name = "x", .help = "", .states = PROM_VALUES("a", "b")), &s));
    CHECK_OK(prom_stateset_new(
        r, PROM_OPTS(.name = "x", .help = "", .states = PROM_VALUES("a", "b")), &t));
    CHECK(s == t);
    prom_unref(t);
    CHECK_SAYS(prom_stateset_new(
                   r, PROM_OPTS(.name = "x", .help = "", .states = PROM_VALUES("a", "c")), &t),
               PROM_E_EXISTS, "'x' is registered already with other states");
    prom_unref(s), prom_unref(r);
}

static void test_stateset_names_are_escaped_for_lines(void)
{
    prom_stateset *s = make(PROM_VALUES("a\"b", "c\\d\n"));
    CHECK_OK(prom_stateset_set(s, "a\"b", true));
    CHECK_OK(prom_stateset_set(s, "c\\d\n", true));
    CHECK_STR(on(s), "a\\\"b c\\\\d\\n ");
    prom_unref(s);
}

static void test_stateset_of_a_vec(void)
{
    prom_vec *v;
    prom_stateset *s, *t;
    CHECK_OK(prom_vec_new(NULL, PROM_STATESET,
                          PROM_OPTS(.name = "x", .help = "", .labels = PROM_LABELS("l"),
                                    .states = PROM_VALUES("a", "b")),
                          &v));
    CHECK_STR(prom_vec_opts(v)->states[1], "b");
    CHECK_OK(prom_stateset_with(v, PROM_VALUES("1"), &s));
    CHECK_OK(prom_stateset_with(v, PROM_VALUES("2"), &t));
    CHECK_OK(prom_stateset_enter(t, "b"));
    CHECK_STR(on(s), "");
    CHECK_STR(on(t), "b ");
    prom_unref(s), prom_unref(t), prom_unref(v);
}

TESTS(ROW(test_stateset_begins_all_off), ROW(test_stateset_switches_single_states),
      ROW(test_stateset_enters_one_of_many), ROW(test_stateset_knows_no_other_states),
      ROW(test_stateset_refuses_bad_states), ROW(test_stateset_keeps_its_name_for_its_states),
      ROW(test_stateset_again_with_other_states),
      ROW(test_stateset_names_are_escaped_for_lines), ROW(test_stateset_of_a_vec))
