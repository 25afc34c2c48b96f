// SPDX-License-Identifier: Apache-2.0
/* target.c - a program such as Prometheus scrapes. It serves the default registry, prints its
 * port, and obeys lines from standard input until that ends:
 *
 *     work N      N requests, then the answer "worked N" */
#include <prom/http.h>
#include <prom/prom.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static prom_vec *requests, *latency, *sizes, *paths;
static prom_gauge *temperature;
static prom_counter *loops;

static int complain(prom_err err)
{
    if (err)
        fprintf(stderr, "target: %s\n", prom_error(err));
    return err != PROM_OK;
}

static prom_err make_metrics(prom_registry *r)
{
    prom_err err = prom_vec_new(r, PROM_COUNTER,
                                PROM_OPTS(.name = "app_requests_total",
                                          .help = "Requests, by method and code.",
                                          .labels = PROM_LABELS("method", "code")),
                                &requests);
    if (!err)
        err = prom_vec_new(r, PROM_HISTOGRAM,
                           PROM_OPTS(.name = "app_latency_seconds", .help = "Time to answer.",
                                     .labels = PROM_LABELS("method"),
                                     .buckets = PROM_BUCKETS(0.1, 0.2, 0.5, 1)),
                           &latency);
    if (!err)
        err = prom_vec_new(
            r, PROM_SUMMARY,
            PROM_OPTS(.name = "app_size_bytes", .help = "Sizes of answers.",
                      .labels = PROM_LABELS("method"),
                      .objectives = PROM_OBJECTIVES({ 0.5, 0.01 }, { 0.99, 0.001 })),
            &sizes);
    if (!err)
        err = prom_vec_new(r, PROM_GAUGE,
                           PROM_OPTS(.name = "app_path_info",
                                     .help = "Label values that need escaping: \\ and\nlines.",
                                     .labels = PROM_LABELS("path")),
                           &paths);
    if (!err)
        err = prom_gauge_new(r,
                             PROM_OPTS(.name = "app_temperature_celsius", .help = "How warm.",
                                       .const_labels = PROM_CONST_LABELS({ "room", "cellar" })),
                             &temperature);
    if (!err)
        err = prom_counter_new(
            r, PROM_OPTS(.name = "app_loops_total", .help = "Turns of the loop."), &loops);
    return err;
}

/* Every tenth request is a POST that fails; latencies and sizes are spread evenly. */
static prom_err serve_request(long i)
{
    const char *method = i % 10 == 9 ? "POST" : "GET", *code = i % 10 == 9 ? "500" : "200";
    prom_counter *c = NULL;
    prom_histogram *h = NULL;
    prom_summary *s = NULL;
    prom_err err = prom_counter_with(requests, PROM_VALUES(method, code), &c);
    if (!err)
        err = prom_histogram_with(latency, PROM_VALUES(method), &h);
    if (!err)
        err = prom_summary_with(sizes, PROM_VALUES(method), &s);
    if (!err) {
        prom_counter_inc(c);
        prom_histogram_observe(h, (double)(i % 100) / 100);
        prom_summary_observe(s, (double)(i % 100 + 1));
    }
    prom_unref(c);
    prom_unref(h);
    prom_unref(s);
    return err;
}

static prom_err set_paths(void)
{
    static const char *const values[] = { "plain", "a\"b\\c\nd", "caf\xc3\xa9 \xe2\x98\x95",
                                          "" };
    prom_err err = PROM_OK;
    for (size_t i = 0; i < sizeof values / sizeof *values && !err; i++) {
        prom_gauge *g = NULL;
        err = prom_gauge_with(paths, PROM_VALUES(values[i]), &g);
        if (!err)
            prom_gauge_set(g, (double)i + 1);
        prom_unref(g);
    }
    return err;
}

static prom_err obey(const char *line)
{
    long n = strncmp(line, "work ", 5) == 0 ? atol(line + 5) : 0;
    prom_err err = PROM_OK;
    for (long i = 0; i < n && !err; i++)
        err = serve_request(i);
    if (!err)
        err = prom_counter_add(loops, 1);
    printf("worked %ld\n", n);
    fflush(stdout);
    return err;
}

int main(int argc, char **argv)
{
    prom_registry *r = prom_registry_default();
    prom_http_opts o = { .size = sizeof o,
                         .port = (uint16_t)(argc > 1 ? atoi(argv[1]) : 0),
                         .max_connections = 16 };
    prom_http *http = NULL;
    if (complain(make_metrics(r)) || complain(set_paths()) ||
        complain(prom_http_start(r, &o, &http)))
        return 1;
    prom_gauge_set(temperature, -3.25);
    printf("%u\n", (unsigned)prom_http_port(http));
    fflush(stdout);
    char line[100];
    int bad = 0;
    while (!bad && fgets(line, sizeof line, stdin))
        bad = complain(obey(line));
    prom_unref(http);
    prom_unref(requests);
    prom_unref(latency);
    prom_unref(sizes);
    prom_unref(paths);
    prom_unref(temperature);
    prom_unref(loops);
    return bad;
}
