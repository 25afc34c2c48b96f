// SPDX-License-Identifier: Apache-2.0
/* graphite_test.c - the sender: over TCP and UDP, over a connection that is kept, was lost or
 * was a parent's, and to peers that refuse, close, do not read or are not there. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "kit.h"
#include "server.h"

#include <prom/graphite.h>
#include <prom/vec.h>

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static prom_registry *registry(prom_gauge **g)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "g", .help = ""), g));
    return r;
}

static prom_registry *large_registry(int series)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    CHECK_OK(prom_vec_new(
        r, PROM_GAUGE, PROM_OPTS(.name = "large", .help = "", .labels = PROM_LABELS("i")), &v));
    for (int i = 0; i < series; i++) {
        char text[16];
        prom_gauge *g = NULL;
        snprintf(text, sizeof text, "%d", i);
        CHECK_OK(prom_gauge_with(v, PROM_VALUES(text), &g));
        prom_unref(g);
    }
    prom_unref(v);
    return r;
}

#define NEW(r, s, ...) prom_graphite_new((r), PROM_GRAPHITE_OPTS(__VA_ARGS__), NULL, (s))

/* The lines without their times, which are now. */
static const char *timeless(const char *text)
{
    static char out[4096];
    char *at = out;
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        const char *time = end;
        while (time > text && time[-1] != ' ')
            time--;
        long long seconds = atoll(time);
        CHECK(seconds > 1700000000 && seconds < 10000000000);
        at += sprintf(at, "%.*s\n", (int)(time - 1 - text), text);
    }
    *at = '\0';
    return out;
}

/* --- TCP ------------------------------------------------------------------------ */

static void test_the_connection_is_kept(void)
{
    server peer = server_start(SOCK_STREAM, 0);
    prom_gauge *g;
    prom_sender *s;
    prom_registry *r = registry(&g);
    CHECK_OK(NEW(r, &s, .address = peer.address, .prefix = "a"));
    CHECK_OK(prom_send(s));
    int fd = server_take(&peer);
    CHECK_STR(timeless(server_lines(fd, 1)), "a.g 0\n");
    prom_gauge_set(g, 1);
    CHECK_OK(prom_send(s));
    CHECK_STR(timeless(server_lines(fd, 1)), "a.g 1\n");
    CHECK(server_is_quiet(peer.fd));
    prom_unref(s);
    CHECK_INT(recv(fd, (char[1]){ 0 }, 1, 0), 0); /* closed with it */
    close(fd);
    server_stop(&peer);
    prom_unref(g);
    prom_unref(r);
}

/* A peer that ended while nothing was sent may not have read what was sent last. */
static void test_what_may_be_lost_is_sent_again(void)
{
    server peer = server_start(SOCK_STREAM, 0);
    prom_gauge *g;
    prom_sender *s;
    prom_registry *r = registry(&g);
    CHECK_OK(NEW(r, &s, .address = peer.address));
    CHECK_OK(prom_send(s));
    int fd = server_take(&peer);
    close(fd); /* with what it has not read */
    prom_gauge_set(g, 1);
    CHECK_OK(prom_send(s));
    fd = server_take(&peer);
    CHECK_STR(timeless(server_lines(fd, 2)), "g 0\ng 1\n");
    /* What came over a connection that goes on is not. */
    prom_gauge_set(g, 2);
    CHECK_OK(prom_send(s));
    CHECK_STR(timeless(server_lines(fd, 1)), "g 2\n");
    shutdown(fd, SHUT_WR);
    prom_gauge_set(g, 3);
    CHECK_OK(prom_send(s));
    close(fd);
    fd = server_take(&peer);
    CHECK_STR(timeless(server_lines(fd, 2)), "g 2\ng 3\n");
    close(fd);
    prom_unref(s);
    server_stop(&peer);
    prom_unref(g);
    prom_unref(r);
}

