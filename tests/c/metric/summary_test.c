// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "base/tally.h"
#include "kit.h"

#include <errno.h>
#include <float.h>
#include <pthread.h>

static prom_registry *r;

static prom_summary *make(const prom_opts *o)
{
    prom_summary *s = NULL;
    r = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_summary_new(r, o, &s));
    return s;
}

static void drop(prom_summary *s)
{
    prom_unref(s);
    prom_unref(r);
}

/* The quantiles of one gather, in order, then sum and count. */
static prom_err note(void *data, const prom_sample *s)
{
    double **at = data;
    *(*at)++ = s->value;
    return PROM_OK;
}

static void read(double *values)
{
    prom_snapshot *s;
    CHECK_OK(prom_gather(r, &s));
    CHECK_OK(prom_family_samples(prom_snapshot_at(s, 0), note, &values));
    prom_unref(s);
}

static void test_summary_of_sum_and_count(void)
{
    prom_summary *s = make(PROM_OPTS(.name = "s", .help = ""));
    CHECK_TEXT(r, "# HELP s \n# TYPE s summary\ns_sum 0\ns_count 0\n");
    prom_summary_observe(s, 1.5);
    prom_summary_observe(s, -4);
    CHECK_TEXT(r, "# HELP s \n# TYPE s summary\ns_sum -2.5\ns_count 2\n");
    drop(s);
}

static void test_summary_is_exposed_with_quantiles(void)
{
    prom_summary *s =
        make(PROM_OPTS(.name = "s", .help = "",
                       .objectives = PROM_OBJECTIVES({ .99, .001 }, { .5, .05 })));
    CHECK_TEXT(r, "# HELP s \n# TYPE s summary\ns{quantile=\"0.5\"} NaN\n"
                  "s{quantile=\"0.99\"} NaN\ns_sum 0\ns_count 0\n");
    prom_summary_observe(s, 0);
    CHECK_TEXT(r, "# HELP s \n# TYPE s summary\ns{quantile=\"0.5\"} 0\n"
                  "s{quantile=\"0.99\"} 0\ns_sum 0\ns_count 1\n");
    drop(s);
}

/* --- the contract: within the exact quantiles q-e and q+e, or within the accuracy of q ------
 */

