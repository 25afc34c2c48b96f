// SPDX-License-Identifier: Apache-2.0
/* nest_test.c - registries in registries. */
#include "counting.h"
#include "kit.h"

#include <prom/gather.h>

static prom_gauge *gauge(prom_registry *r, const char *name, double v)
{
    prom_gauge *g = NULL;
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = name, .help = ""), &g));
    prom_gauge_set(g, v);
    return g;
}

static void add_gauge(prom_registry *r, const char *name, double v)
{
    prom_unref(gauge(r, name, v));
}

static void check_errors(prom_registry *r, const char *want)
{
    char all[1000] = "";
    prom_snapshot *s;
    CHECK_OK(prom_gather(r, &s));
    for (size_t i = 0; prom_snapshot_error(s, i); i++)
        strcat(strcat(all, prom_snapshot_error(s, i)), "\n");
    CHECK_STR(all, want);
    prom_unref(s);
}

/* Builds one gauge of the name it is given. */
static prom_err collect(prom_builder *b, void *data)
{
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = data));
    return e ? e : prom_build_value(b, NULL, 7);
}

static prom_collector *collector(prom_registry *r, const char *name, const char *family,
                                 bool described)
{
    prom_collector_opts o = { .size = sizeof o,
                              .name = name,
                              .collect = collect,
                              .data = (void *)(uintptr_t)family,
                              .describe_by_collect = described };
    prom_collector *c;
    CHECK_OK(prom_collector_new(r, &o, &c));
    return c;
}

/* ------------------------------------------------------------------------ */

static void test_nest_shows_what_is_inside(void)
{
    prom_registry *a = kit_registry(PROM_ORDER_SORTED), *b = kit_registry(PROM_ORDER_SORTED),
                  *c = kit_registry(PROM_ORDER_SORTED);
    add_gauge(a, "m", 1), add_gauge(b, "a", 2), add_gauge(c, "z", 3);
    CHECK_OK(prom_registry_add(a, b));
    CHECK_OK(prom_registry_add(b, c));
    CHECK_TEXT(a, "# HELP a \n# TYPE a gauge\na 2\n# HELP m \n# TYPE m gauge\nm 1\n"
                  "# HELP z \n# TYPE z gauge\nz 3\n");
    add_gauge(c, "later", 4); /* an old roll of a's is no good */
    CHECK_HAS(a, "later 4\n");
    CHECK_OK(prom_registry_remove(b, c));
    CHECK_TEXT(a, "# HELP a \n# TYPE a gauge\na 2\n# HELP m \n# TYPE m gauge\nm 1\n");
    prom_registry_clear(b);
    CHECK_TEXT(a, "# HELP m \n# TYPE m gauge\nm 1\n");
    prom_unref(a), prom_unref(b);
    CHECK_TEXT(c,
               "# HELP later \n# TYPE later gauge\nlater 4\n# HELP z \n# TYPE z gauge\nz 3\n");
    prom_unref(c);
}

/* Trap 8 of client_golang: one in which there is nothing cannot be taken out. */
static void test_nest_removes_an_empty_one(void)
{
    prom_registry *a = kit_registry(PROM_ORDER_SORTED), *b = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_registry_add(a, b));
    CHECK_SAYS(prom_registry_add(a, b), PROM_E_EXISTS, "the registry is in this one already");
    CHECK_OK(prom_registry_remove(a, b));
    CHECK_SAYS(prom_registry_remove(a, b), PROM_E_NOENT, "the registry is not in this one");
    CHECK_OK(prom_registry_add(a, b));
    prom_unref(b);
    prom_registry_clear(a);
    prom_unref(a);
}

