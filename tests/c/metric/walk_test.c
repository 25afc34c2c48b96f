// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "metric/vec.h"

enum { N = 3000 };

static prom_vec *make(void)
{
    prom_vec *v = NULL;
    CHECK_OK(prom_vec_new(NULL, PROM_GAUGE,
                          PROM_OPTS(.name = "m", .help = "", .labels = PROM_LABELS("x")), &v));
    return v;
}

/* Each child holds its number. */
static void add(prom_vec *v, int i)
{
    char text[16];
    prom_gauge *g = NULL;
    snprintf(text, sizeof text, "%d", i);
    CHECK_OK(prom_gauge_with(v, PROM_VALUES(text), &g));
    prom_gauge_set(g, i);
    prom_unref(g);
}

static void drop(prom_vec *v, int i)
{
    char text[16];
    snprintf(text, sizeof text, "%d", i);
    CHECK_OK(prom_vec_remove(v, PROM_VALUES(text)));
}

static int number_of(prom__child *c)
{
    return (int)prom_gauge_value((prom_gauge *)(void *)c);
}

/* What others do between two steps, when the n-th child has been met. */
static size_t walk(prom_vec *v, int *met, void (*others)(prom_vec *v, size_t n))
{
    size_t n = 0;
    prom__lock();
    prom__walk w = prom__walk_begin(&v->children);
    for (prom__child *c = prom__walk_next(&w); c; c = prom__walk_next(&w)) {
        met[number_of(c)]++;
        n++;
        if (!others || n % 100)
            continue;
        prom__unlock();
        others(v, n);
        prom__lock();
    }
    prom__unlock();
    return n;
}

static void test_walk_meets_each_once_when_nothing_happens(void)
{
    static int met[N];
    prom_vec *v = make();
    CHECK_INT(walk(v, met, NULL), 0);
    for (int i = 0; i < N; i++)
        add(v, i);
    CHECK_INT(walk(v, met, NULL), N);
    for (int i = 0; i < N; i++)
        CHECK_INT(met[i], 1);
    prom_unref(v);
}

/* The last N / 2 come and go, which moves others about in the table. */
static void remove_some(prom_vec *v, size_t n)
{
    for (int i = (int)(n / 100 % 10); i < N / 2; i += 10)
        if (n <= 1000)
            drop(v, N / 2 + i);
}

static void test_walk_misses_none_that_stays(void)
{
    static int met[N];
    prom_vec *v = make();
    for (int i = 0; i < N; i++)
        add(v, i);
    CHECK(walk(v, met, remove_some) > N / 2);
    for (int i = 0; i < N / 2; i++)
        CHECK(met[i] >= 1);
    CHECK_INT(prom_vec_size(v), N / 2);
    prom_unref(v);
}

static void grow_once(prom_vec *v, size_t n)
{
    for (int i = 0; n == 100 && i < N; i++)
        add(v, i);
}

static void test_walk_of_a_table_that_grows(void)
{
    static int met[N];
    prom_vec *v = make();
    for (int i = 0; i < N / 3; i++)
        add(v, i);
    walk(v, met, grow_once);
    for (int i = 0; i < N; i++)
        CHECK(met[i] >= 1); /* those that came too, for all was before its second round */
    prom_unref(v);
}

/* However often somebody removes and makes a series: the steps get longer. */
static void be_busy(prom_vec *v, size_t n)
{
    (void)n;
    drop(v, 1);
    add(v, 1);
}

static void test_walk_ends(void)
{
    static int met[N];
    prom_vec *v = make();
    for (int i = 0; i < N; i++)
        add(v, i);
    CHECK(walk(v, met, be_busy) < 20 * N);
    for (int i = 2; i < N; i++)
        CHECK(met[i] >= 1);
    prom_unref(v);
}

static void test_walk_removes(void)
{
    prom_vec *v = make();
    size_t n = 0;
    for (int i = 0; i < N; i++)
        add(v, i);
    prom__lock();
    prom__walk w = prom__walk_begin(&v->children);
    for (prom__child *c = prom__walk_next(&w); c; c = prom__walk_next(&w)) {
        n++;
        if (number_of(c) % 3 == 0)
            prom__walk_unlink(&w);
    }
    prom__unlock();
    CHECK(!w.again && n >= N); /* what moves into a gap is met once more at most */
    CHECK_INT(prom_vec_size(v), N - N / 3);
    for (int i = 0; i < N; i++)
        if (i % 3)
            drop(v, i);
    CHECK_INT(prom_vec_size(v), 0);
    prom_unref(v);
}

TESTS(ROW(test_walk_meets_each_once_when_nothing_happens),
      ROW(test_walk_misses_none_that_stays), ROW(test_walk_of_a_table_that_grows),
      ROW(test_walk_ends), ROW(test_walk_removes))
