// SPDX-License-Identifier: Apache-2.0
/* native.c - native histograms under four writers, whose values populate buckets without end:
 * pages and blocks are made at the same moment, the zero bucket is widened and the resolution
 * halved again and again, while others gather. Every round has a series of its own.
 *
 * Nothing may be lost by that: the buckets of every gather add up to its count, no count ever
 * goes back, and at the end of a round each value is where its value says. The classic buckets
 * beside are those of the same observations. */
#define _GNU_SOURCE /* nanosleep */
#include "model/native.h"

#include "harness.h"

#include <prom/model.h>

#include <math.h>

enum { WRITERS = 4, LEAST = -150, MOST = 150, SPAN = MOST - LEAST + 1, PLACES = 2 * SPAN };

typedef struct observed {
    prom_registry *r;
    prom_vec *v;
    _Atomic uint64_t round; /* the series under way, a new one each time */
    _Atomic unsigned waiting;
    _Atomic uint64_t count[PLACES]; /* by value; of this round */
    _Atomic uint64_t checked, coarsest;
} observed;

/* The value of a place: none is a bound of the finer schemas, and half are negative. */
static double value_at(int place)
{
    double v = exp2(place % SPAN + LEAST) * 1.3;
    return place < SPAN ? v : -v;
}

static prom_histogram *histogram_of(observed *x, uint64_t round)
{
    char value[24];
    prom_histogram *h = NULL;
    snprintf(value, sizeof value, "%llu", (unsigned long long)round);
    EXPECT_OK(prom_histogram_with(x->v, PROM_VALUES(value), &h));
    return h;
}

/* --- checking ----------------------------------------------------------- */

static uint64_t sum_of(const prom_native_bucket *b, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += b[i].n.count;
    return sum;
}

static prom_err check_metric(void *data, const prom_metric *m)
{
    const prom_native *n = m->native;
    uint64_t *last = data;
    uint64_t sum =
        n->zero_count + sum_of(n->positive, n->n_positive) + sum_of(n->negative, n->n_negative);
    EXPECT(sum == m->count, "%llu in buckets, %llu in all", (unsigned long long)sum,
           (unsigned long long)m->count);
    EXPECT(m->count >= *last, "%llu after %llu", (unsigned long long)m->count,
           (unsigned long long)*last);
    EXPECT(m->buckets[0].count <= m->buckets[1].count && m->buckets[1].count <= m->count,
           "classic %llu, %llu of %llu", (unsigned long long)m->buckets[0].count,
           (unsigned long long)m->buckets[1].count, (unsigned long long)m->count);
    *last = m->count;
    return PROM_OK;
}

static uint64_t wanted_in(const observed *x, const prom_native *n, int32_t index, bool negative)
{
    uint64_t sum = 0;
    for (int i = 0; i < PLACES; i++) {
        double v = value_at(i);
        if (fabs(v) > n->zero_threshold && (v < 0) == negative &&
            prom__native_index(v, (unsigned)(8 - n->schema)) == index)
            sum += x->count[i];
    }
    return sum;
}

static void check_side(const observed *x, const prom_native *n, const prom_native_bucket *b,
                       size_t size, bool negative)
{
    for (size_t i = 0; i < size; i++) {
        uint64_t want = wanted_in(x, n, b[i].index, negative);
        EXPECT(b[i].n.count == want, "%llu in bucket %d of schema %d, not %llu",
               (unsigned long long)b[i].n.count, b[i].index, n->schema,
               (unsigned long long)want);
    }
}

static prom_err check_end(void *data, const prom_metric *m)
{
    observed *x = data;
    const prom_native *n = m->native;
    uint64_t total = 0, zero = 0;
    for (int i = 0; i < PLACES; i++) {
        total += x->count[i];
        if (fabs(value_at(i)) <= n->zero_threshold)
            zero += x->count[i];
    }
    EXPECT(m->count == total, "count %llu of %llu", (unsigned long long)m->count,
           (unsigned long long)total);
    EXPECT(n->zero_count == zero, "%llu in the zero bucket, not %llu",
           (unsigned long long)n->zero_count, (unsigned long long)zero);
    check_side(x, n, n->positive, n->n_positive, false);
    check_side(x, n, n->negative, n->n_negative, true);
    EXPECT(n->n_positive + n->n_negative <= 30, "%zu buckets", n->n_positive + n->n_negative);
    x->coarsest += n->schema <= -2;
    return PROM_OK;
}

/* --- roles -------------------------------------------------------------- */

