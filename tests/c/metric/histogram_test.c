// SPDX-License-Identifier: Apache-2.0
#include "base/tally.h"
#include "kit.h"

#include <errno.h>
#include <float.h>
#include <pthread.h>

static prom_registry *r;

static prom_histogram *make(const double *bounds, prom_nan nan)
{
    prom_histogram *h = NULL;
    r = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_histogram_new(
        r, PROM_OPTS(.name = "h", .help = "", .buckets = bounds, .nan = nan), &h));
    return h;
}

static void drop(prom_histogram *h)
{
    prom_unref(h);
    prom_unref(r);
}

/* The counts of one gather as they stand in its samples. */
typedef struct counts {
    double bucket[128];
    size_t n; /* buckets, +Inf included */
    double sum, count;
} counts;

static prom_err note(void *data, const prom_sample *s)
{
    counts *c = data;
    if (strcmp(s->suffix, "_bucket") == 0 && c->n < 128)
        c->bucket[c->n++] = s->value;
    else if (strcmp(s->suffix, "_sum") == 0)
        c->sum = s->value;
    else
        c->count = s->value;
    return PROM_OK;
}

static counts read(void)
{
    counts c = { .n = 0 };
    prom_snapshot *s;
    CHECK_OK(prom_gather(r, &s));
    CHECK_OK(prom_family_samples(prom_snapshot_at(s, 0), note, &c));
    prom_unref(s);
    return c;
}

static void test_histogram_exposes(void)
{
    prom_histogram *h = make(PROM_BUCKETS(1, 2.5), PROM_NAN_DROP);
    CHECK_TEXT(r,
               "# HELP h \n# TYPE h histogram\nh_bucket{le=\"1\"} 0\nh_bucket{le=\"2.5\"} 0\n"
               "h_bucket{le=\"+Inf\"} 0\nh_sum 0\nh_count 0\n");
    prom_histogram_observe(h, 1);
    prom_histogram_observe(h, 1.5);
    prom_histogram_observe(h, -3);
    prom_histogram_observe(h, 7.25);
    CHECK_TEXT(r,
               "# HELP h \n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"2.5\"} 3\n"
               "h_bucket{le=\"+Inf\"} 4\nh_sum 6.75\nh_count 4\n");
    drop(h);
}

/* --- which bucket ------------------------------------------------------------ */

