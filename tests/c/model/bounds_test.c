// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "model/bounds.h"

static prom_err make(const prom_opts *o, prom__desc **out)
{
    *out = NULL;
    return prom__desc_new(PROM_GAUGE, o, false, out);
}

#define LABELLED .name = "g", .help = "", .labels = PROM_LABELS("a")

static void test_bounds_are_completed(void)
{
    prom__desc *d;
    char other[] = "rest";
    CHECK_OK(make(PROM_OPTS(LABELLED), &d));
    CHECK_INT(d->opts.max_series, 0);
    CHECK_DBL(d->opts.ttl, 0);
    CHECK_STR(d->opts.overflow, "other");
    prom_unref(d);
    CHECK_OK(make(PROM_OPTS(LABELLED, .max_series = 7, .overflow = other, .ttl = 0.5), &d));
    other[0] = 'X';
    CHECK_INT(d->opts.max_series, 7);
    CHECK_DBL(d->opts.ttl, 0.5);
    CHECK_STR(d->opts.overflow, "rest");
    prom_unref(d);
    /* without labels there is nothing to bound */
    CHECK_OK(make(PROM_OPTS(.name = "g", .help = "", .max_series = 7, .ttl = 1), &d));
    CHECK_INT(d->opts.max_series, 0);
    CHECK_DBL(d->opts.ttl, 0);
    prom_unref(d);
}

static void test_bounds_refuse(void)
{
    prom__desc *d;
    CHECK_SAYS(make(PROM_OPTS(LABELLED, .ttl = -1), &d), PROM_E_INVAL,
               "'g': a ttl of -1 seconds is not finite and at least 0");
    CHECK_SAYS(make(PROM_OPTS(LABELLED, .ttl = (double)INFINITY), &d), PROM_E_INVAL,
               "'g': a ttl of +Inf seconds is not finite and at least 0");
    CHECK_SAYS(make(PROM_OPTS(LABELLED, .ttl = (double)NAN), &d), PROM_E_INVAL,
               "'g': a ttl of NaN seconds is not finite and at least 0");
    CHECK_SAYS(make(PROM_OPTS(LABELLED, .overflow = "\xc0"), &d), PROM_E_LABELS,
               "'g': the overflow value is not valid UTF-8");
    CHECK(!d);
}

static void test_bounds_are_compared(void)
{
    const prom_opts *others[] = {
        PROM_OPTS(LABELLED, .max_series = 3),
        PROM_OPTS(LABELLED, .ttl = 3),
        PROM_OPTS(LABELLED, .overflow = "rest"),
    };
    prom__desc *a, *b;
    bool apart;
    CHECK_OK(make(PROM_OPTS(LABELLED), &a));
    CHECK_OK(make(PROM_OPTS(LABELLED, .overflow = "other"), &b));
    CHECK_OK(prom__desc_compare(a, b, &apart));
    prom_unref(b);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        CHECK_OK(make(others[i], &b));
        CHECK_SAYS(prom__desc_compare(a, b, &apart), PROM_E_EXISTS,
                   "'g' is registered already with another max_series, overflow or ttl");
        prom_unref(b);
    }
    prom_unref(a);
}

TESTS(ROW(test_bounds_are_completed), ROW(test_bounds_refuse), ROW(test_bounds_are_compared))
