// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <prom/vec.h>

#define STR(s)      ((prom_str){ (s), strlen(s) })
#define LABEL(n, v) ((prom_label_str){ STR(n), STR(v) })

static prom_registry *r;

static prom_vec *make(const prom_constraint *constraints)
{
    prom_vec *v = NULL;
    r = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_vec_new(r, PROM_COUNTER,
                          PROM_OPTS(.name = "m", .help = "",
                                    .labels = PROM_LABELS("zone", "method", "code"),
                                    .constraints = constraints),
                          &v));
    return v;
}

static prom_vec *curry(prom_vec *v, const char *name, const char *value)
{
    prom_vec *out = NULL;
    CHECK_OK(prom_vec_curry(v, &LABEL(name, value), 1, &out));
    return out;
}

static prom_counter *with(prom_vec *v, const char *const *values)
{
    prom_counter *c = NULL;
    CHECK_OK(prom_counter_with(v, values, &c));
    return c;
}

static void fill(prom_vec *v)
{
    for (int i = 0; i < 8; i++)
        prom_unref(with(
            v, PROM_VALUES(i & 4 ? "eu" : "us", i & 2 ? "GET" : "PUT", i & 1 ? "200" : "500")));
}

static void test_view_shares_its_children(void)
{
    prom_vec *v = make(NULL), *get = curry(v, "method", "GET"), *found = NULL;
    prom_counter *a = with(get, PROM_VALUES("eu", "200")),
                 *b = with(v, PROM_VALUES("eu", "GET", "200"));
    CHECK(a == b);
    prom_counter_inc(a);
    CHECK_TEXT(r, "# HELP m_total \n# TYPE m_total counter\n"
                  "m_total{code=\"200\",method=\"GET\",zone=\"eu\"} 1\n");
    CHECK_OK(prom_child_vec(a, &found));
    CHECK(found == v); /* not the view */
    prom_unref(found);
    void *c = NULL;
    CHECK_OK(prom_vec_with_labels(
        get, (prom_label_str[]){ LABEL("code", "200"), LABEL("zone", "eu") }, 2, &c));
    CHECK(c == a);
    prom_unref(c);
    CHECK_OK(prom_vec_get(get, (prom_str[]){ STR("eu"), STR("200") }, 2, &c));
    CHECK(c == a);
    prom_unref(c);
    prom_unref(a), prom_unref(b);
    prom_unref(r);
    prom_unref(v); /* the view keeps it */
    prom_unref(with(get, PROM_VALUES("us", "500")));
    CHECK_INT(prom_vec_size(get), 2);
    prom_unref(get);
}

static void test_view_says_what_is_left(void)
{
    prom_vec *v = make(NULL), *get = curry(v, "method", "GET");
    const prom_opts *o = prom_vec_opts(get);
    CHECK_STR(o->name, "m_total");
    CHECK_STR(o->labels[0], "zone");
    CHECK_STR(o->labels[1], "code");
    CHECK_STR(o->labels[2], NULL);
    CHECK_INT(prom_vec_type(get), PROM_COUNTER);
    void *c = v;
    CHECK_SAYS(prom_vec_with(get, (prom_str[]){ STR("eu") }, 1, &c), PROM_E_LABELS,
               "'m' takes 2 label values (zone, code), not 1");
    CHECK(!c);
    CHECK_SAYS(prom_vec_with(get, (prom_str[]){ STR("a"), STR("b"), STR("c") }, 3, &c),
               PROM_E_LABELS, "'m' takes 2 label values (zone, code), not 3");
    CHECK_SAYS(prom_vec_with_labels(get, (prom_label_str[]){ LABEL("method", "GET") }, 1, &c),
               PROM_E_LABELS, "'m': label 'method' is set already");
    CHECK_SAYS(prom_vec_with_labels(get, (prom_label_str[]){ LABEL("zone", "GET") }, 1, &c),
               PROM_E_LABELS, "'m': label 'code' is missing");
    prom_gauge *g = NULL;
    CHECK_SAYS(prom_gauge_with(get, PROM_VALUES("eu", "1"), &g), PROM_E_TYPE,
               "'m' is a counter, not a gauge");
    CHECK_INT(prom_vec_size(v), 0);
    prom_unref(get), prom_unref(v), prom_unref(r);
}

