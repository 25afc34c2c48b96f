// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "registry/names.h"

static void check_set(prom_type t, const char *name, const char *want)
{
    char all[300] = "", *text = malloc(prom__claim_set_size(t, name));
    prom__claim_set s;
    prom__claim_set_write(&s, t, name, text);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += (size_t)snprintf(all + n, sizeof all - n, "%.*s ", (int)s.name[i].n, s.name[i].p);
    CHECK_STR(all, want);
    free(text);
}

/* The base first, then what it may be called in some format, as ASCII formats would show it. */
static void test_names_of_a_claim(void)
{
    check_set(PROM_COUNTER, "hits_total", "hits hits_total hits_created ");
    check_set(PROM_COUNTER, "hits", "hits hits_total hits_created ");
    check_set(PROM_GAUGE, "g_total", "g_total ");
    check_set(PROM_HISTOGRAM, "h", "h h_bucket h_sum h_count h_created ");
    check_set(PROM_SUMMARY, "s", "s s_sum s_count s_created ");
    check_set(PROM_INFO, "build_info", "build build_info ");
    check_set(PROM_STATESET, "s", "s ");
    check_set(PROM_GAUGE_HISTOGRAM, "x", "x x_bucket x_gsum x_gcount x_sum x_count ");
    check_set(PROM_GAUGE, "a.b c", "a_b_c ");
    check_set(PROM_COUNTER, "caf\xC3\xA9_total", "caf_ caf__total caf__created ");
    check_set(PROM_GAUGE, "9", "_ ");
}

/* A name for tests of the table, with a hash of the test's choice. */
static prom__claim_name name_of(const char *text, uint64_t hash)
{
    return (prom__claim_name){ text, strlen(text), hash };
}

static void test_names_find_put_remove(void)
{
    prom__names_entry entries[16] = { { { 0 }, NULL } };
    prom__names t = { entries, 0, 16 };
    int a, b;
    prom__claim_name x = name_of("x", 5), y = name_of("y", 5), z = name_of("x", 6);
    CHECK(!prom__names_find(&t, &x));
    prom__names_put(&t, &x, &a);
    CHECK(prom__names_find(&t, &x) == &a);
    CHECK(!prom__names_find(&t, &y)); /* equal hashes prove nothing */
    CHECK(!prom__names_find(&t, &z));
    prom__names_put(&t, &y, &b);
    CHECK(prom__names_find(&t, &x) == &a && prom__names_find(&t, &y) == &b);
    prom__names_remove(&t, &z); /* is not there */
    CHECK_INT(t.n, 2);
    prom__names_remove(&t, &x);
    CHECK(!prom__names_find(&t, &x) && prom__names_find(&t, &y) == &b);
    CHECK_INT(t.n, 1);
    prom__names empty = { NULL, 0, 0 };
    CHECK(!prom__names_find(&empty, &x));
}

/* Half full and with hashes that all fall together, against a plain array. */
static void test_names_as_a_map(void)
{
    enum { KEYS = 60, SIZE = 128 };
    static prom__names_entry entries[SIZE], larger[2 * SIZE];
    static char text[KEYS][8];
    prom__names t = { entries, 0, SIZE }, u = { larger, 0, 2 * SIZE };
    bool there[KEYS] = { false };
    uint64_t state = 4;
    for (int i = 0; i < KEYS; i++)
        snprintf(text[i], sizeof text[i], "n%d", i);
    for (int step = 0; step < 20000; step++) {
        size_t k = kit_random(&state) % KEYS;
        prom__claim_name name = name_of(text[k], SIZE - 3 + k % 5); /* around the end */
        if (there[k])
            prom__names_remove(&t, &name);
        else
            prom__names_put(&t, &name, text[k]);
        there[k] = !there[k];
        k = kit_random(&state) % KEYS;
        name = name_of(text[k], SIZE - 3 + k % 5);
        if (!CHECK(prom__names_find(&t, &name) == (there[k] ? text[k] : NULL)))
            return;
    }
    prom__names_move(&t, &u);
    CHECK_INT(u.n, t.n);
    for (size_t k = 0; k < KEYS; k++) {
        prom__claim_name name = name_of(text[k], SIZE - 3 + k % 5);
        CHECK(prom__names_find(&u, &name) == (there[k] ? text[k] : NULL));
    }
}

TESTS(ROW(test_names_of_a_claim), ROW(test_names_find_put_remove), ROW(test_names_as_a_map))
