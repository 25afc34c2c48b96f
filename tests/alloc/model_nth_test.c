// SPDX-License-Identifier: Apache-2.0
/* model_nth_test.c - descriptions as objects and metrics read from a snapshot, with the n-th
 * allocation failing: see nth.h. */
#include "nth.h"

static const char *const label_names[] = { "a", "b.c", NULL };
static const prom_label constants[] = { { "k", "\"1\"" }, { NULL, NULL } };

static prom_err desc_new(world *w)
{
    OUT(prom_desc);
    prom_err e = prom_desc_new(PROM_HISTOGRAM,
                               PROM_OPTS(.namespace_ = "n", .subsystem = "s", .name = "x",
                                         .help = "Help.", .unit = "seconds",
                                         .labels = label_names, .const_labels = constants),
                               &out);
    w->out = out;
    return e;
}

static prom_err desc_new_invalid(world *w)
{
    OUT(prom_desc);
    prom_err e = prom_desc_new(PROM_GAUGE, PROM_OPTS(.name = "", .help = ""), &out);
    w->out = out;
    return e;
}

static prom_err desc_invalid(world *w)
{
    OUT(prom_desc);
    prom_err e = prom_desc_invalid(PROM_E_IO, "gone", &out);
    w->out = out;
    return e;
}

static void prepare_desc(world *w)
{
    prom_desc *d = NULL;
    CHECK_OK(prom_desc_new(
        PROM_COUNTER,
        PROM_OPTS(.name = "new", .help = "h", .labels = label_names, .const_labels = constants),
        &d));
    w->prepared = d;
}

static prom_err desc_of(world *w)
{
    OUT(prom_desc);
    prom_err e = prom_desc_of(w->hits, &out);
    w->out = out;
    return e;
}

static prom_err desc_string(world *w)
{
    OUT(char);
    prom_err e = prom_desc_string(w->prepared, &out);
    w->out = NULL;
    CHECK(e ? !out : out != NULL);
    prom_free(out);
    return e;
}

static prom_err vec_of(world *w)
{
    OUT(prom_vec);
    prom_err e = prom_vec_of(w->r, w->prepared, &out);
    w->out = out;
    return e;
}

/* --- metrics ------------------------------------------------------------ */

static void prepare_snapshot(world *w)
{
    prom_snapshot *s = NULL;
    CHECK_OK(prom_gather(w->r, &s));
    w->prepared = s;
}

static prom_err pass(void *data, const prom_metric *m)
{
    *(size_t *)data += m->n_labels;
    return PROM_OK;
}

static prom_err family_metrics(world *w)
{
    prom_err e = PROM_OK;
    size_t labels = 0;
    for (size_t i = 0; !e && i < prom_snapshot_size(w->prepared); i++)
        e = prom_family_metrics(prom_snapshot_at(w->prepared, i), pass, &labels);
    return e;
}

static const row rows[] = {
    { "desc", NULL, desc_new, 1, false },
    { "desc, invalid", NULL, desc_new_invalid, 1, false },
    { "invalid desc", NULL, desc_invalid, 1, false },
    { "desc of a metric", NULL, desc_of, 1, false },
    { "desc as a string", prepare_desc, desc_string, 1, false },
    { "vec of a desc", prepare_desc, vec_of, 1, false },
    { "metrics of families", prepare_snapshot, family_metrics, 1, false },
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
