// SPDX-License-Identifier: Apache-2.0
#include "counting.h"
#include "kit.h"

#include <prom/model.h>

static prom_vec *make(prom_registry *r, prom_type t, const char *name)
{
    prom_vec *v = NULL;
    CHECK_OK(prom_vec_new(r, t, PROM_OPTS(.name = name, .help = ""), &v));
    return v;
}

static prom_err nothing(prom_builder *b, void *data)
{
    (void)b;
    (void)data;
    return PROM_OK;
}

/* --- making -------------------------------------------------------------------- */

static void test_registry_new(void)
{
    prom_registry *r;
    CHECK_OK(prom_registry_new(NULL, &r));
    CHECK_TEXT(r, "");
    CHECK(prom_ref(r) == r);
    prom_unref(r);
    CHECK_TEXT(r, "");
    prom_unref(r);
    prom_registry_opts o = { .size = sizeof o, .order = (prom_order)7 };
    CHECK_SAYS(prom_registry_new(&o, &r), PROM_E_INVAL,
               "a registry's order is neither sorted nor created");
    CHECK(!r);
    o.size = offsetof(prom_registry_opts, order); /* what it does not have is not read */
    CHECK_OK(prom_registry_new(&o, &r));
    prom_unref(r);
    o.size = 0;
    CHECK_SAYS(prom_registry_new(&o, &r), PROM_E_INVAL, "prom_registry_opts.size is not set");
}

static void test_registry_orders(void)
{
    for (int created = 0; created < 2; created++) {
        prom_registry *r = kit_registry(created ? PROM_ORDER_CREATED : PROM_ORDER_SORTED);
        prom_vec *z = make(r, PROM_GAUGE, "z"), *a = make(r, PROM_GAUGE, "a"),
                 *m = make(r, PROM_GAUGE, "m");
        CHECK_OK(prom_registry_remove(r, z));
        CHECK_OK(prom_registry_add(r, z)); /* now it came last */
        CHECK_TEXT(r, created
                          ? "# HELP a \n# TYPE a gauge\na 0\n# HELP m \n# TYPE m gauge\nm 0\n"
                            "# HELP z \n# TYPE z gauge\nz 0\n"
                          : "# HELP a \n# TYPE a gauge\na 0\n# HELP m \n# TYPE m gauge\nm 0\n"
                            "# HELP z \n# TYPE z gauge\nz 0\n");
        CHECK_OK(prom_registry_remove(r, a));
        CHECK_OK(prom_registry_add(r, a));
        CHECK_TEXT(r, created
                          ? "# HELP m \n# TYPE m gauge\nm 0\n# HELP z \n# TYPE z gauge\nz 0\n"
                            "# HELP a \n# TYPE a gauge\na 0\n"
                          : "# HELP a \n# TYPE a gauge\na 0\n# HELP m \n# TYPE m gauge\nm 0\n"
                            "# HELP z \n# TYPE z gauge\nz 0\n");
        prom_unref(z), prom_unref(a), prom_unref(m), prom_unref(r);
    }
}

/* --- adding and removing --------------------------------------------------------- */

static void test_registry_adds_and_removes(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(NULL, PROM_COUNTER, "hits");
    prom_gauge *g;
    prom_collector *c;
    prom_collector_opts o = { .size = sizeof o, .name = "disk", .collect = nothing };
    CHECK_OK(prom_gauge_new(NULL, PROM_OPTS(.name = "g", .help = ""), &g));
    CHECK_OK(prom_collector_new(NULL, &o, &c));
    CHECK_SAYS(prom_registry_remove(r, v), PROM_E_NOENT,
               "metric 'hits' is not registered here");
    CHECK_SAYS(prom_registry_remove(r, g), PROM_E_NOENT, "metric 'g' is not registered here");
    CHECK_SAYS(prom_registry_remove(r, c), PROM_E_NOENT,
               "collector 'disk' is not registered here");
    for (int round = 0; round < 3; round++) { /* removing frees the names */
        CHECK_OK(prom_registry_add(r, v));
        CHECK_OK(prom_registry_add(r, g));
        CHECK_OK(prom_registry_add(r, c));
        CHECK_SAYS(prom_registry_add(r, v), PROM_E_EXISTS, "'hits' is registered already");
        CHECK_SAYS(prom_registry_add(r, g), PROM_E_EXISTS, "'g' is registered already");
        CHECK_SAYS(prom_registry_add(r, c), PROM_E_EXISTS,
                   "collector 'disk' is registered already");
        CHECK_HAS(r, "hits_total 0\n");
        CHECK_OK(prom_registry_remove(r, v));
        CHECK_HAS_NOT(r, "hits_total");
        CHECK_OK(prom_registry_remove(r, g));
        CHECK_OK(prom_registry_remove(r, c));
        CHECK_TEXT(r, "");
    }
    prom_unref(v), prom_unref(g), prom_unref(c), prom_unref(r);
}

