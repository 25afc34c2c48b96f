// SPDX-License-Identifier: Apache-2.0
/* function_test.c - series whose value a user's function gives. */
#define _GNU_SOURCE /* pthread, fork */
#include "kit.h"

#include <prom/vec.h>

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a function of the tests knows, and what has happened to it. */
typedef struct source {
    double v;
    prom_err error;
    int calls, freed;
    pthread_t thread; /* of the last call */
    void (*within)(struct source *s);
    prom_registry *r;
    prom_vec *vec;
    void *child;
} source;

static prom_err give(void *data, double *out)
{
    source *s = data;
    s->calls++;
    s->thread = pthread_self();
    if (s->within)
        s->within(s);
    *out = s->v;
    return s->error ? prom_fail(s->error, "the sensor is off") : PROM_OK;
}

static void free_source(void *data)
{
    ((source *)data)->freed++;
}

#define FUNCTION(s) PROM_FUNCTION(.value = give, .data = (s), .free_data = free_source)
#define BOUND(s) \
    PROM_FUNCTION(.value = give, .data = (s), .free_data = free_source, .bound = true)

static prom_vec *make(prom_registry *r, prom_type t)
{
    prom_vec *v = NULL;
    CHECK_OK(
        prom_vec_new(r, t, PROM_OPTS(.name = "x", .help = "", .labels = PROM_LABELS("l")), &v));
    return v;
}

static void *child(prom_vec *v, const char *value)
{
    void *c = NULL;
    CHECK_OK(prom_vec_with(v, &(prom_str){ value, strlen(value) }, 1, &c));
    return c;
}

static void set(prom_vec *v, const char *value, const prom_function *f)
{
    void *c = child(v, value);
    CHECK_OK(prom_function_set(c, f));
    prom_unref(c);
}

static double value_of(prom_registry *r, const char *label)
{
    return kit_value(r, "x", PROM_CONST_LABELS({ "l", label }));
}

static void check_noted(prom_registry *r, const char *want)
{
    prom_snapshot *s;
    CHECK_OK(prom_gather(r, &s));
    CHECK_STR(prom_snapshot_error(s, 0), want);
    prom_unref(s);
}

/* --- values ------------------------------------------------------------- */

static void test_function_gives_each_type_its_value(void)
{
    static const struct {
        prom_type type;
        const char *text;
    } rows[] = {
        { PROM_COUNTER, "# HELP f_total \n# TYPE f_total counter\nf_total 2.5\n" },
        { PROM_GAUGE, "# HELP f \n# TYPE f gauge\nf 2.5\n" },
        { PROM_UNKNOWN, "# HELP f \n# TYPE f untyped\nf 2.5\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        source s = { .v = 2.5 };
        prom_registry *r = kit_registry(PROM_ORDER_SORTED);
        void *f;
        CHECK_OK(prom_function_new(r, rows[i].type, PROM_OPTS(.name = "f", .help = ""),
                                   FUNCTION(&s), &f));
        CHECK_INT(s.calls, 0);
        CHECK_TEXT(r, rows[i].text);
        CHECK_INT(s.calls, 1);
        prom_unref(f);
        CHECK_INT(s.freed, 0);
        prom_unref(r);
        CHECK_INT(s.freed, 1);
    }
}

static void test_function_families(void)
{
    source a = { .v = 1 }, b = { .v = -INFINITY };
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_GAUGE);
    set(v, "a", FUNCTION(&a)), set(v, "b", FUNCTION(&b));
    prom_gauge *c = child(v, "c");
    prom_gauge_set(c, 7);
    CHECK_TEXT(r, "# HELP x \n# TYPE x gauge\nx{l=\"a\"} 1\nx{l=\"b\"} -Inf\nx{l=\"c\"} 7\n");
    a.v = 2;
    CHECK_DBL(value_of(r, "a"), 2);
    prom_unref(c), prom_unref(v), prom_unref(r);
    CHECK_INT(a.freed + b.freed, 2);
}

