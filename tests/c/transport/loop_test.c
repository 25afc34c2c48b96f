// SPDX-License-Identifier: Apache-2.0
/* loop_test.c - the frame alone; what senders make of it is in tests/c/push. */
#define _POSIX_C_SOURCE 200809L /* nanosleep */
#include "base/lock.h"
#include "kit.h"
#include "transport/loop.h"

#include <poll.h>
#include <time.h>

enum { PATIENCE_MS = 10000 };

typedef struct work {
    prom__loop loop;
    atomic_int turns, ends;
    int slow_ms;     /* each turn takes so long */
    int stops_after; /* turns, by asking itself; 0: never */
    bool ended_here; /* ended() came on the loop's thread, after the last turn */
} work;

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static bool reaches(const atomic_int *what, int n)
{
    for (int i = 0; i < PATIENCE_MS && *what < n; i++)
        pause_ms(1);
    return *what >= n;
}

static void turn(void *data)
{
    work *w = data;
    CHECK(prom__loop_here(&w->loop));
    if (w->slow_ms)
        pause_ms(w->slow_ms);
    if (++w->turns == w->stops_after)
        prom__loop_stop(&w->loop);
}

static void ended(void *data)
{
    work *w = data;
    w->ended_here = prom__loop_here(&w->loop);
    w->ends++;
}

static void open_loop(work *w, unsigned interval_ms)
{
    w->loop = (prom__loop){ .name = "test",
                            .interval_ns = (uint64_t)interval_ms * 1000000u,
                            .turn = turn,
                            .ended = ended,
                            .data = w };
    CHECK_OK(prom__loop_init(&w->loop));
}

static bool is_asked(const work *w)
{
    struct pollfd fd = { .fd = w->loop.fd, .events = POLLIN };
    return poll(&fd, 1, 0) == 1;
}

static void test_turns(void)
{
    work w = { 0 };
    open_loop(&w, 2);
    CHECK(!prom__loop_here(&w.loop));
    CHECK_OK(prom__loop_start(&w.loop));
    CHECK_OK(prom__loop_start(&w.loop));
    CHECK(reaches(&w.turns, 3));
    prom__loop_stop(&w.loop);
    int turns = w.turns;
    CHECK_INT(w.ends, 1);
    CHECK(w.ended_here);
    CHECK(is_asked(&w));
    prom__loop_stop(&w.loop);
    pause_ms(10);
    CHECK_INT(w.turns, turns);
    CHECK_OK(prom__loop_start(&w.loop));
    CHECK(reaches(&w.turns, turns + 2));
    CHECK(!is_asked(&w));
    prom__loop_stop(&w.loop);
    CHECK_INT(w.ends, 2);
    prom__loop_done(&w.loop);
}

/* Turns of 20 ms that are due every 15 ms: each comes with the second one that was due since,
 * so after 4 of them not less than 8 intervals have passed. */
static void test_missed_turns_are_left_out(void)
{
    work w = { .slow_ms = 20 };
    struct timespec begin, now;
    open_loop(&w, 15);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    CHECK_OK(prom__loop_start(&w.loop));
    CHECK(reaches(&w.turns, 4));
    clock_gettime(CLOCK_MONOTONIC, &now);
    prom__loop_stop(&w.loop);
    double ms = (double)(now.tv_sec - begin.tv_sec) * 1e3 +
                (double)(now.tv_nsec - begin.tv_nsec) * 1e-6;
    CHECK(ms >= 15 + 3 * 30);
    prom__loop_done(&w.loop);
}

static void test_stops_itself(void)
{
    work w = { .stops_after = 2 };
    open_loop(&w, 1);
    CHECK_OK(prom__loop_start(&w.loop));
    CHECK(reaches(&w.ends, 1));
    CHECK_INT(w.turns, 2);
    prom__loop_stop(&w.loop); /* nothing is left to stop, and its thread is joined */
    w.stops_after = 0;
    CHECK_OK(prom__loop_start(&w.loop));
    CHECK(reaches(&w.turns, 3));
    prom__loop_stop(&w.loop);
    prom__loop_done(&w.loop);
}

static void test_restarted_without_a_stop(void)
{
    work w = { .stops_after = 1 };
    open_loop(&w, 1);
    for (int i = 1; i < 20; i++) {
        w.turns = 0;
        CHECK_OK(prom__loop_start(&w.loop));
        CHECK(reaches(&w.ends, i));
    }
    prom__loop_stop(&w.loop);
    prom__loop_done(&w.loop);
}

static void test_asked_without_a_thread(void)
{
    work w = { 0 };
    open_loop(&w, 1);
    CHECK(!is_asked(&w) && !w.loop.stopping);
    prom__lock();
    prom__loop_ask(&w.loop);
    prom__loop_ask(&w.loop);
    prom__unlock();
    CHECK(is_asked(&w) && w.loop.stopping);
    prom__lock();
    prom__loop_calm(&w.loop);
    prom__loop_calm(&w.loop);
    prom__unlock();
    CHECK(!is_asked(&w) && !w.loop.stopping);
    prom__loop_done(&w.loop);
    prom__loop_done(&w.loop);
}

static void test_long_intervals(void)
{
    work w = { 0 };
    open_loop(&w, 4294967295u);
    CHECK_OK(prom__loop_start(&w.loop));
    pause_ms(5);
    prom__loop_stop(&w.loop);
    CHECK_INT(w.turns, 0);
    CHECK_INT(w.ends, 1);
    prom__loop_done(&w.loop);
}

TESTS(ROW(test_turns), ROW(test_missed_turns_are_left_out), ROW(test_stops_itself),
      ROW(test_restarted_without_a_stop), ROW(test_asked_without_a_thread),
      ROW(test_long_intervals))
