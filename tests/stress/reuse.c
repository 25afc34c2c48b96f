// SPDX-License-Identifier: Apache-2.0
/* reuse.c - a few keys in small tables, removed and made anew without a pause, so that
 * children, records and pages pass from series to series and from family to family all the
 * time.
 *
 * Whoever asks for a key must get a child with that key's labels, and no value may come to
 * another series: each writer writes only numbers that tell the key they were meant for. */
#define _GNU_SOURCE /* nanosleep */
#include "alike.h"
#include "harness.h"
#include "metric/child.h"

#include <math.h>

enum { KEYS = 9, ALIKE = 4, FAMILIES = 4 };

typedef struct small_tables {
    prom_registry *r;
    prom_order order;
    prom_vec *v[FAMILIES]; /* a counter, a gauge, a histogram, a summary */
} small_tables;

/* Values of many lengths, some of which need escapes. The first ALIKE are two pairs of the
 * same hash, which differs from process to process: they are looked for at the start. */
static const char *values[KEYS] = {
    NULL,
    NULL,
    NULL,
    NULL,
    "",
    "5\n\\\n\n\n\n\n\n\n",
    "6 is quite a bit longer than the others are",
    "7 \"quoted\"",
    "8 \xe2\x98\x83",
};

static prom_str value_of(uint64_t key)
{
    return (prom_str){ values[key], strlen(values[key]) };
}

static void find_values_alike(void)
{
    static char texts[ALIKE][12];
    find_alike(texts, ALIKE);
    for (int i = 0; i < ALIKE; i++)
        values[i] = texts[i];
}

/* --- what only this key may be given ------------------------------------ */

static void write_own(stress_thread *t, int family, void *child, uint64_t key)
{
    switch (family) {
    case 0: /* the counter of key k grows by 10^k at a time, at most eight times */
        if (prom_counter_value(child) < 8 * pow(10, (double)key))
            (void)prom_counter_add(child, pow(10, (double)key));
        break;
    case 1: /* numbers that leave k when divided by KEYS */
        prom_gauge_set(child, (double)(key + KEYS * stress_random(t, 1000)));
        break;
    case 2: /* bucket k */
        prom_histogram_observe(child, (double)key);
        break;
    default: /* a power of two of its own */
        prom_summary_observe(child, exp2((double)key * 4 - 8));
    }
}

static void check_counter(const prom_sample *s, uint64_t key)
{
    double n = s->value / pow(10, (double)key);
    /* Several writers may have seen 7 at once. */
    EXPECT(n == floor(n) && n < 16, "counter of key %d is %g", (int)key, s->value);
}

static void check_gauge(const prom_sample *s, uint64_t key)
{
    EXPECT(s->value == 0 || fmod(s->value, KEYS) == (double)key, "gauge of key %d is %g",
           (int)key, s->value);
}

static void check_histogram(const prom_sample *s, uint64_t key)
{
    if (strcmp(s->suffix, "_bucket") != 0)
        return;
    double le = strtod(s->labels[s->n_labels - 1].value.p, NULL);
    EXPECT(s->value == 0 || le >= (double)key, "histogram of key %d has %g up to %g", (int)key,
           s->value, le);
}

static void check_summary(const prom_sample *s, uint64_t key)
{
    double want = exp2((double)key * 4 - 8);
    if (strcmp(s->suffix, "") == 0)
        EXPECT(isnan(s->value) || fabs(s->value / want - 1) < 0.011,
               "summary of key %d says %g, not %g", (int)key, s->value, want);
}

static uint64_t key_of(prom_str value)
{
    for (uint64_t k = 0; k < KEYS; k++)
        if (value_of(k).n == value.n && memcmp(value_of(k).p, value.p, value.n) == 0)
            return k;
    EXPECT(false, "a series has the label value '%.*s'", (int)value.n, value.p);
    return 0;
}

/* The family under way: which keys stood there, and the value of the last. */
typedef struct view {
    prom_order order;
    unsigned seen;
    char last[64];
    size_t n;
} view;

static void check_place(view *v, const prom_sample *s, uint64_t key)
{
    prom_str x = s->labels[0].value;
    bool another = !(v->seen & 1u << key), same = x.n == v->n && !memcmp(x.p, v->last, x.n);
    EXPECT(another || same, "%s has key %d twice", s->family->name, (int)key);
    int c = memcmp(v->last, x.p, x.n < v->n ? x.n : v->n);
    bool after = !v->seen || same || c < 0 || (c == 0 && v->n < x.n);
    EXPECT(v->order == PROM_ORDER_CREATED || after, "%s: '%.*s' after '%.*s'", s->family->name,
           (int)x.n, x.p, (int)v->n, v->last);
    v->seen |= 1u << key;
    v->n = x.n;
    memcpy(v->last, x.p, x.n);
}

static prom_err check_sample(void *data, const prom_sample *s)
{
    static void (*const check[])(const prom_sample *s, uint64_t key) = {
        [PROM_COUNTER] = check_counter,
        [PROM_GAUGE] = check_gauge,
        [PROM_HISTOGRAM] = check_histogram,
        [PROM_SUMMARY] = check_summary,
    };
    uint64_t key = key_of(s->labels[0].value);
    check_place(data, s, key);
    check[s->family->type](s, key);
    return PROM_OK;
}

