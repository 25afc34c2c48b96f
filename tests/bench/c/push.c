// SPDX-License-Identifier: Apache-2.0
/* push.c - the processor time of sending 10,000 counters. Usage: push VALUES [row ...], with
 * BENCH_GATEWAY and BENCH_SINK in the environment: the URLs of a Pushgateway and of what takes
 * everything. */
#include "wide.h"

#include <prom/otlp.h>
#include <prom/push.h>
#include <prom/remote_write.h>

#define PUSHES 5

static const char *sink(const char *path)
{
    static char url[256];
    const char *base = getenv("BENCH_SINK");
    if (base == NULL)
        bench_fail("no BENCH_SINK");
    snprintf(url, sizeof url, "%s%s", base, path);
    return url;
}

static prom_err to_gateway(prom_registry *r, prom_sender **out)
{
    return prom_push_new(r, PROM_PUSH_OPTS(.url = getenv("BENCH_GATEWAY"), .job = "libprom"),
                         NULL, out);
}

static prom_err to_remote(prom_registry *r, prom_sender **out)
{
    return prom_remote_write_new(
        r, PROM_REMOTE_WRITE_OPTS(.url = sink("/write"), .no_stale_markers = true), NULL, out);
}

static prom_err to_otlp(prom_registry *r, prom_sender **out)
{
    return prom_otlp_new(r, PROM_OTLP_OPTS(.url = sink("/otlp")), NULL, out);
}

/* Of all threads; every value has changed since the last push. */
static double push_ms(prom_err (*make)(prom_registry *r, prom_sender **out))
{
    prom_registry *r;
    must(prom_registry_new(NULL, &r));
    prom_vec *v = wide_vec(r, PROM_COUNTER, "c_total");
    wide_fill(v, BENCH_MIXED);
    prom_sender *s;
    must(make(r, &s));
    double figures[PUSHES];
    for (size_t i = 0; i < PUSHES; i++) {
        wide_fill(v, BENCH_MIXED);
        uint64_t start = bench_ns();
        must(prom_send(s));
        figures[i] = (double)(bench_ns() - start) / 1e6;
    }
    prom_unref(s);
    prom_unref(v);
    prom_unref(r);
    return bench_median(figures, PUSHES);
}

static const struct {
    const char *name;
    prom_err (*make)(prom_registry *r, prom_sender **out);
} rows[] = {
    { "push: 10,000 series to a Pushgateway", to_gateway },
    { "push: 10,000 series by remote write", to_remote },
    { "push: 10,000 series by OTLP", to_otlp },
};

int main(int argc, char **argv)
{
    if (argc < 2)
        bench_fail("usage: push VALUES [row ...]");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (bench_wanted(argc, argv, rows[i].name))
            bench_report(rows[i].name, BENCH_WHO, push_ms(rows[i].make), "ms");
    return 0;
}
