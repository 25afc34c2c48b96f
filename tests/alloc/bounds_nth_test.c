// SPDX-License-Identifier: Apache-2.0
/* bounds_nth_test.c - as nth_test.c: limits, functions, series that expire, and the collectors
 * we ship. */
#include "base/clock.h"
#include "nth.h"

/* --- bounds ------------------------------------------------------------- */

/* Named apart from those of the world; the tallies of these names stay with the process, so
 * each is made before a row counts what is allocated. */
static prom_vec *make_bounded(world *w, const char *const *labels)
{
    prom_vec *v = NULL;
    CHECK_OK(prom_vec_new(
        w->r, PROM_COUNTER,
        PROM_OPTS(.name = "bounded", .help = "", .labels = labels, .max_series = 1, .ttl = 10),
        &v));
    w->prepared = v;
    return v;
}

static void prepare_full(world *w)
{
    add_series(make_bounded(w, PROM_LABELS("i")), 0);
}

static void prepare_overflowed(world *w)
{
    prepare_full(w);
    add_series(w->prepared, 7);
}

static void prepare_wide(world *w)
{
    const char *values[FEW_LABELS + 1];
    void *c = NULL;
    memcpy(values, wide_labels, sizeof wide_labels);
    values[0] = "first";
    CHECK_OK(prom_counter_with(make_bounded(w, wide_labels), values, (prom_counter **)&c));
    prom_unref(c);
}

static prom_err with_new(world *w)
{
    OUT(prom_counter);
    prom_err e = prom_counter_with(w->prepared, PROM_VALUES("new"), &out);
    w->out = out;
    return e;
}

static prom_err with_wide(world *w)
{
    OUT(prom_counter);
    prom_err e = prom_counter_with(w->prepared, wide_labels, &out);
    w->out = out;
    return e;
}

static void prepare_idle(world *w)
{
    prepare_overflowed(w);
    atomic_fetch_add(&prom__clock_shift, (uint64_t)11e9);
}

static prom_err poll(world *w)
{
    return prom_poll(w->r);
}

/* --- functions ---------------------------------------------------------- */

static prom_err give(void *data, double *out)
{
    (void)data;
    *out = 3;
    return PROM_OK;
}

static prom_err fail(void *data, double *out)
{
    (void)data, (void)out;
    return prom_fail(PROM_E_IO, "the sensor is off");
}

static long taken;

static void let_go(void *data)
{
    (void)data;
    taken--;
}

static prom_err function_set(world *w)
{
    prom_err e = prom_function_set(w->hits, PROM_FUNCTION(.value = give, .free_data = let_go));
    taken += !e; /* and after an error nothing is freed */
    return e;
}

static prom_err function_new(world *w)
{
    OUT(void);
    prom_err e =
        prom_function_new(w->r, PROM_GAUGE, PROM_OPTS(.name = "given", .help = ""),
                          PROM_FUNCTION(.value = give, .free_data = let_go), (void **)&out);
    taken += !e;
    w->out = out;
    return e;
}

static void prepare_function(world *w)
{
    CHECK_OK(prom_function_set(w->hits, PROM_FUNCTION(.value = give)));
}

static void prepare_failing_function(world *w)
{
    prepare_function(w);
    void *c = NULL;
    CHECK_OK(prom_gauge_with(w->level, PROM_VALUES("x"), (prom_gauge **)&c));
    CHECK_OK(prom_function_set(c, PROM_FUNCTION(.value = fail)));
    prom_unref(c);
}

/* What the function says is noted, so a note is no lack of memory. */
static prom_err gather_and_note(world *w)
{
    OUT(prom_snapshot);
    prom_err e = prom_gather(w->r, &out);
    w->out = out;
    return e;
}

/* --- collectors --------------------------------------------------------- */

static prom_err process_with(world *w)
{
    OUT(prom_collector);
    prom_process_opts o = { .size = sizeof o, .namespace_ = "process_x", .extended = true };
    prom_err e = prom_process_collector_with(w->r, &o, &out);
    w->out = out;
    return e;
}

