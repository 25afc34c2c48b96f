// SPDX-License-Identifier: Apache-2.0
/* asked_test.c - gathers of some families, with a limit in time, of several registries. */
#define _GNU_SOURCE /* usleep */
#include "counting.h"
#include "kit.h"

#include <prom/gather.h>
#include <prom/vec.h>

#include <unistd.h>

/* Families, by the first letters of their names; in the order of the exposition. */
static void check_names(prom_snapshot *s, const char *want)
{
    char all[500] = "";
    for (size_t i = 0; i < prom_snapshot_size(s); i++)
        strcat(strcat(all, i ? " " : ""), prom_snapshot_at(s, i)->name);
    CHECK_STR(all, want);
}

static void check_asked(prom_registry *r, const char *const *names, const char *want)
{
    prom_snapshot *s;
    CHECK_OK(prom_gather_with(r, PROM_GATHER_OPTS(.names = names), &s));
    check_names(s, want);
    CHECK_STR(prom_snapshot_error(s, 0), NULL);
    prom_unref(s);
}

static void add(prom_registry *r, prom_type t, const char *name)
{
    prom_vec *v;
    CHECK_OK(prom_vec_new(r, t, PROM_OPTS(.name = name, .help = ""), &v));
    prom_unref(v);
}

/* Builds a gauge and a summary, and tells what it was asked. */
typedef struct probe {
    const char *gauge, *summary;
    int calls;
    bool wants_gauge, wants_summary, wants_other, stopped;
    int sleep_ms;
} probe;

static prom_err collect(prom_builder *b, void *data)
{
    probe *p = data;
    p->calls++;
    p->wants_gauge = prom_build_wants(b, p->gauge);
    p->wants_summary = prom_build_wants(b, p->summary);
    p->wants_other = prom_build_wants(b, "other");
    usleep((unsigned)p->sleep_ms * 1000);
    p->stopped = prom_build_stopped(b);
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = p->gauge));
    if (!e)
        e = prom_build_value(b, NULL, 1);
    if (!e)
        e = prom_build_family(b, PROM_SUMMARY, PROM_OPTS(.name = p->summary));
    return e ? e : prom_build_summary(b, NULL, 1, 1, NULL, 0);
}

static void add_probe(prom_registry *r, const char *name, probe *p, bool described)
{
    prom_collector_opts o = { .size = sizeof o,
                              .name = name,
                              .collect = collect,
                              .data = p,
                              .describe_by_collect = described };
    prom_collector *c;
    CHECK_OK(prom_collector_new(r, &o, &c));
    prom_unref(c);
    p->calls = 0;
}

/* --- names ---------------------------------------------------------------- */

static void test_asked_for_names(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED),
                  *inner = kit_registry(PROM_ORDER_SORTED), *w;
    add(r, PROM_COUNTER, "hits");
    add(r, PROM_HISTOGRAM, "took_seconds");
    add(r, PROM_GAUGE, "a.b");
    add(inner, PROM_GAUGE, "inside");
    CHECK_OK(prom_registry_add(r, inner));
    CHECK_OK(prom_registry_wrap(r, PROM_WRAP_OPTS(.prefix = "w_"), &w));
    add(w, PROM_GAUGE, "g");
    check_asked(r, NULL, "a.b hits_total inside took_seconds w_g");
    check_asked(r, PROM_VALUES("hits"), "hits_total");
    check_asked(r, PROM_VALUES("hits_total"), "hits_total");
    check_asked(r, PROM_VALUES("hits_created", "nothing"), "hits_total");
    check_asked(r, PROM_VALUES("took_seconds_bucket", "took_seconds_sum"), "took_seconds");
    check_asked(r, PROM_VALUES("took_seconds"), "took_seconds");
    check_asked(r, PROM_VALUES("a.b"), "a.b");
    check_asked(r, PROM_VALUES("a_b"), "a.b"); /* as older formats show it */
    check_asked(r, PROM_VALUES("inside", "w_g"), "inside w_g");
    check_asked(r, PROM_VALUES("took", "g", "", "hits_"), "");
    check_asked(r, (const char *const[]){ NULL }, "");
    check_asked(w, PROM_VALUES("hits", "w_g"), "w_g");
    prom_unref(r), prom_unref(w), prom_unref(inner);
}

