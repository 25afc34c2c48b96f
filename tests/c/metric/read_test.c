// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "kit.h"
#include "metric/vec.h"

#include <prom/vec.h>

static uint64_t pulse(void *child)
{
    const prom__child *c = child;
    return c->vec->kind->pulse(c->vec->desc, c->vec->store, c->series);
}

static int64_t created(void *child)
{
    return atomic_load(&((prom__child *)child)->series->created);
}

static void test_reset_of_a_counter(void)
{
    prom_counter *c;
    CHECK_OK(prom_counter_new(NULL, PROM_OPTS(.name = "c", .help = ""), &c));
    int64_t before = created(c);
    CHECK_OK(prom_counter_add(c, 2.5));
    prom_counter_inc(c);
    CHECK_OK(prom_child_reset(c));
    CHECK_DBL(prom_counter_value(c), 0);
    CHECK(created(c) > before);
    prom_unref(c);
}

static void test_reset_of_a_gauge_and_an_unknown(void)
{
    prom_gauge *g, *u;
    CHECK_OK(prom_gauge_new(NULL, PROM_OPTS(.name = "g", .help = ""), &g));
    CHECK_OK(prom_unknown_new(NULL, PROM_OPTS(.name = "u", .help = ""), &u));
    prom_gauge_set(g, -3);
    prom_gauge_set(u, 3);
    CHECK_OK(prom_child_reset(g));
    CHECK_OK(prom_child_reset(u));
    CHECK_DBL(prom_gauge_value(g), 0);
    CHECK_DBL(prom_gauge_value(u), 0);
    prom_unref(g), prom_unref(u);
}

/* Values in many powers of two, so that there are pages and more than one directory of them. */
static void test_reset_of_a_summary(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_summary *s;
    CHECK_OK(prom_summary_new(
        r, PROM_OPTS(.name = "s", .help = "", .objectives = PROM_OBJECTIVES({ 0.5, 0 })), &s));
    prom_summary_observe(s, 0);
    for (int i = -40; i < 40; i++)
        prom_summary_observe(s, ldexp(i % 2 ? 1 : -1, i));
    CHECK_OK(prom_child_reset(s));
    CHECK_TEXT(r, "# HELP s \n# TYPE s summary\ns{quantile=\"0.5\"} NaN\ns_sum 0\ns_count 0\n");
    prom_summary_observe(s, 4096);
    CHECK_HAS(r, "s_sum 4096\ns_count 1\n");
    CHECK(fabs(kit_value(r, "s", PROM_CONST_LABELS({ "quantile", "0.5" })) / 4096 - 1) < 0.011);
    prom_unref(s), prom_unref(r);
}

static void test_reset_of_an_info(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_info *i;
    CHECK_OK(prom_info_new(r, PROM_OPTS(.name = "i", .help = ""), &i));
    CHECK_OK(prom_info_set(i, PROM_CONST_LABELS({ "a", "b" })));
    CHECK_OK(prom_child_reset(i));
    CHECK_HAS(r, "\ni_info 1\n");
    CHECK_OK(prom_info_set(i, PROM_CONST_LABELS({ "c", "d" })));
    CHECK_HAS(r, "\ni_info{c=\"d\"} 1\n");
    prom_unref(i), prom_unref(r);
}

static void test_reset_wants_a_series(void)
{
    prom_vec *v;
    CHECK_OK(prom_vec_new(NULL, PROM_GAUGE, PROM_OPTS(.name = "g", .help = ""), &v));
    CHECK_SAYS(prom_child_reset(v), PROM_E_TYPE, "a vec is no series to set back");
    CHECK_SAYS(prom_child_reset(NULL), PROM_E_INVAL, "there is no series to set back");
    prom_unref(v);
}

/* --- reading ------------------------------------------------------------- */

typedef struct seen {
    char text[256];
    int64_t created;
    prom_err answer;
} seen;

