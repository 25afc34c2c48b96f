// SPDX-License-Identifier: Apache-2.0
/* compare.c - two snapshots as sorted lines, and the lines that only one of them has. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/number.h"
#include "gather.h"

#include <prom/fetch.h>
#include <prom/parse.h>
#include <prom/testing.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What stands before the value tells which series it is, and so which lines belong together. */
typedef struct line {
    const char *family;
    prom_str text;
    size_t key; /* bytes of the text before the value */
    bool help;
} line;

typedef struct side {
    prom__arena arena;
    line *line;
    size_t n, cap;
    prom__bytes text;     /* of the line under way */
    prom_label_str *sort; /* of the sample under way */
    size_t cap_sort;
} side;

static prom_err no_memory(void)
{
    return prom__no_memory("a comparison");
}

static void close_side(side *s)
{
    prom__arena_free(&s->arena);
    prom__bytes_free(&s->text);
    prom__free(s->sort);
}

/* --- lines -------------------------------------------------------------- */

static bool put(side *s, const char *p, size_t n)
{
    return prom__bytes_add(&s->text, p, n);
}

/* A difference has one line for each, so line feeds cannot stay; and it is one C string. */
static bool put_escaped(side *s, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = p[i] == '\n' ? 'n' : p[i] ? p[i] : '0';
        bool escape = c != p[i] || c == '"' || c == '\\';
        if ((escape && !put(s, "\\", 1)) || !put(s, &c, 1))
            return false;
    }
    return true;
}

static bool put_text(side *s, const char *text)
{
    return put_escaped(s, text, strlen(text));
}

static prom_err add_line(side *s, const prom_family *f, size_t key, bool help)
{
    line *lines = prom__arena_grow(&s->arena, s->line, s->n, &s->cap, sizeof *lines);
    char *copy = prom__arena_copy(&s->arena, s->text.p, s->text.n);
    if (!lines || !copy)
        return no_memory();
    s->line = lines;
    lines[s->n++] = (line){ f->name, { copy, s->text.n }, key, help };
    return PROM_OK;
}

/* Text 0.0.4, in which the expectation stands, knows fewer types. */
static const char *type_word(prom_type t)
{
    if (t == PROM_INFO || t == PROM_STATESET)
        return prom_type_name(PROM_GAUGE);
    if (t == PROM_UNKNOWN)
        return "untyped";
    return prom_type_name(t == PROM_GAUGE_HISTOGRAM ? PROM_HISTOGRAM : t);
}

static prom_err add_comment(side *s, const prom_family *f, const char *head, const char *text)
{
    s->text.n = 0;
    if (!put(s, head, 7) || !put_text(s, f->name))
        return no_memory();
    size_t key = s->text.n;
    if (!put(s, " ", 1) || !put_text(s, text))
        return no_memory();
    return add_line(s, f, key, head[2] == 'H');
}

static int compare_labels(const void *a, const void *b)
{
    prom_str x = ((const prom_label_str *)a)->name, y = ((const prom_label_str *)b)->name;
    int c = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
    return c ? c : (x.n > y.n) - (x.n < y.n);
}

/* By name, but le and quantile stay the last. */
static const prom_label_str *sorted_labels(side *s, const prom_sample *x)
{
    bool composite =
        strcmp(type_word(x->family->type), "histogram") == 0 || x->family->type == PROM_SUMMARY;
    bool extra = composite && (!*x->suffix || strcmp(x->suffix, "_bucket") == 0);
    if (x->n_labels > s->cap_sort) {
        prom_label_str *larger =
            prom__realloc(s->sort, prom__size_times(x->n_labels, sizeof *larger));
        if (!larger)
            return NULL;
        s->sort = larger;
        s->cap_sort = x->n_labels;
    }
    memcpy(s->sort, x->labels, x->n_labels * sizeof *s->sort);
    qsort(s->sort, x->n_labels - extra, sizeof *s->sort, compare_labels);
    return s->sort;
}

