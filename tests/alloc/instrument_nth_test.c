// SPDX-License-Identifier: Apache-2.0
/* instrument_nth_test.c - HTTP metrics with the n-th allocation failing: see nth.h. */
#include "nth.h"

#include <prom/instrument.h>

/* --- making ----------------------------------------------------------------------- */

static prom_err make(world *w, const prom_http_metrics_opts *o)
{
    OUT(prom_http_metrics);
    prom_err e = prom_http_metrics_new(w->r, o, &out);
    w->out = out;
    return e;
}

static prom_err metrics_new(world *w)
{
    return make(w, NULL);
}

static prom_err metrics_new_with_all(world *w)
{
    return make(w, PROM_HTTP_METRICS_OPTS(.extra_methods = PROM_VALUES("PURGE", "BAN"),
                                          .labels = PROM_LABELS("a", "b"), .native = true));
}

static void prepare_metrics(world *w)
{
    prom_http_metrics *m = NULL;
    CHECK_OK(prom_http_metrics_new(w->r, NULL, &m));
    w->prepared = m;
}

/* Those of the prepared one stay where they are. */
static prom_err metrics_new_shared(world *w)
{
    return make(w, NULL);
}

/* --- exchanges -------------------------------------------------------------------- */

/* Series that were made before the memory ran out stay, at 0: so all are made before. */
static void prepare_series(world *w)
{
    prepare_metrics(w);
    for (int i = 0; i < 2; i++) {
        prom_http_exchange x = prom_http_begin(w->prepared, i ? "GET" : "PUT");
        prom_http_first_byte(&x, 200);
        CHECK_OK(prom_http_end(&x, PROM_HTTP_OUTCOME(.status = 200)));
    }
}

/* In no registry of the world, as its sums of seconds are never the same. */
static void prepare_unseen(world *w)
{
    prom_http_metrics *m = NULL;
    CHECK_OK(prom_http_metrics_new(NULL, NULL, &m));
    w->prepared = m;
}

static prom_err exchange(world *w)
{
    prom_http_exchange x = prom_http_begin(w->prepared, "GET");
    prom_http_first_byte(&x, 200);
    return prom_http_end(&x, PROM_HTTP_OUTCOME(.status = 200));
}

static prom_err exchange_labelled(world *w)
{
    prom_http_exchange x = prom_http_begin(w->prepared, "GET");
    prom_http_first_byte(&x, 200);
    return prom_http_end(
        &x, PROM_HTTP_OUTCOME(.status = 200,
                              .labels = PROM_VALUES("1", "2", "3", "4", "5", "6", "7", "8", "9",
                                                    "a", "b", "c", "d", "e", "f", "g")));
}

static void prepare_labelled(world *w)
{
    prom_http_metrics *m = NULL;
    CHECK_OK(prom_http_metrics_new(
        NULL,
        PROM_HTTP_METRICS_OPTS(.labels =
                                   PROM_LABELS("l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8",
                                               "l9", "la", "lb", "lc", "ld", "lf", "lg", "lh")),
        &m));
    w->prepared = m;
}

static const row rows[] = {
    { "http_metrics_new", NULL, metrics_new, 1, false },
    { "http_metrics_new with all", NULL, metrics_new_with_all, 1, false },
    { "http_metrics_new, shared", prepare_metrics, metrics_new_shared, 1, false },
    /* What only would be kept is done without. */
    { "an exchange, the first", prepare_unseen, exchange, 40, true },
    { "an exchange with labels, the first", prepare_labelled, exchange_labelled, 2, false },
};

static void test_metrics_without_memory(void)
{
    CHECK_OK(prom_set_allocator(&failing_allocator));
    world_free(world_new(0)); /* what the process keeps */
    run_rows(rows, sizeof rows / sizeof *rows);
}

/* Nothing is needed once it has been seen; and an exemplar that there is no memory for leaves
 * the rest as it is. */
static void test_exchanges_that_were_seen(void)
{
    world *w = world_new(0);
    prepare_series(w);
    failing_arm(1, PERSISTENT);
    for (int i = 0; i < 5; i++)
        CHECK_OK(exchange(w));
    prom_http_exchange x = prom_http_begin(w->prepared, "GET");
    prom_http_first_byte(&x, 200);
    prom_err e = prom_http_end(
        &x, PROM_HTTP_OUTCOME(.status = 200, .exemplar = PROM_EXEMPLAR({ "a", "b" })));
    CHECK(e == PROM_OK || e == PROM_E_NOMEM);
    failing_disarm();
    prom_snapshot *s = NULL;
    double v = 0;
    CHECK_OK(prom_gather(w->r, &s));
    CHECK_OK(prom_snapshot_value(s, "http_requests_total",
                                 PROM_EXEMPLAR({ "code", "200" }, { "method", "get" }), &v));
    CHECK_DBL(v, 7);
    CHECK_OK(prom_snapshot_value(s, "http_time_to_first_byte_seconds_count",
                                 PROM_EXEMPLAR({ "code", "200" }, { "method", "get" }), &v));
    CHECK_DBL(v, 7);
    CHECK_OK(prom_snapshot_value(s, "http_requests_in_flight", NULL, &v));
    CHECK_DBL(v, 0);
    prom_unref(s);
    world_free(w);
}

TESTS(ROW(test_metrics_without_memory), ROW(test_exchanges_that_were_seen))
