// SPDX-License-Identifier: Apache-2.0
/* The policy on a clock of the test's own; sockets are pairs, and a cut is seen at the other
 * end. */
#define _GNU_SOURCE /* fork */
#include "check.h"
#include "serve/guard.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS       1000000u
#define DEADLINE (1000u * MS)

enum { MAX = 8 };
static prom__guard guard;
static int near_end[MAX], far_end[MAX];
static prom__guard_slot *slots[MAX];

static void begin(size_t limit)
{
    CHECK_OK(prom__guard_init(&guard, limit, DEADLINE));
    for (int i = 0; i < MAX; i++) {
        int pair[2] = { -1, -1 };
        CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
        near_end[i] = pair[0];
        far_end[i] = pair[1];
        slots[i] = NULL;
    }
}

static void end(void)
{
    for (int i = 0; i < MAX; i++) {
        close(near_end[i]);
        close(far_end[i]);
    }
    prom__guard_free(&guard);
}

/* As one that comes to the limit, and is let in at once. */
static void open_at(int i, uint64_t now)
{
    CHECK_INT(prom__guard_make_room(&guard, now), 0);
    slots[i] = prom__guard_open(&guard, near_end[i], now);
    CHECK(slots[i] != NULL);
}

static bool is_cut(int i)
{
    char c;
    return recv(far_end[i], &c, 1, MSG_DONTWAIT) == 0;
}

static void test_guard_deadline(void)
{
    begin(4);
    open_at(0, 100 * MS);
    open_at(1, 300 * MS);
    CHECK_INT(prom__guard_reap(&guard, 500 * MS), 600 * MS);
    CHECK_INT(prom__guard_reap(&guard, 1099 * MS), 1 * MS);
    CHECK(!is_cut(0));
    CHECK_INT(prom__guard_reap(&guard, 1100 * MS), 200 * MS);
    CHECK(is_cut(0) && !is_cut(1));
    CHECK(prom__guard_reap(&guard, 1300 * MS) == UINT64_MAX);
    CHECK(is_cut(1));
    end();
}

/* Reading and answering are one stretch of time, whatever is said in between. */
static void test_guard_deadline_spans_request_and_answer(void)
{
    begin(4);
    open_at(0, 0);
    prom__guard_mark(&guard, slots[0], PROM__GUARD_READING, 400 * MS);
    prom__guard_mark(&guard, slots[0], PROM__GUARD_ANSWERING, 800 * MS);
    CHECK_INT(prom__guard_reap(&guard, 900 * MS), 100 * MS);
    prom__guard_reap(&guard, 1000 * MS);
    CHECK(is_cut(0));
    end();
}

static void test_guard_kept_alive(void)
{
    begin(4);
    open_at(0, 0);
    prom__guard_mark(&guard, slots[0], PROM__GUARD_ANSWERING, 1 * MS);
    prom__guard_mark(&guard, slots[0], PROM__GUARD_IDLE, 2 * MS);
    CHECK(prom__guard_reap(&guard, 60000ull * MS) > DEADLINE);
    CHECK(!is_cut(0));
    prom__guard_mark(&guard, slots[0], PROM__GUARD_READING, 60000ull * MS);
    CHECK_INT(prom__guard_reap(&guard, 60500ull * MS), 500 * MS);
    prom__guard_reap(&guard, 61000ull * MS);
    CHECK(is_cut(0));

    open_at(1, 0);
    prom__guard_mark(&guard, slots[1], PROM__GUARD_IDLE, 0);
    prom__guard_reap(&guard, 3600000ull * MS);
    CHECK(is_cut(1)); /* not for ever */
    end();
}

static void test_guard_client_has_left(void)
{
    begin(4);
    for (int i = 0; i < 3; i++)
        open_at(i, 0);
    shutdown(far_end[0], SHUT_WR);
    shutdown(far_end[1], SHUT_WR);
    CHECK(send(far_end[2], "more", 4, 0) == 4);
    prom__guard_mark(&guard, slots[0], PROM__GUARD_IDLE, 0);
    prom__guard_mark(&guard, slots[2], PROM__GUARD_IDLE, 0);
    prom__guard_reap(&guard, 1 * MS);
    CHECK(is_cut(0));
    CHECK(!is_cut(1)); /* waits for its answer */
    CHECK(!is_cut(2));
    end();
}

