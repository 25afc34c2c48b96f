// SPDX-License-Identifier: Apache-2.0
/* consistency_test.c - what a gather refuses, a test for each row of the table of
 * client_golang's checks (its section 12): the wrong one is dropped and named, the rest stands.
 */
#include "kit.h"

#include <prom/gather.h>
#include <prom/vec.h>

typedef prom_err build_function(prom_builder *b, void *data);

static prom_registry *registry(bool pedantic)
{
    prom_registry_opts o = { .size = sizeof o, .pedantic = pedantic };
    prom_registry *r;
    CHECK_OK(prom_registry_new(&o, &r));
    return r;
}

static void add(prom_registry *r, const char *name, build_function *collect,
                build_function *describe)
{
    prom_collector_opts o = {
        .size = sizeof o, .name = name, .collect = collect, .describe = describe
    };
    prom_collector *c;
    CHECK_OK(prom_collector_new(r, &o, &c));
    prom_unref(c);
}

static prom_err build_fine(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "fine"));
    return e ? e : prom_build_value(b, NULL, 1);
}

/* The registry goes. */
static void check(prom_registry *r, const char *error)
{
    prom_snapshot *s;
    add(r, "fine", build_fine, NULL);
    CHECK_OK(prom_gather(r, &s));
    CHECK_STR(prom_snapshot_error(s, 0), error);
    CHECK(!error || !prom_snapshot_error(s, 1));
    CHECK(prom_snapshot_size(s) >= 1);
    prom_unref(s);
    CHECK_HAS(r, "fine 1\n");
    prom_unref(r);
}

static void check_one(build_function *collect, const char *error)
{
    prom_registry *r = registry(false);
    add(r, "bad", collect, NULL);
    check(r, error);
}

static prom_err family(prom_builder *b, prom_type t, const char *name, const char *help)
{
    return prom_build_family(b, t, PROM_OPTS(.name = name, .help = help));
}

/* --- rows ----------------------------------------------------------------- */

static prom_err nonsense(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = family(b, PROM_GAUGE, "x", NULL);
    if (e)
        return e;
    return (prom_err)1234;
}

/* What it built is not kept, as client_golang does, but dropped with the collector. */
static void test_row_1_callback_returns_nonsense(void)
{
    check_one(nonsense, "collector 'bad': unknown error code");
}

static prom_err invalid_desc(prom_builder *b, void *data)
{
    prom_desc *d;
    (void)data;
    prom_err e = prom_desc_new(PROM_GAUGE, PROM_OPTS(.name = "", .help = ""), &d);
    if (!e)
        e = prom_build_desc(b, d);
    prom_unref(d);
    return e;
}

static void test_row_2_invalid_description(void)
{
    check_one(invalid_desc, "collector 'bad': a metric's name is empty");
}

static prom_err fails(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = family(b, PROM_GAUGE, "x", NULL);
    if (!e)
        e = prom_build_value(b, NULL, 1);
    return e ? e : prom_fail(PROM_E_IO, "sensor is off");
}

static void test_row_3_error_of_a_metric(void)
{
    check_one(fails, "collector 'bad': sensor is off");
}

static prom_err help_a(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = family(b, PROM_GAUGE, "x", "A.");
    return e ? e : prom_build_value(b, NULL, 1);
}

static prom_err help_b(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = family(b, PROM_GAUGE, "x", "B.");
    return e ? e : prom_build_value(b, NULL, 1);
}

static void test_row_4_another_help_text(void)
{
    prom_registry *r = registry(false);
    add(r, "a", help_a, NULL);
    add(r, "b", help_b, NULL);
    check(r, "collector 'b': gauge 'x' is there with another help text");
}

static prom_err unit_s(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "x", .unit = "seconds"));
    return e ? e : prom_build_value(b, NULL, 1);
}

static prom_err unit_b(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "x", .unit = "bytes"));
    return e ? e : prom_build_value(b, NULL, 1);
}

/* There the unit is never compared. */
static void test_row_4_another_unit(void)
{
    prom_registry *r = registry(false);
    add(r, "a", unit_s, NULL);
    add(r, "b", unit_b, NULL);
    check(r, "collector 'b': gauge 'x' is there with another unit");
}

static prom_err counter(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = family(b, PROM_COUNTER, "x", NULL);
    return e ? e : prom_build_value(b, NULL, 1);
}

