// SPDX-License-Identifier: Apache-2.0
#include "counting.h"
#include "kit.h"

#include <prom/model.h>

#include <locale.h>
#include <pthread.h>

/* A collector that builds one family for each row of a table. */
typedef struct part {
    prom_type type;
    const char *name;
    const char *value; /* of label x */
} part;

static prom_err collect(prom_builder *b, void *data)
{
    prom_err e = PROM_OK;
    for (const part *p = data; p->name && !e; p++) {
        e = prom_build_family(b, p->type,
                              PROM_OPTS(.name = p->name, .labels = PROM_LABELS("x")));
        if (!e && p->type == PROM_HISTOGRAM)
            e = prom_build_histogram(b, PROM_VALUES(p->value), 1, 1, NULL, 0);
        else if (!e && p->type == PROM_SUMMARY)
            e = prom_build_summary(b, PROM_VALUES(p->value), 1, 1, NULL, 0);
        else if (!e)
            e = prom_build_value(b, PROM_VALUES(p->value), 1);
    }
    return e;
}

static void add(prom_registry *r, const char *name, part *parts)
{
    prom_collector *c;
    prom_collector_opts o = {
        .size = sizeof o, .name = name, .collect = collect, .data = parts
    };
    CHECK_OK(prom_collector_new(r, &o, &c));
    prom_unref(c);
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

/* --- what several bring ------------------------------------------------------------------ */

static void test_gather_joins_what_several_bring(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    prom_counter *c;
    CHECK_OK(prom_vec_new(
        r, PROM_COUNTER,
        PROM_OPTS(.name = "c", .help = "Of the vec.", .labels = PROM_LABELS("x")), &v));
    CHECK_OK(prom_counter_with(v, PROM_VALUES("m"), &c));
    add(r, "one", (part[]){ { PROM_COUNTER, "c_total", "z" }, { 0 } });
    add(r, "two", (part[]){ { PROM_COUNTER, "c_total", "a" }, { PROM_GAUGE, "b", "" }, { 0 } });
    CHECK_TEXT(r, "# TYPE b gauge\nb{x=\"\"} 1\n"
                  "# HELP c_total Of the vec.\n# TYPE c_total counter\n"
                  "c_total{x=\"a\"} 1\nc_total{x=\"m\"} 0\nc_total{x=\"z\"} 1\n");
    check_errors(r, "");
    prom_unref(v), prom_unref(c), prom_unref(r);
}

/* Families of one name must be of one type: else a reader would take one value for another. */
static void test_gather_refuses_families_of_another_type(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_gauge *g;
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "g", .help = ""), &g));
    add(r, "disk",
        (part[]){ { PROM_GAUGE, "fine", "1" }, { PROM_HISTOGRAM, "g", "1" }, { 0 } });
    check_errors(r, "collector 'disk': histogram 'g' clashes with gauge 'g'\n");
    CHECK_TEXT(r, "# HELP g \n# TYPE g gauge\ng 0\n"); /* all or none of a collector's */
    add(r, "first", (part[]){ { PROM_SUMMARY, "s", "1" }, { 0 } });
    add(r, "second", (part[]){ { PROM_COUNTER, "s", "2" }, { 0 } });
    check_errors(r, "collector 'disk': histogram 'g' clashes with gauge 'g'\n"
                    "collector 'second': counter 's' clashes with summary 's'\n");
    CHECK_HAS(r, "s_count{x=\"1\"} 1\n");
    prom_unref(g), prom_unref(r);
}