static void test_registry_refuses_other_objects(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    prom_counter *c;
    CHECK_OK(prom_vec_new(NULL, PROM_COUNTER,
                          PROM_OPTS(.name = "hits", .help = "", .labels = PROM_LABELS("x")),
                          &v));
    CHECK_OK(prom_counter_with(v, PROM_VALUES("1"), &c));
    static const char only[] = "only metrics, collectors and registries can be registered";
    CHECK_SAYS(prom_registry_add(r, NULL), PROM_E_TYPE, only);
    CHECK_SAYS(prom_registry_remove(r, NULL), PROM_E_TYPE, only);
    CHECK_SAYS(prom_registry_add(r, c), PROM_E_TYPE,
               "one series of 'hits' is not registered, but its family is");
    CHECK_ERR(prom_registry_remove(r, c), PROM_E_TYPE);
    prom_unref(c), prom_unref(v), prom_unref(r);
}

static void test_registry_clears(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    size_t live = counting_live;
    for (int round = 0; round < 3; round++) {
        prom_vec *a = make(r, PROM_COUNTER, "a"), *h = make(r, PROM_HISTOGRAM, "h"), *found;
        prom_collector *c;
        prom_collector_opts o = { .size = sizeof o, .name = "c", .collect = nothing };
        CHECK_OK(prom_collector_new(r, &o, &c));
        prom_registry_clear(r);
        CHECK_ERR(prom_registry_find(r, "a", &found), PROM_E_NOENT);
        CHECK_ERR(prom_registry_remove(r, a), PROM_E_NOENT);
        CHECK_TEXT(r, "");
        prom_unref(a), prom_unref(h), prom_unref(c);
    }
    prom_registry_clear(r);
    CHECK(counting_live <= live + 6); /* its tables, its store's first segment, a spare */
    prom_unref(r);
}

/* Far more names than the first table has room for. */
static void test_registry_of_many(void)
{
    enum { N = 1000 };
    static prom_vec *v[N];
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    char name[24];
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "m%d", i * 7 % N);
        v[i] = make(r, PROM_HISTOGRAM, name);
    }
    for (int i = 0; i < N; i += 2)
        CHECK_OK(prom_registry_remove(r, v[i]));
    for (int i = 0; i < N; i++) {
        prom_vec *found = NULL;
        snprintf(name, sizeof name, "m%d", i * 7 % N);
        prom_err e = prom_registry_find(r, name, &found);
        CHECK_STR(prom_err_name(e), i % 2 ? "PROM_OK" : "PROM_E_NOENT");
        CHECK(found == (i % 2 ? v[i] : NULL));
        prom_unref(found);
        snprintf(name, sizeof name, "m%d_bucket", i * 7 % N);
        e = prom_vec_new(r, PROM_GAUGE, PROM_OPTS(.name = name, .help = ""), &found);
        CHECK_STR(prom_err_name(e), i % 2 ? "PROM_E_EXISTS" : "PROM_OK");
        prom_unref(found);
    }
    for (int i = 0; i < N; i++)
        prom_unref(v[i]);
    prom_unref(r);
}

