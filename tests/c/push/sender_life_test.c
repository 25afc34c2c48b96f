// SPDX-License-Identifier: Apache-2.0
/* Senders that stop themselves, are let go of in the middle, are forked, and end with the
 * process. */
#define _GNU_SOURCE /* pthread_getname_np */
#include "courier.h"
#include "transport/curl.h"
#include "transport/request.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- from inside ---------------------------------------------------------------- */

static void stop_myself(courier *c)
{
    CHECK_OK(prom_sender_stop(c->sender));
    CHECK_ERR(prom_send(c->sender), PROM_E_INVAL);
}

/* Its thread ends by itself, after the last send. */
static void test_stopped_by_its_transport(void)
{
    courier c = { .meanwhile = stop_myself };
    COURIER(&c, .interval_ms = 5, .last = true);
    CHECK(until_at_least(&c.finishes, 1));
    CHECK_OK(prom_sender_stop(c.sender));
    CHECK_INT(c.sends, 2);
    CHECK_INT(c.failures, 0);
    CHECK_STR(c.thread, "prom-courier");
    c.meanwhile = NULL;
    CHECK_OK(prom_sender_start(c.sender)); /* the old thread is over */
    CHECK(until_at_least(&c.sends, 3));
    courier_end(&c);
    CHECK_INT(c.finishes, 2);
}

static void test_stopped_in_a_send_by_hand(void)
{
    courier c = { .meanwhile = stop_myself };
    COURIER(&c, .last = true);
    CHECK_OK(prom_send(c.sender));
    CHECK_INT(c.sends, 2);
    CHECK_INT(c.finishes, 1);
    courier_end(&c);
    CHECK_INT(c.sends, 2);
}

static void let_go(courier *c)
{
    prom_unref(c->sender);
    c->sender = NULL;
}

/* The last reference goes on the sender's own thread, which then frees it. */
static void test_let_go_by_its_transport(void)
{
    courier c = { .meanwhile = let_go };
    COURIER(&c, .interval_ms = 5, .last = true);
    CHECK(until_at_least(&c.freed_opts, 1));
    CHECK_INT(c.sends, 2);
    CHECK_INT(c.finishes, 1);
    CHECK_INT(c.freed, 1);
    pause_ms(5); /* its thread may still be at the very end of freeing it */
    courier_end(&c);
}

static void test_let_go_in_a_send_by_hand(void)
{
    courier c = { .meanwhile = let_go };
    COURIER(&c, .last = true);
    CHECK_OK(prom_send(c.sender));
    CHECK_INT(c.sends, 2);
    CHECK_INT(c.freed, 1);
    courier_end(&c);
}

static prom_err finish_and_let_go(prom_delivery *d, void *data)
{
    prom_err e = courier_finish(d, data);
    let_go(data);
    return e;
}

static void test_let_go_in_the_end(void)
{
    courier c = { .registry = kit_registry(PROM_ORDER_CREATED) };
    prom_transport t = courier_transport(&c);
    t.finish = finish_and_let_go;
    CHECK_OK(prom_sender_new(c.registry, &t, NULL, &c.sender));
    CHECK_OK(prom_send(c.sender));
    CHECK_OK(prom_sender_stop(c.sender));
    CHECK_INT(c.finishes, 1);
    CHECK_INT(c.freed, 1);
    courier_end(&c);
}

/* Two senders, of which one sends what the other's transport asks for. */
static void send_by_the_other(courier *c)
{
    courier *other = c->other;
    CHECK_OK(prom_send(other->sender));
}

static void test_one_sends_by_another(void)
{
    courier b = { 0 }, a = { .meanwhile = send_by_the_other, .other = &b };
    COURIER(&b, .interval_ms = 0);
    COURIER(&a, .interval_ms = 5);
    CHECK(until_at_least(&b.sends, 2));
    courier_end(&a);
    courier_end(&b);
}

/* --- the thread ---------------------------------------------------------------- */

static void look_at_signals(courier *c)
{
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    c->signals_blocked = sigismember(&blocked, SIGTERM) && sigismember(&blocked, SIGALRM) &&
                         sigismember(&blocked, SIGPIPE);
}

