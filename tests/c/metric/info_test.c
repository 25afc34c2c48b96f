// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "metric/vec.h"

static prom_info *make(prom_registry *r, const char *name)
{
    prom_info *i;
    CHECK_OK(prom_info_new(r, PROM_OPTS(.name = name, .help = ""), &i));
    return i;
}

static void test_info_is_one_before_it_says_anything(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_info *i = make(r, "build");
    CHECK_TEXT(r, "# HELP build_info \n# TYPE build_info gauge\nbuild_info 1\n");
    prom_unref(i), prom_unref(r);
}

static void test_info_name_has_its_suffix_once(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_info *i = make(r, "build_info");
    prom_info *again = make(r, "build");
    CHECK(i == again);
    CHECK_HAS(r, "\nbuild_info 1\n");
    CHECK_HAS_NOT(r, "info_info");
    prom_unref(i), prom_unref(again), prom_unref(r);
}

static void test_info_says_the_last_labels_sorted_with_the_familys(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    prom_info *i;
    CHECK_OK(prom_vec_new(r, PROM_INFO,
                          PROM_OPTS(.name = "disk", .help = "h", .labels = PROM_LABELS("name"),
                                    .const_labels = PROM_CONST_LABELS({ "host", "q\"\\\n" })),
                          &v));
    CHECK_OK(prom_info_with(v, PROM_VALUES("sda \"1\""), &i));
    CHECK_OK(prom_info_set(i, PROM_CONST_LABELS({ "model", "old" }, { "vendor", "x" })));
    CHECK_OK(prom_info_set(i, PROM_CONST_LABELS({ "vendor", "A\"\\\nB" }, { "firmware", "" })));
    CHECK_TEXT(r, "# HELP disk_info h\n# TYPE disk_info gauge\n"
                  "disk_info{firmware=\"\",host=\"q\\\"\\\\\\n\",name=\"sda \\\"1\\\"\","
                  "vendor=\"A\\\"\\\\\\nB\"} 1\n");
    CHECK_OK(prom_info_set(i, NULL));
    CHECK_HAS(r, "\ndisk_info{host=\"q\\\"\\\\\\n\",name=\"sda \\\"1\\\"\"} 1\n");
    prom_unref(i), prom_unref(v), prom_unref(r);
}

static void test_info_labels_stay_as_given_where_order_is_kept(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_CREATED);
    prom_vec *v;
    prom_info *i;
    CHECK_OK(prom_vec_new(r, PROM_INFO,
                          PROM_OPTS(.name = "disk", .help = "h", .labels = PROM_LABELS("name")),
                          &v));
    CHECK_OK(prom_info_with(v, PROM_VALUES("sda"), &i));
    CHECK_OK(prom_info_set(i, PROM_CONST_LABELS({ "z", "1" }, { "a", "2" })));
    CHECK_HAS(r, "\ndisk_info{name=\"sda\",z=\"1\",a=\"2\"} 1\n");
    prom_unref(i), prom_unref(v), prom_unref(r);
}

/* By values in the order of the line, also where what is said comes before the family's. */
static void test_info_series_are_in_order(void)
{
    static const char *const says[] = { "c", "a", "b" };
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    CHECK_OK(prom_vec_new(
        r, PROM_INFO, PROM_OPTS(.name = "x", .help = "", .labels = PROM_LABELS("name")), &v));
    for (int k = 0; k < 3; k++) {
        char name[2] = { (char)('0' + k), 0 };
        prom_info *i;
        CHECK_OK(prom_info_with(v, PROM_VALUES(name), &i));
        CHECK_OK(prom_info_set(i, PROM_CONST_LABELS({ "kind", says[k] })));
        prom_unref(i);
    }
    CHECK_TEXT(r, "# HELP x_info \n# TYPE x_info gauge\n"
                  "x_info{kind=\"a\",name=\"1\"} 1\n"
                  "x_info{kind=\"b\",name=\"2\"} 1\n"
                  "x_info{kind=\"c\",name=\"0\"} 1\n");
    prom_unref(v), prom_unref(r);
}

