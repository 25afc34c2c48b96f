// SPDX-License-Identifier: Apache-2.0
#include "counting.h"
#include "kit.h"
#include "model/builder.h"

/* One snapshot with every kind of family, which all tests read. */
static prom_snapshot *make(void)
{
    prom_snapshot *s;
    prom_builder builder, *b = &builder;
    CHECK_OK(prom__snapshot_new(NULL, &s));
    prom__builder_open(b, s, PROM_ORDER_CREATED);
    CHECK_OK(prom_build_family(b, PROM_COUNTER, PROM_OPTS(.name = "c_total")));
    CHECK_OK(prom_build_value(b, NULL, 5));
    CHECK_OK(prom_build_family(b, PROM_GAUGE,
                               PROM_OPTS(.name = "g", .labels = PROM_LABELS("y", "x"))));
    CHECK_OK(prom_build_values(b, (prom_str[]){ { "a\"\\\n", 4 }, { "n\0l", 3 } }, 2));
    CHECK_OK(prom_build_value(b, NULL, 1));
    CHECK_OK(prom_build_timestamp(b, -7));
    CHECK_OK(prom_build_value(b, PROM_VALUES("", "z"), 2));
    CHECK_OK(prom_build_family(b, PROM_HISTOGRAM,
                               PROM_OPTS(.name = "h", .labels = PROM_LABELS("x"))));
    CHECK_OK(prom_build_histogram(b, PROM_VALUES("1"), 7, 3, (prom_bucket[]){ { 0.5, 2 } }, 1));
    CHECK_OK(prom_build_family(b, PROM_SUMMARY, PROM_OPTS(.name = "s")));
    CHECK_OK(prom_build_summary(b, NULL, 9, 4, (prom_quantile[]){ { 0.5, 3 } }, 1));
    CHECK_OK(prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "h_count_x")));
    CHECK_OK(prom_build_histogram(b, NULL, 1, 1, NULL, 0));
    CHECK_OK(prom_build_family(b, PROM_UNKNOWN, PROM_OPTS(.name = "none")));
    prom__builder_close(b, true);
    CHECK_OK(prom__snapshot_seal(s, PROM_ORDER_CREATED));
    return s;
}

typedef struct log_of {
    char text[2000];
    size_t n;
    int left; /* calls until it says stop; negative: never */
} log_of;

static prom_err note(void *data, const prom_sample *s)
{
    log_of *l = data;
    l->n += (size_t)snprintf(l->text + l->n, sizeof l->text - l->n, "%s%s", s->family->name,
                             s->suffix);
    for (size_t i = 0; i < s->n_labels; i++) {
        l->n += (size_t)snprintf(l->text + l->n, sizeof l->text - l->n,
                                 " %.*s=", (int)s->labels[i].name.n, s->labels[i].name.p);
        for (size_t k = 0; k < s->labels[i].value.n; k++) {
            char c = s->labels[i].value.p[k];
            l->text[l->n++] = c ? c : '0';
        }
    }
    l->n += (size_t)snprintf(l->text + l->n, sizeof l->text - l->n, " -> %g", s->value);
    if (s->timestamp_ms != INT64_MIN)
        l->n += (size_t)snprintf(l->text + l->n, sizeof l->text - l->n, " @%lld",
                                 (long long)s->timestamp_ms);
    l->n += (size_t)snprintf(l->text + l->n, sizeof l->text - l->n, ";");
    return l->left-- == 0 ? prom_fail(PROM_E_CLOSED, "enough") : PROM_OK;
}

/* Values come without escapes, the added label last, lines as in the text. */
static void test_samples_of_families(void)
{
    static const char *const want[] = {
        "c_total -> 5;",
        "g x=n0l y=a\"\\\n -> 1 @-7;g x=z y= -> 2;",
        "h_bucket x=1 le=0.5 -> 2;h_bucket x=1 le=+Inf -> 3;h_sum x=1 -> 7;h_count x=1 -> 3;",
        "s quantile=0.5 -> 3;s_sum -> 9;s_count -> 4;",
        "h_count_x_bucket le=+Inf -> 1;h_count_x_sum -> 1;h_count_x_count -> 1;",
        "",
    };
    prom_snapshot *s = make();
    CHECK_INT(prom_snapshot_size(s), 6);
    for (size_t i = 0; i < 6; i++) {
        log_of l = { .left = -1 };
        CHECK_OK(prom_family_samples(prom_snapshot_at(s, i), note, &l));
        CHECK_STR(l.text, want[i]);
    }
    prom_unref(s);
}

