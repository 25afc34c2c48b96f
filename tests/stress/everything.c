// SPDX-License-Identifier: Apache-2.0
/* everything.c - all that can be done to a registry at once: series created, updated by handle
 * and by look-up, removed, cleared; metrics and collectors registered and unregistered;
 * scrapes.
 *
 * What must hold: nothing added to a series that is never removed is lost; in every scrape the
 * buckets of a histogram ascend to its count, no value of a counter has fallen since the scrape
 * before, each series stands once and in its place; a kept snapshot is encoded to the same
 * bytes for ever. */
#define _GNU_SOURCE /* nanosleep */
#include "harness.h"

enum { STEADY = 32, CHURN = 400, KEPT = 4, WRITERS = 2, OWNERS = 2 };

typedef struct registry_of_all {
    prom_registry *r;
    prom_vec *steady, *steady_times; /* whose series are never removed */
    prom_vec *churn[4];              /* a counter, a gauge, a histogram, a summary */
    _Atomic uint64_t added[STEADY], observed[STEADY];
} registry_of_all;

static void number_text(char text[24], uint64_t n)
{
    snprintf(text, 24, "%04llu", (unsigned long long)n);
}

/* --- updates ------------------------------------------------------------ */

static void update_by_handle(stress_thread *t)
{
    registry_of_all *x = t->shared;
    prom_counter *c[STEADY];
    prom_histogram *h[STEADY];
    uint64_t added[STEADY] = { 0 }, observed[STEADY] = { 0 };
    char value[24];
    for (int i = 0; i < STEADY; i++) {
        number_text(value, (uint64_t)i);
        EXPECT_OK(prom_counter_with(x->steady, PROM_VALUES(value), &c[i]));
        EXPECT_OK(prom_histogram_with(x->steady_times, PROM_VALUES(value), &h[i]));
    }
    for (; !stress_over; t->rounds++) {
        uint64_t i = stress_random(t, STEADY);
        prom_counter_inc(c[i]);
        EXPECT_OK(prom_counter_add(c[i], 2));
        EXPECT_OK(prom_counter_add(c[i], 0.5));
        EXPECT_OK(prom_counter_add(c[i], 0.5));
        added[i] += 4;
        prom_histogram_observe(h[i], (double)stress_random(t, 12));
        observed[i]++;
    }
    for (int i = 0; i < STEADY; i++) {
        x->added[i] += added[i];
        x->observed[i] += observed[i];
        prom_unref(c[i]);
        prom_unref(h[i]);
    }
}

static void update_by_look_up(stress_thread *t)
{
    registry_of_all *x = t->shared;
    char value[24];
    for (; !stress_over; t->rounds++) {
        uint64_t i = stress_random(t, STEADY);
        prom_counter *c = NULL;
        prom_histogram *h = NULL;
        number_text(value, i);
        EXPECT_OK(prom_counter_with(x->steady, PROM_VALUES(value), &c));
        EXPECT_OK(prom_histogram_with(x->steady_times, PROM_VALUES(value), &h));
        prom_counter_inc(c);
        prom_histogram_observe(h, 3);
        x->added[i]++;
        x->observed[i]++;
        prom_unref(c);
        prom_unref(h);
    }
}

/* --- series that come and go -------------------------------------------- */

static void update_any(prom_vec *v, void *child, uint64_t n)
{
    switch (prom_vec_type(v)) {
    case PROM_COUNTER:
        prom_counter_inc(child);
        break;
    case PROM_GAUGE:
        prom_gauge_add(child, (double)n);
        break;
    case PROM_HISTOGRAM:
        prom_histogram_observe(child, (double)n);
        break;
    default:
        prom_summary_observe(child, (double)n);
    }
}

/* Holds on to some children for a while, so that they are removed in its hands. */
static void create(stress_thread *t)
{
    registry_of_all *x = t->shared;
    void *held[64] = { NULL };
    for (; !stress_over; t->rounds++) {
        prom_vec *v = x->churn[stress_random(t, 4)], *of = NULL;
        char value[24];
        uint64_t k = stress_random(t, CHURN);
        void **child = &held[t->rounds % 64];
        prom_unref(*child);
        *child = NULL;
        number_text(value, k);
        EXPECT_OK(prom_vec_with(v, &(prom_str){ value, strlen(value) }, 1, child));
        update_any(v, *child, k);
        prom_err e = prom_child_vec(*child, &of);
        EXPECT(e ? e == PROM_E_CLOSED : of == v, "%s", prom_err_name(e));
        prom_unref(of);
    }
    for (int i = 0; i < 64; i++)
        prom_unref(held[i]);
}

static void remove_some(stress_thread *t)
{
    registry_of_all *x = t->shared;
    for (; !stress_over; t->rounds++) {
        char value[24];
        number_text(value, stress_random(t, CHURN));
        prom_err e = prom_vec_remove(x->churn[stress_random(t, 4)], PROM_VALUES(value));
        EXPECT(!e || e == PROM_E_NOENT, "%s", prom_err_name(e));
    }
}

