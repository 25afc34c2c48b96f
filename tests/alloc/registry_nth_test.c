// SPDX-License-Identifier: Apache-2.0
/* registry_nth_test.c - describing, nesting, wrapping, listing and the other gathers, with the
 * n-th allocation failing. */
#include "nth.h"

#include <prom/gather.h>

static prom_err build_one(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = prom_build_family(b, PROM_GAUGE,
                                   PROM_OPTS(.name = "one", .help = "One.", .unit = "bytes",
                                             .const_labels = PROM_CONST_LABELS({ "a", "b" })));
    return e ? e : prom_build_value(b, NULL, 1);
}

static prom_err describe_many(prom_builder *b, void *data)
{
    prom_err e = PROM_OK;
    (void)data;
    for (int i = 0; i < 30 && !e; i++) {
        char name[16];
        snprintf(name, sizeof name, "m%d", i);
        e = prom_build_family(b, PROM_SUMMARY, PROM_OPTS(.name = name, .help = "Many."));
    }
    return e;
}

static prom_err new_collector(world *w, prom_registry *r, bool many, unsigned timeout_ms)
{
    OUT(prom_collector);
    prom_collector_opts o = { .size = sizeof o,
                              .name = "one",
                              .collect = build_one,
                              .describe = many ? describe_many : NULL,
                              .describe_by_collect = !many,
                              .timeout_ms = timeout_ms };
    prom_err e = prom_collector_new(r, &o, &out);
    w->out = out;
    return e;
}

static prom_err described(world *w)
{
    return new_collector(w, w->r, false, 0);
}

static prom_err described_many(world *w)
{
    return new_collector(w, w->r, true, 0);
}

/* --- nesting and wrapping --------------------------------------------------- */

static prom_registry *inner_registry(void)
{
    prom_registry *r = NULL;
    prom_gauge *g = NULL;
    prom_vec *v = NULL;
    prom_collector *c = NULL;
    prom_collector_opts o = { .size = sizeof o, .name = "inner", .collect = build_one };
    CHECK_OK(prom_registry_new(NULL, &r));
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "inner", .help = ""), &g));
    CHECK_OK(prom_vec_new(r, PROM_HISTOGRAM,
                          PROM_OPTS(.name = "deep", .help = "", .labels = PROM_LABELS("i")),
                          &v));
    add_series(v, 1);
    CHECK_OK(prom_collector_new(r, &o, &c));
    prom_unref(g), prom_unref(v), prom_unref(c);
    return r;
}

static void prepare_inner(world *w)
{
    w->prepared = inner_registry();
}

static void prepare_nested(world *w)
{
    w->prepared = inner_registry();
    CHECK_OK(prom_registry_add(w->r, w->prepared));
}

static prom_registry *wrapped(prom_registry *r)
{
    prom_registry *w = NULL;
    CHECK_OK(prom_registry_wrap(
        r, PROM_WRAP_OPTS(.prefix = "w_", .labels = PROM_CONST_LABELS({ "zone", "a" })), &w));
    return w;
}

static void prepare_wrapped(world *w)
{
    w->prepared = wrapped(w->r);
}

/* With a nested registry and with a metric that was made elsewhere. */
static void prepare_foreign(world *w)
{
    prom_registry *inner = inner_registry();
    prom_gauge *g = NULL;
    w->prepared = wrapped(w->r);
    CHECK_OK(prom_registry_add(w->prepared, inner));
    CHECK_OK(prom_gauge_new(NULL, PROM_OPTS(.name = "foreign", .help = ""), &g));
    CHECK_OK(prom_registry_add(w->prepared, g));
    prom_unref(inner), prom_unref(g);
}

static prom_err registry_add(world *w)
{
    return prom_registry_add(w->r, w->prepared);
}

static prom_err wrap(world *w)
{
    OUT(prom_registry);
    prom_err e = prom_registry_wrap(
        w->r, PROM_WRAP_OPTS(.prefix = "w_", .labels = PROM_CONST_LABELS({ "zone", "a" })),
        &out);
    w->out = out;
    return e;
}

