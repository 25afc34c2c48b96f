// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "kit.h"

/* What the library holds, counted by the allocator that this program gives it. */
static size_t calls, live;
static int fail_after = -1; /* calls that still succeed; -1: all */
static int data_seen;

static bool may(void *data)
{
    data_seen = *(int *)data;
    calls++;
    return fail_after < 0 || (fail_after > 0 && fail_after--);
}

static void *count_alloc(void *data, size_t n)
{
    void *p = may(data) ? malloc(n) : NULL;
    live += p != NULL;
    return p;
}

static void *count_realloc(void *data, void *p, size_t n)
{
    void *q = may(data) ? realloc(p, n) : NULL;
    live += q && !p;
    return q;
}

static void count_free(void *data, void *p)
{
    data_seen = *(int *)data;
    live -= p != NULL;
    free(p);
}

static int mark = 17;
static const prom_allocator counting = { sizeof counting, count_alloc, count_realloc,
                                         count_free, &mark };

/* Must be the first row: the library takes an allocator only before its first allocation. */
static void test_alloc_is_set_once_and_before_all(void)
{
    prom_allocator a = counting;
    CHECK_SAYS(prom_set_allocator(NULL), PROM_E_INVAL,
               "an allocator needs alloc, realloc and free");
    a.alloc = NULL;
    CHECK_ERR(prom_set_allocator(&a), PROM_E_INVAL);
    a = counting;
    a.realloc = NULL;
    CHECK_ERR(prom_set_allocator(&a), PROM_E_INVAL);
    a = counting;
    a.free = NULL;
    CHECK_ERR(prom_set_allocator(&a), PROM_E_INVAL);
    a = counting;
    a.size = sizeof a - 1;
    CHECK_ERR(prom_set_allocator(&a), PROM_E_INVAL);
    CHECK_OK(prom_set_allocator(&counting));
    CHECK_OK(prom_set_allocator(&counting)); /* nothing was allocated yet */
    prom__free(prom__alloc(1));
    CHECK_SAYS(prom_set_allocator(&counting), PROM_E_EXISTS,
               "the library has allocated memory already");
}

static void test_alloc_goes_through_the_hooks(void)
{
    size_t before = live, called = calls;
    data_seen = 0;
    char *p = prom__alloc(10);
    CHECK(p && live == before + 1 && calls == called + 1);
    CHECK_INT(data_seen, 17);
    memset(p, 'x', 10);
    p = prom__realloc(p, 1000);
    CHECK(p && p[9] == 'x' && live == before + 1);
    data_seen = 0;
    prom_free(p); /* the public door */
    CHECK_INT(live, before);
    CHECK_INT(data_seen, 17);
    p = prom__realloc(NULL, 5);
    CHECK(p && live == before + 1);
    prom__free(p);
    prom_free(NULL);
    CHECK_INT(live, before);
}

static void test_alloc_of_nothing_is_something(void)
{
    void *p = prom__alloc(0), *q = prom__alloc_zero(0);
    CHECK(p && q && p != q);
    prom__free(q);
    p = prom__realloc(p, 0);
    CHECK(p);
    prom__free(p);
}

static void test_alloc_zero_is_zero(void)
{
    for (size_t n = 1; n < 5000; n = n * 3 + 1) {
        unsigned char *p = prom__alloc(n);
        memset(p, 0xEE, n); /* so that what comes next is likely dirty */
        prom__free(p);
        p = prom__alloc_zero(n);
        unsigned sum = 0;
        for (size_t i = 0; i < n; i++)
            sum |= p[i];
        CHECK_INT(sum, 0);
        prom__free(p);
    }
}

static void test_alloc_fails_on_demand(void)
{
    size_t before = live;
    char *p = prom__alloc(8);
    p[0] = 'k';
    fail_after = 0;
    CHECK(!prom__alloc(8));
    CHECK(!prom__alloc_zero(8));
    CHECK(!prom__realloc(p, 64));
    CHECK_INT(p[0], 'k'); /* still there */
    fail_after = -1;
    prom__free(p);
    CHECK_INT(live, before);
    CHECK_SAYS(prom__no_memory("a test"), PROM_E_NOMEM, "out of memory for a test");
}

static void test_alloc_size_times(void)
{
    CHECK_INT(prom__size_times(0, 8), 0);
    CHECK_INT(prom__size_times(8, 0), 0);
    CHECK_INT(prom__size_times(3, 7), 21);
    CHECK(prom__size_times(SIZE_MAX, 1) == SIZE_MAX);
    CHECK(prom__size_times(SIZE_MAX / 8, 8) == SIZE_MAX - 7);
    CHECK(prom__size_times(SIZE_MAX / 8 + 1, 8) == SIZE_MAX);
    CHECK(prom__size_times(SIZE_MAX, SIZE_MAX) == SIZE_MAX);
}

/* All that a registry and its metrics took comes back, however they were let go of. */
static void test_alloc_balance_of_a_registry(void)
{
    prom__free(prom__alloc(1));
    prom_counter *c;
    prom_vec *v;
    char *text;
    for (int round = 0; round < 3; round++) {
        size_t before = live;
        prom_registry *r = kit_registry(PROM_ORDER_SORTED);
        free(kit_text(r));
        CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "a_total", .help = ""), &c));
        CHECK_OK(prom_vec_new(r, PROM_SUMMARY,
                              PROM_OPTS(.name = "s", .help = "", .labels = PROM_LABELS("x"),
                                        .objectives = PROM_OBJECTIVES({ 0.5, 0.01 })),
                              &v));
        prom_summary *s;
        CHECK_OK(prom_summary_with(v, PROM_VALUES("1"), &s));
        prom_summary_observe(s, 3);
        CHECK_OK(prom_expose(r, &prom_text, &text, NULL));
        prom_free(text);
        if (round == 0) { /* the registry first */
            prom_unref(r), prom_unref(v), prom_unref(s), prom_unref(c);
        } else { /* or last */
            prom_unref(s), prom_unref(c), prom_unref(v), prom_unref(r);
        }
        CHECK_INT(live, before);
    }
}

/* A registry that was only ever gathered empty holds a roll of nothing. */
static void test_alloc_balance_of_an_empty_registry(void)
{
    size_t before = live;
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    CHECK_TEXT(r, "");
    prom_unref(r);
    CHECK_INT(live, before);
}

TESTS(ROW(test_alloc_is_set_once_and_before_all), ROW(test_alloc_goes_through_the_hooks),
      ROW(test_alloc_of_nothing_is_something), ROW(test_alloc_zero_is_zero),
      ROW(test_alloc_fails_on_demand), ROW(test_alloc_size_times),
      ROW(test_alloc_balance_of_a_registry), ROW(test_alloc_balance_of_an_empty_registry))
