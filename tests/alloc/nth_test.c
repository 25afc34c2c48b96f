// SPDX-License-Identifier: Apache-2.0
/* nth_test.c - every public function with its n-th allocation failing, and with the n-th and
 * all later ones, for n = 1, 2, ... until it gets through. Each time: the right error with its
 * sentence, nothing changed, a second try that succeeds, nothing left allocated.
 *
 * A row is a function, or a state of the world from which the function takes another path.
 * What collectors build is the business of build_test.c. */
#include "nth.h"

/* --- calls: creating ---------------------------------------------------- */

static prom_err registry_new(world *w)
{
    OUT(prom_registry);
    prom_err e = prom_registry_new(NULL, &out);
    w->out = out;
    return e;
}

static prom_err counter_new(world *w)
{
    OUT(prom_counter);
    prom_err e = prom_counter_new(
        w->r,
        PROM_OPTS(.name = "new", .help = "", .const_labels = PROM_CONST_LABELS({ "a", "b" })),
        &out);
    w->out = out;
    return e;
}

static prom_err counter_again(world *w)
{
    OUT(prom_counter);
    prom_err e = prom_counter_new(w->r, PROM_OPTS(.name = "hits", .help = "Hits."), &out);
    w->out = out;
    return e;
}

static prom_err counter_loose(world *w)
{
    OUT(prom_counter);
    prom_err e = prom_counter_new(NULL, PROM_OPTS(.name = "hits", .help = "Hits."), &out);
    w->out = out;
    return e;
}

static prom_err gauge_new(world *w)
{
    OUT(prom_gauge);
    prom_err e = prom_gauge_new(
        w->r, PROM_OPTS(.name = "new", .help = "A \\ \n help.", .unit = "bytes"), &out);
    w->out = out;
    return e;
}

static prom_err histogram_new(world *w)
{
    OUT(prom_histogram);
    prom_err e = prom_histogram_new(
        w->r, PROM_OPTS(.name = "new", .help = "", .buckets = PROM_BUCKETS(1, 2, 3)), &out);
    w->out = out;
    return e;
}

static prom_err summary_new(world *w)
{
    OUT(prom_summary);
    prom_err e = prom_summary_new(
        w->r, PROM_OPTS(.name = "new", .help = "", .objectives = PROM_OBJECTIVES({ 0.9, 0 })),
        &out);
    w->out = out;
    return e;
}

static prom_err vec_new(world *w)
{
    OUT(prom_vec);
    prom_err e =
        prom_vec_new(w->r, PROM_HISTOGRAM,
                     PROM_OPTS(.name = "new", .help = "", .labels = PROM_LABELS("a", "b", "c"),
                               .const_labels = PROM_CONST_LABELS({ "d", "e" }, { "f", "g" })),
                     &out);
    w->out = out;
    return e;
}

/* --- calls: series ------------------------------------------------------ */

static prom_err counter_with(world *w)
{
    OUT(prom_counter);
    prom_err e = prom_counter_with(w->requests, PROM_VALUES("new \"\\\n"), &out);
    w->out = out;
    return e;
}

static prom_err gauge_with(world *w)
{
    OUT(prom_gauge);
    prom_err e = prom_gauge_with(w->level, PROM_VALUES("new"), &out);
    w->out = out;
    return e;
}

static prom_err histogram_with(world *w)
{
    OUT(prom_histogram);
    prom_err e = prom_histogram_with(w->took, PROM_VALUES("new"), &out);
    w->out = out;
    return e;
}

static prom_err summary_with(world *w)
{
    OUT(prom_summary);
    prom_err e = prom_summary_with(w->size, PROM_VALUES("new"), &out);
    w->out = out;
    return e;
}

static prom_err wide_with(world *w)
{
    OUT(prom_counter);
    prom_err e = prom_counter_with(w->wide, wide_labels, &out);
    w->out = out;
    return e;
}

static prom_err vec_with_long_value(world *w)
{
    static char value[100000];
    OUT(void);
    memset(value, 'v', sizeof value);
    prom_err e = prom_vec_with(w->requests, &(prom_str){ value, sizeof value }, 1, &out);
    w->out = out;
    return e;
}

static prom_err wide_remove(world *w)
{
    return prom_vec_remove(w->wide, wide_labels);
}

static prom_err vec_remove(world *w)
{
    return prom_vec_remove(w->requests, PROM_VALUES("1"));
}

static prom_err vec_clear(world *w)
{
    return prom_vec_clear(w->requests);
}

static void prepare_series(world *w)
{
    for (int i = 0; i < w->param; i++)
        add_series(w->requests, 100 + i);
}

static void prepare_wide(world *w)
{
    prom_counter *c = NULL;
    CHECK_OK(prom_counter_with(w->wide, wide_labels, &c));
    w->prepared = c;
}