static double random_bound(uint64_t *state)
{
    double v = kit_unit(state) * 2 - 1;
    switch (kit_random(state) % 4) {
    case 0:
        return v * 1e-3;
    case 1:
        return v * 10;
    case 2:
        return ldexp(v, (int)(kit_random(state) % 600) - 300);
    default:
        return (double)(int64_t)(v * 50);
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static size_t make_bounds(double *bounds, size_t n, uint64_t *state)
{
    for (size_t i = 0; i < n; i++)
        bounds[i] = random_bound(state);
    qsort(bounds, n, sizeof *bounds, compare);
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (!k || bounds[i] > bounds[k - 1])
            bounds[k++] = bounds[i];
    bounds[k] = INFINITY;
    return k;
}

static void observe(prom_histogram *h, double v, const double *bounds, size_t n, double *want)
{
    size_t i = 0;
    while (i < n && !(v <= bounds[i]))
        i++;
    for (; i <= n; i++) /* cumulative */
        want[i]++;
    prom_histogram_observe(h, v);
}

/* Against a naive loop, for 0 to 100 bounds: values on each, just below and just above each,
 * anywhere, and the infinities. */
static void test_histogram_bucket_of_every_value(void)
{
    uint64_t state = 99;
    for (size_t wanted = 0; wanted <= 100; wanted++) {
        double bounds[101], want[101] = { 0 };
        size_t n = make_bounds(bounds, wanted, &state);
        prom_histogram *h = make(bounds, PROM_NAN_DROP);
        for (size_t i = 0; i < n; i++) {
            observe(h, bounds[i], bounds, n, want);
            observe(h, nextafter(bounds[i], -INFINITY), bounds, n, want);
            observe(h, nextafter(bounds[i], INFINITY), bounds, n, want);
        }
        for (int i = 0; i < 50; i++)
            observe(h, random_bound(&state), bounds, n, want);
        static const double extremes[] = { INFINITY, -INFINITY, DBL_MAX, -DBL_MAX,
                                           0.0,      -0.0,      DBL_MIN, 5e-324 };
        for (size_t i = 0; i < 8; i++)
            observe(h, extremes[i], bounds, n, want);
        counts c = read();
        CHECK_INT(c.n, n + 1);
        for (size_t i = 0; i <= n; i++)
            if (!CHECK_DBL(c.bucket[i], want[i]))
                fprintf(stderr, "    bucket %zu of %zu\n", i, n);
        CHECK_DBL(c.count, c.bucket[n]);
        CHECK_DBL(c.count, (double)(3 * n + 58));
        drop(h);
    }
}

static void test_histogram_of_one_bound_at_minus_infinity(void)
{
    prom_histogram *h = make(PROM_BUCKETS(-INFINITY, 0), PROM_NAN_DROP);
    prom_histogram_observe(h, -INFINITY);
    prom_histogram_observe(h, -DBL_MAX);
    prom_histogram_observe(h, 1);
    CHECK_HAS(r, "h_bucket{le=\"-Inf\"} 1\nh_bucket{le=\"0\"} 2\nh_bucket{le=\"+Inf\"} 3\n");
    drop(h);
}

static void test_histogram_sum(void)
{
    prom_histogram *h = make(NULL, PROM_NAN_DROP);
    prom_histogram_observe(h, 0.1);
    prom_histogram_observe(h, 0.2);
    CHECK_DBL(read().sum, 0.1 + 0.2);
    prom_histogram_observe(h, -5);
    CHECK_DBL(read().sum, 0.1 + 0.2 + -5.0);
    prom_histogram_observe(h, INFINITY);
    CHECK_DBL(read().sum, INFINITY);
    prom_histogram_observe(h, -INFINITY);
    CHECK(isnan(read().sum));
    CHECK_DBL(read().count, 5);
    drop(h);
}

/* --- NaN ------------------------------------------------------------------------ */

static void test_histogram_drops_nan(void)
{
    prom_histogram *h = make(PROM_BUCKETS(1), PROM_NAN_DROP);
    uint64_t before = prom__dropped_observations;
    prom_histogram_observe(h, 0.5);
    prom_histogram_observe(h, (double)NAN);
    prom_histogram_observe(h, -(double)NAN);
    counts c = read();
    CHECK_DBL(c.count, 1);
    CHECK_DBL(c.sum, 0.5);
    CHECK_INT(prom__dropped_observations - before, 2);
    drop(h);
}

static void test_histogram_counts_nan_if_told(void)
{
    prom_histogram *h = make(PROM_BUCKETS(1, 2, 3), PROM_NAN_COUNT);
    uint64_t before = prom__dropped_observations;
    prom_histogram_observe(h, 0.5);
    prom_histogram_observe(h, (double)NAN);
    CHECK_TEXT(r, "# HELP h \n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"2\"} 1\n"
                  "h_bucket{le=\"3\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum NaN\nh_count 2\n");
    CHECK_INT(prom__dropped_observations - before, 0);
    drop(h);
}

/* --- several at once ------------------------------------------------------------- */

static void test_histogram_observes_n_times(void)
{
    prom_histogram *h = make(PROM_BUCKETS(1, 2), PROM_NAN_DROP);
    uint64_t before = prom__dropped_observations;
    prom_histogram_observe_n(h, 1.5, 1000000000000);
    prom_histogram_observe_n(h, 0.5, 0);
    prom_histogram_observe_n(h, INFINITY, 0);
    prom_histogram_observe_n(h, (double)NAN, 0);
    prom_histogram_observe_n(h, 3, 2);
    prom_histogram_observe_n(h, (double)NAN, 7);
    prom_histogram_observe_n(NULL, 1, 1);
    counts c = read();
    CHECK_DBL(c.bucket[0], 0);
    CHECK_DBL(c.bucket[1], 1e12);
    CHECK_DBL(c.bucket[2], 1e12 + 2);
    CHECK_DBL(c.sum, 1.5e12 + 6);
    CHECK_INT(prom__dropped_observations - before, 7);
    drop(h);
    h = make(PROM_BUCKETS(1), PROM_NAN_COUNT);
    prom_histogram_observe_n(h, (double)NAN, 7);
    CHECK_DBL(read().count, 7);
    CHECK_DBL(read().bucket[0], 0);
    CHECK(isnan(read().sum));
    drop(h);
}

static void test_histogram_observes_many(void)
{
    static const double values[] = { 1, (double)NAN, -INFINITY, 2.5, 0.5 };
    prom_histogram *h = make(PROM_BUCKETS(1, 2), PROM_NAN_DROP);
    prom_histogram_observe_many(h, values, 0);
    prom_histogram_observe_many(h, NULL, 0);
    prom_histogram_observe_many(NULL, values, 5);
    CHECK_DBL(read().count, 0);
    prom_histogram_observe_many(h, values, 5);
    counts c = read();
    CHECK_DBL(c.bucket[0], 3);
    CHECK_DBL(c.bucket[1], 3);
    CHECK_DBL(c.count, 4);
    CHECK_DBL(c.sum, -INFINITY);
    drop(h);
}

/* --- rules ------------------------------------------------------------------------ */

static void test_histogram_leaves_errno_alone(void)
{
    prom_histogram *h = make(NULL, PROM_NAN_DROP);
    errno = 4711;
    prom_histogram_observe(h, 1);
    prom_histogram_observe(h, (double)NAN);
    CHECK_INT(errno, 4711);
    drop(h);
}

static void *observe_many(void *data)
{
    for (int i = 0; i < 40000; i++)
        prom_histogram_observe(data, i % 4);
    return NULL;
}

/* While four threads observe, each gather has rising buckets and a count that is their last. */
static void test_histogram_of_many_threads(void)
{
    prom_histogram *h = make(PROM_BUCKETS(0, 1, 2), PROM_NAN_DROP);
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], NULL, observe_many, h) == 0);
    double last = 0;
    for (int i = 0; i < 200; i++) {
        counts c = read();
        CHECK(c.bucket[0] <= c.bucket[1] && c.bucket[1] <= c.bucket[2] &&
              c.bucket[2] <= c.bucket[3]);
        CHECK_DBL(c.bucket[3], c.count);
        CHECK(c.count >= last);
        last = c.count;
    }
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    counts c = read();
    CHECK_DBL(c.count, 160000);
    CHECK_DBL(c.bucket[0], 40000);
    CHECK_DBL(c.bucket[2], 120000);
    CHECK_DBL(c.sum, 160000 * 1.5);
    drop(h);
}

