// SPDX-License-Identifier: Apache-2.0
/* function.c - functions that are set, replaced, taken away and removed, by themselves too,
 * while several threads gather and one that bound functions belong to polls. */
#define _GNU_SOURCE /* nanosleep */
#include "harness.h"

#include <prom/vec.h>

enum { SERIES = 12, NEVER = -77 };

typedef struct shared {
    prom_registry *r;
    prom_vec *v;
    _Atomic long set, freed; /* functions: as often the one as the other in the end */
} shared;

/* The data of one function; each is the library's own, and so freed by it. */
typedef struct source {
    shared *of;
    double v;
    unsigned i; /* of its series */
    bool leaves, bound;
    pthread_t thread;
    _Atomic unsigned calls;
} source;

static const char *name_of(unsigned i)
{
    static const char *const names[SERIES] = { "a", "b", "c", "d", "e", "f",
                                               "g", "h", "i", "j", "k", "l" };
    return names[i % SERIES];
}

static void free_source(void *data)
{
    source *s = data;
    s->of->freed++;
    s->v = NEVER; /* what a call after this would show */
    free(s);
}

static prom_err give(void *data, double *out)
{
    source *s = data;
    EXPECT(s->v >= 0, "a function is called after it was freed");
    EXPECT(!s->bound || pthread_equal(s->thread, pthread_self()), "not its thread");
    *out = s->v;
    unsigned calls = ++s->calls;
    if (calls % 7 == 0)
        return prom_fail(PROM_E_IO, "sensor %u is off", s->i);
    if (s->leaves && calls == 3) {
        prom_err e = prom_vec_remove(s->of->v, PROM_VALUES(name_of(s->i)));
        EXPECT(!e || e == PROM_E_NOENT, "%s", prom_error(e));
        EXPECT(s->v >= 0, "it is freed while it runs");
    }
    return PROM_OK;
}

static void set_one(stress_thread *t, bool bound)
{
    shared *x = t->shared;
    unsigned i = (unsigned)(stress_random(t, SERIES));
    void *c = NULL;
    source *s = calloc(1, sizeof *s);
    *s = (source){ .of = x,
                   .v = i,
                   .i = i,
                   .bound = bound,
                   .thread = pthread_self(),
                   .leaves = stress_random(t, 4) == 0 };
    EXPECT_OK(prom_vec_with(x->v, &(prom_str){ name_of(i), 1 }, 1, &c));
    prom_err e = prom_function_set(
        c, PROM_FUNCTION(.value = give, .data = s, .free_data = free_source, .bound = bound));
    if (e)
        free(s); /* the series was removed: it is still ours */
    else
        x->set++;
    EXPECT(!e || e == PROM_E_CLOSED, "%s", prom_error(e));
    if (stress_random(t, 8) == 0)
        prom_function_set(c, NULL);
    prom_unref(c);
}

/* --- roles -------------------------------------------------------------- */

static void set_and_remove(stress_thread *t)
{
    shared *x = t->shared;
    for (; !stress_over; t->rounds++) {
        set_one(t, false);
        if (t->rounds % 5 == 0)
            prom_vec_remove(x->v, PROM_VALUES(name_of((unsigned)stress_random(t, SERIES))));
        if (t->rounds % 200 == 0)
            EXPECT_OK(prom_vec_clear(x->v));
        if (t->rounds % 16 == 0)
            stress_sleep(0.0005);
    }
}

static void replace_all(stress_thread *t)
{
    shared *x = t->shared;
    for (; !stress_over; t->rounds++) {
        prom_vec *fresh = NULL;
        EXPECT_OK(prom_vec_fresh(x->v, &fresh));
        if (t->rounds % 2)
            EXPECT_OK(prom_vec_replace(x->v, fresh));
        prom_unref(fresh);
        stress_sleep(0.005);
    }
}

static void own_and_poll(stress_thread *t)
{
    shared *x = t->shared;
    for (; !stress_over; t->rounds++) {
        set_one(t, true);
        prom_err e = prom_poll(x->r);
        EXPECT(!e || (e == PROM_E_CALLBACK && strstr(prom_error(e), "is off")), "%s",
               prom_error(e));
        stress_sleep(0.0005);
    }
}

static prom_err check_sample(void *data, const prom_sample *s)
{
    (void)data;
    double v = s->value; /* a series without a function shows 0, or what it was given last */
    EXPECT(v == 0 || v == s->labels[0].value.p[0] - 'a', "%.1s is %g", s->labels[0].value.p, v);
    return PROM_OK;
}

static void gather(stress_thread *t)
{
    shared *x = t->shared;
    for (; !stress_over; t->rounds++) {
        prom_snapshot *s = NULL;
        EXPECT_OK(prom_gather(x->r, &s));
        for (size_t i = 0; prom_snapshot_error(s, i); i++)
            EXPECT(strstr(prom_snapshot_error(s, i), "is off"), "%s",
                   prom_snapshot_error(s, i));
        EXPECT_OK(prom_family_samples(prom_snapshot_at(s, 0), check_sample, NULL));
        prom_unref(s);
    }
}

static void test_functions(void)
{
    static shared x;
    static const stress_role roles[] = { { "set and remove", set_and_remove, 2 },
                                         { "replace", replace_all, 1 },
                                         { "own and poll", own_and_poll, 1 },
                                         { "gather", gather, 2 } };
    CHECK_OK(prom_registry_new(NULL, &x.r));
    CHECK_OK(prom_vec_new(x.r, PROM_GAUGE,
                          PROM_OPTS(.name = "given", .help = "", .labels = PROM_LABELS("l")),
                          &x.v));
    stress_run(roles, sizeof roles / sizeof *roles, &x, NULL);
    prom_unref(x.v);
    prom_unref(x.r);
    CHECK(x.set > 0);
    CHECK_INT(x.freed, x.set);
}

TESTS(ROW(test_functions))
