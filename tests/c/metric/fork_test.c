// SPDX-License-Identifier: Apache-2.0
/* Metrics go on working in the child of a fork, whatever other threads were doing.
 *
 * The library's memory comes through a lock that is held over each fork: the allocators of
 * sanitizers do not do that for themselves, and the child would wait for one of their locks. */
#define _GNU_SOURCE /* fork, alarm */
#include "kit.h"
#include "metric/vec.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- an allocator that survives forks ------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock(void)
{
    pthread_mutex_lock(&mutex);
}

static void unlock(void)
{
    pthread_mutex_unlock(&mutex);
}

static void *locked_alloc(void *data, size_t n)
{
    (void)data;
    lock();
    void *p = malloc(n);
    unlock();
    return p;
}

static void *locked_realloc(void *data, void *p, size_t n)
{
    (void)data;
    lock();
    p = realloc(p, n);
    unlock();
    return p;
}

static void locked_free(void *data, void *p)
{
    (void)data;
    lock();
    free(p);
    unlock();
}

/* --- forks ---------------------------------------------------------------------- */

static prom_registry *r;

static prom_vec *make(prom_type t)
{
    prom_vec *v = NULL;
    r = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_vec_new(r, t,
                          PROM_OPTS(.name = "m", .help = "", .labels = PROM_LABELS("x"),
                                    .objectives = PROM_OBJECTIVES({ 0.5, 0.1 })),
                          &v));
    return v;
}

static void drop(prom_vec *v)
{
    prom_unref(v);
    prom_unref(r);
}

static prom_counter *with(prom_vec *v, const char *const *values)
{
    prom_counter *c = NULL;
    CHECK_OK(prom_counter_with(v, values, &c));
    return c;
}

static atomic_bool stop;

static void *create_for_ever(void *data)
{
    char value[24];
    for (unsigned i = 0; !stop; i++) {
        snprintf(value, sizeof value, "%u", i % 5000);
        prom_counter *c;
        if (prom_counter_with(data, PROM_VALUES(value), &c) == PROM_OK)
            prom_counter_inc(c);
        prom_unref(c);
        if (i % 5000 == 4999)
            prom_vec_clear(data);
    }
    return NULL;
}

static int use_in_child(prom_vec *v, prom_counter *held)
{
    check_failures = 0; /* those of the parent are its own */
    alarm(30);          /* a lock that nobody holds would be waited for until then */
    double before = prom_counter_value(held);
    prom_counter_inc(held);
    prom_counter *c = with(v, PROM_VALUES("only in the child"));
    prom_counter_inc(c);
    CHECK_DBL(prom_counter_value(c), 1);
    CHECK_DBL(prom_counter_value(held), before + 1);
    CHECK_HAS(r, "m_total{x=\"only in the child\"} 1\n");
    prom_vec_clear(v);
    CHECK_INT(prom_vec_size(v), 0);
    return check_failures != 0;
}

static void test_fork_while_another_thread_creates(void)
{
    prom_vec *v = make(PROM_COUNTER);
    prom_counter *held = with(v, PROM_VALUES("held"));
    pthread_t t;
    int failed = 0;
    CHECK(pthread_create(&t, NULL, create_for_ever, v) == 0);
    for (int i = 0; i < 200 && failed < 3; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(use_in_child(v, held));
        int status = 1;
        failed += waitpid(child, &status, 0) != child || status != 0;
    }
    CHECK_INT(failed, 0);
    stop = true;
    pthread_join(t, NULL);
    prom_unref(held);
    drop(v);
}

/* Parent and child each go on with what both had; neither sees the other's. */
static void test_fork_of_a_quiet_process(void)
{
    prom_vec *v = make(PROM_SUMMARY);
    prom_summary *s;
    CHECK_OK(prom_summary_with(v, PROM_VALUES("1"), &s));
    prom_summary_observe(s, 3);
    pid_t child = fork();
    if (child == 0) {
        check_failures = 0;
        for (int i = 0; i < 100; i++)
            prom_summary_observe(s, ldexp(1, i)); /* makes pages */
        CHECK_DBL(kit_value(r, "m_count", PROM_CONST_LABELS({ "x", "1" })), 101);
        prom_unref(s);
        drop(v);
        _exit(check_failures != 0);
    }
    int status = 1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK_DBL(kit_value(r, "m_count", PROM_CONST_LABELS({ "x", "1" })), 1);
    prom_unref(s);
    drop(v);
}

/* --- in the middle of a gather --------------------------------------------------- */

static atomic_int phase;

static prom_err hang(prom_builder *b, void *data)
{
    (void)b, (void)data;
    phase = 1;
    while (phase == 1)
        usleep(1000);
    return PROM_OK;
}

static void *gather_once(void *data)
{
    (void)data;
    prom_snapshot *s = NULL;
    CHECK_OK(prom_gather(r, &s));
    prom_unref(s);
    return NULL;
}

static int look_at_pins(prom_vec *v, prom_snapshot *mine)
{
    check_failures = 0;
    alarm(30);
    CHECK(v->store->oldest_pin && v->store->oldest_pin == v->store->newest_pin);
    CHECK(v->store->oldest_pin && !v->store->oldest_pin->busy);
    prom_unref(mine);
    CHECK(!v->store->oldest_pin && !v->store->newest_pin);
    prom_vec_clear(v);
    prom_unref(with(v, PROM_VALUES("again")));
    return check_failures != 0;
}

/* A gather that a fork cuts off must not hold records in the child; a finished snapshot must.
 */
static void test_fork_in_the_middle_of_a_gather(void)
{
    prom_vec *v = make(PROM_COUNTER);
    prom_unref(with(v, PROM_VALUES("x")));
    prom_snapshot *mine = NULL;
    prom_collector *c = NULL;
    pthread_t t;
    prom_collector_opts o = { .size = sizeof o, .name = "hang", .collect = hang };
    CHECK_OK(prom_gather(r, &mine));
    CHECK_OK(prom_collector_new(r, &o, &c));
    CHECK(pthread_create(&t, NULL, gather_once, NULL) == 0);
    while (phase == 0)
        usleep(1000);
    CHECK(v->store->oldest_pin != v->store->newest_pin);
    pid_t child = fork();
    if (child == 0)
        _exit(look_at_pins(v, mine));
    int status = 1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    phase = 2;
    pthread_join(t, NULL);
    CHECK(v->store->oldest_pin == v->store->newest_pin);
    prom_unref(mine), prom_unref(c);
    CHECK(!v->store->oldest_pin);
    drop(v);
}

int main(int argc, char **argv)
{
    static const check_row rows[] = { ROW(test_fork_of_a_quiet_process),
                                      ROW(test_fork_while_another_thread_creates),
                                      ROW(test_fork_in_the_middle_of_a_gather) };
    static const prom_allocator a = { sizeof a, locked_alloc, locked_realloc, locked_free,
                                      NULL };
    if (prom_set_allocator(&a) != PROM_OK || pthread_atfork(lock, unlock, unlock) != 0)
        return 2;
    return check_main(rows, sizeof rows / sizeof *rows, argc > 1 ? argv[1] : NULL);
}
