// SPDX-License-Identifier: Apache-2.0
/* Clients that mean harm, or have bad luck. After each the server serves as before. */
#define _GNU_SOURCE /* sockets */
#include "client.h"

/* One header field of n bytes, sent as far as the server lets us. */
static int send_header_of(size_t n)
{
    int fd = dial(port);
    char *text = malloc(n + 1);
    CHECK(fd >= 0 && text);
    if (text) {
        memset(text, 'a', n);
        text[n] = '\0';
        say(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\nX: ");
        say(fd, text);
        say(fd, "\r\n\r\n");
    }
    free(text);
    return fd;
}

static void test_bad_large_headers(void)
{
    if (SERVE(.port = 0)) {
        static const size_t sizes[] = { 16384, 17000, 20000, 30000 };
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            int fd = send_header_of(sizes[i]);
            answer a = hear(fd, true);
            CHECK_INT(a.status, 431);
            forget(&a);
            CHECK(sees_end(fd));
            close(fd);
        }
        int fd = send_header_of(16000); /* with its name and the first lines still within */
        answer a = hear(fd, true);
        CHECK_INT(a.status, 200);
        forget(&a);
        close(fd);
    }
    end();
}

/* More than the server will ever read: it closes with the rest unread, and the reset may
 * overtake the answer. What it must not do is answer 200, or keep the connection. */
static void test_bad_huge_header(void)
{
    if (SERVE(.port = 0)) {
        int fd = send_header_of(100000);
        answer a = hear(fd, true);
        CHECK(a.status == 431 || a.status == 0);
        forget(&a);
        CHECK(sees_end(fd));
        close(fd);
        CHECK(scrape_works(port));
    }
    end();
}

static void test_bad_many_header_fields(void)
{
    if (SERVE(.max_header_bytes = 4096)) {
        int fd = dial(port);
        say(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\n");
        for (int i = 0; i < 1000; i++)
            say(fd, "a:\r\n");
        say(fd, "\r\n");
        answer a = hear(fd, true);
        CHECK(a.status == 431 || a.status == 0);
        forget(&a);
        CHECK(sees_end(fd));
        close(fd);
        CHECK(scrape_works(port));
    }
    end();
}

static void test_bad_long_path(void)
{
    if (SERVE(.port = 0)) {
        char *path = calloc(1, 60001);
        memset(path, 'p', 60000);
        path[0] = '/';
        int fd = dial(port);
        say(fd, "GET ");
        say(fd, path);
        say(fd, " HTTP/1.1\r\nHost: x\r\n\r\n");
        answer a = hear(fd, true);
        CHECK(a.status == 414 || a.status == 431 || a.status == 0);
        forget(&a);
        CHECK(sees_end(fd));
        close(fd);
        free(path);
        CHECK(scrape_works(port));
    }
    end();
}

static void test_bad_garbage(void)
{
    static const char *const texts[] = {
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET /metrics\r\n\r\n",
        "GET /metrics HTTP/9.9\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost x\r\n\r\n",
        "GET /%zz%00%ff HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: \xff;q=\x01,,;;=\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    };
    if (SERVE(.deadline_ms = 1000)) {
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            int fd = dial(port);
            CHECK(say(fd, texts[i]));
            shutdown(fd, SHUT_WR);
            CHECK(sees_end(fd));
            close(fd);
            CHECK(scrape_works(port));
        }
    }
    end();
}

static void test_bad_random_bytes(void)
{
    if (SERVE(.deadline_ms = 2000)) {
        uint32_t x = 7;
        for (int i = 0; i < 200; i++) {
            char bytes[300];
            for (size_t k = 0; k < sizeof bytes; k++) {
                x = x * 1664525u + 1013904223u;
                bytes[k] = k % 40 == 39 ? '\n' : (char)(x >> 24);
            }
            int fd = dial(port);
            say(fd, i % 2 ? "GET /metrics HTTP/1.1\r\n" : "");
            say_bytes(fd, bytes, sizeof bytes);
            if (i % 3)
                shutdown(fd, SHUT_WR);
            if (i % 3 == 1)
                CHECK(sees_end(fd));
            close(fd);
        }
        CHECK(scrape_works(port));
    }
    end();
}

/* --- slow clients ------------------------------------------------------- */

/* libmicrohttpd's timeout would be put off by every byte; the deadline is not. */
static void test_bad_dribble_is_cut_at_the_deadline(void)
{
    if (SERVE(.deadline_ms = 600)) {
        double start = seconds();
        int fd = dial(port);
        char c;
        ssize_t got = -1;
        while (seconds() - start < PATIENCE) {
            say(fd, "G");
            pause_ms(50);
            got = recv(fd, &c, 1, MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno == ECONNRESET))
                break;
        }
        double lived = seconds() - start;
        CHECK(got == 0 || errno == ECONNRESET);
        CHECK(lived >= 0.6 && lived < PATIENCE);
        close(fd);
        CHECK(scrape_works(port));
    }
    end();
}

