// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "counting.h"
#include "kit.h"
#include "metric/family.h"
#include "metric/vec.h"

typedef struct row {
    prom_type type;
    prom_opts o;
} row;

#define SIZED(name_, help_) .size = sizeof(prom_opts), .name = name_, .help = help_

static const row families[] = {
    { PROM_COUNTER, { SIZED("hits", "Hits.") } },
    { PROM_COUNTER, { SIZED("sent", ""), .unit = "bytes" } },
    { PROM_GAUGE,
      { SIZED("caf\xC3\xA9.size", "with \"quotes\" and \\ and \n"),
        .labels = (const char *const[]){ "zone", "app.name", "a", NULL },
        .const_labels =
            (const prom_label[]){ { "env", "a\"b\\c\n" }, { "m", "" }, { 0, 0 } } } },
    { PROM_GAUGE,
      { SIZED("g", ""), .labels = (const char *const[]){ "a", NULL }, .max_series = 7,
        .overflow = "the rest", .ttl = 0.25 } },
    { PROM_HISTOGRAM, { SIZED("h", "h"), .unit = "seconds" } },
    { PROM_HISTOGRAM, { SIZED("h", "h"), .buckets = (const double[]){ INFINITY } } },
    { PROM_HISTOGRAM,
      { SIZED("h", "h"),
        .buckets = (const double[]){ -INFINITY, -0.1, 5e-324, 1e300, INFINITY },
        .nan = PROM_NAN_COUNT } },
    { PROM_HISTOGRAM, { SIZED("n", "n"), .native_factor = 1.1 } },
    { PROM_HISTOGRAM,
      { SIZED("n", "n"), .buckets = (const double[]){ 1, 2, INFINITY }, .native_factor = 3,
        .native_zero_threshold = -5, .native_max_buckets = PROM_NO_LIMIT,
        .native_min_reset = 0.25, .native_max_zero_threshold = 1e-3, .native_max_exemplars = -7,
        .native_exemplar_ttl = -1e-9 } },
    { PROM_INFO, { SIZED("i", "i") } },
    { PROM_UNKNOWN, { SIZED("u", "u"), .unit = "bytes" } },
    { PROM_STATESET,
      { SIZED("t", "t"), .labels = (const char *const[]){ "x", NULL },
        .states = (const char *const[]){ "on", "o\"f\\f\n", NULL } } },
    { PROM_SUMMARY, { SIZED("s", "s") } },
    { PROM_SUMMARY,
      { SIZED("s", "s"), .labels = (const char *const[]){ "x", NULL },
        .objectives =
            (const prom_objective[]){ { 0.99, 0.001 }, { 0, 0 }, { 0.5, 0.05 }, { -1, 0 } },
        .max_age = 33.25, .age_buckets = 7, .accuracy = 0.03, .nan = PROM_NAN_COUNT } },
};

/* What is read back may stand for what was written, and has the same text. */
static void check_same(const prom__desc *a, const prom__desc *b)
{
    bool apart = true;
    CHECK_OK(prom__desc_compare(a, b, &apart));
    CHECK(!apart);
    CHECK_STR(b->opts.name, a->opts.name);
    CHECK_INT(b->shape->n, a->shape->n);
    CHECK_INT(b->shape->legacy, a->shape->legacy);
    size_t marks = a->type == PROM_HISTOGRAM ? a->n_bounds + 1 : a->n_objectives;
    for (size_t i = 0; i < marks; i++)
        CHECK_STR(b->marks[i].p, a->marks[i].p);
}

static void test_family_reads_back_as_it_was(void)
{
    prom__store *store;
    CHECK_OK(prom__vec_store_new(&store));
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        prom__desc *written, *read = NULL;
        uint64_t offset = 0;
        CHECK_OK(prom__desc_new(families[i].type, &families[i].o, false, &written));
        CHECK_OK(prom__family_write(store, written, &offset));
        const prom__record *record = prom__store_at(store, offset);
        CHECK_INT(record->kind, PROM__RECORD_FAMILY);
        CHECK_OK(prom__family_read((const prom__family_record *)(const void *)record, &read));
        check_same(written, read);
        prom_unref(written);
        prom_unref(read);
    }
    prom_unref(store);
}

/* The record holds no address: its bytes, moved and with the original gone, say the same. */
static void test_family_can_be_moved(void)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        prom__store *store;
        prom__desc *written, *read = NULL;
        uint64_t offset;
        CHECK_OK(prom__vec_store_new(&store));
        CHECK_OK(prom__desc_new(families[i].type, &families[i].o, false, &written));
        CHECK_OK(prom__family_write(store, written, &offset));
        prom__record *record = prom__store_at(store, offset);
        char *moved = malloc(record->size);
        memcpy(moved, record, record->size);
        memset(record, 0xDD, record->size);
        prom_unref(store);
        CHECK_OK(prom__family_read((const prom__family_record *)(const void *)moved, &read));
        free(moved);
        check_same(written, read);
        prom_unref(written);
        prom_unref(read);
    }
}

static void test_family_without_memory(void)
{
    prom__store *store;
    prom__desc *d, *read = NULL;
    uint64_t offset = 0;
    CHECK_OK(prom__vec_store_new(&store));
    CHECK_OK(prom__desc_new(PROM_GAUGE, &families[2].o, false, &d));
    counting_failing = true;
    prom_err e = prom__family_write(store, d, &offset);
    counting_failing = false;
    CHECK_ERR(e, PROM_E_NOMEM);
    CHECK_OK(prom__family_write(store, d, &offset));
    size_t live = counting_live;
    counting_failing = true;
    e = prom__family_read(
        (const prom__family_record *)(const void *)prom__store_at(store, offset), &read);
    counting_failing = false;
    CHECK_ERR(e, PROM_E_NOMEM);
    CHECK(!read);
    CHECK_INT(counting_live, live);
    prom_unref(d);
    prom_unref(store);
}

TESTS_COUNTING(ROW(test_family_reads_back_as_it_was), ROW(test_family_can_be_moved),
               ROW(test_family_without_memory))
