// SPDX-License-Identifier: Apache-2.0
/* build_labels_test.c - metrics of one family that say their labels one by one: those with the
 * same names share a shape, and only those. The rest of build_labels.c is in builder_test.c. */
#include "building.h"

static void labelled(const char *name1, const char *value1, const char *name2,
                     const char *value2, double v)
{
    prom_label_str l[] = { { str(name1), str(value1) }, { str(name2), str(value2) } };
    CHECK_OK(prom_build_labels(b, l, 2));
    CHECK_OK(prom_build_value(b, NULL, v));
}

static const prom__shape *shape_of(size_t i)
{
    return b->family->points[i].shape;
}

static void test_same_names_share_a_shape(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_GAUGE, "x", NULL));
    labelled("a", "1", "b", "2", 1);
    labelled("a", "3", "b", "4", 2);
    CHECK(shape_of(0) == shape_of(1));
    labelled("b", "6", "a", "5", 3); /* another order: sorted all the same */
    labelled("b", "8", "a", "7", 4);
    CHECK(shape_of(2) == shape_of(3));
    labelled("a", "9", "c", "9", 5);
    labelled("a", "9", "bb", "9", 6);
    CHECK_OK(prom_build_labels(b, NULL, 0));
    CHECK_OK(prom_build_value(b, NULL, 7));
    end("# HELP x h\n# TYPE x gauge\nx 7\nx{a=\"1\",b=\"2\"} 1\nx{a=\"3\",b=\"4\"} 2\n"
        "x{a=\"5\",b=\"6\"} 3\nx{a=\"7\",b=\"8\"} 4\nx{a=\"9\",bb=\"9\"} 6\nx{a=\"9\",c=\"9\"} "
        "5\n");
}

static void test_the_order_said_is_kept(void)
{
    begin(PROM_ORDER_CREATED);
    CHECK_OK(family(PROM_GAUGE, "x", NULL));
    labelled("b", "1", "a", "2", 1);
    labelled("b", "3", "a", "4", 2);
    labelled("a", "5", "b", "6", 3);
    CHECK(shape_of(0) == shape_of(1));
    CHECK(shape_of(1) != shape_of(2));
    end("# HELP x h\n# TYPE x gauge\nx{b=\"1\",a=\"2\"} 1\nx{b=\"3\",a=\"4\"} 2\n"
        "x{a=\"5\",b=\"6\"} 3\n");
}

/* What a gauge may have is reserved in a histogram. */
static void test_another_family_checks_anew(void)
{
    prom_label_str l = { str("le"), str("1") };
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_GAUGE, "x", NULL));
    CHECK_OK(prom_build_labels(b, &l, 1));
    CHECK_OK(prom_build_value(b, NULL, 1));
    CHECK_OK(family(PROM_HISTOGRAM, "y", NULL));
    CHECK_SAYS(prom_build_labels(b, &l, 1), PROM_E_NAME,
               "'y': label 'le' is reserved in a histogram");
    end("# HELP x h\n# TYPE x gauge\nx{le=\"1\"} 1\n# HELP y h\n# TYPE y histogram\n");
}

/* The values are checked however often the names were said. */
static void test_bad_values(void)
{
    prom_label_str bad = { str("a"), str("\xff") };
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_GAUGE, "x", NULL));
    for (int i = 0; i < 2; i++)
        CHECK_SAYS(prom_build_labels(b, &bad, 1), PROM_E_LABELS,
                   "'x': the value of label 'a' is not valid UTF-8");
    end("# HELP x h\n# TYPE x gauge\n");
}

TESTS(ROW(test_same_names_share_a_shape), ROW(test_the_order_said_is_kept),
      ROW(test_another_family_checks_anew), ROW(test_bad_values))
