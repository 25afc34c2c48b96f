// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/arena.h"
#include "counting.h"
#include "kit.h"

#include <stdalign.h>

static void test_arena_memory_is_aligned_and_apart(void)
{
    prom__arena a = { 0 };
    unsigned char *p[600];
    for (size_t i = 0; i < 600; i++) {
        p[i] = prom__arena_alloc(&a, i);
        CHECK(p[i] && (uintptr_t)p[i] % alignof(max_align_t) == 0);
        memset(p[i], (int)(i & 0xFF), i);
    }
    for (size_t i = 0; i < 600; i++)
        for (size_t k = 0; k < i; k++)
            if (p[i][k] != (i & 0xFF)) {
                CHECK_INT(p[i][k], i & 0xFF); /* overwritten by a later one */
                break;
            }
    prom__arena_free(&a);
    CHECK_INT(counting_live, 0);
    prom__arena_free(&a); /* an empty one */
}

static void test_arena_copy_ends_in_nul(void)
{
    prom__arena a = { 0 };
    CHECK_STR(prom__arena_copy(&a, "abcdef", 3), "abc");
    CHECK_STR(prom__arena_copy(&a, NULL, 0), "");
    char *p = prom__arena_copy(&a, "a\0b", 3);
    CHECK(memcmp(p, "a\0b", 4) == 0);
    CHECK(!prom__arena_copy(&a, "x", SIZE_MAX));
    CHECK(!prom__arena_alloc(&a, SIZE_MAX));
    CHECK(!prom__arena_alloc(&a, SIZE_MAX - 40));
    prom__arena_free(&a);
}

static void test_arena_grow_keeps_what_was_there(void)
{
    prom__arena a = { 0 };
    int *list = NULL;
    size_t cap = 0;
    for (int n = 0; n < 1000; n++) {
        list = prom__arena_grow(&a, list, (size_t)n, &cap, sizeof *list);
        if (!CHECK(list && cap > (size_t)n))
            break;
        list[n] = n * 7;
    }
    for (int n = 0; n < 1000; n++)
        CHECK_INT(list[n], n * 7);
    size_t same = cap;
    CHECK(prom__arena_grow(&a, list, cap - 1, &cap, sizeof *list) == list && cap == same);
    CHECK(!prom__arena_grow(&a, list, cap, &cap, SIZE_MAX / 4) && cap == same);
    prom__arena_free(&a);
}

/* Rounds of equal work: several blocks at first, then one, then no allocation at all. */
static void test_arena_settles_at_no_allocation(void)
{
    prom__arena a = { 0 };
    for (int round = 0; round < 5; round++) {
        size_t before = counting_calls;
        for (int i = 0; i < 30000; i++)
            memset(prom__arena_alloc(&a, 100), round, 100);
        prom__arena_reset(&a);
        size_t taken = counting_calls - before;
        CHECK(round == 0 ? taken > 1 : round == 1 ? taken == 1 : taken == 0);
        CHECK(counting_live <= 1);
    }
    prom__arena_free(&a);
    CHECK_INT(counting_live, 0);
}

/* One round of a hundred megabytes must not be held for ever by rounds of ten bytes. */
static void test_arena_gives_back_what_it_no_longer_needs(void)
{
    prom__arena a = { 0 };
    CHECK(prom__arena_alloc(&a, 100 << 20));
    prom__arena_reset(&a);
    CHECK(prom__arena_alloc(&a, 10));
    prom__arena_reset(&a);
    CHECK_INT(counting_live, 0);
    CHECK(prom__arena_alloc(&a, 10));
    CHECK_INT(counting_live, 1);
    prom__arena_free(&a);
}

static void test_arena_without_memory(void)
{
    prom__arena a = { 0 };
    size_t cap = 0;
    counting_failing = true;
    CHECK(!prom__arena_alloc(&a, 1));
    CHECK(!prom__arena_copy(&a, "x", 1));
    CHECK(!prom__arena_grow(&a, NULL, 0, &cap, 8) && cap == 0);
    prom__arena_reset(&a);
    counting_failing = false;
    char *p = prom__arena_alloc(&a, 16);
    CHECK(p);
    counting_failing = true;
    CHECK(prom__arena_alloc(&a, 16) == p + 16); /* the block has room */
    CHECK(!prom__arena_alloc(&a, 1 << 20));
    CHECK(prom__arena_alloc(&a, 16) == p + 32); /* and still has */
    counting_failing = false;
    prom__arena_free(&a);
    CHECK_INT(counting_live, 0);
}

TESTS_COUNTING(ROW(test_arena_memory_is_aligned_and_apart), ROW(test_arena_copy_ends_in_nul),
               ROW(test_arena_grow_keeps_what_was_there),
               ROW(test_arena_settles_at_no_allocation),
               ROW(test_arena_gives_back_what_it_no_longer_needs),
               ROW(test_arena_without_memory))
