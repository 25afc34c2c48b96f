// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/bytes.h"
#include "counting.h"
#include "kit.h"

static void test_bytes_add_appends(void)
{
    prom__bytes b = { 0 };
    CHECK(prom__bytes_add(&b, "hello", 5));
    CHECK(prom__bytes_add(&b, ", ", 2));
    CHECK(prom__bytes_add(&b, "world", 5));
    CHECK_INT(b.n, 12);
    CHECK(memcmp(b.p, "hello, world", 12) == 0);
    prom__bytes_free(&b);
    CHECK(!b.p && !b.n && !b.cap);
    prom__bytes_free(&b);
}

/* NULL means that there is no memory, so room for nothing must be somewhere. */
static void test_bytes_of_nothing(void)
{
    prom__bytes b = { 0 };
    CHECK(prom__bytes_room(&b, 0));
    prom__bytes_free(&b);
    CHECK(prom__bytes_add(&b, NULL, 0));
    CHECK(prom__bytes_add(&b, "", 0));
    CHECK_INT(b.n, 0);
    prom__bytes_free(&b);
}

static void test_bytes_grow_geometrically(void)
{
    prom__bytes b = { 0 };
    size_t before = counting_calls;
    for (int i = 0; i < 100000; i++) {
        char c = (char)('a' + i % 26);
        CHECK(prom__bytes_add(&b, &c, 1));
    }
    CHECK_INT(b.n, 100000);
    CHECK(counting_calls - before < 30);
    CHECK(b.cap < 200000);
    for (int i = 0; i < 100000; i++)
        if (b.p[i] != 'a' + i % 26) {
            CHECK_INT(b.p[i], 'a' + i % 26);
            break;
        }
    prom__bytes_free(&b);
}

static void test_bytes_room_does_not_count(void)
{
    prom__bytes b = { 0 };
    char *p = prom__bytes_room(&b, 1000);
    CHECK(p && b.n == 0 && b.cap >= 1000);
    memset(p, 'x', 1000);
    b.n += 1000;
    CHECK(prom__bytes_room(&b, 1) == b.p + 1000);
    CHECK(b.p[999] == 'x');
    prom__bytes_free(&b);
}

static void test_bytes_without_memory_stay_as_they_were(void)
{
    prom__bytes b = { 0 };
    CHECK(prom__bytes_add(&b, "abc", 3));
    char *p = b.p;
    size_t cap = b.cap;
    CHECK(!prom__bytes_room(&b, SIZE_MAX));
    CHECK(!prom__bytes_room(&b, SIZE_MAX / 2));
    counting_failing = true;
    CHECK(!prom__bytes_room(&b, cap));
    CHECK(!prom__bytes_add(&b, "x", cap));
    CHECK(prom__bytes_add(&b, "de", 2)); /* there is room for these */
    counting_failing = false;
    CHECK(b.p == p && b.cap == cap && b.n == 5 && memcmp(p, "abcde", 5) == 0);
    prom__bytes_free(&b);
    counting_failing = true;
    CHECK(!prom__bytes_add(&b, "x", 1) && !b.p && !b.n);
    counting_failing = false;
}

TESTS_COUNTING(ROW(test_bytes_add_appends), ROW(test_bytes_of_nothing),
               ROW(test_bytes_grow_geometrically), ROW(test_bytes_room_does_not_count),
               ROW(test_bytes_without_memory_stay_as_they_were))
