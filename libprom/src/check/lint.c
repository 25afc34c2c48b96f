// SPDX-License-Identifier: Apache-2.0
/* lint.c - the rules of client_golang's promlint, and those of users. */
#include "base/alloc.h"
#include "base/arena.h"
#include "parse/text.h"

#include <prom/lint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct linter {
    prom__arena arena;
    prom_lint_problem *problem;
    size_t n, cap;
    /* The family under check, as a flat format shows it. */
    const prom_family *family;
    prom_type type;
    const char *lower; /* its name in small letters */
    prom_str *keys;    /* of its metrics: their labels, in a form that is compared as bytes */
    size_t n_keys, cap_keys;
} linter;

static prom_err no_memory(void)
{
    return prom__no_memory("linting");
}

static prom_err report(void *to, const char *text)
{
    linter *l = to;
    prom_lint_problem *problems =
        prom__arena_grow(&l->arena, l->problem, l->n, &l->cap, sizeof *problems);
    const char *copy = prom__arena_copy(&l->arena, text, strlen(text));
    if (!problems || !copy)
        return no_memory();
    l->problem = problems;
    problems[l->n++] = (prom_lint_problem){ l->family->name, copy };
    return PROM_OK;
}

static prom_err report_if(linter *l, bool wrong, const char *text)
{
    return wrong ? report(l, text) : PROM_OK;
}

static bool ends_in(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

static bool is(prom_str s, const char *word)
{
    return s.n == strlen(word) && memcmp(s.p, word, s.n) == 0;
}

/* --- rules for names ---------------------------------------------------- */

static const struct {
    const char *unit, *base;
} units[] = {
    { "amperes", "amperes" }, { "bytes", "bytes" },        { "celsius", "celsius" },
    { "grams", "grams" },     { "joules", "joules" },      { "kelvin", "kelvin" },
    { "meters", "meters" },   { "metres", "metres" },      { "seconds", "seconds" },
    { "volts", "volts" },     { "minutes", "seconds" },    { "hours", "seconds" },
    { "days", "seconds" },    { "weeks", "seconds" },      { "kelvins", "kelvin" },
    { "inches", "meters" },   { "fahrenheit", "celsius" }, { "rankine", "celsius" },
    { "yards", "meters" },    { "miles", "meters" },       { "bits", "bytes" },
    { "calories", "joules" }, { "pounds", "grams" },       { "ounces", "grams" },
};

static const char *const prefixes[] = {
    "",     "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo",
    "kibi", "mega", "mebi", "giga",  "gibi",  "tera",  "tebi", "peta", "pebi",
};

static const char *base_of(prom_str word)
{
    for (size_t p = 0; p < sizeof prefixes / sizeof *prefixes; p++) {
        size_t n = strlen(prefixes[p]);
        if (word.n < n || memcmp(word.p, prefixes[p], n) != 0)
            continue;
        for (size_t u = 0; u < sizeof units / sizeof *units; u++)
            if (is((prom_str){ word.p + n, word.n - n }, units[u].unit))
                return units[u].base;
    }
    return NULL;
}

/* Only the first unit in a name counts. */
static prom_err check_units(linter *l)
{
    const char *base = NULL;
    prom_str word = { l->family->name, 0 };
    for (;; word.p += word.n + 1) {
        word.n = strcspn(word.p, "_");
        base = base_of(word);
        if (base || !word.p[word.n])
            break;
    }
    if (!base || is(word, base))
        return PROM_OK;
    char text[100]; /* the longest words are far shorter */
    snprintf(text, sizeof text, "use base unit \"%s\" instead of \"%.*s\"", base, (int)word.n,
             word.p);
    return report(l, text);
}

/* Is it a word of the name, behind another one? */
static bool has_word(const char *name, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = strchr(name, '_'); p; p = strchr(p + 1, '_'))
        if (strncmp(p + 1, word, n) == 0 && (p[1 + n] == '_' || !p[1 + n]))
            return true;
    return false;
}