static void test_asked_of_collectors(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    probe known = { .gauge = "kg", .summary = "ks" },
          unknown = { .gauge = "g", .summary = "s" };
    add_probe(r, "known", &known, true);
    add_probe(r, "unknown", &unknown, false);
    check_asked(r, PROM_VALUES("g"), "g");
    CHECK_INT(known.calls, 0); /* it is known to have nothing to say */
    CHECK_INT(unknown.calls, 1);
    CHECK(unknown.wants_gauge && !unknown.wants_summary && !unknown.wants_other);
    check_asked(r, PROM_VALUES("s_sum", "ks_count"), "ks s");
    CHECK_INT(known.calls, 1);
    CHECK(!known.wants_gauge && known.wants_summary);
    CHECK(!unknown.wants_gauge && unknown.wants_summary);
    check_asked(r, NULL, "g kg ks s");
    CHECK(known.wants_gauge && known.wants_other && !known.stopped);
    prom_unref(r);
}

/* A collector speaks of its families without the prefix. */
static void test_asked_through_wraps(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED), *w, *v;
    probe p = { .gauge = "g", .summary = "s" };
    CHECK_OK(prom_registry_wrap(r, PROM_WRAP_OPTS(.prefix = "w_"), &w));
    CHECK_OK(prom_registry_wrap(w, PROM_WRAP_OPTS(.prefix = "v_"), &v));
    add_probe(v, "probe", &p, false);
    check_asked(r, PROM_VALUES("w_v_g"), "w_v_g");
    CHECK(p.wants_gauge && !p.wants_summary);
    check_asked(r, PROM_VALUES("g"), "");
    CHECK(!p.wants_gauge && !p.wants_summary);
    prom_unref(r), prom_unref(w), prom_unref(v);
}

/* --- time ----------------------------------------------------------------- */

static void test_asked_until(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_CREATED);
    probe p = { .gauge = "g", .summary = "s", .sleep_ms = 20 },
          q = { .gauge = "h", .summary = "t" };
    prom_snapshot *s;
    add_probe(r, "slow", &p, false);
    add_probe(r, "after", &q, false);
    add(r, PROM_GAUGE, "also_after");
    CHECK_SAYS(prom_gather_with(r, &(prom_gather_opts){ .timeout_ms = 10 }, &s), PROM_E_INVAL,
               "prom_gather_opts.size is not set: use PROM_GATHER_OPTS");
    CHECK_OK(prom_gather_with(r, PROM_GATHER_OPTS(.timeout_ms = 10), &s));
    check_names(s, "g s"); /* one that is under way is not broken off */
    CHECK(p.stopped);
    CHECK_STR(prom_snapshot_error(s, 0),
              "2 of 3 metrics and collectors were left out: 10 ms were up");
    prom_unref(s);
    CHECK_OK(prom_gather_with(r, PROM_GATHER_OPTS(.timeout_ms = 100000), &s));
    check_names(s, "g s h t also_after");
    CHECK(!p.stopped && !prom_snapshot_error(s, 0));
    prom_unref(s), prom_unref(r);
}

static bool cancel_after(void *data)
{
    return (*(int *)data)-- <= 0;
}

static void test_asked_to_stop(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_CREATED);
    probe p = { .gauge = "g", .summary = "s" };
    size_t live = counting_live;
    add_probe(r, "probe", &p, false);
    add(r, PROM_GAUGE, "x");
    int n = 1;
    prom_snapshot *s = (prom_snapshot *)r;
    CHECK_SAYS(prom_gather_with(r, PROM_GATHER_OPTS(.cancelled = cancel_after, .data = &n), &s),
               PROM_E_CANCELLED, "the gather was cancelled");
    CHECK(!s);
    CHECK_INT(p.calls, 1);
    CHECK(p.stopped); /* it was asked while the collector ran */
    n = 1000;
    CHECK_OK(prom_gather_with(r, PROM_GATHER_OPTS(.cancelled = cancel_after, .data = &n), &s));
    check_names(s, "g s x");
    prom_unref(s), prom_unref(r);
    CHECK(counting_live <= live);
}

