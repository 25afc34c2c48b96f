// SPDX-License-Identifier: Apache-2.0
/* message_nth_test.c - reading protobuf, and metrics as structs of protobuf-c and back, with
 * the n-th allocation failing. */
#include "nth.h"

#include <prom/metrics.pb-c.h>

/* Something of every type that protobuf has. */
static prom_err build_all(prom_builder *b, void *data)
{
    (void)data;
    prom_label_str label = { { "l", 1 }, { "v\n", 2 } };
    prom_exemplar x = { &label, 1, 0.5, 1 };
    prom_bucket buckets[] = { { 1, 1 }, { INFINITY, 1 } };
    prom_native_bucket one = { 0, { 1 } };
    prom_err e = prom_build_family(b, PROM_COUNTER, PROM_OPTS(.name = "aa", .help = "Help."));
    if (!e)
        e = prom_build_labels(b, &label, 1);
    if (!e)
        e = prom_build_value(b, NULL, 1);
    if (!e)
        e = prom_build_exemplar(b, &x);
    if (!e)
        e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "ab", .unit = "u"));
    if (!e)
        e = prom_build_native(b, NULL, 0.5, 1, PROM_NATIVE(.positive = &one, .n_positive = 1),
                              buckets, 2);
    return e ? e : prom_build_exemplar(b, &x);
}

static void prepare_snapshot(world *w)
{
    prom_collector_opts o = { .size = sizeof o, .name = "all", .collect = build_all };
    prom_collector *c;
    prom_snapshot *s;
    CHECK_OK(prom_collector_new(w->r, &o, &c));
    CHECK_OK(prom_gather(w->r, &s));
    CHECK_STR(prom_snapshot_error(s, 0), NULL);
    w->prepared = s;
    prom_unref(c);
}

static prom_err parse(world *w)
{
    OUT(prom_snapshot);
    static char *bytes;
    static size_t n;
    if (!bytes) { /* once, out of the counted memory */
        char *made;
        CHECK_OK(prom_encode_string(&prom_protobuf, w->prepared, &made, &n));
        bytes = malloc(n);
        memcpy(bytes, made, n);
        prom_free(made);
    }
    prom_err e = prom_parse_protobuf(bytes, n, &out);
    CHECK(e || prom_snapshot_size(out) == prom_snapshot_size(w->prepared));
    w->out = out;
    return e;
}

static prom_err family_message(world *w)
{
    const Prom__Pb__MetricFamily *m;
    prom_err e = prom_family_message(prom_snapshot_at(w->prepared, (size_t)w->param), &m);
    CHECK(e ? m == NULL : m->name[0] == 'a');
    return e;
}

static prom_err metric_message(world *w)
{
    const Prom__Pb__Metric *m;
    prom_err e = prom_metric_message(prom_snapshot_at(w->prepared, (size_t)w->param), 0, &m);
    CHECK(e ? m == NULL : m->n_label <= 1);
    return e;
}

/* --- the way back --------------------------------------------------------- */

static prom_err build_message(prom_builder *b, void *data)
{
    world *w = data;
    const Prom__Pb__MetricFamily *m;
    prom_err e = prom_family_message(prom_snapshot_at(w->prepared, 1), &m);
    return e ? e : prom_build_message(b, m);
}

/* The collector brings family "ab" a second time, into another registry. */
static void prepare_collector(world *w)
{
    prom_registry *r;
    prom_collector *c;
    prepare_snapshot(w);
    CHECK_OK(prom_registry_new(NULL, &r));
    prom_collector_opts o = {
        .size = sizeof o, .name = "message", .collect = build_message, .data = w
    };
    CHECK_OK(prom_collector_new(r, &o, &c));
    prom_unref(c);
    prom_unref(w->r);
    w->r = r;
}

static const row rows[] = {
    { "parse_protobuf", prepare_snapshot, parse, 1, false },
    { "family_message", prepare_snapshot, family_message, 2, false },
    { "metric_message", prepare_snapshot, metric_message, 2, false },
    { "build_message", prepare_collector, gather, 1, false },
};

static void test_every_row(void)
{
    run_rows(rows, sizeof rows / sizeof *rows);
}

TESTS(ROW(test_every_row))