/* By the writer that comes last to the end of a round, while the others wait. */
static void end_round(observed *x, uint64_t round)
{
    char value[24];
    prom_histogram *h = histogram_of(x, round);
    EXPECT_OK(prom_child_read(h, check_end, x));
    prom_unref(h);
    snprintf(value, sizeof value, "%llu", (unsigned long long)round);
    EXPECT_OK(prom_vec_remove(x->v, PROM_VALUES(value))); /* its pages serve the next round */
    for (int i = 0; i < PLACES; i++)
        x->count[i] = 0;
    x->checked++;
}

/* All writers go through a round together; the time is up for all or for none. */
static bool next_round(observed *x, uint64_t round)
{
    if (++x->waiting == WRITERS) {
        end_round(x, round);
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
        prom_histogram *h = histogram_of(x, round);
        /* The range grows from its middle, so that limits are met all the time. */
        for (int i = 0; i < PLACES; i++, t->rounds++) {
            int reach = 1 + i * SPAN / PLACES;
            int place = (SPAN - reach) / 2 + (int)stress_random(t, (uint64_t)reach);
            place += stress_random(t, 2) ? SPAN : 0;
            prom_histogram_observe(h, value_at(place));
            x->count[place]++;
        }
        prom_unref(h);
        if (!next_round(x, round))
            return;
    }
}

static void scrape(stress_thread *t)
{
    observed *x = t->shared;
    while (!stress_over) {
        uint64_t last = 0, round = x->round;
        if (round == UINT64_MAX)
            break;
        prom_histogram *h = histogram_of(x, round); /* perhaps over: then nobody observes it */
        for (int i = 0; i < 20 && !stress_over; i++)
            EXPECT_OK(prom_child_read(h, check_metric, &last));
        prom_unref(h);
        t->rounds++;
    }
}

static void gather(stress_thread *t)
{
    observed *x = t->shared;
    for (; !stress_over; t->rounds++) {
        prom_snapshot *s = NULL;
        EXPECT_OK(prom_gather(x->r, &s));
        for (size_t i = 0; i < prom_snapshot_size(s); i++) {
            uint64_t none = 0;
            if (prom_snapshot_at(s, i)->n_metrics == 1)
                EXPECT_OK(prom_family_metrics(prom_snapshot_at(s, i), check_metric, &none));
        }
        prom_unref(s);
    }
}

static void test_limits_under_four_writers(void)
{
    static observed x;
    static const stress_role roles[] = { { "observations", observe, WRITERS },
                                         { "reads", scrape, 1 },
                                         { "gathers", gather, 1 } };
    CHECK_OK(prom_registry_new(NULL, &x.r));
    CHECK_OK(prom_vec_new(x.r, PROM_HISTOGRAM,
                          PROM_OPTS(.name = "sizes", .help = "", .labels = PROM_LABELS("round"),
                                    .native_factor = 1.05, .native_max_buckets = 30,
                                    .native_max_zero_threshold = 1e-20,
                                    .buckets = PROM_BUCKETS(0, 1e10)),
                          &x.v));
    stress_run(roles, sizeof roles / sizeof *roles, &x, NULL);
    CHECK(x.checked > 0);
    CHECK(x.coarsest > 0);
    prom_unref(x.v);
    prom_unref(x.r);
}

/* --- resets --------------------------------------------------------------- */

static void observe_anything(stress_thread *t)
{
    observed *x = t->shared;
    prom_histogram *h = histogram_of(x, 0);
    for (; !stress_over; t->rounds++)
        prom_histogram_observe(h, value_at((int)stress_random(t, PLACES)));
    prom_unref(h);
}

static void reset(stress_thread *t)
{
    observed *x = t->shared;
    prom_histogram *h = histogram_of(x, 0);
    for (; !stress_over; t->rounds++) {
        EXPECT_OK(prom_child_reset(h));
        stress_sleep(0.001);
    }
    prom_unref(h);
}

/* It resets itself all the time, and is reset: what a read shows may be any part of what was
 * observed, but its parts agree. */
static void test_resets_under_four_writers(void)
{
    static observed x;
    static const stress_role roles[] = { { "observations", observe_anything, WRITERS },
                                         { "resets", reset, 1 },
                                         { "gathers", gather, 1 } };
    CHECK_OK(prom_registry_new(NULL, &x.r));
    CHECK_OK(prom_vec_new(
        x.r, PROM_HISTOGRAM,
        PROM_OPTS(.name = "sizes", .help = "", .labels = PROM_LABELS("round"),
                  .native_factor = 1.05, .native_max_buckets = 30, .native_min_reset = 2e-4,
                  .native_max_zero_threshold = 1e-20, .buckets = PROM_BUCKETS(0, 1e10)),
        &x.v));
    stress_run(roles, sizeof roles / sizeof *roles, &x, NULL);
    prom_unref(x.v);
    prom_unref(x.r);
}

TESTS(ROW(test_limits_under_four_writers), ROW(test_resets_under_four_writers))