static bool put_labels(side *s, const prom_sample *x)
{
    if (!x->n_labels)
        return true;
    const prom_label_str *labels = sorted_labels(s, x);
    bool ok = labels != NULL;
    for (size_t i = 0; i < x->n_labels && ok; i++)
        ok = put(s, i ? "," : "{", 1) && put_escaped(s, labels[i].name.p, labels[i].name.n) &&
             put(s, "=\"", 2) && put_escaped(s, labels[i].value.p, labels[i].value.n) &&
             put(s, "\"", 1);
    return ok && put(s, "}", 1);
}

static prom_err add_sample(void *data, const prom_sample *x)
{
    side *s = data;
    char number[2][PROM__NUMBER_MAX];
    s->text.n = 0;
    if (!put_text(s, x->family->name) || !put(s, x->suffix, strlen(x->suffix)) ||
        !put_labels(s, x))
        return no_memory();
    size_t key = s->text.n;
    size_t n = prom__number_double(number[0], x->value);
    size_t m = prom__number_i64(number[1], x->timestamp_ms);
    bool ok = put(s, " ", 1) && put(s, number[0], n);
    if (x->timestamp_ms != PROM_NO_TIME)
        ok = ok && put(s, " ", 1) && put(s, number[1], m);
    return ok ? add_line(s, x->family, key, false) : no_memory();
}

static int compare_lines(const void *a, const void *b)
{
    const line *x = a, *y = b;
    int c = strcmp(x->family, y->family);
    if (!c)
        c = memcmp(x->text.p, y->text.p, x->key < y->key ? x->key : y->key);
    if (!c && x->key != y->key)
        c = x->key < y->key ? -1 : 1;
    return c ? c : strcmp(x->text.p + x->key, y->text.p + y->key);
}

static prom_err add_families(side *s, const prom_snapshot *from, const char *const *names)
{
    prom_err e = PROM_OK;
    for (size_t i = 0; i < prom_snapshot_size(from) && !e; i++) {
        const prom_family *f = prom_snapshot_at(from, i);
        if (!prom__family_counts(f, names))
            continue;
        if (f->help)
            e = add_comment(s, f, "# HELP ", f->help);
        if (!e)
            e = add_comment(s, f, "# TYPE ", type_word(f->type));
        if (!e)
            e = prom_family_samples(f, add_sample, s);
    }
    if (!e && s->n)
        qsort(s->line, s->n, sizeof *s->line, compare_lines);
    return e;
}

/* --- differences -------------------------------------------------------- */

typedef struct difference {
    prom__bytes text;
    size_t n;
    const line *expected, *found; /* the first; one may be NULL */
} difference;

static bool add_difference(difference *d, const line *expected, const line *found)
{
    const line *both[2] = { expected, found };
    if (!d->n++) {
        d->expected = expected;
        d->found = found;
    }
    for (int i = 0; i < 2; i++)
        if (both[i] && !(prom__bytes_add(&d->text, i ? "+ " : "- ", 2) &&
                         prom__bytes_add(&d->text, both[i]->text.p, both[i]->text.n) &&
                         prom__bytes_add(&d->text, "\n", 1)))
            return false;
    return true;
}

static bool same_series(const line *a, const line *b)
{
    return strcmp(a->family, b->family) == 0 && a->key == b->key &&
           memcmp(a->text.p, b->text.p, a->key) == 0;
}

/* A series that has several times has as many lines. */
static bool has_one_line(const side *s, size_t i)
{
    return !(i && same_series(&s->line[i - 1], &s->line[i])) &&
           !(i + 1 < s->n && same_series(&s->line[i], &s->line[i + 1]));
}

/* A help text that is not expected does not matter; where one is, the two lines are a pair. */
static prom_err find_differences(const side *expected, const side *found, difference *d)
{
    bool ok = true;
    size_t i = 0, k = 0;
    while (ok && (i < expected->n || k < found->n)) {
        const line *e = i < expected->n ? &expected->line[i] : NULL;
        const line *f = k < found->n ? &found->line[k] : NULL;
        int c = !e ? 1 : !f ? -1 : compare_lines(e, f);
        bool pair = e && f && same_series(e, f) &&
                    (!c || (has_one_line(expected, i) && has_one_line(found, k)));
        if (pair ? c != 0 : c < 0 || !f->help)
            ok = add_difference(d, pair || c < 0 ? e : NULL, pair || c > 0 ? f : NULL);
        i += pair || c < 0;
        k += pair || c > 0;
    }
    return ok ? PROM_OK : no_memory();
}