enum { MOST = 20000, OBJECTIVES = 7 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* By nearest rank, of sorted values. */
static double exact(const double *sorted, size_t n, double q)
{
    double rank = ceil(q * (double)n);
    size_t i = rank < 1 ? 1 : rank > (double)n ? n : (size_t)rank;
    return sorted[i - 1];
}

static bool holds(const double *sorted, size_t n, prom_objective o, double accuracy, double got)
{
    double q = exact(sorted, n, o.quantile);
    if (got >= exact(sorted, n, o.quantile - o.error) &&
        got <= exact(sorted, n, o.quantile + o.error))
        return true;
    return fabs(got - q) <= accuracy * fabs(q) * (1 + 1e-12);
}

static double normal(uint64_t *state)
{
    double u = 1 - kit_unit(state), v = kit_unit(state);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static double uniform(uint64_t *s)
{
    return kit_unit(s);
}

static double far_normal(uint64_t *s)
{
    return 1e6 + normal(s);
}

static double exponential(uint64_t *s)
{
    return -log(1 - kit_unit(s)) * 0.02;
}

static double log_normal(uint64_t *s)
{
    return exp(3 * normal(s));
}

static double constant(uint64_t *s)
{
    (void)s;
    return 42.42;
}

static double negative(uint64_t *s)
{
    return -exp(2 * normal(s));
}

static double mixed(uint64_t *s)
{
    double v = kit_unit(s);
    return v < 0.1 ? 0 : v < 0.5 ? -log_normal(s) : log_normal(s);
}

static double integers(uint64_t *s)
{
    return (double)(kit_random(s) % 10);
}

static double any_magnitude(uint64_t *s)
{
    double v = ldexp(1 + kit_unit(s), (int)(kit_random(s) % 2098) - 1075);
    return kit_random(s) % 2 ? v : -v;
}

static double with_infinities(uint64_t *s)
{
    double v = normal(s);
    return v > 1 ? INFINITY : v < -1 ? -INFINITY : v;
}

static const struct {
    const char *name;
    double (*next)(uint64_t *state);
} distributions[] = {
    { "uniform", uniform },
    { "normal", normal },
    { "far normal", far_normal },
    { "exponential", exponential },
    { "log-normal", log_normal },
    { "constant", constant },
    { "negative", negative },
    { "mixed", mixed },
    { "integers", integers },
    { "any magnitude", any_magnitude },
    { "with infinities", with_infinities },
};

static void check_contract(size_t which, size_t n, uint64_t *state)
{
    static double values[MOST];
    prom_objective o[OBJECTIVES + 1] = { { 0, 0 },
                                         { 0.5, 0.05 },
                                         { 0.99, 0.001 },
                                         { 1, 0 },
                                         { kit_unit(state), 0 },
                                         { kit_unit(state), 0.01 * kit_unit(state) },
                                         { kit_unit(state), 0.2 * kit_unit(state) },
                                         { -1, 0 } };
    double accuracy = 0.001 * pow(200, kit_unit(state)), got[OBJECTIVES + 2], sum = 0;
    prom_summary *s =
        make(PROM_OPTS(.name = "s", .help = "", .objectives = o, .accuracy = accuracy));
    for (size_t i = 0; i < n; i++) {
        values[i] = distributions[which].next(state);
        sum += values[i];
        prom_summary_observe(s, values[i]);
    }
    qsort(values, n, sizeof *values, compare);
    qsort(o, OBJECTIVES, sizeof *o, compare); /* as they are shown */
    read(got);
    for (size_t i = 0; i < OBJECTIVES; i++)
        if (!CHECK(holds(values, n, o[i], accuracy, got[i])))
            fprintf(stderr,
                    "    %s, %zu values, accuracy %g: quantile %g +- %g is %g, not %g\n",
                    distributions[which].name, n, accuracy, o[i].quantile, o[i].error,
                    exact(values, n, o[i].quantile), got[i]);
    CHECK_DBL(got[OBJECTIVES], sum);
    CHECK_DBL(got[OBJECTIVES + 1], (double)n);
    drop(s);
}

static void test_summary_keeps_its_contract(void)
{
    static const size_t sizes[] = { 1, 2, 3, 10, 999, MOST };
    uint64_t state = 2024;
    for (size_t which = 0; which < sizeof distributions / sizeof *distributions; which++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (int round = 0; round < (sizes[i] < MOST ? 10 : 1); round++)
                check_contract(which, sizes[i], &state);
}

static void test_summary_of_extremes(void)
{
    static const double ordered[] = { -INFINITY, -DBL_MAX, -1,      -DBL_MIN, -5e-324,
                                      0,         5e-324,   DBL_MIN, DBL_MAX,  INFINITY };
    prom_objective o[11];
    double got[12];
    for (int i = 0; i < 10; i++)
        o[i] = (prom_objective){ (i + 0.5) / 10, 0 };
    o[10] = (prom_objective){ -1, 0 };
    prom_summary *s = make(PROM_OPTS(.name = "s", .help = "", .objectives = o));
    for (int i = 0; i < 10; i++)
        prom_summary_observe(s, ordered[(i * 7) % 10]);
    prom_summary_observe(s, -0.0);
    prom_summary_observe(s, -0.0);
    read(got);
    CHECK_DBL(got[0], -INFINITY);
    CHECK_DBL(got[9], INFINITY);
    for (int i = 1; i < 9; i++)
        CHECK(got[i] >= got[i - 1]);
    CHECK(fabs(got[1] + DBL_MAX) <= 0.01 * DBL_MAX);
    CHECK(isnan(got[10])); /* the sum */
    CHECK_DBL(got[11], 12);
    drop(s);
}

/* --- the window -------------------------------------------------------------------- */

enum { SUB_SECONDS = 10 };

static void pass(double seconds)
{
    prom__clock_shift += (uint64_t)(seconds * 1e9);
}

/* To just behind the beginning of a sub-window, so that the test's own time does not matter. */
static void align(void)
{
    uint64_t sub = SUB_SECONDS * 1000000000ull;
    prom__clock_shift += sub - prom__clock_coarse() % sub + 1000000;
}

static void check_window(double least, double greatest, double sum, double count)
{
    double got[4];
    read(got);
    CHECK_DBL(got[0], least);
    CHECK_DBL(got[1], greatest);
    CHECK_DBL(got[2], sum);
    CHECK_DBL(got[3], count);
}

/* Infinities and zero are shown as they are, and so tell which observations are in. */
static void test_summary_forgets_in_steps(void)
{
    prom_summary *s = make(PROM_OPTS(.name = "s", .help = "", .max_age = 5 * SUB_SECONDS,
                                     .objectives = PROM_OBJECTIVES({ 0, 0 }, { 1, 0 })));
    const double nan = (double)NAN;
    align();
    check_window(nan, nan, 0, 0);
    prom_summary_observe(s, -INFINITY);
    check_window(-INFINITY, -INFINITY, -INFINITY, 1);
    pass(SUB_SECONDS - 0.5); /* still the same sub-window */
    prom_summary_observe(s, -INFINITY);
    pass(SUB_SECONDS);
    prom_summary_observe(s, 0);
    check_window(-INFINITY, 0, -INFINITY, 3);
    pass(3 * SUB_SECONDS); /* the fifth: all are there */
    check_window(-INFINITY, 0, -INFINITY, 3);
    pass(SUB_SECONDS); /* the two oldest leave together */
    check_window(0, 0, -INFINITY, 3);
    prom_summary_observe(s, 0); /* into the cell of those that left */
    pass(SUB_SECONDS);
    check_window(0, 0, -INFINITY, 4);
    pass(3 * SUB_SECONDS);
    check_window(0, 0, -INFINITY, 4);
    pass(SUB_SECONDS);
    check_window(nan, nan, -INFINITY, 4);
    pass(1000000);
    check_window(nan, nan, -INFINITY, 4);
    prom_summary_observe(s, 0);
    check_window(0, 0, -INFINITY, 5);
    prom__clock_shift = 0;
    drop(s);
}

static void test_summary_window_of_one_part_and_of_many(void)
{
    static const unsigned parts[] = { 1, 2, 64 };
    for (int i = 0; i < 3; i++) {
        prom_summary *s =
            make(PROM_OPTS(.name = "s", .help = "", .max_age = (double)parts[i] * SUB_SECONDS,
                           .age_buckets = parts[i],
                           .objectives = PROM_OBJECTIVES({ 0, 0 }, { 1, 0 })));
        align();
        for (unsigned k = 0; k < parts[i]; k++) {
            prom_summary_observe(s, k ? 0 : INFINITY);
            check_window(k ? 0 : INFINITY, INFINITY, INFINITY, k + 1);
            pass(SUB_SECONDS);
        }
        double v = parts[i] > 1 ? 0 : (double)NAN;
        check_window(v, v, INFINITY, parts[i]);
        prom__clock_shift = 0;
        drop(s);
    }
}

/* A long life with the clock going on: only the last five sub-windows count. */
static void test_summary_contract_holds_in_a_moving_window(void)
{
    enum { EACH = 200, WINDOW = 5 * EACH };
    static double values[EACH * 60];
    prom_objective o[] = { { 0.1, 0 }, { 0.5, 0.01 }, { 0.9, 0 }, { -1, 0 } };
    prom_summary *s =
        make(PROM_OPTS(.name = "s", .help = "", .max_age = 5 * SUB_SECONDS, .objectives = o));
    uint64_t state = 5;
    align();
    for (size_t step = 0; step < 60; step++) {
        for (size_t i = 0; i < EACH; i++) {
            double v = values[step * EACH + i] = log_normal(&state) * (double)(step + 1);
            prom_summary_observe(s, v);
        }
        double sorted[WINDOW], got[5];
        size_t n = step < 5 ? (step + 1) * EACH : WINDOW;
        memcpy(sorted, values + (step + 1) * EACH - n, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, compare);
        read(got);
        for (int i = 0; i < 3; i++)
            CHECK(holds(sorted, n, o[i], 0.01, got[i]));
        CHECK_DBL(got[4], (double)((step + 1) * EACH));
        pass(SUB_SECONDS);
    }
    prom__clock_shift = 0;
    drop(s);
}

/* --- NaN, errno, threads -------------------------------------------------------------- */

static void test_summary_of_nan(void)
{
    double got[3];
    uint64_t before = prom__dropped_observations;
    prom_summary *s =
        make(PROM_OPTS(.name = "s", .help = "", .objectives = PROM_OBJECTIVES({ .5, 0 })));
    prom_summary_observe(s, (double)NAN);
    read(got);
    CHECK(isnan(got[0]));
    CHECK_DBL(got[1], 0);
    CHECK_DBL(got[2], 0);
    CHECK_INT(prom__dropped_observations - before, 1);
    drop(s);
    s = make(PROM_OPTS(.name = "s", .help = "", .objectives = PROM_OBJECTIVES({ .5, 0 }),
                       .nan = PROM_NAN_COUNT));
    prom_summary_observe(s, (double)NAN);
    prom_summary_observe(s, 0);
    read(got);
    CHECK_DBL(got[0], 0); /* of what can be ranked */
    CHECK(isnan(got[1]));
    CHECK_DBL(got[2], 2);
    CHECK_INT(prom__dropped_observations - before, 1);
    drop(s);
}

static void test_summary_leaves_errno_alone(void)
{
    prom_summary *s =
        make(PROM_OPTS(.name = "s", .help = "", .objectives = PROM_OBJECTIVES({ .5, 0 })));
    errno = 4711;
    for (int i = 0; i < 300; i++)
        prom_summary_observe(s, ldexp(1, i));
    CHECK_INT(errno, 4711);
    drop(s);
}

static void *observe_all(void *data)
{
    for (int round = 0; round < 20; round++)
        for (int k = 0; k < 200; k++)
            prom_summary_observe(data, k % 2 ? ldexp(1, k) : -ldexp(1, k));
    return NULL;
}

/* Four threads meet at every new page. */
static void test_summary_of_many_threads_loses_nothing(void)
{
    enum { N = 16000 };
    static double values[N];
    prom_objective o[] = {
        { 0.05, 0 }, { 0.3, 0 }, { 0.5, 0 }, { 0.77, 0 }, { 1, 0 }, { -1, 0 }
    };
    double got[7];
    pthread_t t[4];
    uint64_t before = prom__dropped_observations;
    prom_summary *s = make(PROM_OPTS(.name = "s", .help = "", .objectives = o));
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], NULL, observe_all, s) == 0);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    for (int i = 0; i < N; i++)
        values[i] = i % 2 ? ldexp(1, i % 200) : -ldexp(1, i % 200);
    qsort(values, N, sizeof *values, compare);
    read(got);
    for (int i = 0; i < 5; i++)
        CHECK(holds(values, N, o[i], 0.01, got[i]));
    CHECK_DBL(got[6], N);
    CHECK_INT(prom__dropped_observations - before, 0);
    drop(s);
}