static void test_rows_5_and_8_another_type(void)
{
    prom_registry *r = registry(false);
    add(r, "a", counter, NULL);
    add(r, "b", help_a, NULL);
    check(r, "collector 'b': gauge 'x' clashes with counter 'x'");
}

static prom_err wrong_value(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = family(b, PROM_SUMMARY, "x", NULL);
    return e ? e : prom_build_value(b, NULL, 1);
}

static prom_err no_value(prom_builder *b, void *data)
{
    (void)data;
    return family(b, PROM_SUMMARY, "x", NULL);
}

/* A metric without a value cannot be said; a family without metrics is a family. */
static void test_row_6_no_value(void)
{
    check_one(wrong_value, "collector 'bad': 'x' is a summary and takes no single value");
    check_one(no_value, NULL);
}

static prom_err summary(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = family(b, PROM_SUMMARY, "x", NULL);
    return e ? e : prom_build_summary(b, NULL, 1, 1, NULL, 0);
}

static prom_err histogram(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = family(b, PROM_HISTOGRAM, "x", NULL);
    return e ? e : prom_build_histogram(b, NULL, 1, 1, NULL, 0);
}

static prom_err x_count(prom_builder *b, void *data)
{
    (void)data;
    return family(b, PROM_GAUGE, "x_count", NULL);
}

static prom_err x_sum(prom_builder *b, void *data)
{
    (void)data;
    return family(b, PROM_GAUGE, "x_sum", NULL);
}

static prom_err x_bucket(prom_builder *b, void *data)
{
    (void)data;
    return family(b, PROM_GAUGE, "x_bucket", NULL);
}

static prom_err x_created(prom_builder *b, void *data)
{
    (void)data;
    return family(b, PROM_GAUGE, "x_created", NULL);
}