static prom_err look(void *data, const prom_metric *m)
{
    seen *x = data;
    int at = snprintf(x->text, sizeof x->text, "%s %s:", prom_type_name(m->family->type),
                      m->family->name);
    for (size_t i = 0; i < m->n_labels; i++)
        at += snprintf(x->text + at, sizeof x->text - (size_t)at, " %.*s=%.*s",
                       (int)m->labels[i].name.n, m->labels[i].name.p, (int)m->labels[i].value.n,
                       m->labels[i].value.p);
    for (size_t i = 0; i < m->n_states; i++)
        at += snprintf(x->text + at, sizeof x->text - (size_t)at, " %.*s is %s",
                       (int)m->states[i].name.n, m->states[i].name.p,
                       m->states[i].on ? "on" : "off");
    snprintf(x->text + at, sizeof x->text - (size_t)at, " %g %g %llu", m->value, m->sum,
             (unsigned long long)m->count);
    x->created = m->created_ns;
    return x->answer;
}

static const seen *read(void *child)
{
    static seen x;
    x = (seen){ .answer = PROM_OK };
    CHECK_OK(prom_child_read(child, look, &x));
    return &x;
}

static void test_read_of_every_type(void)
{
    prom_vec *v;
    prom_counter *c;
    prom_gauge *u;
    prom_histogram *h;
    prom_summary *s;
    prom_info *i;
    prom_stateset *t;
    CHECK_OK(prom_vec_new(NULL, PROM_COUNTER,
                          PROM_OPTS(.name = "c", .help = "", .labels = PROM_LABELS("l"),
                                    .const_labels = PROM_CONST_LABELS({ "k", "v" })),
                          &v));
    CHECK_OK(prom_counter_with(v, PROM_VALUES("a\"\n"), &c));
    CHECK_OK(prom_unknown_new(NULL, PROM_OPTS(.name = "u", .help = ""), &u));
    CHECK_OK(prom_histogram_new(NULL, PROM_OPTS(.name = "h", .help = ""), &h));
    CHECK_OK(prom_summary_new(NULL, PROM_OPTS(.name = "s", .help = ""), &s));
    CHECK_OK(prom_info_new(NULL, PROM_OPTS(.name = "i", .help = ""), &i));
    CHECK_OK(prom_stateset_new(
        NULL, PROM_OPTS(.name = "t", .help = "", .states = PROM_VALUES("a", "b\"")), &t));
    int64_t now = prom__clock_unix();
    CHECK_OK(prom_counter_add(c, 1.5));
    prom_gauge_set(u, -2);
    prom_histogram_observe(h, 3);
    prom_summary_observe(s, 4);
    CHECK_OK(prom_info_set(i, PROM_CONST_LABELS({ "x", "y" })));
    CHECK_OK(prom_stateset_enter(t, "b\""));
    CHECK_STR(read(c)->text, "counter c_total: k=v l=a\"\n 1.5 0 0");
    CHECK(read(c)->created > 0 && read(c)->created <= now);
    CHECK_STR(read(u)->text, "unknown u: -2 0 0");
    CHECK_INT(read(u)->created, 0);
    CHECK_STR(read(h)->text, "histogram h: 0 3 1");
    CHECK(read(h)->created > 0 && read(h)->created <= now);
    CHECK_STR(read(s)->text, "summary s: 0 4 1");
    CHECK(read(s)->created > 0 && read(s)->created <= now);
    CHECK_OK(prom_child_reset(s));
    CHECK(read(s)->created >= now);
    CHECK_STR(read(i)->text, "info i_info: x=y 1 0 0");
    CHECK_STR(read(t)->text, "stateset t: a is off b\" is on 0 0 0");
    prom_unref(c), prom_unref(u), prom_unref(h), prom_unref(s), prom_unref(i), prom_unref(t);
    prom_unref(v);
}

