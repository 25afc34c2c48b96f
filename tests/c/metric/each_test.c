// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <prom/vec.h>

#define STR(s)      ((prom_str){ (s), strlen(s) })
#define LABEL(n, v) ((prom_label_str){ STR(n), STR(v) })

typedef struct seen {
    prom_vec *v;
    char text[2000];
    size_t n, stop; /* after so many */
    prom_err (*then)(struct seen *s, void *child, const prom_label_str *labels);
} seen;

static prom_err see(void *data, void *child, const prom_label_str *labels, size_t n)
{
    seen *s = data;
    char line[200], *p = line;
    for (size_t i = 0; i < n; i++)
        p += sprintf(p, "%s%.*s=%.*s", i ? "," : "", (int)labels[i].name.n, labels[i].name.p,
                     (int)labels[i].value.n, labels[i].value.p);
    sprintf(p, " %g\n", prom_gauge_value(child));
    strcat(s->text, line);
    s->n++;
    prom_err e = s->then ? s->then(s, child, labels) : PROM_OK;
    return s->n == s->stop ? PROM_E_CLOSED : e;
}

static prom_vec *make(prom_registry *r, const char *const *labels)
{
    prom_vec *v = NULL;
    CHECK_OK(prom_vec_new(r, PROM_GAUGE,
                          PROM_OPTS(.name = "m", .help = "", .labels = labels,
                                    .const_labels = PROM_CONST_LABELS({ "k", "c\"" })),
                          &v));
    return v;
}

static void set(prom_vec *v, const char *const *values, double to)
{
    prom_gauge *g = NULL;
    CHECK_OK(prom_gauge_with(v, values, &g));
    prom_gauge_set(g, to);
    prom_unref(g);
}

static void test_each_in_the_order_of_exposition(void)
{
    for (int created = 0; created < 2; created++) {
        prom_registry *r = kit_registry(created ? PROM_ORDER_CREATED : PROM_ORDER_SORTED);
        prom_vec *v = make(r, PROM_LABELS("z", "a"));
        set(v, PROM_VALUES("1", "y"), 1);
        set(v, PROM_VALUES("2", "x"), 2);
        set(v, PROM_VALUES("1", "x"), 3);
        seen s = { .v = v };
        CHECK_OK(prom_vec_each(v, see, &s));
        CHECK_STR(s.text, created ? "z=1,a=y 1\nz=2,a=x 2\nz=1,a=x 3\n"
                                  : "z=1,a=x 3\nz=2,a=x 2\nz=1,a=y 1\n");
        prom_unref(v), prom_unref(r);
    }
}

static void test_each_stops(void)
{
    prom_vec *v = make(NULL, PROM_LABELS("x"));
    set(v, PROM_VALUES("a"), 1), set(v, PROM_VALUES("b"), 2), set(v, PROM_VALUES("c"), 3);
    seen s = { .v = v, .stop = 2 };
    CHECK_ERR(prom_vec_each(v, see, &s), PROM_E_CLOSED);
    CHECK_STR(s.text, "x=a 1\nx=b 2\n");
    CHECK_ERR(prom_vec_each(NULL, see, &s), PROM_E_INVAL);
    CHECK_ERR(prom_vec_each(v, NULL, &s), PROM_E_INVAL);
    prom_unref(v);
}

static void test_each_of_nothing_and_of_one(void)
{
    prom_vec *v = make(NULL, PROM_LABELS("x"));
    seen s = { .v = v };
    CHECK_OK(prom_vec_each(v, see, &s));
    CHECK_INT(s.n, 0);
    prom_unref(v);
    v = make(NULL, NULL);
    CHECK_OK(prom_vec_each(v, see, &s));
    CHECK_STR(s.text, " 0\n");
    prom_unref(v);
}

static void test_each_of_strange_values(void)
{
    static const char *const values[] = { "",         "\\", "\n",   "\\n", "\"",
                                          "a\"b\\\n", "x",  "\\\\", NULL };
    prom_vec *v = make(NULL, PROM_LABELS("b", "a"));
    for (int i = 0; values[i]; i++) {
        set(v, PROM_VALUES(values[i], values[7 - i]), i);
    }
    seen s = { .v = v };
    CHECK_OK(prom_vec_each(v, see, &s));
    CHECK_INT(s.n, 8);
    for (int i = 0; values[i]; i++) {
        char line[100];
        sprintf(line, "b=%s,a=%s %d\n", values[i], values[7 - i], i);
        CHECK(strstr(s.text, line));
    }
    prom_unref(v);
}