/* In whichever order they come; `_created` too, which there is not looked at. */
static void test_row_7_suffixes(void)
{
    static const struct {
        build_function *a, *b;
        const char *error, *reversed;
    } rows[] = {
        { summary, x_count, "gauge 'x_count' clashes with summary 'x'",
          "summary 'x' clashes with gauge 'x_count'" },
        { summary, x_sum, "gauge 'x_sum' clashes with summary 'x'",
          "summary 'x' clashes with gauge 'x_sum'" },
        { summary, x_bucket, NULL, NULL },
        { histogram, x_bucket, "gauge 'x_bucket' clashes with histogram 'x'",
          "histogram 'x' clashes with gauge 'x_bucket'" },
        { histogram, x_count, "gauge 'x_count' clashes with histogram 'x'",
          "histogram 'x' clashes with gauge 'x_count'" },
        { histogram, x_sum, "gauge 'x_sum' clashes with histogram 'x'",
          "histogram 'x' clashes with gauge 'x_sum'" },
        { histogram, x_created, "gauge 'x_created' clashes with histogram 'x'",
          "histogram 'x' clashes with gauge 'x_created'" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int reversed = 0; reversed < 2; reversed++) {
            char error[200];
            prom_registry *r = registry(false);
            add(r, "a", reversed ? rows[i].b : rows[i].a, NULL);
            add(r, "b", reversed ? rows[i].a : rows[i].b, NULL);
            snprintf(error, sizeof error, "collector 'b': %s",
                     reversed ? rows[i].reversed : rows[i].error);
            check(r, rows[i].error ? error : NULL);
        }
}

static prom_err with_labels(prom_builder *b, prom_type t, const prom_label_str *l, size_t n)
{
    prom_err e = family(b, t, "x", NULL);
    if (!e)
        e = prom_build_labels(b, l, n);
    if (e)
        return e;
    return t == PROM_SUMMARY     ? prom_build_summary(b, NULL, 1, 1, NULL, 0)
           : t == PROM_HISTOGRAM ? prom_build_histogram(b, NULL, 1, 1, NULL, 0)
                                 : prom_build_value(b, NULL, 1);
}

#define L(name, value)              \
    {                               \
        { name, sizeof name - 1 },  \
        {                           \
            value, sizeof value - 1 \
        }                           \
    }
#define LABELS(function, type, ...)                           \
    static prom_err function(prom_builder *b, void *data)     \
    {                                                         \
        prom_label_str l[] = { __VA_ARGS__ };                 \
        (void)data;                                           \
        return with_labels(b, type, l, sizeof l / sizeof *l); \
    }

LABELS(twice, PROM_GAUGE, L("l", "1"), L("a", "2"), L("l", "1"))

/* Not only neighbours: trap 10. */
static void test_row_9_label_twice(void)
{
    check_one(twice, "collector 'bad': 'x' has label 'l' twice");
}

LABELS(reserved, PROM_GAUGE, L("__l", "1"))
LABELS(empty, PROM_GAUGE, L("", "1"))
LABELS(no_utf8, PROM_GAUGE, L("\xff", "1"))

static void test_row_10_label_names(void)
{
    check_one(reserved, "collector 'bad': 'x': label '__l' begins with __, which is reserved");
    check_one(empty, "collector 'bad': 'x' has a label with an empty name");
    check_one(no_utf8, "collector 'bad': 'x' has a label whose name is not valid UTF-8");
}

LABELS(quantile, PROM_SUMMARY, L("quantile", "1"))
LABELS(le, PROM_HISTOGRAM, L("le", "1"))

static void test_row_11_reserved_labels(void)
{
    check_one(quantile, "collector 'bad': 'x': label 'quantile' is reserved in a summary");
    check_one(le, "collector 'bad': 'x': label 'le' is reserved in a histogram");
}

LABELS(bad_value, PROM_GAUGE, L("l", "\xff"))

static void test_row_12_label_values(void)
{
    check_one(bad_value, "collector 'bad': 'x': the value of label 'l' is not valid UTF-8");
}

static prom_err build_twice(prom_builder *b, void *data)
{
    prom_label_str one[] = { L("a", "1"), L("b", "2") }, two[] = { L("b", "2"), L("a", "1") };
    (void)data;
    prom_err e = family(b, PROM_GAUGE, "x", NULL);
    if (!e)
        e = prom_build_labels(b, one, 2);
    if (!e)
        e = prom_build_value(b, NULL, 1);
    if (!e)
        e = prom_build_labels(b, two, 2);
    return e ? e : prom_build_value(b, NULL, 1);
}

static prom_err build_at_two_times(prom_builder *b, void *data)
{
    prom_err e = build_twice(b, data);
    return e ? e : prom_build_timestamp(b, 5);
}

/* In whichever order the labels come; with another timestamp it is another one. */
static void test_row_13_metric_twice(void)
{
    check_one(build_twice, "collector 'bad': family 'x' has {a=\"1\",b=\"2\"} twice");
    check_one(build_at_two_times, NULL);
}

/* --- pedantic registries
 * ---------------------------------------------------------------------- */

static prom_err described(prom_builder *b, void *data)
{
    (void)data;
    return prom_build_family(b, PROM_GAUGE,
                             PROM_OPTS(.name = "x", .help = "X.", .unit = "bytes",
                                       .labels = PROM_LABELS("a", "b"),
                                       .const_labels = PROM_CONST_LABELS({ "c", "\"" })));
}

static void check_pedantic(build_function *collect, const char *error)
{
    for (int pedantic = 0; pedantic < 2; pedantic++) {
        prom_registry *r = registry(pedantic);
        add(r, "bad", collect, described);
        check(r, pedantic ? error : NULL);
    }
}

static prom_err as_described(prom_builder *b, const char *help, const char *unit,
                             const prom_label_str *l, size_t n)
{
    prom_err e =
        prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "x", .help = help, .unit = unit));
    if (!e)
        e = prom_build_labels(b, l, n);
    return e ? e : prom_build_value(b, NULL, 1);
}

#define AS_DESCRIBED(function, help, unit, ...)                      \
    static prom_err function(prom_builder *b, void *data)            \
    {                                                                \
        prom_label_str l[] = { __VA_ARGS__ };                        \
        (void)data;                                                  \
        return as_described(b, help, unit, l, sizeof l / sizeof *l); \
    }

AS_DESCRIBED(right, "X.", "bytes", L("b", "1"), L("c", "\""), L("a", "2"))
AS_DESCRIBED(other_help, "Y.", "bytes", L("b", "1"), L("c", "\""), L("a", "2"))
AS_DESCRIBED(no_unit, "X.", NULL, L("b", "1"), L("c", "\""), L("a", "2"))
AS_DESCRIBED(few_labels, "X.", "bytes", L("b", "1"), L("c", "\""))
AS_DESCRIBED(other_label, "X.", "bytes", L("b", "1"), L("c", "\""), L("z", "2"))
AS_DESCRIBED(more_labels, "X.", "bytes", L("b", "1"), L("c", "\""), L("a", "2"), L("z", "2"))
AS_DESCRIBED(other_constant, "X.", "bytes", L("b", "1"), L("c", "'"), L("a", "2"))

