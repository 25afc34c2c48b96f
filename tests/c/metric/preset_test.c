// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <prom/vec.h>

static prom_registry *r;

static prom_vec *make(const char *const *labels)
{
    prom_vec *v = NULL;
    r = kit_registry(PROM_ORDER_CREATED);
    CHECK_OK(
        prom_vec_new(r, PROM_GAUGE, PROM_OPTS(.name = "m", .help = "", .labels = labels), &v));
    return v;
}

static void drop(prom_vec *v)
{
    prom_unref(v);
    prom_unref(r);
}

static void test_preset_all_combinations(void)
{
    prom_vec *v = make(PROM_LABELS("method", "code"));
    prom_gauge *g = NULL;
    CHECK_OK(prom_gauge_with(v, PROM_VALUES("GET", "500"), &g));
    prom_gauge_set(g, 3);
    CHECK_OK(prom_vec_preset(v,
                             (prom_label_values[]){ { "code", PROM_VALUES("200", "500") },
                                                    { "method", PROM_VALUES("GET", "PUT") } },
                             2));
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\n"
                  "m{code=\"500\",method=\"GET\"} 3\n"
                  "m{code=\"200\",method=\"GET\"} 0\n"
                  "m{code=\"200\",method=\"PUT\"} 0\n"
                  "m{code=\"500\",method=\"PUT\"} 0\n");
    prom_unref(g);
    drop(v);
}

static void test_preset_of_views_and_fresh_ones(void)
{
    prom_vec *v = make(PROM_LABELS("a", "b")), *view = NULL, *fresh = NULL;
    CHECK_OK(prom_vec_fresh(v, &fresh));
    CHECK_OK(prom_vec_curry(fresh, &(prom_label_str){ { "a", 1 }, { "x", 1 } }, 1, &view));
    CHECK_OK(prom_vec_preset(view, &(prom_label_values){ "b", PROM_VALUES("1", "2") }, 1));
    CHECK_INT(prom_vec_size(v), 0);
    CHECK_OK(prom_vec_replace(v, fresh));
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\nm{a=\"x\",b=\"1\"} 0\nm{a=\"x\",b=\"2\"} 0\n");
    prom_unref(view), prom_unref(fresh);
    drop(v);
}

static void test_preset_refuses(void)
{
    prom_vec *v = make(PROM_LABELS("a", "b"));
    static const char *many[1002];
    static char names[1001][8];
    for (int i = 0; i < 1001; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        many[i] = names[i];
    }
    CHECK_SAYS(prom_vec_preset(v, &(prom_label_values){ "a", PROM_VALUES("1") }, 1),
               PROM_E_LABELS, "'m': label 'b' is missing");
    CHECK_SAYS(prom_vec_preset(v,
                               (prom_label_values[]){ { "a", PROM_VALUES("1") },
                                                      { "c", PROM_VALUES("1") } },
                               2),
               PROM_E_LABELS, "'m' has no label 'c'");
    CHECK_SAYS(prom_vec_preset(
                   v, (prom_label_values[]){ { "a", PROM_VALUES(NULL) }, { "a", many } }, 2),
               PROM_E_LABELS, "'m': label 'a' is given twice");
    CHECK_SAYS(prom_vec_preset(v, (prom_label_values[]){ { "a", many }, { "b", many } }, 2),
               PROM_E_INVAL, "'m': there are more than 1000000 combinations of values");
    CHECK_ERR(prom_vec_preset(v, (prom_label_values[]){ { "a", NULL }, { "b", many } }, 2),
              PROM_E_INVAL);
    CHECK_ERR(prom_vec_preset(NULL, NULL, 0), PROM_E_INVAL);
    CHECK_INT(prom_vec_size(v), 0);
    /* No values, no combinations. */
    CHECK_OK(prom_vec_preset(
        v, (prom_label_values[]){ { "a", many }, { "b", PROM_VALUES(NULL) } }, 2));
    CHECK_INT(prom_vec_size(v), 0);
    drop(v);
    v = make(NULL);
    CHECK_OK(prom_vec_preset(v, NULL, 0));
    CHECK_INT(prom_vec_size(v), 1);
    drop(v);
}

/* What was made before a value that is refused goes again, what was there before stays. */
static void test_preset_all_or_nothing(void)
{
    prom_vec *v = make(PROM_LABELS("x"));
    prom_gauge *g = NULL;
    CHECK_OK(prom_gauge_with(v, PROM_VALUES("b"), &g));
    CHECK_SAYS(
        prom_vec_preset(v, &(prom_label_values){ "x", PROM_VALUES("a", "b", "c", "\xFF") }, 1),
        PROM_E_LABELS, "'m': the value of label 'x' is not valid UTF-8");
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\nm{x=\"b\"} 0\n");
    CHECK(prom_child_exposed(g));
    prom_unref(g);
    drop(v);
}

static void test_preset_makes_at_most_max_series(void)
{
    prom_vec *v = NULL;
    r = kit_registry(PROM_ORDER_CREATED);
    CHECK_OK(prom_vec_new(
        r, PROM_GAUGE,
        PROM_OPTS(.name = "m", .help = "", .labels = PROM_LABELS("x"), .max_series = 2), &v));
    CHECK_OK(
        prom_vec_preset(v, &(prom_label_values){ "x", PROM_VALUES("a", "b", "c", "d") }, 1));
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\nm{x=\"a\"} 0\nm{x=\"b\"} 0\nm{x=\"other\"} 0\n");
    drop(v);
}

static void test_preset_of_many(void)
{
    static const char *hundred[101];
    static char names[100][8];
    for (int i = 0; i < 100; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        hundred[i] = names[i];
    }
    prom_vec *v = make(PROM_LABELS("a", "b"));
    CHECK_OK(
        prom_vec_preset(v, (prom_label_values[]){ { "a", hundred }, { "b", hundred } }, 2));
    CHECK_INT(prom_vec_size(v), 10000);
    CHECK_OK(
        prom_vec_preset(v, (prom_label_values[]){ { "a", hundred }, { "b", hundred } }, 2));
    CHECK_INT(prom_vec_size(v), 10000);
    drop(v);
}

TESTS(ROW(test_preset_all_combinations), ROW(test_preset_of_views_and_fresh_ones),
      ROW(test_preset_refuses), ROW(test_preset_all_or_nothing),
      ROW(test_preset_makes_at_most_max_series), ROW(test_preset_of_many))