static void test_nest_refuses_cycles(void)
{
    prom_registry *a = kit_registry(PROM_ORDER_SORTED), *b = kit_registry(PROM_ORDER_SORTED),
                  *c = kit_registry(PROM_ORDER_SORTED);
    static const char self[] = "a registry cannot be in itself";
    CHECK_SAYS(prom_registry_add(a, a), PROM_E_INVAL, self);
    CHECK_OK(prom_registry_add(a, b));
    CHECK_SAYS(prom_registry_add(b, a), PROM_E_INVAL, self);
    CHECK_OK(prom_registry_add(b, c));
    CHECK_SAYS(prom_registry_add(c, a), PROM_E_INVAL, self);
    prom_registry *w, *of_c;
    CHECK_OK(prom_registry_wrap(a, PROM_WRAP_OPTS(.prefix = "p_"), &w));
    CHECK_SAYS(prom_registry_add(c, w), PROM_E_INVAL, self);
    CHECK_SAYS(prom_registry_add(a, w), PROM_E_INVAL, self);
    CHECK_SAYS(prom_registry_add(w, a), PROM_E_INVAL, self);
    CHECK_SAYS(prom_registry_add(w, w), PROM_E_INVAL, self);
    CHECK_OK(prom_registry_wrap(c, PROM_WRAP_OPTS(.prefix = "q_"), &of_c));
    CHECK_SAYS(prom_registry_add(of_c, w), PROM_E_INVAL, self);
    CHECK_OK(prom_registry_remove(a, b));
    CHECK_OK(prom_registry_add(c, a)); /* now it is well */
    CHECK_TEXT(b, "");
    prom_unref(w), prom_unref(of_c), prom_unref(a), prom_unref(b), prom_unref(c);
}

static void test_nest_refuses_clashing_names(void)
{
    prom_registry *a = kit_registry(PROM_ORDER_SORTED), *b = kit_registry(PROM_ORDER_SORTED);
    prom_gauge *g;
    prom_histogram *h;
    add_gauge(b, "fine", 1);
    g = gauge(b, "x_count", 1);
    CHECK_OK(prom_histogram_new(a, PROM_OPTS(.name = "x", .help = ""), &h));
    CHECK_SAYS(prom_registry_add(a, b), PROM_E_EXISTS,
               "'x_count' clashes with histogram 'x': both may be exposed as 'x_count'");
    CHECK_HAS_NOT(a, "fine");
    CHECK_OK(prom_registry_remove(b, g));
    CHECK_OK(prom_registry_add(a, b));
    /* What comes to the outer one later is refused as well. */
    prom_counter *c;
    CHECK_SAYS(prom_counter_new(a, PROM_OPTS(.name = "fine", .help = ""), &c), PROM_E_EXISTS,
               "'fine' clashes with gauge 'fine': both may be exposed as 'fine'");
    CHECK_SAYS(prom_registry_add(a, g), PROM_E_EXISTS,
               "'x_count' clashes with histogram 'x': both may be exposed as 'x_count'");
    prom_gauge *same = NULL;
    CHECK_SAYS(prom_gauge_new(a, PROM_OPTS(.name = "fine", .help = ""), &same), PROM_E_EXISTS,
               "'fine' is registered already");
    prom_unref(g), prom_unref(h), prom_unref(a), prom_unref(b);
}

/* Series may be told apart by constant labels, in whichever registry they are. */
static void test_nest_joins_families(void)
{
    prom_registry *a = kit_registry(PROM_ORDER_SORTED), *b = kit_registry(PROM_ORDER_SORTED);
    prom_gauge *x, *y, *z;
    CHECK_OK(prom_gauge_new(a,
                            PROM_OPTS(.name = "g", .help = "G.",
                                      .const_labels = PROM_CONST_LABELS({ "zone", "b" })),
                            &x));
    CHECK_OK(prom_gauge_new(b,
                            PROM_OPTS(.name = "g", .help = "G.",
                                      .const_labels = PROM_CONST_LABELS({ "zone", "a" })),
                            &y));
    CHECK_OK(prom_registry_add(a, b));
    CHECK_TEXT(a, "# HELP g G.\n# TYPE g gauge\ng{zone=\"a\"} 0\ng{zone=\"b\"} 0\n");
    CHECK_SAYS(prom_gauge_new(a,
                              PROM_OPTS(.name = "g", .help = "G.",
                                        .const_labels = PROM_CONST_LABELS({ "zone", "a" })),
                              &z),
               PROM_E_EXISTS, "'g' is registered already");
    check_errors(a, "");
    prom_unref(x), prom_unref(y), prom_unref(a), prom_unref(b);
}

