// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "metric/vec.h"

#include <pthread.h>

static prom_registry *r;

static prom_vec *make(prom_type t, const char *const *labels)
{
    prom_vec *v = NULL;
    r = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_vec_new(r, t, PROM_OPTS(.name = "m", .help = "", .labels = labels), &v));
    return v;
}

static void drop(prom_vec *v)
{
    prom_unref(v);
    prom_unref(r);
}

static prom_counter *with(prom_vec *v, const char *const *values)
{
    prom_counter *c = NULL;
    CHECK_OK(prom_counter_with(v, values, &c));
    return c;
}

/* --- finding and making ------------------------------------------------------ */

static void test_vec_gives_the_same_child_again(void)
{
    prom_vec *v = make(PROM_COUNTER, PROM_LABELS("method", "code"));
    prom_counter *a = with(v, PROM_VALUES("GET", "200")),
                 *b = with(v, PROM_VALUES("200", "GET")),
                 *c = with(v, PROM_VALUES("GET", "200"));
    CHECK(a && a == c && a != b);
    CHECK_INT(prom_vec_size(v), 2);
    prom_counter_inc(a);
    prom_counter_inc(c);
    CHECK_DBL(prom_counter_value(a), 2);
    CHECK_DBL(prom_counter_value(b), 0);
    CHECK_TEXT(r, "# HELP m_total \n# TYPE m_total counter\n"
                  "m_total{code=\"200\",method=\"GET\"} 2\n"
                  "m_total{code=\"GET\",method=\"200\"} 0\n");
    prom_unref(a), prom_unref(b), prom_unref(c);
    drop(v);
}

static void test_vec_typed_doors(void)
{
    static const prom_type types[] = { PROM_COUNTER, PROM_GAUGE, PROM_HISTOGRAM, PROM_SUMMARY };
    static const char *const words[] = { "counter", "gauge", "histogram", "summary" };
    char sentence[100];
    for (int i = 0; i < 4; i++) {
        prom_vec *v = make(types[i], PROM_LABELS("x"));
        CHECK_INT(prom_vec_type(v), types[i]);
        for (int k = 0; k < 4; k++) {
            void *child = &child;
            prom_err e =
                k == 0   ? prom_counter_with(v, PROM_VALUES("1"), (prom_counter **)&child)
                : k == 1 ? prom_gauge_with(v, PROM_VALUES("1"), (prom_gauge **)&child)
                : k == 2 ? prom_histogram_with(v, PROM_VALUES("1"), (prom_histogram **)&child)
                         : prom_summary_with(v, PROM_VALUES("1"), (prom_summary **)&child);
            snprintf(sentence, sizeof sentence, "'m' is a %s, not a %s", words[i], words[k]);
            CHECK_STR(prom_err_name(e), i == k ? "PROM_OK" : "PROM_E_TYPE");
            if (i != k)
                CHECK_STR(prom_error(e), sentence);
            CHECK((child != NULL) == (i == k));
            prom_unref(child);
        }
        CHECK_INT(prom_vec_size(v), 1);
        drop(v);
    }
}

static void test_vec_refuses_values(void)
{
    prom_vec *v = make(PROM_COUNTER, PROM_LABELS("method", "code"));
    void *child = v;
    prom_counter *c = (prom_counter *)(void *)v;
    CHECK_SAYS(prom_counter_with(v, PROM_VALUES("GET"), &c), PROM_E_LABELS,
               "'m' takes 2 label values (method, code), not 1"); /* as named by the user, not
                                                                     m_total */
    CHECK(!c);
    CHECK_SAYS(prom_counter_with(v, PROM_VALUES("a", "b", "c"), &c), PROM_E_LABELS,
               "'m' takes 2 label values (method, code), not 3");
    CHECK_SAYS(prom_counter_with(v, NULL, &c), PROM_E_LABELS,
               "'m' takes 2 label values (method, code), not 0");
    CHECK_SAYS(prom_counter_with(v, PROM_VALUES("GET", "caf\xE9"), &c), PROM_E_LABELS,
               "'m': the value of label 'code' is not valid UTF-8");
    CHECK_SAYS(prom_counter_with(v, PROM_VALUES("\xED\xA0\x80", "x"), &c), PROM_E_LABELS,
               "'m': the value of label 'method' is not valid UTF-8");
    CHECK_SAYS(prom_vec_with(v, (prom_str[]){ { "a", 1 } }, 1, &child), PROM_E_LABELS,
               "'m' takes 2 label values (method, code), not 1");
    CHECK(!child);
    CHECK_INT(prom_vec_size(v), 0);
    CHECK_TEXT(r, "# HELP m_total \n# TYPE m_total counter\n");
    drop(v);
}