static void test_samples_stop_when_told(void)
{
    prom_snapshot *s = make();
    size_t live = counting_live;
    for (int left = 0; left < 4; left++) {
        log_of l = { .left = left };
        CHECK_SAYS(prom_family_samples(prom_snapshot_at(s, 2), note, &l), PROM_E_CLOSED,
                   "enough");
        int lines = 0;
        for (const char *p = l.text; (p = strchr(p, ';')); p++)
            lines++;
        CHECK_INT(lines, left + 1);
    }
    CHECK_INT(counting_live, live);
    prom_unref(s);
}

static void test_samples_without_memory(void)
{
    prom_snapshot *s = make();
    log_of l = { .left = -1 };
    double v = 17;
    counting_failing = true;
    prom_err e = prom_family_samples(prom_snapshot_at(s, 0), note, &l);
    prom_err f = prom_snapshot_value(s, "c_total", NULL, &v);
    counting_failing = false;
    CHECK_ERR(e, PROM_E_NOMEM);
    CHECK_ERR(f, PROM_E_NOMEM);
    CHECK_STR(l.text, "");
    prom_unref(s);
}

/* --- looking one up ------------------------------------------------------------ */

static void test_samples_value(void)
{
    static const struct {
        const char *name;
        prom_label labels[4];
        double value; /* NaN: there is none */
    } rows[] = {
        { "c_total", { { 0 } }, 5 },
        { "g", { { "x", "z" }, { "y", "" } }, 2 },
        { "g", { { "y", "" }, { "x", "z" } }, 2 }, /* in any order */
        { "h_bucket", { { "x", "1" }, { "le", "0.5" } }, 2 },
        { "h_bucket", { { "le", "+Inf" }, { "x", "1" } }, 3 },
        { "h_sum", { { "x", "1" } }, 7 },
        { "h_count", { { "x", "1" } }, 3 },
        { "s", { { "quantile", "0.5" } }, 3 },
        { "s_sum", { { 0 } }, 9 },
        { "h_count_x_count", { { 0 } }, 1 },
        { "h_count_x", { { 0 } }, (double)NAN },
        { "c", { { 0 } }, (double)NAN },
        { "c_totals", { { 0 } }, (double)NAN },
        { "c_total", { { "x", "1" } }, (double)NAN }, /* too many labels */
        { "g", { { "x", "z" } }, (double)NAN },       /* too few */
        { "g", { { 0 } }, (double)NAN },
        { "g", { { "x", "z" }, { "y", "1" } }, (double)NAN },
        { "g", { { "x", "z" }, { "z", "" } }, (double)NAN },
        { "g", { { "x", "z" }, { "x", "z" } }, (double)NAN }, /* one label twice is not two */
        { "h", { { "x", "1" } }, (double)NAN },
        { "h_bucket", { { "x", "1" } }, (double)NAN },
        { "s", { { 0 } }, (double)NAN },
        { "none", { { 0 } }, (double)NAN },
        { "", { { 0 } }, (double)NAN },
    };
    prom_snapshot *s = make();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double v = -1;
        prom_err e = prom_snapshot_value(s, rows[i].name, rows[i].labels, &v);
        bool there = !isnan(rows[i].value);
        if (!CHECK_STR(prom_err_name(e), there ? "PROM_OK" : "PROM_E_NOENT"))
            fprintf(stderr, "    row %zu, '%s'\n", i, rows[i].name);
        CHECK_DBL(v, there ? rows[i].value : -1);
    }
    double v;
    CHECK_OK(prom_snapshot_value(s, "c_total", NULL, &v));
    CHECK_SAYS(prom_snapshot_value(s, "nothing", NULL, &v), PROM_E_NOENT,
               "there is no sample 'nothing' with these labels");
    prom_unref(s);
}

TESTS_COUNTING(ROW(test_samples_of_families), ROW(test_samples_stop_when_told),
               ROW(test_samples_without_memory), ROW(test_samples_value))
