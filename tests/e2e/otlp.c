// SPDX-License-Identifier: Apache-2.0
/* otlp.c - a program that sends metrics of every type by OTLP when it is told:
 *
 *     otlp URL [gzip]
 *
 * Lines of standard input are answered by one line each, "ok" or "error: SENTENCE":
 *
 *     work N      N requests
 *     send        what there is now */
#include <prom/model.h>
#include <prom/otlp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static prom_counter *requests;
static prom_gauge *depth;
static prom_histogram *latency, *spread;
static prom_summary *sizes;
static prom_sender *sender;

/* What a program can have only from elsewhere. */
static prom_err build_odd(prom_builder *b, void *data)
{
    const prom_label_str odd[] = { { { "Zone.x", 6 }, { "caf\xc3\xa9 \"\\", 8 } },
                                   { { "empty", 5 }, { "", 0 } } };
    const prom_native_bucket weights[] = { { 0, { .weight = 1.5 } } };
    const prom_native_bucket custom[] = { { 0, { 2 } }, { 2, { 3 } } };
    const prom_native_bucket far[] = { { -100000, { 1 } }, { 0, { 2 } } };
    const double bounds[] = { 0.5, 2 };
    (void)data;
    prom_err e =
        prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "app.odd", .help = "UTF-8 names."));
    if (!e)
        e = prom_build_labels(b, odd, 2);
    if (!e)
        e = prom_build_value(b, NULL, -0.5);
    if (!e)
        e = prom_build_family(b, PROM_UNKNOWN, PROM_OPTS(.name = "app_unknown"));
    if (!e)
        e = prom_build_value(b, NULL, 0.0 / 0.0);
    if (!e)
        e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "app_weights"));
    if (!e)
        e = prom_build_native(
            b, NULL, 1, 0,
            PROM_NATIVE(.is_float = true, .weight = 1.5, .positive = weights, .n_positive = 1),
            NULL, 0);
    if (!e)
        e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "app_custom"));
    if (!e)
        e = prom_build_native(b, NULL, 9, 5,
                              PROM_NATIVE(.schema = PROM_CUSTOM_BUCKETS, .positive = custom,
                                          .n_positive = 2, .custom = bounds, .n_custom = 2),
                              NULL, 0);
    if (!e)
        e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "app_far"));
    return e ? e
             : prom_build_native(b, NULL, 9, 3,
                                 PROM_NATIVE(.schema = 8, .positive = far, .n_positive = 2),
                                 NULL, 0);
}

static prom_err make_states(prom_registry *r)
{
    prom_info *build = NULL;
    prom_stateset *mode = NULL;
    prom_err e = prom_info_new(r, PROM_OPTS(.name = "app_build", .help = "Build."), &build);
    if (!e)
        e = prom_info_set(build, (const prom_label[]){ { "version", "1.2" }, { 0 } });
    if (!e)
        e = prom_stateset_new(
            r, PROM_OPTS(.name = "app_mode", .help = "", .states = PROM_LABELS("idle", "busy")),
            &mode);
    if (!e)
        e = prom_stateset_enter(mode, "busy");
    prom_unref(build);
    prom_unref(mode);
    return e;
}

static prom_err make_metrics(prom_registry *r)
{
    static prom_collector *odd;
    const prom_collector_opts o = { .size = sizeof o, .name = "odd", .collect = build_odd };
    prom_err e = prom_counter_new(
        r, PROM_OPTS(.name = "app_requests_total", .help = "Requests."), &requests);
    if (!e)
        e = prom_gauge_new(r, PROM_OPTS(.name = "app_depth_bytes", .help = "", .unit = "bytes"),
                           &depth);
    if (!e)
        e = prom_histogram_new(r,
                               PROM_OPTS(.name = "app_latency_seconds",
                                         .help = "Time to answer.", .unit = "seconds",
                                         .buckets = PROM_BUCKETS(0.1, 0.5, 1)),
                               &latency);
    if (!e)
        e = prom_histogram_new(
            r, PROM_OPTS(.name = "app_spread", .help = "Native.", .native_factor = 1.1),
            &spread);
    if (!e)
        e = prom_summary_new(r,
                             PROM_OPTS(.name = "app_size", .help = "",
                                       .objectives = PROM_OBJECTIVES({ 0.5, 0.01 })),
                             &sizes);
    if (!e)
        e = make_states(r);
    return e ? e : prom_collector_new(r, &o, &odd);
}

static prom_err work(long n)
{
    const prom_label *trace =
        PROM_EXEMPLAR({ "trace_id", "4bf92f3577b34da6a3ce929d0e0e4736" },
                      { "span_id", "00f067aa0ba902b7" }, { "user", "anna" });
    prom_err e = PROM_OK;
    for (long i = 0; i < n && !e; i++) {
        e = prom_counter_add_exemplar(requests, 1, trace);
        if (!e)
            e = prom_histogram_observe_exemplar(latency, (double)(i % 100) / 100, trace);
        if (!e)
            e = prom_histogram_observe_exemplar(spread, (double)(i % 100 + 1), trace);
        prom_summary_observe(sizes, (double)(i % 100 + 1));
        prom_gauge_set(depth, (double)i);
    }
    return e;
}

static prom_err obey(const char *line)
{
    if (strncmp(line, "work ", 5) == 0)
        return work(atol(line + 5));
    if (strcmp(line, "send\n") == 0)
        return prom_send(sender);
    return prom_fail(PROM_E_INVAL, "what is '%s'?", line);
}

static void answer(prom_err e)
{
    printf(e ? "error: %s\n" : "ok\n", prom_error(e));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const prom_label resource[] = { { "service.namespace", "tests" },
                                           { "service.name", "e2e" },
                                           { "service.instance.id", "i-1" },
                                           { "host.name", "here" },
                                           { 0 } };
    const prom_client_opts client = { .size = sizeof client, .retries = 2, .backoff_ms = 1 };
    const prom_otlp_opts o = { .size = sizeof o,
                               .url = argc > 1 ? argv[1] : "",
                               .resource = resource,
                               .coding = argc > 2 ? PROM_GZIP : PROM_IDENTITY,
                               .client = &client };
    char line[100];
    prom_registry *r;
    prom_err e = prom_registry_new(NULL, &r);
    if (!e)
        e = make_metrics(r);
    if (!e)
        e = prom_otlp_new(r, &o, NULL, &sender);
    answer(e);
    while (!e && fgets(line, sizeof line, stdin))
        answer(obey(line));
    prom_unref(sender);
    return e != PROM_OK;
}