static void test_a_peer_that_comes_back(void)
{
    server peer = server_start(SOCK_STREAM, 0);
    unsigned port = peer.port;
    prom_gauge *g;
    prom_sender *s;
    prom_registry *r = registry(&g);
    char want[128];
    CHECK_OK(NEW(r, &s, .address = peer.address));
    CHECK_OK(prom_send(s));
    int fd = server_take(&peer);
    CHECK_STR(timeless(server_lines(fd, 1)), "g 0\n");
    close(fd);
    server_stop(&peer);
    snprintf(want, sizeof want, "'127.0.0.1:%u': Connection refused", port);
    for (int i = 0; i < 3; i++)
        CHECK_SAYS(prom_send(s), PROM_E_IO, want);
    peer = server_start(SOCK_STREAM, port);
    prom_gauge_set(g, 1);
    CHECK_OK(prom_send(s));
    fd = server_take(&peer);
    CHECK_STR(timeless(server_lines(fd, 2)), "g 0\ng 1\n");
    close(fd);
    prom_unref(s);
    server_stop(&peer);
    prom_unref(g);
    prom_unref(r);
}

/* Takes a connection, and closes it at once or, of a large send, in the midst. */
static void *take_and_close(void *data)
{
    const server *peer = data;
    for (int fd; (fd = accept(peer->fd, NULL, NULL)) >= 0;)
        close(fd);
    return NULL;
}

static void try_closing_peer(int series)
{
    server peer = server_start(SOCK_STREAM, 0);
    prom_registry *r = large_registry(series);
    prom_sender *s;
    pthread_t thread;
    signal(SIGPIPE, SIG_DFL); /* would end the test */
    CHECK_INT(pthread_create(&thread, NULL, take_and_close, &peer), 0);
    CHECK_OK(NEW(r, &s, .address = peer.address));
    int failed = 0;
    for (int i = 0; i < 5; i++) {
        prom_err e = prom_send(s);
        CHECK(e == PROM_OK || e == PROM_E_IO);
        failed += e != PROM_OK;
    }
    /* A few bytes may be taken before it closes, and are then sent again; not many. */
    CHECK(series == 1 || failed == 5);
    prom_unref(s);
    shutdown(peer.fd, SHUT_RDWR);
    pthread_join(thread, NULL);
    server_stop(&peer);
    prom_unref(r);
}

static void test_a_peer_that_closes(void)
{
    try_closing_peer(1);
    try_closing_peer(100000);
}

static void test_a_peer_that_does_not_read(void)
{
    server peer = server_start(SOCK_STREAM, 0);
    prom_registry *r = large_registry(200000);
    prom_sender *s;
    char want[128];
    CHECK_OK(prom_graphite_new(r, PROM_GRAPHITE_OPTS(.address = peer.address),
                               PROM_SENDER_OPTS(.timeout_ms = 1000), &s));
    snprintf(want, sizeof want, "'%s' did not read in time", peer.address);
    CHECK_SAYS(prom_send(s), PROM_E_TIMEOUT, want);
    int fd = server_take(&peer);
    close(fd);
    prom_unref(s);
    /* And if it is stopped meanwhile: at once. */
    CHECK_OK(prom_graphite_new(r, PROM_GRAPHITE_OPTS(.address = peer.address),
                               PROM_SENDER_OPTS(.interval_ms = 1, .timeout_ms = 100000), &s));
    fd = server_take(&peer);
    CHECK(server_wait(fd));
    CHECK_OK(prom_sender_stop(s));
    prom_sender_stats stats = { .size = sizeof stats };
    CHECK_OK(prom_sender_stats_read(s, &stats));
    CHECK_INT(stats.sent, 0);
    CHECK_INT(stats.last_error, PROM_E_CANCELLED);
    close(fd);
    prom_unref(s);
    server_stop(&peer);
    prom_unref(r);
}

static void *read_slowly(void *data)
{
    size_t *lines = data, n = 0;
    char text[4096];
    int fd = (int)*lines;
    for (ssize_t k; (k = recv(fd, text, sizeof text, 0)) > 0;)
        for (ssize_t i = 0; i < k; i++)
            n += text[i] == '\n';
    *lines = n;
    return NULL;
}

static void *stop(void *sender)
{
    CHECK_OK(prom_sender_stop(sender));
    return NULL;
}

