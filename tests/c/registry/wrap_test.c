// SPDX-License-Identifier: Apache-2.0
#include "counting.h"
#include "kit.h"

#include <prom/gather.h>
#include <prom/vec.h>

static prom_registry *wrap(prom_registry *r, const char *prefix, const prom_label *labels)
{
    prom_registry *w = NULL;
    CHECK_OK(prom_registry_wrap(r, PROM_WRAP_OPTS(.prefix = prefix, .labels = labels), &w));
    return w;
}

static const prom_label zone[] = { { "zone", "a" }, { NULL, NULL } };

static prom_gauge *gauge(prom_registry *r, const char *name)
{
    prom_gauge *g = NULL;
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = name, .help = ""), &g));
    return g;
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

/* ------------------------------------------------------------------------ */

static void test_wrap_of_what_is_made_through_it(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED), *w = wrap(r, "app_", zone);
    prom_gauge *own = gauge(r, "own"), *g = gauge(w, "g");
    prom_counter *c;
    CHECK_OK(
        prom_counter_new(w,
                         PROM_OPTS(.name = "hits", .namespace_ = "http", .subsystem = "server",
                                   .help = "", .const_labels = PROM_CONST_LABELS({ "a", "1" })),
                         &c));
    static const char *through =
        "# HELP app_g \n# TYPE app_g gauge\napp_g{zone=\"a\"} 0\n"
        "# HELP app_http_server_hits_total \n# TYPE app_http_server_hits_total counter\n"
        "app_http_server_hits_total{a=\"1\",zone=\"a\"} 0\n";
    CHECK_TEXT(w, through);
    CHECK_HAS(r, through);
    CHECK_HAS(r, "own 0\n");
    prom_gauge *again;
    CHECK_SAYS(prom_gauge_new(w, PROM_OPTS(.name = "g", .help = "another"), &again),
               PROM_E_EXISTS, "'app_g' is registered already with another help text");
    again = gauge(w, "g"); /* a script that is loaded again */
    CHECK(again == g);
    prom_unref(again), prom_unref(own), prom_unref(g), prom_unref(c);
    prom_unref(w);
    CHECK_HAS(r, through);
    prom_unref(r);
}

static void test_wrap_of_a_wrap(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED), *a = wrap(r, "a_", zone),
                  *b = wrap(a, "b_", PROM_CONST_LABELS({ "rack", "1" })), *none;
    prom_gauge *g = gauge(b, "g"), *h = gauge(a, "h");
    CHECK_TEXT(b, "# HELP a_b_g \n# TYPE a_b_g gauge\na_b_g{rack=\"1\",zone=\"a\"} 0\n");
    CHECK_HAS(a, "a_b_g{rack=\"1\",zone=\"a\"} 0\n");
    CHECK_HAS(a, "a_h{zone=\"a\"} 0\n");
    CHECK_HAS_NOT(b, "a_h");
    CHECK_SAYS(prom_registry_wrap(a, PROM_WRAP_OPTS(.labels = zone), &none), PROM_E_LABELS,
               "the wrapped registry has label 'zone' already");
    CHECK(!none);
    CHECK_SAYS(prom_registry_remove(b, h), PROM_E_NOENT, "metric 'a_h' is not registered here");
    CHECK_OK(prom_registry_remove(a, g)); /* what was added through b was through a */
    CHECK_OK(prom_registry_remove(r, h));
    CHECK_TEXT(r, "");
    prom_unref(g), prom_unref(h), prom_unref(a), prom_unref(b), prom_unref(r);
}