static void test_info_refuses_bad_labels_and_says_what_it_said(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    prom_info *i;
    CHECK_OK(prom_vec_new(r, PROM_INFO,
                          PROM_OPTS(.name = "disk", .help = "", .labels = PROM_LABELS("a.b"),
                                    .const_labels = PROM_CONST_LABELS({ "host", "h" })),
                          &v));
    CHECK_OK(prom_info_with(v, PROM_VALUES("v"), &i));
    CHECK_OK(prom_info_set(i, PROM_CONST_LABELS({ "k", "1" })));
    CHECK_SAYS(prom_info_set(i, PROM_CONST_LABELS({ "", "1" })), PROM_E_LABELS,
               "'disk' has a label with an empty name");
    CHECK_SAYS(prom_info_set(i, PROM_CONST_LABELS({ "__x", "1" })), PROM_E_LABELS,
               "'disk': label '__x' begins with __, which is reserved");
    CHECK_SAYS(prom_info_set(i, PROM_CONST_LABELS({ "\xff", "1" })), PROM_E_LABELS,
               "'disk' has a label whose name is not valid UTF-8");
    CHECK_SAYS(prom_info_set(i, PROM_CONST_LABELS({ "x", "1" }, { "y", "\xff" })),
               PROM_E_LABELS, "'disk': the value of label 'y' is not valid UTF-8");
    CHECK_SAYS(prom_info_set(i, PROM_CONST_LABELS({ "x", NULL })), PROM_E_LABELS,
               "'disk': label 'x' has no value");
    CHECK_SAYS(prom_info_set(i, PROM_CONST_LABELS({ "x", "1" }, { "x", "2" })), PROM_E_LABELS,
               "'disk' has label 'x' twice");
    CHECK_SAYS(prom_info_set(i, PROM_CONST_LABELS({ "host", "1" })), PROM_E_LABELS,
               "'disk' has label 'host' twice");
    CHECK_SAYS(prom_info_set(i, PROM_CONST_LABELS({ "a_b", "1" })), PROM_E_LABELS,
               "'disk': labels 'a.b' and 'a_b' would be one in text");
    CHECK_SAYS(prom_info_set(NULL, PROM_CONST_LABELS({ "x", "1" })), PROM_E_INVAL,
               "there is no info to set");
    CHECK_HAS(r, "host=\"h\",k=\"1\"} 1\n");
    prom_unref(i), prom_unref(v), prom_unref(r);
}

static void test_info_in_a_registry_of_legacy_names(void)
{
    prom_registry_opts o = { .size = sizeof o, .legacy_names = true };
    prom_registry *r;
    CHECK_OK(prom_registry_new(&o, &r));
    prom_info *i = make(r, "x");
    CHECK_SAYS(prom_info_set(i, PROM_CONST_LABELS({ "a.b", "1" })), PROM_E_LABELS,
               "'x': 'a.b' is not a label name of letters, digits and _");
    CHECK_OK(prom_info_set(i, PROM_CONST_LABELS({ "a_b", "1" })));
    prom_unref(i), prom_unref(r);
}

static void test_info_has_no_unit(void)
{
    prom_info *i;
    CHECK_SAYS(prom_info_new(NULL, PROM_OPTS(.name = "x", .help = "", .unit = "seconds"), &i),
               PROM_E_INVAL, "'x': an info has no unit");
    CHECK(!i);
}

static void test_info_with_wants_an_info(void)
{
    prom_vec *v;
    prom_info *i;
    CHECK_OK(prom_vec_new(NULL, PROM_GAUGE, PROM_OPTS(.name = "x", .help = ""), &v));
    CHECK_SAYS(prom_info_with(v, NULL, &i), PROM_E_TYPE, "'x' is a gauge, not an info");
    CHECK(!i);
    prom_unref(v);
}

/* What it said before gives its memory to what it says next. */
static void test_info_set_again_and_again(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_info *i = make(r, "x");
    const prom__store *store = ((prom__child *)(void *)i)->vec->store;
    uint64_t end = 0;
    char value[64];
    for (int k = 0; k < 3000; k++) {
        snprintf(value, sizeof value, "%0*d", 1 + k % 50, k);
        CHECK_OK(prom_info_set(i, PROM_CONST_LABELS({ "v", value })));
        if (k == 99)
            end = store->end;
    }
    CHECK_INT(store->end, end);
    CHECK_HAS(r, "\nx_info{v=\"00000000000000000000000000000000000000000000002999\"} 1\n");
    prom_unref(i), prom_unref(r);
}

/* Or no scrape would have room for it. */
static void test_info_refuses_what_no_record_has_room_for(void)
{
    const size_t n = (size_t)64 << 20;
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    char *value = malloc(n);
    memset(value, '"', n - 1);
    value[n - 1] = '\0';
    prom_label l[] = { { "a", value }, { "b", value }, { "c", value }, { "d", value },
                       { "e", value }, { "f", value }, { "g", value }, { "h", value },
                       { "i", value }, { NULL, NULL } };
    prom_info *i;
    CHECK_OK(prom_info_new(r, PROM_OPTS(.name = "x", .help = ""), &i));
    CHECK_OK(prom_info_set(i, PROM_CONST_LABELS({ "k", "v" })));
    CHECK_SAYS(prom_info_set(i, l), PROM_E_LABELS, "'x': the label values are too long");
    CHECK_HAS(r, "\nx_info{k=\"v\"} 1\n");
    free(value), prom_unref(i), prom_unref(r);
}

TESTS(ROW(test_info_refuses_what_no_record_has_room_for),
      ROW(test_info_is_one_before_it_says_anything), ROW(test_info_name_has_its_suffix_once),
      ROW(test_info_says_the_last_labels_sorted_with_the_familys),
      ROW(test_info_labels_stay_as_given_where_order_is_kept),
      ROW(test_info_series_are_in_order),
      ROW(test_info_refuses_bad_labels_and_says_what_it_said),
      ROW(test_info_in_a_registry_of_legacy_names), ROW(test_info_has_no_unit),
      ROW(test_info_with_wants_an_info), ROW(test_info_set_again_and_again))