/* --- roles -------------------------------------------------------------- */

/* The labels of a child as its record has them. */
static void check_labels(const void *child, uint64_t key)
{
    const prom__series *s = ((const prom__child *)child)->series;
    prom_str text = prom__series_text(s), value = value_of(key);
    char want[256] = "k=\"";
    char *end = prom__escape(value.p, value.n, want + 3);
    *end++ = '"';
    EXPECT(text.n == (size_t)(end - want) && memcmp(text.p, want, text.n) == 0,
           "asked for key %d, got {%.*s}", (int)key, (int)text.n, text.p);
}

static void find_and_write(stress_thread *t)
{
    small_tables *x = t->shared;
    for (; !stress_over; t->rounds++) {
        int family = (int)stress_random(t, FAMILIES);
        uint64_t key = stress_random(t, KEYS);
        prom_str value = value_of(key);
        void *child = NULL;
        EXPECT_OK(prom_vec_with(x->v[family], &value, 1, &child));
        for (uint64_t i = stress_random(t, 4); i < 4; i++) {
            check_labels(child, key);
            write_own(t, family, child, key);
        }
        prom_unref(child);
    }
}

static void remove_keys(stress_thread *t)
{
    small_tables *x = t->shared;
    for (; !stress_over; t->rounds++) {
        prom_vec *v = x->v[stress_random(t, FAMILIES)];
        prom_str value = value_of(stress_random(t, KEYS));
        if (stress_random(t, 50) == 0) {
            EXPECT_OK(prom_vec_clear(v));
            continue;
        }
        prom_err e = prom_vec_remove_str(v, &value, 1);
        EXPECT(!e || e == PROM_E_NOENT, "%s", prom_err_name(e));
    }
}

/* Families of one child each, whose last references go on two threads at once. */
static void close_families(stress_thread *t)
{
    small_tables *x = t->shared;
    for (; !stress_over; t->rounds++) {
        prom_vec *v = NULL;
        void *child = NULL;
        uint64_t key = stress_random(t, KEYS);
        prom_str value = value_of(key);
        char name[32];
        snprintf(name, sizeof name, "brief_%u", t->number);
        EXPECT_OK(prom_vec_new(x->r, PROM_GAUGE,
                               PROM_OPTS(.name = name, .help = "", .labels = PROM_LABELS("k")),
                               &v));
        EXPECT_OK(prom_vec_with(v, &value, 1, &child));
        EXPECT_OK(prom_registry_remove(x->r, v));
        prom_unref(v); /* a scrape may have it still */
        check_labels(child, key);
        prom_err e = prom_child_vec(child, &v);
        EXPECT(!e || e == PROM_E_CLOSED, "%s", prom_err_name(e));
        prom_unref(v);
        prom_unref(child);
    }
}

static void scrape(stress_thread *t)
{
    small_tables *x = t->shared;
    for (; !stress_over; t->rounds++) {
        prom_snapshot *s = NULL;
        EXPECT_OK(prom_gather(x->r, &s));
        EXPECT(!prom_snapshot_error(s, 0), "%s", prom_snapshot_error(s, 0));
        for (size_t i = 0; i < prom_snapshot_size(s); i++)
            if (strncmp(prom_snapshot_at(s, i)->name, "key_", 4) == 0) {
                view v = { .order = x->order };
                EXPECT_OK(prom_family_samples(prom_snapshot_at(s, i), check_sample, &v));
            }
        prom_unref(s);
    }
}

/* --- the whole ---------------------------------------------------------- */

static void run(prom_order order)
{
    static const prom_type types[FAMILIES] = { PROM_COUNTER, PROM_GAUGE, PROM_HISTOGRAM,
                                               PROM_SUMMARY };
    static const stress_role roles[] = {
        { "look-ups", find_and_write, 3 },
        { "removals", remove_keys, 2 },
        { "brief families", close_families, 2 },
        { "scrapes", scrape, 2 },
    };
    small_tables x = { .order = order };
    find_values_alike();
    CHECK_OK(prom_registry_new(
        &(prom_registry_opts){ .size = sizeof(prom_registry_opts), .order = order }, &x.r));
    for (int i = 0; i < FAMILIES; i++) {
        char name[32];
        snprintf(name, sizeof name, "key_%d", i);
        CHECK_OK(prom_vec_new(x.r, types[i],
                              PROM_OPTS(.name = name, .help = "", .labels = PROM_LABELS("k"),
                                        .buckets = PROM_BUCKETS(0, 1, 2, 3, 4, 5, 6, 7, 8),
                                        .objectives = PROM_OBJECTIVES({ 0, 0 }, { 1, 0 })),
                              &x.v[i]));
    }
    stress_run(roles, sizeof roles / sizeof *roles, &x, NULL);
    for (int i = 0; i < FAMILIES; i++)
        prom_unref(x.v[i]);
    prom_unref(x.r);
}

static void test_few_keys_in_sorted_order(void)
{
    run(PROM_ORDER_SORTED);
}

static void test_few_keys_in_created_order(void)
{
    run(PROM_ORDER_CREATED);
}

TESTS(ROW(test_few_keys_in_sorted_order), ROW(test_few_keys_in_created_order))