static void test_registry_shares_a_vec_with_another(void)
{
    prom_registry *a = kit_registry(PROM_ORDER_SORTED), *b = kit_registry(PROM_ORDER_CREATED);
    prom_vec *v;
    CHECK_OK(prom_vec_new(a, PROM_GAUGE,
                          PROM_OPTS(.name = "g", .help = "", .labels = PROM_LABELS("x")), &v));
    CHECK_OK(prom_registry_add(b, v));
    prom_gauge *g;
    CHECK_OK(prom_gauge_with(v, PROM_VALUES("1"), &g));
    prom_gauge_set(g, 5);
    prom_vec *own = make(b, PROM_GAUGE, "own");
    CHECK_TEXT(a, "# HELP g \n# TYPE g gauge\ng{x=\"1\"} 5\n");
    CHECK_TEXT(
        b, "# HELP g \n# TYPE g gauge\ng{x=\"1\"} 5\n# HELP own \n# TYPE own gauge\nown 0\n");
    CHECK_OK(prom_registry_remove(a, v));
    CHECK_TEXT(a, "");
    prom_unref(a); /* in whose store it lies */
    prom_gauge_set(g, 6);
    CHECK_HAS(b, "g{x=\"1\"} 6\n");
    prom_unref(g), prom_unref(v);
    CHECK_HAS(b, "g{x=\"1\"} 6\n");
    prom_unref(own), prom_unref(b);
}

/* Series of a sorted and of a created registry's vec in the other kind. */
static void test_registry_sorts_what_was_not_sorted(void)
{
    prom_registry *sorted = kit_registry(PROM_ORDER_SORTED),
                  *created = kit_registry(PROM_ORDER_CREATED);
    prom_vec *v;
    CHECK_OK(prom_vec_new(created, PROM_GAUGE,
                          PROM_OPTS(.name = "g", .help = "", .labels = PROM_LABELS("x")), &v));
    static const char *const values[] = { "c", "a", "b" };
    for (int i = 0; i < 3; i++) {
        prom_gauge *g;
        CHECK_OK(prom_gauge_with(v, PROM_VALUES(values[i]), &g));
        prom_unref(g);
    }
    CHECK_OK(prom_registry_add(sorted, v));
    CHECK_HAS(created, "g{x=\"c\"} 0\ng{x=\"a\"} 0\ng{x=\"b\"} 0\n");
    CHECK_HAS(sorted, "g{x=\"a\"} 0\ng{x=\"b\"} 0\ng{x=\"c\"} 0\n");
    prom_unref(v), prom_unref(sorted), prom_unref(created);
}

/* --- names that clash -------------------------------------------------------------- */

static const struct {
    prom_type first_type;
    const char *first;
    prom_type second_type;
    const char *second, *sentence;
} clashes[] = {
    { PROM_HISTOGRAM, "x", PROM_GAUGE, "x_count",
      "'x_count' clashes with histogram 'x': both may be exposed as 'x_count'" },
    { PROM_HISTOGRAM, "x", PROM_GAUGE, "x_sum",
      "'x_sum' clashes with histogram 'x': both may be exposed as 'x_sum'" },
    { PROM_HISTOGRAM, "x", PROM_GAUGE, "x_bucket",
      "'x_bucket' clashes with histogram 'x': both may be exposed as 'x_bucket'" },
    { PROM_HISTOGRAM, "x", PROM_GAUGE, "x_created",
      "'x_created' clashes with histogram 'x': both may be exposed as 'x_created'" },
    { PROM_HISTOGRAM, "x", PROM_COUNTER, "x_count",
      "'x_count' clashes with histogram 'x': both may be exposed as 'x_count'" },
    { PROM_SUMMARY, "x", PROM_GAUGE, "x_count",
      "'x_count' clashes with summary 'x': both may be exposed as 'x_count'" },
    { PROM_SUMMARY, "x", PROM_GAUGE, "x_sum",
      "'x_sum' clashes with summary 'x': both may be exposed as 'x_sum'" },
    { PROM_COUNTER, "http_requests_total", PROM_GAUGE, "http_requests",
      "'http_requests' clashes with counter 'http_requests_total': both may be exposed as "
      "'http_requests'" },
    { PROM_COUNTER, "http_requests", PROM_GAUGE, "http_requests_created",
      "'http_requests_created' clashes with counter 'http_requests': both may be exposed as "
      "'http_requests_created'" },
    { PROM_COUNTER, "x", PROM_HISTOGRAM, "x",
      "'x' clashes with counter 'x': both may be exposed as 'x'" },
    { PROM_GAUGE, "a.b", PROM_GAUGE, "a_b",
      "'a_b' clashes with gauge 'a.b': both may be exposed as 'a_b'" },
    { PROM_GAUGE, "a.b", PROM_GAUGE, "a-b",
      "'a-b' clashes with gauge 'a.b': both may be exposed as 'a_b'" },
    { PROM_HISTOGRAM, "a.b", PROM_GAUGE, "a_b_sum",
      "'a_b_sum' clashes with histogram 'a.b': both may be exposed as 'a_b_sum'" },
    { PROM_COUNTER, "x_total", PROM_GAUGE, "x_total",
      "'x_total' is registered already as a counter, not a gauge" },
    { PROM_GAUGE, "x", PROM_SUMMARY, "x",
      "'x' is registered already as a gauge, not a summary" },
};

