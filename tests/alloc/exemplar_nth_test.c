// SPDX-License-Identifier: Apache-2.0
/* exemplar_nth_test.c - infos, state sets, unknowns, exemplars and the reading of one series,
 * with the n-th allocation failing: see nth.h. */
#include "nth.h"

#include <prom/vec.h>

/* --- making ---------------------------------------------------------------- */

static const char *const states[] = { "on", "o\"ff", NULL };

static prom_err info_new(world *w)
{
    OUT(prom_info);
    prom_err e = prom_info_new(w->r, PROM_OPTS(.name = "new", .help = ""), &out);
    w->out = out;
    return e;
}

static prom_err stateset_new(world *w)
{
    OUT(prom_stateset);
    prom_err e =
        prom_stateset_new(w->r, PROM_OPTS(.name = "new", .help = "", .states = states), &out);
    w->out = out;
    return e;
}

static prom_err unknown_new(world *w)
{
    OUT(prom_gauge);
    prom_err e = prom_unknown_new(w->r, PROM_OPTS(.name = "new", .help = ""), &out);
    w->out = out;
    return e;
}

static void prepare_vec(world *w, prom_type t)
{
    prom_vec *v = NULL;
    CHECK_OK(prom_vec_new(
        w->r, t,
        PROM_OPTS(.name = "new", .help = "", .labels = PROM_LABELS("l"), .states = states),
        &v));
    w->prepared = v;
}

static void prepare_infos(world *w)
{
    prepare_vec(w, PROM_INFO);
}

static prom_err info_with(world *w)
{
    OUT(prom_info);
    prom_err e = prom_info_with(w->prepared, PROM_VALUES("x"), &out);
    w->out = out;
    return e;
}

static void prepare_statesets(world *w)
{
    prepare_vec(w, PROM_STATESET);
}

static prom_err stateset_with(world *w)
{
    OUT(prom_stateset);
    prom_err e = prom_stateset_with(w->prepared, PROM_VALUES("x"), &out);
    w->out = out;
    return e;
}

static void prepare_unknowns(world *w)
{
    prepare_vec(w, PROM_UNKNOWN);
}

static prom_err unknown_with(world *w)
{
    OUT(prom_gauge);
    prom_err e = prom_unknown_with(w->prepared, PROM_VALUES("x"), &out);
    w->out = out;
    return e;
}

/* --- setting ----------------------------------------------------------------- */

static void prepare_info(world *w)
{
    prom_info *i = NULL;
    CHECK_OK(prom_info_new(w->r, PROM_OPTS(.name = "new", .help = ""), &i));
    CHECK_OK(prom_info_set(i, PROM_CONST_LABELS({ "a", "1" })));
    w->prepared = i;
}

/* So long that it needs a segment of its own. */
static prom_err info_set(world *w)
{
    static char value[5000];
    memset(value, 'x', sizeof value - 1);
    return prom_info_set(w->prepared, PROM_CONST_LABELS({ "a", value }, { "b", "2" }));
}

/* --- exemplars ----------------------------------------------------------------- */

static char longest[125];

/* It leaves less than `left` bytes of every segment, so that a record needs a new one. */
static void fill_store(world *w)
{
    static char value[200];
    prom_vec *v = NULL;
    CHECK_OK(prom_vec_new(w->r, PROM_GAUGE,
                          PROM_OPTS(.name = "full", .help = "", .labels = PROM_LABELS("l")),
                          &v));
    for (int i = 0; i < w->param; i++) {
        prom_gauge *g = NULL;
        snprintf(value, sizeof value, "%0150d", i);
        CHECK_OK(prom_gauge_with(v, PROM_VALUES(value), &g));
        prom_unref(g);
    }
    prom_unref(v);
}

static prom_err counter_exemplar(world *w)
{
    return prom_counter_add_exemplar(w->hits, 1, PROM_EXEMPLAR({ "a", "b" }));
}

static void prepare_exemplar(world *w)
{
    fill_store(w);
    CHECK_OK(counter_exemplar(w));
}

static prom_err counter_exemplar_larger(world *w)
{
    memset(longest, 'x', sizeof longest - 1);
    return prom_counter_add_exemplar(w->hits, 1, PROM_EXEMPLAR({ "a", longest }));
}

static void prepare_native(world *w)
{
    prom_histogram *h = NULL;
    fill_store(w);
    CHECK_OK(
        prom_histogram_new(w->r,
                           PROM_OPTS(.name = "new", .help = "", .native_factor = 1.5,
                                     .native_max_exemplars = 2, .buckets = PROM_BUCKETS(1, 2)),
                           &h));
    prom_histogram_observe(h, 1.5); /* its own memory is there */
    w->prepared = h;
}

static prom_err native_exemplar(world *w)
{
    return prom_histogram_observe_exemplar(w->prepared, 1.5, PROM_EXEMPLAR({ "a", "b" }));
}

static void prepare_full_native(world *w)
{
    prepare_native(w);
    CHECK_OK(native_exemplar(w));
    CHECK_OK(native_exemplar(w));
}

static prom_err native_exemplar_larger(world *w)
{
    memset(longest, 'x', sizeof longest - 1);
    return prom_histogram_observe_exemplar(w->prepared, 1.5, PROM_EXEMPLAR({ "a", longest }));
}

/* --- reading -------------------------------------------------------------------- */

static prom_err see(void *data, const prom_metric *m)
{
    (void)data;
    CHECK_INT(m->n_exemplars, m->family->type == PROM_HISTOGRAM);
    CHECK_INT(m->n_native_exemplars, m->family->type == PROM_HISTOGRAM ? 2 : 0);
    CHECK_INT(m->n_labels, m->family->type == PROM_INFO);
    return PROM_OK;
}

static prom_err child_read(world *w)
{
    return prom_child_read(w->prepared, see, NULL);
}

static const row rows[] = {
    { "info_new", NULL, info_new, 1, false },
    { "stateset_new", NULL, stateset_new, 1, false },
    { "unknown_new", NULL, unknown_new, 1, false },
    { "info_with", prepare_infos, info_with, 1, false },
    { "stateset_with", prepare_statesets, stateset_with, 1, false },
    { "unknown_with", prepare_unknowns, unknown_with, 1, false },
    { "info_set", prepare_info, info_set, 1, false },
    { "counter_add_exemplar, the first", fill_store, counter_exemplar, 40, false },
    { "counter_add_exemplar, a larger one", prepare_exemplar, counter_exemplar_larger, 40,
      false },
    { "histogram_observe_exemplar", prepare_native, native_exemplar, 40, false },
    { "histogram_observe_exemplar, larger ones", prepare_full_native, native_exemplar_larger,
      40, false },
    { "gather of exemplars", prepare_full_native, gather, 40, false },
    { "gather of an info", prepare_info, gather, 40, false },
    { "child_read of exemplars", prepare_full_native, child_read, 1, false },
    { "child_read of an info", prepare_info, child_read, 1, false },
};

static void test_exemplars_and_infos_without_memory(void)
{
    CHECK_OK(prom_set_allocator(&failing_allocator));
    world_free(world_new(0)); /* what the process keeps */
    run_rows(rows, sizeof rows / sizeof *rows);
}

TESTS(ROW(test_exemplars_and_infos_without_memory))