static void test_signals_are_the_hosts(void)
{
    courier c = { .meanwhile = look_at_signals };
    COURIER(&c, .interval_ms = 5);
    CHECK(until_at_least(&c.sends, 1));
    courier_end(&c);
    CHECK(c.signals_blocked);
}

static size_t open_files(void)
{
    size_t n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static void test_no_descriptor_is_left(void)
{
    size_t before = open_files();
    for (int i = 0; i < 20; i++) {
        courier c = { 0 };
        COURIER(&c, .interval_ms = 1, .last = true);
        CHECK_OK(prom_sender_stop(c.sender));
        CHECK_OK(prom_sender_start(c.sender));
        courier_end(&c);
    }
    CHECK_INT(open_files(), before);
}

/* --- fork ------------------------------------------------------------------------ */

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREADS_AFTER_FORK 0 /* its runtime has none there */
#endif
#endif
#ifndef THREADS_AFTER_FORK
#define THREADS_AFTER_FORK 1
#endif

enum { CHILD_SECONDS = 20 };

/* Whether the child says that all is well; one that hangs is killed by its alarm. */
static bool child_is_well(bool (*work)(courier *c), courier *c, bool by_exit)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_SECONDS);
        int failures = check_failures;
        bool well = work(c) && check_failures == failures;
        if (by_exit)
            exit(well ? 0 : 1);
        _exit(well ? 0 : 1);
    }
    int status = -1;
    return CHECK(child > 0 && waitpid(child, &status, 0) == child) && CHECK_INT(status, 0);
}

/* It does not run there, sends what it is asked to, and can be let go of. */
static bool use_in_child(courier *c)
{
    int sends = c->sends;
    pause_ms(30);
    CHECK_INT(c->sends, sends);
    CHECK_OK(prom_sender_stop(c->sender)); /* does nothing */
    CHECK_INT(c->sends, sends);
    CHECK_OK(prom_send(c->sender));
    CHECK_INT(c->sends, sends + 1);
    prom_unref(c->sender);
    CHECK_INT(c->sends, sends + 1); /* the last one is the parent's */
    CHECK_INT(c->finishes, 0);
    return true;
}

static void test_in_a_child(void)
{
    courier c = { 0 };
    COURIER(&c, .interval_ms = 20, .last = true);
    CHECK(until_at_least(&c.sends, 1));
    size_t before = open_files();
    CHECK(child_is_well(use_in_child, &c, false));
    CHECK_INT(open_files(), before);
    int sends = c.sends;
    CHECK(until_at_least(&c.sends, sends + 1)); /* here it goes on */
    courier_end(&c);
}

static bool start_in_child(courier *c)
{
    int sends = c->sends;
    CHECK_OK(prom_sender_start(c->sender));
    CHECK(until_at_least(&c->sends, sends + 2));
    CHECK_OK(prom_sender_stop(c->sender));
    CHECK_INT(c->finishes, 1); /* now it is the child's */
    sends = c->sends;
    CHECK_OK(prom_sender_start(c->sender));
    prom_unref(c->sender);
    CHECK(c->sends > sends);
    return true;
}

static void test_started_in_a_child(void)
{
    courier c = { 0 };
    if (!THREADS_AFTER_FORK)
        return;
    COURIER(&c, .interval_ms = 10, .last = true);
    CHECK(child_is_well(start_in_child, &c, false));
    courier_end(&c);
}

static bool send_anew(courier *c)
{
    c->waits = false;
    c->inside = false;
    CHECK_OK(prom_send(c->sender)); /* the send that is under way is the parent's */
    prom_unref(c->sender);
    CHECK_INT(c->freed, 0); /* what the parent is in the midst of is left alone */
    return true;
}

static void test_forked_in_the_middle_of_a_send(void)
{
    courier c = { .waits = true };
    COURIER(&c, .interval_ms = 5, .timeout_ms = 600000);
    CHECK(until_true(&c.inside));
    CHECK(child_is_well(send_anew, &c, false));
    c.waits = false;
    courier_end(&c);
}

static void leave(void)
{
    _exit(0);
}

/* The child goes on as if it was the sender's thread, and ends with it. */
static void fork_inside(courier *c)
{
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_SECONDS);
        atexit(leave); /* before anybody looks for leaks: the other threads' are none */
        return;
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child);
    c->child_status = status;
    c->meanwhile = NULL;
}