static prom_err check_abbreviations(linter *l)
{
    static const char *const words[] = { "s",  "ms", "us", "ns", "sec", "b", "kb",
                                         "mb", "gb", "tb", "pb", "m",   "h", "d" };
    prom_err e = PROM_OK;
    for (size_t i = 0; i < sizeof words / sizeof *words && !e; i++)
        e = report_if(l, has_word(l->lower, words[i]),
                      "metric names should not contain abbreviated units");
    return e;
}

static bool is_camel_case(const char *p, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (p[i - 1] >= 'a' && p[i - 1] <= 'z' && p[i] >= 'A' && p[i] <= 'Z')
            return true;
    return false;
}

static prom_err check_letters(linter *l)
{
    const char *name = l->family->name;
    prom_err e = report_if(l, strchr(name, ':'), "metric names should not contain ':'");
    if (!e)
        e = report_if(l, is_camel_case(name, strlen(name)),
                      "metric names should be written in 'snake_case' not 'camelCase'");
    return e;
}

/* --- rules for types ---------------------------------------------------- */

static prom_err check_total(linter *l)
{
    bool total = ends_in(l->family->name, "_total"), counter = l->type == PROM_COUNTER;
    prom_err e =
        report_if(l, counter && !total, "counter metrics should have \"_total\" suffix");
    if (!e)
        e = report_if(l, !counter && total && l->type != PROM_UNKNOWN,
                      "non-counter metrics should not have \"_total\" suffix");
    return e;
}

static prom_err check_type_in_name(linter *l)
{
    char text[100];
    const char *word = prom_type_name(l->type);
    if (l->type == PROM_UNKNOWN || !has_word(l->lower, word))
        return PROM_OK;
    snprintf(text, sizeof text, "metric name should not include type '%s'", word);
    return report(l, text);
}

static prom_err check_suffixes(linter *l)
{
    const char *name = l->family->name;
    bool histogram = l->type == PROM_HISTOGRAM, summary = l->type == PROM_SUMMARY;
    if (l->type == PROM_UNKNOWN)
        return PROM_OK;
    prom_err e = report_if(l, !histogram && ends_in(name, "_bucket"),
                           "non-histogram metrics should not have \"_bucket\" suffix");
    if (!e)
        e = report_if(
            l, !histogram && !summary && ends_in(name, "_count"),
            "non-histogram and non-summary metrics should not have \"_count\" suffix");
    if (!e)
        e = report_if(l, !histogram && !summary && ends_in(name, "_sum"),
                      "non-histogram and non-summary metrics should not have \"_sum\" suffix");
    return e;
}

static prom_err check_help(linter *l)
{
    return report_if(l, !l->family->help, "no help text");
}

/* --- rules for metrics -------------------------------------------------- */

static prom_err check_label(linter *l, prom_str name)
{
    prom_err e = report_if(l, is_camel_case(name.p, name.n),
                           "label names should be written in 'snake_case' not 'camelCase'");
    if (!e && l->type != PROM_UNKNOWN)
        e = report_if(l, l->type != PROM_HISTOGRAM && is(name, "le"),
                      "non-histogram metrics should not have \"le\" label");
    if (!e && l->type != PROM_UNKNOWN)
        e = report_if(l, l->type != PROM_SUMMARY && is(name, "quantile"),
                      "non-summary metrics should not have \"quantile\" label");
    return e;
}

static char *put(char *at, prom_str s)
{
    memcpy(at, &s.n, sizeof s.n);
    if (s.n)
        memcpy(at + sizeof s.n, s.p, s.n);
    return at + sizeof s.n + s.n;
}

static prom_err add_key(linter *l, const prom_metric *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n_labels; i++)
        n += m->labels[i].name.n + m->labels[i].value.n + 2 * sizeof(size_t);
    prom_str *keys =
        prom__arena_grow(&l->arena, l->keys, l->n_keys, &l->cap_keys, sizeof *keys);
    char *key = prom__arena_alloc(&l->arena, n), *at = key;
    if (!keys || !key)
        return no_memory();
    for (size_t i = 0; i < m->n_labels; i++)
        at = put(put(at, m->labels[i].name), m->labels[i].value);
    l->keys = keys;
    keys[l->n_keys++] = (prom_str){ key, n };
    return PROM_OK;
}

