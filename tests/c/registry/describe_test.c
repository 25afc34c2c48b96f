// SPDX-License-Identifier: Apache-2.0
/* describe_test.c - collectors that say beforehand what they will build. */
#include "counting.h"
#include "kit.h"

#include <prom/model.h>

#include <pthread.h>

/* Families are built from a table of rows, and described from another. */
typedef struct row {
    prom_type type;
    const char *name, *help, *unit;
    const prom_label *constants;
} row;

typedef struct script {
    const row *described, *built;
    prom_err fail; /* when it is to describe itself */
    int describes, collects, freed;
} script;

static prom_err build_rows(prom_builder *b, const row *r, bool values)
{
    prom_err e = PROM_OK;
    for (; r && r->name && !e; r++) {
        prom_opts o = PROM_OPTS_INIT;
        o.name = r->name, o.help = r->help, o.unit = r->unit, o.const_labels = r->constants;
        e = prom_build_family(b, r->type, &o);
        if (!e && values && r->type == PROM_SUMMARY)
            e = prom_build_summary(b, NULL, 1, 1, NULL, 0);
        else if (!e && values)
            e = prom_build_value(b, NULL, 1);
    }
    return e;
}

static prom_err describe(prom_builder *b, void *data)
{
    script *s = data;
    s->describes++;
    prom_err e = build_rows(b, s->described, false);
    return !e && s->fail ? prom_fail(s->fail, "no such device") : e;
}

static prom_err collect(prom_builder *b, void *data)
{
    script *s = data;
    s->collects++;
    return build_rows(b, s->built, true);
}

static void count_freed(void *data)
{
    ((script *)data)->freed++;
}

static prom_collector_opts opts_of(const char *name, script *s)
{
    return (prom_collector_opts){ .size = sizeof(prom_collector_opts),
                                  .name = name,
                                  .collect = collect,
                                  .data = s,
                                  .free_data = count_freed,
                                  .describe = describe };
}

static prom_err add(prom_registry *r, const char *name, script *s, prom_collector **out)
{
    prom_collector_opts o = opts_of(name, s);
    return prom_collector_new(r, &o, out);
}

#define ROWS(...) ((const row[]){ __VA_ARGS__, { 0 } })

/* ------------------------------------------------------------------------ */

static void test_describe_takes_the_names(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    script s = { .described = ROWS({ .type = PROM_COUNTER, .name = "hits_total" },
                                   { .type = PROM_SUMMARY, .name = "took" }) };
    prom_collector *c;
    prom_gauge *g;
    CHECK_OK(add(r, "disk", &s, &c));
    CHECK_INT(s.describes, 1);
    CHECK_INT(s.collects, 0);
    CHECK_SAYS(prom_gauge_new(r, PROM_OPTS(.name = "took_count", .help = ""), &g),
               PROM_E_EXISTS,
               "'took_count' clashes with summary 'took': both may be exposed as 'took_count'");
    CHECK_SAYS(prom_gauge_new(r, PROM_OPTS(.name = "hits_total", .help = ""), &g),
               PROM_E_EXISTS, "'hits_total' is registered already as a counter, not a gauge");
    CHECK_SAYS(prom_gauge_new(r, PROM_OPTS(.name = "took", .help = ""), &g), PROM_E_EXISTS,
               "'took' is registered already as a summary, not a gauge");
    CHECK_OK(prom_registry_remove(r, c)); /* its names are free again */
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "took", .help = ""), &g));
    CHECK_SAYS(prom_registry_add(r, c), PROM_E_EXISTS,
               "'took' is registered already as a gauge, not a summary");
    CHECK_OK(prom_registry_remove(r, g));
    CHECK_OK(prom_registry_add(r, c));
    CHECK_INT(s.describes, 3); /* once for each registration */
    prom_unref(g), prom_unref(c), prom_unref(r);
    CHECK_INT(s.freed, 1);
}

/* All of its names or none. */
static void test_describe_takes_nothing_where_one_clashes(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    script s = { .described = ROWS({ .type = PROM_GAUGE, .name = "a" },
                                   { .type = PROM_GAUGE, .name = "b" }) };
    prom_collector *c;
    prom_counter *b;
    prom_gauge *a;
    CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "b", .help = ""), &b));
    CHECK_SAYS(add(r, "disk", &s, &c), PROM_E_EXISTS,
               "'b' clashes with counter 'b': both may be exposed as 'b'");
    CHECK(!c);
    CHECK_INT(s.freed, 0);
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "a", .help = ""), &a));
    CHECK_INT(s.collects, 0);
    prom_unref(a), prom_unref(b), prom_unref(r);
}