/* So many removed that one more makes a sweep. */
static void prepare_dead(world *w)
{
    for (int i = 0; i < 64; i++) {
        add_series(w->requests, 100 + i);
        remove_series(w->requests, 100 + i);
    }
}

static void prepare_to_clear(world *w)
{
    for (int i = 0; i < 100; i++)
        add_series(w->requests, 100 + i);
}

/* --- calls: registries and collectors ----------------------------------- */

static prom_err registry_add(world *w)
{
    return prom_registry_add(w->r, w->prepared);
}

/* Names until the tables are full, whatever their size; then one more. */
static void prepare_vec_to_add(world *w)
{
    for (int i = 0; i < w->param; i++) {
        char name[16];
        prom_vec *v = NULL;
        snprintf(name, sizeof name, "more_%d", i);
        CHECK_OK(prom_vec_new(w->r, PROM_HISTOGRAM,
                              PROM_OPTS(.name = name, .help = "", .labels = PROM_LABELS("a")),
                              &v));
        prom_unref(v);
    }
    prom_vec *v = NULL;
    CHECK_OK(prom_vec_new(NULL, PROM_SUMMARY, PROM_OPTS(.name = "loose", .help = ""), &v));
    w->prepared = v;
}

static prom_err build_nothing(prom_builder *b, void *data)
{
    (void)data;
    return prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "zz_nothing"));
}

static void prepare_collectors(world *w)
{
    prom_collector_opts o = { .size = sizeof o, .name = "c", .collect = build_disk, w };
    prom_collector *c = NULL;
    o.collect = build_nothing;
    static char apart[1 << 16]; /* the same function with the same data is refused */
    for (int i = 0; i < w->param; i++) {
        o.data = &apart[i];
        CHECK_OK(prom_collector_new(NULL, &o, &c));
        CHECK_OK(prom_registry_add(w->r, c));
        if (i % 2)
            CHECK_OK(prom_registry_remove(w->r, c));
        prom_unref(c);
    }
    o.data = w;
    CHECK_OK(prom_collector_new(NULL, &o, &c));
    w->prepared = c;
}

static prom_err collector_new(world *w)
{
    OUT(prom_collector);
    prom_collector_opts o = { .size = sizeof o, .name = "new", .collect = build_nothing };
    prom_err e = prom_collector_new(w->r, &o, &out);
    w->out = out;
    return e;
}

static prom_err process_collector_new(world *w)
{
    OUT(prom_collector);
    prom_err e = prom_process_collector_new(w->r, &out);
    w->out = out;
    return e;
}

static prom_err self_collector_new(world *w)
{
    OUT(prom_collector);
    prom_err e = prom_self_collector_new(w->r, &out);
    w->out = out;
    return e;
}

static void prepare_bound(world *w)
{
    prom_collector_opts o = { .size = sizeof o, .name = "bound", .collect = build_disk, w };
    prom_collector *c = NULL;
    CHECK_OK(prom_registry_remove(w->r, w->disk));
    o.bound = true;
    CHECK_OK(prom_collector_new(w->r, &o, &c));
    w->prepared = c;
}

/* The callback's own failure reaches the caller of poll as PROM_E_CALLBACK, in its words. */
static prom_err poll_bound(world *w)
{
    prom_err e = prom_poll(w->r);
    bool memory = e == PROM_E_CALLBACK && strstr(prom_error(e), "out of memory");
    return memory ? prom_fail(PROM_E_NOMEM, "%s", prom_error(e)) : e;
}

/* --- calls: reading ----------------------------------------------------- */

/* A collector that had no memory is noted; for a row that is a failure too. */
static void prepare_gathered(world *w)
{
    free(world_text(w)); /* so that there is memory of an earlier scrape */
    add_series(w->requests, 7);
    remove_series(w->requests, 1);
}

static prom_err expose(world *w)
{
    char *text = (char *)w;
    prom_err e = prom_expose(w->r, &prom_text, &text, NULL);
    CHECK(e ? text == NULL : strstr(text, "hits_total 1\n") != NULL);
    if (!e)
        prom_free(text);
    return e;
}

static void prepare_snapshot(world *w)
{
    prom_snapshot *s = NULL;
    prom_gauge *g = NULL;
    /* A name that must be escaped. */
    CHECK_OK(prom_gauge_new(w->r,
                            PROM_OPTS(.name = "gr\xc3\xb6\xc3\x9f"
                                              "e",
                                      .help = ""),
                            &g));
    prom_unref(g);
    CHECK_OK(prom_gather(w->r, &s));
    w->prepared = s;
}

