// SPDX-License-Identifier: Apache-2.0
/* timeout.c - collectors that are now in time, now late, made, gathered and let go of at any
 * moment. */
#define _GNU_SOURCE /* nanosleep */
#include "harness.h"

typedef struct shared {
    prom_registry *r;
    _Atomic int made, freed;
} shared;

static shared all;

typedef struct state {
    _Atomic int alive, inside;
    unsigned number;
} state;

static prom_err build(prom_builder *b, void *data)
{
    state *s = data;
    char name[32];
    EXPECT(s->alive, "it runs without its data");
    EXPECT(++s->inside == 1, "it runs twice at once");
    stress_sleep(s->number % 3 ? 0 : 0.002);
    snprintf(name, sizeof name, "x%u", s->number);
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = name));
    if (!e)
        e = prom_build_value(b, NULL, 1);
    s->inside--;
    return e;
}

static void free_state(void *data)
{
    state *s = data;
    EXPECT(s->alive-- == 1, "it is freed twice");
    EXPECT(s->inside == 0, "it is freed while it runs");
    free(s);
    all.freed++;
}

static void make(stress_thread *t)
{
    for (; !stress_over; t->rounds++) {
        state *s = calloc(1, sizeof *s);
        s->alive = 1;
        s->number = (unsigned)stress_random(t, 9) * 4 + t->number;
        prom_collector *c;
        prom_collector_opts o = { .size = sizeof o,
                                  .name = "slow",
                                  .collect = build,
                                  .data = s,
                                  .free_data = free_state,
                                  .timeout_ms = 1 };
        prom_err e = prom_collector_new(all.r, &o, &c);
        EXPECT(!e, "%s", prom_error(e));
        all.made++;
        stress_sleep(0.001 * (double)stress_random(t, 3));
        EXPECT_OK(prom_registry_remove(all.r, c));
        prom_unref(c);
    }
}

static void gather(stress_thread *t)
{
    for (; !stress_over; t->rounds++) {
        prom_snapshot *s = NULL;
        EXPECT_OK(prom_gather(all.r, &s));
        for (size_t i = 0; prom_snapshot_error(s, i); i++) {
            const char *said = prom_snapshot_error(s, i);
            EXPECT(strstr(said, "not done within 1 ms") || strstr(said, "still at work") ||
                       strstr(said, "is there already"),
                   "%s", said);
        }
        prom_unref(s);
    }
}

static void test_timeouts(void)
{
    static const stress_role roles[] = { { "make", make, 3 }, { "gather", gather, 3 } };
    CHECK_OK(prom_registry_new(NULL, &all.r));
    stress_run(roles, sizeof roles / sizeof *roles, &all, NULL);
    prom_unref(all.r);
    for (int i = 0; i < 1000 && all.freed != all.made; i++)
        stress_sleep(0.01);
    CHECK_INT(all.freed, all.made);
}

TESTS(ROW(test_timeouts))
