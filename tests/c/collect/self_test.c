// SPDX-License-Identifier: Apache-2.0
#include "counting.h"
#include "kit.h"

#include <prom/collect.h>

static const char name[] = "libprom_dropped_observations_total";

static prom_registry *make(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c;
    CHECK_OK(prom_self_collector_new(r, &c));
    prom_unref(c);
    return r;
}

/* First: nothing was dropped in this process yet. */
static void test_self_starts_at_zero(void)
{
    prom_registry *r = make();
    CHECK_TEXT(r, "# HELP libprom_dropped_observations_total Observations of NaN, or for which "
                  "there was no memory.\n"
                  "# TYPE libprom_dropped_observations_total counter\n"
                  "libprom_dropped_observations_total 0\n"
                  "# HELP libprom_http_bodies_too_large_total Bodies that HTTP servers did not "
                  "send because they were over the limit.\n"
                  "# TYPE libprom_http_bodies_too_large_total counter\n"
                  "libprom_http_bodies_too_large_total 0\n"
                  "# HELP libprom_http_tls_reload_failures_total Changes of certificates that "
                  "HTTP servers could not read, so they kept the old.\n"
                  "# TYPE libprom_http_tls_reload_failures_total counter\n"
                  "libprom_http_tls_reload_failures_total 0\n");
    prom_unref(r);
}

static void test_self_counts_nan(void)
{
    prom_registry *r = make();
    prom_histogram *h, *all;
    prom_summary *s;
    CHECK_OK(prom_histogram_new(NULL, PROM_OPTS(.name = "h", .help = ""), &h));
    CHECK_OK(prom_histogram_new(NULL, PROM_OPTS(.name = "h", .help = "", .nan = PROM_NAN_COUNT),
                                &all));
    CHECK_OK(prom_summary_new(NULL, PROM_OPTS(.name = "s", .help = ""), &s));
    double before = kit_value(r, name, NULL);
    prom_histogram_observe(h, (double)NAN);
    prom_histogram_observe(h, (double)NAN);
    prom_summary_observe(s, (double)NAN);
    prom_histogram_observe(all, (double)NAN); /* is counted where it belongs */
    prom_histogram_observe(h, INFINITY);
    prom_summary_observe(s, -INFINITY);
    CHECK_DBL(kit_value(r, name, NULL), before + 3);
    prom_unref(h), prom_unref(all), prom_unref(s), prom_unref(r);
}

static void test_self_counts_what_found_no_memory(void)
{
    prom_registry *r = make();
    prom_summary *s;
    CHECK_OK(prom_summary_new(NULL,
                              PROM_OPTS(.name = "s", .help = "", .accuracy = 0.001,
                                        .age_buckets = 64,
                                        .objectives = PROM_OBJECTIVES({ 0.5, 0.01 })),
                              &s));
    double before = kit_value(r, name, NULL);
    counting_failing = true;
    for (int i = 0; i < 10; i++)
        prom_summary_observe(s, ldexp(1, i));
    counting_failing = false;
    double dropped = kit_value(r, name, NULL) - before;
    CHECK(dropped >= 8 && dropped <= 10); /* a free segment may have had room for one */
    prom_summary_observe(s, 1 << 12);
    CHECK_DBL(kit_value(r, name, NULL), before + dropped);
    prom_unref(s), prom_unref(r);
}

TESTS_COUNTING(ROW(test_self_starts_at_zero), ROW(test_self_counts_nan),
               ROW(test_self_counts_what_found_no_memory))