static prom_err encode_string(world *w)
{
    char *text = (char *)w;
    prom_err e = prom_encode_string(&prom_text, w->prepared, &text, NULL);
    CHECK(e ? text == NULL : strstr(text, "hits_total 1\n") != NULL);
    if (!e)
        prom_free(text);
    return e;
}

static prom_err count_sample(void *data, const prom_sample *s)
{
    (void)s;
    ++*(int *)data;
    return PROM_OK;
}

static prom_err family_samples(world *w)
{
    prom_err e = PROM_OK;
    int n = 0;
    for (size_t i = 0; !e && i < prom_snapshot_size(w->prepared); i++)
        e = prom_family_samples(prom_snapshot_at(w->prepared, i), count_sample, &n);
    CHECK(e || n > 10);
    return e;
}

static prom_err snapshot_value(world *w)
{
    double v = -1;
    prom_err e =
        prom_snapshot_value(w->prepared, "zz_free_bytes",
                            PROM_CONST_LABELS({ "disk", "sdc" }, { "host", "a\"b" }), &v);
    CHECK_DBL(v, e ? -1 : 2);
    return e;
}

static prom_err http_start(world *w)
{
    OUT(prom_http);
    prom_http_opts o = { .size = sizeof o, .polled = w->param == 0 };
    prom_err e = prom_http_start(w->r, &o, &out);
    w->out = w->stop = out;
    return e == PROM_E_UNSUPPORTED ? PROM_OK : e;
}

/* --- the rows ----------------------------------------------------------- */

static const row rows[] = {
    { "registry_new", NULL, registry_new, 1, false },
    { "counter_new", NULL, counter_new, 1, false },
    { "counter_new of one that is there", NULL, counter_again, 1, false },
    { "counter_new without a registry", NULL, counter_loose, 1, false },
    { "gauge_new", NULL, gauge_new, 1, false },
    { "histogram_new", NULL, histogram_new, 1, false },
    { "summary_new", NULL, summary_new, 1, false },
    { "vec_new", NULL, vec_new, 1, false },
    { "counter_with, tables growing", prepare_series, counter_with, 70, false },
    { "gauge_with", NULL, gauge_with, 1, false },
    { "histogram_with", NULL, histogram_with, 1, false },
    { "summary_with", NULL, summary_with, 1, false },
    { "counter_with, many labels", NULL, wide_with, 1, false },
    { "counter_with, many labels, there", prepare_wide, wide_with, 1, false },
    { "vec_with, a new segment", NULL, vec_with_long_value, 1, false },
    { "vec_remove", NULL, vec_remove, 1, true },
    { "vec_remove, many labels", prepare_wide, wide_remove, 1, false },
    { "vec_remove with a sweep", prepare_dead, vec_remove, 1, true },
    { "vec_clear with a sweep", prepare_to_clear, vec_clear, 1, true },
    { "registry_add, tables growing", prepare_vec_to_add, registry_add, 24, false },
    { "registry_add of a collector", prepare_collectors, registry_add, 24, false },
    { "collector_new", NULL, collector_new, 1, false },
    { "process_collector_new", NULL, process_collector_new, 1, false },
    { "self_collector_new", NULL, self_collector_new, 1, false },
    { "poll", prepare_bound, poll_bound, 100, false },
    { "gather", NULL, gather, MANY, false },
    { "gather of a bound collector", prepare_bound, gather, 100, false },
    { "gather again, sweeping", prepare_gathered, gather, 20, false },
    { "expose", NULL, expose, 20, true },
    { "encode_string", prepare_snapshot, encode_string, 1, false },
    { "family_samples", prepare_snapshot, family_samples, 1, false },
    { "snapshot_value", prepare_snapshot, snapshot_value, 1, false },
    { "http_start", NULL, http_start, 2, false },
};

static void test_every_row(void)
{
    run_rows(rows, sizeof rows / sizeof *rows);
}

/* --- what is no row ----------------------------------------------------- */

static void test_calls_that_allocate_nothing(void)
{
    world *w = world_new(0);
    prom_vec *v = NULL;
    prom_snapshot *s = NULL;
    void *child = NULL;
    prom_histogram *h = NULL;
    CHECK_OK(prom_histogram_with(w->took, PROM_VALUES("x"), &h));
    CHECK_OK(prom_gather(w->r, &s));
    failing_arm(1, PERSISTENT);
    prom_counter_inc(w->hits);
    CHECK_OK(prom_counter_add(w->hits, 0.5));
    prom_histogram_observe(h, 3);
    CHECK_OK(prom_vec_with(w->requests, &(prom_str){ "1", 1 }, 1, &child));
    CHECK_OK(prom_child_vec(child, &v));
    prom_unref(v);
    CHECK_INT(prom_vec_size(w->requests), 2);
    CHECK_OK(prom_registry_find(w->r, "hits", &v));
    prom_unref(v);
    CHECK_OK(prom_registry_remove(w->r, w->hits));
    prom_registry_clear(w->r);
    CHECK_INT(alloc_calls, 0);
    failing_disarm();
    prom_unref(child);
    prom_unref(h);
    prom_unref(s);
    world_free(w);
}

