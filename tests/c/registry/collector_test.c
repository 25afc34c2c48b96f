// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* usleep */
#include "base/clock.h"
#include "kit.h"

#include <prom/gather.h>

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* A collector of one gauge "g" whose value is how often it was called, unless told to fail. */
typedef struct source {
    atomic_int calls, freed;
    int fail;            /* 1: with a sentence, 2: without one */
    prom_registry *mine; /* NULL, or in which it meddles */
    prom_collector *self;
    pthread_t thread; /* the last it ran on */
} source;

static prom_err collect(prom_builder *b, void *data)
{
    source *s = data;
    int call = ++s->calls;
    s->thread = pthread_self();
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "g"));
    if (!e)
        e = prom_build_value(b, NULL, call);
    if (s->fail == 1)
        return prom_fail(PROM_E_IO, "sensor %d is off", call);
    return s->fail ? PROM_E_UNSUPPORTED : e;
}

static void free_source(void *data)
{
    ((source *)data)->freed++;
}

static prom_collector_opts opts_of(source *s)
{
    return (prom_collector_opts){ .size = sizeof(prom_collector_opts),
                                  .name = "probe",
                                  .collect = collect,
                                  .data = s,
                                  .free_data = free_source };
}

static prom_collector *make(prom_registry *r, source *s, bool bound, unsigned wait_ms)
{
    prom_collector *c = NULL;
    prom_collector_opts o = opts_of(s);
    o.bound = bound;
    o.wait_ms = wait_ms;
    CHECK_OK(prom_collector_new(r, &o, &c));
    return c;
}

/* --- life ---------------------------------------------------------------------------- */

static void test_collector_runs_once_a_gather(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    source s = { .fail = 0 };
    prom_collector *c = make(r, &s, false, 0);
    CHECK_INT(s.calls, 0);
    CHECK_TEXT(r, "# TYPE g gauge\ng 1\n");
    CHECK_TEXT(r, "# TYPE g gauge\ng 2\n");
    CHECK_OK(prom_poll(r)); /* only for bound ones */
    CHECK_INT(s.calls, 2);
    CHECK_OK(prom_registry_remove(r, c));
    CHECK_TEXT(r, "");
    CHECK_INT(s.calls, 2);
    prom_unref(r);
    CHECK_INT(s.freed, 0);
    prom_unref(c);
    CHECK_INT(s.freed, 1);
}

static void test_collector_in_two_registries(void)
{
    prom_registry *a = kit_registry(PROM_ORDER_SORTED), *b = kit_registry(PROM_ORDER_CREATED);
    source s = { .fail = 0 };
    prom_collector *c = make(a, &s, false, 0);
    CHECK_OK(prom_registry_add(b, c));
    prom_unref(c);
    CHECK_TEXT(a, "# TYPE g gauge\ng 1\n");
    CHECK_TEXT(b, "# TYPE g gauge\ng 2\n");
    prom_unref(a);
    CHECK_INT(s.freed, 0);
    prom_unref(b);
    CHECK_INT(s.freed, 1);
}

static void test_collector_without_free_data(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    source s = { .fail = 0 };
    prom_collector_opts o = opts_of(&s);
    prom_collector *c;
    o.free_data = NULL;
    CHECK_OK(prom_collector_new(r, &o, &c));
    prom_unref(c), prom_unref(r);
    CHECK_INT(s.freed, 0);
}

/* A description of an older program has no bound and wait_ms. */
static void test_collector_opts_of_an_older_size(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    source s = { .fail = 0 };
    prom_collector_opts o = opts_of(&s);
    prom_collector *c;
    o.size = offsetof(prom_collector_opts, bound);
    o.bound = true;
    o.wait_ms = 100000;
    CHECK_OK(prom_collector_new(r, &o, &c));
    CHECK_OK(prom_poll(r));
    CHECK_INT(s.calls, 0);
    prom_unref(c), prom_unref(r);
}

/* --- failing ----------------------------------------------------------------------------- */

static void check_error(prom_registry *r, const char *want)
{
    prom_snapshot *s;
    CHECK_OK(prom_gather(r, &s));
    CHECK_STR(prom_snapshot_error(s, 0), want);
    CHECK_STR(prom_snapshot_error(s, 1), NULL);
    prom_unref(s);
}