static void clear_now_and_then(stress_thread *t)
{
    registry_of_all *x = t->shared;
    for (; !stress_over; t->rounds++) {
        EXPECT_OK(prom_vec_clear(x->churn[stress_random(t, 4)]));
        EXPECT(prom_vec_size(x->steady) == STEADY, "a series of another family was cleared");
        stress_sleep(0.003);
    }
}

/* --- metrics and collectors that come and go ---------------------------- */

static prom_err build_own(prom_builder *b, void *data)
{
    const stress_thread *t = data;
    char name[64];
    snprintf(name, sizeof name, "collected_%u", t->number);
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = name));
    return e ? e : prom_build_value(b, NULL, t->number);
}

static void come_and_go(stress_thread *t, const char *name)
{
    registry_of_all *x = t->shared;
    prom_vec *v = NULL, *found = NULL;
    prom_err e = prom_vec_new(x->r, PROM_SUMMARY,
                              PROM_OPTS(.name = name, .help = "", .labels = PROM_LABELS("a"),
                                        .objectives = PROM_OBJECTIVES({ 0.5, 0 })),
                              &v);
    EXPECT(!e, "%s", prom_error(e));
    if (e)
        return;
    void *child = NULL;
    EXPECT_OK(prom_vec_with(v, &(prom_str){ "1", 1 }, 1, &child));
    prom_summary_observe(child, 1);
    e = prom_registry_find(x->r, name, &found); /* others may have taken a shared one out */
    EXPECT(!e || e == PROM_E_NOENT, "%s", prom_err_name(e));
    prom_unref(found);
    e = prom_registry_remove(x->r, v);
    EXPECT(!e || e == PROM_E_NOENT, "%s", prom_err_name(e));
    if (t->rounds % 3)
        prom_unref(v), v = NULL; /* the child is left without its family */
    prom_summary_observe(child, 2);
    prom_unref(child);
    prom_unref(v);
}

static void register_and_unregister(stress_thread *t)
{
    registry_of_all *x = t->shared;
    for (; !stress_over; t->rounds++) {
        char name[64];
        prom_collector *c = NULL;
        prom_collector_opts o = {
            .size = sizeof o, .name = "own", .collect = build_own, .data = t
        };
        EXPECT_OK(prom_collector_new(x->r, &o, &c));
        snprintf(name, sizeof name, "passing_%u_%u", t->number, (unsigned)t->rounds % 50);
        come_and_go(t, name);
        come_and_go(t, "shared");
        EXPECT_OK(prom_registry_remove(x->r, c));
        prom_unref(c);
    }
}

/* --- scrapes ------------------------------------------------------------ */

/* What a scraper saw of the steady series before, and where it is in a family. */
typedef struct view {
    double counter[STEADY], count[STEADY];
    double bucket; /* the last one of the series under way */
    bool plus_inf;
    char last[64]; /* label value of the series before */
} view;

static void check_order(view *v, const prom_sample *s)
{
    char label[64];
    snprintf(label, sizeof label, "%.*s", (int)s->labels[0].value.n, s->labels[0].value.p);
    int c = strcmp(label, v->last);
    bool same = strcmp(s->suffix, "") != 0 || s->n_labels > 1; /* more lines of one series */
    EXPECT(c > 0 || (c == 0 && same), "%s: '%s' after '%s'", s->family->name, label, v->last);
    memcpy(v->last, label, sizeof label);
}

static void check_bucket(view *v, const prom_sample *s)
{
    if (strcmp(s->suffix, "_bucket") == 0) {
        EXPECT(v->plus_inf || s->value >= v->bucket, "%g after %g", s->value, v->bucket);
        const prom_label_str *le = &s->labels[s->n_labels - 1];
        v->plus_inf = le->value.n == 4 && memcmp(le->value.p, "+Inf", 4) == 0;
        v->bucket = s->value;
    } else if (strcmp(s->suffix, "_count") == 0) {
        EXPECT(v->plus_inf && s->value == v->bucket, "count %g, +Inf %g", s->value, v->bucket);
        v->plus_inf = true; /* the next bucket begins anew */
    }
}

static void check_growth(double *before, const prom_sample *s)
{
    char label[24]; /* the value itself does not end in NUL */
    snprintf(label, sizeof label, "%.*s", (int)s->labels[0].value.n, s->labels[0].value.p);
    unsigned long i = strtoul(label, NULL, 10);
    EXPECT(i < STEADY && s->value >= before[i], "%s{%lu}: %g after %g", s->family->name, i,
           s->value, i < STEADY ? before[i] : 0);
    if (i < STEADY)
        before[i] = s->value;
}

static prom_err check_sample(void *data, const prom_sample *s)
{
    view *v = data;
    if (s->n_labels && s->family->type != PROM_SUMMARY)
        check_order(v, s);
    if (s->family->type == PROM_HISTOGRAM)
        check_bucket(v, s);
    if (strcmp(s->family->name, "steady_total") == 0)
        check_growth(v->counter, s);
    if (strcmp(s->family->name, "steady_times") == 0 && strcmp(s->suffix, "_count") == 0)
        check_growth(v->count, s);
    return PROM_OK;
}