static prom_err give_late(void *data, double *out)
{
    usleep(2000);
    *out = ++*(int *)data;
    return PROM_OK;
}

/* A family of functions may take long; it is not shown when some were not called. */
static void test_asked_to_stop_among_functions(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_CREATED);
    prom_vec *v = NULL;
    int calls = 0, n = 1;
    CHECK_OK(prom_vec_new(r, PROM_GAUGE,
                          PROM_OPTS(.name = "f", .help = "", .labels = PROM_LABELS("l")), &v));
    for (char name[2] = "a"; *name <= 'z'; ++*name) {
        prom_gauge *g;
        CHECK_OK(prom_gauge_with(v, PROM_VALUES(name), &g));
        CHECK_OK(prom_function_set(g, PROM_FUNCTION(.value = give_late, .data = &calls)));
        prom_unref(g);
    }
    prom_snapshot *s;
    CHECK_SAYS(prom_gather_with(r, PROM_GATHER_OPTS(.cancelled = cancel_after, .data = &n), &s),
               PROM_E_CANCELLED, "the gather was cancelled");
    CHECK_INT(calls, 1);
    calls = 0;
    CHECK_OK(prom_gather_with(r, PROM_GATHER_OPTS(.timeout_ms = 1), &s));
    check_names(s, "");
    CHECK_STR(prom_snapshot_error(s, 0),
              "1 of 1 metrics and collectors were left out: 1 ms were up");
    CHECK(calls <= 1);
    prom_unref(s);
    calls = 0, n = 1000;
    CHECK_OK(prom_gather_with(r, PROM_GATHER_OPTS(.cancelled = cancel_after, .data = &n), &s));
    check_names(s, "f");
    CHECK_INT(calls, 26);
    prom_unref(s), prom_unref(v), prom_unref(r);
}

/* --- several registries --------------------------------------------------- */

static char *said(prom_snapshot *s)
{
    static char all[2000];
    all[0] = '\0';
    for (size_t i = 0; prom_snapshot_error(s, i); i++)
        strcat(strcat(all, prom_snapshot_error(s, i)), "\n");
    return all;
}

static prom_gauge *labelled(prom_registry *r, const char *help, const char *value, double v)
{
    prom_vec *vec;
    prom_gauge *g;
    CHECK_OK(prom_vec_new(
        r, PROM_GAUGE, PROM_OPTS(.name = "g", .help = help, .labels = PROM_LABELS("x")), &vec));
    CHECK_OK(prom_gauge_with(vec, PROM_VALUES(value), &g));
    prom_gauge_set(g, v);
    prom_unref(vec);
    return g;
}

static void test_merged_gathers(void)
{
    prom_registry *r[3];
    for (int i = 0; i < 3; i++)
        r[i] = kit_registry(i ? PROM_ORDER_CREATED : PROM_ORDER_SORTED);
    prom_unref(labelled(r[0], "G.", "b", 1));
    prom_unref(labelled(r[1], "G.", "a", 2));
    prom_unref(labelled(r[1], "G.", "b", 3));
    prom_unref(labelled(r[1], "G.", "c", 4));
    prom_unref(labelled(r[2], "Another.", "d", 5));
    add(r[1], PROM_COUNTER, "hits");
    add(r[2], PROM_GAUGE, "hits_total");
    add(r[2], PROM_GAUGE, "last");
    prom_snapshot *s;
    CHECK_OK(prom_gather_merged(r, 3, NULL, &s));
    check_names(s, "g hits_total last");
    double v;
    CHECK_OK(prom_snapshot_value(s, "g", PROM_CONST_LABELS({ "x", "b" }), &v));
    CHECK_DBL(v, 1); /* the first wins */
    CHECK_OK(prom_snapshot_value(s, "g", PROM_CONST_LABELS({ "x", "a" }), &v));
    CHECK_DBL(v, 2);
    CHECK_OK(prom_snapshot_value(s, "g", PROM_CONST_LABELS({ "x", "c" }), &v));
    CHECK_INT(prom_snapshot_at(s, 0)->n_metrics, 3);
    CHECK_STR(said(s),
              "gatherer #3: gauge 'g' is there with another help text\n"
              "gatherer #3: gauge 'hits_total' clashes with counter 'hits_total'\n"
              "gatherer #2: family 'g': 1 series dropped: {x=\"b\"} is there already\n");
    prom_unref(s);
    CHECK_OK(prom_gather_merged(r, 3, PROM_GATHER_OPTS(.names = PROM_VALUES("last")), &s));
    check_names(s, "last");
    prom_unref(s);
    for (int i = 0; i < 3; i++)
        prom_unref(r[i]);
}

