// SPDX-License-Identifier: Apache-2.0
/* fork.c - forks while other threads create, update, remove, register and scrape. The child
 * must find its metrics whole and working, and no lock taken for ever. */
#define _GNU_SOURCE /* nanosleep */
#include "harness.h"

#include <sys/wait.h>
#include <unistd.h>

enum { KEYS = 200, REPLACED = 2000, CHILD_SECONDS = 20 };

typedef struct family {
    prom_registry *r;
    prom_vec *v, *replaced;
    prom_counter *pairs; /* incremented by two, by the forking thread alone */
    int forks;
} family;

/* --- threads of the parent ---------------------------------------------- */

static void create_and_remove(stress_thread *t)
{
    family *x = t->shared;
    for (; !stress_over; t->rounds++) {
        char value[24];
        prom_summary *s = NULL;
        snprintf(value, sizeof value, "%d", (int)stress_random(t, KEYS));
        EXPECT_OK(prom_summary_with(x->v, PROM_VALUES(value), &s));
        prom_summary_observe(s, (double)t->rounds);
        prom_unref(s);
        if (t->rounds % 2)
            (void)prom_vec_remove(x->v, PROM_VALUES(value));
        if (t->rounds % 500 == 0)
            EXPECT_OK(prom_vec_clear(x->v));
    }
}

/* A fork may come in the middle: then the child goes on with it. */
static void replace_all(stress_thread *t)
{
    family *x = t->shared;
    prom_vec *fresh = NULL;
    EXPECT_OK(prom_vec_fresh(x->replaced, &fresh));
    for (; !stress_over; t->rounds++) {
        for (int i = 0; i < REPLACED; i++) {
            char value[24];
            prom_gauge *g = NULL;
            snprintf(value, sizeof value, "%d", i);
            EXPECT_OK(prom_gauge_with(fresh, PROM_VALUES(value), &g));
            prom_unref(g);
        }
        EXPECT_OK(prom_vec_replace(x->replaced, fresh));
    }
    prom_unref(fresh);
}

static void register_and_scrape(stress_thread *t)
{
    family *x = t->shared;
    char name[32];
    snprintf(name, sizeof name, "passing_%u", t->number);
    for (; !stress_over; t->rounds++) {
        char *text = NULL;
        prom_gauge *g = NULL;
        EXPECT_OK(prom_gauge_new(x->r, PROM_OPTS(.name = name, .help = ""), &g));
        EXPECT_OK(prom_expose(x->r, &prom_text, &text, NULL));
        EXPECT_OK(prom_registry_remove(x->r, g));
        prom_unref(g);
        prom_free(text);
    }
}

/* --- the child ---------------------------------------------------------- */

static bool use_replaced(family *x)
{
    prom_vec *fresh = NULL;
    prom_gauge *g = NULL;
    size_t n = prom_vec_size(x->replaced);
    bool ok = n == 0 || n == REPLACED;
    ok = ok && !prom_gauge_with(x->replaced, PROM_VALUES("of the child"), &g) &&
         prom_vec_size(x->replaced) == n + 1 && !prom_vec_fresh(x->replaced, &fresh) &&
         !prom_vec_replace(x->replaced, fresh) && prom_vec_size(x->replaced) == 0 &&
         !prom_child_exposed(g);
    prom_unref(g);
    prom_unref(fresh);
    return ok;
}

static bool use_metrics(family *x, double pairs)
{
    prom_summary *s = NULL;
    prom_gauge *g = NULL;
    prom_snapshot *snapshot = NULL;
    double v = -1, count = -1;
    bool ok = prom_counter_value(x->pairs) == pairs;
    prom_counter_inc(x->pairs);
    ok &= !prom_summary_with(x->v, PROM_VALUES("of the child"), &s);
    for (int i = 0; ok && i < 3; i++)
        prom_summary_observe(s, 1 << 8 * i);
    ok &= !prom_gauge_new(x->r, PROM_OPTS(.name = "child", .help = ""), &g);
    ok = ok && !prom_gather(x->r, &snapshot) &&
         !prom_snapshot_value(snapshot, "pairs_total", NULL, &v) && v == pairs + 1 &&
         !prom_snapshot_value(snapshot, "s_count", PROM_CONST_LABELS({ "k", "of the child" }),
                              &count) &&
         count == 3;
    prom_unref(snapshot);
    ok = ok && !prom_vec_remove(x->v, PROM_VALUES("of the child")) && !prom_vec_clear(x->v) &&
         prom_vec_size(x->v) == 0;
    prom_unref(s);
    return ok && use_replaced(x);
}

/* A child that hangs is killed by its alarm. */
static bool fork_once(void *shared)
{
    family *x = shared;
    double pairs = 2 * ++x->forks;
    prom_counter_inc(x->pairs);
    prom_counter_inc(x->pairs);
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_SECONDS);
        _exit(use_metrics(x, pairs) ? 0 : 1);
    }
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK_DBL(prom_counter_value(x->pairs), pairs);
    return CHECK_INT(status, 0);
}

static void test_forks(void)
{
#ifdef STRESS_SANITIZED
    (void)fork_once, (void)create_and_remove, (void)register_and_scrape, (void)replace_all;
    printf("SKIPPED test_forks: the sanitizers' own locks do not survive a fork\n");
#else
    static family x;
    static const stress_role roles[] = { { "creations", create_and_remove, 2 },
                                         { "registrations", register_and_scrape, 2 },
                                         { "replacements", replace_all, 1 } };
    CHECK_OK(prom_registry_new(NULL, &x.r));
    CHECK_OK(prom_vec_new(x.r, PROM_SUMMARY,
                          PROM_OPTS(.name = "s", .help = "", .labels = PROM_LABELS("k"),
                                    .objectives = PROM_OBJECTIVES({ 0.5, 0 })),
                          &x.v));
    CHECK_OK(prom_vec_new(x.r, PROM_GAUGE,
                          PROM_OPTS(.name = "replaced", .help = "", .labels = PROM_LABELS("k")),
                          &x.replaced));
    CHECK_OK(prom_counter_new(x.r, PROM_OPTS(.name = "pairs", .help = ""), &x.pairs));
    stress_run(roles, sizeof roles / sizeof *roles, &x, fork_once);
    printf("forks: %d\n", x.forks);
    CHECK(x.forks > 1);
    prom_unref(x.pairs);
    prom_unref(x.replaced);
    prom_unref(x.v);
    prom_unref(x.r);
#endif
}

TESTS(ROW(test_forks))
