// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <float.h>

static double out[10002];

static void check_bounds(const double *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        CHECK_DBL(out[i], want[i]);
    CHECK_DBL(out[n], INFINITY);
}

/* The examples are those of client_golang's tests. */
static void test_buckets_linear(void)
{
    CHECK_OK(prom_buckets_linear(-15, 5, 6, out));
    check_bounds((double[]){ -15, -10, -5, 0, 5, 10 }, 6);
    CHECK_OK(prom_buckets_linear(7, 1, 1, out));
    check_bounds((double[]){ 7 }, 1);
    CHECK_SAYS(prom_buckets_linear(0, 1, 0, out), PROM_E_INVAL,
               "linear buckets: a count between 1 and 10000 is needed");
    CHECK_ERR(prom_buckets_linear(0, 1, 10001, out), PROM_E_INVAL);
    CHECK_OK(prom_buckets_linear(0, 1, 10000, out));
    CHECK_SAYS(prom_buckets_linear(3, 0, 2, out), PROM_E_INVAL,
               "linear buckets: bound 2 would be 3 after 3");
    CHECK_SAYS(prom_buckets_linear(3, -1, 2, out), PROM_E_INVAL,
               "linear buckets: bound 2 would be 2 after 3");
    CHECK_ERR(prom_buckets_linear((double)NAN, 1, 1, out), PROM_E_INVAL);
    CHECK_ERR(prom_buckets_linear(0, (double)NAN, 2, out), PROM_E_INVAL);
    CHECK_ERR(prom_buckets_linear(-INFINITY, 1, 2, out), PROM_E_INVAL);
    CHECK_ERR(prom_buckets_linear(0, DBL_MAX, 4, out), PROM_E_INVAL);
    CHECK_ERR(prom_buckets_linear(1e20, 1, 2, out), PROM_E_INVAL); /* the sum stands still */
}

static void test_buckets_exponential(void)
{
    CHECK_OK(prom_buckets_exponential(100, 1.2, 3, out));
    check_bounds((double[]){ 100, 120, 144 }, 3);
    CHECK_OK(prom_buckets_exponential(0.5, 2, 4, out));
    check_bounds((double[]){ 0.5, 1, 2, 4 }, 4);
    CHECK_SAYS(prom_buckets_exponential(1, 2, 0, out), PROM_E_INVAL,
               "exponential buckets: a count between 1 and 10000 is needed");
    CHECK_SAYS(prom_buckets_exponential(0, 2, 3, out), PROM_E_INVAL,
               "exponential buckets: the start 0 is not positive");
    CHECK_SAYS(prom_buckets_exponential(-1, 2, 3, out), PROM_E_INVAL,
               "exponential buckets: the start -1 is not positive");
    CHECK_SAYS(prom_buckets_exponential(1, 1, 3, out), PROM_E_INVAL,
               "exponential buckets: the factor 1 is not above 1");
    CHECK_ERR(prom_buckets_exponential((double)NAN, 2, 3, out), PROM_E_INVAL);
    CHECK_ERR(prom_buckets_exponential(1, (double)NAN, 3, out), PROM_E_INVAL);
    CHECK_ERR(prom_buckets_exponential(1, 10, 400, out), PROM_E_INVAL); /* beyond DBL_MAX */
    CHECK_ERR(prom_buckets_exponential(INFINITY, 2, 1, out), PROM_E_INVAL);
}

static void test_buckets_exponential_range(void)
{
    CHECK_OK(prom_buckets_exponential_range(1, 100, 3, out));
    CHECK_DBL(out[0], 1);
    CHECK(fabs(out[1] - 10) < 1e-12 && fabs(out[2] - 100) < 1e-11);
    CHECK_DBL(out[3], INFINITY);
    CHECK_OK(prom_buckets_exponential_range(5, 1, 1, out)); /* no range is needed for one */
    check_bounds((double[]){ 5 }, 1);
    CHECK_ERR(prom_buckets_exponential_range(1, 100, 0, out), PROM_E_INVAL);
    CHECK_SAYS(prom_buckets_exponential_range(0, 100, 3, out), PROM_E_INVAL,
               "exponential buckets: the minimum 0 is not positive");
    CHECK_SAYS(prom_buckets_exponential_range(5, 5, 3, out), PROM_E_INVAL,
               "exponential buckets: the maximum 5 is not above 5");
    CHECK_ERR(prom_buckets_exponential_range(1, INFINITY, 3, out), PROM_E_INVAL);
    CHECK_ERR(prom_buckets_exponential_range((double)NAN, 1, 3, out), PROM_E_INVAL);
    CHECK_ERR(prom_buckets_exponential_range(1, (double)NAN, 3, out), PROM_E_INVAL);
    CHECK_ERR(prom_buckets_exponential_range(DBL_MIN / 4, DBL_MAX, 3, out), PROM_E_INVAL);
}

/* n bounds are n + 1 doubles, and nothing behind them is written. */
static void test_buckets_write_no_more_than_they_say(void)
{
    for (size_t n = 1; n < 20; n++) {
        for (size_t i = 0; i < 40; i++)
            out[i] = -77;
        CHECK_OK(prom_buckets_linear(0, 1, n, out));
        CHECK_DBL(out[n], INFINITY);
        CHECK_DBL(out[n + 1], -77);
    }
}

static void test_buckets_are_fit_for_a_histogram(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_histogram *h;
    double bounds[4];
    CHECK_OK(prom_buckets_exponential(1, 10, 3, bounds));
    CHECK_OK(prom_histogram_new(r, PROM_OPTS(.name = "h", .help = "", .buckets = bounds), &h));
    CHECK_HAS(r, "h_bucket{le=\"1\"} 0\nh_bucket{le=\"10\"} 0\nh_bucket{le=\"100\"} 0\n"
                 "h_bucket{le=\"+Inf\"} 0\n");
    prom_unref(h);
    prom_unref(r);
}

TESTS(ROW(test_buckets_linear), ROW(test_buckets_exponential),
      ROW(test_buckets_exponential_range), ROW(test_buckets_write_no_more_than_they_say),
      ROW(test_buckets_are_fit_for_a_histogram))