static void test_read_of_what_was_removed(void)
{
    prom_vec *v;
    prom_counter *c;
    CHECK_OK(prom_vec_new(NULL, PROM_COUNTER,
                          PROM_OPTS(.name = "c", .help = "", .labels = PROM_LABELS("l")), &v));
    CHECK_OK(prom_counter_with(v, PROM_VALUES("x"), &c));
    CHECK_OK(prom_vec_clear(v));
    prom_unref(v);
    prom_counter_inc(c);
    CHECK_STR(read(c)->text, "counter c_total: l=x 1 0 0");
    CHECK_OK(prom_child_reset(c));
    CHECK_STR(read(c)->text, "counter c_total: l=x 0 0 0");
    prom_unref(c);
}

static void test_read_returns_what_the_callback_does(void)
{
    prom_counter *c;
    seen x = { .answer = PROM_E_CANCELLED };
    CHECK_OK(prom_counter_new(NULL, PROM_OPTS(.name = "c", .help = ""), &c));
    CHECK_ERR(prom_child_read(c, look, &x), PROM_E_CANCELLED);
    CHECK_SAYS(prom_child_read(NULL, look, &x), PROM_E_INVAL, "there is no series to read");
    prom_vec *v;
    CHECK_OK(prom_child_vec(c, &v));
    CHECK_SAYS(prom_child_read(v, look, &x), PROM_E_TYPE, "a vec is no series to read");
    prom_unref(v), prom_unref(c);
}

static prom_err give(void *data, double *out)
{
    *out = (*(double *)data)++;
    return *out > 5 ? prom_fail(PROM_E_IO, "no more") : PROM_OK;
}

static void test_read_asks_the_function(void)
{
    double next = 4;
    void *g;
    seen x = { .answer = PROM_OK };
    CHECK_OK(prom_function_new(NULL, PROM_GAUGE, PROM_OPTS(.name = "g", .help = ""),
                               PROM_FUNCTION(.value = give, .data = &next), &g));
    CHECK_STR(read(g)->text, "gauge g: 4 0 0");
    CHECK_STR(read(g)->text, "gauge g: 5 0 0");
    CHECK_SAYS(prom_child_read(g, look, &x), PROM_E_CALLBACK, "metric 'g': no more");
    CHECK_STR(x.text, "");
    next = 1;
    CHECK_STR(read(g)->text, "gauge g: 1 0 0");
    prom_unref(g);
}

/* It counts for longer than its series is there, and nobody says since when. */
static void test_a_counter_with_a_function_has_no_created_time(void)
{
    double next = 1;
    void *c;
    CHECK_OK(prom_function_new(NULL, PROM_COUNTER, PROM_OPTS(.name = "c", .help = ""),
                               PROM_FUNCTION(.value = give, .data = &next), &c));
    CHECK_STR(read(c)->text, "counter c_total: 1 0 0");
    CHECK_INT(read(c)->created, 0);
    CHECK_OK(prom_child_reset(c));
    CHECK_INT(read(c)->created, 0);
    prom_unref(c);
}

/* What a removed series keeps in the place of its function is none. */
static void test_read_of_what_was_removed_beside_functions(void)
{
    double next = 1;
    prom_vec *v;
    prom_gauge *g[3];
    static const char *const names[] = { "a", "b", "c" };
    CHECK_OK(prom_vec_new(NULL, PROM_GAUGE,
                          PROM_OPTS(.name = "g", .help = "", .labels = PROM_LABELS("l")), &v));
    for (int i = 0; i < 3; i++)
        CHECK_OK(prom_gauge_with(v, PROM_VALUES(names[i]), &g[i]));
    CHECK_OK(prom_function_set(g[0], PROM_FUNCTION(.value = give, .data = &next)));
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("b")));
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("c")));
    for (int i = 1; i < 3; i++) {
        prom_gauge_set(g[i], 7);
        CHECK(strstr(read(g[i])->text, " 7 0 0") != NULL);
    }
    for (int i = 0; i < 3; i++)
        prom_unref(g[i]);
    prom_unref(v);
}

