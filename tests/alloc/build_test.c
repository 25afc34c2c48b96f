// SPDX-License-Identifier: Apache-2.0
/* build_test.c - every function that a collector builds with, refused its n-th allocation, in
 * an arena in which just so much room is left: the same call then succeeds, and what comes of
 * it is as if nothing had happened. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "dump.h"
#include "failing.h"
#include "model/builder.h"

#include <prom/api.h>

#include <stdlib.h>

enum { MOST_ROOM = 1024 }; /* more than any of the calls takes */

typedef struct step {
    const char *name;
    prom_err (*before)(prom_builder *b);
    prom_err (*call)(prom_builder *b);
    prom_err (*after)(prom_builder *b); /* NULL: nothing */
} step;

typedef struct run {
    const step *step;
    size_t room; /* left in the arena before the call */
    long n;      /* the allocation that fails; 0: none */
    failing_mode mode;
    bool failed;
} run;

/* --- what is built ------------------------------------------------------ */

static prom_err family(prom_builder *b, prom_type t, const char *name)
{
    return prom_build_family(b, t,
                             PROM_OPTS(.name = name, .help = "Help.", .unit = "u",
                                       .labels = PROM_LABELS("a", "b"),
                                       .const_labels = PROM_CONST_LABELS({ "c", "\"" })));
}

static prom_err gauge_family(prom_builder *b)
{
    return family(b, PROM_GAUGE, "g");
}

/* Of one label, so that the wrong family's shape would show. */
static prom_err first_family(prom_builder *b)
{
    prom_err e = prom_build_family(b, PROM_GAUGE,
                                   PROM_OPTS(.name = "first", .labels = PROM_LABELS("one")));
    return e ? e : prom_build_value(b, PROM_VALUES("1"), 1);
}

static prom_err one_value(prom_builder *b)
{
    return prom_build_value(b, PROM_VALUES("x\n", "y"), 3);
}

static prom_err said_value(prom_builder *b)
{
    return prom_build_value(b, NULL, 4);
}

static prom_err values(prom_builder *b)
{
    return prom_build_values(b, (prom_str[]){ { "v\0w", 3 }, { "", 0 } }, 2);
}

static prom_err labels(prom_builder *b)
{
    return prom_build_labels(
        b, (prom_label_str[]){ { { "zz", 2 }, { "\\", 1 } }, { { "y", 1 }, { "1", 1 } } }, 2);
}

static prom_err gauge_and_values(prom_builder *b)
{
    prom_err e = gauge_family(b);
    return e ? e : values(b);
}

static prom_err gauge_and_labels(prom_builder *b)
{
    prom_err e = gauge_family(b);
    return e ? e : labels(b);
}

/* As many points as the family has room for: the next one makes it grow. */
static prom_err gauge_and_points(prom_builder *b)
{
    prom_err e = gauge_family(b);
    for (int i = 0; !e && i < 8; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        e = prom_build_value(b, PROM_VALUES(name, "z"), i);
    }
    return e;
}

static prom_err histogram_family(prom_builder *b)
{
    return family(b, PROM_HISTOGRAM, "h");
}

static prom_err one_histogram(prom_builder *b)
{
    prom_bucket buckets[] = { { 0.1, 1 }, { 1e9, 2 }, { INFINITY, 3 } };
    return prom_build_histogram(b, PROM_VALUES("x", "y"), 1.5, 3, buckets, 3);
}

static prom_err summary_family(prom_builder *b)
{
    return family(b, PROM_SUMMARY, "s");
}

static prom_err one_summary(prom_builder *b)
{
    prom_quantile quantiles[] = { { 0, 1 }, { 0.99, 2 } };
    return prom_build_summary(b, PROM_VALUES("x", "y"), 1.5, 3, quantiles, 2);
}

static prom_err gauge_and_value(prom_builder *b)
{
    prom_err e = gauge_family(b);
    return e ? e : one_value(b);
}

static prom_err timestamp(prom_builder *b)
{
    return prom_build_timestamp(b, 123);
}