static void test_summary_observes_several_at_once(void)
{
    static const double values[] = { 10, (double)NAN, 10, -5 };
    prom_summary *s =
        make(PROM_OPTS(.name = "s", .help = "",
                       .objectives = PROM_OBJECTIVES({ 0, 0 }, { .5, 0 }, { .99, 0 })));
    uint64_t before = prom__dropped_observations;
    double got[5];
    prom_summary_observe_n(s, 1, 0);
    prom_summary_observe_n(NULL, 1, 1);
    prom_summary_observe_many(NULL, values, 4);
    prom_summary_observe_many(s, NULL, 0);
    read(got);
    CHECK_DBL(got[4], 0);
    prom_summary_observe_n(s, 1, 100);
    prom_summary_observe_many(s, values, 4);
    prom_summary_observe_n(s, (double)NAN, 6);
    read(got);
    CHECK(fabs(got[0] / -5 - 1) <= 0.01 && fabs(got[1] - 1) <= 0.01);
    CHECK(fabs(got[2] / 10 - 1) <= 0.01);
    CHECK_DBL(got[3], 115);
    CHECK_DBL(got[4], 103);
    CHECK_INT(prom__dropped_observations - before, 7);
    /* More than a cell of the window holds: the window stays full, and its epoch whole. */
    prom_summary_observe_n(s, 1, UINT64_C(1) << 50);
    prom_summary_observe_n(s, 1, UINT64_C(1) << 50);
    read(got);
    CHECK(fabs(got[1] - 1) <= 0.01);
    CHECK_DBL(got[4], 0x1p51 + 103);
    drop(s);
}

TESTS(ROW(test_summary_of_sum_and_count), ROW(test_summary_is_exposed_with_quantiles),
      ROW(test_summary_keeps_its_contract), ROW(test_summary_of_extremes),
      ROW(test_summary_forgets_in_steps), ROW(test_summary_window_of_one_part_and_of_many),
      ROW(test_summary_contract_holds_in_a_moving_window), ROW(test_summary_of_nan),
      ROW(test_summary_observes_several_at_once), ROW(test_summary_leaves_errno_alone),
      ROW(test_summary_of_many_threads_loses_nothing))