/* Twice as many as there are places hold on; with an hour to the deadline only giving up the
 * oldest place lets a scrape through. */
static void test_bad_places_held_by_attackers(void)
{
    enum { PLACES = 8, ATTACKERS = 2 * PLACES };
    if (SERVE(.max_connections = PLACES, .deadline_ms = 3600000)) {
        int fds[ATTACKERS];
        for (int i = 0; i < ATTACKERS; i++) {
            fds[i] = dial(port);
            CHECK(say(fds[i], "GET /metrics HTTP/1.1\r\nX: "));
        }
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < ATTACKERS; i++)
                say(fds[i], "a");
            CHECK(scrape_works(port));
        }
        size_t cut = 0;
        for (int i = 0; i < ATTACKERS; i++) {
            char c;
            ssize_t n = recv(fds[i], &c, 1, MSG_DONTWAIT);
            cut += n == 0 || (n < 0 && errno == ECONNRESET);
            close(fds[i]);
        }
        CHECK(cut >= PLACES);
    }
    end();
}

/* Who asked once and then dribbles the next request line is unseen, but goes first. */
static void test_bad_kept_alive_connections_hold_no_places(void)
{
    enum { PLACES = 4 };
    if (SERVE(.max_connections = PLACES)) {
        int fds[PLACES], one = dial(port);
        CHECK(request(one, "GET /metrics", ""));
        answer a = hear(one, true);
        CHECK_INT(a.status, 200);
        forget(&a);
        for (int i = 0; i < PLACES - 1; i++) {
            fds[i] = dial(port);
            CHECK(say(fds[i], "GET /metrics HTTP/1.1\r\nX: "));
        }
        for (int i = 0; i < 5; i++) {
            CHECK(scrape_works(port));
            pause_ms(20);
        }
        CHECK(sees_end(one)); /* the youngest but for the scrapes, and idle */
        for (int i = 0; i < PLACES - 1; i++) {
            say(fds[i], "\r\nHost: x\r\n\r\n");
            a = hear(fds[i], true); /* the unfinished ones were spared */
            CHECK_INT(a.status, 200);
            forget(&a);
            close(fds[i]);
        }
        close(one);
    }
    end();
}

enum { BIG = 16 << 20 };

static prom_err write_big(const prom_snapshot *s, const prom_encode_opts *o,
                          const prom_writer *w)
{
    (void)o;
    static char piece[65536];
    (void)s;
    prom_err err = PROM_OK;
    for (size_t n = 0; n < BIG && !err; n += sizeof piece)
        err = w->write(w->data, piece, sizeof piece);
    return err;
}

static const prom_encoder big = { "big", "text/x-big", false, write_big };

static void test_bad_reader_that_stops(void)
{
    if (SERVE(.encoder = &big, .deadline_ms = 600)) {
        double start = seconds(), gathers = 0; /* those are not counted */
        int fd = dial_with(port, 4096);
        CHECK(request(fd, "GET /metrics", ""));
        char some[1000];
        CHECK(recv(fd, some, sizeof some, MSG_WAITALL) == sizeof some);
        /* No byte of it is read until it is over; meanwhile others are served. */
        while (seconds() - start - gathers < 0.9) {
            double before = seconds();
            answer a = ask(port, "HEAD /metrics", "");
            CHECK_INT(a.status, 200);
            forget(&a);
            gathers += seconds() - before;
            pause_ms(50);
        }
        size_t got = sizeof some;
        ssize_t n;
        while ((n = recv(fd, some, sizeof some, 0)) > 0)
            got += (size_t)n;
        CHECK(got < BIG);
        CHECK(n == 0 || errno == ECONNRESET);
        close(fd);
    }
    end();
}

