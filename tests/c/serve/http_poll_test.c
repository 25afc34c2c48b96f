// SPDX-License-Identifier: Apache-2.0
/* A polled server in a host's own loop, and within a budget. */
#define _GNU_SOURCE /* sockets, pthread */
#include "client.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>

enum { BIG = 5000000 };

static char pattern_at(size_t i)
{
    return (char)('a' + (i / 1009 + i / 16384) % 26);
}

static prom_err write_big(const prom_snapshot *s, const prom_encode_opts *o,
                          const prom_writer *w)
{
    (void)s, (void)o;
    char piece[1000];
    prom_err err = PROM_OK;
    for (size_t n = 0; n < BIG && !err; n += sizeof piece) {
        for (size_t i = 0; i < sizeof piece; i++)
            piece[i] = pattern_at(n + i);
        err = w->write(w->data, piece, sizeof piece);
    }
    return err;
}

static const prom_encoder big = { "big", "text/x-big", false, write_big };

static bool is_big(const answer *a)
{
    size_t wrong = a->n != BIG;
    for (size_t i = 0; i < a->n; i++)
        wrong += a->body[i] != pattern_at(i);
    return a->status == 200 && wrong == 0;
}

/* --- loops ---------------------------------------------------------------- */

static atomic_bool over;

/* The host has a pipe of its own in the loop, to be told the end. */
static int wake[2];

static void *scrape_some(void *data)
{
    int *good = data;
    for (int i = 0; i < 5; i++) {
        answer a = ask(port, "GET /metrics", "");
        *good += is_big(&a);
        forget(&a);
    }
    int kept = dial(port); /* one that goes on after a while */
    for (int i = 0; i < 3; i++) {
        pause_ms(20);
        CHECK(request(kept, "GET /metrics", ""));
        answer a = hear(kept, true);
        *good += is_big(&a);
        forget(&a);
    }
    close(kept);
    atomic_store(&over, true);
    CHECK(write(wake[1], "x", 1) == 1);
    return NULL;
}

static void run_by_poll(void)
{
    struct pollfd fds[] = { { .fd = prom_http_fd(http), .events = POLLIN },
                            { .fd = wake[0], .events = POLLIN } };
    while (!atomic_load(&over)) {
        CHECK(poll(fds, 2, prom_http_wait_ms(http)) >= 0);
        CHECK_OK(prom_http_poll_for(http, 0, 500));
    }
}

static void run_by_epoll(void)
{
    int set = epoll_create1(EPOLL_CLOEXEC);
    int fds[] = { prom_http_fd(http), wake[0] };
    for (int i = 0; i < 2; i++)
        CHECK(epoll_ctl(set, EPOLL_CTL_ADD, fds[i],
                        &(struct epoll_event){ .events = EPOLLIN, .data.fd = fds[i] }) == 0);
    while (!atomic_load(&over)) {
        struct epoll_event e[4];
        int n = epoll_wait(set, e, 4, prom_http_wait_ms(http));
        CHECK(n >= 0);
        CHECK_OK(prom_http_poll_for(http, 0, 500));
    }
    close(set);
}

static void test_poll_in_loops(void)
{
    static void (*const loops[])(void) = { run_by_poll, run_by_epoll };
    for (int i = 0; i < 2; i++) {
        if (SERVE(.polled = true, .encoder = &big, .no_compression = true)) {
            int good = 0;
            pthread_t client;
            atomic_store(&over, false);
            CHECK(pipe(wake) == 0);
            CHECK(pthread_create(&client, NULL, scrape_some, &good) == 0);
            loops[i]();
            pthread_join(client, NULL);
            CHECK_INT(good, 8);
            close(wake[0]);
            close(wake[1]);
        }
        end();
    }
}

static bool readable(int fd, int ms)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    return poll(&p, 1, ms) == 1;
}