static void test_function_of_a_counter_must_not_be_negative(void)
{
    source s = { .v = -1 };
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    void *f;
    CHECK_OK(prom_function_new(r, PROM_COUNTER, PROM_OPTS(.name = "f", .help = ""),
                               FUNCTION(&s), &f));
    check_noted(r, "metric 'f': a counter cannot be -1");
    CHECK_TEXT(r, "# HELP f_total \n# TYPE f_total counter\n");
    s.v = NAN;
    check_noted(r, "metric 'f': a counter cannot be NaN");
    s.v = 5;
    check_noted(r, NULL);
    CHECK_HAS(r, "f_total 5\n");
    s.v = 3; /* it may be a new process that is counted */
    CHECK_HAS(r, "f_total 3\n");
    prom_unref(f), prom_unref(r);
}

static void test_function_that_fails_leaves_its_series_out(void)
{
    source a = { .error = PROM_E_IO }, b = { .v = 4 };
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_GAUGE);
    set(v, "a", FUNCTION(&a)), set(v, "b", FUNCTION(&b));
    check_noted(r, "metric 'x': the sensor is off");
    CHECK_TEXT(r, "# HELP x \n# TYPE x gauge\nx{l=\"b\"} 4\n");
    a.error = PROM_OK;
    check_noted(r, NULL);
    CHECK_DBL(value_of(r, "a"), 0);
    prom_unref(v), prom_unref(r);
}

/* --- setting, replacing, letting go -------------------------------------- */

static void test_function_is_replaced_and_taken_away(void)
{
    source a = { .v = 1 }, b = { .v = 2 };
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_GAUGE);
    prom_gauge *g = child(v, "g");
    CHECK_OK(prom_function_set(g, FUNCTION(&a)));
    CHECK_DBL(value_of(r, "g"), 1);
    CHECK_OK(prom_function_set(g, FUNCTION(&b)));
    CHECK_INT(a.freed, 1);
    CHECK_DBL(value_of(r, "g"), 2);
    CHECK_OK(prom_function_set(g, NULL));
    CHECK_INT(b.freed, 1);
    int calls = b.calls;
    CHECK_DBL(value_of(r, "g"), 2); /* it keeps its value */
    CHECK_INT(b.calls, calls);
    prom_gauge_add(g, 1);
    CHECK_DBL(value_of(r, "g"), 3);
    CHECK_OK(prom_function_set(g, NULL)); /* nothing to take away */
    prom_unref(g), prom_unref(v), prom_unref(r);
    CHECK_INT(a.freed + b.freed, 2);
}

static void test_function_goes_with_its_series(void)
{
    source a = { .v = 1 }, b = a, c = a, d = a;
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_COUNTER), *fresh;
    void *held = child(v, "a");
    CHECK_OK(prom_function_set(held, FUNCTION(&a)));
    set(v, "b", FUNCTION(&b));
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("a")));
    CHECK_INT(a.freed, 1);
    CHECK_SAYS(prom_function_set(held, FUNCTION(&a)), PROM_E_CLOSED,
               "'x': the series was removed");
    CHECK_INT(a.freed, 1); /* on an error it stays the caller's */
    prom_unref(held);
    CHECK_OK(prom_vec_fresh(v, &fresh));
    set(fresh, "c", FUNCTION(&c));
    CHECK_OK(prom_vec_replace(v, fresh));
    prom_unref(fresh);
    CHECK_INT(b.freed, 1);
    CHECK_TEXT(r, "# HELP x_total \n# TYPE x_total counter\nx_total{l=\"c\"} 1\n");
    CHECK_OK(prom_vec_fresh(v, &fresh));
    set(fresh, "d", FUNCTION(&d));
    prom_unref(fresh); /* never shown */
    CHECK_INT(d.freed, 1);
    CHECK_OK(prom_vec_clear(v));
    CHECK_INT(c.freed, 1);
    check_noted(r, NULL);
    prom_unref(v), prom_unref(r);
    CHECK_INT(a.freed + b.freed + c.freed + d.freed, 4);
}

