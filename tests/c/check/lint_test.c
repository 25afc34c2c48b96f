// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <prom/lint.h>
#include <prom/parse.h>

typedef struct said {
    char text[4096];
    size_t n;
} said;

static prom_err note(void *data, const prom_lint_problem *p)
{
    said *s = data;
    s->n +=
        (size_t)snprintf(s->text + s->n, sizeof s->text - s->n, "%s: %s\n", p->metric, p->text);
    return PROM_OK;
}

static void check_problems(const char *text, const char *want, int line)
{
    said s = { "", 0 };
    prom_err e = prom_lint_text(text, strlen(text), NULL, 0, note, &s);
    check_str(prom_err_name(e), "PROM_OK", __FILE__, line, prom_error(e));
    check_str(s.text, want, __FILE__, line, text);
}
#define CHECK_PROBLEMS(text, want) check_problems((text), (want), __LINE__)

#define HELP "# HELP x h\n"

static void test_nothing_wrong(void)
{
    CHECK_PROBLEMS("", "");
    CHECK_PROBLEMS("# HELP x_seconds h\n# TYPE x_seconds histogram\n"
                   "x_seconds_bucket{le=\"+Inf\"} 0\nx_seconds_count 0\nx_seconds_sum 0\n"
                   "# HELP y h\n# TYPE y summary\ny{quantile=\"1\"} 0\n"
                   "# HELP z_total h\n# TYPE z_total counter\nz_total{l=\"a\"} 0\n",
                   "");
    /* Nothing but metadata: nobody sees it. */
    CHECK_PROBLEMS("# TYPE xY:ms counter\n", "");
}

static void test_help(void)
{
    CHECK_PROBLEMS("x 1\n", "x: no help text\n");
    CHECK_PROBLEMS("# HELP x\nx 1\n", "x: no help text\n");
    CHECK_PROBLEMS("# HELP x  \nx 1\n", "x: no help text\n");
}

