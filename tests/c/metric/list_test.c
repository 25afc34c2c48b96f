// SPDX-License-Identifier: Apache-2.0
#include "counting.h"
#include "kit.h"
#include "metric/vec.h"

#include <pthread.h>

static prom_registry *r;
static prom_vec *v;

static void begin(prom_order order)
{
    r = kit_registry(order);
    CHECK_OK(prom_vec_new(r, PROM_GAUGE,
                          PROM_OPTS(.name = "g", .help = "", .labels = PROM_LABELS("b", "a")),
                          &v));
}

static void end(void)
{
    prom_unref(v);
    prom_unref(r);
}

static void set(const char *b, const char *a, double value)
{
    prom_gauge *g;
    CHECK_OK(prom_gauge_with(v, PROM_VALUES(b, a), &g));
    prom_gauge_set(g, value);
    prom_unref(g);
}

#define HEAD "# HELP g \n# TYPE g gauge\n"

/* By the values in the order of the line (a, then b), as series come and go. */
static void test_list_is_sorted_as_series_come(void)
{
    begin(PROM_ORDER_SORTED);
    set("2", "x", 1);
    CHECK_TEXT(r, HEAD "g{a=\"x\",b=\"2\"} 1\n");
    set("1", "x", 2);
    set("9", "", 3);
    set("10", "x", 4);
    CHECK_TEXT(r, HEAD "g{a=\"\",b=\"9\"} 3\ng{a=\"x\",b=\"1\"} 2\ng{a=\"x\",b=\"10\"} 4\n"
                       "g{a=\"x\",b=\"2\"} 1\n");
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("10", "x")));
    set("0", "\n", 5);
    set("10", "x", 6);
    CHECK_TEXT(r, HEAD "g{a=\"\",b=\"9\"} 3\ng{a=\"\\n\",b=\"0\"} 5\ng{a=\"x\",b=\"1\"} 2\n"
                       "g{a=\"x\",b=\"10\"} 6\ng{a=\"x\",b=\"2\"} 1\n");
    end();
}

static void test_list_keeps_the_order_of_creation(void)
{
    begin(PROM_ORDER_CREATED);
    set("2", "x", 1);
    set("1", "x", 2);
    set("9", "", 3);
    CHECK_TEXT(r, HEAD "g{a=\"x\",b=\"2\"} 1\ng{a=\"x\",b=\"1\"} 2\ng{a=\"\",b=\"9\"} 3\n");
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("1", "x")));
    set("2", "x", 5); /* is there: keeps its place */
    set("1", "x", 4); /* comes anew: at the end */
    CHECK_TEXT(r, HEAD "g{a=\"x\",b=\"2\"} 5\ng{a=\"\",b=\"9\"} 3\ng{a=\"x\",b=\"1\"} 4\n");
    end();
}

/* --- many, in any order of creation, removal and gather ------------------------------- */

enum { KEYS = 700 };

static int compare(const void *x, const void *y)
{
    return strcmp(*(char *const *)x, *(char *const *)y);
}

/* The text that the living of `there` should give. */
static void check_sorted(const bool *there)
{
    static char line[KEYS][40], text[KEYS * 40];
    char *lines[KEYS];
    size_t n = 0, at = 0;
    for (int i = 0; i < KEYS; i++)
        if (there[i]) {
            snprintf(line[n], sizeof line[n], "g{a=\"%d\",b=\"\"} %d\n", i, i);
            lines[n] = line[n];
            n++;
        }
    /* Digits only, and a quote is less than any of them: lines sort as their values do. */
    qsort(lines, n, sizeof *lines, compare);
    at += (size_t)snprintf(text, sizeof text, HEAD);
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s", lines[i]);
    CHECK_TEXT(r, text);
}

static void test_list_of_many(void)
{
    bool there[KEYS] = { false };
    uint64_t state = 77;
    begin(PROM_ORDER_SORTED);
    for (int round = 0; round < 120; round++) {
        size_t steps = kit_random(&state) % 150;
        bool grow = round / 10 % 2 == 0;
        for (size_t i = 0; i < steps; i++) {
            int key = (int)(kit_random(&state) % KEYS);
            char value[16];
            snprintf(value, sizeof value, "%d", key);
            if (kit_random(&state) % 10 < (grow ? 8 : 2)) {
                set("", value, key);
                there[key] = true;
            } else {
                prom_vec_remove(v, PROM_VALUES("", value));
                there[key] = false;
            }
        }
        if (round % 17 == 5) {
            CHECK_OK(prom_vec_clear(v));
            memset(there, 0, sizeof there);
        }
        check_sorted(there);
    }
    end();
}

/* --- what a gather before sees ------------------------------------------------------------ */

static void check_snapshot(prom_snapshot *s, const char *want)
{
    char *text = NULL;
    CHECK_OK(prom_encode_string(&prom_text, s, &text, NULL));
    CHECK_STR(text, want);
    prom_free(text);
}

static void test_list_of_a_snapshot_stays(void)
{
    prom_snapshot *s;
    begin(PROM_ORDER_SORTED);
    set("1", "1", 1);
    set("2", "2", 2);
    CHECK_OK(prom_gather(r, &s));
    static const char before[] = HEAD "g{a=\"1\",b=\"1\"} 1\ng{a=\"2\",b=\"2\"} 2\n";
    set("1", "1", 9);
    for (int i = 0; i < 500; i++) { /* sweeps and reuses as much as it may */
        char value[16];
        snprintf(value, sizeof value, "%d", i);
        CHECK_OK(prom_vec_clear(v));
        set(value, "x", i);
        free(kit_text(r));
    }
    check_snapshot(s, before);
    end();
    check_snapshot(s, before);
    prom_unref(s);
}

/* --- without memory ------------------------------------------------------------------------
 */

static void test_list_without_memory(void)
{
    begin(PROM_ORDER_SORTED);
    for (int i = 0; i < 200; i++) {
        char value[16];
        snprintf(value, sizeof value, "%d", i);
        set(value, "", i);
    }
    prom_snapshot *s = NULL;
    size_t live = counting_live;
    counting_failing = true;
    CHECK_ERR(prom_gather(r, &s), PROM_E_NOMEM);
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("7", "")));
    CHECK_OK(prom_vec_clear(v)); /* a sweep would need memory: it is left for later */
    counting_failing = false;
    CHECK(!s);
    CHECK_INT(counting_live, live);
    CHECK_TEXT(r, HEAD);
    end();
}

TESTS_COUNTING(ROW(test_list_is_sorted_as_series_come),
               ROW(test_list_keeps_the_order_of_creation), ROW(test_list_of_many),
               ROW(test_list_of_a_snapshot_stays), ROW(test_list_without_memory))
