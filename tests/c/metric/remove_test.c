// SPDX-License-Identifier: Apache-2.0
#include "alike.h"
#include "kit.h"

#include <prom/vec.h>

#define STR(s)      ((prom_str){ (s), strlen(s) })
#define LABEL(n, v) ((prom_label_str){ STR(n), STR(v) })

static prom_registry *r;

static prom_vec *make(const char *const *labels)
{
    prom_vec *v = NULL;
    r = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(
        prom_vec_new(r, PROM_GAUGE, PROM_OPTS(.name = "m", .help = "", .labels = labels), &v));
    return v;
}

static void drop(prom_vec *v)
{
    prom_unref(v);
    prom_unref(r);
}

static prom_gauge *with(prom_vec *v, const char *const *values)
{
    prom_gauge *g = NULL;
    CHECK_OK(prom_gauge_with(v, values, &g));
    return g;
}

/* a and b each 0..9 */
static prom_vec *hundred(void)
{
    prom_vec *v = make(PROM_LABELS("a", "b"));
    for (int i = 0; i < 100; i++) {
        char a[] = { (char)('0' + i / 10), 0 }, b[] = { (char)('0' + i % 10), 0 };
        prom_unref(with(v, PROM_VALUES(a, b)));
    }
    return v;
}

static size_t remove_matching(prom_vec *v, const prom_label_str *labels, size_t n)
{
    size_t removed = 12345;
    CHECK_OK(prom_vec_remove_matching(v, labels, n, &removed));
    return removed;
}

static void test_remove_by_names(void)
{
    prom_vec *v = hundred();
    CHECK_OK(
        prom_vec_remove_labels(v, (prom_label_str[]){ LABEL("b", "1"), LABEL("a", "2") }, 2));
    CHECK_ERR(prom_vec_remove(v, PROM_VALUES("2", "1")), PROM_E_NOENT);
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("1", "2")));
    CHECK_INT(prom_vec_size(v), 98);
    drop(v);
}

static void test_remove_matching(void)
{
    prom_vec *v = hundred();
    prom_gauge *kept = with(v, PROM_VALUES("2", "3"));
    CHECK_INT(remove_matching(v, &LABEL("a", "2"), 1), 10);
    CHECK(!prom_child_exposed(kept));
    CHECK_INT(prom_vec_size(v), 90);
    CHECK_INT(remove_matching(v, &LABEL("a", "2"), 1), 0);
    CHECK_INT(remove_matching(v, &LABEL("b", "3"), 1), 9);
    CHECK_INT(remove_matching(v, (prom_label_str[]){ LABEL("b", "5"), LABEL("a", "7") }, 2), 1);
    CHECK_INT(remove_matching(v, &LABEL("a", ""), 1), 0);
    CHECK_INT(prom_vec_size(v), 80);
    CHECK_OK(prom_vec_remove_matching(v, &LABEL("a", "0"), 1, NULL));
    CHECK_INT(prom_vec_size(v), 71);
    CHECK_HAS_NOT(r, "a=\"0\"");
    CHECK_HAS(r, "m{a=\"1\",b=\"0\"} 0\n");
    prom_unref(kept);
    drop(v);
}

static void test_remove_matching_nothing(void)
{
    prom_vec *v = hundred();
    size_t removed = 5;
    CHECK_INT(remove_matching(v, NULL, 0), 0); /* client_golang removes all */
    CHECK_SAYS(prom_vec_remove_matching(
                   v, (prom_label_str[]){ LABEL("a", "1"), LABEL("c", "1") }, 2, &removed),
               PROM_E_LABELS, "'m' has no label 'c'");
    CHECK_INT(removed, 0);
    CHECK_SAYS(prom_vec_remove_matching(
                   v, (prom_label_str[]){ LABEL("a", "1"), LABEL("a", "2") }, 2, NULL),
               PROM_E_LABELS, "'m': label 'a' is given twice");
    CHECK_ERR(prom_vec_remove_matching(NULL, NULL, 0, &removed), PROM_E_INVAL);
    CHECK_INT(prom_vec_size(v), 100);
    drop(v);
    v = make(NULL);
    CHECK_INT(remove_matching(v, NULL, 0), 0);
    CHECK_ERR(prom_vec_remove_matching(v, &LABEL("a", "1"), 1, NULL), PROM_E_LABELS);
    CHECK_INT(prom_vec_size(v), 1);
    drop(v);
}