/* A description may clash with itself. */
static void test_describe_of_clashing_families(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    script s = { .described = ROWS({ .type = PROM_GAUGE, .name = "x_sum" },
                                   { .type = PROM_SUMMARY, .name = "x" }) };
    prom_collector *c;
    CHECK_SAYS(add(r, "disk", &s, &c), PROM_E_EXISTS,
               "'x' clashes with gauge 'x_sum': both may be exposed as 'x_sum'");
    s.described =
        ROWS({ .type = PROM_GAUGE, .name = "x" }, { .type = PROM_GAUGE, .name = "x" });
    CHECK_SAYS(add(r, "disk", &s, &c), PROM_E_EXISTS,
               "collector 'disk': family 'x' was built already");
    s.described = ROWS({ .type = PROM_GAUGE, .name = "x_sum" });
    CHECK_OK(add(r, "disk", &s, &c));
    prom_unref(c), prom_unref(r);
}

/* Two that are alike may build parts of one family, told apart by constant labels. */
static void test_describe_shares_a_family(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    const prom_label a[] = { { "zone", "a" }, { 0 } }, b[] = { { "zone", "b" }, { 0 } },
                     other[] = { { "region", "b" }, { 0 } };
    const row of_a[] = { { PROM_GAUGE, "x", "X.", "bytes", a }, { 0 } };
    const row of_b[] = { { PROM_GAUGE, "x", "X.", "bytes", b }, { 0 } };
    script one = { .described = of_a, .built = of_a },
           two = { .described = of_b, .built = of_b };
    prom_collector *c, *d, *none;
    CHECK_OK(add(r, "one", &one, &c));
    CHECK_OK(add(r, "two", &two, &d));
    CHECK_TEXT(r, "# HELP x X.\n# TYPE x gauge\nx{zone=\"a\"} 1\nx{zone=\"b\"} 1\n");
    script again = { .described = of_b };
    CHECK_SAYS(add(r, "again", &again, &none), PROM_E_EXISTS,
               "'x' is described already by collector 'two'");
    script labels = { .described = ROWS({ PROM_GAUGE, "x", "X.", "bytes", other }) };
    CHECK_SAYS(add(r, "labels", &labels, &none), PROM_E_EXISTS,
               "'x' is registered already with other labels");
    script help = { .described = ROWS({ PROM_GAUGE, "x", "Y.", "bytes", b }) };
    CHECK_SAYS(add(r, "help", &help, &none), PROM_E_EXISTS,
               "'x' is registered already with another help text");
    script unit = { .described = ROWS({ PROM_GAUGE, "x", NULL, "bits", b }) };
    CHECK_SAYS(add(r, "unit", &unit, &none), PROM_E_EXISTS,
               "'x' is registered already with another unit");
    /* The name stays taken until the last has gone. */
    prom_counter *n;
    CHECK_OK(prom_registry_remove(r, c));
    CHECK_ERR(prom_counter_new(r, PROM_OPTS(.name = "x", .help = ""), &n), PROM_E_EXISTS);
    CHECK_OK(prom_registry_remove(r, d));
    CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "x", .help = ""), &n));
    prom_unref(n), prom_unref(c), prom_unref(d), prom_unref(r);
}

static void test_describe_beside_a_metric(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    script s = { .described = ROWS({ .type = PROM_GAUGE, .name = "x" }) };
    prom_collector *c;
    prom_gauge *g;
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "x", .help = ""), &g));
    CHECK_SAYS(add(r, "disk", &s, &c), PROM_E_EXISTS, "'x' is registered already");
    CHECK_OK(prom_registry_remove(r, g));
    CHECK_OK(add(r, "disk", &s, &c));
    CHECK_SAYS(prom_registry_add(r, g), PROM_E_EXISTS,
               "'x' is described already by collector 'disk'");
    prom_unref(g), prom_unref(c), prom_unref(r);
}

static void test_describe_that_fails(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    script s = { .described = ROWS({ .type = PROM_GAUGE, .name = "x" }), .fail = PROM_E_IO };
    prom_collector *c = (prom_collector *)r;
    CHECK_SAYS(add(r, "disk", &s, &c), PROM_E_IO, "collector 'disk': no such device");
    CHECK(!c);
    CHECK_INT(s.freed, 0);
    CHECK_OK(add(NULL, "disk", &s, &c)); /* nobody asks */
    CHECK_INT(s.describes, 1);
    CHECK_ERR(prom_registry_add(r, c), PROM_E_IO);
    CHECK_TEXT(r, "");
    s.fail = PROM_OK;
    CHECK_OK(prom_registry_add(r, c));
    prom_unref(c), prom_unref(r);
}

/* Who describes nothing is as one who does not describe. */
static void test_describe_of_nothing(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    script s = { .built = ROWS({ .type = PROM_GAUGE, .name = "x" }) };
    prom_collector *c;
    prom_gauge *g;
    CHECK_OK(add(r, "disk", &s, &c));
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "x_y", .help = ""), &g));
    CHECK_TEXT(r, "# TYPE x gauge\nx 1\n# HELP x_y \n# TYPE x_y gauge\nx_y 0\n");
    prom_unref(g), prom_unref(c), prom_unref(r);
}

