// SPDX-License-Identifier: Apache-2.0
/* fetch_test.c - against a server that answers one request with what a test tells it to. */
#define _POSIX_C_SOURCE 200809L
#include "kit.h"

#include <prom/fetch.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct server {
    int listener;
    char url[64];
    char request[2048];
    const char *answer;
    size_t n;
    int repeat; /* how often the answer is sent; negative: until the client goes */
    bool hang;  /* it waits for the client to go before it does */
    pthread_t thread;
} server;

static void *run(void *data)
{
    server *s = data;
    int c = accept(s->listener, NULL, NULL);
    size_t have = 0;
    while (have < sizeof s->request - 1) {
        ssize_t n = recv(c, s->request + have, sizeof s->request - 1 - have, 0);
        if (n <= 0)
            break;
        have += (size_t)n;
        s->request[have] = '\0';
        if (strstr(s->request, "\r\n\r\n"))
            break;
    }
    for (int i = 0; i != s->repeat; i++)
        if (send(c, s->answer, s->n, MSG_NOSIGNAL) < 0)
            break;
    char byte;
    while (s->hang && recv(c, &byte, 1, 0) > 0) {
    }
    close(c);
    return NULL;
}

static void start(server *s, const char *answer)
{
    struct sockaddr_in a = { .sin_family = AF_INET };
    socklen_t n = sizeof a;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(s->listener, (struct sockaddr *)&a, n) == 0 && listen(s->listener, 8) == 0);
    CHECK(getsockname(s->listener, (struct sockaddr *)&a, &n) == 0);
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d/x?y=1", ntohs(a.sin_port));
    s->answer = answer;
    s->n = strlen(answer);
    if (!s->repeat)
        s->repeat = 1;
    CHECK(pthread_create(&s->thread, NULL, run, s) == 0);
}

static void stop(server *s)
{
    pthread_join(s->thread, NULL);
    close(s->listener);
}