/* Trap 7: client_golang removes all series of a hash that occurs twice, and counts one. */
static void test_remove_matching_of_equal_hashes(void)
{
    enum { ALIKE = 4 };
    static char texts[ALIKE][12];
    find_alike(texts, ALIKE);
    prom_vec *v = make(PROM_LABELS("x"));
    for (int i = 0; i < ALIKE; i++)
        prom_unref(with(v, PROM_VALUES(texts[i])));
    CHECK_INT(prom_vec_size(v), ALIKE);
    for (int i = 0; i < ALIKE; i++) {
        CHECK_INT(remove_matching(v, &LABEL("x", texts[i]), 1), 1);
        CHECK_INT(prom_vec_size(v), ALIKE - 1 - i);
        for (int k = i + 1; k < ALIKE; k++) {
            void *there = NULL;
            CHECK_OK(prom_vec_get(v, &STR(texts[k]), 1, &there));
            prom_unref(there);
        }
    }
    drop(v);
}

/* Escapes in the record, constant labels in between, values with NUL. */
static void test_remove_matching_strange_values(void)
{
    static const prom_str values[] = {
        { "", 0 },    { "\0", 1 }, { "\\", 1 },  { "\\\\", 2 },
        { "\\n", 2 }, { "\n", 1 }, { "\"", 1 },  { "\"\\\n", 3 },
        { "n", 1 },   { "nn", 2 }, { "a,b", 3 }, { "0123456789abcdefg", 17 },
    };
    enum { N = sizeof values / sizeof *values };
    prom_vec *v = NULL;
    r = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_vec_new(r, PROM_GAUGE,
                          PROM_OPTS(.name = "m", .help = "", .labels = PROM_LABELS("z", "a"),
                                    .const_labels = PROM_CONST_LABELS({ "k", "\\" })),
                          &v));
    void *child = NULL;
    for (int i = 0; i < N * N; i++) {
        CHECK_OK(prom_vec_with(v, (prom_str[]){ values[i / N], values[i % N] }, 2, &child));
        prom_unref(child);
    }
    CHECK_INT(prom_vec_size(v), N * N);
    for (int i = 0; i < N; i++) {
        CHECK_INT(remove_matching(v, &(prom_label_str){ STR("a"), values[i] }, 1), N - i);
        CHECK_INT(remove_matching(v, &(prom_label_str){ STR("z"), values[i] }, 1), N - 1 - i);
    }
    CHECK_INT(prom_vec_size(v), 0);
    drop(v);
}

/* More than one step of the walk, and tables that were large. */
static void test_remove_matching_of_many(void)
{
    enum { N = 5000 };
    prom_vec *v = make(PROM_LABELS("i", "odd"));
    char value[16];
    for (int i = 0; i < N; i++) {
        snprintf(value, sizeof value, "%d", i);
        prom_unref(with(v, PROM_VALUES(value, i % 2 ? "yes" : "no")));
    }
    CHECK_INT(remove_matching(v, &LABEL("odd", "yes"), 1), N / 2);
    CHECK_INT(prom_vec_size(v), N / 2);
    for (int i = 0; i < N; i++) {
        void *child = NULL;
        snprintf(value, sizeof value, "%d", i);
        prom_err e = prom_vec_get(v, (prom_str[]){ STR(value), STR("no") }, 2, &child);
        CHECK_STR(prom_err_name(e), i % 2 ? "PROM_E_NOENT" : "PROM_OK");
        prom_unref(child);
    }
    drop(v);
}

TESTS(ROW(test_remove_by_names), ROW(test_remove_matching), ROW(test_remove_matching_nothing),
      ROW(test_remove_matching_of_equal_hashes), ROW(test_remove_matching_strange_values),
      ROW(test_remove_matching_of_many))
