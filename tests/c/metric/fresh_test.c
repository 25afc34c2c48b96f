// SPDX-License-Identifier: Apache-2.0
#include "counting.h"
#include "kit.h"
#include "metric/vec.h"

#define STR(s)      ((prom_str){ (s), strlen(s) })
#define LABEL(n, v) ((prom_label_str){ STR(n), STR(v) })

static prom_registry *r;

static prom_vec *make(prom_order order)
{
    prom_vec *v = NULL;
    r = kit_registry(order);
    CHECK_OK(prom_vec_new(r, PROM_GAUGE,
                          PROM_OPTS(.name = "m", .help = "", .labels = PROM_LABELS("x")), &v));
    return v;
}

static prom_vec *fresh_of(prom_vec *v)
{
    prom_vec *fresh = NULL;
    CHECK_OK(prom_vec_fresh(v, &fresh));
    return fresh;
}

static prom_gauge *with(prom_vec *v, const char *value)
{
    prom_gauge *g = NULL;
    CHECK_OK(prom_gauge_with(v, PROM_VALUES(value), &g));
    return g;
}

static void set(prom_vec *v, const char *value, double to)
{
    prom_gauge *g = with(v, value);
    prom_gauge_set(g, to);
    prom_unref(g);
}

static void set_many(prom_vec *v, int from, int to, double value)
{
    char text[16];
    for (int i = from; i < to; i++) {
        snprintf(text, sizeof text, "%d", i);
        set(v, text, value);
    }
}

/* --- replacing ---------------------------------------------------------- */

static void test_fresh_replaces_all(void)
{
    prom_vec *v = make(PROM_ORDER_SORTED), *fresh = fresh_of(v), *found = NULL;
    prom_gauge *a = with(v, "a"), *b = with(v, "b");
    prom_gauge_set(a, 1), prom_gauge_set(b, 2);
    prom_gauge *new_b = with(fresh, "b"), *c = with(fresh, "c");
    prom_gauge_set(new_b, 20), prom_gauge_set(c, 30);
    CHECK(new_b != b);
    CHECK(!prom_child_exposed(c) && prom_child_exposed(b));
    CHECK_SAYS(prom_child_vec(c, &found), PROM_E_CLOSED, "the series is not exposed");
    CHECK_INT(prom_vec_size(v), 2);
    CHECK_INT(prom_vec_size(fresh), 2);
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\nm{x=\"a\"} 1\nm{x=\"b\"} 2\n");
    CHECK_OK(prom_vec_replace(v, fresh));
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\nm{x=\"b\"} 20\nm{x=\"c\"} 30\n");
    CHECK_INT(prom_vec_size(v), 2);
    CHECK_INT(prom_vec_size(fresh), 0);
    CHECK(prom_child_exposed(c) && !prom_child_exposed(b) && !prom_child_exposed(a));
    CHECK_OK(prom_child_vec(c, &found));
    CHECK(found == v);
    prom_unref(found);
    CHECK_SAYS(prom_child_vec(a, &found), PROM_E_CLOSED, "the series is not exposed");
    prom_gauge_set(a, 5); /* usable, and shown no more */
    CHECK_DBL(prom_gauge_value(a), 5);
    prom_gauge *again = with(v, "b");
    CHECK(again == new_b);
    CHECK_HAS_NOT(r, "\"a\"");
    prom_unref(a), prom_unref(b), prom_unref(new_b), prom_unref(c), prom_unref(again);
    prom_unref(fresh), prom_unref(v), prom_unref(r);
}

static void test_fresh_is_empty_afterwards_and_serves_again(void)
{
    prom_vec *v = make(PROM_ORDER_CREATED), *fresh = fresh_of(v);
    set(v, "old", 1);
    CHECK_OK(prom_vec_replace(v, fresh));
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\n");
    set(fresh, "z", 1), set(fresh, "a", 2);
    CHECK_OK(prom_vec_replace(v, fresh));
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\nm{x=\"z\"} 1\nm{x=\"a\"} 2\n"); /* as created */
    set(v, "b", 3);
    set(fresh, "a", 4);
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\nm{x=\"z\"} 1\nm{x=\"a\"} 2\nm{x=\"b\"} 3\n");
    CHECK_OK(prom_vec_replace(v, fresh));
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\nm{x=\"a\"} 4\n");
    prom_unref(fresh), prom_unref(v), prom_unref(r);
}