static prom_err say_difference(const difference *d)
{
    const line *e = d->expected, *f = d->found;
    char more[60] = "";
    if (d->n > 1)
        snprintf(more, sizeof more, ", and %zu more difference%s", d->n - 1,
                 d->n == 2 ? "" : "s");
    if (e && f)
        return prom_fail(PROM_E_DIFFERS, "'%.*s' is expected, but there is '%.*s'%s",
                         (int)e->text.n, e->text.p, (int)f->text.n, f->text.p, more);
    return prom_fail(PROM_E_DIFFERS, "'%.*s' is %s%s", (int)(e ? e : f)->text.n,
                     (e ? e : f)->text.p,
                     e ? "expected, but not there" : "there, but not expected", more);
}

/* --- the calls ---------------------------------------------------------- */

static bool has_family(const prom_snapshot *s, const char *name)
{
    bool has = false;
    for (size_t i = 0; i < prom_snapshot_size(s) && !has; i++)
        has = prom_snapshot_at(s, i)->n_metrics &&
              strcmp(prom_snapshot_at(s, i)->name, name) == 0;
    return has;
}

static prom_err compare(const prom_snapshot *expected, const prom_snapshot *found,
                        const char *const *names, char **out)
{
    side a = { .n = 0 }, b = { .n = 0 };
    difference d = { .n = 0 };
    prom_err e = PROM_OK;
    for (size_t i = 0; names && names[i] && !e; i++)
        if (!has_family(expected, names[i]) && !has_family(found, names[i]))
            e = prom_fail(PROM_E_NOENT, "neither side has a family '%s'", names[i]);
    if (!e)
        e = add_families(&a, expected, names);
    if (!e)
        e = add_families(&b, found, names);
    if (!e)
        e = find_differences(&a, &b, &d);
    if (!e && d.n && !prom__bytes_add(&d.text, "", 1))
        e = no_memory();
    if (!e && d.n)
        e = say_difference(&d);
    if (e == PROM_E_DIFFERS && out)
        *out = d.text.p;
    else
        prom__bytes_free(&d.text);
    close_side(&a);
    close_side(&b);
    return e;
}

static prom_err parse(const char *what, const char *text, size_t n, prom_snapshot **out)
{
    prom_err e = prom_parse_text(text, n, out);
    return e == PROM_E_SYNTAX ? prom_fail(e, "%s, %s", what, prom_error(e)) : e;
}

static prom_err compare_with_text(const char *expected, const prom_snapshot *found,
                                  const char *const *names, char **out)
{
    prom_snapshot *s;
    if (!expected)
        return prom_fail(PROM_E_INVAL, "there is no text to compare with");
    prom_err e = parse("the expected text", expected, strlen(expected), &s);
    if (e)
        return e;
    e = compare(s, found, names, out);
    prom_unref(s);
    return e;
}

prom_err prom_test_compare(void *object, const char *expected, const char *const *names,
                           char **out)
{
    prom_snapshot *found;
    if (out)
        *out = NULL;
    prom_err e = prom__gather_object(object, &found);
    if (e)
        return e;
    e = compare_with_text(expected, found, names, out);
    prom_unref(found);
    return e;
}

prom_err prom_test_scrape(const char *url, const char *expected, const char *const *names,
                          char **out)
{
    prom_snapshot *found;
    char *body;
    size_t n;
    if (out)
        *out = NULL;
    prom_err e = prom_fetch(url, 0, 0, &body, &n);
    if (e)
        return e;
    e = parse(url, body, n, &found);
    prom_free(body);
    if (e)
        return e;
    e = compare_with_text(expected, found, names, out);
    prom_unref(found);
    return e;
}