static void test_vec_of_strange_values(void)
{
    enum { LONG = 100000 };
    prom_vec *v = make(PROM_GAUGE, PROM_LABELS("x"));
    char *text = malloc(LONG + 1);
    memset(text, 'y', LONG);
    text[LONG] = '\0';
    prom_str values[] = { { "", 0 },
                          { "\0", 1 },
                          { "a\0b", 3 },
                          { "a", 1 },
                          { "\\", 1 },
                          { "\"", 1 },
                          { "\n", 1 },
                          { "\\n", 2 },
                          { "\\\"\n", 3 },
                          { "caf\xC3\xA9", 5 },
                          { text, LONG },
                          { text, LONG - 1 },
                          { "\xF0\x9F\x98\x80", 4 } };
    enum { N = sizeof values / sizeof *values };
    void *child[N], *again;
    for (size_t i = 0; i < N; i++) {
        CHECK_OK(prom_vec_with(v, &values[i], 1, &child[i]));
        prom_gauge_set(child[i], (double)i);
    }
    CHECK_INT(prom_vec_size(v), N);
    for (size_t i = 0; i < N; i++) {
        CHECK_OK(prom_vec_with(v, &values[i], 1, &again));
        CHECK(again == child[i]);
        CHECK_DBL(prom_gauge_value(again), (double)i);
        prom_unref(again);
    }
    CHECK_OK(prom_vec_with(v, &(prom_str){ NULL, 0 }, 1, &again)); /* as "" */
    CHECK(again == child[0]);
    prom_unref(again);
    CHECK_HAS(r, "m{x=\"\\\\\\\"\\n\"} 8\n");
    CHECK_HAS(r, "m{x=\"\\\\n\"} 7\n");
    for (size_t i = 0; i < N; i++)
        prom_unref(child[i]);
    free(text);
    drop(v);
}

static void test_vec_without_labels_has_its_child_from_the_start(void)
{
    prom_vec *v = make(PROM_GAUGE, NULL);
    CHECK_INT(prom_vec_size(v), 1);
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\nm 0\n");
    prom_gauge *a, *b;
    CHECK_OK(prom_gauge_with(v, NULL, &a));
    CHECK_OK(prom_gauge_with(v, (const char *const[]){ NULL }, &b));
    CHECK(a == b);
    prom_gauge_set(a, 3);
    CHECK_SAYS(prom_gauge_with(v, PROM_VALUES("x"), &b), PROM_E_LABELS,
               "'m' takes 0 label values, not 1");
    CHECK_SAYS(prom_vec_remove(v, NULL), PROM_E_INVAL,
               "'m' has no labels: its one series cannot be removed");
    CHECK_OK(prom_vec_clear(v)); /* does nothing */
    CHECK_TEXT(r, "# HELP m \n# TYPE m gauge\nm 3\n");
    prom_unref(a), prom_unref(a);
    drop(v);
}