static void test_function_of_a_vec_that_goes(void)
{
    source a = { .v = 1 };
    prom_vec *v = make(NULL, PROM_GAUGE);
    void *c = child(v, "a");
    CHECK_OK(prom_function_set(c, FUNCTION(&a)));
    prom_unref(v);
    CHECK_INT(a.freed, 1);
    CHECK_ERR(prom_function_set(c, FUNCTION(&a)), PROM_E_CLOSED);
    CHECK_ERR(prom_function_set(c, NULL), PROM_OK);
    prom_unref(c);
}

static void test_function_loaded_again(void)
{
    source a = { .v = 1 }, b = { .v = 2 };
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    void *f, *g;
    CHECK_OK(
        prom_function_new(r, PROM_GAUGE, PROM_OPTS(.name = "f", .help = ""), FUNCTION(&a), &f));
    CHECK_OK(
        prom_function_new(r, PROM_GAUGE, PROM_OPTS(.name = "f", .help = ""), FUNCTION(&b), &g));
    CHECK(f == g);
    CHECK_INT(a.freed, 1);
    CHECK_HAS(r, "f 2\n");
    prom_unref(f), prom_unref(g), prom_unref(r);
    CHECK_INT(b.freed, 1);
}

static void test_function_refusals(void)
{
    source s = { .v = 1 };
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_histogram *h;
    void *f = r;
    CHECK_OK(prom_histogram_new(r, PROM_OPTS(.name = "h", .help = ""), &h));
    CHECK_SAYS(prom_function_set(h, FUNCTION(&s)), PROM_E_TYPE,
               "'h' is a histogram: functions give counters, gauges and unknown");
    CHECK_SAYS(prom_function_set(NULL, FUNCTION(&s)), PROM_E_INVAL,
               "there is no series to give a function");
    CHECK_SAYS(prom_function_set(r, FUNCTION(&s)), PROM_E_TYPE,
               "a registry is no series to give a function");
    CHECK_SAYS(prom_function_new(r, PROM_GAUGE, PROM_OPTS(.name = "f", .help = ""), NULL, &f),
               PROM_E_INVAL, "a function metric needs a function");
    CHECK(!f);
    CHECK_ERR(prom_function_new(r, PROM_GAUGE, PROM_OPTS(.name = "f", .help = ""),
                                PROM_FUNCTION(.data = &s), &f),
              PROM_E_INVAL);
    CHECK_SAYS(prom_function_new(r, PROM_GAUGE, PROM_OPTS(.name = "f", .help = ""),
                                 &(prom_function){ .value = give }, &f),
               PROM_E_INVAL, "prom_function.size is not set: use PROM_FUNCTION");
    CHECK_ERR(prom_function_new(r, PROM_SUMMARY, PROM_OPTS(.name = "f", .help = ""),
                                FUNCTION(&s), &f),
              PROM_E_TYPE);
    CHECK_ERR(prom_function_new(r, PROM_GAUGE,
                                PROM_OPTS(.name = "f", .help = "", .labels = PROM_LABELS("l")),
                                FUNCTION(&s), &f),
              PROM_E_LABELS);
    CHECK_ERR(
        prom_function_new(r, PROM_GAUGE, PROM_OPTS(.name = "h", .help = ""), FUNCTION(&s), &f),
        PROM_E_EXISTS);
    CHECK(!f);
    CHECK_INT(s.calls + s.freed, 0);
    CHECK_HAS_NOT(r, "# TYPE f");
    prom_unref(h), prom_unref(r);
}

/* --- functions that do things -------------------------------------------- */

static void remove_itself(source *s)
{
    s->within = NULL;
    CHECK_OK(prom_vec_remove(s->vec, PROM_VALUES("a")));
    CHECK_INT(s->freed, 0); /* not while it runs */
}