static void test_collector_that_fails_is_named(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    source s = { .fail = 1 };
    prom_collector *c = make(r, &s, false, 0);
    check_error(r, "collector 'probe': sensor 1 is off");
    CHECK_TEXT(r, ""); /* what it built is dropped */
    s.fail = 2;
    check_error(r, "collector 'probe': not in this build");
    s.fail = 0;
    CHECK_TEXT(r, "# TYPE g gauge\ng 4\n");
    check_error(r, NULL);
    prom_unref(c), prom_unref(r);
}

/* --- no lock is held while it runs ----------------------------------------------------------
 */

static prom_err meddle(prom_builder *b, void *data)
{
    source *s = data;
    prom_counter *c;
    prom_gauge *g;
    (void)b;
    prom_err e = prom_counter_new(s->mine, PROM_OPTS(.name = "seen", .help = ""), &c);
    if (e)
        return e;
    prom_counter_inc(c);
    prom_unref(c);
    s->calls++; /* a gather within a gather leaves out whoever asks for it */
    check_error(s->mine, "collector 'probe': it gathers from itself");
    e = prom_gauge_new(s->mine, PROM_OPTS(.name = "short_lived", .help = ""), &g);
    if (!e)
        e = prom_registry_remove(s->mine, g);
    prom_unref(g);
    return e;
}

static void test_collector_may_use_its_own_registry(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    source s = { .mine = r };
    prom_collector_opts o = opts_of(&s);
    prom_collector *c;
    o.collect = meddle;
    CHECK_OK(prom_collector_new(r, &o, &c));
    check_error(r, NULL);
    CHECK_TEXT(r, "# HELP seen_total \n# TYPE seen_total counter\nseen_total 1\n");
    CHECK_INT(s.calls, 2);
    prom_unref(c), prom_unref(r);
}

static prom_err leave(prom_builder *b, void *data)
{
    source *s = data;
    prom_err e = prom_registry_remove(s->mine, s->self);
    prom_unref(s->self);
    return e ? e : collect(b, data); /* the gather still holds it */
}

static void test_collector_may_unregister_itself(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    source s = { .mine = r };
    prom_collector_opts o = opts_of(&s);
    o.collect = leave;
    CHECK_OK(prom_collector_new(r, &o, &s.self));
    CHECK_TEXT(r, "# TYPE g gauge\ng 1\n");
    CHECK_INT(s.freed, 1);
    CHECK_TEXT(r, "");
    prom_unref(r);
}

/* --- bound to a thread
 * ------------------------------------------------------------------------ */

typedef struct elsewhere {
    prom_registry *r;
    char *text;
} elsewhere;

static void *gather_elsewhere(void *data)
{
    elsewhere *e = data;
    e->text = kit_text(e->r);
    return NULL;
}

/* The text that a gather on another thread gives. */
static void check_elsewhere(prom_registry *r, const char *want)
{
    elsewhere e = { r, NULL };
    pthread_t t;
    CHECK(pthread_create(&t, NULL, gather_elsewhere, &e) == 0);
    pthread_join(t, NULL);
    CHECK_STR(e.text, want);
    free(e.text);
}

static void test_collector_bound_shows_elsewhere_what_it_built_last(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    source s = { .fail = 0 };
    prom_collector *c = make(r, &s, true, 0);
    check_elsewhere(r, ""); /* nothing yet */
    CHECK_INT(s.calls, 0);
    CHECK_OK(prom_poll(r));
    check_elsewhere(r, "# TYPE g gauge\ng 1\n");
    check_elsewhere(r, "# TYPE g gauge\ng 1\n");
    CHECK_TEXT(r, "# TYPE g gauge\ng 2\n"); /* a gather here builds anew */
    check_elsewhere(r, "# TYPE g gauge\ng 2\n");
    CHECK_INT(s.calls, 2);
    CHECK(pthread_equal(s.thread, pthread_self()));
    prom_unref(c), prom_unref(r);
}