static prom_err one_native(prom_builder *b)
{
    prom_native_bucket positive[] = { { 1, { 2 } } }, negative[] = { { -1, { 1 } } };
    return prom_build_native(b, PROM_VALUES("x", "y"), 1.5, 3,
                             PROM_NATIVE(.schema = 1, .positive = positive, .n_positive = 1,
                                         .negative = negative, .n_negative = 1),
                             (prom_bucket[]){ { 1, 1 } }, 1);
}

static prom_err stateset_family(prom_builder *b)
{
    return family(b, PROM_STATESET, "st");
}

static prom_err one_stateset(prom_builder *b)
{
    prom_state states[] = { { { "on\n", 3 }, true }, { { "off", 3 }, false } };
    return prom_build_stateset(b, PROM_VALUES("x", "y"), states, 2);
}

static prom_err one_state(prom_builder *b)
{
    return prom_build_value(b, PROM_VALUES("x", "y"), 1);
}

static prom_err info_family(prom_builder *b)
{
    return family(b, PROM_INFO, "i_info");
}

static prom_err one_info(prom_builder *b)
{
    prom_label_str info = { { "version", 7 }, { "1", 1 } };
    return prom_build_info(b, PROM_VALUES("x", "y"), &info, 1);
}

static prom_err native_and_exemplars(prom_builder *b)
{
    prom_err e = histogram_family(b);
    if (!e)
        e = one_native(b);
    for (int i = 0; !e && i < 8; i++)
        e = prom_build_exemplar(b, &(prom_exemplar){ .value = i, .timestamp_ns = i });
    return e;
}

static prom_err native_metric(prom_builder *b)
{
    prom_err e = histogram_family(b);
    return e ? e : one_native(b);
}

static prom_err created_metric(prom_builder *b)
{
    prom_err e = native_metric(b);
    return e ? e : prom_build_created(b, 77); /* which takes no memory */
}

static prom_err exemplar(prom_builder *b)
{
    prom_label_str labels[] = { { { "a", 1 }, { "1", 1 } }, { { "b", 1 }, { "", 0 } } };
    return prom_build_exemplar(b, &(prom_exemplar){ labels, 2, 0.5, 7 });
}

static prom_err bucket_exemplar(prom_builder *b)
{
    return prom_build_bucket_exemplar(b, &(prom_exemplar){ .value = 0.5, .timestamp_ns = 7 });
}

static prom_err native_exemplar(prom_builder *b)
{
    return prom_build_native_exemplar(b, &(prom_exemplar){ .value = 0.5, .timestamp_ns = 7 });
}

/* Descriptions and snapshots of the whole test: what calls need is made before them. */
static prom_snapshot *other;
static prom_desc *description;

static prom_err whole_snapshot(prom_builder *b)
{
    return prom_build_snapshot(b, other);
}

static prom_err described_family(prom_builder *b)
{
    return prom_build_desc(b, description);
}

static const step steps[] = {
    { "native", histogram_family, one_native, timestamp },
    { "state set", stateset_family, one_stateset, timestamp },
    { "state", stateset_family, one_state, timestamp },
    { "info", info_family, one_info, timestamp },
    { "exemplar", created_metric, exemplar, timestamp },
    { "exemplar, the list growing", native_and_exemplars, exemplar, timestamp },
    { "exemplar of a bucket", created_metric, bucket_exemplar, timestamp },
    { "native exemplar", native_and_exemplars, native_exemplar, timestamp },
    { "timestamp", native_metric, timestamp, exemplar },
    { "snapshot", first_family, whole_snapshot, timestamp },
    { "description", first_family, described_family, one_value },

    { "family", first_family, gauge_family, one_value },
    { "values", gauge_family, values, said_value },
    { "labels", gauge_family, labels, said_value },
    { "value", gauge_family, one_value, NULL },
    { "value with values", gauge_and_values, said_value, NULL },
    { "value with labels", gauge_and_labels, said_value, one_value },
    { "value, points growing", gauge_and_points, one_value, NULL },
    { "histogram", histogram_family, one_histogram, NULL },
    { "summary", summary_family, one_summary, NULL },
    { "timestamp", gauge_and_value, timestamp, NULL },
};

/* --- running ------------------------------------------------------------ */

