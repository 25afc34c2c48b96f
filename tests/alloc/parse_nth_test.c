// SPDX-License-Identifier: Apache-2.0
/* parse_nth_test.c - the parsers of other formats than Prometheus text, with the n-th
 * allocation failing: see nth.h. */
#include "nth.h"

#include <prom/parse.h>

static const char every_type[] =
    "# TYPE c counter\n# UNIT c_s s\n# TYPE c_s counter\n# HELP c_s h\\\\\n"
    "c_s_total{x=\"\\\"\",y=\"2\"} 1 5 # {a=\"b\"} 1 2\nc_s_created{y=\"2\",x=\"\\\"\"} 1\n"
    "# TYPE h histogram\nh_bucket{le=\"1\"} 1 # {} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\n"
    "h_count 1\n# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 2\n"
    "# TYPE i info\ni_info{v=\"1\"} 1\n# TYPE st stateset\nst{st=\"on\"} 1\nst{st=\"off\"} 0\n"
    "# TYPE \"b.c\" gauge\n{\"b.c\",\"d e\"=\"f\"} 1\n# EOF\n";

/* So many families and metrics, labels and buckets that tables and arrays grow. */
static const char *many_text(void)
{
    static char text[40000];
    char *at = text;
    if (*text)
        return text;
    for (int i = 0; i < 100; i++)
        at += sprintf(at, "a%d 1\n", i);
    for (int i = 0; i < 100; i++)
        at += sprintf(at, "b{x=\"%d\"} 1\n", i);
    at += sprintf(at, "# TYPE h histogram\n");
    for (int i = 0; i < 50; i++)
        at += sprintf(at, "h_bucket{le=\"%d\"} %d # {} %d\n", i, i, i);
    at += sprintf(at, "h_bucket{le=\"+Inf\"} 50\n# TYPE s stateset\n");
    for (int i = 0; i < 50; i++)
        at += sprintf(at, "s{s=\"%d\"} 0\n", i);
    at += sprintf(at, "# TYPE q summary\n");
    for (int i = 0; i < 50; i++)
        at += sprintf(at, "q{quantile=\"0.%02d\"} 0\n", i);
    at += sprintf(at, "c{");
    for (int i = 0; i < 50; i++)
        at += sprintf(at, "%sl%d=\"\"", i ? "," : "", i);
    sprintf(at, "} 1\n# EOF\n");
    return text;
}

static prom_err parse_every_type(world *w)
{
    OUT(prom_snapshot);
    prom_err e = prom_parse_openmetrics(every_type, sizeof every_type - 1, &out);
    w->out = out;
    return e;
}

static prom_err parse_many(world *w)
{
    OUT(prom_snapshot);
    const char *text = many_text();
    prom_err e = prom_parse("application/openmetrics-text", text, strlen(text), &out);
    w->out = out;
    return e;
}

static const row rows[] = {
    { .name = "parse_openmetrics", .call = parse_every_type, .params = 1 },
    { .name = "parse, much of it", .call = parse_many, .params = 1 },
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
