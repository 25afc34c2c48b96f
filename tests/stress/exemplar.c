// SPDX-License-Identifier: Apache-2.0
/* exemplar.c - exemplars that are replaced, cleared and given back while others read them, and
 * writers that a signal or a fork cuts off in the midst.
 *
 * All that an exemplar says follows from one number in it, so one that is put together of two
 * shows, and so does one that is newer than the count beside it. */
#define _GNU_SOURCE /* nanosleep, setitimer */
#include "harness.h"

#include <prom/vec.h>

#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WRITERS = 3, CHILD_SECONDS = 20 };

static const double bounds[] = { 1, 2, 4, 8, INFINITY };

typedef struct metrics {
    prom_registry *r;
    prom_counter *hits;     /* of one writer, whose number is its value */
    prom_counter *cleared;  /* set back now and then */
    prom_histogram *sizes;  /* native and classic */
    prom_vec *passing;      /* counters that come and go */
    _Atomic uint64_t shown; /* exemplars that were looked at */
    int forks;
} metrics;

static prom_counter *signalled; /* also written by a signal handler */

/* --- what an exemplar says ------------------------------------------------ */

enum { LONGEST = 90 };

typedef struct said {
    char number[24], writer[8], fill[LONGEST + 1];
    prom_label labels[4];
} said;

static double value_of(uint64_t k)
{
    return (double)(k % 13) - 2.5;
}

static size_t length_of(uint64_t k)
{
    return (size_t)(k * 31 % (LONGEST + 1));
}

static const prom_label *say(said *s, uint64_t k, const char *writer)
{
    snprintf(s->number, sizeof s->number, "%llu", (unsigned long long)k);
    snprintf(s->writer, sizeof s->writer, "%s", writer);
    memset(s->fill, (int)('a' + k % 26), length_of(k));
    s->fill[length_of(k)] = '\0';
    s->labels[0] = (prom_label){ "k", s->number };
    s->labels[1] = (prom_label){ "w", s->writer };
    s->labels[2] = (prom_label){ "f", s->fill };
    s->labels[3] = (prom_label){ NULL, NULL };
    return s->labels;
}

static uint64_t number_said(const prom_exemplar *x)
{
    char text[24];
    prom_str s = x->n_labels ? x->labels[0].value : (prom_str){ "", 0 };
    if (s.n >= sizeof text)
        return UINT64_MAX;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return strtoull(text, NULL, 10);
}

static void check_exemplar(metrics *m, const prom_exemplar *x, bool valued)
{
    uint64_t k = number_said(x);
    bool ok = x->n_labels == 3 && x->labels[2].value.n == length_of(k);
    for (size_t i = 0; ok && i < length_of(k); i++)
        ok = x->labels[2].value.p[i] == (char)('a' + k % 26);
    EXPECT(ok, "an exemplar of %zu labels, number %llu", x->n_labels, (unsigned long long)k);
    if (valued)
        EXPECT(x->value == value_of(k), "%g with number %llu", x->value, (unsigned long long)k);
    EXPECT(x->timestamp_ns > 0, "no time");
    m->shown++;
}

/* --- writers --------------------------------------------------------------- */

static void count_hits(stress_thread *t)
{
    metrics *m = t->shared;
    char writer[8];
    said s;
    snprintf(writer, sizeof writer, "%u", t->number);
    for (uint64_t k = 1; !stress_over; k++, t->rounds++) {
        const prom_label *x = say(&s, k, writer);
        if (t->number == 0)
            EXPECT_OK(prom_counter_add_exemplar(m->hits, 1, x));
        EXPECT_OK(prom_counter_add_exemplar(m->cleared, 1, x));
        EXPECT_OK(prom_counter_add_exemplar(signalled, 1, x));
        EXPECT_OK(prom_histogram_observe_exemplar(m->sizes, value_of(k), x));
    }
}

static void set_back(stress_thread *t)
{
    metrics *m = t->shared;
    for (; !stress_over; t->rounds++) {
        EXPECT_OK(prom_child_reset(m->cleared));
        if (t->rounds % 16 == 0)
            EXPECT_OK(prom_child_reset(m->sizes));
        stress_sleep(0.0001);
    }
}

/* The records of one series serve another: what it shows must be its own. */
static void come_and_go(stress_thread *t)
{
    metrics *m = t->shared;
    for (uint64_t k = 0; !stress_over; k++, t->rounds++) {
        char value[8];
        prom_counter *c = NULL;
        said s;
        snprintf(value, sizeof value, "%u", (unsigned)stress_random(t, 8));
        EXPECT_OK(prom_counter_with(m->passing, PROM_VALUES(value), &c));
        EXPECT_OK(prom_counter_add_exemplar(c, 1, say(&s, k, value)));
        prom_unref(c);
        if (stress_random(t, 3) == 0)
            (void)prom_vec_remove(m->passing, PROM_VALUES(value));
    }
}

/* --- readers --------------------------------------------------------------- */