static void test_histogram_of_ten_thousand_buckets(void)
{
    static double bounds[10001];
    CHECK_OK(prom_buckets_linear(0, 1, 10000, bounds));
    prom_histogram *h = make(bounds, PROM_NAN_DROP);
    for (int i = 0; i < 10000; i++)
        prom_histogram_observe(h, i);
    prom_histogram_observe(h, 9999.5);
    CHECK_DBL(kit_value(r, "h_bucket", PROM_CONST_LABELS({ "le", "4999" })), 5000);
    CHECK_DBL(kit_value(r, "h_bucket", PROM_CONST_LABELS({ "le", "9999" })), 10000);
    CHECK_DBL(kit_value(r, "h_count", NULL), 10001);
    drop(h);
}

TESTS(ROW(test_histogram_exposes), ROW(test_histogram_bucket_of_every_value),
      ROW(test_histogram_of_one_bound_at_minus_infinity), ROW(test_histogram_sum),
      ROW(test_histogram_drops_nan), ROW(test_histogram_counts_nan_if_told),
      ROW(test_histogram_observes_n_times), ROW(test_histogram_observes_many),
      ROW(test_histogram_leaves_errno_alone), ROW(test_histogram_of_many_threads),
      ROW(test_histogram_of_ten_thousand_buckets))