static void test_view_refuses(void)
{
    prom_vec *v = make(NULL), *get = curry(v, "method", "GET"), *out = v;
    CHECK_SAYS(prom_vec_curry(v, &LABEL("path", "/"), 1, &out), PROM_E_LABELS,
               "'m' has no label 'path'");
    CHECK(!out);
    CHECK_SAYS(prom_vec_curry(get, &LABEL("method", "GET"), 1, &out), PROM_E_LABELS,
               "'m': label 'method' is set already");
    CHECK_SAYS(prom_vec_curry(v, (prom_label_str[]){ LABEL("code", "1"), LABEL("code", "1") },
                              2, &out),
               PROM_E_LABELS, "'m': label 'code' is given twice");
    /* Trap 6: at once, not when a child is made, and not in the next gather. */
    CHECK_SAYS(prom_vec_curry(v, &LABEL("code", "\xC3"), 1, &out), PROM_E_LABELS,
               "'m': the value of label 'code' is not valid UTF-8");
    CHECK_ERR(prom_vec_curry(NULL, NULL, 0, &out), PROM_E_INVAL);
    CHECK_SAYS(prom_registry_add(r, get), PROM_E_TYPE,
               "a view or fresh vec of 'm' is not registered, but it is");
    CHECK_ERR(prom_registry_remove(r, get), PROM_E_TYPE);
    prom_unref(get), prom_unref(v), prom_unref(r);
}

static void test_view_of_a_view(void)
{
    prom_vec *v = make(NULL), *get = curry(v, "method", "GET"), *eu = curry(get, "zone", "eu"),
             *all = curry(eu, "code", "200"), *same = NULL, *none = NULL;
    prom_unref(get);
    CHECK_STR(prom_vec_opts(eu)->labels[0], "code");
    CHECK_STR(prom_vec_opts(eu)->labels[1], NULL);
    CHECK(!prom_vec_opts(all)->labels[0]);
    prom_counter *a = with(eu, PROM_VALUES("200")), *b = with(all, NULL),
                 *c = with(v, PROM_VALUES("eu", "GET", "200"));
    CHECK(a == b && b == c);
    CHECK_SAYS(prom_vec_with(all, &STR("x"), 1, &(void *){ NULL }), PROM_E_LABELS,
               "'m' takes 0 label values, not 1");
    CHECK_OK(prom_vec_curry(all, NULL, 0, &same));
    CHECK_OK(prom_vec_remove(same, NULL));
    CHECK_ERR(prom_vec_remove(all, NULL), PROM_E_NOENT);
    CHECK_INT(prom_vec_size(v), 0);
    CHECK_OK(prom_vec_curry(v, NULL, 0, &none));
    prom_unref(with(none, PROM_VALUES("1", "2", "3")));
    CHECK_INT(prom_vec_size(none), 1);
    prom_unref(a), prom_unref(b), prom_unref(c);
    prom_unref(same), prom_unref(none), prom_unref(all), prom_unref(eu);
    prom_unref(v), prom_unref(r);
}

static void test_view_sees_only_its_own(void)
{
    prom_vec *v = make(NULL), *get = curry(v, "method", "GET"),
             *put = curry(v, "method", "PUT");
    size_t removed = 0;
    fill(v);
    CHECK_INT(prom_vec_size(get), 4);
    CHECK_INT(prom_vec_size(put), 4);
    CHECK_OK(prom_vec_remove_matching(get, &LABEL("code", "500"), 1, &removed));
    CHECK_INT(removed, 2);
    CHECK_SAYS(prom_vec_remove_matching(get, &LABEL("method", "PUT"), 1, &removed),
               PROM_E_LABELS, "'m': label 'method' is set already");
    CHECK_OK(prom_vec_remove_matching(get, NULL, 0, &removed));
    CHECK_INT(removed, 0);
    CHECK_INT(prom_vec_size(get), 2);
    CHECK_OK(prom_vec_remove_labels(
        get, (prom_label_str[]){ LABEL("code", "200"), LABEL("zone", "us") }, 2));
    CHECK_OK(prom_vec_clear(get));
    CHECK_INT(prom_vec_size(get), 0);
    CHECK_INT(prom_vec_size(put), 4);
    CHECK_INT(prom_vec_size(v), 4);
    CHECK_HAS_NOT(r, "GET");
    prom_unref(get), prom_unref(put), prom_unref(v), prom_unref(r);
}