static void test_forked_by_its_transport(void)
{
    courier c = { .meanwhile = fork_inside, .child_status = -1 };
    if (!THREADS_AFTER_FORK)
        return;
    COURIER(&c, .interval_ms = 5);
    CHECK(until_at_least(&c.sends, 3));
    courier_end(&c);
    CHECK_INT(c.child_status, 0);
}

/* --- the end of the process -------------------------------------------------------- */

static int report_fd; /* where a process that ends says what its senders have done */

static prom_err report_send(prom_delivery *d, const prom_snapshot *s, void *data)
{
    prom_err e = courier_send(d, s, data);
    CHECK(write(report_fd, "s", 1) == 1);
    return e;
}

static prom_err report_finish(prom_delivery *d, void *data)
{
    prom_err e = courier_finish(d, data);
    CHECK(write(report_fd, "f", 1) == 1);
    return e;
}

static prom_sender *reporter(courier *c, const prom_sender_opts *o, bool has_end)
{
    prom_transport t = courier_transport(c);
    t.send = report_send;
    t.finish = has_end ? report_finish : NULL;
    if (!c->registry)
        c->registry = kit_registry(PROM_ORDER_CREATED);
    CHECK_OK(prom_sender_new(c->registry, &t, o, &c->sender));
    return c->sender;
}

/* What a process that does this and then exits has reported, and in how many seconds. */
static double ended_process(void (*work)(void), char *out, size_t room)
{
    int pipes[2];
    CHECK(pipe(pipes) == 0);
    double begin = seconds();
    int failures = check_failures;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_SECONDS);
        close(pipes[0]);
        report_fd = pipes[1];
        work();
        exit(check_failures == failures ? 0 : 1);
    }
    close(pipes[1]);
    int status = -1;
    size_t n = 0;
    ssize_t got;
    while (n < room - 1 && (got = read(pipes[0], out + n, room - 1 - n)) > 0)
        n += (size_t)got;
    out[n] = '\0';
    close(pipes[0]);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    return seconds() - begin;
}

static void leave_one(void)
{
    static courier c;
    reporter(&c, PROM_SENDER_OPTS(.last = true), true);
}

static void leave_a_periodic_one(void)
{
    static courier c;
    reporter(&c, PROM_SENDER_OPTS(.interval_ms = 3600000, .last = true), true);
}

/* No last send, but what was sent is ended. */
static void leave_one_with_an_end(void)
{
    static courier c, fresh;
    CHECK_OK(prom_send(reporter(&c, NULL, true)));
    reporter(&fresh, NULL, true);
}

static void leave_one_without(void)
{
    static courier c;
    CHECK_OK(prom_send(reporter(&c, PROM_SENDER_OPTS(.interval_ms = 3600000), false)));
}

static void leave_none(void)
{
    static courier c;
    prom_unref(reporter(&c, PROM_SENDER_OPTS(.last = true), true));
}

static void test_at_exit(void)
{
    char out[16];
    ended_process(leave_one, out, sizeof out);
    CHECK_STR(out, "sf");
    ended_process(leave_a_periodic_one, out, sizeof out);
    CHECK_STR(out, "sf");
    ended_process(leave_one_with_an_end, out, sizeof out);
    CHECK_STR(out, "sf");
    ended_process(leave_one_without, out, sizeof out);
    CHECK_STR(out, "s");
    ended_process(leave_none, out, sizeof out);
    CHECK_STR(out, "sf");
}

enum { MANY = 8, HARD_MS = 300 };

static void take_a_while(courier *c)
{
    (void)c;
    pause_ms(HARD_MS);
}

/* One after the other they would take eight times as long as each. */
static void leave_many(void)
{
    static courier c[MANY];
    for (int i = 0; i < MANY; i++) {
        c[i].meanwhile = take_a_while;
        c[i].made = true;
        reporter(&c[i], PROM_SENDER_OPTS(.last = true), false);
    }
}

static void test_side_by_side_at_exit(void)
{
    char out[16];
    double took = ended_process(leave_many, out, sizeof out);
    CHECK_STR(out, "ssssssss");
    CHECK(took < MANY * HARD_MS * 1e-3);
}