static prom_err not_described(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = family(b, PROM_GAUGE, "y", NULL);
    return e ? e : prom_build_value(b, NULL, 1);
}

static prom_err other_type(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = family(b, PROM_UNKNOWN, "x", "X.");
    return e ? e : prom_build_value(b, NULL, 1);
}

static void test_row_14_not_described(void)
{
    check_pedantic(right, NULL);
    check_pedantic(not_described, "collector 'bad': family 'y' was not described");
}

static void test_row_15_another_help_text_or_unit(void)
{
    prom_registry *r = registry(true);
    check_pedantic(no_unit, "collector 'bad': family 'x' was described with another unit");
    /* Of a described family even one that is not pedantic knows the help text and type. */
    add(r, "bad", other_help, described);
    check(r, "collector 'bad': family 'x' was described with another help text");
    r = registry(true);
    add(r, "bad", other_type, described);
    check(r, "collector 'bad': family 'x' was described as gauge, not unknown");
}

static void test_row_16_other_labels(void)
{
    check_pedantic(few_labels, "collector 'bad': family 'x' was described with other labels "
                               "than {b=\"1\",c=\"\\\"\"}");
    check_pedantic(other_label, "collector 'bad': family 'x' was described with other labels "
                                "than {b=\"1\",c=\"\\\"\",z=\"2\"}");
    check_pedantic(more_labels, "collector 'bad': family 'x' was described with other labels "
                                "than {a=\"2\",b=\"1\",c=\"\\\"\",z=\"2\"}");
    check_pedantic(other_constant,
                   "collector 'bad': family 'x' was described with other labels "
                   "than {a=\"2\",b=\"1\",c=\"'\"}");
}

/* Who does not describe himself is not looked at, as there. */
static void test_pedantic_lets_the_unchecked_be(void)
{
    prom_registry *r = registry(true);
    add(r, "unchecked", not_described, NULL);
    check(r, NULL);
}

static prom_err describe_info(prom_builder *b, void *data)
{
    (void)data;
    return prom_build_family(b, PROM_INFO,
                             PROM_OPTS(.name = "y_info", .labels = PROM_LABELS("a")));
}

static prom_err build_info(prom_builder *b, void *data)
{
    prom_label_str version[] = { L("version", "1") };
    prom_err e = describe_info(b, data);
    return e ? e : prom_build_info(b, PROM_VALUES("2"), version, 1);
}

/* What an info says need not be described; and wraps change what is described as they change
 * what is built. */
static void test_pedantic_of_infos_and_wraps(void)
{
    prom_registry *r = registry(true), *w;
    CHECK_OK(prom_registry_wrap(
        r, PROM_WRAP_OPTS(.prefix = "w_", .labels = PROM_CONST_LABELS({ "zone", "a" })), &w));
    add(w, "info", build_info, describe_info);
    add(w, "right", right, described);
    CHECK_HAS(r, "w_y_info{a=\"2\",version=\"1\",zone=\"a\"} 1\n");
    CHECK_HAS(r, "w_x{a=\"2\",b=\"1\",c=\"\\\"\",zone=\"a\"} 1\n");
    prom_unref(w);
    check(r, NULL);
}

TESTS(ROW(test_row_1_callback_returns_nonsense), ROW(test_row_2_invalid_description),
      ROW(test_row_3_error_of_a_metric), ROW(test_row_4_another_help_text),
      ROW(test_row_4_another_unit), ROW(test_rows_5_and_8_another_type),
      ROW(test_row_6_no_value), ROW(test_row_7_suffixes), ROW(test_row_9_label_twice),
      ROW(test_row_10_label_names), ROW(test_row_11_reserved_labels),
      ROW(test_row_12_label_values), ROW(test_row_13_metric_twice),
      ROW(test_row_14_not_described), ROW(test_row_15_another_help_text_or_unit),
      ROW(test_row_16_other_labels), ROW(test_pedantic_lets_the_unchecked_be),
      ROW(test_pedantic_of_infos_and_wraps))