static void test_collector_bound_that_fails(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    source s = { .fail = 1 }, well = { .fail = 0 };
    prom_collector *c = make(r, &s, true, 0);
    prom_collector_opts o = opts_of(&well);
    prom_collector *d;
    o.bound = true;
    CHECK_OK(prom_collector_new(r, &o, &d));
    CHECK_SAYS(prom_poll(r), PROM_E_CALLBACK, "collector 'probe': sensor 1 is off");
    CHECK_INT(well.calls, 1); /* the others still run */
    check_elsewhere(r, "# TYPE g gauge\ng 1\n");
    s.fail = 0;
    well.fail = 2;
    CHECK_SAYS(prom_poll(r), PROM_E_CALLBACK, "collector 'probe': not in this build");
    check_elsewhere(r, "# TYPE g gauge\ng 2\n");
    prom_unref(c), prom_unref(d), prom_unref(r);
}

static void *poll_elsewhere(void *data)
{
    CHECK_OK(prom_poll(data));
    return NULL;
}

static void test_collector_bound_is_polled_only_by_its_thread(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    source s = { .fail = 0 };
    prom_collector *c = make(r, &s, true, 0);
    pthread_t t;
    CHECK(pthread_create(&t, NULL, poll_elsewhere, r) == 0);
    pthread_join(t, NULL);
    CHECK_INT(s.calls, 0);
    prom_unref(c), prom_unref(r);
}

static void test_collector_bound_is_waited_for(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    source s = { .fail = 0 };
    prom_collector *c = make(r, &s, true, 10000);
    elsewhere e = { r, NULL };
    pthread_t t;
    CHECK_OK(prom_poll(r));
    uint64_t start = prom__clock_steady();
    CHECK(pthread_create(&t, NULL, gather_elsewhere, &e) == 0);
    usleep(50000);
    CHECK_OK(prom_poll(r));
    pthread_join(t, NULL);
    CHECK_STR(e.text, "# TYPE g gauge\ng 2\n"); /* not the first, which was there already */
    free(e.text);
    CHECK(prom__clock_steady() - start < 9000000000u);
    prom_unref(c), prom_unref(r);
}

static void test_collector_bound_is_not_waited_for_longer_than_said(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    source s = { .fail = 0 };
    prom_collector *c = make(r, &s, true, 60);
    CHECK_OK(prom_poll(r));
    uint64_t start = prom__clock_steady();
    check_elsewhere(r, "# TYPE g gauge\ng 1\n");
    uint64_t took = prom__clock_steady() - start;
    CHECK(took >= 60000000 && took < 10000000000u);
    prom_unref(c), prom_unref(r);
}

static bool is_set(void *flag)
{
    return atomic_load((atomic_bool *)flag);
}

typedef struct cancelled_gather {
    prom_registry *r;
    unsigned timeout_ms;
    atomic_bool cancelled;
    prom_err e;
} cancelled_gather;

static void *gather_until_cancelled(void *data)
{
    cancelled_gather *g = data;
    prom_snapshot *snapshot = NULL;
    const prom_gather_opts o = { .size = sizeof o,
                                 .timeout_ms = g->timeout_ms,
                                 .cancelled = is_set,
                                 .data = &g->cancelled };
    g->e = prom_gather_with(g->r, &o, &snapshot);
    prom_unref(snapshot);
    return NULL;
}

/* Else this would take some weeks: the thread that cancels is the one that is waited for. */
static void test_collector_bound_is_not_waited_for_in_vain(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    source s = { .fail = 0 }, next = { .fail = 0 };
    prom_collector *c = make(r, &s, true, 2000000000);
    prom_collector *d = make(r, &next, false, 0); /* before which the gather asks again */
    cancelled_gather g = { .r = r };
    pthread_t t;
    CHECK(pthread_create(&t, NULL, gather_until_cancelled, &g) == 0);
    usleep(30000);
    atomic_store(&g.cancelled, true);
    pthread_join(t, NULL);
    CHECK_ERR(g.e, PROM_E_CANCELLED);
    cancelled_gather timed = { .r = r, .timeout_ms = 30 };
    CHECK(pthread_create(&t, NULL, gather_until_cancelled, &timed) == 0);
    pthread_join(t, NULL);
    CHECK_OK(timed.e);
    CHECK_INT(s.calls, 0);
    CHECK_INT(next.calls, 0);
    prom_unref(d), prom_unref(c), prom_unref(r);
}

/* A snapshot that shows what a bound collector built outlives the next build and the collector.
 */
