// SPDX-License-Identifier: Apache-2.0
/* formats.c - metrics of every type, whose values never change, served by four servers: one
 * that negotiates, and one each for text, OpenMetrics and protobuf whatever is asked for. It
 * prints their ports in this order and ends when standard input does. */
#include <prom/http.h>
#include <prom/model.h>

#include <stdio.h>

static int complain(prom_err err)
{
    if (err)
        fprintf(stderr, "formats: %s\n", prom_error(err));
    return err != PROM_OK;
}

static prom_err add_counters(prom_registry *r)
{
    prom_vec *requests = NULL;
    prom_counter *get = NULL, *bytes = NULL;
    prom_err err = prom_vec_new(r, PROM_COUNTER,
                                PROM_OPTS(.name = "app_requests_total", .help = "Requests.",
                                          .labels = PROM_LABELS("method")),
                                &requests);
    if (!err)
        err = prom_counter_with(requests, PROM_VALUES("GET"), &get);
    if (!err)
        err = prom_counter_add_exemplar(get, 41, PROM_EXEMPLAR({ "trace_id", "abc 1" }));
    if (!err)
        err = prom_counter_new(
            r, PROM_OPTS(.name = "app_sent", .help = "Sent.", .unit = "bytes"), &bytes);
    if (!err)
        err = prom_counter_add(bytes, 9007199254740993.0);
    prom_unref(bytes);
    prom_unref(get);
    prom_unref(requests);
    return err;
}

/* Numbers that formats are apt to spell in their own ways. */
static prom_err add_gauges(prom_registry *r)
{
    static const struct {
        const char *of;
        double value;
    } cases[] = { { "nan", NAN },
                  { "inf", INFINITY },
                  { "negative inf", -INFINITY },
                  { "tiny", 5e-324 },
                  { "huge", 1.7976931348623157e308 },
                  { "third", 1.0 / 3 },
                  { "1e21", 1e21 },
                  { "a\"b\\c\nd \xe2\x98\x95", 123456789 },
                  { "", 7 } };
    prom_vec *v = NULL;
    prom_err err = prom_vec_new(r, PROM_GAUGE,
                                PROM_OPTS(.name = "app_level",
                                          .help = "With \\ and\nlines, and \"quotes\".",
                                          .labels = PROM_LABELS("of")),
                                &v);
    for (size_t i = 0; i < sizeof cases / sizeof *cases && !err; i++) {
        prom_gauge *g = NULL;
        err = prom_gauge_with(v, PROM_VALUES(cases[i].of), &g);
        if (!err)
            prom_gauge_set(g, cases[i].value);
        prom_unref(g);
    }
    prom_unref(v);
    return err;
}

/* Seconds 0.01 to 1, a hundred of them, with an exemplar in the middle. */
static prom_err observe_all(prom_histogram *h)
{
    for (int i = 1; i <= 100; i++)
        if (i != 50)
            prom_histogram_observe(h, i / 100.0);
    return prom_histogram_observe_exemplar(h, 0.5, PROM_EXEMPLAR({ "trace_id", "half" }));
}

static prom_err add_histogram(prom_registry *r, const prom_opts *o)
{
    prom_histogram *h = NULL;
    prom_err err = prom_histogram_new(r, o, &h);
    if (!err)
        err = observe_all(h);
    prom_unref(h);
    return err;
}

static prom_err add_histograms(prom_registry *r)
{
    prom_err err = add_histogram(r, PROM_OPTS(.name = "app_latency_seconds", .help = "Classic.",
                                              .buckets = PROM_BUCKETS(0.1, 0.25, 0.5, 1)));
    if (!err)
        err = add_histogram(
            r, PROM_OPTS(.name = "app_wait_seconds", .help = "Native.", .native_factor = 1.1));
    if (!err)
        err = add_histogram(r, PROM_OPTS(.name = "app_both_seconds", .help = "Of both kinds.",
                                         .native_factor = 1.1,
                                         .buckets = PROM_BUCKETS(0.1, 0.25, 0.5, 1)));
    return err;
}

static prom_err add_others(prom_registry *r)
{
    prom_summary *s = NULL;
    prom_info *i = NULL;
    prom_stateset *set = NULL;
    prom_gauge *unknown = NULL, *escaped = NULL;
    prom_err err = prom_summary_new(r,
                                    PROM_OPTS(.name = "app_size_bytes", .help = "Sizes.",
                                              .objectives = PROM_OBJECTIVES({ 0.5, 0.05 })),
                                    &s);
    if (!err)
        prom_summary_observe_n(s, 64, 10);
    if (!err)
        err = prom_info_new(r, PROM_OPTS(.name = "app_build_info", .help = "What runs."), &i);
    if (!err)
        err = prom_info_set(i, PROM_CONST_LABELS({ "version", "1.2" }));
    if (!err)
        err = prom_stateset_new(
            r,
            PROM_OPTS(.name = "app_mode", .help = "Mode.", .states = PROM_LABELS("on", "off")),
            &set);
    if (!err)
        err = prom_stateset_enter(set, "on");
    if (!err)
        err = prom_unknown_new(r, PROM_OPTS(.name = "app_odd", .help = "Who knows."), &unknown);
    prom_gauge_set(unknown, 1.5);
    if (!err)
        err = prom_gauge_new(
            r,
            PROM_OPTS(.name = "app.heat at caf\xc3\xa9", .help = "A name that needs escaping.",
                      .const_labels = PROM_CONST_LABELS({ "room.name", "k\xc3\xbc"
                                                                       "che" })),
            &escaped);
    prom_gauge_set(escaped, 21.5);
    prom_unref(s);
    prom_unref(i);
    prom_unref(set);
    prom_unref(unknown);
    prom_unref(escaped);
    return err;
}

/* What no metric of ours is. */
static prom_err collect(prom_builder *b, void *data)
{
    (void)data;
    static const prom_bucket buckets[] = { { 1, 2 }, { 10, 5 } };
    prom_err err =
        prom_build_family(b, PROM_GAUGE_HISTOGRAM,
                          PROM_OPTS(.name = "app_queue_items", .help = "Lengths of queues."));
    return err ? err : prom_build_histogram(b, NULL, 33, 6, buckets, 2);
}

static prom_err add_collector(prom_registry *r)
{
    prom_collector *c = NULL;
    prom_err err =
        prom_collector_new(r, PROM_COLLECTOR_OPTS(.name = "queues", .collect = collect), &c);
    prom_unref(c);
    return err;
}

int main(void)
{
    static const prom_encoder *const formats[] = { NULL, &prom_text, &prom_openmetrics,
                                                   &prom_protobuf };
    enum { SERVERS = sizeof formats / sizeof *formats };
    prom_http *servers[SERVERS] = { NULL };
    prom_registry *r = NULL;
    if (complain(prom_registry_new(NULL, &r)) || complain(add_counters(r)) ||
        complain(add_gauges(r)) || complain(add_histograms(r)) || complain(add_others(r)) ||
        complain(add_collector(r)))
        return 1;
    for (int i = 0; i < SERVERS; i++) {
        if (complain(prom_http_start(r, PROM_HTTP_OPTS(.encoder = formats[i]), &servers[i])))
            return 1;
        printf("%u%c", (unsigned)prom_http_port(servers[i]), i + 1 < SERVERS ? ' ' : '\n');
    }
    fflush(stdout);
    while (getchar() != EOF)
        ;
    for (int i = 0; i < SERVERS; i++)
        prom_unref(servers[i]);
    prom_unref(r);
    return 0;
}