static prom_err let_go(void *data, const prom_metric *m)
{
    prom_unref(*(void **)data);
    CHECK_STR(m->family->name, "x");
    return PROM_OK;
}

static prom_err give_and_let_go(void *data, double *out)
{
    *out = 1;
    prom_unref(*(void **)data);
    return PROM_OK;
}

static void test_the_series_may_be_let_go_while_it_is_read(void)
{
    const prom_opts *o = PROM_OPTS(.name = "x", .help = "");
    prom_gauge *g;
    void *f;
    CHECK_OK(prom_gauge_new(NULL, o, &g));
    CHECK_OK(prom_child_read(g, let_go, &g));
    CHECK_OK(prom_function_new(NULL, PROM_GAUGE, o,
                               PROM_FUNCTION(.value = give_and_let_go, .data = &f), &f));
    CHECK_STR(read(f)->text, "gauge x: 1 0 0");
}

/* --- the pulse ------------------------------------------------------------ */

static void test_every_update_moves_the_pulse(void)
{
    const prom_opts *o = PROM_OPTS(.name = "x", .help = "", .states = PROM_VALUES("a"));
    prom_counter *c;
    prom_vec *v; /* bounds are for families with labels */
    prom_gauge *g;
    prom_summary *s;
    prom_info *i;
    prom_stateset *t;
    uint64_t before;
    CHECK_OK(prom_counter_new(NULL, o, &c));
    CHECK_OK(prom_vec_new(
        NULL, PROM_GAUGE,
        PROM_OPTS(.name = "g", .help = "", .labels = PROM_LABELS("l"), .ttl = 1), &v));
    CHECK_OK(prom_gauge_with(v, PROM_VALUES("x"), &g));
    CHECK_OK(prom_summary_new(NULL, o, &s));
    CHECK_OK(prom_info_new(NULL, o, &i));
    CHECK_OK(prom_stateset_new(NULL, o, &t));
#define MOVES(child, update)           \
    do {                               \
        before = pulse(child);         \
        update;                        \
        CHECK(pulse(child) != before); \
    } while (0)
    MOVES(c, prom_counter_inc(c));
    MOVES(c, CHECK_OK(prom_counter_add(c, 0.25)));
    MOVES(g, prom_gauge_set(g, 1));
    MOVES(g, prom_gauge_set(g, 1)); /* no change, but in use */
    MOVES(g, prom_gauge_add(g, 0));
    MOVES(s, prom_summary_observe(s, 0));
    MOVES(i, CHECK_OK(prom_info_set(i, NULL)));
    MOVES(i, CHECK_OK(prom_info_set(i, PROM_CONST_LABELS({ "a", "b" }))));
    MOVES(t, CHECK_OK(prom_stateset_enter(t, "a")));
    MOVES(t, CHECK_OK(prom_stateset_enter(t, "a")));
    MOVES(t, CHECK_OK(prom_stateset_set(t, "a", true)));
    prom_unref(c), prom_unref(g), prom_unref(s), prom_unref(i), prom_unref(t);
    prom_unref(v);
}

TESTS(ROW(test_reset_of_a_counter), ROW(test_reset_of_a_gauge_and_an_unknown),
      ROW(test_reset_of_a_summary), ROW(test_reset_of_an_info), ROW(test_reset_wants_a_series),
      ROW(test_read_of_every_type), ROW(test_read_of_what_was_removed),
      ROW(test_read_returns_what_the_callback_does), ROW(test_read_asks_the_function),
      ROW(test_a_counter_with_a_function_has_no_created_time),
      ROW(test_read_of_what_was_removed_beside_functions),
      ROW(test_the_series_may_be_let_go_while_it_is_read),
      ROW(test_every_update_moves_the_pulse))