static void check_snapshot(view *v, const prom_snapshot *s)
{
    EXPECT(!prom_snapshot_error(s, 0), "%s", prom_snapshot_error(s, 0));
    const char *before = "";
    for (size_t i = 0; i < prom_snapshot_size(s); i++) {
        const prom_family *f = prom_snapshot_at(s, i);
        EXPECT(strcmp(before, f->name) < 0, "family %s after %s", f->name, before);
        before = f->name;
        v->last[0] = '\0';
        v->plus_inf = true;
        EXPECT_OK(prom_family_samples(f, check_sample, v));
    }
}

typedef struct kept {
    prom_snapshot *s;
    char *text;
} kept;

static void let_go(kept *k)
{
    char *again = NULL;
    if (!k->s)
        return;
    EXPECT_OK(prom_encode_string(&prom_text, k->s, &again, NULL));
    EXPECT(strcmp(again, k->text) == 0, "a kept snapshot has changed");
    prom_free(again);
    prom_free(k->text);
    prom_unref(k->s);
    *k = (kept){ NULL, NULL };
}

static void scrape(stress_thread *t)
{
    registry_of_all *x = t->shared;
    view v = { .last = "" };
    kept ring[KEPT] = { { NULL, NULL } };
    for (; !stress_over; t->rounds++) {
        kept *k = &ring[stress_random(t, KEPT)];
        let_go(k);
        EXPECT_OK(prom_gather(x->r, &k->s));
        check_snapshot(&v, k->s);
        EXPECT_OK(prom_encode_string(&prom_text, k->s, &k->text, NULL));
    }
    for (int i = 0; i < KEPT; i++)
        let_go(&ring[i]);
}

/* --- the whole ---------------------------------------------------------- */

static void make(registry_of_all *x)
{
    static const char *const names[] = { "churn_a", "churn_b", "churn_c", "churn_d" };
    static const prom_type types[] = { PROM_COUNTER, PROM_GAUGE, PROM_HISTOGRAM, PROM_SUMMARY };
    CHECK_OK(prom_registry_new(NULL, &x->r));
    CHECK_OK(prom_vec_new(x->r, PROM_COUNTER,
                          PROM_OPTS(.name = "steady", .help = "", .labels = PROM_LABELS("i")),
                          &x->steady));
    CHECK_OK(
        prom_vec_new(x->r, PROM_HISTOGRAM,
                     PROM_OPTS(.name = "steady_times", .help = "", .labels = PROM_LABELS("i")),
                     &x->steady_times));
    for (int i = 0; i < 4; i++)
        CHECK_OK(prom_vec_new(x->r, types[i],
                              PROM_OPTS(.name = names[i], .help = "Come and go.",
                                        .labels = PROM_LABELS("k"),
                                        .objectives = PROM_OBJECTIVES({ 0.5, 0 })),
                              &x->churn[i]));
    for (uint64_t i = 0; i < STEADY; i++) {
        char value[24];
        prom_counter *c;
        prom_histogram *h;
        number_text(value, i);
        CHECK_OK(prom_counter_with(x->steady, PROM_VALUES(value), &c));
        CHECK_OK(prom_histogram_with(x->steady_times, PROM_VALUES(value), &h));
        prom_unref(c);
        prom_unref(h);
    }
}

static void check_totals(registry_of_all *x)
{
    prom_snapshot *s = NULL;
    CHECK_OK(prom_gather(x->r, &s));
    for (uint64_t i = 0; i < STEADY; i++) {
        char value[24];
        double v = -1;
        number_text(value, i);
        const prom_label *labels = PROM_CONST_LABELS({ "i", value });
        CHECK_OK(prom_snapshot_value(s, "steady_total", labels, &v));
        CHECK_DBL(v, (double)x->added[i]);
        CHECK_OK(prom_snapshot_value(s, "steady_times_count", labels, &v));
        CHECK_DBL(v, (double)x->observed[i]);
    }
    prom_unref(s);
}

static void test_everything_at_once(void)
{
    static registry_of_all x;
    static const stress_role roles[] = {
        { "updates by handle", update_by_handle, WRITERS },
        { "updates by look-up", update_by_look_up, WRITERS },
        { "creations", create, WRITERS },
        { "removals", remove_some, 1 },
        { "clears", clear_now_and_then, 1 },
        { "registrations", register_and_unregister, OWNERS },
        { "scrapes", scrape, 2 },
    };
    make(&x);
    stress_run(roles, sizeof roles / sizeof *roles, &x, NULL);
    check_totals(&x);
    prom_unref(x.steady);
    prom_unref(x.steady_times);
    for (int i = 0; i < 4; i++)
        prom_unref(x.churn[i]);
    prom_unref(x.r);
}

TESTS(ROW(test_everything_at_once))
