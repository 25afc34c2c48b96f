// SPDX-License-Identifier: Apache-2.0
/* The engine alone: cells in a record of its own, pages in a store, read through a source. */
#include "base/clock.h"
#include "base/lock.h"
#include "counting.h"
#include "kit.h"
#include "metric/vec.h"
#include "metric/window.h"

static prom__store *store;
static prom__desc *desc;
static prom__window window;
static prom__record *record;
static _Atomic uint64_t *cells;
static size_t n_cells;

static void begin(const prom_opts *o)
{
    CHECK_OK(prom__vec_store_new(&store));
    CHECK_OK(prom__desc_new(PROM_SUMMARY, o, false, &desc));
    window = prom__window_of(&desc->opts);
    n_cells = prom__window_cells(&window);
    record = prom__store_alloc(store, 16 + n_cells * 8, PROM__RECORD_CELLS, NULL);
    cells = (_Atomic uint64_t *)(void *)(record + 2);
}

static void end(void)
{
    prom_unref(desc);
    prom_unref(store);
}

static void read(double *values)
{
    prom__arena arena = { 0 };
    prom__source source = { .desc = desc, .store = store };
    CHECK_OK(prom__window_read(&window, &source, cells, &arena, values));
    prom__arena_free(&arena);
}

static void test_window_of_options(void)
{
    static const struct {
        double accuracy;
        unsigned bits;
    } rows[] = { { 0.2, 2 }, { 0.125, 2 }, { 0.1, 3 }, { 0.05, 4 }, { 0.01, 6 }, { 0.001, 9 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        prom_opts o = { .accuracy = rows[i].accuracy, .max_age = 600, .age_buckets = 5 };
        prom__window w = prom__window_of(&o);
        CHECK_INT(w.bits, rows[i].bits);
        CHECK(ldexp(1, -(int)w.bits - 1) <= rows[i].accuracy);
        CHECK_INT(w.sub_windows, 5);
        CHECK_INT(w.sub_window_ns, 120000000000);
        CHECK(prom__window_cells(&w) < 200);
    }
}

/* One value of each power of two and sign, over many directories: each must come back, in its
 * rank and within the accuracy. */
static void test_window_holds_every_power_of_two(void)
{
    enum { N = 2 * 490 };
    static prom_objective o[N + 1];
    static double got[N];
    for (int i = 0; i < N; i++)
        o[i] = (prom_objective){ (i + 0.5) / N, 0 };
    o[N] = (prom_objective){ -1, 0 };
    for (int from = -1074; from <= 1023 - 489; from += 201) {
        begin(PROM_OPTS(.name = "s", .help = "", .objectives = o, .accuracy = 0.1));
        for (int i = 0; i < 490; i++) {
            int k = (i * 211) % 490; /* in no order */
            CHECK(prom__window_add(&window, store, cells, ldexp(1, from + k), 1));
            CHECK(prom__window_add(&window, store, cells, -ldexp(1, from + k), 1));
        }
        read(got);
        for (int i = 0; i < N; i++) {
            double want = i < 490 ? -ldexp(1, from + 489 - i) : ldexp(1, from + i - 490);
            if (!CHECK(fabs(got[i] - want) <= 0.1 * fabs(want)))
                break;
        }
        end();
    }
}

static void test_window_splits_a_power_of_two(void)
{
    prom_objective o[65] = { { 0 } };
    double got[64];
    for (int i = 0; i < 64; i++)
        o[i] = (prom_objective){ (i + 0.5) / 64, 0 };
    o[64].quantile = -1;
    for (int sign = -1; sign <= 1; sign += 2) {
        begin(PROM_OPTS(.name = "s", .help = "", .objectives = o, .accuracy = 0.01));
        uint64_t size = prom__store_size(store);
        for (int i = 63; i >= 0; i--)
            CHECK(prom__window_add(&window, store, cells, sign * (1 + (i + 0.25) / 64), 1));
        read(got);
        for (int i = 0; i < 64; i++) {
            double want = sign * (1 + ((sign > 0 ? i : 63 - i) + 0.5) / 64);
            CHECK_DBL(got[i], want);
        }
        CHECK(prom__store_size(store) - size <= 8192); /* one page */
        end();
    }
}

/* All that a summary made of pages and directories is used again after it was released. */
static void test_window_releases_its_pages(void)
{
    prom_objective o[] = { { 0.5, 0 }, { -1, 0 } };
    uint64_t size = 0;
    begin(PROM_OPTS(.name = "s", .help = "", .objectives = o));
    for (int round = 0; round < 5; round++) {
        for (int k = -1000; k < 1000; k++)
            CHECK(prom__window_add(&window, store, cells, ldexp(1, k), 1));
        if (round == 0)
            size = prom__store_size(store);
        prom__lock();
        prom__window_release(store, cells, n_cells);
        prom__store_free(store, record);
        prom__unlock();
        record = prom__store_alloc(store, 16 + n_cells * 8, PROM__RECORD_CELLS, NULL);
        cells = (_Atomic uint64_t *)(void *)(record + 2);
        double got;
        read(&got);
        CHECK(isnan(got)); /* nothing of the former life */
    }
    CHECK_INT(prom__store_size(store), size);
    end();
}

static void test_window_without_memory(void)
{
    prom_objective o[] = { { 0, 0 }, { 1, 0 }, { -1, 0 } };
    double got[2];
    begin(PROM_OPTS(.name = "s", .help = "", .objectives = o, .accuracy = 0.001,
                    .age_buckets = 64));
    CHECK(prom__window_add(&window, store, cells, 1, 1));
    counting_failing = true; /* a page is larger than what is left of any segment */
    CHECK(!prom__window_add(&window, store, cells, 1024, 1));
    CHECK(!prom__window_add(&window, store, cells, -1, 1));
    CHECK(prom__window_add(&window, store, cells, 1.5, 1)); /* on the page that is there */
    CHECK(prom__window_add(&window, store, cells, 0, 1));   /* needs none */
    prom__source source = { .desc = desc, .store = store };
    prom__arena arena = { 0 };
    CHECK_ERR(prom__window_read(&window, &source, cells, &arena, got), PROM_E_NOMEM);
    counting_failing = false;
    CHECK(prom__window_add(&window, store, cells, 1024, 1)); /* and now it goes */
    read(got);
    CHECK_DBL(got[0], 0);
    CHECK(fabs(got[1] - 1024) <= 1.1);
    end();
}

/* Cells keep 24 bits of an epoch. */
static void test_window_epochs_wrap_around(void)
{
    prom_objective o[] = { { 0, 0 }, { -1, 0 } };
    double got;
    begin(
        PROM_OPTS(.name = "s", .help = "", .objectives = o, .max_age = 1000, .age_buckets = 5));
    uint64_t sub = window.sub_window_ns, wrap = sub << 24;
    prom__clock_shift = wrap - prom__clock_coarse() % wrap - sub / 2; /* in the last epoch */
    CHECK(prom__window_add(&window, store, cells, 0, 1));
    prom__clock_shift += sub; /* in the first of the next round */
    read(&got);
    CHECK_DBL(got, 0);
    prom__clock_shift += 4 * sub;
    read(&got);
    CHECK(isnan(got));
    CHECK(prom__window_add(&window, store, cells, INFINITY, 1));
    read(&got);
    CHECK_DBL(got, INFINITY);
    prom__clock_shift = 0;
    end();
}

/* A bucket that is not written again must not come back when its epoch does, if it was read in
 * between. */
static void test_window_sweeps_what_has_expired(void)
{
    prom_objective o[] = { { 0.5, 0 }, { -1, 0 } };
    double got;
    begin(PROM_OPTS(.name = "s", .help = "", .objectives = o, .max_age = 10));
    uint64_t sub = window.sub_window_ns, begun = sub - prom__clock_coarse() % sub + sub / 2;
    prom__clock_shift = begun;
    CHECK(prom__window_add(&window, store, cells, 1, 1));
    CHECK(prom__window_add(&window, store, cells, 0, 1));
    read(&got);
    CHECK_DBL(got, 0);
    prom__clock_shift = begun + 7 * sub;
    read(&got);
    CHECK(isnan(got));
    prom__clock_shift = begun + (sub << 24);
    read(&got);
    CHECK(isnan(got));
    prom__clock_shift = 0;
    end();
}

TESTS_COUNTING(ROW(test_window_of_options), ROW(test_window_holds_every_power_of_two),
               ROW(test_window_splits_a_power_of_two), ROW(test_window_releases_its_pages),
               ROW(test_window_without_memory), ROW(test_window_epochs_wrap_around),
               ROW(test_window_sweeps_what_has_expired))