static void check_clash(prom_type a, const char *first, prom_type b, const char *second,
                        const char *sentence)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, a, first), *w = v, *loose = make(NULL, b, second);
    char *before = kit_text(r);
    prom_err e = prom_vec_new(r, b, PROM_OPTS(.name = second, .help = ""), &w);
    CHECK_STR(prom_err_name(e), "PROM_E_EXISTS");
    if (sentence)
        CHECK_STR(prom_error(e), sentence);
    CHECK(!w);
    e = prom_registry_add(r, loose); /* by the other door */
    CHECK_STR(prom_err_name(e), "PROM_E_EXISTS");
    if (sentence)
        CHECK_STR(prom_error(e), sentence);
    CHECK_TEXT(r, before);
    CHECK_OK(prom_registry_remove(r, v));
    CHECK_OK(prom_registry_add(r, loose)); /* the names are free now, all of them */
    free(before);
    prom_unref(v), prom_unref(loose), prom_unref(r);
}

static void test_registry_refuses_clashing_names(void)
{
    for (size_t i = 0; i < sizeof clashes / sizeof *clashes; i++) {
        check_clash(clashes[i].first_type, clashes[i].first, clashes[i].second_type,
                    clashes[i].second, clashes[i].sentence);
        check_clash(clashes[i].second_type, clashes[i].second, clashes[i].first_type,
                    clashes[i].first, NULL);
    }
}

static void test_registry_lets_near_names_be(void)
{
    static const char *const gauges[] = { "x_counts",   "x_sums", "xx", "y_bucket",
                                          "x_bucket_x", "_count", "y",  "X" };
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_unref(make(r, PROM_HISTOGRAM, "x"));
    for (size_t i = 0; i < sizeof gauges / sizeof *gauges; i++)
        prom_unref(make(r, PROM_GAUGE, gauges[i]));
    prom_unref(make(r, PROM_COUNTER, "z"));
    prom_unref(make(r, PROM_GAUGE, "z_sum"));
    prom_unref(r);
}

/* --- constant labels keep families of one name apart ------------------------------------- */

static prom_err make_const(prom_registry *r, const char *env, prom_gauge **out)
{
    return prom_gauge_new(
        r,
        PROM_OPTS(.name = "g", .help = "h", .const_labels = PROM_CONST_LABELS({ "env", env })),
        out);
}

static void test_registry_joins_constant_labels(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_gauge *a, *b, *again, *other;
    prom_vec *found;
    CHECK_OK(make_const(r, "prod", &a));
    CHECK_OK(make_const(r, "dev", &b));
    prom_gauge_set(a, 1), prom_gauge_set(b, 2);
    CHECK_TEXT(r, "# HELP g h\n# TYPE g gauge\ng{env=\"dev\"} 2\ng{env=\"prod\"} 1\n");
    CHECK_OK(make_const(r, "dev", &again));
    CHECK(again == b);
    CHECK_SAYS(prom_gauge_new(r, PROM_OPTS(.name = "g", .help = "h"), &other), PROM_E_EXISTS,
               "'g' is registered already with other labels");
    CHECK_OK(prom_registry_find(r, "g", &found)); /* the first of them */
    CHECK_STR(prom_vec_opts(found)->const_labels[0].value, "prod");
    prom_unref(found);
    CHECK_OK(prom_registry_remove(r, a));
    CHECK_ERR(prom_gauge_new(r, PROM_OPTS(.name = "g", .help = "h"), &other), PROM_E_EXISTS);
    CHECK_OK(prom_registry_remove(r, b)); /* the last frees the name */
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "g", .help = "h"), &other));
    prom_unref(a), prom_unref(b), prom_unref(again), prom_unref(other), prom_unref(r);
}