static void test_vec_of_200_labels(void)
{
    static char name[200][8], value[200][8];
    const char *names[201] = { NULL }, *values[202] = { NULL };
    for (int i = 0; i < 200; i++) {
        snprintf(name[i], sizeof name[i], "l%d", i);
        snprintf(value[i], sizeof value[i], "%d", i * 7);
        names[i] = name[i];
        values[i] = value[i];
    }
    prom_vec *v = make(PROM_COUNTER, names);
    prom_counter *a = with(v, values), *b = with(v, values), *c = NULL;
    CHECK(a == b);
    values[200] = "one more";
    CHECK_SAYS(prom_counter_with(v, values, &c), PROM_E_LABELS,
               "'m' takes 200 label values, not 201");
    values[200] = NULL;
    values[199] = "x";
    c = with(v, values);
    CHECK(c != a);
    CHECK_OK(prom_vec_remove(v, values));
    CHECK_INT(prom_vec_size(v), 1);
    CHECK_HAS(r, "m_total{l0=\"0\",l1=\"7\",l10=\"70\",l100=\"700\"");
    prom_unref(a), prom_unref(b), prom_unref(c);
    drop(v);
}

static void test_vec_opts_are_completed(void)
{
    prom_vec *v = make(PROM_HISTOGRAM, PROM_LABELS("b", "a"));
    const prom_opts *o = prom_vec_opts(v);
    CHECK_STR(o->name, "m");
    CHECK(o->buckets && o->buckets[0] == 0.005 && o->buckets[11] == INFINITY);
    CHECK_STR(o->labels[0], "b"); /* as given: the order of values */
    CHECK_STR(o->labels[1], "a");
    CHECK_STR(o->labels[2], NULL);
    drop(v);
    v = make(PROM_COUNTER, NULL);
    CHECK_STR(prom_vec_opts(v)->name, "m_total");
    drop(v);
}

/* --- removing ------------------------------------------------------------------- */

static void test_vec_removes(void)
{
    prom_vec *v = make(PROM_COUNTER, PROM_LABELS("a", "b"));
    prom_unref(with(v, PROM_VALUES("1", "2")));
    prom_unref(with(v, PROM_VALUES("2", "1")));
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("1", "2")));
    CHECK_INT(prom_vec_size(v), 1);
    CHECK_TEXT(r, "# HELP m_total \n# TYPE m_total counter\nm_total{a=\"2\",b=\"1\"} 0\n");
    CHECK_SAYS(prom_vec_remove(v, PROM_VALUES("1", "2")), PROM_E_NOENT,
               "'m' has no series with these label values");
    CHECK_SAYS(prom_vec_remove(v, PROM_VALUES("2")), PROM_E_LABELS,
               "'m' takes 2 label values (a, b), not 1");
    CHECK_ERR(prom_vec_remove(v, PROM_VALUES("\xFF", "1")), PROM_E_NOENT);
    CHECK_OK(prom_vec_remove_str(v, (prom_str[]){ { "2", 1 }, { "1", 1 } }, 2));
    CHECK_INT(prom_vec_size(v), 0);
    drop(v);
}

static void test_vec_starts_anew_after_a_removal(void)
{
    prom_vec *v = make(PROM_COUNTER, PROM_LABELS("x"));
    for (int i = 0; i < 300; i++) {
        prom_counter *c = with(v, PROM_VALUES("1"));
        CHECK_DBL(prom_counter_value(c), 0);
        CHECK_OK(prom_counter_add(c, 5.5));
        prom_counter_inc(c);
        prom_unref(c);
        if (i % 7 == 0)
            CHECK_HAS(r, "m_total{x=\"1\"} 6.5\n");
        CHECK_OK(i % 2 ? prom_vec_remove(v, PROM_VALUES("1")) : prom_vec_clear(v));
        if (i % 7 == 0)
            CHECK_HAS_NOT(r, "m_total{");
    }
    drop(v);
}