static prom_err check_metric(void *data, const prom_metric *x)
{
    metrics *m = data;
    bool valued = x->family->type == PROM_HISTOGRAM;
    for (size_t i = 0; i < x->n_exemplars; i++)
        check_exemplar(m, &x->exemplars[i], valued);
    for (size_t i = 0; i < x->n_native_exemplars; i++) {
        check_exemplar(m, &x->native_exemplars[i], valued);
        EXPECT(!i || x->native_exemplars[i - 1].value <= x->native_exemplars[i].value,
               "not by value");
    }
    EXPECT(x->n_native_exemplars <= 4, "%zu exemplars", x->n_native_exemplars);
    if (strcmp(x->family->name, "hits_total") == 0 && x->n_exemplars)
        EXPECT((double)number_said(x->exemplars) <= x->value,
               "exemplar %llu is newer than count %g",
               (unsigned long long)number_said(x->exemplars), x->value);
    if (strcmp(x->family->name, "passing_total") == 0 && x->n_exemplars)
        EXPECT(x->exemplars[0].labels[1].value.n == x->labels[0].value.n &&
                   memcmp(x->exemplars[0].labels[1].value.p, x->labels[0].value.p,
                          x->labels[0].value.n) == 0,
               "the exemplar of another series");
    return PROM_OK;
}

static void scrape(stress_thread *t)
{
    metrics *m = t->shared;
    for (; !stress_over; t->rounds++) {
        prom_snapshot *s = NULL;
        EXPECT_OK(prom_gather(m->r, &s));
        for (size_t i = 0; i < prom_snapshot_size(s); i++)
            EXPECT_OK(prom_family_metrics(prom_snapshot_at(s, i), check_metric, m));
        prom_unref(s);
        EXPECT_OK(prom_child_read(m->sizes, check_metric, m));
    }
}

/* --- the tests -------------------------------------------------------------- */

static void begin(metrics *m)
{
    char longest[125];
    CHECK_OK(prom_registry_new(NULL, &m->r));
    CHECK_OK(prom_counter_new(m->r, PROM_OPTS(.name = "hits", .help = ""), &m->hits));
    CHECK_OK(prom_counter_new(m->r, PROM_OPTS(.name = "cleared", .help = ""), &m->cleared));
    CHECK_OK(prom_counter_new(NULL, PROM_OPTS(.name = "signalled", .help = ""), &signalled));
    CHECK_OK(prom_histogram_new(m->r,
                                PROM_OPTS(.name = "sizes", .help = "", .buckets = bounds,
                                          .native_factor = 1.5, .native_max_exemplars = 4),
                                &m->sizes));
    CHECK_OK(prom_vec_new(m->r, PROM_COUNTER,
                          PROM_OPTS(.name = "passing", .help = "", .labels = PROM_LABELS("k")),
                          &m->passing));
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0'; /* from here on it needs no memory */
    CHECK_OK(prom_counter_add_exemplar(signalled, 1, PROM_EXEMPLAR({ "k", longest })));
}

static void end(metrics *m)
{
    prom_unref(m->hits), prom_unref(m->cleared), prom_unref(m->sizes);
    prom_unref(signalled), prom_unref(m->passing), prom_unref(m->r);
}

static void on_alarm(int number)
{
    (void)number;
    (void)prom_counter_add_exemplar(signalled, 1, PROM_EXEMPLAR({ "k", "signal" }));
}

static void test_exemplars_are_whole(void)
{
    static metrics m;
    static const stress_role roles[] = { { "writers", count_hits, WRITERS },
                                         { "resets", set_back, 1 },
                                         { "series", come_and_go, 2 },
                                         { "scrapes", scrape, 2 } };
    struct sigaction alarmed = { .sa_handler = on_alarm, .sa_flags = SA_RESTART }, before;
    struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
    begin(&m);
    sigaction(SIGALRM, &alarmed, &before);
    setitimer(ITIMER_REAL, &often, NULL);
    stress_run(roles, sizeof roles / sizeof *roles, &m, NULL);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    printf("exemplars read: %llu\n", (unsigned long long)m.shown);
    CHECK(m.shown > 0);
    end(&m);
}

typedef struct children {
    bool counter, classic, native;
} children;

static prom_err find_children(void *data, const prom_metric *x)
{
    children *found = data;
    for (size_t i = 0; i < x->n_exemplars; i++)
        if (x->exemplars[i].n_labels == 1)
            *(x->family->type == PROM_COUNTER ? &found->counter : &found->classic) = true;
    for (size_t i = 0; i < x->n_native_exemplars; i++)
        found->native |= x->native_exemplars[i].n_labels == 1;
    return PROM_OK;
}

/* What a thread was writing that is not here any more is free for whoever writes next. */
static bool write_in_child(metrics *m)
{
    children found = { false, false, false };
    const prom_label *x = PROM_EXEMPLAR({ "of", "the child" });
    if (prom_counter_add_exemplar(m->hits, 1, x) ||
        prom_histogram_observe_exemplar(m->sizes, 100, x) ||
        prom_child_read(m->hits, find_children, &found) ||
        prom_child_read(m->sizes, find_children, &found))
        return false;
    return found.counter && found.classic && found.native;
}

static bool fork_once(void *shared)
{
    metrics *m = shared;
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_SECONDS); /* one that hangs is killed */
        _exit(write_in_child(m) ? 0 : 1);
    }
    int status = -1;
    m->forks++;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return CHECK_INT(status, 0);
}

static void test_writers_left_behind_by_forks(void)
{
#ifdef STRESS_SANITIZED
    (void)fork_once;
    printf("SKIPPED: the sanitizers' own locks do not survive a fork\n");
#else
    static metrics m;
    static const stress_role roles[] = { { "writers", count_hits, WRITERS } };
    begin(&m);
    stress_run(roles, 1, &m, fork_once);
    printf("forks: %d\n", m.forks);
    CHECK(m.forks > 1);
    end(&m);
#endif
}

TESTS(ROW(test_exemplars_are_whole), ROW(test_writers_left_behind_by_forks))
