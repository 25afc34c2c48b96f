// SPDX-License-Identifier: Apache-2.0
/* expect.h - steps that look at what came of those before. */
#ifndef CASES_EXPECT_H
#define CASES_EXPECT_H

#include "world.h"

#include <prom/encode.h>
#include <prom/gather.h>
#include <prom/lint.h>
#include <prom/testing.h>

typedef struct walk {
    json_t *expect;
    size_t n;
} walk;

static prom_err read_value(void *data, const prom_metric *m)
{
    *(double *)data = m->family->type == PROM_HISTOGRAM || m->family->type == PROM_SUMMARY
                          ? (double)m->count
                          : m->value;
    return PROM_OK;
}

static prom_err value(void *child, prom_type t, json_t *s)
{
    (void)t;
    double v = -12345;
    prom_err e = prom_child_read(child, read_value, &v);
    CHECK_DBL(v, number_at(s, "expect", -54321));
    return e;
}
UPDATE(value)

static prom_err read_exemplars(void *data, const prom_metric *m)
{
    json_t *s = data, *expect = json_object_get(s, "expect");
    bool native = json_is_true(json_object_get(s, "native"));
    const prom_exemplar *x = native ? m->native_exemplars : m->exemplars;
    size_t n = native ? m->n_native_exemplars : m->n_exemplars;
    CHECK_DBL((double)n, (double)json_array_size(expect));
    for (size_t i = 0; i < n && i < json_array_size(expect); i++) {
        json_t *want = json_array_get(expect, i), *labels = json_array_get(want, 1);
        CHECK_DBL(x[i].value, number(json_array_get(want, 0)));
        CHECK_DBL((double)x[i].n_labels, (double)json_object_size(labels));
        for (size_t k = 0; k < x[i].n_labels; k++) {
            char name[200];
            snprintf(name, sizeof name, "%.*s", (int)x[i].labels[k].name.n,
                     x[i].labels[k].name.p);
            check_text(x[i].labels[k].value, json_object_get(labels, name));
        }
    }
    return PROM_OK;
}

static prom_err exemplars(void *child, prom_type t, json_t *s)
{
    (void)t;
    return prom_child_read(child, read_exemplars, s);
}
UPDATE(exemplars)

static void check_side(const prom_native_bucket *got, size_t n, json_t *want)
{
    CHECK_DBL((double)n, (double)json_array_size(want));
    for (size_t i = 0; i < n && i < json_array_size(want); i++) {
        json_t *pair = json_array_get(want, i);
        CHECK_DBL((double)got[i].index, number(json_array_get(pair, 0)));
        CHECK_DBL((double)got[i].n.count, number(json_array_get(pair, 1)));
    }
}

static prom_err read_native(void *data, const prom_metric *m)
{
    json_t *want = json_object_get(data, "expect");
    if (!CHECK(m->native != NULL))
        return PROM_OK;
    CHECK_DBL(m->native->schema, number_at(want, "schema", -99));
    CHECK_DBL((double)m->native->zero_count, number_at(want, "zero_count", 0));
    CHECK_DBL((double)m->count, number_at(want, "count", 0));
    CHECK_DBL(m->sum, number_at(want, "sum", 0));
    check_side(m->native->positive, m->native->n_positive, json_object_get(want, "positive"));
    check_side(m->native->negative, m->native->n_negative, json_object_get(want, "negative"));
    return PROM_OK;
}

static prom_err native(void *child, prom_type t, json_t *s)
{
    (void)t;
    return prom_child_read(child, read_native, s);
}
UPDATE(native)

static char *exposition(world *w, json_t *s)
{
    prom_snapshot *snapshot = NULL;
    char *got = NULL;
    const char *const *names = strings(json_object_get(s, "names"));
    if (CHECK_OK(
            prom_gather_with(registry_of(w, s), PROM_GATHER_OPTS(.names = names), &snapshot)))
        CHECK_OK(prom_encode_string(&prom_text, snapshot, &got, NULL));
    prom_unref(snapshot);
    return got;
}

static prom_err do_text(world *w, json_t *s)
{
    char *got = exposition(w, s), *want = lines(json_object_get(s, "expect"));
    CHECK_STR(got, want);
    prom_free(got);
    return PROM_OK;
}

static prom_err do_has(world *w, json_t *s)
{
    char *got = exposition(w, s), part[1000];
    snprintf(part, sizeof part, "%s\n", text(s, "line"));
    bool found = got && strstr(got, part);
    if (!CHECK(found == !json_is_false(json_object_get(s, "expect"))))
        fprintf(stderr, "    looked for %s    in %s\n", part, got);
    prom_free(got);
    return PROM_OK;
}

/* "expect": a part of each error, in order. */
static prom_err do_errors(world *w, json_t *s)
{
    json_t *expect = json_object_get(s, "expect"), *part;
    prom_snapshot *snapshot = NULL;
    size_t i;
    prom_err e = prom_gather(registry_of(w, s), &snapshot);
    if (e)
        return e;
    json_array_foreach(expect, i, part)
    {
        const char *got = prom_snapshot_error(snapshot, i);
        if (!CHECK(got && strstr(got, json_string_value(part))))
            fprintf(stderr, "    error %zu is %s\n", i, got ? got : "missing");
    }
    CHECK_STR(prom_snapshot_error(snapshot, json_array_size(expect)), NULL);
    prom_unref(snapshot);
    return PROM_OK;
}

static prom_err do_compare(world *w, json_t *s)
{
    char *expected = lines(json_object_get(s, "lines"));
    const char *const *names = strings(json_object_get(s, "names"));
    prom_err e = prom_test_compare(registry_of(w, s), expected, names, NULL);
    return e;
}

static prom_err do_count(world *w, json_t *s)
{
    const char *const *names = strings(json_object_get(s, "names"));
    size_t n = 0;
    prom_err e = prom_test_count(registry_of(w, s), names, &n);
    CHECK_DBL((double)n, number_at(s, "expect", -1));
    return e;
}

static prom_err take_problem(void *data, const prom_lint_problem *p)
{
    walk *w = data;
    json_t *want = json_array_get(w->expect, w->n++);
    CHECK_STR(p->metric, json_string_value(json_array_get(want, 0)));
    CHECK_STR(p->text, json_string_value(json_array_get(want, 1)));
    return PROM_OK;
}

static prom_err do_lint(world *w, json_t *s)
{
    walk x = { json_object_get(s, "expect"), 0 };
    prom_snapshot *snapshot = NULL;
    prom_err e = prom_gather(registry_of(w, s), &snapshot);
    if (!e)
        e = prom_lint(snapshot, NULL, 0, take_problem, &x);
    CHECK_DBL((double)x.n, (double)json_array_size(x.expect));
    prom_unref(snapshot);
    return e;
}

#endif
