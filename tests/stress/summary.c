// SPDX-License-Identifier: Apache-2.0
/* summary.c - summaries under four writers who make its pages at the same moment: every value
 * lies in another power of two, so almost every first observation needs a new page, and there
 * are more of them than one directory holds.
 *
 * At the end the quantiles must be those of everything that was observed: a page that lost a
 * race and took counts with it would show. */
#define _GNU_SOURCE /* nanosleep */
#include "harness.h"

#include <math.h>

enum { WRITERS = 4, LEAST = -300, MOST = 300, SPAN = MOST - LEAST + 1, PLACES = 2 * SPAN };

static const prom_objective objectives[] = { { 0, 0 },   { 0.1, 0 }, { 0.25, 0 }, { 0.5, 0 },
                                             { 0.9, 0 }, { 1, 0 },   { -1, 0 } };

typedef struct observed {
    prom_registry *r;
    prom_vec *v;
    _Atomic uint64_t round; /* the series under way, a new one each time */
    _Atomic unsigned waiting;
    _Atomic uint64_t count[PLACES]; /* by value, in ascending order; of this round */
    _Atomic uint64_t checked;
} observed;

/* The value of a place: -2^MOST .. -2^LEAST, 2^LEAST .. 2^MOST. */
static double value_at(int place)
{
    return place < SPAN ? -exp2(MOST - place) : exp2(place - SPAN + LEAST);
}

static prom_summary *summary_of(observed *x, uint64_t round)
{
    char value[24];
    prom_summary *s = NULL;
    snprintf(value, sizeof value, "%llu", (unsigned long long)round);
    EXPECT_OK(prom_summary_with(x->v, PROM_VALUES(value), &s));
    return s;
}

/* --- checking a round --------------------------------------------------- */

static double exact(const uint64_t *count, uint64_t total, double q)
{
    uint64_t rank = (uint64_t)fmax(1, ceil(q * (double)total)), seen = 0;
    for (int i = 0; i < PLACES; i++)
        if ((seen += count[i]) >= rank)
            return value_at(i);
    return NAN;
}

static void check_quantiles(const prom_snapshot *s, const char *round, const uint64_t *count,
                            uint64_t total)
{
    for (int i = 0; objectives[i].quantile >= 0; i++) {
        char q[24];
        double got = 0, want = exact(count, total, objectives[i].quantile);
        snprintf(q, sizeof q, "%g", objectives[i].quantile);
        EXPECT_OK(prom_snapshot_value(
            s, "sizes", PROM_CONST_LABELS({ "round", round }, { "quantile", q }), &got));
        EXPECT(fabs(got / want - 1) <= 0.01, "quantile %s of %llu is %g, not %g", q,
               (unsigned long long)total, got, want);
    }
}

/* By the writer that comes last to the end of a round, while the others wait. */
static void check_round(observed *x, uint64_t round)
{
    uint64_t count[PLACES], total = 0;
    char value[24];
    double got = -1;
    prom_snapshot *s = NULL;
    for (int i = 0; i < PLACES; i++)
        total += count[i] = atomic_exchange(&x->count[i], 0);
    snprintf(value, sizeof value, "%llu", (unsigned long long)round);
    EXPECT_OK(prom_gather(x->r, &s));
    EXPECT_OK(
        prom_snapshot_value(s, "sizes_count", PROM_CONST_LABELS({ "round", value }), &got));
    EXPECT(got == (double)total, "count %g of %llu", got, (unsigned long long)total);
    check_quantiles(s, value, count, total);
    prom_unref(s);
    EXPECT_OK(prom_vec_remove(x->v, PROM_VALUES(value))); /* its pages serve the next round */
    x->checked++;
}

/* --- roles -------------------------------------------------------------- */

/* All writers go through a round together; the time is up for all or for none. */
static bool next_round(observed *x, uint64_t round)
{
    if (++x->waiting == WRITERS) {
        check_round(x, round);
        x->waiting = 0;
        x->round = stress_over ? UINT64_MAX : round + 1;
    }
    while (x->round == round)
        stress_sleep(0.00001);
    return x->round != UINT64_MAX;
}

static void observe(stress_thread *t)
{
    observed *x = t->shared;
    for (uint64_t round = 0;; round++) {
        prom_summary *s = summary_of(x, round);
        /* Half of the places from the same start in the same order, then any. */
        int start = (int)(round * 7 % PLACES);
        for (int i = 0; i < PLACES; i++, t->rounds++) {
            int place = i < PLACES / 2 ? (start + i) % PLACES : (int)stress_random(t, PLACES);
            prom_summary_observe(s, value_at(place));
            x->count[place]++;
        }
        prom_unref(s);
        if (!next_round(x, round))
            return;
    }
}

/* A quantile that nobody can have observed comes of a page read before it was ready. */
static prom_err check_sample(void *data, const prom_sample *s)
{
    double v = fabs(s->value);
    (void)data;
    EXPECT(*s->suffix || isnan(v) || (v >= exp2(LEAST) / 1.01 && v <= exp2(MOST) * 1.01),
           "nobody observed %g", s->value);
    return PROM_OK;
}

static void scrape(stress_thread *t)
{
    observed *x = t->shared;
    for (; !stress_over; t->rounds++) {
        prom_snapshot *s = NULL;
        EXPECT_OK(prom_gather(x->r, &s));
        EXPECT_OK(prom_family_samples(prom_snapshot_at(s, 0), check_sample, NULL));
        prom_unref(s);
    }
}

static void test_pages_made_by_four_writers(void)
{
    static observed x;
    static const stress_role roles[] = { { "observations", observe, WRITERS },
                                         { "scrapes", scrape, 1 } };
    CHECK_OK(prom_registry_new(NULL, &x.r));
    CHECK_OK(prom_vec_new(x.r, PROM_SUMMARY,
                          PROM_OPTS(.name = "sizes", .help = "", .labels = PROM_LABELS("round"),
                                    .objectives = objectives, .max_age = 1e6),
                          &x.v));
    stress_run(roles, sizeof roles / sizeof *roles, &x, NULL);
    CHECK(x.checked > 0);
    prom_unref(x.v);
    prom_unref(x.r);
}

TESTS(ROW(test_pages_made_by_four_writers))
