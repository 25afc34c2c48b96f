// SPDX-License-Identifier: Apache-2.0
/* expire.c - series that expire while they are looked up, updated, gathered and removed, with a
 * limit of series that is never passed. Time is made to run fast. */
#define _GNU_SOURCE /* nanosleep */
#include "base/clock.h"
#include "harness.h"

#include <prom/vec.h>

enum { NAMES = 400, LIMIT = 100, HELD = 8 };

typedef struct shared {
    prom_registry *r;
    prom_vec *v;
    void *held[HELD];
} shared;

static void *find(stress_thread *t, char name[16])
{
    shared *x = t->shared;
    void *c = NULL;
    snprintf(name, 16, "%u", (unsigned)(stress_random(t, NAMES)));
    EXPECT_OK(prom_vec_with(x->v, &(prom_str){ name, strlen(name) }, 1, &c));
    return c;
}

static void look_up_and_count(stress_thread *t)
{
    shared *x = t->shared;
    char name[16];
    for (; !stress_over; t->rounds++) {
        prom_counter *c = find(t, name);
        prom_counter_inc(c);
        prom_unref(c);
        EXPECT(prom_vec_size(x->v) <= LIMIT + 1, "%zu series", prom_vec_size(x->v));
    }
}

/* Handles that were there from the start never expire. */
static void use_the_held(stress_thread *t)
{
    shared *x = t->shared;
    for (; !stress_over; t->rounds++) {
        for (int i = 0; i < HELD; i++)
            prom_counter_inc(x->held[i]);
        if (t->rounds % 64 == 0)
            for (int i = 0; i < HELD; i++)
                EXPECT(prom_child_exposed(x->held[i]), "%d expired in use", i);
    }
}

static void remove_some(stress_thread *t)
{
    shared *x = t->shared;
    char name[16];
    for (; !stress_over; t->rounds++) {
        snprintf(name, sizeof name, "%u", (unsigned)(stress_random(t, NAMES)));
        prom_err e = prom_vec_remove(x->v, PROM_VALUES(name));
        EXPECT(!e || e == PROM_E_NOENT, "%s", prom_error(e));
        stress_sleep(0.0002);
    }
}

/* Time runs only here, and what must not expire is used here before each gather: so it does not
 * matter how fast the other threads are. */
static void gather_while_time_runs(stress_thread *t)
{
    shared *x = t->shared;
    prom_snapshot *kept = NULL;
    for (; !stress_over; t->rounds++) {
        prom_snapshot *s = NULL;
        for (int i = 0; i < HELD; i++)
            prom_counter_inc(x->held[i]);
        if (t->rounds % 3)
            EXPECT_OK(prom_gather(x->r, &s));
        else
            EXPECT_OK(prom_poll(x->r));
        EXPECT(!s || prom_snapshot_at(s, 0)->n_metrics <= LIMIT + 1, "too many series");
        prom_unref(kept);
        kept = s;
        stress_sleep(0.002);
        atomic_fetch_add(&prom__clock_shift, 40000000000u);
    }
    prom_unref(kept);
}

static void test_expire(void)
{
    static shared x;
    static const stress_role roles[] = { { "look up and count", look_up_and_count, 2 },
                                         { "use the held", use_the_held, 1 },
                                         { "remove", remove_some, 1 },
                                         { "gather", gather_while_time_runs, 1 } };
    CHECK_OK(prom_registry_new(NULL, &x.r));
    CHECK_OK(prom_vec_new(x.r, PROM_COUNTER,
                          PROM_OPTS(.name = "x", .help = "", .labels = PROM_LABELS("l"),
                                    .max_series = LIMIT, .ttl = 100),
                          &x.v));
    for (int i = 0; i < HELD; i++) {
        char name[16];
        snprintf(name, sizeof name, "held-%d", i);
        CHECK_OK(prom_vec_with(x.v, &(prom_str){ name, strlen(name) }, 1, &x.held[i]));
    }
    stress_run(roles, sizeof roles / sizeof *roles, &x, NULL);
    for (int i = 0; i < HELD; i++)
        prom_unref(x.held[i]);
    prom_unref(x.v);
    prom_unref(x.r);
}

TESTS(ROW(test_expire))