static void test_guard_oldest_makes_room(void)
{
    begin(3);
    open_at(0, 20 * MS);
    open_at(1, 10 * MS);
    open_at(2, 30 * MS);
    CHECK(!is_cut(0) && !is_cut(1) && !is_cut(2));
    open_at(3, 40 * MS);
    CHECK(!is_cut(0) && is_cut(1) && !is_cut(2) && !is_cut(3));
    open_at(4, 50 * MS);
    CHECK(is_cut(0) && !is_cut(2) && !is_cut(3) && !is_cut(4));
    CHECK_INT(guard.live, 3);
    end();
}

static void test_guard_idle_goes_first(void)
{
    begin(3);
    open_at(0, 10 * MS);
    open_at(1, 20 * MS);
    open_at(2, 30 * MS);
    prom__guard_mark(&guard, slots[2], PROM__GUARD_IDLE, 35 * MS);
    prom__guard_mark(&guard, slots[0], PROM__GUARD_ANSWERING, 36 * MS);
    open_at(3, 40 * MS);
    CHECK(!is_cut(0) && !is_cut(1) && is_cut(2));
    end();
}

static void test_guard_places_come_back(void)
{
    begin(2);
    open_at(0, 10 * MS);
    open_at(1, 20 * MS);
    prom__guard_close(&guard, slots[1]);
    CHECK_INT(guard.live, 1);
    open_at(2, 30 * MS);
    CHECK(!is_cut(0)); /* there was room */
    open_at(3, 40 * MS);
    CHECK(is_cut(0));
    CHECK_INT(guard.live, 2);
    prom__guard_close(&guard, slots[0]); /* one that was cut does not count twice */
    CHECK_INT(guard.live, 2);
    end();
}

/* libmicrohttpd may be slow to let go of what was cut; its limit is ours and a few more. */
static void test_guard_full_of_cut_ones(void)
{
    begin(1);
    size_t n = prom__guard_slots(1);
    for (size_t i = 0; i < n; i++) {
        CHECK_INT(prom__guard_make_room(&guard, i * 20 * MS), 0);
        CHECK(prom__guard_open(&guard, near_end[0], i * 20 * MS) != NULL);
    }
    CHECK_INT(guard.live, 1);
    CHECK(prom__guard_open(&guard, near_end[0], n * 20 * MS) == NULL);
    CHECK_INT(guard.live, 1);
    end();
}

static uint64_t reap_and_cut_stuck(uint64_t now)
{
    prom__guard_reap(&guard, now);
    prom__guard_cut_stuck(&guard);
    return guard.live;
}

/* Who takes some of its answer is not stuck. */
static void test_guard_cuts_the_stuck(void)
{
    begin(4);
    guard.deadline_ns = 1000 * DEADLINE;
    open_at(0, 10 * MS); /* older, but reading */
    for (int i = 1; i < 4; i++) {
        open_at(i, (uint64_t)i * 20 * MS);
        prom__guard_mark(&guard, slots[i], PROM__GUARD_ANSWERING, (100 + (uint64_t)i) * MS);
    }
    CHECK_INT(reap_and_cut_stuck(150 * MS), 4);
    prom__guard_moved(&guard, slots[1]);
    CHECK_INT(reap_and_cut_stuck(501 * MS), 4);
    CHECK_INT(reap_and_cut_stuck(502 * MS), 3);
    CHECK(!is_cut(1) && is_cut(2) && !is_cut(3));
    CHECK_INT(reap_and_cut_stuck(549 * MS), 2);
    CHECK(!is_cut(1) && is_cut(3));
    CHECK_INT(reap_and_cut_stuck(550 * MS), 1);
    CHECK(is_cut(1));
    CHECK_INT(reap_and_cut_stuck(9999 * MS), 1);
    CHECK(!is_cut(0));
    end();
}