static void test_wrap_refuses_what_is_wrong(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED), *w = r;
    CHECK_ERR(prom_registry_wrap(NULL, NULL, &w), PROM_E_INVAL);
    CHECK(!w);
    CHECK_ERR(prom_registry_wrap(r, PROM_WRAP_OPTS(.prefix = "\xff"), &w), PROM_E_NAME);
    CHECK_SAYS(prom_registry_wrap(r, &(prom_wrap_opts){ .prefix = "p" }, &w), PROM_E_INVAL,
               "prom_wrap_opts.size is not set: use PROM_WRAP_OPTS");
    CHECK_ERR(
        prom_registry_wrap(r, PROM_WRAP_OPTS(.labels = PROM_CONST_LABELS({ "__a", "" })), &w),
        PROM_E_NAME);
    CHECK_ERR(
        prom_registry_wrap(r, PROM_WRAP_OPTS(.labels = PROM_CONST_LABELS({ "a", NULL })), &w),
        PROM_E_LABELS);
    CHECK_ERR(
        prom_registry_wrap(r, PROM_WRAP_OPTS(.labels = PROM_CONST_LABELS({ "a", "\xff" })), &w),
        PROM_E_LABELS);
    CHECK_ERR(prom_registry_wrap(
                  r, PROM_WRAP_OPTS(.labels = PROM_CONST_LABELS({ "a", "" }, { "a", "" })), &w),
              PROM_E_NAME);
    CHECK(!w);
    w = wrap(r, NULL, zone);
    prom_vec *v;
    prom_gauge *g;
    CHECK_SAYS(prom_vec_new(w, PROM_GAUGE,
                            PROM_OPTS(.name = "g", .help = "", .labels = PROM_LABELS("zone")),
                            &v),
               PROM_E_LABELS, "'g' has label 'zone' already");
    CHECK_SAYS(prom_gauge_new(w, PROM_OPTS(.name = "g", .help = "", .const_labels = zone), &g),
               PROM_E_LABELS, "'g' has label 'zone' already");
    CHECK_SAYS(prom_gauge_new(w, PROM_OPTS(.help = ""), &g), PROM_E_NAME,
               "a metric needs a name");
    CHECK_OK(
        prom_gauge_new(NULL, PROM_OPTS(.name = "g", .help = "", .const_labels = zone), &g));
    CHECK_SAYS(prom_registry_add(w, g), PROM_E_LABELS, "'g' has label 'zone' already");
    CHECK_OK(prom_registry_add(r, g));
    prom_unref(g), prom_unref(w);
    w = wrap(r, NULL, PROM_CONST_LABELS({ "le", "1" }));
    prom_histogram *h;
    CHECK_ERR(prom_histogram_new(w, PROM_OPTS(.name = "h", .help = ""), &h), PROM_E_NAME);
    prom_unref(w), prom_unref(r);
}

/* What was made elsewhere is copied, its labels in their place. */
static void test_wrap_of_a_metric_made_elsewhere(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED), *w = wrap(r, "w_", zone);
    prom_vec *v, *found;
    prom_gauge *g;
    CHECK_OK(prom_vec_new(NULL, PROM_GAUGE,
                          PROM_OPTS(.name = "g", .help = "G.", .labels = PROM_LABELS("z", "b"),
                                    .const_labels = PROM_CONST_LABELS({ "c", "\"" })),
                          &v));
    CHECK_OK(prom_gauge_with(v, PROM_VALUES("x\n", "2"), &g));
    prom_gauge_set(g, 1);
    prom_unref(g);
    CHECK_OK(prom_gauge_with(v, PROM_VALUES("y", "1"), &g));
    prom_gauge_set(g, 2);
    prom_unref(g);
    CHECK_OK(prom_registry_add(w, v));
    CHECK_TEXT(r, "# HELP w_g G.\n# TYPE w_g gauge\n"
                  "w_g{b=\"1\",c=\"\\\"\",z=\"y\",zone=\"a\"} 2\n"
                  "w_g{b=\"2\",c=\"\\\"\",z=\"x\\n\",zone=\"a\"} 1\n");
    double value;
    prom_snapshot *s;
    CHECK_OK(prom_gather(w, &s));
    CHECK_OK(prom_snapshot_value(
        s, "w_g",
        PROM_CONST_LABELS({ "zone", "a" }, { "z", "x\n" }, { "c", "\"" }, { "b", "2" }),
        &value));
    CHECK_DBL(value, 1);
    prom_unref(s);
    CHECK_SAYS(prom_registry_add(w, v), PROM_E_EXISTS, "'w_g' is registered already");
    prom_gauge *n;
    CHECK_SAYS(prom_gauge_new(r, PROM_OPTS(.name = "w_g", .help = "G."), &n), PROM_E_EXISTS,
               "'w_g' is registered already with other labels");
    CHECK_OK(prom_registry_find(w, "g", &found));
    CHECK(found == v);
    prom_unref(found);
    CHECK_OK(prom_registry_find(r, "w_g", &found));
    prom_unref(found);
    CHECK_OK(prom_registry_add(r, v)); /* also as it is */
    CHECK_HAS(r, "\ng{b=\"1\",c=\"\\\"\",z=\"y\"} 2\n");
    CHECK_OK(prom_registry_remove(w, v));
    CHECK_HAS_NOT(r, "w_g");
    CHECK_HAS(r, "\ng{");
    prom_unref(v), prom_unref(w), prom_unref(r);
}