/* The unit is kept: trap 9. */
static void test_merged_gathers_keep_the_unit(void)
{
    prom_registry *r[2] = { kit_registry(PROM_ORDER_SORTED), kit_registry(PROM_ORDER_SORTED) };
    prom_gauge *g;
    prom_snapshot *s;
    CHECK_OK(prom_gauge_new(r[1], PROM_OPTS(.name = "x", .help = "", .unit = "bytes"), &g));
    CHECK_OK(prom_gather_merged(r, 2, NULL, &s));
    CHECK_STR(prom_snapshot_at(s, 0)->unit, "bytes");
    prom_unref(s), prom_unref(g), prom_unref(r[0]), prom_unref(r[1]);
}

static prom_err fail(prom_builder *b, void *data)
{
    (void)b, (void)data;
    return prom_fail(PROM_E_IO, "sensor is off");
}

static void test_merged_gathers_of_collectors(void)
{
    prom_registry *r[2] = { kit_registry(PROM_ORDER_SORTED), kit_registry(PROM_ORDER_SORTED) };
    prom_collector_opts o = { .size = sizeof o, .name = "disk", .collect = fail };
    prom_collector *c;
    probe p = { .gauge = "g", .summary = "s" }, q = { .gauge = "s_sum", .summary = "q" };
    prom_snapshot *s;
    add_probe(r[0], "one", &p, false);
    add_probe(r[1], "two", &q, true);
    CHECK_OK(prom_collector_new(r[1], &o, &c));
    CHECK_OK(prom_gather_merged(r, 2, NULL, &s));
    check_names(s, "g s");
    CHECK_STR(said(s), "gatherer #2: collector 'two': gauge 's_sum' clashes with summary 's'\n"
                       "gatherer #2: collector 'disk': sensor is off\n");
    prom_unref(s), prom_unref(c), prom_unref(r[0]), prom_unref(r[1]);
}

static void test_merged_gathers_of_the_same(void)
{
    prom_registry *one = kit_registry(PROM_ORDER_SORTED),
                  *r[10] = { one, one, one, one, one, one, one, one, one, one };
    prom_snapshot *s;
    add(one, PROM_COUNTER, "hits");
    CHECK_OK(prom_gather_merged(r, 10, NULL, &s));
    check_names(s, "hits_total");
    CHECK_INT(prom_snapshot_at(s, 0)->n_metrics, 1);
    CHECK(strstr(said(s), "gatherer #10: family 'hits_total': 1 series dropped: its metric is "
                          "there already\n"));
    prom_unref(s), prom_unref(one);
}

static void test_gathers_of_nothing(void)
{
    prom_registry *r[2] = { kit_registry(PROM_ORDER_SORTED), NULL };
    prom_snapshot *s = (prom_snapshot *)r[0];
    CHECK_ERR(prom_gather_merged(r, 0, NULL, &s), PROM_E_INVAL);
    CHECK(!s);
    CHECK_ERR(prom_gather_merged(r, 2, NULL, &s), PROM_E_INVAL);
    CHECK_ERR(prom_gather_with(NULL, NULL, &s), PROM_E_INVAL);
    CHECK_OK(prom_gather_with(r[0], NULL, &s));
    CHECK_INT(prom_snapshot_size(s), 0);
    prom_unref(s), prom_unref(r[0]);
}

TESTS_COUNTING(ROW(test_asked_for_names), ROW(test_asked_of_collectors),
               ROW(test_asked_through_wraps), ROW(test_asked_until), ROW(test_asked_to_stop),
               ROW(test_asked_to_stop_among_functions), ROW(test_merged_gathers),
               ROW(test_merged_gathers_keep_the_unit), ROW(test_merged_gathers_of_collectors),
               ROW(test_merged_gathers_of_the_same), ROW(test_gathers_of_nothing))