static void test_fresh_takes_all_functions(void)
{
    prom_vec *v = make(PROM_ORDER_SORTED), *fresh = fresh_of(v), *view = NULL;
    void *child = NULL;
    size_t removed = 0;
    CHECK_INT(prom_vec_type(fresh), PROM_GAUGE);
    CHECK(prom_vec_opts(fresh) == prom_vec_opts(v));
    set(v, "1", 0);
    CHECK_ERR(prom_vec_get(fresh, &STR("1"), 1, &child), PROM_E_NOENT);
    set_many(fresh, 0, 10, 1);
    CHECK_OK(prom_vec_remove(fresh, PROM_VALUES("1")));
    CHECK_OK(prom_vec_remove_matching(fresh, &LABEL("x", "2"), 1, &removed));
    CHECK_INT(removed, 1);
    CHECK_OK(prom_vec_curry(fresh, &LABEL("x", "3"), 1, &view));
    CHECK_INT(prom_vec_size(view), 1);
    CHECK_OK(prom_vec_clear(view));
    CHECK_OK(prom_vec_with(view, NULL, 0, &child));
    CHECK(!prom_child_exposed(child));
    CHECK_INT(prom_vec_size(fresh), 8);
    CHECK_INT(prom_vec_size(v), 1);
    CHECK_OK(prom_vec_replace(v, fresh));
    CHECK(prom_child_exposed(child));
    CHECK_INT(prom_vec_size(v), 8);
    CHECK_INT(prom_vec_size(view), 0);
    CHECK_HAS(r, "m{x=\"3\"} 0\nm{x=\"4\"} 1\n");
    CHECK_HAS_NOT(r, "m{x=\"1\"}");
    set_many(fresh, 0, 10, 1);
    CHECK_OK(prom_vec_clear(fresh));
    CHECK_INT(prom_vec_size(v), 8);
    prom_unref(child);
    prom_unref(view), prom_unref(fresh), prom_unref(v), prom_unref(r);
}

static void test_fresh_refuses(void)
{
    prom_vec *v = make(PROM_ORDER_SORTED), *fresh = fresh_of(v), *view = NULL, *out = v,
             *other = NULL, *single = NULL;
    CHECK_OK(prom_vec_curry(v, NULL, 0, &view));
    CHECK_SAYS(prom_vec_fresh(fresh, &out), PROM_E_INVAL,
               "'m': only the family itself has fresh vecs, not another fresh one");
    CHECK(!out);
    CHECK_SAYS(prom_vec_fresh(view, &out), PROM_E_INVAL,
               "'m': only the family itself has fresh vecs, not a view of it");
    CHECK_ERR(prom_vec_fresh(NULL, &out), PROM_E_INVAL);
    CHECK_OK(prom_vec_new(NULL, PROM_GAUGE,
                          PROM_OPTS(.name = "o", .help = "", .labels = PROM_LABELS("x")),
                          &other));
    CHECK_SAYS(prom_vec_replace(other, fresh), PROM_E_INVAL,
               "'o': that is not a fresh vec of it");
    CHECK_SAYS(prom_vec_replace(v, view), PROM_E_INVAL, "'m': that is not a fresh vec of it");
    CHECK_SAYS(prom_vec_replace(v, v), PROM_E_INVAL, "'m': that is not a fresh vec of it");
    CHECK_SAYS(prom_vec_replace(view, fresh), PROM_E_INVAL,
               "'m': only in the family itself all is replaced");
    CHECK_ERR(prom_vec_replace(fresh, fresh), PROM_E_INVAL);
    CHECK_ERR(prom_vec_replace(v, NULL), PROM_E_INVAL);
    CHECK_ERR(prom_vec_replace(NULL, fresh), PROM_E_INVAL);
    CHECK_SAYS(prom_registry_add(r, fresh), PROM_E_TYPE,
               "a view or fresh vec of 'm' is not registered, but it is");
    CHECK_OK(prom_vec_new(NULL, PROM_GAUGE, PROM_OPTS(.name = "s", .help = ""), &single));
    CHECK_SAYS(prom_vec_fresh(single, &out), PROM_E_INVAL,
               "'s' has no labels: its one series cannot be replaced");
    prom_unref(single), prom_unref(other), prom_unref(view), prom_unref(fresh);
    prom_unref(v), prom_unref(r);
}