static void test_gather_refuses_clashing_names(void)
{
    static const struct {
        part registered, built;
        const char *error;
    } rows[] = {
        { { PROM_HISTOGRAM, "h", NULL },
          { PROM_GAUGE, "h_count", "1" },
          "collector 'c': gauge 'h_count' clashes with histogram 'h'\n" },
        { { PROM_GAUGE, "h_bucket", NULL },
          { PROM_HISTOGRAM, "h", "1" },
          "collector 'c': histogram 'h' clashes with gauge 'h_bucket'\n" },
        { { PROM_COUNTER, "hits", NULL },
          { PROM_GAUGE, "hits", "1" },
          "collector 'c': gauge 'hits' clashes with counter 'hits_total'\n" },
        { { PROM_GAUGE, "a.b", NULL },
          { PROM_GAUGE, "a_b", "1" },
          "collector 'c': gauge 'a_b' clashes with gauge 'a.b'\n" },
        { { PROM_GAUGE, "h_counts", NULL }, { PROM_HISTOGRAM, "h", "1" }, "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        prom_registry *r = kit_registry(PROM_ORDER_SORTED);
        prom_vec *v;
        CHECK_OK(prom_vec_new(r, rows[i].registered.type,
                              PROM_OPTS(.name = rows[i].registered.name, .help = ""), &v));
        char *before = kit_text(r);
        add(r, "c", (part[]){ { PROM_GAUGE, "also", "" }, rows[i].built, { 0 } });
        check_errors(r, rows[i].error);
        if (*rows[i].error)
            CHECK_TEXT(r, before);
        CHECK_OK(prom_registry_remove(r, v));
        check_errors(r, ""); /* with the other gone it is well */
        free(before);
        prom_unref(v), prom_unref(r);
    }
}

typedef struct usurper {
    prom_registry *registry;
    prom_vec *victim;
} usurper;

/* Takes out a histogram that this gather has walked already, and builds a gauge in its name. */
static prom_err usurp(prom_builder *b, void *data)
{
    usurper *u = data;
    prom_registry_remove(u->registry, u->victim);
    prom_err e =
        prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "x", .labels = PROM_LABELS("a")));
    return e ? e : prom_build_value(b, PROM_VALUES("1"), 1e-300);
}

static void test_gather_of_a_name_that_changes_its_type_meanwhile(void)
{
    for (int created = 0; created < 2; created++) {
        prom_registry *r = kit_registry(created ? PROM_ORDER_CREATED : PROM_ORDER_SORTED);
        usurper u = { .registry = r };
        prom_collector_opts o = {
            .size = sizeof o, .name = "usurper", .collect = usurp, .data = &u
        };
        prom_collector *c;
        CHECK_OK(
            prom_vec_new(r, PROM_HISTOGRAM, PROM_OPTS(.name = "x", .help = ""), &u.victim));
        CHECK_OK(prom_collector_new(r, &o, &c));
        check_errors(r, "collector 'usurper': gauge 'x' clashes with histogram 'x'\n");
        check_errors(r, "");
        CHECK_TEXT(r, "# TYPE x gauge\nx{a=\"1\"} 1e-300\n");
        prom_unref(c), prom_unref(u.victim), prom_unref(r);
    }
}

/* The names of a collector that was refused are free for those behind it. */
static void test_gather_frees_the_names_of_the_refused(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_CREATED);
    add(r, "first", (part[]){ { PROM_GAUGE, "taken", "1" }, { 0 } });
    add(r, "bad",
        (part[]){ { PROM_GAUGE, "x", "1" }, { PROM_HISTOGRAM, "taken", "2" }, { 0 } });
    add(r, "last", (part[]){ { PROM_HISTOGRAM, "x", "1" }, { 0 } });
    check_errors(r, "collector 'bad': histogram 'taken' clashes with gauge 'taken'\n");
    CHECK_TEXT(r, "# TYPE taken gauge\ntaken{x=\"1\"} 1\n# TYPE x histogram\n"
                  "x_bucket{x=\"1\",le=\"+Inf\"} 1\nx_sum{x=\"1\"} 1\nx_count{x=\"1\"} 1\n");
    prom_unref(r);
}

