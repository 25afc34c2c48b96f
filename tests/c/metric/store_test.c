// SPDX-License-Identifier: Apache-2.0
#include "base/lock.h"
#include "counting.h"
#include "kit.h"
#include "registry/registry.h"

static int released;
static prom__store_waiting *last_released;

static void release(prom__store_waiting *w)
{
    released++;
    last_released = w;
}

static prom__store *make(void)
{
    prom__store *s = NULL;
    CHECK_OK(prom__store_new(release, &s));
    return s;
}

static prom__record *alloc(prom__store *s, size_t n, uint64_t *offset)
{
    prom__record *record = prom__store_alloc(s, n, PROM__RECORD_CELLS, offset);
    CHECK(record);
    return record;
}

static void give_back(prom__store *s, prom__record *record)
{
    prom__lock();
    prom__store_free(s, record);
    prom__unlock();
}

/* --- segments -------------------------------------------------------------- */

/* Without a gap from 0 on, eight of each size; every offset knows its own. */
static void test_store_segments(void)
{
    uint64_t start = 0;
    for (unsigned i = 0; i < PROM__STORE_SEGMENTS; i++) {
        uint64_t size = (uint64_t)PROM__STORE_STEP << i / 8;
        const uint64_t offsets[] = { start, start + 16, start + size / 2, start + size - 1 };
        for (int k = 0; k < 4; k++) {
            prom__segment g = prom__store_segment(offsets[k]);
            CHECK_INT(g.number, i);
            CHECK_INT(g.start, start);
            CHECK_INT(g.size, size);
        }
        CHECK(start == 0 || size <= start / 8 + PROM__STORE_STEP);
        start += size;
    }
    CHECK(start > (uint64_t)64 << 30); /* the offsets of a series' family reach that far */
}

/* --- records ---------------------------------------------------------------- */

static void test_store_records_are_aligned_zeroed_and_found_by_offset(void)
{
    enum { N = 3000 };
    static prom__record *records[N];
    static uint64_t offsets[N];
    prom__store *s = make();
    uint64_t state = 1;
    for (size_t i = 0; i < N; i++) {
        size_t n = 16 + kit_random(&state) % (i % 50 ? 300 : 9000);
        records[i] = alloc(s, n, &offsets[i]);
        CHECK((uintptr_t)records[i] % 16 == 0 && offsets[i] % 16 == 0 && offsets[i] > 0);
        CHECK(records[i]->size >= n && records[i]->size % 16 == 0);
        CHECK_INT(records[i]->kind, PROM__RECORD_CELLS);
        CHECK(prom__store_at(s, offsets[i]) == records[i]);
        unsigned char *body = (unsigned char *)(records[i] + 1), any = 0;
        for (size_t k = 0; k < records[i]->size - sizeof *records[i]; k++)
            any |= body[k];
        CHECK_INT(any, 0);
        memset(body, (int)i | 1, records[i]->size - sizeof *records[i]);
        if (i >= 10 && i % 3 == 0)
            give_back(s, records[i - 7]); /* so that used memory comes again, too */
    }
    prom_unref(s);
}

/* From offset 16 on each record begins with its size; zero says: on at the next step. */
static size_t walk(const char *image, uint64_t size, uint64_t *bytes)
{
    size_t n = 0;
    for (uint64_t at = 16; at < size;) {
        const prom__record *record = (const prom__record *)(const void *)(image + at);
        if (!record->size) {
            at = (at / PROM__STORE_STEP + 1) * PROM__STORE_STEP;
            continue;
        }
        n++;
        *bytes += record->size;
        at += record->size;
    }
    return n;
}

static void test_store_copy_can_be_walked(void)
{
    prom__store *s = make();
    uint64_t state = 3, given = 0, found = 0, offset;
    size_t n = 0;
    for (int i = 0; i < 2000; i++, n++) {
        size_t bytes = i == 700 ? 500000 : i == 1000 ? 100000 : 16 + kit_random(&state) % 200;
        given += alloc(s, bytes, &offset)->size;
    }
    uint64_t size = prom__store_size(s);
    char *copy = malloc(size + 16);
    memset(copy, 0x77, size + 16);
    prom__store_copy(s, copy, size);
    CHECK_INT(walk(copy, size, &found), n);
    CHECK_INT(found, given);
    CHECK(memcmp(copy + offset, prom__store_at(s, offset), 16) == 0);
    CHECK_INT(copy[size], 0x77);
    free(copy);
    prom_unref(s);
}

static void test_store_of_large_records(void)
{
    prom__store *s = make();
    static const size_t sizes[] = { 4096, 100000, 1 << 20, 3 << 20, 16 };
    for (size_t i = 0; i < 5; i++) {
        uint64_t offset;
        prom__record *record = alloc(s, sizes[i], &offset);
        memset(record + 1, 0xAB, sizes[i] - sizeof *record);
        CHECK(prom__store_at(s, offset) == record);
    }
    CHECK(!prom__store_alloc(s, ((size_t)1 << 30) + 1, PROM__RECORD_CELLS, NULL));
    CHECK(!prom__store_alloc(s, SIZE_MAX, PROM__RECORD_CELLS, NULL));
    prom_unref(s);
}