static int applied;

static size_t star(void *data, prom_str value, char *out, size_t cap)
{
    (void)data;
    applied++;
    if (value.n + 1 <= cap) {
        memcpy(out, value.p, value.n);
        out[value.n] = '*';
    }
    return value.n + 1;
}

static void test_view_is_constrained_once(void)
{
    prom_vec *v = make(PROM_CONSTRAINTS({ .label = "code", .apply = star },
                                        { .label = "method", .allowed = PROM_VALUES("GET") }));
    applied = 0;
    prom_vec *ok = curry(v, "code", "200"), *odd = curry(ok, "method", "BREW");
    CHECK_INT(applied, 1);
    prom_counter *a = with(odd, PROM_VALUES("eu")), *b = with(v, PROM_VALUES("eu", "x", "200"));
    CHECK_INT(applied, 2);
    CHECK(a == b);
    CHECK_HAS(r, "m_total{code=\"200*\",method=\"other\",zone=\"eu\"} 0\n");
    CHECK_INT(prom_vec_size(odd), 1);
    size_t removed = 0;
    CHECK_OK(prom_vec_remove_matching(v, &LABEL("code", "200"), 1, &removed));
    CHECK_INT(removed, 1);
    prom_unref(a), prom_unref(b);
    prom_unref(odd), prom_unref(ok), prom_unref(v), prom_unref(r);
}

static void test_view_of_a_metric_without_labels(void)
{
    prom_vec *v = NULL, *view = NULL;
    CHECK_OK(prom_vec_new(NULL, PROM_COUNTER, PROM_OPTS(.name = "m", .help = ""), &v));
    CHECK_OK(prom_vec_curry(v, NULL, 0, &view));
    prom_counter *c = with(view, NULL);
    prom_unref(view), prom_unref(v);
    prom_counter_inc(c);
    CHECK_DBL(prom_counter_value(c), 1);
    prom_unref(c);
}

static void test_view_of_many_labels_and_values_with_nul(void)
{
    enum { N = 60 };
    static char names[N][8];
    const char *labels[N + 1] = { NULL };
    prom_label_str set[N];
    prom_str rest[N], all[N];
    size_t n_set = 0, n_rest = 0;
    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "l%d", (int)i);
        labels[i] = names[i];
        all[i] = (prom_str){ names[i], 3 + (i < 10 ? 0 : 1) }; /* with its NUL */
        if (i % 3 == 0)
            set[n_set++] = (prom_label_str){ STR(names[i]), all[i] };
        else
            rest[n_rest++] = all[i];
    }
    prom_vec *v = NULL, *view = NULL;
    CHECK_OK(prom_vec_new(NULL, PROM_GAUGE,
                          PROM_OPTS(.name = "m", .help = "", .labels = labels), &v));
    CHECK_OK(prom_vec_curry(v, set, n_set, &view));
    void *a = NULL, *b = NULL;
    CHECK_OK(prom_vec_with(view, rest, n_rest, &a));
    CHECK_OK(prom_vec_with(v, all, N, &b));
    CHECK(a == b);
    CHECK_INT(prom_vec_size(view), 1);
    prom_unref(a), prom_unref(b);
    prom_unref(view), prom_unref(v);
}

TESTS(ROW(test_view_shares_its_children), ROW(test_view_says_what_is_left),
      ROW(test_view_refuses), ROW(test_view_of_a_view), ROW(test_view_sees_only_its_own),
      ROW(test_view_is_constrained_once), ROW(test_view_of_a_metric_without_labels),
      ROW(test_view_of_many_labels_and_values_with_nul))