static void test_function_removes_its_own_series(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_GAUGE);
    source a = { .v = 5, .within = remove_itself, .vec = v }, b = { .v = 6 };
    set(v, "a", FUNCTION(&a)), set(v, "b", FUNCTION(&b));
    CHECK_TEXT(r, "# HELP x \n# TYPE x gauge\nx{l=\"b\"} 6\n");
    CHECK_INT(a.freed, 1);
    prom_unref(v), prom_unref(r);
}

static source next_source = { .v = 9 };

static void set_another(source *s)
{
    s->within = NULL;
    CHECK_OK(prom_function_set(s->child, FUNCTION(&next_source)));
    set(s->vec, "new", FUNCTION(&next_source));
    CHECK_OK(prom_vec_remove(s->vec, PROM_VALUES("b"))); /* the next in the walk */
}

static void test_function_sets_others(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_GAUGE);
    void *c = child(v, "a");
    source a = { .v = 5, .within = set_another, .vec = v, .child = c }, b = { .v = 6 };
    CHECK_OK(prom_function_set(c, FUNCTION(&a)));
    set(v, "b", FUNCTION(&b));
    CHECK_TEXT(r, "# HELP x \n# TYPE x gauge\nx{l=\"a\"} 9\nx{l=\"new\"} 9\n");
    CHECK_INT(a.freed, 1);
    CHECK_INT(b.freed, 1);
    CHECK_INT(b.calls, 0);
    prom_unref(c), prom_unref(v), prom_unref(r);
    CHECK_INT(next_source.freed, 2);
}

static void gather_within(source *s)
{
    prom_snapshot *inner;
    if (!CHECK(s->calls < 5))
        return;
    CHECK_OK(prom_gather(s->r, &inner));
    CHECK_STR(prom_snapshot_error(inner, 0), "metric 'x': its function asks for itself");
    prom_unref(inner);
}

static void test_function_that_gathers(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_GAUGE);
    source a = { .v = 5, .within = gather_within, .r = r };
    set(v, "a", FUNCTION(&a));
    CHECK_DBL(value_of(r, "a"), 5);
    CHECK_INT(a.calls, 1);
    prom_unref(v), prom_unref(r);
}

static void register_more(source *s)
{
    prom_gauge *g;
    s->within = NULL;
    CHECK_OK(prom_gauge_new(s->r, PROM_OPTS(.name = "more", .help = ""), &g));
    prom_unref(g);
    CHECK_OK(prom_registry_remove(s->r, s->vec));
}

static void test_function_registers_and_takes_out(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_GAUGE);
    source a = { .v = 5, .within = register_more, .r = r, .vec = v };
    set(v, "a", FUNCTION(&a));
    prom_snapshot *s;
    CHECK_OK(prom_gather(r, &s));
    prom_unref(s);
    CHECK_TEXT(r, "# HELP more \n# TYPE more gauge\nmore 0\n");
    prom_unref(v);
    CHECK_INT(a.freed, 1);
    prom_unref(r);
}

/* --- bound functions ----------------------------------------------------- */

static void *run_elsewhere(void *f)
{
    ((void (*)(void))(uintptr_t)f)();
    return NULL;
}

static void elsewhere(void (*f)(void))
{
    pthread_t t;
    CHECK_INT(pthread_create(&t, NULL, run_elsewhere, (void *)(uintptr_t)f), 0);
    pthread_join(t, NULL);
}

static prom_registry *shared;
static source bound_source;

static void see_nothing(void)
{
    CHECK_TEXT(shared, "# HELP f \n# TYPE f gauge\n");
    check_noted(shared, NULL);
}

static void see_one(void)
{
    CHECK_HAS(shared, "f 1\n");
}

static void see_error(void)
{
    CHECK_TEXT(shared, "# HELP f \n# TYPE f gauge\n");
    check_noted(shared, "metric 'f': the sensor is off");
    CHECK_OK(prom_poll(shared)); /* not its thread */
}

