// SPDX-License-Identifier: Apache-2.0
#include "counting.h"
#include "kit.h"
#include "model/builder.h"

static prom_snapshot *fresh(void)
{
    prom_snapshot *s;
    CHECK_OK(prom__snapshot_new(NULL, &s));
    return s;
}

/* As one collector would: a family "name" with values "x" = each word of `values`. */
static void build(prom_snapshot *s, prom_order order, const char *name, const char *values)
{
    prom_builder b;
    char words[200];
    double v = 0;
    prom__builder_open(&b, s, order);
    CHECK_OK(
        prom_build_family(&b, PROM_GAUGE, PROM_OPTS(.name = name, .labels = PROM_LABELS("x"))));
    snprintf(words, sizeof words, "%s", values);
    for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
        CHECK_OK(prom_build_value(&b, PROM_VALUES(w), ++v));
    prom__builder_close(&b, true);
}

static void check_text(prom_snapshot *s, const char *want)
{
    char *text = NULL;
    CHECK_OK(prom_encode_string(&prom_text, s, &text, NULL));
    CHECK_STR(text, want);
    prom_free(text);
}

/* --- order ------------------------------------------------------------------ */

static void test_snapshot_sorts_families_and_points(void)
{
    prom_snapshot *s = fresh();
    build(s, PROM_ORDER_SORTED, "b", "2 10 1");
    build(s, PROM_ORDER_SORTED, "a", "z");
    build(s, PROM_ORDER_SORTED, "ab", "");
    CHECK_OK(prom__snapshot_seal(s, PROM_ORDER_SORTED));
    check_text(s, "# TYPE a gauge\na{x=\"z\"} 1\n# TYPE ab gauge\n# TYPE b gauge\n"
                  "b{x=\"1\"} 3\nb{x=\"10\"} 2\nb{x=\"2\"} 1\n");
    prom_unref(s);
}

static void test_snapshot_keeps_the_order_of_creation(void)
{
    prom_snapshot *s = fresh();
    build(s, PROM_ORDER_CREATED, "b", "2 10 1");
    build(s, PROM_ORDER_CREATED, "a", "z");
    CHECK_OK(prom__snapshot_seal(s, PROM_ORDER_CREATED));
    check_text(s, "# TYPE b gauge\nb{x=\"2\"} 1\nb{x=\"10\"} 2\nb{x=\"1\"} 3\n"
                  "# TYPE a gauge\na{x=\"z\"} 1\n");
    prom_unref(s);
}

static void test_snapshot_joins_families_of_one_name(void)
{
    for (int created = 0; created < 2; created++) {
        prom_order order = created ? PROM_ORDER_CREATED : PROM_ORDER_SORTED;
        prom_snapshot *s = fresh();
        build(s, order, "m", "5 1");
        build(s, order, "k", "1");
        build(s, order, "m", "3");
        build(s, order, "m", "");
        build(s, order, "k", "0");
        CHECK_OK(prom__snapshot_seal(s, order));
        CHECK_INT(prom_snapshot_size(s), 2);
        check_text(s, created ? "# TYPE m gauge\nm{x=\"5\"} 1\nm{x=\"1\"} 2\nm{x=\"3\"} 1\n"
                                "# TYPE k gauge\nk{x=\"1\"} 1\nk{x=\"0\"} 1\n"
                              : "# TYPE k gauge\nk{x=\"0\"} 1\nk{x=\"1\"} 1\n"
                                "# TYPE m gauge\nm{x=\"1\"} 2\nm{x=\"3\"} 1\nm{x=\"5\"} 1\n");
        prom_unref(s);
    }
}

/* --- duplicates --------------------------------------------------------------- */

static void test_snapshot_drops_a_family_that_has_a_line_twice(void)
{
    for (int created = 0; created < 2; created++) {
        prom_order order = created ? PROM_ORDER_CREATED : PROM_ORDER_SORTED;
        prom_snapshot *s = fresh();
        build(s, order, "m", "1 2 1");
        build(s, order, "n", "1 2");
        build(s, order, "n", "3 2");
        build(s, order, "o", "1");
        CHECK_OK(prom__snapshot_seal(s, order));
        check_text(s, "# TYPE o gauge\no{x=\"1\"} 1\n");
        CHECK_STR(prom_snapshot_error(s, 0),
                  "family 'm' was dropped: {x=\"1\"} was collected twice");
        CHECK_STR(prom_snapshot_error(s, 1),
                  "family 'n' was dropped: {x=\"2\"} was collected twice");
        CHECK_STR(prom_snapshot_error(s, 2), NULL);
        prom_unref(s);
    }
}