/* A large record for which there is no memory must not take the room of small ones with it. */
static void test_store_is_as_it_was_after_a_failure(void)
{
    prom__store *s = make();
    alloc(s, 64, NULL);
    uint64_t size = prom__store_size(s);
    counting_failing = true;
    CHECK(!prom__store_alloc(s, 50 << 20, PROM__RECORD_CELLS, NULL));
    CHECK(!prom__store_alloc(s, 8000, PROM__RECORD_CELLS, NULL));
    CHECK(prom__store_alloc(s, 64, PROM__RECORD_CELLS, NULL)); /* its segment is there */
    counting_failing = false;
    CHECK_INT(prom__store_size(s), size);
    prom_unref(s);
}

/* --- space that is used again --------------------------------------------------- */

static void test_store_uses_freed_records_again(void)
{
    prom__store *s = make();
    for (size_t n = 16; n < 40000; n = n * 9 / 8 + 16) {
        prom__record *record = alloc(s, n, NULL);
        give_back(s, record);
        CHECK(alloc(s, n, NULL) == record);
        if (n < 200)
            continue;
        give_back(s, record);
        prom__record *smaller = alloc(s, n - n / 8, NULL); /* a little of it lies idle */
        CHECK(smaller == record);
        CHECK(smaller->size >= n);
    }
    prom_unref(s);
}

/* Rounds of records of any size, from small to 100 kB: the store must stop growing. */
static void test_store_of_changing_sizes_stays_bounded(void)
{
    enum { N = 300, ROUNDS = 60 };
    prom__store *s = make();
    prom__record *records[N];
    uint64_t state = 11, half = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < N; i++)
            records[i] = alloc(s, (size_t)(16 * exp(kit_unit(&state) * 8.7)), NULL);
        for (int i = 0; i < N; i++)
            give_back(s, records[i]);
        if (round == ROUNDS / 2)
            half = prom__store_size(s);
    }
    CHECK(prom__store_size(s) <= half + half / 8);
    prom_unref(s);
}

static uint64_t churn(prom_registry *r, prom_vec *v, int n)
{
    char value[64];
    for (int i = 0; i < n; i++) {
        snprintf(value, sizeof value, "%.*s-%d", i % 37,
                 "a-label-value-that-has-many-lengths-x", i);
        prom_counter *c;
        CHECK_OK(prom_counter_with(v, PROM_VALUES(value), &c));
        prom_counter_inc(c);
        prom_unref(c);
        if (!CHECK_OK(prom_vec_remove(v, PROM_VALUES(value))))
            break;
    }
    return prom__store_size(r->store);
}

static void test_store_of_series_that_come_and_go_stays_bounded(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    CHECK_OK(prom_vec_new(r, PROM_COUNTER,
                          PROM_OPTS(.name = "c", .help = "", .labels = PROM_LABELS("x")), &v));
    uint64_t early = churn(r, v, 5000);
    size_t live = counting_live;
    CHECK(early < 100000);
    CHECK_INT(churn(r, v, 95000), early);
    CHECK(counting_live <= live + 2); /* nor is anything beside the store left behind */
    prom_unref(v);
    prom_unref(r);
}

/* Families too: a program that registers and unregisters for ever. */
static void test_store_of_families_that_come_and_go_stays_bounded(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    uint64_t early = 0;
    for (int i = 0; i < 5000; i++) {
        prom_summary *s;
        CHECK_OK(prom_summary_new(
            r, PROM_OPTS(.name = "s", .help = "", .objectives = PROM_OBJECTIVES({ .5, .1 })),
            &s));
        prom_summary_observe(s, i);
        CHECK_OK(prom_registry_remove(r, s));
        prom_unref(s);
        if (i == 100)
            early = prom__store_size(r->store);
    }
    CHECK_INT(prom__store_size(r->store), early);
    prom_unref(r);
}

/* --- pins ------------------------------------------------------------------------- */

static void wait_for(prom__store *s, prom__store_waiting *w)
{
    prom__lock();
    prom__store_wait(s, w);
    prom__unlock();
}

static void test_store_waits_for_the_pins_of_now(void)
{
    prom__store *s = make();
    prom__store_pin a, b, c;
    prom__store_waiting w[5];
    released = 0;
    wait_for(s, &w[0]);
    CHECK(released == 1 && last_released == &w[0]); /* nobody reads */
    prom__store_pin_add(s, &a);
    wait_for(s, &w[1]);
    prom__store_pin_add(s, &b);
    wait_for(s, &w[2]);
    prom__store_pin_add(s, &c);
    wait_for(s, &w[3]);
    CHECK_INT(released, 1);
    prom__store_pin_drop(s, &b); /* in the middle: a still reads all that waits */
    CHECK_INT(released, 1);
    prom__store_pin_drop(s, &a);
    CHECK_INT(released, 3); /* w1, and w2 that waited for a and b */
    CHECK(last_released == &w[2]);
    prom__store_pin_add(s, &a);
    prom__store_pin_drop(s, &c);
    CHECK(released == 4 && last_released == &w[3]); /* the new one came too late to see it */
    wait_for(s, &w[4]);
    CHECK_INT(released, 4);
    prom__store_pin_drop(s, &a);
    CHECK_INT(released, 5);
    prom_unref(s);
}

TESTS_COUNTING(ROW(test_store_segments),
               ROW(test_store_records_are_aligned_zeroed_and_found_by_offset),
               ROW(test_store_copy_can_be_walked), ROW(test_store_of_large_records),
               ROW(test_store_is_as_it_was_after_a_failure),
               ROW(test_store_uses_freed_records_again),
               ROW(test_store_of_changing_sizes_stays_bounded),
               ROW(test_store_of_series_that_come_and_go_stays_bounded),
               ROW(test_store_of_families_that_come_and_go_stays_bounded),
               ROW(test_store_waits_for_the_pins_of_now))