static void test_collector_bound_is_held_by_snapshots(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_CREATED);
    source s = { .fail = 0 };
    prom_collector *c = make(r, &s, true, 0);
    prom_snapshot *snapshot;
    CHECK_OK(prom_gather(r, &snapshot));
    CHECK_OK(prom_poll(r));
    prom_unref(c), prom_unref(r);
    CHECK_INT(s.freed, 1);
    double v;
    CHECK_OK(prom_snapshot_value(snapshot, "g", NULL, &v));
    CHECK_DBL(v, 1);
    prom_unref(snapshot);
}

/* --- what collectors get wrong --------------------------------------------------------- */

static prom_builder *kept;

static prom_err keep_builder(prom_builder *b, void *data)
{
    (void)data;
    kept = b;
    prom_err e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "h"));
    return e ? e : prom_build_histogram(b, NULL, 1, 1, NULL, 0);
}

/* For as long as the collector is there, its builder can say that it is closed. */
static void test_collector_that_keeps_its_builder(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c;
    prom_collector_opts o = { .size = sizeof o, .name = "k", .collect = keep_builder };
    CHECK_OK(prom_collector_new(r, &o, &c));
    char *before = kit_text(r);
    const char *said = "the builder is used after its callback";
    CHECK_SAYS(prom_build_value(kept, NULL, 1), PROM_E_CLOSED, said);
    CHECK_SAYS(prom_build_histogram(kept, NULL, 1, 1, NULL, 0), PROM_E_CLOSED, said);
    CHECK_SAYS(prom_build_summary(kept, NULL, 1, 1, NULL, 0), PROM_E_CLOSED, said);
    CHECK_SAYS(prom_build_timestamp(kept, 1), PROM_E_CLOSED, said);
    CHECK_SAYS(prom_build_family(kept, PROM_GAUGE, PROM_OPTS(.name = "g")), PROM_E_CLOSED,
               said);
    CHECK_TEXT(r, before);
    free(before);
    prom_unref(c);
    prom_unref(r);
}

static prom_err build_twice(prom_builder *b, void *data)
{
    const char *const *values = PROM_VALUES("a");
    (void)data;
    prom_err e =
        prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "g", .labels = PROM_LABELS("x")));
    for (int i = 0; i < 2 && !e; i++)
        e = prom_build_value(b, values, i);
    return e;
}

static void test_collector_with_a_line_twice_is_named(void)
{
    for (int bound = 0; bound < 2; bound++) {
        prom_registry *r = kit_registry(bound ? PROM_ORDER_SORTED : PROM_ORDER_CREATED);
        prom_collector *c;
        prom_snapshot *s;
        prom_collector_opts o = { .size = sizeof o, .name = "twice", .collect = build_twice };
        o.bound = bound;
        CHECK_OK(prom_collector_new(r, &o, &c));
        CHECK_OK(prom_gather(r, &s));
        CHECK_INT(prom_snapshot_size(s), 0);
        CHECK_STR(prom_snapshot_error(s, 0),
                  "collector 'twice': family 'g' has {x=\"a\"} twice");
        prom_unref(s);
        if (bound)
            CHECK_ERR(prom_poll(r), PROM_E_CALLBACK);
        prom_unref(c);
        prom_unref(r);
    }
}

static prom_err build_registered(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = prom_build_family(b, PROM_COUNTER, PROM_OPTS(.name = "mine_total"));
    return e ? e : prom_build_value(b, NULL, 7);
}

/* A collector that builds what is registered loses, whichever comes first. */
static void test_collector_does_not_take_the_registered_with_it(void)
{
    for (int first = 0; first < 2; first++) {
        prom_registry *r = kit_registry(PROM_ORDER_CREATED);
        prom_collector *k = NULL;
        prom_counter *c = NULL;
        prom_snapshot *s;
        prom_collector_opts o = { .size = sizeof o, .name = "k", .collect = build_registered };
        if (first)
            CHECK_OK(prom_collector_new(r, &o, &k));
        CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "mine", .help = "h"), &c));
        if (!first)
            CHECK_OK(prom_collector_new(r, &o, &k));
        CHECK_OK(prom_gather(r, &s));
        CHECK_STR(
            prom_snapshot_error(s, 0),
            "collector 'k': family 'mine_total' was dropped: its metric is there already");
        CHECK(!prom_snapshot_error(s, 1));
        double v = -1;
        CHECK_OK(prom_snapshot_value(s, "mine_total", NULL, &v));
        CHECK_DBL(v, 0);
        prom_unref(s), prom_unref(c), prom_unref(k), prom_unref(r);
    }
}

