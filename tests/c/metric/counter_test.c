// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <errno.h>
#include <float.h>
#include <pthread.h>

static prom_counter *make(const char *name)
{
    prom_counter *c;
    CHECK_OK(prom_counter_new(NULL, PROM_OPTS(.name = name, .help = ""), &c));
    return c;
}

static void test_counter_starts_at_zero(void)
{
    prom_counter *c = make("c");
    CHECK_DBL(prom_counter_value(c), 0);
    prom_unref(c);
}

static void test_counter_adds(void)
{
    static const double amounts[] = { 1, 0, 0.5, 3, 1e-300, 2.25, 1e15, 0.25 };
    prom_counter *c = make("c");
    double sum = 0;
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        CHECK_OK(prom_counter_add(c, amounts[i]));
        sum += amounts[i];
        CHECK_DBL(prom_counter_value(c), sum);
    }
    prom_counter_inc(c);
    CHECK_DBL(prom_counter_value(c), sum + 1);
    prom_unref(c);
}

/* Whole amounts are kept as integers: no increment is lost beyond 2^53, where a double alone
 * would stand still. */
static void test_counter_counts_on_beyond_2_to_53(void)
{
    prom_counter *c = make("c");
    CHECK_OK(prom_counter_add(c, 9007199254740991.0));
    for (int i = 0; i < 1001; i++)
        prom_counter_inc(c);
    CHECK_DBL(prom_counter_value(c), 9007199254741992.0);
    prom_unref(c);
}

static void test_counter_of_large_amounts(void)
{
    prom_counter *c = make("c");
    CHECK_OK(prom_counter_add(c, 9007199254740992.0));
    CHECK_OK(prom_counter_add(c, 1e25)); /* whole, but no integer of 64 bits */
    CHECK_DBL(prom_counter_value(c), 1e25 + 9007199254740992.0);
    CHECK_OK(prom_counter_add(c, 1e300));
    CHECK_DBL(prom_counter_value(c), 1e300);
    CHECK_OK(prom_counter_add(c, INFINITY));
    CHECK_DBL(prom_counter_value(c), INFINITY);
    prom_counter_inc(c);
    CHECK_DBL(prom_counter_value(c), INFINITY);
    prom_unref(c);
}

/* The sentence names the counter as its user does, not with the _total that was added. */
static void test_counter_refuses_negative_and_nan(void)
{
    prom_counter *c = make("jobs");
    CHECK_OK(prom_counter_add(c, 2.5));
    CHECK_SAYS(prom_counter_add(c, -1), PROM_E_INVAL,
               "counter 'jobs' cannot be increased by -1");
    CHECK_SAYS(prom_counter_add(c, -0.25), PROM_E_INVAL,
               "counter 'jobs' cannot be increased by -0.25");
    CHECK_SAYS(prom_counter_add(c, -INFINITY), PROM_E_INVAL,
               "counter 'jobs' cannot be increased by -Inf");
    CHECK_ERR(prom_counter_add(c, -DBL_MIN), PROM_E_INVAL);
    CHECK_ERR(prom_counter_add(c, -DBL_MIN / 4), PROM_E_INVAL);
    CHECK_ERR(prom_counter_add(c, (double)NAN), PROM_E_INVAL);
    CHECK_ERR(prom_counter_add(c, -(double)NAN), PROM_E_INVAL);
    CHECK_DBL(prom_counter_value(c), 2.5);
    CHECK_OK(prom_counter_add(c, -0.0)); /* is zero */
    CHECK_DBL(prom_counter_value(c), 2.5);
    prom_unref(c);
}

static void test_counter_leaves_errno_alone(void)
{
    prom_counter *c = make("c");
    errno = 4711;
    prom_counter_inc(c);
    prom_counter_add(c, 0.1);
    prom_counter_add(c, 7);
    prom_counter_value(c);
    CHECK_INT(errno, 4711);
    prom_unref(c);
}

static void *add_many(void *data)
{
    for (int i = 0; i < 50000; i++) {
        prom_counter_inc(data);
        prom_counter_add(data, 0.5);
        prom_counter_add(data, 2);
    }
    return NULL;
}

static void test_counter_of_many_threads_loses_nothing(void)
{
    prom_counter *c = make("c");
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], NULL, add_many, c) == 0);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    CHECK_DBL(prom_counter_value(c), 4 * 50000 * 3.5);
    prom_unref(c);
}

static void test_counter_is_exposed_with_total(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_counter *c;
    CHECK_OK(
        prom_counter_new(r, PROM_OPTS(.name = "sent", .help = "Sent.", .unit = "bytes"), &c));
    CHECK_OK(prom_counter_add(c, 1.5));
    CHECK_TEXT(r, "# HELP sent_bytes_total Sent.\n# TYPE sent_bytes_total counter\n"
                  "sent_bytes_total 1.5\n");
    prom_unref(c);
    prom_unref(r);
}

TESTS(ROW(test_counter_starts_at_zero), ROW(test_counter_adds),
      ROW(test_counter_counts_on_beyond_2_to_53), ROW(test_counter_of_large_amounts),
      ROW(test_counter_refuses_negative_and_nan), ROW(test_counter_leaves_errno_alone),
      ROW(test_counter_of_many_threads_loses_nothing), ROW(test_counter_is_exposed_with_total))