static void test_poll_fd_and_time(void)
{
    CHECK_INT(prom_http_fd(NULL), -1);
    CHECK_INT(prom_http_wait_ms(NULL), -1);
    if (SERVE(.port = 0)) {
        CHECK_INT(prom_http_fd(http), -1); /* it has a thread */
        CHECK_INT(prom_http_wait_ms(http), -1);
    }
    end();
    if (SERVE(.polled = true, .deadline_ms = 100)) {
        int fd = prom_http_fd(http);
        CHECK(fd >= 0 && !readable(fd, 0));
        CHECK_INT(prom_http_wait_ms(http), -1);
        int client = dial(port);
        CHECK(readable(fd, 1000));
        CHECK_OK(prom_http_poll_for(http, 0, 1000));
        CHECK(!readable(fd, 0));
        int ms = prom_http_wait_ms(http); /* until it is cut */
        CHECK(ms > 0 && ms <= 100);
        say(client, "GET /metrics HTTP/1.1\r\nHost: x\r\n");
        CHECK(readable(fd, 1000));
        CHECK_OK(prom_http_poll_for(http, 0, 1000));
        CHECK(!readable(fd, 150));
        CHECK_OK(prom_http_poll_for(http, 0, 1000));
        CHECK(sees_end(client));
        CHECK_OK(prom_http_poll_for(http, 0, 1000));
        CHECK_INT(prom_http_wait_ms(http), -1);
        close(client);
        prom_http_stop(http);
        CHECK_INT(prom_http_fd(http), -1);
        CHECK_INT(prom_http_wait_ms(http), -1);
        CHECK_ERR(prom_http_poll_for(http, 0, 1000), PROM_E_CLOSED);
    }
    end();
    CHECK_ERR(prom_http_poll_for(NULL, 0, 1000), PROM_E_INVAL);
}

/* --- the budget ----------------------------------------------------------- */

static size_t take_what_is_there(int fd)
{
    static char some[1 << 20];
    ssize_t n = recv(fd, some, sizeof some, MSG_DONTWAIT);
    return n > 0 ? (size_t)n : 0;
}

/* Without any budget a poll does one piece of each kind: so nothing is made to wait for ever,
 * and nothing takes long. */
static void test_poll_without_budget_gets_on(void)
{
    if (SERVE(.polled = true, .encoder = &big, .no_compression = true)) {
        enum { READERS = 3, PIECE_MAX = 66000 };
        int fds[READERS];
        size_t got[READERS] = { 0 }, all = 0, polls = 0;
        for (int i = 0; i < READERS; i++) {
            fds[i] = dial(port);
            CHECK(request(fds[i], "GET /metrics", ""));
        }
        while (all < READERS * (size_t)BIG && ++polls < 100000) {
            CHECK_OK(prom_http_poll_for(http, 0, 0));
            size_t before = all;
            for (int i = 0; i < READERS; i++) {
                size_t n = take_what_is_there(fds[i]);
                got[i] += n;
                all += n;
            }
            CHECK(all - before <= PIECE_MAX);
        }
        CHECK(polls >= READERS * (size_t)BIG / PIECE_MAX && polls < 100000);
        for (int i = 0; i < READERS; i++) {
            CHECK(got[i] > BIG);
            close(fds[i]);
        }
    }
    end();
}

/* What a poll does not get done is told to be there for the next. */
static void test_poll_leaves_work_and_says_so(void)
{
    if (SERVE(.polled = true, .encoder = &big, .no_compression = true)) {
        int fd = dial(port);
        CHECK(request(fd, "GET /metrics", ""));
        size_t all = 0;
        for (int polls = 0; all < BIG && polls < 100000; polls++) {
            CHECK(prom_http_wait_ms(http) == 0 || readable(prom_http_fd(http), 1000));
            CHECK_OK(prom_http_poll_for(http, 0, 0));
            for (size_t n; (n = take_what_is_there(fd));)
                all += n;
        }
        CHECK(all > BIG);
        close(fd);
    }
    end();
}

/* A host that was busy elsewhere for longer than the deadline has not cost its clients theirs.
 */
static void test_poll_after_absence(void)
{
    if (SERVE(.polled = true, .deadline_ms = 1200)) {
        int fd = dial(port);
        CHECK(say(fd, "GET /metrics HTTP/1.1\r\n"));
        CHECK_OK(prom_http_poll(http, 100));
        CHECK_OK(prom_http_poll(http, 10));
        pause_ms(1500);
        CHECK_OK(prom_http_poll(http, 0));
        CHECK(say(fd, "Host: x\r\n\r\n"));
        CHECK_OK(prom_http_poll(http, 100));
        answer a = hear(fd, true);
        CHECK_INT(a.status, 200);
        forget(&a);
        close(fd);
    }
    end();
}

TESTS(ROW(test_poll_in_loops), ROW(test_poll_fd_and_time),
      ROW(test_poll_without_budget_gets_on), ROW(test_poll_leaves_work_and_says_so),
      ROW(test_poll_after_absence))