static prom_err gauge_through_wrap(world *w)
{
    OUT(prom_gauge);
    prom_err e = prom_gauge_new(w->prepared,
                                PROM_OPTS(.name = "new", .namespace_ = "n", .help = ""), &out);
    w->out = out;
    return e;
}

static prom_err collector_through_wrap(world *w)
{
    return new_collector(w, w->prepared, false, 0);
}

/* Made anew each time, for what was made elsewhere is not kept with the world. */
static prom_err foreign_through_wrap(world *w)
{
    prom_gauge *g = NULL;
    prom_err e = prom_gauge_new(NULL, PROM_OPTS(.name = "foreign", .help = ""), &g);
    if (!e)
        e = prom_registry_add(w->prepared, g);
    prom_unref(g);
    return e;
}

static prom_err gauge_beside_inner(world *w)
{
    OUT(prom_gauge);
    prom_err e = prom_gauge_new(w->r, PROM_OPTS(.name = "new", .help = ""), &out);
    w->out = out;
    return e;
}

/* --- gathering and listing --------------------------------------------------- */

/* A gather that notes an error, which is none of its own, has failed here. */
static prom_err noted(world *w, prom_err e, prom_snapshot *s)
{
    const char *error = e ? NULL : prom_snapshot_error(s, 0);
    if (error) {
        e = prom_fail(PROM_E_NOMEM, "%s", error);
        prom_unref(s);
        s = NULL;
    }
    w->out = s;
    return e;
}

static prom_err gather_some(world *w)
{
    OUT(prom_snapshot);
    prom_err e = prom_gather_with(
        w->r,
        PROM_GATHER_OPTS(.names = PROM_VALUES("hits", "zz_free_bytes", "w_one"),
                         .timeout_ms = 100000),
        &out);
    return noted(w, e, out);
}

static prom_err gather_many(world *w)
{
    OUT(prom_snapshot);
    prom_registry *empty[10] = { w->r };
    for (int i = 1; i < 10; i++)
        empty[i] = w->prepared;
    prom_err e = prom_gather_merged(empty, 10, NULL, &out);
    return noted(w, e, out);
}

static void prepare_empty(world *w)
{
    prom_registry *r = NULL;
    CHECK_OK(prom_registry_new(NULL, &r));
    w->prepared = r;
}

static prom_err look(void *data, const prom_registered *x)
{
    (void)x;
    ++*(int *)data;
    return PROM_OK;
}

static prom_err each(world *w)
{
    int n = 0;
    prom_err e = prom_registry_each(w->r, look, &n);
    CHECK(e ? n == 0 : n > 5);
    return e;
}

/* --- the whole ---------------------------------------------------------------- */

static const row rows[] = {
    { "collector described by collecting", NULL, described, 1, false },
    { "collector of many families", NULL, described_many, 1, false },
    { "registry_add of a registry", prepare_inner, registry_add, 4, false },
    { "registry_wrap", NULL, wrap, 1, false },
    { "gauge_new through a wrap", prepare_wrapped, gauge_through_wrap, 1, false },
    { "collector_new through a wrap", prepare_wrapped, collector_through_wrap, 1, false },
    { "registry_add through a wrap", prepare_wrapped, foreign_through_wrap, 1, false },
    { "gauge_new beside an inner one", prepare_nested, gauge_beside_inner, 1, false },
    { "gather, nested", prepare_nested, gather, 1, false },
    { "gather, wrapped", prepare_foreign, gather, 40, false },
    { "gather_with", prepare_foreign, gather_some, 1, false },
    { "gather_merged", prepare_empty, gather_many, 1, false },
    { "registry_each", NULL, each, 1, false },
};

static void test_setting_the_allocator(void)
{
    CHECK_OK(prom_set_allocator(&failing_allocator));
    prom_unref(prom_ref(prom_registry_default()));
    world_free(world_new(0));
}

static void test_every_row(void)
{
    run_rows(rows, sizeof rows / sizeof *rows);
}

TESTS(ROW(test_setting_the_allocator), ROW(test_every_row))