static void test_function_bound_to_a_thread(void)
{
    void *f;
    shared = kit_registry(PROM_ORDER_SORTED);
    bound_source = (source){ .v = 1 };
    CHECK_OK(prom_function_new(shared, PROM_GAUGE, PROM_OPTS(.name = "f", .help = ""),
                               BOUND(&bound_source), &f));
    elsewhere(see_nothing); /* there is no last value yet */
    CHECK_INT(bound_source.calls, 0);
    CHECK_OK(prom_poll(shared));
    CHECK_INT(bound_source.calls, 1);
    bound_source.v = 2;
    elsewhere(see_one);
    CHECK_INT(bound_source.calls, 1);
    CHECK_HAS(shared, "f 2\n"); /* here it is called */
    CHECK_INT(bound_source.calls, 2);
    bound_source.error = PROM_E_IO;
    CHECK_SAYS(prom_poll(shared), PROM_E_CALLBACK, "metric 'f': the sensor is off");
    elsewhere(see_error);
    CHECK_INT(bound_source.calls, 3);
    CHECK(pthread_equal(bound_source.thread, pthread_self()));
    prom_unref(f), prom_unref(shared);
    CHECK_INT(bound_source.freed, 1);
}

/* Not for this poll to call, which only those need that no other thread may run. */
static void test_function_not_bound_is_not_polled(void)
{
    source s = { .v = 1 };
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_GAUGE);
    set(v, "a", FUNCTION(&s));
    CHECK_OK(prom_poll(r));
    CHECK_INT(s.calls, 0);
    prom_unref(v), prom_unref(r);
}

/* --- the rest ----------------------------------------------------------- */

static void fork_within(source *s)
{
    s->within = NULL;
    pid_t pid = fork();
    if (pid == 0) {
        prom_vec_clear(s->vec); /* while a walk of its own stands in the ring */
        _exit(s->freed == 0 && prom_vec_size(s->vec) == 0 ? 0 : 1);
    }
    int status = -1;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void test_function_and_fork(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_GAUGE);
    source a = { .v = 5, .within = fork_within, .vec = v };
    set(v, "a", FUNCTION(&a));
    CHECK_DBL(value_of(r, "a"), 5);
    prom_unref(v), prom_unref(r);
}

static void test_function_of_many_series(void)
{
    enum { N = 5000 };
    static source sources[N];
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v = make(r, PROM_GAUGE);
    for (int i = 0; i < N; i++) {
        char name[8];
        snprintf(name, sizeof name, "%d", i);
        sources[i].v = i;
        set(v, name, FUNCTION(&sources[i]));
    }
    prom_snapshot *s;
    CHECK_OK(prom_gather(r, &s));
    double got = 0;
    CHECK_OK(prom_snapshot_value(s, "x", PROM_CONST_LABELS({ "l", "4321" }), &got));
    CHECK_DBL(got, 4321);
    CHECK_INT(prom_snapshot_at(s, 0)->n_metrics, N);
    prom_unref(s);
    CHECK_OK(prom_vec_clear(v));
    int freed = 0;
    for (int i = 0; i < N; i++)
        freed += sources[i].freed == 1 && sources[i].calls == 1;
    CHECK_INT(freed, N);
    prom_unref(v), prom_unref(r);
}

TESTS(ROW(test_function_gives_each_type_its_value), ROW(test_function_families),
      ROW(test_function_of_a_counter_must_not_be_negative),
      ROW(test_function_that_fails_leaves_its_series_out),
      ROW(test_function_is_replaced_and_taken_away), ROW(test_function_goes_with_its_series),
      ROW(test_function_of_a_vec_that_goes), ROW(test_function_loaded_again),
      ROW(test_function_refusals), ROW(test_function_removes_its_own_series),
      ROW(test_function_sets_others), ROW(test_function_that_gathers),
      ROW(test_function_registers_and_takes_out), ROW(test_function_bound_to_a_thread),
      ROW(test_function_not_bound_is_not_polled), ROW(test_function_and_fork),
      ROW(test_function_of_many_series))