static void test_wrap_of_every_type(void)
{
    static const prom_type types[] = { PROM_COUNTER, PROM_GAUGE, PROM_HISTOGRAM, PROM_SUMMARY,
                                       PROM_UNKNOWN, PROM_INFO,  PROM_STATESET };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        prom_registry *r = kit_registry(PROM_ORDER_SORTED), *w = wrap(r, "w_", zone);
        prom_vec *made, *foreign;
        prom_opts o = PROM_OPTS_INIT;
        o.name = "m", o.help = "", o.states = PROM_VALUES("on", "off");
        CHECK_OK(prom_vec_new(w, types[i], &o, &made));
        char *want = kit_text(r);
        CHECK_OK(prom_registry_remove(w, made));
        CHECK_OK(prom_vec_new(NULL, types[i], &o, &foreign));
        CHECK_OK(prom_registry_add(w, foreign));
        CHECK_TEXT(r, want);
        CHECK(strstr(want, "zone=\"a\""));
        CHECK_OK(prom_registry_remove(w, foreign));
        CHECK_OK(prom_registry_add(w, made)); /* it has the prefix already */
        CHECK_TEXT(r, want);
        free(want);
        prom_unref(made), prom_unref(foreign);
        prom_unref(w), prom_unref(r);
    }
}

/* --- collectors and registries
 * ---------------------------------------------------------------- */

static prom_err collect(prom_builder *b, void *data)
{
    prom_label_str zoned = { { "zone", 4 }, { "c", 1 } }, other = { { "x", 1 }, { "c", 1 } };
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "g", .help = "G."));
    if (!e)
        e = prom_build_value(b, NULL, 1);
    if (!e)
        e = prom_build_labels(b, data ? &zoned : &other, 1);
    return e ? e : prom_build_value(b, NULL, 2);
}

static prom_collector *collector(prom_registry *r, bool zoned, bool described, bool bound)
{
    prom_collector_opts o = { .size = sizeof o,
                              .name = "disk",
                              .collect = collect,
                              .data = zoned ? &zoned : NULL,
                              .bound = bound,
                              .describe_by_collect = described };
    prom_collector *c;
    CHECK_OK(prom_collector_new(r, &o, &c));
    return c;
}

static void test_wrap_of_collectors(void)
{
    for (int i = 0; i < 4; i++) {
        bool described = i & 1, bound = i & 2;
        prom_registry *r = kit_registry(PROM_ORDER_SORTED), *w = wrap(r, "w_", zone);
        prom_collector *c = collector(w, false, described, bound);
        CHECK_TEXT(r, "# HELP w_g G.\n# TYPE w_g gauge\nw_g{zone=\"a\"} 1\n"
                      "w_g{x=\"c\",zone=\"a\"} 2\n");
        CHECK_OK(prom_registry_add(r, c));
        CHECK_HAS(r, "\ng{x=\"c\"} 2\n");
        CHECK_HAS_NOT(w, "\ng{x=\"c\"} 2\n");
        prom_registry_clear(w);
        CHECK_TEXT(w, "");
        CHECK_TEXT(r, "# HELP g G.\n# TYPE g gauge\ng 1\ng{x=\"c\"} 2\n");
        prom_unref(c), prom_unref(w), prom_unref(r);
    }
}

static void test_wrap_notes_a_label_that_is_there(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED), *w = wrap(r, "w_", zone);
    prom_collector *c = collector(w, true, false, false);
    prom_gauge *g = gauge(r, "fine");
    check_errors(r, "collector 'disk': 'w_g' has label 'zone' already\n");
    CHECK_TEXT(r, "# HELP fine \n# TYPE fine gauge\nfine 0\n");
    prom_unref(g), prom_unref(c), prom_unref(w), prom_unref(r);
}

static prom_err describe_zone(prom_builder *b, void *data)
{
    (void)data;
    return prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "g", .const_labels = zone));
}