/* --- what goes while it is gathered -------------------------------------------------- */

static prom_err collect_and_let_go(prom_builder *b, void *data)
{
    prom_registry **r = data;
    prom_registry_clear(*r);
    prom_unref(*r);
    *r = NULL;
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "last"));
    return e ? e : prom_build_value(b, NULL, 1);
}

static void test_collector_may_let_go_of_its_registry(void)
{
    for (int timed = 0; timed < 2; timed++) {
        prom_registry *r = kit_registry(PROM_ORDER_SORTED);
        prom_collector_opts o = { .size = sizeof o,
                                  .name = "k",
                                  .collect = collect_and_let_go,
                                  .data = &r,
                                  .timeout_ms = timed ? 10000 : 0 };
        prom_collector *c;
        prom_snapshot *s = NULL;
        double v = 0;
        CHECK_OK(prom_collector_new(r, &o, &c));
        prom_unref(c);
        CHECK_OK(prom_gather(r, &s));
        CHECK(!r);
        CHECK_OK(prom_snapshot_value(s, "last", NULL, &v));
        CHECK_DBL(v, 1);
        prom_unref(s);
    }
}

typedef struct nosy {
    prom_registry *r;
    prom_collector *self;
    int calls;
    double seen; /* elsewhere, while it was at it */
} nosy;

static void *look(void *data)
{
    nosy *n = data;
    n->seen = kit_value(n->r, "g", NULL);
    return NULL;
}

static prom_err collect_nosily(prom_builder *b, void *data)
{
    nosy *n = data;
    pthread_t thread;
    prom_snapshot *s;
    n->calls++;
    if (n->calls > 1) {
        CHECK_OK(prom_gather(n->r, &s));
        CHECK_STR(prom_snapshot_error(s, 0), "collector 'nosy': it gathers from itself");
        prom_unref(s);
        CHECK_SAYS(prom_poll(n->r), PROM_E_CALLBACK, "collector 'nosy': it polls itself");
        CHECK(pthread_create(&thread, NULL, look, n) == 0);
        pthread_join(thread, NULL);
    }
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "g"));
    return e ? e : prom_build_value(b, NULL, n->calls);
}

/* Others see what it built before, not the gather of itself that came to nothing. */
static void test_collector_bound_that_gathers_itself(void)
{
    nosy n = { .r = kit_registry(PROM_ORDER_SORTED) };
    prom_collector_opts o = {
        .size = sizeof o, .name = "nosy", .collect = collect_nosily, .data = &n, .bound = true
    };
    CHECK_OK(prom_collector_new(n.r, &o, &n.self));
    CHECK_OK(prom_poll(n.r));
    CHECK_OK(prom_poll(n.r));
    CHECK_DBL(n.seen, 1);
    CHECK_DBL(kit_value(n.r, "g", NULL), 3);
    CHECK_DBL(n.seen, 2);
    prom_unref(n.self), prom_unref(n.r);
}

TESTS(ROW(test_collector_that_keeps_its_builder),
      ROW(test_collector_may_let_go_of_its_registry),
      ROW(test_collector_bound_that_gathers_itself),
      ROW(test_collector_with_a_line_twice_is_named),
      ROW(test_collector_does_not_take_the_registered_with_it),
      ROW(test_collector_runs_once_a_gather), ROW(test_collector_in_two_registries),
      ROW(test_collector_without_free_data), ROW(test_collector_opts_of_an_older_size),
      ROW(test_collector_that_fails_is_named), ROW(test_collector_may_use_its_own_registry),
      ROW(test_collector_may_unregister_itself),
      ROW(test_collector_bound_shows_elsewhere_what_it_built_last),
      ROW(test_collector_bound_that_fails),
      ROW(test_collector_bound_is_polled_only_by_its_thread),
      ROW(test_collector_bound_is_waited_for),
      ROW(test_collector_bound_is_not_waited_for_longer_than_said),
      ROW(test_collector_bound_is_not_waited_for_in_vain),
      ROW(test_collector_bound_is_held_by_snapshots))