/* Each unread body is memory: beyond a bound the reader that has been stuck for longest is cut
 * for the next one. */
static void test_bad_readers_that_pin_memory(void)
{
    enum { READERS = 8 }; /* of 16 MB */
    if (SERVE(.encoder = &big, .deadline_ms = 3600000)) {
        int fds[READERS];
        for (int i = 0; i < READERS; i++) {
            fds[i] = dial_with(port, 4096);
            CHECK(request(fds[i], "GET /metrics", ""));
            char c;
            CHECK(recv(fds[i], &c, 1, 0) == 1);
        }
        answer a = ask(port, "HEAD /metrics", "");
        CHECK_INT(a.status, 200);
        forget(&a);
        CHECK(sees_end(fds[0])); /* and the others are not cut */
        for (int i = 1; i < READERS; i++) {
            char c;
            CHECK(recv(fds[i], &c, 1, 0) == 1);
        }
        for (int i = 0; i < READERS; i++)
            close(fds[i]);
    }
    end();
}

/* A gather that takes longer than the deadline is not the client's fault. */
static prom_err collect_slowly(prom_builder *b, void *data)
{
    (void)b, (void)data;
    pause_ms(900);
    return PROM_OK;
}

static void test_bad_slow_collector_costs_no_client_its_time(void)
{
    if (SERVE(.deadline_ms = 600)) {
        prom_collector_opts o = { .size = sizeof o, .name = "slow", .collect = collect_slowly };
        prom_collector *c = NULL;
        CHECK_OK(prom_collector_new(registry, &o, &c));
        int waiting = dial(port);
        CHECK(scrape_works(port));
        CHECK(request(waiting, "GET /metrics", ""));
        answer a = hear(waiting, true);
        CHECK_INT(a.status, 200);
        forget(&a);
        close(waiting);
        prom_unref(c);
    }
    end();
}

/* --- clients that go away ----------------------------------------------- */

/* Polled, so that it is this thread that would die of SIGPIPE. */
static void test_bad_reader_that_leaves(void)
{
    if (SERVE(.encoder = &big, .polled = true)) {
        for (int i = 0; i < 5; i++) {
            int fd = dial_with(port, 4096);
            CHECK(request(fd, "GET /metrics", ""));
            char c;
            double start = seconds();
            while (recv(fd, &c, 1, MSG_DONTWAIT) != 1 && seconds() - start < PATIENCE)
                CHECK_OK(prom_http_poll(http, 10));
            if (i % 2)
                setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 },
                           sizeof(struct linger)); /* with a reset */
            close(fd);
            for (int k = 0; k < 5; k++)
                CHECK_OK(prom_http_poll(http, 10));
        }
    }
    end();
}

static void test_bad_connections_without_a_word(void)
{
    if (SERVE(.max_connections = 4)) {
        for (int i = 0; i < 300; i++) {
            int fd = dial(port);
            CHECK(fd >= 0);
            if (i % 2)
                say(fd, "GET /me");
            close(fd);
        }
        CHECK(scrape_works(port));
    }
    end();
}

TESTS(ROW(test_bad_large_headers), ROW(test_bad_huge_header), ROW(test_bad_many_header_fields),
      ROW(test_bad_long_path), ROW(test_bad_garbage), ROW(test_bad_random_bytes),
      ROW(test_bad_dribble_is_cut_at_the_deadline), ROW(test_bad_places_held_by_attackers),
      ROW(test_bad_kept_alive_connections_hold_no_places), ROW(test_bad_reader_that_stops),
      ROW(test_bad_readers_that_pin_memory),
      ROW(test_bad_slow_collector_costs_no_client_its_time), ROW(test_bad_reader_that_leaves),
      ROW(test_bad_connections_without_a_word))