static void test_a_body(void)
{
    server s = { 0 };
    char *body = NULL;
    size_t n = 0;
    start(&s, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    CHECK_OK(prom_fetch(s.url, 0, 0, &body, &n));
    stop(&s);
    CHECK_STR(body, "hello");
    CHECK_INT(n, 5);
    CHECK(strncmp(s.request, "GET /x?y=1 HTTP/1.1\r\n", 21) == 0);
    CHECK(strstr(s.request, "\r\nUser-Agent: libprom/"));
    CHECK(strstr(s.request, "\r\nAccept: text/plain;version=0.0.4,*/*;q=0.1\r\n"));
    prom_free(body);
}

static void test_an_empty_body(void)
{
    server s = { 0 };
    char *body = NULL;
    start(&s, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    CHECK_OK(prom_fetch(s.url, 0, 1, &body, NULL));
    stop(&s);
    CHECK_STR(body, "");
    prom_free(body);
}

static void check_fails(server *s, const char *answer, unsigned timeout_ms, size_t limit,
                        const char *code, const char *sentence)
{
    char want[200], *body = (char *)s;
    size_t n = 77;
    start(s, answer);
    prom_err e = prom_fetch(s->url, timeout_ms, limit, &body, &n);
    stop(s);
    snprintf(want, sizeof want, "'%s'%s", s->url, sentence);
    CHECK_STR(prom_err_name(e), code);
    if (!CHECK(strncmp(prom_error(e), want, strlen(want)) == 0))
        fprintf(stderr, "    got \"%s\"\n", prom_error(e));
    CHECK(!body);
    CHECK_INT(n, 77);
}

static void test_other_answers(void)
{
    server s = { 0 };
    check_fails(&s, "HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx", 0, 0, "PROM_E_IO",
                " answers with status 404");
    check_fails(&s, "HTTP/1.1 204 No Content\r\n\r\n", 0, 0, "PROM_E_IO",
                " answers with status 204");
    check_fails(&s, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", 0, 0, "PROM_E_IO",
                ": transfer closed");
    check_fails(&s, "", 0, 0, "PROM_E_IO", ": Empty reply");
    check_fails(&s,
                "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0"
                "\r\n\r\n",
                0, 0, "PROM_E_IO", ": Protocol \"file\" ");
}

static void test_too_much(void)
{
    server s = { 0 };
    char *body = NULL;
    check_fails(&s, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 0, 4, "PROM_E_IO",
                " serves more than 4 bytes");
    s.repeat = -1; /* what comes behind the head is body too */
    check_fails(&s, "HTTP/1.0 200 OK\r\n\r\nhello", 0, 100000, "PROM_E_IO",
                " serves more than 100000 bytes");
    s.repeat = 1;
    start(&s, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    CHECK_OK(prom_fetch(s.url, 0, 5, &body, NULL));
    stop(&s);
    CHECK_STR(body, "hello");
    prom_free(body);
}

static void test_too_late(void)
{
    server s = { .hang = true };
    check_fails(&s, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", 50, 0, "PROM_E_TIMEOUT",
                ": Operation timed out");
    check_fails(&s, "", 50, 0, "PROM_E_TIMEOUT", ": Operation timed out");
}

static void test_nobody_there(void)
{
    server s = { 0 };
    char *body = NULL, url[64];
    start(&s, "");
    snprintf(url, sizeof url, "%s", s.url);
    CHECK_ERR(prom_fetch(url, 0, 0, &body, NULL), PROM_E_IO);
    stop(&s);
    CHECK_ERR(prom_fetch(url, 0, 0, &body, NULL), PROM_E_IO); /* refused */
    CHECK_ERR(prom_fetch("ftp://127.0.0.1/", 0, 0, &body, NULL), PROM_E_IO);
    CHECK_ERR(prom_fetch("file:///etc/passwd", 0, 0, &body, NULL), PROM_E_IO);
    CHECK_ERR(prom_fetch("", 0, 0, &body, NULL), PROM_E_IO);
    CHECK_ERR(prom_fetch("http://", 0, 0, &body, NULL), PROM_E_IO);
    CHECK_ERR(prom_fetch(NULL, 0, 0, &body, NULL), PROM_E_INVAL);
    CHECK(!body);
}

/* A SIGPIPE that somebody keeps blocked and pending stays so. */
static void test_signals_are_left_alone(void)
{
    sigset_t pipe, before, now;
    server s = { 0 };
    char *body = NULL;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    raise(SIGPIPE);
    start(&s, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    CHECK_OK(prom_fetch(s.url, 0, 0, &body, NULL));
    stop(&s);
    prom_free(body);
    CHECK(sigpending(&now) == 0 && sigismember(&now, SIGPIPE) == 1);
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, SIGPIPE) == 1);
    CHECK(sigwaitinfo(&pipe, NULL) == SIGPIPE);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &now) == 0 && !sigismember(&now, SIGPIPE));
}

static void *fetch_one(void *data)
{
    server *s = data;
    char *body = NULL;
    prom_err e = prom_fetch(s->url, 0, 0, &body, NULL);
    bool ok = !e && strcmp(body, "hello") == 0;
    prom_free(body);
    return ok ? data : NULL;
}

static void test_many_at_once(void)
{
    enum { MANY = 8 };
    static server servers[MANY];
    pthread_t threads[MANY];
    for (int i = 0; i < MANY; i++) {
        start(&servers[i], "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        CHECK(pthread_create(&threads[i], NULL, fetch_one, &servers[i]) == 0);
    }
    for (int i = 0; i < MANY; i++) {
        void *ok = NULL;
        pthread_join(threads[i], &ok);
        CHECK(ok != NULL);
        stop(&servers[i]);
    }
}

/* First, so that libcurl is started by many. */
TESTS(ROW(test_many_at_once), ROW(test_a_body), ROW(test_an_empty_body),
      ROW(test_other_answers), ROW(test_too_much), ROW(test_too_late), ROW(test_nobody_there),
      ROW(test_signals_are_left_alone))