/* What comes to an inner one later cannot be refused there, and is found in a gather. */
static void test_nest_notes_what_clashes_later(void)
{
    for (int created = 0; created < 2; created++) {
        prom_order order = created ? PROM_ORDER_CREATED : PROM_ORDER_SORTED;
        prom_registry *a = kit_registry(order), *b = kit_registry(order);
        prom_summary *s;
        CHECK_OK(prom_summary_new(a, PROM_OPTS(.name = "x", .help = ""), &s));
        CHECK_OK(prom_registry_add(a, b));
        prom_gauge *g = gauge(b, "x_sum", 1), *h = gauge(b, "fine", 2);
        prom_collector *c = collector(b, "disk", "x_count", true);
        check_errors(a, "metric 'x_sum': gauge 'x_sum' clashes with summary 'x'\n"
                        "collector 'disk': gauge 'x_count' clashes with summary 'x'\n");
        CHECK_HAS(a, "fine 2\n");
        CHECK_HAS_NOT(a, "gauge\nx_");
        CHECK_HAS(b, "x_sum 1\n");
        CHECK_OK(prom_registry_remove(a, s));
        check_errors(a, "");
        CHECK_HAS(a, "x_sum 1\n");
        CHECK_HAS(a, "x_count 7\n");
        prom_unref(c), prom_unref(g), prom_unref(h), prom_unref(s);
        prom_unref(a), prom_unref(b);
    }
}

static void test_nest_drops_series_that_are_there(void)
{
    for (int created = 0; created < 2; created++) {
        prom_order order = created ? PROM_ORDER_CREATED : PROM_ORDER_SORTED;
        prom_registry *a = kit_registry(order), *b = kit_registry(order);
        prom_vec *v[2];
        CHECK_OK(prom_registry_add(a, b));
        for (int i = 0; i < 2; i++) {
            prom_gauge *g;
            CHECK_OK(prom_vec_new(
                i ? a : b, PROM_GAUGE,
                PROM_OPTS(.name = "g", .help = "", .labels = PROM_LABELS("x")), &v[i]));
            for (int k = 0; k < 2; k++) {
                char value[2] = { (char)('1' + i + k), 0 };
                CHECK_OK(prom_gauge_with(v[i], PROM_VALUES(value), &g));
                prom_gauge_set(g, i);
                prom_unref(g);
            }
            if (i == 0)
                CHECK_OK(prom_registry_remove(a, b)); /* else it would be refused */
        }
        CHECK_SAYS(prom_registry_add(a, b), PROM_E_EXISTS, "'g' is registered already");
        CHECK_OK(prom_registry_remove(b, v[0]));
        CHECK_OK(prom_registry_add(a, b));
        CHECK_OK(prom_registry_add(b, v[0]));
        check_errors(a, "inner registry: family 'g': 1 series dropped: {x=\"2\"} is there "
                        "already\n");
        CHECK_TEXT(a, created ? "# HELP g \n# TYPE g gauge\ng{x=\"2\"} 1\ng{x=\"3\"} 1\n"
                                "g{x=\"1\"} 0\n"
                              : "# HELP g \n# TYPE g gauge\ng{x=\"1\"} 0\ng{x=\"2\"} 1\n"
                                "g{x=\"3\"} 1\n");
        prom_unref(v[0]), prom_unref(v[1]), prom_unref(a), prom_unref(b);
    }
}

static void test_nest_in_the_order_of_the_outer(void)
{
    for (int created = 0; created < 2; created++) {
        prom_registry *a = kit_registry(created ? PROM_ORDER_CREATED : PROM_ORDER_SORTED),
                      *b = kit_registry(created ? PROM_ORDER_SORTED : PROM_ORDER_CREATED);
        add_gauge(a, "c", 1);
        CHECK_OK(prom_registry_add(a, b));
        add_gauge(b, "d", 1), add_gauge(b, "b", 1);
        add_gauge(a, "a", 1);
        char *text = kit_text(a);
        char names[16] = "";
        for (char *p = text; (p = strstr(p, "TYPE ")); p++)
            strncat(names, p + 5, 1);
        CHECK_STR(names, created ? "cdba" : "abcd");
        free(text);
        prom_unref(a), prom_unref(b);
    }
}