static void test_each_of_views_and_fresh_ones(void)
{
    prom_vec *v = make(NULL, PROM_LABELS("a", "b", "c")), *view = NULL, *fresh = NULL;
    set(v, PROM_VALUES("1", "2", "3"), 1);
    set(v, PROM_VALUES("1", "3", "3"), 2);
    set(v, PROM_VALUES("4", "3", "2"), 3);
    CHECK_OK(prom_vec_curry(v, &LABEL("b", "3"), 1, &view));
    seen s = { .v = view };
    CHECK_OK(prom_vec_each(view, see, &s));
    CHECK_STR(s.text, "a=1,c=3 2\na=4,c=2 3\n");
    CHECK_OK(prom_vec_fresh(v, &fresh));
    set(fresh, PROM_VALUES("x", "y", "z"), 9);
    s = (seen){ .v = fresh };
    CHECK_OK(prom_vec_each(fresh, see, &s));
    CHECK_STR(s.text, "a=x,b=y,c=z 9\n");
    prom_unref(fresh), prom_unref(view), prom_unref(v);
}

/* --- what each() may do ------------------------------------------------- */

static prom_err remove_it(seen *s, void *child, const prom_label_str *labels)
{
    (void)child;
    return prom_vec_remove_str(s->v, &labels[0].value, 1);
}

static prom_err remove_next(seen *s, void *child, const prom_label_str *labels)
{
    char next[] = { (char)(labels[0].value.p[0] + 1), 0 };
    (void)child;
    prom_vec_remove(s->v, PROM_VALUES(next));
    set(s->v, PROM_VALUES(next), 99); /* another series, which was not there at the call */
    return PROM_OK;
}

static prom_err clear_all(seen *s, void *child, const prom_label_str *labels)
{
    prom_ref(child);
    prom_err e = prom_vec_clear(s->v);
    prom_gauge_set(child, 7);
    CHECK(labels[0].value.n == 1);
    prom_unref(child);
    return e;
}

static prom_err replace_all(seen *s, void *child, const prom_label_str *labels)
{
    prom_vec *fresh = NULL;
    (void)child, (void)labels;
    CHECK_OK(prom_vec_fresh(s->v, &fresh));
    set(fresh, PROM_VALUES("c"), 5);
    CHECK_OK(prom_vec_replace(s->v, fresh));
    prom_unref(fresh);
    return PROM_OK;
}

static prom_err let_go(seen *s, void *child, const prom_label_str *labels)
{
    (void)child, (void)labels;
    prom_unref(s->v);
    s->v = NULL;
    s->then = NULL;
    return PROM_OK;
}

static void run_with(prom_err (*then)(seen *s, void *child, const prom_label_str *labels),
                     const char *want, size_t left)
{
    prom_vec *v = make(NULL, PROM_LABELS("x"));
    set(v, PROM_VALUES("a"), 1), set(v, PROM_VALUES("b"), 2), set(v, PROM_VALUES("c"), 3);
    seen s = { .v = v, .then = then };
    CHECK_OK(prom_vec_each(v, see, &s));
    CHECK_STR(s.text, want);
    if (s.v)
        CHECK_INT(prom_vec_size(v), left);
    prom_unref(s.v);
}

static void test_each_may_change_the_family(void)
{
    run_with(remove_it, "x=a 1\nx=b 2\nx=c 3\n", 0);
    run_with(remove_next, "x=a 1\nx=c 3\n", 4);
    run_with(clear_all, "x=a 1\n", 0);
    run_with(replace_all, "x=a 1\n", 1);
    run_with(let_go, "x=a 1\nx=b 2\nx=c 3\n", 0);
}

TESTS(ROW(test_each_in_the_order_of_exposition), ROW(test_each_stops),
      ROW(test_each_of_nothing_and_of_one), ROW(test_each_of_strange_values),
      ROW(test_each_of_views_and_fresh_ones), ROW(test_each_may_change_the_family))
