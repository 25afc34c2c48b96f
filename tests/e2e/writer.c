// SPDX-License-Identifier: Apache-2.0
/* writer.c - a program that writes to a receiver of remote write, by itself or when it is told:
 *
 *     writer URL VERSION [INTERVAL_MS]
 *
 * Lines of standard input are answered by one line each, "ok" or "error: SENTENCE":
 *
 *     work N      N requests
 *     forget      the series of method POST go
 *     send        what there is now
 *     stop        the sender ends */
#include <prom/model.h>
#include <prom/remote_write.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static prom_vec *requests, *latency;
static prom_histogram *spread;
static prom_summary *sizes;
static prom_sender *sender;

static prom_err build_odd(prom_builder *b, void *data)
{
    const prom_label_str odd[] = { { { "Zone.x", 6 }, { "caf\xc3\xa9 \"\\", 8 } },
                                   { { "empty", 5 }, { "", 0 } } };
    const prom_native_bucket weights[] = { { 0, { .weight = 1.5 } }, { 4, { .weight = 2.5 } } };
    (void)data;
    prom_err e =
        prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "app.odd", .help = "UTF-8 names."));
    if (!e)
        e = prom_build_labels(b, odd, 2);
    if (!e)
        e = prom_build_value(b, NULL, -0.5);
    if (!e)
        e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "app_nothing"));
    if (!e)
        e = prom_build_value(b, NULL, 0.0 / 0.0);
    if (!e)
        e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "app_weights"));
    return e ? e
             : prom_build_native(b, NULL, 11, 0,
                                 PROM_NATIVE(.schema = 1, .is_float = true, .weight = 4.5,
                                             .zero_weight = 0.5, .positive = weights,
                                             .n_positive = 2),
                                 NULL, 0);
}

static prom_err make_metrics(prom_registry *r)
{
    static prom_collector *odd;
    const prom_collector_opts o = { .size = sizeof o, .name = "odd", .collect = build_odd };
    prom_err e = prom_vec_new(r, PROM_COUNTER,
                              PROM_OPTS(.name = "app_requests_total", .help = "Requests.",
                                        .labels = PROM_LABELS("method")),
                              &requests);
    if (!e)
        e = prom_vec_new(r, PROM_HISTOGRAM,
                         PROM_OPTS(.name = "app_latency_seconds", .help = "Time to answer.",
                                   .unit = "seconds", .labels = PROM_LABELS("method"),
                                   .buckets = PROM_BUCKETS(0.1, 0.5, 1)),
                         &latency);
    if (!e)
        e = prom_histogram_new(
            r, PROM_OPTS(.name = "app_spread", .help = "Native.", .native_factor = 1.1),
            &spread);
    if (!e)
        e = prom_summary_new(r,
                             PROM_OPTS(.name = "app_size_bytes", .help = "Sizes.",
                                       .objectives = PROM_OBJECTIVES({ 0.5, 0.01 })),
                             &sizes);
    return e ? e : prom_collector_new(r, &o, &odd);
}

/* Every tenth request is a POST. */
static prom_err work(long n)
{
    prom_err e = PROM_OK;
    for (long i = 0; i < n && !e; i++) {
        const char *method = i % 10 == 9 ? "POST" : "GET";
        prom_counter *c = NULL;
        prom_histogram *h = NULL;
        e = prom_counter_with(requests, PROM_VALUES(method), &c);
        if (!e)
            e = prom_histogram_with(latency, PROM_VALUES(method), &h);
        if (!e)
            e = prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "trace_id", "abc" }));
        if (!e)
            e = prom_histogram_observe_exemplar(h, (double)(i % 100) / 100,
                                                PROM_EXEMPLAR({ "trace_id", "def" }));
        if (!e)
            e = prom_histogram_observe_exemplar(spread, (double)(i % 100 + 1),
                                                PROM_EXEMPLAR({ "trace_id", "ghi" }));
        if (!e)
            prom_summary_observe(sizes, (double)(i % 100 + 1));
        prom_unref(c);
        prom_unref(h);
    }
    return e;
}

static prom_err forget(void)
{
    prom_err e = prom_vec_remove(requests, PROM_VALUES("POST"));
    return e ? e : prom_vec_remove(latency, PROM_VALUES("POST"));
}

static prom_err obey(const char *line)
{
    if (strncmp(line, "work ", 5) == 0)
        return work(atol(line + 5));
    if (strcmp(line, "forget\n") == 0)
        return forget();
    if (strcmp(line, "send\n") == 0)
        return prom_send(sender);
    if (strcmp(line, "stop\n") == 0)
        return prom_sender_stop(sender);
    return prom_fail(PROM_E_INVAL, "what is '%s'?", line);
}

static void answer(prom_err e)
{
    printf(e ? "error: %s\n" : "ok\n", prom_error(e));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const prom_label labels[] = { { "job", "e2e" }, { "instance", "i-1" }, { 0 } };
    const prom_client_opts client = { .size = sizeof client, .retries = 2, .backoff_ms = 1 };
    const prom_sender_opts so = { .size = sizeof so,
                                  .interval_ms = argc > 3 ? (unsigned)atoi(argv[3]) : 0 };
    const prom_remote_write_opts o = { .size = sizeof o,
                                       .url = argc > 2 ? argv[1] : "",
                                       .version = argc > 2 ? (unsigned)atoi(argv[2]) : 0,
                                       .labels = labels,
                                       .client = &client };
    char line[100];
    prom_registry *r;
    prom_err e = prom_registry_new(NULL, &r);
    if (!e)
        e = make_metrics(r);
    if (!e)
        e = prom_remote_write_new(r, &o, &so, &sender);
    answer(e);
    while (!e && fgets(line, sizeof line, stdin))
        answer(obey(line));
    prom_unref(sender);
    return e != PROM_OK;
}