static void test_wrap_refuses_a_described_label(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED), *w = wrap(r, "w_", zone);
    prom_collector_opts o = {
        .size = sizeof o, .name = "disk", .collect = collect, .describe = describe_zone
    };
    prom_collector *c;
    CHECK_SAYS(prom_collector_new(w, &o, &c), PROM_E_LABELS, "'w_g' has label 'zone' already");
    prom_unref(w), prom_unref(r);
}

static void test_wrap_of_a_registry(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED), *w = wrap(r, "w_", zone),
                  *inner = kit_registry(PROM_ORDER_SORTED), *v = wrap(inner, "v_", NULL),
                  *deep = kit_registry(PROM_ORDER_SORTED);
    prom_gauge *g = gauge(inner, "g"), *d = gauge(deep, "d"), *h = gauge(r, "w_x"), *x;
    CHECK_OK(prom_registry_add(v, deep));
    CHECK_OK(prom_registry_add(w, inner));
    CHECK_TEXT(w, "# HELP w_g \n# TYPE w_g gauge\nw_g{zone=\"a\"} 0\n"
                  "# HELP w_v_d \n# TYPE w_v_d gauge\nw_v_d{zone=\"a\"} 0\n");
    CHECK_SAYS(prom_gauge_new(r, PROM_OPTS(.name = "w_v_d", .help = ""), &x), PROM_E_EXISTS,
               "'w_v_d' is registered already with other labels");
    CHECK_OK(prom_registry_remove(w, inner));
    prom_gauge *clash = gauge(inner, "x");
    CHECK_SAYS(prom_registry_add(w, inner), PROM_E_EXISTS,
               "'w_x' is registered already with other labels");
    CHECK_OK(prom_registry_add(r, inner)); /* without the prefix it is well */
    CHECK_HAS(r, "\nv_d 0\n");
    /* A label that an inner one has: nobody knows when it comes. */
    CHECK_OK(prom_registry_remove(r, inner));
    prom_registry_clear(inner);
    CHECK_OK(prom_registry_add(w, inner));
    prom_gauge *zoned;
    CHECK_OK(prom_gauge_new(inner, PROM_OPTS(.name = "z", .help = "", .const_labels = zone),
                            &zoned));
    check_errors(w, "metric 'z': 'w_z' has label 'zone' already\n");
    prom_unref(zoned), prom_unref(clash), prom_unref(g), prom_unref(d), prom_unref(h);
    prom_unref(v), prom_unref(w), prom_unref(inner), prom_unref(deep), prom_unref(r);
}

/* A wrapped registry in another one shows what was added through it. */
static void test_wrap_in_another_registry(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED), *w = wrap(r, "w_", NULL),
                  *all = kit_registry(PROM_ORDER_SORTED);
    prom_gauge *g = gauge(r, "own"), *h = gauge(w, "g");
    CHECK_OK(prom_registry_add(all, w));
    CHECK_TEXT(all, "# HELP w_g \n# TYPE w_g gauge\nw_g 0\n");
    prom_gauge *later = gauge(w, "later");
    CHECK_HAS(all, "w_later 0\n");
    prom_unref(w); /* all has it */
    CHECK_HAS(all, "w_later 0\n");
    prom_unref(later), prom_unref(g), prom_unref(h), prom_unref(r), prom_unref(all);
}

/* In the created order labels stay as they are, and those of the wrap stand behind them. */
static void test_wrap_in_the_created_order(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_CREATED), *w = wrap(r, "", zone);
    prom_collector *c = collector(w, false, false, false);
    CHECK_TEXT(r, "# HELP g G.\n# TYPE g gauge\ng{zone=\"a\"} 1\ng{x=\"c\",zone=\"a\"} 2\n");
    prom_unref(c), prom_unref(w), prom_unref(r);
}

static void test_wrap_outlives_its_registry(void)
{
    size_t live = counting_live;
    prom_registry *r = kit_registry(PROM_ORDER_SORTED), *w = wrap(r, "w_", zone),
                  *v = wrap(w, "v_", NULL);
    prom_unref(r), prom_unref(w);
    prom_gauge *g = gauge(v, "g");
    CHECK_TEXT(v, "# HELP w_v_g \n# TYPE w_v_g gauge\nw_v_g{zone=\"a\"} 0\n");
    prom_unref(v), prom_unref(g);
    CHECK_INT(counting_live, live);
}