static void test_vec_clears(void)
{
    enum { N = 3000 };
    prom_vec *v = make(PROM_COUNTER, PROM_LABELS("x"));
    char value[16];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < N; i++) {
            snprintf(value, sizeof value, "%d", i + round);
            prom_unref(with(v, PROM_VALUES(value)));
        }
        CHECK_INT(prom_vec_size(v), N);
        CHECK_OK(prom_vec_clear(v));
        CHECK_INT(prom_vec_size(v), 0);
        CHECK_TEXT(r, "# HELP m_total \n# TYPE m_total counter\n");
    }
    CHECK_OK(prom_vec_clear(v));
    drop(v);
}

/* Any order of creation and removal, against a plain array. */
static void test_vec_as_a_map(void)
{
    enum { KEYS = 400, STEPS = 40000 };
    static double want[KEYS]; /* NaN: it is not there */
    prom_vec *v = make(PROM_GAUGE, PROM_LABELS("x"));
    uint64_t state = 8;
    size_t n = 0;
    for (int i = 0; i < KEYS; i++)
        want[i] = (double)NAN;
    for (int step = 0; step < STEPS; step++) {
        size_t key = kit_random(&state) % (step % 9000 < 4000 ? KEYS : 30);
        char value[16];
        snprintf(value, sizeof value, "key %zu", key);
        bool there = !isnan(want[key]);
        if (kit_random(&state) % 3) {
            prom_gauge *g;
            CHECK_OK(prom_gauge_with(v, PROM_VALUES(value), &g));
            CHECK_DBL(prom_gauge_value(g), there ? want[key] : 0);
            prom_gauge_set(g, want[key] = step);
            prom_unref(g);
            n += !there;
        } else {
            prom_err e = prom_vec_remove(v, PROM_VALUES(value));
            CHECK_STR(prom_err_name(e), there ? "PROM_OK" : "PROM_E_NOENT");
            want[key] = (double)NAN;
            n -= there;
        }
        if (!CHECK_INT(prom_vec_size(v), n))
            break;
    }
    drop(v);
}

/* --- threads ---------------------------------------------------------- */

typedef struct race {
    prom_vec *v;
    unsigned seed;
    bool wrong;
} race;

/* Each key's gauge only ever holds the number of its key, or zero: one that is found under
 * other labels would show. */
static void *find_and_remove(void *data)
{
    race *x = data;
    uint64_t state = x->seed;
    for (int i = 0; i < 20000; i++) {
        unsigned key = (unsigned)(kit_random(&state) % 24) + 1;
        char value[8];
        prom_gauge *g;
        snprintf(value, sizeof value, "%u", key);
        if (kit_random(&state) % 4 == 0) {
            prom_vec_remove(x->v, PROM_VALUES(value));
            continue;
        }
        if (prom_gauge_with(x->v, PROM_VALUES(value), &g) != PROM_OK)
            x->wrong = true;
        double before = prom_gauge_value(g);
        x->wrong = x->wrong || (before != 0 && before != key);
        prom_gauge_set(g, key);
        prom_unref(g);
    }
    return NULL;
}

static void test_vec_of_many_threads(void)
{
    prom_vec *v = make(PROM_GAUGE, PROM_LABELS("x"));
    pthread_t t[4];
    race x[4];
    for (unsigned i = 0; i < 4; i++) {
        x[i] = (race){ v, i, false };
        CHECK(pthread_create(&t[i], NULL, find_and_remove, &x[i]) == 0);
    }
    for (int i = 0; i < 30; i++)
        free(kit_text(r));
    for (int i = 0; i < 4; i++) {
        pthread_join(t[i], NULL);
        CHECK(!x[i].wrong);
    }
    drop(v);
}

TESTS(ROW(test_vec_gives_the_same_child_again), ROW(test_vec_typed_doors),
      ROW(test_vec_refuses_values), ROW(test_vec_of_strange_values),
      ROW(test_vec_without_labels_has_its_child_from_the_start), ROW(test_vec_of_200_labels),
      ROW(test_vec_opts_are_completed), ROW(test_vec_removes),
      ROW(test_vec_starts_anew_after_a_removal), ROW(test_vec_clears), ROW(test_vec_as_a_map),
      ROW(test_vec_of_many_threads))