/* At other times it is another sample. */
static void test_snapshot_tells_times_apart(void)
{
    prom_snapshot *s = fresh();
    prom_builder b;
    prom__builder_open(&b, s, PROM_ORDER_SORTED);
    CHECK_OK(prom_build_family(&b, PROM_GAUGE, PROM_OPTS(.name = "m")));
    static const int64_t times[] = { 200, -5, 100 };
    for (int i = 0; i < 3; i++) {
        CHECK_OK(prom_build_value(&b, NULL, i));
        CHECK_OK(prom_build_timestamp(&b, times[i]));
    }
    CHECK_OK(prom_build_value(&b, NULL, 3));
    prom__builder_close(&b, true);
    CHECK_OK(prom__snapshot_seal(s, PROM_ORDER_SORTED));
    check_text(s, "# TYPE m gauge\nm 3\nm 1 -5\nm 2 100\nm 0 200\n");
    CHECK_STR(prom_snapshot_error(s, 0), NULL);
    prom_unref(s);
}

/* --- reading -------------------------------------------------------------------- */

static void test_snapshot_at(void)
{
    prom_snapshot *s = fresh();
    CHECK_INT(prom_snapshot_size(s), 0);
    CHECK(!prom_snapshot_at(s, 0));
    CHECK(!prom_snapshot_error(s, 0));
    prom_builder b;
    prom__builder_open(&b, s, PROM_ORDER_SORTED);
    CHECK_OK(prom_build_family(&b, PROM_COUNTER,
                               PROM_OPTS(.name = "c_total", .help = "help", .unit = "u")));
    CHECK_OK(prom_build_value(&b, NULL, 1));
    CHECK_OK(prom_build_family(&b, PROM_INFO, PROM_OPTS(.name = "d")));
    prom__builder_close(&b, true);
    const prom_family *f = prom_snapshot_at(s, 0);
    CHECK_STR(f->name, "c_total");
    CHECK_STR(f->help, "help");
    CHECK_STR(f->unit, "u");
    CHECK_INT(f->type, PROM_COUNTER);
    CHECK_INT(f->n_metrics, 1);
    f = prom_snapshot_at(s, 1);
    CHECK_STR(f->name, "d");
    CHECK_STR(f->help, NULL);
    CHECK_STR(f->unit, NULL);
    CHECK_INT(f->n_metrics, 0);
    CHECK(!prom_snapshot_at(s, 2));
    CHECK(!prom_snapshot_at(s, SIZE_MAX));
    prom_unref(s);
}

static void test_snapshot_errors_are_kept_and_cut_between_characters(void)
{
    char text[3000];
    prom_snapshot *s = fresh();
    for (int shift = 0; shift < 2; shift++) {
        memset(text, 'x', sizeof text);
        for (size_t i = (size_t)shift; i + 2 < sizeof text; i += 2)
            memcpy(text + i, "\xC3\xA9", 2);
        text[sizeof text - 1 - (size_t)shift] = '\0';
        CHECK_OK(prom__snapshot_add_error(s, "%s", text));
        const char *kept = prom_snapshot_error(s, (size_t)shift);
        size_t n = strlen(kept);
        CHECK(n > 500 && n < 1100 && memcmp(kept, text, n) == 0);
        CHECK_INT((unsigned char)kept[n - 1], 0xA9);
    }
    for (int i = 2; i < 50; i++)
        CHECK_OK(prom__snapshot_add_error(s, "error %d", i));
    CHECK_STR(prom_snapshot_error(s, 49), "error 49");
    CHECK_STR(prom_snapshot_error(s, 50), NULL);
    prom_unref(s);
}

/* --- what it holds, and where it goes ----------------------------------------------- */

static int released[3];

static void release(void *data)
{
    ++*(int *)data;
}

static void test_snapshot_releases_what_it_holds_once(void)
{
    prom__spare *spare;
    prom_snapshot *s;
    CHECK_OK(prom__spare_new(&spare));
    CHECK_OK(prom__snapshot_new(spare, &s));
    for (int i = 0; i < 3; i++)
        CHECK_OK(prom__snapshot_hold(s, release, &released[i]));
    prom_ref(s);
    prom_unref(s);
    CHECK_INT(released[0], 0);
    prom_unref(s);
    CHECK_OK(prom__snapshot_new(spare, &s)); /* the same memory again */
    prom_unref(s);
    for (int i = 0; i < 3; i++)
        CHECK_INT(released[i], 1);
    prom__spare_close(spare);
    prom_unref(spare);
}