static void test_much_to_one_that_reads(void)
{
    server peer = server_start(SOCK_STREAM, 0);
    prom_registry *r = large_registry(50000);
    prom_sender *s;
    pthread_t thread;
    CHECK_OK(prom_graphite_new(r, PROM_GRAPHITE_OPTS(.address = peer.address),
                               PROM_SENDER_OPTS(.interval_ms = 60000, .last = true), &s));
    /* The last one, at the stop: which is the first here. */
    pthread_t stopper;
    CHECK_INT(pthread_create(&stopper, NULL, stop, s), 0);
    int fd = server_take(&peer);
    size_t lines = (size_t)fd;
    CHECK_INT(pthread_create(&thread, NULL, read_slowly, &lines), 0);
    pthread_join(stopper, NULL);
    prom_unref(s);
    pthread_join(thread, NULL);
    CHECK_INT(lines, 50000);
    close(fd);
    server_stop(&peer);
    prom_unref(r);
}

/* --- addresses --------------------------------------------------------------------- */

static void test_addresses(void)
{
    static const char *const bad[] = { "",     ":2003", "a:",      "a:0",    "a:65536",
                                       "a:x",  "[::1",  "[::1]x1", "[::1]:", "[]:1",
                                       "a:-1", "a: 1",  "[]",      "a:1x",   "a:999999" };
    prom_gauge *g;
    prom_sender *s;
    prom_registry *r = registry(&g);
    char want[128], longest[300] = "";
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(want, sizeof want, "'%s' is no address: 'host:port' is wanted", bad[i]);
        CHECK_SAYS(NEW(r, &s, .address = bad[i]), PROM_E_INVAL, want);
        CHECK(s == NULL);
    }
    memset(longest, 'a', sizeof longest - 1);
    CHECK_ERR(NEW(r, &s, .address = longest), PROM_E_INVAL);
    static const char *const good[] = { "a", "a:1", "a.b:65535", "::1", "[::1]", "[::1]:2003" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK_OK(NEW(r, &s, .address = good[i]));
        prom_unref(s);
    }
    CHECK_OK(prom_graphite_new(r, NULL, NULL, &s));
    prom_unref(s);
    CHECK_ERR(NEW(r, &s, .prefix = "a b"), PROM_E_INVAL);
    CHECK_ERR(prom_graphite_new(r, &(prom_graphite_opts){ .tags = true }, NULL, &s),
              PROM_E_INVAL);
    CHECK_ERR(prom_graphite_new(NULL, NULL, NULL, &s), PROM_E_INVAL);
    prom_unref(g);
    prom_unref(r);
}

static void test_names(void)
{
    server peer = server_start(SOCK_STREAM, 0);
    prom_gauge *g;
    prom_sender *s;
    prom_registry *r = registry(&g);
    char address[64];
    snprintf(address, sizeof address, "localhost:%u", peer.port); /* ::1 may be the first */
    CHECK_OK(NEW(r, &s, .address = address));
    CHECK_OK(prom_send(s));
    int fd = server_take(&peer);
    CHECK_STR(timeless(server_lines(fd, 1)), "g 0\n");
    close(fd);
    prom_unref(s);
    /* Where names are asked of somebody who does not answer, the time is over first. */
    for (int udp = 0; udp < 2; udp++) {
        CHECK_OK(prom_graphite_new(
            r, PROM_GRAPHITE_OPTS(.address = "no-such-host.invalid:2003", .udp = udp),
            PROM_SENDER_OPTS(.timeout_ms = 2000), &s));
        prom_err e = prom_send(s);
        CHECK(e == PROM_E_IO || e == PROM_E_TIMEOUT);
        CHECK(strncmp(prom_error(e), "'no-such-host.invalid:2003'", 27) == 0);
        prom_unref(s);
    }
    server_stop(&peer);
    prom_unref(g);
    prom_unref(r);
}

/* --- UDP --------------------------------------------------------------------------- */

static void test_datagrams(void)
{
    server peer = server_start(SOCK_DGRAM, 0);
    prom_registry *r = large_registry(300);
    prom_sender *s;
    char text[2048];
    int lines = 0;
    CHECK_OK(NEW(r, &s, .address = peer.address, .udp = true, .tags = true));
    CHECK_OK(prom_send(s));
    while (lines < 300 && server_wait(peer.fd)) {
        ssize_t n = recv(peer.fd, text, sizeof text, 0);
        CHECK(n > 0 && n <= 1432 && text[n - 1] == '\n');
        CHECK(lines == 300 || n > 1300 || lines > 250); /* as many as fit */
        for (ssize_t i = 0; i < n; i++)
            lines += text[i] == '\n';
        CHECK(strncmp(text, "large;i=", 8) == 0);
    }
    CHECK_INT(lines, 300);
    prom_unref(s);
    server_stop(&peer);
    prom_unref(r);
}

