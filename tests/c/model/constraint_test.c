// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "model/desc.h"

static size_t same(void *data, prom_str value, char *out, size_t cap)
{
    (void)data;
    if (value.n <= cap)
        memcpy(out, value.p, value.n);
    return value.n;
}

static size_t other(void *data, prom_str value, char *out, size_t cap)
{
    return same(data, value, out, cap);
}

static prom_err make(const prom_constraint *constraints, prom__desc **out)
{
    *out = NULL;
    return prom__desc_new(PROM_COUNTER,
                          PROM_OPTS(.name = "m", .help = "", .labels = PROM_LABELS("a", "b"),
                                    .constraints = constraints),
                          false, out);
}

static void test_constraints_are_copied(void)
{
    char label[] = "b", allowed[] = "two", otherwise[] = "none";
    const char *list[] = { "one", allowed, NULL };
    prom_constraint constraints[] = {
        { .label = label, .allowed = list, .otherwise = otherwise }, { 0 }
    };
    prom__desc *d;
    CHECK_OK(make(constraints, &d));
    memset(label, 'x', 1), memset(allowed, 'x', 3), memset(otherwise, 'x', 4);
    list[0] = NULL;
    const prom_constraint *c = d->opts.constraints;
    CHECK_STR(c[0].label, "b");
    CHECK_STR(c[0].allowed[0], "one"); /* as given */
    CHECK_STR(c[0].allowed[1], "two");
    CHECK_STR(c[0].allowed[2], NULL);
    CHECK_STR(c[0].otherwise, "none");
    CHECK_STR(c[1].label, NULL);
    CHECK(!d->constraints[0].allowed && !d->constraints[0].apply);
    CHECK_INT(d->constraints[1].n_allowed, 2);
    prom_unref(d);
}

static void test_no_constraints_are_none(void)
{
    prom__desc *d;
    CHECK_OK(make(NULL, &d));
    CHECK(!d->constraints && !d->opts.constraints);
    prom_unref(d);
    CHECK_OK(make(PROM_CONSTRAINTS({ .label = NULL }), &d));
    CHECK(!d->constraints && !d->opts.constraints);
    prom_unref(d);
    CHECK_OK(make(PROM_CONSTRAINTS({ .label = "a", .allowed = PROM_VALUES(NULL) }), &d));
    CHECK_STR(d->opts.constraints[0].otherwise, "other"); /* which all values become */
    prom_unref(d);
}

static void test_constraints_that_are_refused(void)
{
    prom__desc *d;
    CHECK_SAYS(make(PROM_CONSTRAINTS({ .label = "c", .allowed = PROM_VALUES("1") }), &d),
               PROM_E_LABELS, "'m' has no label 'c' that could be constrained");
    CHECK_SAYS(make(PROM_CONSTRAINTS({ .label = "a" }), &d), PROM_E_INVAL,
               "'m': the constraint of label 'a' needs either a list or a function");
    CHECK_SAYS(
        make(PROM_CONSTRAINTS({ .label = "a", .allowed = PROM_VALUES("1"), .apply = same }),
             &d),
        PROM_E_INVAL, "'m': the constraint of label 'a' needs either a list or a function");
    CHECK_SAYS(make(PROM_CONSTRAINTS({ .label = "a", .apply = same },
                                     { .label = "a", .allowed = PROM_VALUES("1") }),
                    &d),
               PROM_E_LABELS, "'m': label 'a' is constrained twice");
    CHECK_SAYS(
        make(PROM_CONSTRAINTS({ .label = "a", .allowed = PROM_VALUES("1", "\xFF") }), &d),
        PROM_E_LABELS, "'m': the value of label 'a' is not valid UTF-8");
    CHECK_SAYS(
        make(PROM_CONSTRAINTS(
                 { .label = "b", .allowed = PROM_VALUES("1"), .otherwise = "\xED\xA0\x80" }),
             &d),
        PROM_E_LABELS, "'m': the value of label 'b' is not valid UTF-8");
    CHECK(!d);
}

static void check_pair(const prom_constraint *x, const prom_constraint *y, bool same_wanted)
{
    prom__desc *a, *b;
    bool apart = true;
    CHECK_OK(make(x, &a));
    CHECK_OK(make(y, &b));
    prom_err e = prom__desc_compare(a, b, &apart);
    CHECK_STR(prom_err_name(e), same_wanted ? "PROM_OK" : "PROM_E_EXISTS");
    if (e)
        CHECK_STR(prom_error(e), "'m' is registered already with other constraints");
    CHECK(!apart);
    prom_unref(a), prom_unref(b);
}

static void test_constraints_are_compared(void)
{
    int data;
    const prom_constraint *list =
        PROM_CONSTRAINTS({ .label = "a", .allowed = PROM_VALUES("1", "2") });
    check_pair(list, list, true);
    check_pair(list,
               PROM_CONSTRAINTS(
                   { .label = "a", .allowed = PROM_VALUES("2", "1"), .otherwise = "other" }),
               true);
    check_pair(list, NULL, false);
    check_pair(NULL, list, false);
    check_pair(list, PROM_CONSTRAINTS({ .label = "b", .allowed = PROM_VALUES("1", "2") }),
               false);
    check_pair(list, PROM_CONSTRAINTS({ .label = "a", .allowed = PROM_VALUES("1") }), false);
    check_pair(list, PROM_CONSTRAINTS({ .label = "a", .allowed = PROM_VALUES("1", "3") }),
               false);
    check_pair(
        list,
        PROM_CONSTRAINTS({ .label = "a", .allowed = PROM_VALUES("1", "2"), .otherwise = "" }),
        false);
    const prom_constraint *function = PROM_CONSTRAINTS({ .label = "a", .apply = same });
    check_pair(function, function, true);
    check_pair(function, PROM_CONSTRAINTS({ .label = "a", .apply = other }), false);
    check_pair(function, PROM_CONSTRAINTS({ .label = "a", .apply = same, .data = &data }),
               false);
    check_pair(function, list, false);
}

TESTS(ROW(test_constraints_are_copied), ROW(test_no_constraints_are_none),
      ROW(test_constraints_that_are_refused), ROW(test_constraints_are_compared))
