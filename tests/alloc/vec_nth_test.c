// SPDX-License-Identifier: Apache-2.0
/* vec_nth_test.c - what vec.h declares for families, with its n-th allocation failing. */
#include "nth.h"

#define STR(s)      ((prom_str){ (s), strlen(s) })
#define LABEL(n, v) ((prom_label_str){ STR(n), STR(v) })

/* Of w->wide: more than have room on the stack of a look-up. */
static const prom_label_str *wide_set(void)
{
    static prom_label_str labels[FEW_LABELS];
    for (int i = 0; i < FEW_LABELS; i++)
        labels[i] = (prom_label_str){ STR(wide_labels[i]), STR(wide_labels[i]) };
    return labels;
}

static const prom_str *wide_values(void)
{
    static prom_str values[FEW_LABELS];
    for (int i = 0; i < FEW_LABELS; i++)
        values[i] = STR(wide_labels[i]);
    return values;
}

static void prepare_wide(world *w)
{
    prom_counter *c = NULL;
    CHECK_OK(prom_counter_with(w->wide, wide_labels, &c));
    w->prepared = c;
}

/* --- one child ---------------------------------------------------------- */

static prom_err with_labels(world *w)
{
    void *out = w;
    prom_err e = prom_vec_with_labels(w->wide, wide_set(), FEW_LABELS, &out);
    w->out = out;
    return e;
}

static prom_err get(world *w)
{
    void *out = w;
    prom_err e = prom_vec_get(w->wide, wide_values(), FEW_LABELS, &out);
    w->out = out;
    return e;
}

static prom_err get_labels(world *w)
{
    void *out = w;
    prom_err e = prom_vec_get_labels(w->wide, wide_set(), FEW_LABELS, &out);
    w->out = out;
    return e;
}

static prom_err remove_labels(world *w)
{
    return prom_vec_remove_labels(w->wide, wide_set(), FEW_LABELS);
}

static prom_err remove_matching(world *w)
{
    size_t n = 12345;
    prom_err e = prom_vec_remove_matching(w->wide, wide_set() + 3, 2, &n);
    CHECK_INT(n, e ? 0 : 1);
    return e;
}

/* --- views -------------------------------------------------------------- */

static prom_err curry(world *w)
{
    OUT(prom_vec);
    prom_err e = prom_vec_curry(w->wide, wide_set(), 3, &out);
    w->out = out;
    return e;
}

static void prepare_view(world *w)
{
    prom_vec *view = NULL;
    CHECK_OK(prom_vec_curry(w->wide, wide_set(), 3, &view));
    w->prepared = view;
}

static prom_err with_in_view(world *w)
{
    void *out = w;
    prom_err e = prom_vec_with(w->prepared, wide_values() + 3, FEW_LABELS - 3, &out);
    w->out = out;
    return e;
}

/* --- constraints -------------------------------------------------------- */

static size_t longer(void *data, prom_str value, char *out, size_t cap)
{
    enum { LONG = 1000 }; /* does not fit at first */
    (void)data;
    if (cap >= LONG)
        memset(out, value.n ? value.p[0] : 'x', LONG);
    return LONG;
}

static prom_err constrained(world *w)
{
    OUT(prom_vec);
    prom_err e = prom_vec_new(
        w->r, PROM_GAUGE,
        PROM_OPTS(.name = "new", .help = "", .labels = PROM_LABELS("a", "b"),
                  .constraints = PROM_CONSTRAINTS(
                      { .label = "a", .allowed = PROM_VALUES("1", "2"), .otherwise = "3" },
                      { .label = "b", .apply = longer })),
        &out);
    w->out = out;
    return e;
}

static void prepare_constrained(world *w)
{
    CHECK_OK(constrained(w));
    w->prepared = w->out;
    w->out = NULL;
}

static prom_err with_constrained(world *w)
{
    OUT(prom_gauge);
    prom_err e = prom_gauge_with(w->prepared, PROM_VALUES("x", "y"), &out);
    w->out = out;
    return e;
}

/* --- many children ------------------------------------------------------ */

static prom_err preset(world *w)
{
    const char *values[20] = { "1", "a", "\"", "b", "0", "c", "d", "e" };
    values[8 + w->param % 8] = NULL;
    for (int i = 8; i < 8 + w->param % 8; i++)
        values[i] = i % 2 ? "g" : "h";
    return prom_vec_preset(w->level, &(prom_label_values){ "i", values }, 1);
}

static prom_err pass(void *data, void *child, const prom_label_str *labels, size_t n)
{
    CHECK(child && n == 1 && labels[0].value.n > 0);
    ++*(int *)data;
    return PROM_OK;
}

static void prepare_escapes(world *w)
{
    prom_counter *c = NULL;
    for (int i = 0; i < 600; i++)
        w->pad[i] = i % 2 ? '\n' : '"';
    w->pad[600] = '\0';
    CHECK_OK(prom_counter_with(w->requests, PROM_VALUES(w->pad), &c));
    prom_unref(c);
    w->pad[0] = '\0';
}

static prom_err each(world *w)
{
    int n = 0;
    prom_err e = prom_vec_each(w->requests, pass, &n);
    CHECK(e || n >= 2);
    return e;
}

/* --- replacing ---------------------------------------------------------- */

static prom_err fresh(world *w)
{
    OUT(prom_vec);
    prom_err e = prom_vec_fresh(w->requests, &out);
    w->out = out;
    return e;
}

static void prepare_fresh(world *w)
{
    CHECK_OK(fresh(w));
    w->prepared = w->out;
    w->out = NULL;
    for (int i = 0; i < w->param; i++)
        add_series(w->prepared, 100 + i);
}

static prom_err with_in_fresh(world *w)
{
    OUT(prom_counter);
    prom_err e = prom_counter_with(w->prepared, PROM_VALUES("new"), &out);
    CHECK_INT(prom_vec_size(w->prepared), w->param + !e);
    w->out = out;
    return e;
}

static prom_err replace(world *w)
{
    prom_err e = prom_vec_replace(w->requests, w->prepared);
    CHECK_INT(prom_vec_size(w->prepared), e ? w->param : 0);
    CHECK_INT(prom_vec_size(w->requests), e ? 2 : w->param);
    return e;
}

/* --- the whole ---------------------------------------------------------- */

static const row rows[] = {
    { "with_labels", NULL, with_labels, 1, false },
    { "with_labels, there", prepare_wide, with_labels, 1, false },
    { "get", prepare_wide, get, 1, false },
    { "get_labels", prepare_wide, get_labels, 1, false },
    { "remove_labels", prepare_wide, remove_labels, 1, false },
    { "remove_matching", prepare_wide, remove_matching, 1, false },
    { "curry", NULL, curry, 1, false },
    { "with, in a view", prepare_view, with_in_view, 1, false },
    { "vec_new with constraints", NULL, constrained, 1, false },
    { "with, constrained", prepare_constrained, with_constrained, 1, false },
    { "preset", NULL, preset, 8, false },
    { "each", NULL, each, 1, false },
    { "each, with escapes", prepare_escapes, each, 1, false },
    { "fresh", NULL, fresh, 1, false },
    { "with, in a fresh vec", prepare_fresh, with_in_fresh, 30, false },
    { "replace", prepare_fresh, replace, 40, false },
};

static void test_setting_the_allocator(void)
{
    CHECK_OK(prom_set_allocator(&failing_allocator));
    prom_unref(prom_ref(prom_registry_default()));
    world_free(world_new(0));
}

static void test_every_row(void)
{
    run_rows(rows, sizeof rows / sizeof *rows);
}

TESTS(ROW(test_setting_the_allocator), ROW(test_every_row))
