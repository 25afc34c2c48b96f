// SPDX-License-Identifier: Apache-2.0
/* check_nth_test.c - parsing, linting and the helpers for tests, with the n-th allocation
 * failing: see nth.h. */
#include "nth.h"

#include <prom/lint.h>
#include <prom/parse.h>
#include <prom/testing.h>

static const char mixed[] = "# HELP a h\\\\\n# TYPE a counter\na{x=\"\\\"\",y=\"2\"} 1 5\n"
                            "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_count 1\n"
                            "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 2\n"
                            "{\"b.c\",\"d e\"=\"f\"} 1\n";

/* So many families and metrics, labels and buckets that tables and arrays grow. */
static const char *many_text(void)
{
    static char text[40000];
    char *at = text;
    if (*text)
        return text;
    for (int i = 0; i < 200; i++)
        at += sprintf(at, "a%d 1\nb{x=\"%d\"} 1\n", i, i);
    at += sprintf(at, "# TYPE h histogram\n");
    for (int i = 100; i > 0; i--)
        at += sprintf(at, "h_bucket{le=\"%d\"} %d\n", i, i);
    at += sprintf(at, "h_count 100\nc{");
    for (int i = 0; i < 50; i++)
        at += sprintf(at, "l%d=\"\",", i);
    sprintf(at, "} 1\n");
    return text;
}

static prom_err parse(world *w, const char *text)
{
    OUT(prom_snapshot);
    prom_err e = prom_parse_text(text, strlen(text), &out);
    w->out = out;
    return e;
}

static prom_err parse_mixed(world *w)
{
    return parse(w, mixed);
}

static prom_err parse_many(world *w)
{
    return parse(w, many_text());
}

static prom_err pass_over(void *data, const prom_lint_problem *p)
{
    (void)data, (void)p;
    return PROM_OK;
}

static prom_err lint_text(world *w)
{
    (void)w;
    return prom_lint_text(mixed, strlen(mixed), NULL, 0, pass_over, NULL);
}

static prom_err lint_many(world *w)
{
    (void)w;
    return prom_lint_text(many_text(), strlen(many_text()), NULL, 0, pass_over, NULL);
}

static prom_err test_value(world *w)
{
    double v = -1;
    prom_err e = prom_test_value(w->hits, &v);
    CHECK_DBL(v, e ? -1 : 1);
    return e;
}

static prom_err test_value_of_vec(world *w)
{
    double v = -1;
    prom_err e = prom_test_value(w->level, &v);
    CHECK_DBL(v, e ? -1 : 0);
    return e;
}

static void prepare_one(world *w)
{
    prom_gauge *g = NULL;
    CHECK_OK(prom_gauge_with(w->level, PROM_VALUES("x"), &g));
    prom_unref(g);
}

static prom_err test_count(world *w)
{
    size_t n = 77;
    prom_err e = prom_test_count(w->requests, NULL, &n);
    CHECK_INT(n, e ? 77 : 2);
    return e;
}

static prom_err compare_same(world *w)
{
    char *difference = (char *)w;
    prom_err e = prom_test_compare(w->hits,
                                   "# HELP hits_total Hits.\n# TYPE hits_total counter\n"
                                   "hits_total 1\n",
                                   NULL, &difference);
    CHECK_STR(difference, NULL);
    return e;
}

static prom_err compare_different(world *w)
{
    char *difference = (char *)w;
    prom_err e = prom_test_compare(w->size, mixed, NULL, &difference);
    CHECK((difference != NULL) == (e == PROM_E_DIFFERS));
    prom_free(difference);
    return e == PROM_E_DIFFERS ? PROM_OK : e;
}

static prom_err build_native(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "native"));
    return e ? e
             : prom_build_native(b, NULL, 0, 1,
                                 PROM_NATIVE(.zero_threshold = 1, .zero_count = 1), NULL, 0);
}

static void prepare_native(world *w)
{
    prom_collector *c = NULL;
    prom_collector_opts o = { .size = sizeof o, .name = "native", .collect = build_native };
    CHECK_OK(prom_collector_new(w->r, &o, &c));
    w->prepared = c;
}

/* Where a collector fails the gather stands, so what has failed is told by the snapshot. */
static prom_err test_native(world *w)
{
    prom_err e = prom_test_native(w->r, "native", NULL, 0, 1,
                                  PROM_NATIVE(.zero_threshold = 1, .zero_count = 1));
    return e == PROM_E_CALLBACK ? prom_fail(PROM_E_NOMEM, "out of memory in a collector") : e;
}

static const row rows[] = {
    { .name = "parse_text", .call = parse_mixed, .params = 1 },
    { .name = "parse_text, much of it", .call = parse_many, .params = 1 },
    { .name = "lint_text", .call = lint_text, .params = 1 },
    { .name = "lint_text, much of it", .call = lint_many, .params = 1 },
    { .name = "test_value of a child", .call = test_value, .params = 1 },
    { .name = "test_value of a vec",
      .prepare = prepare_one,
      .call = test_value_of_vec,
      .params = 1 },
    { .name = "test_count", .call = test_count, .params = 1 },
    { .name = "test_compare, the same", .call = compare_same, .params = 1 },
    { .name = "test_compare, different", .call = compare_different, .params = 1 },
    { .name = "test_native", .prepare = prepare_native, .call = test_native, .params = 1 },
};

static void test_setting_the_allocator(void)
{
    CHECK_OK(prom_set_allocator(&failing_allocator));
    prom_unref(prom_ref(prom_registry_default()));
    world_free(world_new(0));
}

static void test_every_row(void)
{
    run_rows(rows, sizeof rows / sizeof *rows);
}

TESTS(ROW(test_setting_the_allocator), ROW(test_every_row))