/* Takes from the arena until so much of its block is left. */
static void leave_room(prom__arena *a, size_t room)
{
    enum { BLOCK = 8192, LEAST = 16 };
    prom__arena_block *old = a->block;
    a->next_size = BLOCK;
    while (a->block == old)
        CHECK(prom__arena_alloc(a, LEAST) != NULL);
    CHECK(prom__arena_alloc(a, BLOCK - LEAST - room) != NULL);
}

static prom_err collect(prom_builder *b, void *data)
{
    run *x = data;
    prom_err e = x->step->before(b);
    if (e)
        return e;
    leave_room(&b->snapshot->arena, x->room);
    failing_arm(x->n, x->mode);
    e = x->step->call(b);
    x->failed = failing_disarm() > 0;
    if (x->failed) {
        CHECK_ERR(e, PROM_E_NOMEM);
        CHECK(strstr(prom_error(e), "out of memory") != NULL);
        e = x->step->call(b);
    }
    CHECK_OK(e);
    return !e && x->step->after ? x->step->after(b) : e;
}

/* For free() of the C library; it is ended by NUL as a memory stream is. */
static char *dump_of(const prom_snapshot *s)
{
    char *dump = NULL;
    size_t n;
    FILE *out = open_memstream(&dump, &n);
    CHECK_OK(dump_snapshot(out, s));
    fclose(out);
    return dump;
}

/* All that was built; for free() of the C library. */
static char *result_of(run *x)
{
    prom_registry *r = NULL;
    prom_collector *c = NULL;
    prom_snapshot *s = NULL;
    prom_collector_opts o = { .size = sizeof o, .name = "c", .collect = collect, .data = x };
    CHECK_OK(prom_registry_new(NULL, &r));
    CHECK_OK(prom_collector_new(r, &o, &c));
    CHECK_OK(prom_gather(r, &s));
    CHECK_STR(prom_snapshot_error(s, 0), NULL);
    char *dump = dump_of(s);
    prom_unref(s);
    prom_unref(c);
    prom_unref(r);
    return dump;
}

/* The number of allocations that could be refused. */
static long run_step(const step *s, size_t room, failing_mode mode, const char *want)
{
    for (long n = 1;; n++) {
        run x = { .step = s, .room = room, .n = n, .mode = mode };
        long live = live_blocks;
        int failures = check_failures;
        char *got = result_of(&x);
        CHECK_STR(got, want);
        free(got);
        CHECK_INT(live_blocks, live);
        if (check_failures != failures)
            fprintf(stderr, "    in '%s', allocation %ld refused, room %zu\n", s->name, n,
                    room);
        if (!x.failed || check_failures != failures)
            return n - 1;
    }
}

static prom_err collect_other(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "other"));
    if (!e)
        e = prom_build_value(b, NULL, 1);
    if (!e)
        e = prom_build_family(b, PROM_COUNTER, PROM_OPTS(.name = "another_total"));
    return e ? e : prom_build_value(b, NULL, 2);
}

static void prepare(void)
{
    prom_registry *r;
    prom_collector *c;
    CHECK_OK(prom_registry_new(NULL, &r));
    CHECK_OK(prom_collector_new(
        r, PROM_COLLECTOR_OPTS(.name = "other", .collect = collect_other), &c));
    CHECK_OK(prom_gather(r, &other));
    CHECK_OK(prom_desc_new(PROM_GAUGE,
                           PROM_OPTS(.name = "d", .help = "", .labels = PROM_LABELS("a", "b")),
                           &description));
    prom_unref(c);
    prom_unref(r);
}

static void test_every_step(void)
{
    prepare();
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        run undisturbed = { .step = &steps[i], .room = MOST_ROOM };
        char *want = result_of(&undisturbed);
        long refused = 0;
        for (size_t room = 0; room <= MOST_ROOM; room += 16)
            for (int mode = TRANSIENT; mode <= PERSISTENT; mode++)
                refused += run_step(&steps[i], room, (failing_mode)mode, want);
        CHECK(refused > 0);
        free(want);
    }
    prom_unref(other);
    prom_unref(description);
}

static void test_setting_the_allocator(void)
{
    CHECK_OK(prom_set_allocator(&failing_allocator));
}

TESTS(ROW(test_setting_the_allocator), ROW(test_every_step))