/* --- finding and listing
 * ------------------------------------------------------------------------ */

static void test_wrap_finds(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED), *w = wrap(r, "w_", NULL);
    prom_counter *own, *c;
    prom_vec *v;
    CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "own", .help = ""), &own));
    CHECK_OK(prom_counter_new(w, PROM_OPTS(.name = "hits", .help = ""), &c));
    static const char *const names[] = { "hits", "hits_total", "w_hits", "w_hits_total" };
    for (size_t i = 0; i < 4; i++) {
        CHECK_OK(prom_registry_find(w, names[i], &v));
        CHECK_STR(prom_vec_opts(v)->name, "w_hits_total");
        prom_unref(v);
        CHECK_INT(prom_registry_find(r, names[i], &v), i < 2 ? PROM_E_NOENT : PROM_OK);
        prom_unref(v);
    }
    CHECK_ERR(prom_registry_find(w, "own", &v), PROM_E_NOENT);
    CHECK_ERR(prom_registry_find(w, "w_own", &v), PROM_E_NOENT);
    prom_unref(own), prom_unref(c), prom_unref(w), prom_unref(r);
}

typedef struct listing {
    char text[500];
    size_t stop_after;
    prom_registry *remove_from;
} listing;

static prom_err list(void *data, const prom_registered *x)
{
    listing *l = data;
    static const char *const kinds[] = { "metric", "collector", "registry" };
    char line[100];
    snprintf(line, sizeof line, "%s '%s' %s; ", kinds[x->kind], x->name,
             x->opts ? prom_type_name(x->type) : "-");
    strcat(l->text, line);
    if (l->remove_from)
        CHECK_OK(prom_registry_remove(l->remove_from, x->object));
    return l->stop_after && --l->stop_after == 0 ? PROM_E_IO : PROM_OK;
}

static void test_wrap_lists(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED), *w = wrap(r, "w_", NULL),
                  *inner = kit_registry(PROM_ORDER_SORTED);
    prom_gauge *own = gauge(r, "own"), *g = gauge(w, "g"), *foreign = gauge(NULL, "f");
    prom_collector *c = collector(w, false, false, false);
    CHECK_OK(prom_registry_add(w, foreign));
    CHECK_OK(prom_registry_add(r, inner));
    listing a = { "", 0, NULL }, b = { "", 0, NULL }, first = { "", 2, NULL },
            gone = { "", 0, r };
    CHECK_OK(prom_registry_each(r, list, &a));
    CHECK_STR(a.text, "metric 'own' gauge; metric 'w_g' gauge; collector 'disk' -; "
                      "metric 'w_f' gauge; registry '' -; ");
    CHECK_OK(prom_registry_each(w, list, &b));
    CHECK_STR(b.text, "metric 'w_g' gauge; collector 'disk' -; metric 'w_f' gauge; ");
    CHECK_ERR(prom_registry_each(r, list, &first), PROM_E_IO);
    CHECK_STR(first.text, "metric 'own' gauge; metric 'w_g' gauge; ");
    prom_unref(own), prom_unref(g), prom_unref(foreign), prom_unref(c), prom_unref(inner);
    CHECK_OK(prom_registry_each(r, list, &gone)); /* it takes all of them out */
    CHECK_STR(gone.text, a.text);
    CHECK_TEXT(r, "");
    CHECK_ERR(prom_registry_each(NULL, list, &a), PROM_E_INVAL);
    CHECK_ERR(prom_registry_each(r, NULL, &a), PROM_E_INVAL);
    prom_unref(w), prom_unref(r);
}

TESTS_COUNTING(ROW(test_wrap_of_what_is_made_through_it), ROW(test_wrap_of_a_wrap),
               ROW(test_wrap_refuses_what_is_wrong), ROW(test_wrap_of_a_metric_made_elsewhere),
               ROW(test_wrap_of_every_type), ROW(test_wrap_of_collectors),
               ROW(test_wrap_notes_a_label_that_is_there),
               ROW(test_wrap_refuses_a_described_label), ROW(test_wrap_of_a_registry),
               ROW(test_wrap_in_another_registry), ROW(test_wrap_in_the_created_order),
               ROW(test_wrap_outlives_its_registry), ROW(test_wrap_finds), ROW(test_wrap_lists))