static void test_a_long_line_in_a_datagram(void)
{
    static char value[3000], text[4096];
    server peer = server_start(SOCK_DGRAM, 0);
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    prom_sender *s;
    memset(value, 'v', sizeof value - 1);
    CHECK_OK(prom_vec_new(r, PROM_GAUGE,
                          PROM_OPTS(.name = "g", .help = "", .labels = PROM_LABELS("l")), &v));
    CHECK_OK(prom_vec_preset(v, &(prom_label_values){ "l", PROM_VALUES("a", value, "z") }, 1));
    CHECK_OK(NEW(r, &s, .address = peer.address, .udp = true));
    CHECK_OK(prom_send(s));
    static const char *const begins[] = { "g.l.a 0 ", "g.l.vvv", "g.l.z 0 " };
    for (int i = 0; i < 3 && server_wait(peer.fd); i++) {
        ssize_t n = recv(peer.fd, text, sizeof text, 0);
        CHECK((n > 3000) == (i == 1) && text[n - 1] == '\n');
        CHECK(strncmp(text, begins[i], 7) == 0);
    }
    prom_unref(s);
    prom_unref(v);
    server_stop(&peer);
    prom_unref(r);
}

static void test_nobody_takes_datagrams(void)
{
    server peer = server_start(SOCK_DGRAM, 0);
    unsigned port = peer.port;
    prom_gauge *g;
    prom_sender *s;
    prom_registry *r = registry(&g);
    char want[128];
    CHECK_OK(NEW(r, &s, .address = peer.address, .udp = true));
    CHECK_OK(prom_send(s));
    server_stop(&peer);
    snprintf(want, sizeof want, "'127.0.0.1:%u': Connection refused", port);
    CHECK_SAYS(prom_send(s), PROM_E_IO, want);
    CHECK_SAYS(prom_send(s), PROM_E_IO, want);
    peer = server_start(SOCK_DGRAM, port);
    prom_gauge_set(g, 1);
    CHECK_OK(prom_send(s));
    CHECK_STR(timeless(server_lines(peer.fd, 1)), "g 1\n");
    prom_unref(s);
    server_stop(&peer);
    prom_unref(g);
    prom_unref(r);
}

/* --- the rest ------------------------------------------------------------------------ */

static void test_nothing_to_send(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_sender *s;
    CHECK_OK(NEW(r, &s, .address = "127.0.0.1:1")); /* not even connected to */
    CHECK_OK(prom_send(s));
    prom_unref(s);
    prom_unref(r);
}

/* The child's lines must not get into the midst of its parent's. */
static void test_a_child_connects_anew(void)
{
    server peer = server_start(SOCK_STREAM, 0);
    prom_gauge *g;
    prom_sender *s;
    int status = -1;
    prom_registry *r = registry(&g);
    CHECK_OK(NEW(r, &s, .address = peer.address));
    CHECK_OK(prom_send(s));
    int fd = server_take(&peer);
    CHECK_STR(timeless(server_lines(fd, 1)), "g 0\n");
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        prom_gauge_set(g, 1);
        _exit(prom_send(s) == PROM_OK ? 0 : 1);
    }
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK_INT(status, 0);
    int other = server_take(&peer);
    CHECK_STR(timeless(server_lines(other, 1)), "g 1\n");
    CHECK(server_is_quiet(fd));
    prom_gauge_set(g, 2);
    CHECK_OK(prom_send(s));
    CHECK_STR(timeless(server_lines(fd, 1)), "g 2\n");
    close(other);
    close(fd);
    prom_unref(s);
    server_stop(&peer);
    prom_unref(g);
    prom_unref(r);
}

TESTS(ROW(test_the_connection_is_kept), ROW(test_what_may_be_lost_is_sent_again),
      ROW(test_a_peer_that_comes_back), ROW(test_a_peer_that_closes),
      ROW(test_a_peer_that_does_not_read), ROW(test_much_to_one_that_reads),
      ROW(test_addresses), ROW(test_names), ROW(test_datagrams),
      ROW(test_a_long_line_in_a_datagram), ROW(test_nobody_takes_datagrams),
      ROW(test_nothing_to_send), ROW(test_a_child_connects_anew))