static void test_fresh_dropped_with_its_children(void)
{
    prom_vec *v = make(PROM_ORDER_SORTED), *fresh = fresh_of(v), *second = fresh_of(v);
    prom_gauge *held = with(fresh, "held");
    set_many(fresh, 0, 2000, 1);
    set(second, "s", 7);
    CHECK_OK(prom_vec_remove(fresh, PROM_VALUES("1")));
    prom_unref(fresh);
    CHECK(!prom_child_exposed(held));
    prom_gauge_set(held, 3);
    CHECK_DBL(prom_gauge_value(held), 3);
    CHECK_OK(prom_vec_replace(v, second));
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\nm{x=\"s\"} 7\n");
    prom_unref(second);
    prom_unref(v), prom_unref(r);
    CHECK_DBL(prom_gauge_value(held), 3);
    prom_unref(held);
}

/* --- gathers ------------------------------------------------------------ */

/* A gather that took the list before shows all of the old ones, and their bytes stay. */
static void test_fresh_leaves_old_snapshots_alone(void)
{
    prom_vec *v = make(PROM_ORDER_SORTED), *fresh = fresh_of(v);
    prom_snapshot *s = NULL;
    double value = 0;
    set_many(v, 0, 100, 1);
    CHECK_OK(prom_gather(r, &s));
    for (int round = 0; round < 5; round++) {
        set_many(fresh, round, 300, 2);
        CHECK_OK(prom_vec_replace(v, fresh));
    }
    CHECK_INT(prom_snapshot_at(s, 0)->n_metrics, 100);
    CHECK_OK(prom_snapshot_value(s, "m", PROM_CONST_LABELS({ "x", "77" }), &value));
    CHECK_DBL(value, 1);
    prom_unref(s);
    CHECK_INT(prom_vec_size(v), 296);
    CHECK_DBL(kit_value(r, "m", PROM_CONST_LABELS({ "x", "77" })), 2);
    prom_unref(fresh), prom_unref(v), prom_unref(r);
}

/* The walk of a gather that has begun: old ones are not marked. */
static void test_fresh_does_not_mark_the_old(void)
{
    prom_vec *v = make(PROM_ORDER_SORTED), *fresh = fresh_of(v);
    prom_gauge *a = with(v, "a"), *b = with(v, "b"), *c = with(fresh, "c");
    const prom__series *old = ((prom__child *)(void *)a)->series,
                       *gone = ((prom__child *)(void *)b)->series,
                       *new = ((prom__child *)(void *)c)->series;
    CHECK_INT(new->head.kind, PROM__RECORD_HIDDEN);
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("b")));
    CHECK_OK(prom_vec_replace(v, fresh));
    CHECK_INT(old->head.removed, 0);
    CHECK_INT(gone->head.removed, 1);
    CHECK_INT(old->head.kind, PROM__RECORD_HIDDEN); /* not in an image either */
    CHECK_INT(new->head.kind, PROM__RECORD_SERIES);
    prom_unref(a), prom_unref(b), prom_unref(c);
    prom_unref(fresh), prom_unref(v), prom_unref(r);
}

/* --- memory ------------------------------------------------------------- */

static void test_fresh_a_thousand_times(void)
{
    enum { N = 300, WARM = 20, ROUNDS = 1000 };
    prom_vec *v = make(PROM_ORDER_SORTED), *fresh = fresh_of(v);
    size_t blocks = 0;
    uint64_t bytes = 0;
    for (int round = 0; round < ROUNDS; round++) {
        set_many(fresh, 0, N, round);
        prom_gauge *held = round % 3 ? NULL : with(v, "7");
        if (round % 7 == 0)
            CHECK_OK(prom_vec_remove(fresh, PROM_VALUES("9")));
        CHECK_OK(prom_vec_replace(v, fresh));
        if (round % 10 == 0)
            CHECK_DBL(kit_value(r, "m", PROM_CONST_LABELS({ "x", "8" })), round);
        prom_unref(held);
        if (round == WARM) {
            blocks = counting_live;
            bytes = prom__store_size(v->store);
        }
    }
    CHECK_INT(prom_vec_size(v), (ROUNDS - 1) % 7 ? N : N - 1);
    CHECK_INT(counting_live, blocks);
    CHECK_INT(prom__store_size(v->store), bytes);
    prom_unref(fresh), prom_unref(v), prom_unref(r);
}

