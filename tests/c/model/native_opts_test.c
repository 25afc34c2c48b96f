// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "model/native_opts.h"

static void test_native_opts_defaults(void)
{
    prom_opts o = { .native_factor = 1.1 };
    prom__native_form f;
    CHECK_OK(prom__native_take("h", &o, &f));
    CHECK(f.on);
    CHECK_INT(f.steps, 5);
    CHECK_DBL(f.zero_threshold, 0x1p-128);
    CHECK_DBL(f.max_zero_threshold, 0);
    CHECK_INT(f.max_buckets, 160);
    CHECK_INT(f.min_reset_ns, 0);
    CHECK_DBL(o.native_zero_threshold, 2.938735877055719e-39);
    CHECK_INT(o.native_max_buckets, 160);
    CHECK_INT(o.native_max_exemplars, 10);
    CHECK_DBL(o.native_exemplar_ttl, 300);
}

/* What was completed, given again, means the same: so families can be copied. */
static void test_native_opts_may_be_given_again(void)
{
    prom_opts o = { .native_factor = 1e9,
                    .native_zero_threshold = -2,
                    .native_max_buckets = PROM_NO_LIMIT,
                    .native_min_reset = 1.5,
                    .native_max_zero_threshold = 1e-300,
                    .native_max_exemplars = -3,
                    .native_exemplar_ttl = -0.5 };
    for (int i = 0; i < 2; i++) {
        prom__native_form f;
        prom_opts before = o;
        CHECK_OK(prom__native_take("h", &o, &f));
        CHECK_INT(f.steps, 12);
        CHECK_DBL(f.zero_threshold, 0);
        CHECK_DBL(f.max_zero_threshold, 1e-300);
        CHECK(f.max_buckets == UINT64_MAX);
        CHECK_INT(f.min_reset_ns, 1500000000);
        CHECK_DBL(o.native_zero_threshold, -1);
        CHECK_INT(o.native_max_exemplars, -1);
        CHECK_DBL(o.native_exemplar_ttl, -1);
        CHECK_INT(prom__native_same(&before, &o), i == 1);
    }
}

static void test_native_opts_without_a_factor(void)
{
    static const double factors[] = { 0, -0.0, 0.5, 1 };
    for (size_t i = 0; i < 4; i++) {
        prom_opts o = { .native_factor = factors[i],
                        .native_zero_threshold = (double)NAN, /* nobody asks for it */
                        .native_max_buckets = 7,
                        .native_min_reset = -1,
                        .native_max_exemplars = 3 };
        const prom_opts none = { .size = 0 };
        prom__native_form f = { .on = true };
        CHECK_OK(prom__native_take("h", &o, &f));
        CHECK(!f.on);
        CHECK(prom__native_same(&o, &none));
        CHECK_DBL(o.native_zero_threshold, 0);
    }
}

static void test_native_opts_refuses(void)
{
    static const struct {
        prom_opts o;
        const char *sentence;
    } rows[] = {
        { { .native_factor = -1 }, "'h': native_factor -1 is negative" },
        { { .native_factor = INFINITY }, "'h': native_factor +Inf is not finite" },
        { { .native_factor = 2, .native_zero_threshold = INFINITY },
          "'h': native_zero_threshold +Inf is not finite" },
        { { .native_factor = 2, .native_min_reset = -1 },
          "'h': native_min_reset -1 is not between 0 and 1e+09" },
        { { .native_factor = 2, .native_min_reset = 1e10 },
          "'h': native_min_reset 1e+10 is not between 0 and 1e+09" },
        { { .native_factor = 2, .native_max_zero_threshold = -0.25 },
          "'h': native_max_zero_threshold -0.25 is negative" },
        { { .native_factor = 2, .native_max_zero_threshold = INFINITY },
          "'h': native_max_zero_threshold +Inf is not finite" },
        { { .native_factor = 2, .native_max_exemplars = 10001 },
          "'h': native_max_exemplars 10001 is more than 10000" },
        { { .native_factor = 2, .native_exemplar_ttl = -2e9 },
          "'h': native_exemplar_ttl -2e+09 is not between -1e+09 and 1e+09" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        prom_opts o = rows[i].o;
        prom__native_form f;
        CHECK_SAYS(prom__native_take("h", &o, &f), PROM_E_INVAL, rows[i].sentence);
        CHECK(!f.on);
    }
}

static void test_native_opts_refuses_not_a_number(void)
{
    const double nan = (double)NAN;
    const prom_opts rows[] = { { .native_factor = nan },
                               { .native_factor = 2, .native_zero_threshold = nan },
                               { .native_factor = 2, .native_min_reset = nan },
                               { .native_factor = 2, .native_max_zero_threshold = nan },
                               { .native_factor = 2, .native_exemplar_ttl = nan } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        prom_opts o = rows[i];
        prom__native_form f;
        CHECK_ERR(prom__native_take("h", &o, &f), PROM_E_INVAL);
    }
}

static void test_native_opts_compare(void)
{
    const prom_opts a = { .native_factor = 1.1 };
    prom_opts b[] = { a, a, a, a, a, a, a };
    b[0].native_factor = 1.2;
    b[1].native_zero_threshold = 1;
    b[2].native_max_buckets = 1;
    b[3].native_min_reset = 1;
    b[4].native_max_zero_threshold = 1;
    b[5].native_max_exemplars = 1;
    b[6].native_exemplar_ttl = 1;
    CHECK(prom__native_same(&a, &a));
    for (size_t i = 0; i < 7; i++)
        CHECK(!prom__native_same(&a, &b[i]) && !prom__native_same(&b[i], &a));
}

TESTS(ROW(test_native_opts_defaults), ROW(test_native_opts_may_be_given_again),
      ROW(test_native_opts_without_a_factor), ROW(test_native_opts_refuses),
      ROW(test_native_opts_refuses_not_a_number), ROW(test_native_opts_compare))
