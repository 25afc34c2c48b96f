// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "model/desc.h"

static prom__desc *describe(prom_type t, const prom_opts *o)
{
    prom__desc *d = NULL;
    CHECK_OK(prom__desc_new(t, o, false, &d));
    return d;
}

/* --- names ------------------------------------------------------------------ */

static void test_desc_completes_names(void)
{
    static const struct {
        prom_type type;
        const char *name, *unit, *full;
    } rows[] = {
        { PROM_COUNTER, "hits", NULL, "hits_total" },
        { PROM_COUNTER, "hits_total", NULL, "hits_total" },
        { PROM_COUNTER, "hits", "bytes", "hits_bytes_total" },
        { PROM_COUNTER, "hits_total", "bytes", "hits_bytes_total" },
        { PROM_COUNTER, "hits_bytes", "bytes", "hits_bytes_total" },
        { PROM_COUNTER, "hits_bytes_total", "bytes", "hits_bytes_total" },
        { PROM_COUNTER, "_total", NULL, "_total_total" },
        { PROM_GAUGE, "hits_total", NULL, "hits_total" },
        { PROM_GAUGE, "temperature", "celsius", "temperature_celsius" },
        { PROM_GAUGE, "temperature_celsius", "celsius", "temperature_celsius" },
        { PROM_GAUGE, "xcelsius", "celsius", "xcelsius_celsius" },
        { PROM_GAUGE, "celsius", "celsius", "celsius_celsius" },
        { PROM_GAUGE, "g", "", "g" },
        { PROM_HISTOGRAM, "latency", "seconds", "latency_seconds" },
        { PROM_SUMMARY, "latency_seconds", "seconds", "latency_seconds" },
        { PROM_GAUGE, "caf\xC3\xA9.open", "h", "caf\xC3\xA9.open_h" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        prom__desc *d = describe(
            rows[i].type, PROM_OPTS(.name = rows[i].name, .help = "", .unit = rows[i].unit));
        CHECK_STR(d->opts.name, rows[i].full);
        CHECK_STR(d->given, rows[i].name);
        CHECK_STR(d->opts.unit, rows[i].unit && *rows[i].unit ? rows[i].unit : NULL);
        prom_unref(d);
    }
}

static void test_desc_joins_names(void)
{
    static const struct {
        prom_type type;
        const char *namespace_, *subsystem, *name, *given, *full;
    } rows[] = {
        { PROM_GAUGE, "a", "b", "c", "a_b_c", "a_b_c" },
        { PROM_GAUGE, "a", NULL, "c", "a_c", "a_c" },
        { PROM_GAUGE, "", "b", "c", "b_c", "b_c" },
        { PROM_COUNTER, "a", "", "c", "a_c", "a_c_total" },
        { PROM_COUNTER, "a", "b", "c_total", "a_b_c_total", "a_b_c_total" },
        { PROM_GAUGE, "a", NULL, "1", "a_1", "a_1" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        prom_opts o = PROM_OPTS_INIT;
        o.namespace_ = rows[i].namespace_;
        o.subsystem = rows[i].subsystem;
        o.name = rows[i].name;
        o.help = "";
        prom__desc *d;
        if (!CHECK_OK(prom__desc_new(rows[i].type, &o, true, &d)))
            continue;
        CHECK_STR(d->opts.name, rows[i].full);
        CHECK_STR(d->given, rows[i].given);
        CHECK_STR(d->opts.namespace_, NULL);
        CHECK_STR(d->opts.subsystem, NULL);
        prom_unref(d);
    }
    prom__desc *d;
    CHECK_SAYS(
        prom__desc_new(PROM_GAUGE,
                       PROM_OPTS(.namespace_ = "a", .subsystem = "b", .name = "", .help = ""),
                       false, &d),
        PROM_E_NAME, "a metric's name is empty");
    CHECK_SAYS(prom__desc_new(PROM_GAUGE, PROM_OPTS(.namespace_ = "a", .help = ""), false, &d),
               PROM_E_NAME, "a metric needs a name");
    CHECK_SAYS(prom__desc_new(PROM_GAUGE,
                              PROM_OPTS(.namespace_ = "\xE9", .name = "x", .help = ""), false,
                              &d),
               PROM_E_NAME, "a metric's name is not valid UTF-8");
    CHECK_SAYS(prom__desc_new(PROM_GAUGE,
                              PROM_OPTS(.subsystem = "a-b", .name = "x", .help = ""), true, &d),
               PROM_E_NAME, "'a-b_x' is not a metric name of letters, digits, _ and :");
    CHECK_SAYS(prom__desc_new(PROM_GAUGE, PROM_OPTS(.subsystem = "a", .name = "x"), true, &d),
               PROM_E_INVAL, "'a_x' has no help text (\"\" will do)");
}

/* Each of these is wrong in all that the rows below it name; the first wrong thing is said. */
static void test_desc_says_the_first_wrong_thing(void)
{
    static const char *const variable[] = { "", "v", NULL };
    static const char *const twice[] = { "v", "v", NULL };
    const prom_label bad_name[] = { { "c", "\xE9" }, { "__c", "" }, { NULL, NULL } };
    const prom_label bad_value[] = { { "c", "\xE9" }, { NULL, NULL } };
    const struct {
        const char *name;
        const prom_label *constants;
        const char *const *labels;
        const char *sentence;
    } rows[] = {
        { "", bad_name, variable, "a metric's name is empty" },
        { "x", bad_name, variable, "'x': label '__c' begins with __, which is reserved" },
        { "x", bad_value, variable, "'x': the value of label 'c' is not valid UTF-8" },
        { "x", NULL, variable, "'x' has a label with an empty name" },
        { "x", NULL, twice, "'x' has label 'v' twice" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        prom__desc *d;
        prom_opts o = PROM_OPTS_INIT;
        o.name = rows[i].name;
        o.help = "";
        o.labels = rows[i].labels;
        o.const_labels = rows[i].constants;
        CHECK(prom__desc_new(PROM_GAUGE, &o, false, &d) != PROM_OK);
        CHECK_STR(prom_error(i == 2 ? PROM_E_LABELS : PROM_E_NAME), rows[i].sentence);
    }
}

static void test_desc_copies_everything(void)
{
    char name[] = "n", help[] = "h", unit[] = "u", label[] = "l", constant[] = "c",
         value[] = "v";
    double buckets[] = { 1, 2, INFINITY };
    prom_opts o = PROM_OPTS_INIT;
    o.name = name;
    o.help = help;
    o.unit = unit;
    o.labels = (const char *const[]){ label, NULL };
    o.const_labels = (const prom_label[]){ { constant, value }, { NULL, NULL } };
    o.buckets = buckets;
    prom__desc *d = describe(PROM_HISTOGRAM, &o);
    name[0] = help[0] = unit[0] = label[0] = constant[0] = value[0] = '?';
    buckets[0] = buckets[1] = -5;
    CHECK_STR(d->opts.name, "n_u");
    CHECK_STR(d->opts.help, "h");
    CHECK_STR(d->opts.labels[0], "l");
    CHECK_STR(d->opts.labels[1], NULL);
    CHECK_STR(d->opts.const_labels[0].name, "c");
    CHECK_STR(d->opts.const_labels[0].value, "v");
    CHECK_STR(d->opts.const_labels[1].name, NULL);
    CHECK_DBL(d->opts.buckets[0], 1);
    CHECK_DBL(d->opts.buckets[1], 2);
    prom_unref(d);
}

/* --- what is missing gets its default --------------------------------------- */

static void test_desc_defaults(void)
{
    static const char *const marks[] = { "0.005", "0.01", "0.025", "0.05", "0.1", "0.25",
                                         "0.5",   "1",    "2.5",   "5",    "10",  "+Inf" };
    prom__desc *d = describe(PROM_HISTOGRAM, PROM_OPTS(.name = "h", .help = ""));
    CHECK_INT(d->n_bounds, 11);
    for (size_t i = 0; i < 12; i++) {
        CHECK_STR(d->marks[i].p, marks[i]);
        CHECK_INT(d->marks[i].n, strlen(marks[i]));
    }
    for (size_t i = 11; i < 15; i++) /* may be read by fours */
        CHECK_DBL(d->opts.buckets[i], INFINITY);
    prom_unref(d);
    d = describe(PROM_SUMMARY, PROM_OPTS(.name = "s", .help = ""));
    CHECK_DBL(d->opts.max_age, 600);
    CHECK_INT(d->opts.age_buckets, 5);
    CHECK_DBL(d->opts.accuracy, 0.01);
    CHECK_INT(d->n_objectives, 0);
    prom_unref(d);
    d = describe(PROM_GAUGE, PROM_OPTS(.name = "g", .help = "", .buckets = PROM_BUCKETS(1),
                                       .objectives = PROM_OBJECTIVES({ .5, .1 })));
    CHECK(!d->opts.buckets && !d->opts.objectives && !d->n_bounds && !d->n_objectives);
    CHECK(d->opts.labels && !d->opts.labels[0]);
    CHECK(d->opts.const_labels && !d->opts.const_labels[0].name);
    prom_unref(d);
    d = describe(PROM_HISTOGRAM,
                 PROM_OPTS(.name = "h", .help = "", .buckets = (double[]){ INFINITY }));
    CHECK_INT(d->n_bounds, 0);
    CHECK_STR(d->marks[0].p, "+Inf");
    prom_unref(d);
    d = describe(PROM_HISTOGRAM, PROM_OPTS(.name = "h", .help = "", .native_factor = 1.1));
    CHECK_INT(d->n_bounds, 0);
    CHECK_DBL(d->opts.buckets[0], INFINITY);
    CHECK(d->native.on);
    prom_unref(d);
    d = describe(PROM_HISTOGRAM, PROM_OPTS(.name = "h", .help = "", .native_factor = 1.1,
                                           .buckets = PROM_BUCKETS(1, 2)));
    CHECK_INT(d->n_bounds, 2);
    CHECK(d->native.on);
    prom_unref(d);
    d = describe(PROM_GAUGE, PROM_OPTS(.name = "g", .help = "", .native_factor = (double)NAN));
    CHECK(!d->native.on);
    prom_unref(d);
}

static void test_desc_sorts_objectives(void)
{
    prom__desc *d = describe(PROM_SUMMARY,
                             PROM_OPTS(.name = "s", .help = "",
                                       .objectives = PROM_OBJECTIVES({ 0.99, 0.001 }, { 0, 0 },
                                                                     { 1, 1 }, { 0.5, 0.05 })));
    static const char *const marks[] = { "0", "0.5", "0.99", "1" };
    static const double errors[] = { 0, 0.05, 0.001, 1 };
    CHECK_INT(d->n_objectives, 4);
    for (size_t i = 0; i < 4; i++) {
        CHECK_STR(d->marks[i].p, marks[i]);
        CHECK_DBL(d->opts.objectives[i].error, errors[i]);
    }
    CHECK(d->opts.objectives[4].quantile < 0);
    prom_unref(d);
}

/* --- what is refused ------------------------------------------------------------ */

typedef struct refusal {
    prom_type type;
    bool legacy;
    const char *code, *sentence;
    prom_opts o; /* its size is set for it */
} refusal;

static const refusal refusals[] = {
    { PROM_GAUGE, false, "PROM_E_NAME", "a metric needs a name", { .help = "" } },
    { PROM_GAUGE,
      false,
      "PROM_E_NAME",
      "a metric's name is empty",
      { .name = "", .help = "" } },
    { PROM_COUNTER,
      false,
      "PROM_E_NAME",
      "a metric's name is not valid UTF-8",
      { .name = "\xFF", .help = "" } },
    { PROM_COUNTER,
      true,
      "PROM_E_NAME",
      "'a.b' is not a metric name of letters, digits, _ and :",
      { .name = "a.b", .help = "" } },
    { PROM_COUNTER,
      true,
      "PROM_E_NAME",
      "'a_k/s_total' is not a metric name of letters, digits, _ and :",
      { .name = "a", .help = "", .unit = "k/s" } },
    { PROM_GAUGE,
      false,
      "PROM_E_INVAL",
      "'g' has no help text (\"\" will do)",
      { .name = "g" } },
    { PROM_GAUGE,
      false,
      "PROM_E_INVAL",
      "'g': the help text is not valid UTF-8",
      { .name = "g", .help = "caf\xE9" } },
    { PROM_GAUGE,
      false,
      "PROM_E_INVAL",
      "'g': the unit is not valid UTF-8",
      { .name = "g", .help = "", .unit = "\xE9" } },
    { PROM_COUNTER,
      false,
      "PROM_E_NAME",
      "'hits' has label 'a' twice", /* as it was given, not hits_total */
      { .name = "hits", .help = "", .labels = (const char *const[]){ "a", "b", "a", NULL } } },
    { PROM_HISTOGRAM,
      false,
      "PROM_E_NAME",
      "'h': label 'le' is reserved in a histogram",
      { .name = "h", .help = "", .unit = "s", .labels = (const char *const[]){ "le", NULL } } },
    { PROM_GAUGE,
      true,
      "PROM_E_NAME",
      "'g': 'a.b' is not a label name of letters, digits and _",
      { .name = "g", .help = "", .labels = (const char *const[]){ "a.b", NULL } } },
    { PROM_GAUGE,
      false,
      "PROM_E_LABELS",
      "'g': constant label 'c' has no value",
      { .name = "g",
        .help = "",
        .const_labels = (const prom_label[]){ { "c", 0 }, { 0, 0 } } } },
    { PROM_HISTOGRAM,
      false,
      "PROM_E_INVAL",
      "'h': buckets must ascend, but 1 follows 2",
      { .name = "h", .help = "", .buckets = (const double[]){ 2, 1, INFINITY } } },
    { PROM_HISTOGRAM,
      false,
      "PROM_E_INVAL",
      "'h': buckets must ascend, but 1 follows 1",
      { .name = "h", .help = "", .buckets = (const double[]){ 1, 1, INFINITY } } },
    { PROM_HISTOGRAM,
      false,
      "PROM_E_INVAL",
      "'h': a bucket's bound is NaN",
      { .name = "h", .help = "", .buckets = (const double[]){ 1, (double)NAN, INFINITY } } },
    { PROM_SUMMARY,
      false,
      "PROM_E_INVAL",
      "'s': objective quantile 1.5 is not between 0 and 1",
      { .name = "s",
        .help = "",
        .objectives = (const prom_objective[]){ { 1.5, .1 }, { -1, 0 } } } },
    { PROM_SUMMARY,
      false,
      "PROM_E_INVAL",
      "'s': the error 2 of quantile 0.5 is not between 0 and 1",
      { .name = "s",
        .help = "",
        .objectives = (const prom_objective[]){ { .5, 2 }, { -1, 0 } } } },
    { PROM_SUMMARY,
      false,
      "PROM_E_INVAL",
      "'s': the error -0.1 of quantile 0.5 is not between 0 and 1",
      { .name = "s",
        .help = "",
        .objectives = (const prom_objective[]){ { .5, -.1 }, { -1, 0 } } } },
    { PROM_SUMMARY,
      false,
      "PROM_E_INVAL",
      "'s': objective 0.5 is given twice",
      { .name = "s",
        .help = "",
        .objectives =
            (const prom_objective[]){ { .5, .1 }, { .9, 0 }, { .5, .2 }, { -1, 0 } } } },
    { PROM_SUMMARY,
      false,
      "PROM_E_INVAL",
      "'s': max_age -1 is not between 0.001 and 1e9 seconds",
      { .name = "s", .help = "", .max_age = -1 } },
    { PROM_SUMMARY,
      false,
      "PROM_E_INVAL",
      "'s': 65 age_buckets are more than 64",
      { .name = "s", .help = "", .age_buckets = 65 } },
    { PROM_SUMMARY,
      false,
      "PROM_E_INVAL",
      "'s': accuracy 0.5 is not between 0.001 and 0.2",
      { .name = "s", .help = "", .accuracy = 0.5 } },
    { PROM_HISTOGRAM,
      false,
      "PROM_E_INVAL",
      "'h': nan is neither drop nor count",
      { .name = "h", .help = "", .nan = (prom_nan)2 } },
};

static void test_desc_refuses(void)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const refusal *x = &refusals[i];
        prom_opts o = x->o;
        prom__desc *d = NULL;
        o.size = sizeof o;
        prom_err e = prom__desc_new(x->type, &o, x->legacy, &d);
        CHECK_STR(prom_err_name(e), x->code);
        CHECK_STR(prom_error(e), x->sentence);
        CHECK(!d);
    }
}

static void test_desc_refuses_not_a_number(void)
{
    prom__desc *d;
    CHECK_ERR(prom__desc_new(PROM_SUMMARY,
                             PROM_OPTS(.name = "s", .help = "", .max_age = (double)NAN), false,
                             &d),
              PROM_E_INVAL);
    CHECK_ERR(prom__desc_new(PROM_SUMMARY,
                             PROM_OPTS(.name = "s", .help = "", .accuracy = (double)NAN), false,
                             &d),
              PROM_E_INVAL);
    CHECK_ERR(prom__desc_new(PROM_SUMMARY,
                             PROM_OPTS(.name = "s", .help = "",
                                       .objectives = PROM_OBJECTIVES({ (double)NAN, .1 })),
                             false, &d),
              PROM_E_INVAL);
    CHECK_ERR(prom__desc_new(PROM_SUMMARY,
                             PROM_OPTS(.name = "s", .help = "",
                                       .objectives = PROM_OBJECTIVES({ .5, (double)NAN })),
                             false, &d),
              PROM_E_INVAL);
}

/* An array whose end was forgotten is refused before it is read for ever. */
static void test_desc_refuses_arrays_without_end(void)
{
    static double bounds[10002];
    static prom_objective objectives[1002];
    prom__desc *d;
    for (int i = 0; i < 10002; i++)
        bounds[i] = i;
    for (int i = 0; i < 1002; i++)
        objectives[i].quantile = i / 2000.0;
    CHECK_SAYS(prom__desc_new(PROM_HISTOGRAM,
                              PROM_OPTS(.name = "h", .help = "", .buckets = bounds), false, &d),
               PROM_E_INVAL, "'h': more than 10000 buckets, or no INFINITY at their end");
    bounds[10000] = INFINITY;
    CHECK_OK(prom__desc_new(PROM_HISTOGRAM,
                            PROM_OPTS(.name = "h", .help = "", .buckets = bounds), false, &d));
    prom_unref(d);
    CHECK_SAYS(prom__desc_new(PROM_SUMMARY,
                              PROM_OPTS(.name = "s", .help = "", .objectives = objectives),
                              false, &d),
               PROM_E_INVAL, "'s': more than 1000 objectives, or no end of them");
}

/* --- sizes of opts ------------------------------------------------------------------ */

static void test_desc_opts_of_other_sizes(void)
{
    prom__desc *d;
    struct {
        prom_opts o;
        char more[64];
    } newer = { .o = { .size = sizeof newer, .name = "x", .help = "" } };
    CHECK_OK(prom__desc_new(PROM_GAUGE, &newer.o, false, &d));
    CHECK_INT(d->opts.size, sizeof(prom_opts));
    prom_unref(d);
    prom_opts older = {
        .size = offsetof(prom_opts, objectives), .name = "s", .help = "", .max_age = -9
    }; /* not among what it says it has */
    CHECK_OK(prom__desc_new(PROM_SUMMARY, &older, false, &d));
    CHECK_DBL(d->opts.max_age, 600);
    prom_unref(d);
    CHECK_SAYS(prom__desc_new(PROM_GAUGE, &(prom_opts){ .name = "x", .help = "" }, false, &d),
               PROM_E_INVAL, "prom_opts.size is not set: use PROM_OPTS");
    CHECK_SAYS(prom__desc_new(PROM_GAUGE, NULL, false, &d), PROM_E_INVAL,
               "a metric needs a description");
}

/* --- may a second definition stand for the first? ------------------------------------ */

typedef struct pair {
    prom_type a_type, b_type;
    prom_opts a, b;
    bool apart;
    const char *sentence; /* NULL: they are the same, or apart */
} pair;

#define SIZED .size = sizeof(prom_opts), .name = "x", .help = "h"
#define CONSTANT(name, value)            \
    .const_labels = (const prom_label[]) \
    {                                    \
        { name, value },                 \
        {                                \
            0, 0                         \
        }                                \
    }

static const pair pairs[] = {
    { PROM_COUNTER, PROM_COUNTER, { SIZED }, { SIZED }, false, NULL },
    { PROM_COUNTER,
      PROM_GAUGE,
      { SIZED },
      { SIZED },
      false,
      "'x' is registered already as a counter, not a gauge" },
    { PROM_GAUGE,
      PROM_GAUGE,
      { SIZED },
      { .size = sizeof(prom_opts), .name = "x", .help = "k" },
      false,
      "'x' is registered already with another help text" },
    { PROM_GAUGE,
      PROM_GAUGE,
      { SIZED, .unit = "s" },
      { SIZED, .unit = "m" },
      false,
      "'x' is registered already with another unit" },
    { PROM_GAUGE,
      PROM_GAUGE,
      { SIZED },
      { SIZED, .labels = (const char *const[]){ "a", 0 } },
      false,
      "'x' is registered already with other labels" },
    { PROM_GAUGE,
      PROM_GAUGE,
      { SIZED, .labels = (const char *const[]){ "a", "b", 0 } },
      { SIZED, .labels = (const char *const[]){ "b", "a", 0 } },
      false,
      "'x' is registered already with other labels" },
    { PROM_GAUGE,
      PROM_GAUGE,
      { SIZED, .labels = (const char *const[]){ "a", 0 } },
      { SIZED, .labels = (const char *const[]){ "a", 0 } },
      false,
      NULL },
    { PROM_GAUGE,
      PROM_GAUGE,
      { SIZED, CONSTANT("env", "a") },
      { SIZED, CONSTANT("env", "b") },
      true,
      NULL },
    { PROM_GAUGE,
      PROM_GAUGE,
      { SIZED, CONSTANT("env", "a") },
      { SIZED, CONSTANT("env", "a") },
      false,
      NULL },
    { PROM_GAUGE,
      PROM_GAUGE,
      { SIZED, CONSTANT("env", "a") },
      { SIZED, CONSTANT("zone", "a") },
      false,
      "'x' is registered already with other labels" },
    { PROM_GAUGE,
      PROM_GAUGE,
      { SIZED, CONSTANT("env", "a") },
      { SIZED, .labels = (const char *const[]){ "env", 0 } },
      false,
      "'x' is registered already with other labels" },
    { PROM_HISTOGRAM,
      PROM_HISTOGRAM,
      { SIZED },
      { SIZED, .buckets = (const double[]){ 1, INFINITY } },
      false,
      "'x' is registered already with other buckets" },
    { PROM_HISTOGRAM,
      PROM_HISTOGRAM,
      { SIZED, .buckets = (const double[]){ 1, 2, INFINITY } },
      { SIZED, .buckets = (const double[]){ 1, 3, INFINITY } },
      false,
      "'x' is registered already with other buckets" },
    { PROM_HISTOGRAM,
      PROM_HISTOGRAM,
      { SIZED },
      { SIZED, .native_factor = 1.1 },
      false,
      "'x' is registered already with other buckets" },
    { PROM_HISTOGRAM,
      PROM_HISTOGRAM,
      { SIZED, .native_factor = 1.1 },
      { SIZED, .native_factor = 1.2 },
      false,
      "'x' is registered already with other options" },
    { PROM_HISTOGRAM,
      PROM_HISTOGRAM,
      { SIZED, .native_factor = 1.1 },
      { SIZED, .native_factor = 1.1, .native_max_buckets = 160, .native_exemplar_ttl = 300 },
      false,
      NULL },
    { PROM_HISTOGRAM,
      PROM_HISTOGRAM,
      { SIZED },
      { SIZED, .nan = PROM_NAN_COUNT },
      false,
      "'x' is registered already with other options" },
    { PROM_SUMMARY,
      PROM_SUMMARY,
      { SIZED },
      { SIZED, .max_age = 60 },
      false,
      "'x' is registered already with other objectives or options" },
    { PROM_SUMMARY,
      PROM_SUMMARY,
      { SIZED },
      { SIZED, .max_age = 600, .age_buckets = 5 },
      false,
      NULL }, /* the defaults, said */
    { PROM_SUMMARY,
      PROM_SUMMARY,
      { SIZED },
      { SIZED, .nan = PROM_NAN_COUNT },
      false,
      "'x' is registered already with other objectives or options" },
};

static void test_desc_compare(void)
{
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const pair *x = &pairs[i];
        prom__desc *a = describe(x->a_type, &x->a), *b = describe(x->b_type, &x->b);
        bool apart = !x->apart;
        prom_err e = prom__desc_compare(a, b, &apart);
        if (!CHECK_STR(prom_err_name(e), x->sentence ? "PROM_E_EXISTS" : "PROM_OK"))
            fprintf(stderr, "    pair %zu\n", i);
        if (x->sentence)
            CHECK_STR(prom_error(e), x->sentence);
        CHECK_INT(apart, x->apart);
        prom_unref(a);
        prom_unref(b);
    }
}

TESTS(ROW(test_desc_completes_names), ROW(test_desc_joins_names),
      ROW(test_desc_says_the_first_wrong_thing), ROW(test_desc_copies_everything),
      ROW(test_desc_defaults), ROW(test_desc_sorts_objectives), ROW(test_desc_refuses),
      ROW(test_desc_refuses_not_a_number), ROW(test_desc_refuses_arrays_without_end),
      ROW(test_desc_opts_of_other_sizes), ROW(test_desc_compare))