/* Nobody has to go who has got on a moment ago: the newcomer waits. */
static void test_guard_a_moment_for_all(void)
{
    begin(3);
    guard.deadline_ns = 1000 * DEADLINE;
    CHECK_INT(guard.moment_ns, 10 * MS);
    open_at(0, 10 * MS);
    prom__guard_mark(&guard, slots[0], PROM__GUARD_WAITING, 11 * MS);
    open_at(1, 20 * MS);
    prom__guard_mark(&guard, slots[1], PROM__GUARD_ANSWERING, 21 * MS);
    open_at(2, 25 * MS);
    CHECK_INT(prom__guard_make_room(&guard, 26 * MS), 5 * MS);
    prom__guard_moved(&guard, slots[1]); /* at 26 */
    CHECK_INT(prom__guard_make_room(&guard, 34 * MS), 1 * MS);
    CHECK_INT(guard.live, 3);
    open_at(3, 35 * MS);
    CHECK(!is_cut(0) && !is_cut(1) && is_cut(2));
    open_at(4, 36 * MS);
    CHECK(!is_cut(0) && is_cut(1) && !is_cut(3));
    prom__guard_mark(&guard, slots[4], PROM__GUARD_IDLE, 37 * MS);
    open_at(5, 38 * MS); /* but for the idle */
    CHECK(!is_cut(0) && !is_cut(3) && is_cut(4));
    end();
}

/* Whoever is at the work for them is not quicker when they are gone. */
static void test_guard_who_waits_for_us_stays(void)
{
    begin(2);
    for (int i = 0; i < 2; i++) {
        open_at(i, 0);
        prom__guard_mark(&guard, slots[i], PROM__GUARD_WAITING, 0);
    }
    CHECK(prom__guard_make_room(&guard, 900 * MS) == UINT64_MAX);
    CHECK_INT(guard.live, 2);
    end();
    prom__guard_init(&guard, 60000, DEADLINE);
    CHECK_INT(guard.moment_ns, 250 * MS);
    prom__guard_free(&guard);
}

/* A gather of five seconds is not the fault of those who wait for it. */
static void test_guard_our_time_is_not_theirs(void)
{
    begin(4);
    open_at(0, 0);
    guard.ours_ns += 5000ull * MS;
    CHECK_INT(prom__guard_reap(&guard, 5400ull * MS), 600 * MS);
    open_at(1, 5400ull * MS);
    CHECK_INT(prom__guard_reap(&guard, 5900ull * MS), 100 * MS);
    CHECK(!is_cut(0));
    prom__guard_reap(&guard, 6000ull * MS);
    CHECK(is_cut(0) && !is_cut(1));
    end();
}

static void test_guard_closes_copies_in_a_child(void)
{
    begin(4);
    open_at(0, 0);
    pid_t child = fork();
    if (child == 0) {
        prom__guard_forked(&guard);
        bool closed = fcntl(near_end[0], F_GETFD) < 0,
             others = fcntl(near_end[1], F_GETFD) >= 0;
        _exit(closed && others ? 0 : 1);
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK_INT(status, 0);
    CHECK(!is_cut(0)); /* the parent's still stands */
    end();
}

TESTS(ROW(test_guard_deadline), ROW(test_guard_deadline_spans_request_and_answer),
      ROW(test_guard_kept_alive), ROW(test_guard_client_has_left),
      ROW(test_guard_oldest_makes_room), ROW(test_guard_idle_goes_first),
      ROW(test_guard_places_come_back), ROW(test_guard_full_of_cut_ones),
      ROW(test_guard_cuts_the_stuck), ROW(test_guard_a_moment_for_all),
      ROW(test_guard_who_waits_for_us_stays), ROW(test_guard_our_time_is_not_theirs),
      ROW(test_guard_closes_copies_in_a_child))