/* --- with bounds -------------------------------------------------------- */

static void test_fresh_has_the_bounds_of_its_family(void)
{
    prom_vec *v = NULL;
    r = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_vec_new(
        r, PROM_GAUGE,
        PROM_OPTS(.name = "m", .help = "", .labels = PROM_LABELS("x"), .max_series = 2), &v));
    prom_vec *fresh = fresh_of(v);
    set_many(v, 0, 3, 1);
    set_many(fresh, 10, 14, 2);
    CHECK_INT(prom_vec_size(fresh), 3); /* with the overflow series */
    CHECK_OK(prom_vec_replace(v, fresh));
    set(v, "99", 3);
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\nm{x=\"10\"} 2\nm{x=\"11\"} 2\n"
                  "m{x=\"other\"} 3\n");
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("10")));
    set(v, "99", 4);
    CHECK_HAS(r, "m{x=\"99\"} 4\n");
    set(fresh, "1", 1); /* no overflow series this time */
    CHECK_OK(prom_vec_replace(v, fresh));
    set_many(v, 1, 4, 5);
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\nm{x=\"1\"} 5\nm{x=\"2\"} 5\n"
                  "m{x=\"other\"} 5\n");
    prom_unref(fresh), prom_unref(v), prom_unref(r);
}

/* --- with functions ----------------------------------------------------- */

static int freed;

static prom_err give(void *data, double *out)
{
    *out = *(double *)data;
    return PROM_OK;
}

static void count_freed(void *data)
{
    (void)data;
    freed++;
}

static void test_fresh_lets_functions_go(void)
{
    static double one = 1, two = 2;
    prom_vec *v = make(PROM_ORDER_SORTED), *fresh = fresh_of(v);
    prom_gauge *a = with(v, "a"), *b = with(fresh, "b"), *c = with(fresh, "c");
    freed = 0;
    CHECK_OK(prom_function_set(
        a, PROM_FUNCTION(.value = give, .data = &one, .free_data = count_freed)));
    CHECK_OK(prom_function_set(
        b, PROM_FUNCTION(.value = give, .data = &two, .free_data = count_freed)));
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\nm{x=\"a\"} 1\n");
    CHECK_OK(prom_vec_replace(v, fresh));
    CHECK_INT(freed, 1);
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\nm{x=\"b\"} 2\nm{x=\"c\"} 0\n");
    CHECK_ERR(prom_function_set(a, PROM_FUNCTION(.value = give, .data = &one)), PROM_E_CLOSED);
    prom_unref(with(fresh, "d"));
    prom_gauge *d = with(fresh, "d");
    CHECK_OK(prom_function_set(
        d, PROM_FUNCTION(.value = give, .data = &one, .free_data = count_freed)));
    prom_unref(fresh); /* with a child that somebody holds */
    CHECK_INT(freed, 2);
    prom_unref(a), prom_unref(b), prom_unref(c), prom_unref(d);
    prom_unref(r), prom_unref(v);
    CHECK_INT(freed, 3);
}

TESTS_COUNTING(ROW(test_fresh_a_thousand_times), ROW(test_fresh_replaces_all),
               ROW(test_fresh_is_empty_afterwards_and_serves_again),
               ROW(test_fresh_takes_all_functions), ROW(test_fresh_refuses),
               ROW(test_fresh_dropped_with_its_children),
               ROW(test_fresh_leaves_old_snapshots_alone),
               ROW(test_fresh_does_not_mark_the_old),
               ROW(test_fresh_has_the_bounds_of_its_family), ROW(test_fresh_lets_functions_go))