/* --- finding ----------------------------------------------------------------------------- */

static void test_registry_finds(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *hits = NULL, *time = make(r, PROM_HISTOGRAM, "time"), *found;
    CHECK_OK(prom_vec_new(r, PROM_COUNTER,
                          PROM_OPTS(.name = "hits", .help = "", .unit = "pages"), &hits));
    static const char *const names[] = { "hits", "hits_pages", "hits_pages_total" };
    for (int i = 0; i < 3; i++) {
        found = NULL;
        CHECK_OK(prom_registry_find(r, names[i], &found));
        CHECK(found == hits);
        prom_unref(found);
    }
    static const char *const others[] = { "hits_total", "hit", "", "time_count",
                                          "time_bucket" };
    for (int i = 0; i < 5; i++) {
        found = hits;
        CHECK_ERR(prom_registry_find(r, others[i], &found), PROM_E_NOENT);
        CHECK(!found);
    }
    CHECK_SAYS(prom_registry_find(r, "nix", &found), PROM_E_NOENT, "there is no metric 'nix'");
    CHECK_OK(prom_registry_find(r, "time", &found));
    CHECK(found == time);
    prom_unref(found), prom_unref(hits), prom_unref(time), prom_unref(r);
}

/* A name as exposed goes before one as given: "x" with a unit was registered as x too. */
static void test_registry_finds_the_exposed_name_first(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *with_unit, *plain, *found;
    CHECK_OK(prom_vec_new(r, PROM_GAUGE, PROM_OPTS(.name = "x", .help = "", .unit = "s"),
                          &with_unit));
    CHECK_OK(prom_registry_find(r, "x", &found));
    CHECK(found == with_unit);
    prom_unref(found);
    plain = make(r, PROM_GAUGE, "x");
    CHECK_OK(prom_registry_find(r, "x", &found));
    CHECK(found == plain);
    prom_unref(found), prom_unref(plain), prom_unref(with_unit), prom_unref(r);
}

/* --- only ASCII names ----------------------------------------------------------------------
 */

static void test_registry_of_legacy_names(void)
{
    prom_registry_opts o = { .size = sizeof o, .legacy_names = true };
    prom_registry *r;
    prom_vec *v, *name = make(NULL, PROM_GAUGE, "a.b"), *label, *unit;
    CHECK_OK(prom_registry_new(&o, &r));
    CHECK_SAYS(prom_vec_new(r, PROM_GAUGE, PROM_OPTS(.name = "a.b", .help = ""), &v),
               PROM_E_NAME, "'a.b' is not a metric name of letters, digits, _ and :");
    CHECK_SAYS(prom_vec_new(r, PROM_GAUGE,
                            PROM_OPTS(.name = "a", .help = "", .labels = PROM_LABELS("x.y")),
                            &v),
               PROM_E_NAME, "'a': 'x.y' is not a label name of letters, digits and _");
    CHECK_ERR(prom_vec_new(r, PROM_GAUGE,
                           PROM_OPTS(.name = "a", .help = "",
                                     .const_labels = PROM_CONST_LABELS({ "\xC3\xA9", "" })),
                           &v),
              PROM_E_NAME);
    CHECK_OK(prom_vec_new(NULL, PROM_GAUGE,
                          PROM_OPTS(.name = "a", .help = "", .labels = PROM_LABELS("x.y")),
                          &label));
    CHECK_OK(prom_vec_new(NULL, PROM_GAUGE, PROM_OPTS(.name = "a", .help = "", .unit = "k/h"),
                          &unit));
    CHECK_SAYS(prom_registry_add(r, name), PROM_E_NAME, /* nor by the back door */
               "'a.b' is not a metric name of letters, digits, _ and :");
    CHECK_SAYS(prom_registry_add(r, label), PROM_E_NAME,
               "'a': 'x.y' is not a label name of letters, digits and _");
    CHECK_ERR(prom_registry_add(r, unit), PROM_E_NAME);
    v = make(r, PROM_GAUGE, "a:b_9");
    CHECK_TEXT(r, "# HELP a:b_9 \n# TYPE a:b_9 gauge\na:b_9 0\n");
    prom_unref(v), prom_unref(name), prom_unref(label), prom_unref(unit), prom_unref(r);
}