static void test_gather_drops_what_is_registered_already(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    prom_gauge *g;
    CHECK_OK(prom_vec_new(r, PROM_GAUGE,
                          PROM_OPTS(.name = "g", .help = "", .labels = PROM_LABELS("x")), &v));
    CHECK_OK(prom_gauge_with(v, PROM_VALUES("1"), &g));
    add(r, "c", (part[]){ { PROM_GAUGE, "g", "1" }, { PROM_GAUGE, "other", "1" }, { 0 } });
    check_errors(r, "collector 'c': family 'g' was dropped: {x=\"1\"} is there already\n");
    CHECK_TEXT(r, "# HELP g \n# TYPE g gauge\ng{x=\"1\"} 0\n"
                  "# TYPE other gauge\nother{x=\"1\"} 1\n");
    prom_unref(g), prom_unref(v), prom_unref(r);
}

static void test_gather_of_many_names(void)
{
    enum { N = 300 };
    static char names[N][16];
    static part parts[N + 1];
    prom_registry *r = kit_registry(PROM_ORDER_CREATED);
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "m%d", (i * 77) % N);
        parts[i] = (part){ PROM_HISTOGRAM, names[i], "1" };
    }
    add(r, "many", parts);
    check_errors(r, "");
    prom_snapshot *s;
    CHECK_OK(prom_gather(r, &s));
    CHECK_INT(prom_snapshot_size(s), N);
    for (size_t i = 0; i < N; i++)
        CHECK_STR(prom_snapshot_at(s, i)->name, names[i]);
    prom_unref(s), prom_unref(r);
}

/* --- snapshots ---------------------------------------------------------------------------- */

static prom_registry *make_full(void)
{
    static const prom_type types[] = { PROM_COUNTER, PROM_GAUGE, PROM_HISTOGRAM, PROM_SUMMARY };
    static const char *const names[] = { "c", "g", "h", "s" };
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    for (int t = 0; t < 4; t++) {
        prom_vec *v;
        CHECK_OK(
            prom_vec_new(r, types[t],
                         PROM_OPTS(.name = names[t], .help = "h", .labels = PROM_LABELS("x"),
                                   .objectives = PROM_OBJECTIVES({ .5, .1 })),
                         &v));
        for (int i = 0; i < 500; i++) {
            char value[16];
            void *child;
            prom_str str = { value, (size_t)snprintf(value, sizeof value, "%d", i) };
            CHECK_OK(prom_vec_with(v, &str, 1, &child));
            if (types[t] == PROM_COUNTER)
                prom_counter_add(child, 0.25 * i);
            else
                prom_timer_observe((prom_timer){ UINT64_MAX }, child); /* zero seconds */
            prom_unref(child);
        }
        prom_unref(v);
    }
    return r;
}

static char *encode(prom_snapshot *s)
{
    char *text = NULL;
    CHECK_OK(prom_encode_string(&prom_text, s, &text, NULL));
    return text;
}

static void test_gather_snapshots_outlive_everything(void)
{
    size_t live = counting_live;
    prom_registry *r = make_full();
    prom_snapshot *s;
    CHECK_OK(prom_gather(r, &s));
    char *before = encode(s), *after;
    prom_registry_clear(r);
    after = encode(s);
    CHECK_STR(after, before);
    prom_free(after);
    prom_unref(r);
    after = encode(s);
    CHECK_STR(after, before);
    prom_free(after), prom_free(before);
    prom_unref(s);
    CHECK_INT(counting_live, live);
}

/* The first gather allocates, the second finds how much it takes, the third needs nothing. */
static void test_gather_again_allocates_nothing_per_series(void)
{
    prom_registry *r = make_full();
    size_t calls[5];
    for (int i = 0; i < 5; i++) {
        prom_snapshot *s;
        calls[i] = counting_calls;
        CHECK_OK(prom_gather(r, &s));
        prom_unref(s);
        calls[i] = counting_calls - calls[i];
    }
    CHECK(calls[0] > 4);
    CHECK(calls[1] <= 2);
    CHECK_INT(calls[2], 0);
    CHECK_INT(calls[3], 0);
    CHECK_INT(calls[4], 0);
    prom_unref(r);
}

static void test_gather_gives_the_same_bytes_again(void)
{
    prom_registry *r = make_full();
    char *a = kit_text(r), *b = kit_text(r);
    CHECK_STR(a, b);
    CHECK(strlen(a) > 10000);
    free(a), free(b);
    prom_unref(r);
}