static void test_snapshot_memory_is_kept_for_the_next(void)
{
    prom__spare *spare;
    prom_snapshot *s, *t;
    size_t live = counting_live;
    CHECK_OK(prom__spare_new(&spare));
    for (int round = 0; round < 4; round++) {
        size_t calls = counting_calls;
        CHECK_OK(prom__snapshot_new(spare, &s));
        for (int i = 0; i < 100; i++) {
            char name[16];
            snprintf(name, sizeof name, "m%d", i);
            build(s, PROM_ORDER_SORTED, name, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15");
        }
        CHECK_OK(prom__snapshot_seal(s, PROM_ORDER_SORTED));
        prom_unref(s);
        calls = counting_calls - calls;
        CHECK(round == 0 ? calls > 5 : round == 1 ? calls == 1 : calls == 0);
    }
    CHECK_OK(prom__snapshot_new(spare, &s));
    CHECK_OK(prom__snapshot_new(spare, &t)); /* two at once: one more is made, one is kept */
    prom_unref(s);
    prom_unref(t);
    CHECK_OK(prom__snapshot_new(spare, &s));
    CHECK_OK(prom__snapshot_new(spare, &t));
    prom__spare_close(spare); /* the registry goes first */
    prom_unref(spare);
    check_text(s, "");
    size_t held = counting_live;
    prom_unref(s);
    CHECK(counting_live < held); /* there is no next gather to keep it for */
    prom_unref(t);
    CHECK_INT(counting_live, live);
}

static void test_snapshot_without_memory(void)
{
    prom_snapshot *s = NULL;
    prom__spare *spare = NULL;
    size_t live = counting_live;
    counting_failing = true;
    CHECK_ERR(prom__snapshot_new(NULL, &s), PROM_E_NOMEM);
    CHECK_ERR(prom__spare_new(&spare), PROM_E_NOMEM);
    counting_failing = false;
    s = fresh();
    counting_failing = true;
    CHECK_ERR(prom__snapshot_hold(s, release, NULL), PROM_E_NOMEM);
    CHECK_ERR(prom__snapshot_add_error(s, "x"), PROM_E_NOMEM);
    counting_failing = false;
    CHECK(!prom_snapshot_error(s, 0));
    prom_unref(s); /* and release was not called with NULL */
    CHECK_INT(counting_live, live);
}

static prom_err each_sample(void *data, const prom_sample *x)
{
    (void)data, (void)x;
    return PROM_OK;
}

static prom_err each_metric(void *data, const prom_metric *x)
{
    (void)data, (void)x;
    return PROM_OK;
}

/* As a program has it whose gather failed. */
static void test_snapshot_of_null(void)
{
    double v;
    CHECK_INT(prom_snapshot_size(NULL), 0);
    CHECK(!prom_snapshot_at(NULL, 0));
    CHECK(!prom_snapshot_error(NULL, 0));
    CHECK_ERR(prom_snapshot_value(NULL, "x", NULL, &v), PROM_E_INVAL);
    CHECK_ERR(prom_family_samples(NULL, each_sample, NULL), PROM_E_INVAL);
    CHECK_ERR(prom_family_metrics(NULL, each_metric, NULL), PROM_E_INVAL);
    prom_snapshot *s = fresh();
    CHECK_ERR(prom_snapshot_value(s, NULL, NULL, &v), PROM_E_INVAL);
    prom_unref(s);
}

TESTS_COUNTING(ROW(test_snapshot_sorts_families_and_points), ROW(test_snapshot_of_null),
               ROW(test_snapshot_keeps_the_order_of_creation),
               ROW(test_snapshot_joins_families_of_one_name),
               ROW(test_snapshot_drops_a_family_that_has_a_line_twice),

               ROW(test_snapshot_tells_times_apart), ROW(test_snapshot_at),
               ROW(test_snapshot_errors_are_kept_and_cut_between_characters),
               ROW(test_snapshot_releases_what_it_holds_once),
               ROW(test_snapshot_memory_is_kept_for_the_next),
               ROW(test_snapshot_without_memory))
