// SPDX-License-Identifier: Apache-2.0
#include "building.h"

/* A sealed snapshot: x with metrics in this order, and y. */
static prom_snapshot *make(prom_order order)
{
    begin(order);
    CHECK_OK(family(PROM_GAUGE, "x", PROM_LABELS("l")));
    CHECK_OK(prom_build_value(b, PROM_VALUES("2"), 2));
    CHECK_OK(prom_build_timestamp(b, 5));
    CHECK_OK(prom_build_value(b, PROM_VALUES("1"), 1));
    CHECK_OK(family(PROM_COUNTER, "y", NULL));
    CHECK_OK(prom_build_value(b, NULL, 3));
    prom__builder_close(b, true);
    CHECK_OK(prom__snapshot_seal(snapshot, order));
    return snapshot;
}

static void test_snapshot_is_built_whole(void)
{
    for (int created = 0; created < 2; created++) {
        prom_snapshot *inner = make(PROM_ORDER_CREATED), *keep = prom_ref(inner);
        begin(created ? PROM_ORDER_CREATED : PROM_ORDER_SORTED);
        CHECK_OK(family(PROM_GAUGE, "z", NULL));
        CHECK_OK(prom_build_snapshot(b, inner));
        CHECK_OK(prom_build_value(b, NULL, 4)); /* still z's */
        prom_unref(inner);                      /* the builder keeps it */
        end(created ? "# HELP z h\n# TYPE z gauge\nz 4\n"
                      "# HELP x h\n# TYPE x gauge\nx{l=\"2\"} 2 5\nx{l=\"1\"} 1\n"
                      "# HELP y h\n# TYPE y counter\ny 3\n"
                    : "# HELP x h\n# TYPE x gauge\nx{l=\"1\"} 1\nx{l=\"2\"} 2 5\n"
                      "# HELP y h\n# TYPE y counter\ny 3\n"
                      "# HELP z h\n# TYPE z gauge\nz 4\n");
        char *text;
        CHECK_OK(prom_encode_string(&prom_text, keep, &text, NULL)); /* as it was */
        CHECK_STR(text, "# HELP x h\n# TYPE x gauge\nx{l=\"2\"} 2 5\nx{l=\"1\"} 1\n"
                        "# HELP y h\n# TYPE y counter\ny 3\n");
        prom_free(text);
        prom_unref(keep);
    }
}

/* All of it or nothing. */
static void test_snapshot_is_refused(void)
{
    prom_snapshot *inner = make(PROM_ORDER_SORTED);
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_GAUGE, "y", NULL));
    CHECK_SAYS(prom_build_snapshot(b, inner), PROM_E_EXISTS, "family 'y' was built already");
    CHECK_SAYS(prom_build_snapshot(b, NULL), PROM_E_INVAL, "there is no snapshot to build");
    end("# HELP y h\n# TYPE y gauge\n");
    begin(PROM_ORDER_SORTED);
    CHECK_OK(prom_build_snapshot(b, inner));
    CHECK_SAYS(prom_build_snapshot(b, inner), PROM_E_EXISTS, "family 'x' was built already");
    CHECK_SAYS(family(PROM_GAUGE, "x", NULL), PROM_E_EXISTS, "family 'x' was built already");
    prom_unref(inner);
    end("# HELP x h\n# TYPE x gauge\nx{l=\"1\"} 1\nx{l=\"2\"} 2 5\n"
        "# HELP y h\n# TYPE y counter\ny 3\n");
}

static prom_err collect_snapshot(prom_builder *into, void *data)
{
    return prom_build_snapshot(into, data);
}

/* Families of the registry and of the snapshot are one where they have one name, and the unit
 * is not lost. */
static void test_snapshot_in_a_collector(void)
{
    prom_registry *inner = kit_registry(PROM_ORDER_SORTED);
    prom_registry *outer = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    prom_gauge *g;
    prom_snapshot *s;
    prom_collector *c;
    const prom_opts *o =
        PROM_OPTS(.name = "g", .unit = "bytes", .help = "h", .labels = PROM_LABELS("x"));
    CHECK_OK(prom_vec_new(inner, PROM_GAUGE, o, &v));
    CHECK_OK(prom_gauge_with(v, PROM_VALUES("inner"), &g));
    prom_gauge_set(g, 1);
    prom_unref(g);
    prom_unref(v);
    CHECK_OK(prom_gather(inner, &s));
    prom_unref(inner);
    CHECK_OK(prom_vec_new(outer, PROM_GAUGE, o, &v));
    CHECK_OK(prom_gauge_with(v, PROM_VALUES("outer"), &g));
    CHECK_OK(prom_collector_new(
        outer, PROM_COLLECTOR_OPTS(.name = "c", .collect = collect_snapshot, .data = s), &c));
    for (int i = 0; i < 2; i++)
        CHECK_TEXT(outer, "# HELP g_bytes h\n# TYPE g_bytes gauge\n"
                          "g_bytes{x=\"inner\"} 1\ng_bytes{x=\"outer\"} 0\n");
    CHECK_STR(prom_snapshot_at(s, 0)->unit, "bytes");
    prom_unref(c);
    prom_unref(g);
    prom_unref(v);
    prom_unref(outer);
    prom_unref(s);
}

/* What is built is described by the labels that the snapshot's series have. */
static void test_snapshot_in_a_collector_that_describes_itself(void)
{
    prom_registry *inner = kit_registry(PROM_ORDER_SORTED), *outer;
    prom_registry_opts pedantic = { .size = sizeof pedantic, .pedantic = true };
    prom_vec *v;
    prom_gauge *g;
    prom_snapshot *s;
    prom_collector *c;
    CHECK_OK(prom_registry_new(&pedantic, &outer));
    CHECK_OK(prom_vec_new(inner, PROM_GAUGE,
                          PROM_OPTS(.name = "g", .help = "h", .labels = PROM_LABELS("x")), &v));
    CHECK_OK(prom_gauge_with(v, PROM_VALUES("1"), &g));
    CHECK_OK(prom_gather(inner, &s));
    CHECK_OK(prom_collector_new(outer,
                                PROM_COLLECTOR_OPTS(.name = "c", .collect = collect_snapshot,
                                                    .data = s, .describe_by_collect = true),
                                &c));
    CHECK_TEXT(outer, "# HELP g h\n# TYPE g gauge\ng{x=\"1\"} 0\n");
    prom_unref(c);
    prom_unref(g);
    prom_unref(v);
    prom_unref(s);
    prom_unref(inner);
    prom_unref(outer);
}

TESTS(ROW(test_snapshot_in_a_collector_that_describes_itself),
      ROW(test_snapshot_is_built_whole), ROW(test_snapshot_is_refused),
      ROW(test_snapshot_in_a_collector))