static prom_err build_one(prom_builder *b, const char *name, const char *label)
{
    prom_err e = prom_build_family(
        b, PROM_GAUGE, PROM_OPTS(.name = name, .help = "", .labels = PROM_LABELS(label)));
    return e ? e : prom_build_value(b, PROM_VALUES("1"), 1);
}

static prom_err build_name(prom_builder *b, void *data)
{
    (void)data;
    return build_one(b, "a.b", "l");
}

static prom_err build_label(prom_builder *b, void *data)
{
    (void)data;
    return build_one(b, "a", "x.y");
}

static prom_err build_good(prom_builder *b, void *data)
{
    (void)data;
    return build_one(b, "a:b", "l");
}

static void check_legacy(prom_registry *r, prom_err (*collect)(prom_builder *b, void *data),
                         const char *error)
{
    prom_collector_opts o = { .size = sizeof o, .name = "k", .collect = collect };
    prom_collector *c = NULL;
    prom_snapshot *s = NULL;
    char said[200];
    snprintf(said, sizeof said, "collector 'k': %s", error);
    CHECK_OK(prom_collector_new(r, &o, &c));
    CHECK_OK(prom_gather(r, &s));
    CHECK_STR(prom_snapshot_error(s, 0), error ? said : NULL);
    CHECK_INT(prom_snapshot_size(s), error ? 0 : 1);
    CHECK_OK(prom_registry_remove(r, c));
    prom_unref(s), prom_unref(c);
    o.describe_by_collect = true;
    if (error)
        CHECK_SAYS(prom_collector_new(r, &o, &c), PROM_E_NAME, error);
    else
        CHECK_OK(prom_collector_new(r, &o, &c));
    prom_unref(c);
    prom_registry_clear(r);
}

/* Nor by collectors, nor by registries inside. */
static void test_registry_of_legacy_names_collects_no_others(void)
{
    prom_registry_opts o = { .size = sizeof o, .legacy_names = true };
    prom_registry *r, *inner = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_registry_new(&o, &r));
    check_legacy(r, build_name, "'a.b' is not a metric name of letters, digits, _ and :");
    check_legacy(r, build_label, "'a': 'x.y' is not a label name of letters, digits and _");
    check_legacy(r, build_good, NULL);
    prom_vec *bad = make(inner, PROM_GAUGE, "in.ner"), *good = make(inner, PROM_GAUGE, "inner");
    prom_snapshot *s;
    CHECK_OK(prom_registry_add(r, inner));
    CHECK_TEXT(r, "# HELP inner \n# TYPE inner gauge\ninner 0\n");
    CHECK_OK(prom_gather(r, &s));
    CHECK_STR(prom_snapshot_error(s, 0), "metric 'in.ner': 'in.ner' is not a metric name of "
                                         "letters, digits, _ and :");
    prom_unref(s), prom_unref(bad), prom_unref(good), prom_unref(inner), prom_unref(r);
}

TESTS_COUNTING(ROW(test_registry_new), ROW(test_registry_orders),
               ROW(test_registry_adds_and_removes), ROW(test_registry_refuses_other_objects),
               ROW(test_registry_clears), ROW(test_registry_of_many),
               ROW(test_registry_shares_a_vec_with_another),
               ROW(test_registry_sorts_what_was_not_sorted),
               ROW(test_registry_refuses_clashing_names), ROW(test_registry_lets_near_names_be),
               ROW(test_registry_joins_constant_labels), ROW(test_registry_finds),
               ROW(test_registry_finds_the_exposed_name_first),
               ROW(test_registry_of_legacy_names),
               ROW(test_registry_of_legacy_names_collects_no_others))