/* An observation cannot say that it failed: it counts, and is missing from the quantiles. */
static void test_summary_without_memory_for_a_page(void)
{
    world *w = world_new(0);
    prom_summary *s = NULL;
    prom_collector *c = NULL;
    double dropped, then, count, sum;
    prom_snapshot *a = NULL, *b = NULL;
    CHECK_OK(prom_self_collector_new(w->r, &c));
    CHECK_OK(prom_summary_with(w->size, PROM_VALUES("new"), &s));
    CHECK_OK(prom_gather(w->r, &a));
    failing_arm(1, PERSISTENT);
    double v = 1;
    int n = 0;
    for (; n < 2000 && !fail_count; n++, v *= 2)
        prom_summary_observe(s, v > 1e300 ? v = -1e-300 : v);
    CHECK_INT(failing_disarm(), 1);
    CHECK_OK(prom_gather(w->r, &b));
    CHECK_OK(prom_snapshot_value(a, "libprom_dropped_observations_total", NULL, &dropped));
    CHECK_OK(prom_snapshot_value(b, "libprom_dropped_observations_total", NULL, &then));
    CHECK_OK(prom_snapshot_value(b, "size_count", PROM_CONST_LABELS({ "i", "new" }), &count));
    CHECK_OK(prom_snapshot_value(b, "size_sum", PROM_CONST_LABELS({ "i", "new" }), &sum));
    CHECK_DBL(then - dropped, 1);
    CHECK_DBL(count, n);
    CHECK(sum > 0);
    prom_unref(a);
    prom_unref(b);
    prom_unref(s);
    prom_unref(c);
    world_free(w);
}

/* Families of scripts that are loaded again and again use the same memory. */
static void test_vecs_that_come_and_go(void)
{
    world *w = world_new(0);
    long live = live_blocks;
    for (int i = 0; i < 2000; i++) {
        prom_vec *v = NULL;
        CHECK_OK(prom_vec_new(
            w->r, PROM_GAUGE,
            PROM_OPTS(.name = "passing", .help = "", .labels = PROM_LABELS("a")), &v));
        add_series(v, i);
        CHECK_OK(prom_registry_remove(w->r, v));
        prom_unref(v);
    }
    CHECK(live_blocks < live + 4);
    world_free(w);
}

/* There may be no memory for it at first; what failed leaves nothing behind. */
static void test_default_registry(void)
{
    prom_registry *r = NULL;
    for (long n = 1; !r; n++) {
        long live = live_blocks;
        failing_arm(n, n % 2 ? TRANSIENT : PERSISTENT);
        r = prom_registry_default();
        long failed = failing_disarm();
        CHECK(r ? !failed : failed > 0);
        if (!r)
            CHECK_INT(live_blocks, live);
        if (!CHECK(n < 1000))
            break;
    }
    CHECK(r == prom_registry_default());
}

static void test_the_allocator_is_set_once_and_whole(void)
{
    prom_allocator a = failing_allocator;
    CHECK_ERR(prom_set_allocator(&a), PROM_E_EXISTS);
    CHECK_ERR(prom_set_allocator(NULL), PROM_E_INVAL);
    a.realloc = NULL;
    CHECK_ERR(prom_set_allocator(&a), PROM_E_INVAL);
    a = failing_allocator;
    a.size = sizeof a - 1;
    CHECK_ERR(prom_set_allocator(&a), PROM_E_INVAL);
}

/* First, and once: it makes what the process keeps. */
static void test_setting_the_allocator(void)
{
    prom_counter *c = NULL;
    CHECK_OK(prom_set_allocator(&failing_allocator));
    failing_arm(1, PERSISTENT);
    CHECK_ERR(prom_counter_new(NULL, PROM_OPTS(.name = "a", .help = ""), &c), PROM_E_NOMEM);
    failing_arm(0, TRANSIENT);
    CHECK_OK(prom_counter_new(NULL, PROM_OPTS(.name = "a", .help = ""), &c));
    CHECK(live_blocks > 0 && alloc_calls > 0);
    prom_unref(c);
    world_free(world_new(0));
}

TESTS(ROW(test_setting_the_allocator), ROW(test_every_row),
      ROW(test_calls_that_allocate_nothing), ROW(test_summary_without_memory_for_a_page),
      ROW(test_vecs_that_come_and_go), ROW(test_default_registry),
      ROW(test_the_allocator_is_set_once_and_whole))