static void test_nest_lets_go(void)
{
    size_t live = counting_live;
    prom_registry *a = kit_registry(PROM_ORDER_SORTED), *b = kit_registry(PROM_ORDER_SORTED);
    prom_gauge *g = gauge(b, "g", 1);
    CHECK_OK(prom_registry_add(a, b));
    CHECK_HAS(a, "g 1\n");
    prom_registry *also_b = b;
    prom_unref(b); /* a has it */
    prom_gauge_set(g, 2);
    CHECK_HAS(a, "g 2\n");
    CHECK_OK(prom_registry_remove(a, also_b));
    CHECK_TEXT(a, "");
    prom_unref(g), prom_unref(a);
    CHECK_INT(counting_live, live);
}

static bool is_freed;

static void free_it(void *data)
{
    (void)data;
    is_freed = true;
}

/* What is taken out of an inner one is let go, though an outer one has gathered it. */
static void test_nest_frees_what_is_removed_inside(void)
{
    prom_registry *a = kit_registry(PROM_ORDER_SORTED), *b = kit_registry(PROM_ORDER_SORTED),
                  *w;
    CHECK_OK(prom_registry_add(a, b));
    CHECK_OK(prom_registry_wrap(b, NULL, &w));
    prom_collector_opts o = {
        .size = sizeof o, .name = "c", .collect = collect, .data = "x", .free_data = free_it
    };
    prom_collector *c;
    CHECK_OK(prom_collector_new(w, &o, &c));
    CHECK_HAS(a, "x 7\n");
    CHECK_HAS(w, "x 7\n");
    CHECK_OK(prom_registry_remove(b, c));
    CHECK(!is_freed);
    prom_unref(c);
    CHECK(is_freed);
    CHECK_TEXT(w, "");
    prom_unref(a), prom_unref(b), prom_unref(w);
}

static prom_err count(prom_builder *b, void *data)
{
    (void)b;
    ++*(int *)data;
    return PROM_OK;
}

static void test_nest_polls_inner_ones(void)
{
    prom_registry *a = kit_registry(PROM_ORDER_SORTED), *b = kit_registry(PROM_ORDER_SORTED);
    int n = 0;
    prom_collector_opts o = {
        .size = sizeof o, .name = "c", .collect = count, .data = &n, .bound = true
    };
    prom_collector *c;
    CHECK_OK(prom_collector_new(b, &o, &c));
    CHECK_OK(prom_registry_add(a, b));
    CHECK_OK(prom_poll(a));
    CHECK_INT(n, 1);
    prom_unref(c), prom_unref(a), prom_unref(b);
}

/* A gather of many inner families allocates no more than one of its own. */
static void test_nest_costs_nothing_more(void)
{
    prom_registry *a = kit_registry(PROM_ORDER_SORTED), *b = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_registry_add(a, b));
    for (int i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof name, "g%d", i);
        add_gauge(b, name, i);
    }
    size_t calls = 1;
    for (int i = 0; i < 4; i++) {
        prom_snapshot *s;
        calls = counting_calls;
        CHECK_OK(prom_gather(a, &s));
        CHECK_INT(prom_snapshot_size(s), 300);
        prom_unref(s);
        calls = counting_calls - calls;
    }
    CHECK_INT(calls, 0);
    prom_unref(a), prom_unref(b);
}

TESTS_COUNTING(ROW(test_nest_shows_what_is_inside), ROW(test_nest_removes_an_empty_one),
               ROW(test_nest_refuses_cycles), ROW(test_nest_refuses_clashing_names),
               ROW(test_nest_joins_families), ROW(test_nest_notes_what_clashes_later),
               ROW(test_nest_drops_series_that_are_there),
               ROW(test_nest_in_the_order_of_the_outer), ROW(test_nest_lets_go),
               ROW(test_nest_frees_what_is_removed_inside), ROW(test_nest_polls_inner_ones),
               ROW(test_nest_costs_nothing_more))