static void test_units(void)
{
    static const struct {
        const char *name, *base, *unit;
    } rows[] = {
        { "x_milliseconds", "seconds", "milliseconds" },
        { "x_seconds", NULL, NULL },
        { "seconds", NULL, NULL },
        { "minutes", "seconds", "minutes" },
        { "x_hours_y", "seconds", "hours" },
        { "x_days", "seconds", "days" },
        { "x_weeks", "seconds", "weeks" },
        { "x_kelvin", NULL, NULL },
        { "x_kelvins", "kelvin", "kelvins" },
        { "x_millikelvin", "kelvin", "millikelvin" },
        { "x_fahrenheit", "celsius", "fahrenheit" },
        { "x_rankine", "celsius", "rankine" },
        { "x_inches", "meters", "inches" },
        { "x_yards", "meters", "yards" },
        { "x_miles", "meters", "miles" },
        { "x_metres", NULL, NULL },
        { "x_kilometers", "meters", "kilometers" },
        { "x_centimetres", "metres", "centimetres" },
        { "x_bits", "bytes", "bits" },
        { "x_kibibytes", "bytes", "kibibytes" },
        { "x_megabits", "bytes", "megabits" },
        { "x_mebibits", "bytes", "mebibits" },
        { "x_calories", "joules", "calories" },
        { "x_pounds", "grams", "pounds" },
        { "x_ounces", "grams", "ounces" },
        { "x_kilograms", "grams", "kilograms" },
        { "x_picovolts", "volts", "picovolts" },
        { "x_nanoamperes", "amperes", "nanoamperes" },
        { "x_bytes_milliseconds", NULL, NULL }, /* only the first counts */
        { "x_ms_milliseconds_y", "seconds", "milliseconds" },
        { "x_kilokiloseconds", NULL, NULL },
        { "x_Seconds_Minutes", NULL, NULL },
        { "x__minutes", "seconds", "minutes" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[200], want[300] = "";
        if (strstr(rows[i].name, "_ms_"))
            snprintf(want, sizeof want,
                     "%s: metric names should not contain abbreviated units\n", rows[i].name);
        if (rows[i].base)
            snprintf(want + strlen(want), sizeof want - strlen(want),
                     "%s: use base unit \"%s\" instead of \"%s\"\n", rows[i].name, rows[i].base,
                     rows[i].unit);
        snprintf(text, sizeof text, "# HELP %s h\n%s 1\n", rows[i].name, rows[i].name);
        CHECK_PROBLEMS(text, want);
    }
}

static void test_abbreviations(void)
{
    static const char *const words[] = { "s",  "ms", "us", "ns", "sec", "b", "kb",
                                         "mb", "gb", "tb", "pb", "m",   "h", "d" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char text[200], want[200];
        snprintf(text, sizeof text,
                 "# HELP x_%s h\nx_%s 1\n# HELP y_%s_z h\ny_%s_z 1\n# HELP %s_z h\n%s_z 1\n"
                 "# HELP z%s h\nz%s 1\n",
                 words[i], words[i], words[i], words[i], words[i], words[i], words[i],
                 words[i]);
        snprintf(want, sizeof want,
                 "x_%s: metric names should not contain abbreviated units\n"
                 "y_%s_z: metric names should not contain abbreviated units\n",
                 words[i], words[i]);
        CHECK_PROBLEMS(text, want);
    }
    CHECK_PROBLEMS("# HELP x_MS_b h\nx_MS_b 1\n",
                   "x_MS_b: metric names should not contain abbreviated units\n"
                   "x_MS_b: metric names should not contain abbreviated units\n");
}

static void test_counters(void)
{
    CHECK_PROBLEMS(HELP "# TYPE x counter\nx 1\n",
                   "x: counter metrics should have \"_total\" suffix\n");
    CHECK_PROBLEMS("# HELP x_total h\n# TYPE x_total gauge\nx_total 1\n",
                   "x_total: non-counter metrics should not have \"_total\" suffix\n");
    CHECK_PROBLEMS("# HELP x_total h\nx_total 1\n", "");
    CHECK_PROBLEMS("# HELP x_total_y h\n# TYPE x_total_y gauge\nx_total_y 1\n", "");
}

static void test_types_in_names(void)
{
    CHECK_PROBLEMS("# HELP x_counter_total h\n# TYPE x_counter_total counter\n"
                   "x_counter_total 1\n"
                   "# HELP x_Gauge h\n# TYPE x_Gauge gauge\nx_Gauge 1\n"
                   "# HELP gauge_x h\n# TYPE gauge_x gauge\ngauge_x 1\n"
                   "# HELP y_gauge h\ny_gauge 1\n"
                   "# HELP y_counter h\n# TYPE y_counter gauge\ny_counter 1\n"
                   "# HELP z_summary h\n# TYPE z_summary summary\nz_summary_count 1\n",
                   "x_Gauge: metric name should not include type 'gauge'\n"
                   "x_counter_total: metric name should not include type 'counter'\n"
                   "z_summary: metric name should not include type 'summary'\n");
}

static void test_letters(void)
{
    CHECK_PROBLEMS("# HELP a:b h\na:b 1\n", "a:b: metric names should not contain ':'\n");
    CHECK_PROBLEMS("# HELP aB h\naB{cD=\"1\",eF=\"\"} 1\naB{cD=\"2\"} 1\n",
                   "aB: label names should be written in 'snake_case' not 'camelCase'\n"
                   "aB: label names should be written in 'snake_case' not 'camelCase'\n"
                   "aB: label names should be written in 'snake_case' not 'camelCase'\n"
                   "aB: metric names should be written in 'snake_case' not 'camelCase'\n");
    CHECK_PROBLEMS("# HELP AB_C h\nAB_C{DE=\"fG\"} 1\n", "");
}

static void test_reserved_by_histograms_and_summaries(void)
{
    CHECK_PROBLEMS(
        "# HELP x_bucket h\n# TYPE x_bucket gauge\nx_bucket{le=\"1\",quantile=\"1\"} 1\n"
        "# HELP x_count h\n# TYPE x_count gauge\nx_count 1\n"
        "# HELP x_sum h\n# TYPE x_sum gauge\nx_sum 1\n",
        "x_bucket: non-histogram metrics should not have \"_bucket\" suffix\n"
        "x_bucket: non-histogram metrics should not have \"le\" label\n"
        "x_bucket: non-summary metrics should not have \"quantile\" label\n"
        "x_count: non-histogram and non-summary metrics should not have \"_count\" suffix\n"
        "x_sum: non-histogram and non-summary metrics should not have \"_sum\" suffix\n");
    CHECK_PROBLEMS("# HELP x_bucket h\nx_bucket{le=\"1\",quantile=\"1\"} 1\n"
                   "# HELP x_count h\nx_count 1\n# HELP x_sum h\nx_sum 1\n",
                   "");
    CHECK_PROBLEMS("# HELP x_sum h\n# TYPE x_sum summary\nx_sum_count{le=\"1\"} 1\n"
                   "# HELP y_count h\n# TYPE y_count histogram\n"
                   "y_count_count{quantile=\"1\"} 1\n",
                   "x_sum: non-histogram metrics should not have \"le\" label\n"
                   "y_count: non-summary metrics should not have \"quantile\" label\n");
}

static void test_what_is_there_twice(void)
{
    CHECK_PROBLEMS(HELP "x 1\nx 2\nx 3\nx{a=\"1\"} 1\nx{a=\"2\"} 1\nx{a=\"1\"} 1 5\n",
                   "x: metric not unique\nx: metric not unique\nx: metric not unique\n");
    CHECK_PROBLEMS(HELP "x{a=\"1b\"} 1\nx{a=\"1\",b=\"\"} 2\nx{a1=\"b\"} 1\n", "");
    said s = { "", 0 };
    CHECK_SAYS(prom_lint_text("x 1\ny", 5, NULL, 0, note, &s), PROM_E_SYNTAX,
               "line 2, column 2: no value");
}

/* --- what a registry has ------------------------------------------------ */

static prom_err build(prom_builder *b, void *data)
{
    (void)data;
    prom_build_family(b, PROM_INFO, PROM_OPTS(.name = "build_info", .help = ""));
    prom_build_value(b, NULL, 1);
    prom_build_family(b, PROM_STATESET, PROM_OPTS(.name = "mode_gauge", .help = "h"));
    prom_build_value(b, NULL, 1);
    prom_build_family(b, PROM_GAUGE_HISTOGRAM, PROM_OPTS(.name = "sizes_bucket"));
    return prom_build_histogram(b, NULL, 0, 0, NULL, 0);
}

static prom_snapshot *gathered(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c = NULL;
    prom_snapshot *s = NULL;
    prom_collector_opts o = { .size = sizeof o, .name = "c", .collect = build };
    CHECK_OK(prom_collector_new(r, &o, &c));
    CHECK_OK(prom_gather(r, &s));
    prom_unref(c);
    prom_unref(r);
    return s;
}

static void test_a_snapshot(void)
{
    prom_snapshot *s = gathered();
    said all = { "", 0 };
    CHECK_OK(prom_lint(s, NULL, 0, note, &all));
    CHECK_STR(all.text, "mode_gauge: metric name should not include type 'gauge'\n"
                        "sizes_bucket: no help text\n");
    prom_unref(s);
}

static prom_err no_infos(void *data, const prom_family *f,
                         prom_err (*report)(void *to, const char *text), void *to)
{
    (*(int *)data)++;
    char text[100];
    if (f->type != PROM_INFO)
        return PROM_OK;
    for (int i = 2; i; i--) {
        snprintf(text, sizeof text, "no %s, for reason %d", f->name, i);
        prom_err e = report(to, text);
        if (e)
            return e;
    }
    return PROM_OK;
}

static prom_err fails(void *data, const prom_family *f,
                      prom_err (*report)(void *to, const char *text), void *to)
{
    (void)data, (void)report, (void)to;
    return prom_fail(PROM_E_CALLBACK, "cannot judge %s", f->name);
}

static void test_rules_of_ones_own(void)
{
    prom_snapshot *s = gathered();
    said all = { "", 0 };
    int calls = 0;
    prom_lint_rule rules[] = { { no_infos, &calls }, { fails, NULL } };
    CHECK_OK(prom_lint(s, rules, 1, note, &all));
    CHECK_STR(all.text, "build_info: no build_info, for reason 1\n"
                        "build_info: no build_info, for reason 2\n"
                        "mode_gauge: metric name should not include type 'gauge'\n"
                        "sizes_bucket: no help text\n");
    CHECK_INT(calls, 3);
    all = (said){ "", 0 };
    CHECK_SAYS(prom_lint(s, rules, 2, note, &all), PROM_E_CALLBACK, "cannot judge build_info");
    CHECK_STR(all.text, "");
    prom_unref(s);
}

static prom_err stop(void *data, const prom_lint_problem *p)
{
    (*(int *)data)++;
    return prom_fail(PROM_E_CANCELLED, "%s is enough", p->metric);
}

static void test_stopping(void)
{
    prom_snapshot *s = gathered();
    int calls = 0;
    CHECK_SAYS(prom_lint(s, NULL, 0, stop, &calls), PROM_E_CANCELLED, "mode_gauge is enough");
    CHECK_INT(calls, 1);
    CHECK_ERR(prom_lint(NULL, NULL, 0, stop, &calls), PROM_E_INVAL);
    CHECK_ERR(prom_lint(s, NULL, 0, NULL, NULL), PROM_E_INVAL);
    CHECK_ERR(prom_lint(s, NULL, 1, stop, &calls), PROM_E_INVAL);
    CHECK_SAYS(prom_lint(s, &(prom_lint_rule){ NULL, NULL }, 1, stop, &calls), PROM_E_INVAL,
               "a rule has no function");
    prom_unref(s);
}

TESTS(ROW(test_nothing_wrong), ROW(test_help), ROW(test_units), ROW(test_abbreviations),
      ROW(test_counters), ROW(test_types_in_names), ROW(test_letters),
      ROW(test_reserved_by_histograms_and_summaries), ROW(test_what_is_there_twice),
      ROW(test_a_snapshot), ROW(test_rules_of_ones_own), ROW(test_stopping))
