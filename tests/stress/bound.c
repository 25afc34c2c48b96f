// SPDX-License-Identifier: Apache-2.0
/* bound.c - collectors that only their own thread may run: it polls, while others gather and
 * wait for it, and while it takes its collectors out, in their own callbacks too. */
#define _GNU_SOURCE /* nanosleep */
#include "harness.h"

enum { OWNERS = 2, PER_OWNER = 3 };

typedef struct owner owner;

typedef struct counted {
    owner *of;
    unsigned number;
    uint64_t built; /* the owner's alone: no atomic, no lock */
    prom_collector *self;
} counted;

struct owner {
    prom_registry *r;
    pthread_t thread;
    counted collector[PER_OWNER];
    bool leave; /* the next collector that runs takes itself out */
};

typedef struct shared {
    prom_registry *r;
    owner owners[OWNERS];
    _Atomic int made;
} shared;

static prom_err build(prom_builder *b, void *data)
{
    counted *c = data;
    char name[64];
    EXPECT(pthread_equal(c->of->thread, pthread_self()), "it runs on another thread");
    snprintf(name, sizeof name, "built_%u_total", c->number);
    if (c->of->leave && c->self) {
        c->of->leave = false;
        EXPECT_OK(prom_registry_remove(c->of->r, c->self));
    }
    if (++c->built % 10 == 0)
        return prom_fail(PROM_E_IO, "sensor %u is off", c->number);
    prom_err e =
        prom_build_family(b, PROM_COUNTER, PROM_OPTS(.name = name, .labels = PROM_LABELS("i")));
    for (int i = 0; !e && i < 5; i++) {
        char value[16];
        snprintf(value, sizeof value, "%d", i);
        e = prom_build_value(b, PROM_VALUES(value), (double)c->built);
    }
    return e;
}

static _Atomic int freed;

static void count_freed(void *data)
{
    (void)data;
    freed++;
}

/* --- roles -------------------------------------------------------------- */

static void add_collectors(owner *o, unsigned first)
{
    for (unsigned i = 0; i < PER_OWNER; i++) {
        counted *c = &o->collector[i];
        prom_collector_opts opts = { .size = sizeof opts,
                                     .name = "counted",
                                     .collect = build,
                                     .data = c,
                                     .free_data = count_freed,
                                     .bound = true,
                                     .wait_ms = i * 5 };
        c->of = o;
        c->number = first + i;
        EXPECT_OK(prom_collector_new(o->r, &opts, &c->self));
    }
}

static void take_out(owner *o)
{
    for (unsigned i = 0; i < PER_OWNER; i++) {
        prom_err e = prom_registry_remove(o->r, o->collector[i].self);
        EXPECT(!e || e == PROM_E_NOENT, "%s", prom_err_name(e));
        prom_unref(o->collector[i].self);
        o->collector[i].self = NULL;
    }
}

static void own_and_poll(stress_thread *t)
{
    shared *x = t->shared;
    owner *o = &x->owners[t->number];
    o->r = x->r;
    o->thread = pthread_self();
    for (; !stress_over; t->rounds++) {
        add_collectors(o, t->number * PER_OWNER);
        x->made += PER_OWNER;
        for (int i = 0; i < 60; i++) {
            o->leave = i == 50;
            prom_err e = prom_poll(x->r);
            EXPECT(!e || (e == PROM_E_CALLBACK && strstr(prom_error(e), "is off")), "%s",
                   prom_error(e));
            if (i % 16 == 0)
                stress_sleep(0.001);
            if (i % 7)
                continue;
            prom_snapshot *s = NULL; /* here a gather builds them anew */
            EXPECT_OK(prom_gather(x->r, &s));
            prom_unref(s);
        }
        take_out(o);
    }
}

typedef struct view {
    double last[OWNERS * PER_OWNER];
    double in_family;
} view;

static prom_err check_sample(void *data, const prom_sample *s)
{
    view *v = data;
    unsigned long i = strtoul(s->family->name + 6, NULL, 10);
    EXPECT(i < OWNERS * PER_OWNER, "family %s", s->family->name);
    EXPECT(s->value >= v->last[i], "%s is %g after %g", s->family->name, s->value, v->last[i]);
    EXPECT(s->labels[0].value.p[0] == '0' || s->value == v->in_family,
           "%s has %g and %g in one scrape", s->family->name, s->value, v->in_family);
    v->last[i] = v->in_family = s->value;
    return PROM_OK;
}

static void gather_elsewhere(stress_thread *t)
{
    shared *x = t->shared;
    view v = { .in_family = 0 };
    prom_snapshot *kept = NULL;
    for (; !stress_over; t->rounds++) {
        prom_snapshot *s = NULL;
        EXPECT_OK(prom_gather(x->r, &s));
        const char *error = prom_snapshot_error(s, 0);
        EXPECT(!error || strstr(error, "is off"), "%s", error);
        for (size_t i = 0; i < prom_snapshot_size(s); i++)
            EXPECT_OK(prom_family_samples(prom_snapshot_at(s, i), check_sample, &v));
        if (t->rounds % 5 == 0) { /* outlives the collector's next build */
            prom_unref(kept);
            kept = prom_ref(s);
        }
        prom_unref(s);
    }
    prom_unref(kept);
}

static void test_bound_collectors(void)
{
    static shared x;
    static const stress_role roles[] = { { "owners", own_and_poll, OWNERS },
                                         { "gathers elsewhere", gather_elsewhere, 3 } };
    CHECK_OK(prom_registry_new(NULL, &x.r));
    stress_run(roles, sizeof roles / sizeof *roles, &x, NULL);
    prom_unref(x.r);
    CHECK_INT(freed, x.made);
}

TESTS(ROW(test_bound_collectors))