static prom_err collect_for_ever(prom_builder *b, void *data)
{
    (void)b, (void)data;
    pause_ms(1000 * CHILD_SECONDS);
    return PROM_OK;
}

static void leave_one_that_hangs(void)
{
    static courier good, bad;
    prom_collector *c = NULL;
    reporter(&bad, PROM_SENDER_OPTS(.last = true, .last_timeout_ms = 100), true);
    CHECK_OK(prom_collector_new(
        bad.registry, PROM_COLLECTOR_OPTS(.name = "bad", .collect = collect_for_ever), &c));
    reporter(&good, PROM_SENDER_OPTS(.last = true, .last_timeout_ms = 100), true);
}

static void test_one_that_hangs_at_exit(void)
{
    char out[16];
    ended_process(leave_one_that_hangs, out, sizeof out); /* it does end */
    CHECK_STR(out, "sf");
}

static void exit_now(courier *c)
{
    (void)c;
    exit(0);
}

/* Its own thread is the one that exits. */
static void leave_by_a_transport(void)
{
    static courier exits, other;
    reporter(&other, PROM_SENDER_OPTS(.last = true), true);
    exits.meanwhile = exit_now;
    exits.made = true;
    reporter(&exits, PROM_SENDER_OPTS(.interval_ms = 5, .last = true), true);
    pause_ms(1000 * CHILD_SECONDS);
}

static void test_exit_inside(void)
{
    char out[16];
    ended_process(leave_by_a_transport, out, sizeof out);
    CHECK_STR(out, "sf"); /* of the other one */
}

static courier under_way;

static void say_whether_it_is_over(void)
{
    CHECK(write(report_fd, under_way.inside ? "-" : "o", 1) == 1);
}

/* What a library that a transport uses does at exit comes when nobody is in it any more. */
static void leave_one_under_way(void)
{
    CHECK(atexit(say_whether_it_is_over) == 0);
    under_way.waits = true;
    reporter(&under_way, PROM_SENDER_OPTS(.interval_ms = 5), false);
    CHECK(until_true(&under_way.inside));
}

/* Though there were senders already when the library began. */
static void leave_one_before_the_library_begins(void)
{
    static courier early;
    prom__request *q;
    reporter(&early, PROM_SENDER_OPTS(.last = true), false);
    prom_err e = prom__request_new(NULL, NULL, &q);
    CHECK(prom__curl_is_started() == (e != PROM_E_UNSUPPORTED));
    prom__request_free(q);
    if (e)
        reporter(&under_way, NULL, false); /* there is no such library */
    else
        leave_one_under_way();
}

static void test_libraries_end_after_their_users(void)
{
    char out[16];
    ended_process(leave_one_before_the_library_begins, out, sizeof out);
    CHECK(strcmp(out, "sso") == 0 || strcmp(out, "s") == 0);
}

/* What a parent has made is not ended by its child. */
static void leave_a_child(void)
{
    static courier c;
    int status = -1;
    CHECK_OK(prom_send(reporter(&c, PROM_SENDER_OPTS(.last = true), true)));
    pid_t child = fork();
    if (child == 0)
        exit(0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(write(report_fd, "-", 1) == 1);
}

static void test_exit_of_a_child(void)
{
    char out[16];
    ended_process(leave_a_child, out, sizeof out);
    CHECK_STR(out, "s-sf");
}

TESTS(ROW(test_stopped_by_its_transport), ROW(test_stopped_in_a_send_by_hand),
      ROW(test_let_go_by_its_transport), ROW(test_let_go_in_a_send_by_hand),
      ROW(test_let_go_in_the_end), ROW(test_one_sends_by_another),
      ROW(test_signals_are_the_hosts), ROW(test_no_descriptor_is_left), ROW(test_in_a_child),
      ROW(test_started_in_a_child), ROW(test_forked_in_the_middle_of_a_send),
      ROW(test_forked_by_its_transport), ROW(test_at_exit), ROW(test_side_by_side_at_exit),
      ROW(test_one_that_hangs_at_exit), ROW(test_exit_inside),
      ROW(test_libraries_end_after_their_users), ROW(test_exit_of_a_child))