static prom_err check_metric(void *data, const prom_metric *m)
{
    linter *l = data;
    prom_err e = add_key(l, m);
    for (size_t i = 0; i < m->n_labels && !e; i++)
        e = check_label(l, m->labels[i].name);
    return e;
}

static int compare_keys(const void *a, const void *b)
{
    const prom_str *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? -1 : 1;
    return x->n ? memcmp(x->p, y->p, x->n) : 0;
}

/* Times make no difference here. Only what prom_lint_text reads may have some twice. */
static prom_err check_metrics(linter *l)
{
    l->n_keys = 0;
    prom_err e = prom_family_metrics(l->family, check_metric, l);
    if (e)
        return e;
    qsort(l->keys, l->n_keys, sizeof *l->keys, compare_keys);
    for (size_t i = 1; i < l->n_keys && !e; i++)
        e = report_if(l, compare_keys(&l->keys[i - 1], &l->keys[i]) == 0, "metric not unique");
    return e;
}

/* --- the whole ---------------------------------------------------------- */

/* The types that promlint does not know are shown as others. */
static prom_type shown_type(prom_type t)
{
    if (t == PROM_INFO || t == PROM_STATESET)
        return PROM_GAUGE;
    return t == PROM_GAUGE_HISTOGRAM ? PROM_HISTOGRAM : t;
}

static prom_err take_family(linter *l, const prom_family *f)
{
    char *lower = prom__arena_copy(&l->arena, f->name, strlen(f->name));
    if (!lower)
        return no_memory();
    for (char *p = lower; *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + ('a' - 'A') : *p);
    l->family = f;
    l->type = shown_type(f->type);
    l->lower = lower;
    return PROM_OK;
}

static prom_err lint_family(linter *l, const prom_family *f, const prom_lint_rule *rules,
                            size_t n)
{
    static prom_err (*const builtin[])(linter * l) = {
        check_help,         check_units,   check_abbreviations, check_total,
        check_type_in_name, check_letters, check_suffixes,      check_metrics,
    };
    prom_err e = take_family(l, f);
    for (size_t i = 0; i < sizeof builtin / sizeof *builtin && !e; i++)
        e = builtin[i](l);
    for (size_t i = 0; i < n && !e; i++)
        e = !rules[i].check ? prom_fail(PROM_E_INVAL, "a rule has no function")
                            : rules[i].check(rules[i].data, f, report, l);
    return e;
}

static int compare_problems(const void *a, const void *b)
{
    const prom_lint_problem *x = a, *y = b;
    int c = strcmp(x->metric, y->metric);
    return c ? c : strcmp(x->text, y->text);
}

prom_err prom_lint(const prom_snapshot *s, const prom_lint_rule *rules, size_t n,
                   prom_err (*each)(void *data, const prom_lint_problem *p), void *data)
{
    linter l = { .n = 0 };
    prom_err e = PROM_OK;
    if (!s || !each || (n && !rules))
        return prom_fail(PROM_E_INVAL, "linting needs a snapshot and a function to call");
    for (size_t i = 0; i < prom_snapshot_size(s) && !e; i++) {
        const prom_family *f = prom_snapshot_at(s, i);
        if (f->n_metrics)
            e = lint_family(&l, f, rules, n);
    }
    if (!e && l.n)
        qsort(l.problem, l.n, sizeof *l.problem, compare_problems);
    for (size_t i = 0; i < l.n && !e; i++)
        e = each(data, &l.problem[i]);
    prom__arena_free(&l.arena);
    return e;
}

prom_err prom_lint_text(const char *text, size_t length, const prom_lint_rule *rules, size_t n,
                        prom_err (*each)(void *data, const prom_lint_problem *p), void *data)
{
    prom_snapshot *s;
    prom_err e = prom__parse_text(text, length, true, &s);
    if (e)
        return e;
    e = prom_lint(s, rules, n, each, data);
    prom_unref(s);
    return e;
}
