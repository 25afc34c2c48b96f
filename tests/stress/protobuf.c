// SPDX-License-Identifier: Apache-2.0
/* protobuf.c - one snapshot, written as protobuf and asked for its structs on several threads
 * while its series are set back without a pause: a family's length is told before its metrics,
 * and a record may say another created time by then. */
#define _GNU_SOURCE /* nanosleep */
#include "harness.h"

#include <prom/protobuf.h>

enum { SERIES = 200 };

typedef struct shared {
    prom_vec *v;
    prom_counter *counters[SERIES];
    prom_snapshot *snapshot;
} shared;

/* Its created time is of this moment: a second's beginning has shorter nanoseconds. */
static void reset(stress_thread *t)
{
    shared *s = t->shared;
    while (!stress_over) {
        EXPECT_OK(prom_child_reset(s->counters[stress_random(t, SERIES)]));
        t->rounds++;
    }
}

static void encode(stress_thread *t)
{
    shared *s = t->shared;
    while (!stress_over) {
        char *bytes = NULL;
        size_t n;
        prom_snapshot *again = NULL;
        EXPECT_OK(prom_encode_string(&prom_protobuf, s->snapshot, &bytes, &n));
        EXPECT_OK(prom_parse_protobuf(bytes, n, &again));
        EXPECT(prom_snapshot_at(again, 0)->n_metrics == SERIES, "metrics are missing");
        prom_unref(again);
        prom_free(bytes);
        t->rounds++;
    }
}

/* In builds without protobuf-c there are none. */
static void ask(stress_thread *t)
{
    shared *s = t->shared;
    const struct Prom__Pb__MetricFamily *m, *first = NULL;
    while (!stress_over) {
        prom_err e = prom_family_message(prom_snapshot_at(s->snapshot, 0), &m);
        EXPECT(e == PROM_OK || e == PROM_E_UNSUPPORTED, "%s", prom_error(e));
        first = first ? first : m;
        EXPECT(m == first, "another message");
        t->rounds++;
    }
}

static void test_resets_under_encoders(void)
{
    static shared s;
    prom_registry *r;
    CHECK_OK(prom_registry_new(NULL, &r));
    CHECK_OK(prom_vec_new(r, PROM_COUNTER,
                          PROM_OPTS(.name = "c_total", .help = "", .labels = PROM_LABELS("i")),
                          &s.v));
    for (int i = 0; i < SERIES; i++) {
        char value[16];
        snprintf(value, sizeof value, "%d", i);
        CHECK_OK(prom_counter_with(s.v, PROM_VALUES(value), &s.counters[i]));
    }
    CHECK_OK(prom_gather(r, &s.snapshot));
    static const stress_role roles[] = {
        { "reset", reset, 1 },
        { "encode", encode, 2 },
        { "ask", ask, 2 },
    };
    stress_run(roles, sizeof roles / sizeof *roles, &s, NULL);
    prom_unref(s.snapshot);
    for (int i = 0; i < SERIES; i++)
        prom_unref(s.counters[i]);
    prom_unref(s.v);
    prom_unref(r);
}

TESTS(ROW(test_resets_under_encoders))