static prom_err build_info(world *w)
{
    OUT(prom_collector);
    prom_err e = prom_build_info_collector_new(w->r, "game",
                                               PROM_CONST_LABELS({ "version", "1" }), &out);
    w->out = out;
    return e;
}

static prom_err walk(prom_nested_visit *w, void *data)
{
    static const char *const keys[] = { "a", "b", "c" };
    (void)data;
    prom_err e = PROM_OK;
    for (int i = 0; i < 3 && !e; i++) {
        e = prom_nested_enter(w, (prom_str){ keys[i], 1 });
        if (!e)
            e = prom_nested_number(w, i);
        if (!e)
            e = prom_nested_leave(w);
    }
    return e;
}

static prom_err nested_new(world *w)
{
    OUT(prom_collector);
    prom_nested_family family = { NULL, PROM_COUNTER,
                                  PROM_OPTS(.name = "leaves_total", .help = "",
                                            .labels = PROM_LABELS("key")) };
    prom_nested_opts o = { .size = sizeof o,
                           .name = "tree",
                           .walk = walk,
                           .free_data = let_go,
                           .families = &family,
                           .n = 1 };
    prom_err e = prom_nested_collector_new(w->r, &o, &out);
    taken += !e;
    w->out = out;
    return e;
}

/* What it builds: the gather goes on without it, and says so. */
static void test_nested_without_memory(void)
{
    for (long n = 1;; n++) {
        world *w = world_new(0);
        CHECK_OK(nested_new(w));
        prom_snapshot *s = NULL, *before = NULL;
        CHECK_OK(prom_gather(w->r, &before)); /* the snapshot's own memory is there then */
        prom_unref(before);
        failing_arm(n, TRANSIENT);
        prom_err e = prom_gather(w->r, &s);
        bool failed = failing_disarm() > 0;
        double v = -1;
        bool shown =
            !e && prom_snapshot_value(s, "leaves_total", PROM_CONST_LABELS({ "key", "c" }),
                                      &v) == PROM_OK;
        if (!failed || (!e && !prom_snapshot_error(s, 0)))
            CHECK(shown && v >= 2);
        else if (!e)
            CHECK(!shown && strstr(prom_snapshot_error(s, 0), "out of memory"));
        else
            CHECK_ERR(e, PROM_E_NOMEM);
        prom_unref(s);
        world_free(w);
        if (!failed || !CHECK(n < 1000))
            break;
    }
}

static const row rows[] = {
    { "counter_with beyond the limit", prepare_full, with_new, 1, false },
    { "counter_with beyond the limit, again", prepare_overflowed, with_new, 1, false },
    { "counter_with beyond the limit, many labels", prepare_wide, with_wide, 1, false },
    { "poll of idle series", prepare_idle, poll, 1, false },
    { "gather of idle series", prepare_idle, gather, 1, false },
    { "function_set", NULL, function_set, 1, false },
    { "function_new", NULL, function_new, 1, false },
    { "gather with a function", prepare_function, gather, 20, false },
    { "gather with one that fails", prepare_failing_function, gather_and_note, 20, true },
    { "process_collector_with", NULL, process_with, 1, false },
    { "build_info_collector_new", NULL, build_info, 1, false },
    { "nested_collector_new", NULL, nested_new, 1, false },
};

static void test_every_row(void)
{
    run_rows(rows, sizeof rows / sizeof *rows);
    CHECK_INT(taken, 0);
}

static void test_setting_the_allocator(void)
{
    CHECK_OK(prom_set_allocator(&failing_allocator));
    world *w = world_new(0); /* what the process keeps: a store, tallies */
    prom_counter *c = NULL;
    CHECK_OK(prom_counter_new(NULL, PROM_OPTS(.name = "a", .help = ""), &c));
    prom_unref(c);
    prepare_idle(w);
    CHECK_OK(prom_poll(w->r));
    world_free(w);
}

TESTS(ROW(test_setting_the_allocator), ROW(test_every_row), ROW(test_nested_without_memory))