static void test_gather_without_memory(void)
{
    prom_registry *r = make_full();
    prom_snapshot *s = (prom_snapshot *)(void *)r;
    char *text = (char *)r;
    size_t live = counting_live;
    counting_failing = true;
    prom_err e = prom_gather(r, &s), f = prom_expose(r, &prom_text, &text, NULL),
             g = prom_poll(r);
    counting_failing = false;
    CHECK_ERR(e, PROM_E_NOMEM);
    CHECK_ERR(f, PROM_E_NOMEM);
    CHECK_ERR(g, PROM_E_NOMEM);
    CHECK(!s && !text);
    CHECK_INT(counting_live, live);
    prom_unref(r);
}

static atomic_bool stop;

static void *gather_for_ever(void *data)
{
    long wrong = 0;
    while (!stop) {
        prom_snapshot *s = NULL;
        if (prom_gather(data, &s) != PROM_OK || prom_snapshot_size(s) != 4 ||
            prom_snapshot_error(s, 0))
            wrong++;
        prom_unref(s);
    }
    return (void *)wrong;
}

static void test_gather_on_many_threads(void)
{
    prom_registry *r = make_full();
    pthread_t t[3];
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&t[i], NULL, gather_for_ever, r) == 0);
    for (int i = 0; i < 100; i++) {
        prom_gauge *g;
        prom_vec *v;
        char value[16];
        snprintf(value, sizeof value, "new %d", i);
        CHECK_OK(prom_registry_find(r, "g", &v));
        CHECK_OK(prom_gauge_with(v, PROM_VALUES(value), &g));
        if (i % 3 == 0)
            CHECK_OK(prom_vec_remove(v, PROM_VALUES(value)));
        prom_unref(g), prom_unref(v);
    }
    stop = true;
    for (int i = 0; i < 3; i++) {
        void *wrong;
        pthread_join(t[i], &wrong);
        CHECK(!wrong);
    }
    prom_unref(r);
}

/* --- the locale ------------------------------------------------------------------------------
 */

/* Numbers have a point, whatever the locale has. */
static void test_gather_does_not_follow_the_locale(void)
{
    static const char *const locales[] = { "de_DE.UTF-8", "de_DE.utf8",  "fr_FR.UTF-8",
                                           "ru_RU.UTF-8", "da_DK.UTF-8", "de_AT.UTF-8",
                                           "pt_BR.UTF-8" };
    bool set = false;
    for (size_t i = 0; i < 7 && !set; i++)
        set = setlocale(LC_ALL, locales[i]) && strcmp(localeconv()->decimal_point, ".") != 0;
    if (!set)
        printf("skipped: no locale with a decimal comma is installed\n");
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_histogram *h;
    CHECK_OK(prom_histogram_new(
        r, PROM_OPTS(.name = "h", .help = "", .buckets = PROM_BUCKETS(0.5, 1234567.5)), &h));
    prom_histogram_observe(h, 0.25);
    CHECK_TEXT(r, "# HELP h \n# TYPE h histogram\nh_bucket{le=\"0.5\"} 1\n"
                  "h_bucket{le=\"1.2345675e+06\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 0.25\n"
                  "h_count 1\n");
    setlocale(LC_ALL, "C");
    prom_unref(h), prom_unref(r);
}

TESTS_COUNTING(ROW(test_gather_joins_what_several_bring),
               ROW(test_gather_refuses_families_of_another_type),
               ROW(test_gather_refuses_clashing_names),
               ROW(test_gather_of_a_name_that_changes_its_type_meanwhile),
               ROW(test_gather_frees_the_names_of_the_refused),
               ROW(test_gather_drops_what_is_registered_already),
               ROW(test_gather_of_many_names), ROW(test_gather_snapshots_outlive_everything),
               ROW(test_gather_again_allocates_nothing_per_series),
               ROW(test_gather_gives_the_same_bytes_again), ROW(test_gather_without_memory),
               ROW(test_gather_on_many_threads), ROW(test_gather_does_not_follow_the_locale))