static void test_describe_by_collect(void)
{
    size_t live = counting_live;
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    script s = { .built = ROWS({ .type = PROM_GAUGE, .name = "x", .help = "X." }) };
    prom_collector_opts o = opts_of("disk", &s);
    o.describe = NULL;
    o.describe_by_collect = true;
    prom_collector *c;
    prom_histogram *h;
    CHECK_OK(prom_collector_new(r, &o, &c));
    CHECK_INT(s.collects, 1);
    CHECK_ERR(prom_histogram_new(r, PROM_OPTS(.name = "x", .help = ""), &h), PROM_E_EXISTS);
    CHECK_TEXT(r, "# HELP x X.\n# TYPE x gauge\nx 1\n");
    prom_unref(c), prom_unref(r);
    CHECK_INT(counting_live, live);
}

/* It may build what it did not describe, if that is free. */
static void test_describe_and_build_something_else(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    script s = { .described = ROWS({ .type = PROM_SUMMARY, .name = "x" }),
                 .built = ROWS({ .type = PROM_GAUGE, .name = "y" }) };
    prom_collector *c;
    prom_counter *n;
    CHECK_OK(add(r, "disk", &s, &c));
    CHECK_TEXT(r, "# TYPE y gauge\ny 1\n");
    CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "y", .help = ""), &n));
    prom_snapshot *snapshot;
    CHECK_OK(prom_gather(r, &snapshot));
    CHECK_STR(prom_snapshot_error(snapshot, 0),
              "collector 'disk': gauge 'y' clashes with counter 'y_total'");
    CHECK_INT(prom_snapshot_size(snapshot), 1);
    prom_unref(snapshot);
    prom_unref(n), prom_unref(c), prom_unref(r);
}

typedef struct elsewhere {
    prom_registry *r;
    prom_collector *c;
} elsewhere;

static void *add_elsewhere(void *data)
{
    elsewhere *x = data;
    CHECK_SAYS(prom_registry_add(x->r, x->c), PROM_E_INVAL,
               "collector 'disk' describes itself on its own thread only: register it there");
    return NULL;
}

static void test_describe_of_a_bound_one(void)
{
    elsewhere x = { .r = kit_registry(PROM_ORDER_SORTED) };
    script s = { .described = ROWS({ .type = PROM_GAUGE, .name = "x" }) };
    prom_collector_opts o = opts_of("disk", &s);
    pthread_t t;
    o.bound = true;
    CHECK_OK(prom_collector_new(NULL, &o, &x.c));
    CHECK(pthread_create(&t, NULL, add_elsewhere, &x) == 0);
    pthread_join(t, NULL);
    CHECK_INT(s.describes, 0);
    CHECK_OK(prom_registry_add(x.r, x.c));
    CHECK_INT(s.describes, 1);
    prom_unref(x.c), prom_unref(x.r);
}

/* It may do with the registry what it likes: no lock is held. */
static prom_err describe_and_register(prom_builder *b, void *data)
{
    prom_registry *r = data;
    prom_gauge *g;
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "made", .help = ""), &g));
    prom_unref(g);
    CHECK_TEXT(r, "# HELP made \n# TYPE made gauge\nmade 0\n");
    return prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "x"));
}

static prom_err collect_nothing(prom_builder *b, void *data)
{
    (void)b, (void)data;
    return PROM_OK;
}

static void test_describe_that_registers_and_gathers(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector_opts o = { .size = sizeof o,
                              .name = "busy",
                              .collect = collect_nothing,
                              .describe = describe_and_register,
                              .data = r };
    prom_collector *c;
    CHECK_OK(prom_collector_new(r, &o, &c));
    prom_unref(c), prom_unref(r);
}

/* Many names, so that the table grows in the middle of it. */
static void test_describe_of_many(void)
{
    enum { N = 500 };
    static char names[N][16];
    static row rows[N + 1];
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    script s = { .described = rows };
    prom_collector *c;
    prom_gauge *g;
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "m%d", i);
        rows[i] = (row){ .type = i % 2 ? PROM_SUMMARY : PROM_COUNTER, .name = names[i] };
    }
    CHECK_OK(add(r, "many", &s, &c));
    CHECK_ERR(prom_gauge_new(r, PROM_OPTS(.name = "m499_count", .help = ""), &g),
              PROM_E_EXISTS);
    CHECK_OK(prom_registry_remove(r, c));
    for (int i = 0; i < N; i++) {
        prom_histogram *h;
        CHECK_OK(prom_histogram_new(r, PROM_OPTS(.name = names[i], .help = ""), &h));
        prom_unref(h);
    }
    prom_unref(c), prom_unref(r);
}

TESTS_COUNTING(ROW(test_describe_takes_the_names),
               ROW(test_describe_takes_nothing_where_one_clashes),
               ROW(test_describe_of_clashing_families), ROW(test_describe_shares_a_family),
               ROW(test_describe_beside_a_metric), ROW(test_describe_that_fails),
               ROW(test_describe_of_nothing), ROW(test_describe_by_collect),
               ROW(test_describe_and_build_something_else), ROW(test_describe_of_a_bound_one),
               ROW(test_describe_that_registers_and_gathers), ROW(test_describe_of_many))
