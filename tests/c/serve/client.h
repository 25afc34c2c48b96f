// SPDX-License-Identifier: Apache-2.0
/* client.h - a small HTTP client for tests, which can also behave badly, and a server to try
 * it on. Every wait ends after PATIENCE seconds, so a hang is a failed check. */
#ifndef CLIENT_H
#define CLIENT_H

#include "check.h"

#include <prom/http.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 10

typedef struct answer {
    int status; /* 0: none came */
    char head[4096];
    char *body; /* owned, ended by NUL */
    size_t n;
} answer;

static inline double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* A dial to a port that nobody has may be given that very port for its own end, and reach
 * itself. */
static inline bool reached_itself(int fd)
{
    struct sockaddr_in near = { 0 }, far = { 0 };
    socklen_t n = sizeof near, m = sizeof far;
    getsockname(fd, (struct sockaddr *)&near, &n);
    getpeername(fd, (struct sockaddr *)&far, &m);
    return near.sin_port == far.sin_port;
}

/* receive_buffer: 0, or a small one, so that little fits in between. */
static inline int dial_with(uint16_t port, int receive_buffer)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = { PATIENCE, 0 };
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (receive_buffer)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0 || reached_itself(fd)) {
        close(fd);
        return -1;
    }
    return fd;
}

static inline int dial(uint16_t port)
{
    return dial_with(port, 0);
}

static inline bool say_bytes(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

static inline bool say(int fd, const char *text)
{
    return say_bytes(fd, text, strlen(text));
}

/* The other side has closed or reset; data before that is passed over. */
static inline bool sees_end(int fd)
{
    char some[65536];
    ssize_t n;
    while ((n = recv(fd, some, sizeof some, 0)) > 0)
        ;
    return n == 0 || errno == ECONNRESET;
}

/* Reads up to the empty line and not a byte more: what follows may be the next answer's. */
static inline bool hear_head(int fd, answer *a)
{
    size_t n = 0;
    while (n < sizeof a->head - 1 && recv(fd, a->head + n, 1, 0) == 1) {
        a->head[++n] = '\0';
        if (n >= 4 && memcmp(a->head + n - 4, "\r\n\r\n", 4) == 0)
            return sscanf(a->head, "HTTP/1.1 %d", &a->status) == 1;
    }
    return false;
}

static inline bool head_has(const answer *a, const char *line)
{
    char wanted[256];
    snprintf(wanted, sizeof wanted, "\r\n%s\r\n", line);
    return strstr(a->head, wanted) != NULL;
}

static inline long content_length(const answer *a)
{
    const char *at = strstr(a->head, "\r\nContent-Length: ");
    return at ? atol(at + 18) : -1;
}

static inline answer hear(int fd, bool with_body)
{
    answer a = { 0 };
    if (fd < 0 || !hear_head(fd, &a) || content_length(&a) < 0) {
        a.status = 0;
        return a;
    }
    size_t want = with_body ? (size_t)content_length(&a) : 0;
    a.body = calloc(want + 1, 1);
    while (a.body && a.n < want) {
        ssize_t n = recv(fd, a.body + a.n, want - a.n, 0);
        if (n <= 0)
            break;
        a.n += (size_t)n;
    }
    if (a.n != want)
        a.status = 0;
    return a;
}

static inline void forget(answer *a)
{
    free(a->body);
    *a = (answer){ 0 };
}

/* `first` is "GET /metrics"; headers end each in CRLF. */
static inline bool request(int fd, const char *first, const char *headers)
{
    char text[2048];
    snprintf(text, sizeof text, "%s HTTP/1.1\r\nHost: x\r\n%s\r\n", first, headers);
    return fd >= 0 && say(fd, text);
}

static inline answer ask(uint16_t port, const char *first, const char *headers)
{
    answer a = { 0 };
    int fd = dial(port);
    if (request(fd, first, headers))
        a = hear(fd, strncmp(first, "HEAD", 4) != 0);
    if (fd >= 0)
        close(fd);
    return a;
}

/* A plain scrape has the counter of serve() in it. */
static inline bool scrape_works(uint16_t port)
{
    answer a = ask(port, "GET /metrics", "");
    bool ok = a.status == 200 && strstr(a.body, "\nhits_total 3\n");
    forget(&a);
    return ok;
}

/* --- a server to try it on ---------------------------------------------- */

static prom_registry *registry;
static prom_http *http;
static uint16_t port;

static inline void make_registry(void)
{
    prom_counter *hits = NULL;
    CHECK_OK(prom_registry_new(NULL, &registry));
    CHECK_OK(prom_counter_new(registry,
                              PROM_OPTS(.name = "hits_total", .help = "Pages served."), &hits));
    if (hits)
        CHECK_OK(prom_counter_add(hits, 3));
    prom_unref(hits);
}

static inline bool serve(const prom_http_opts *o)
{
    make_registry();
    CHECK_OK(prom_http_start(registry, o, &http));
    port = prom_http_port(http);
    return CHECK(port != 0);
}

static inline void end(void)
{
    prom_unref(http);
    prom_unref(registry);
    http = NULL;
    registry = NULL;
}

#define SERVE(...) serve(&(prom_http_opts){ .size = sizeof(prom_http_opts), __VA_ARGS__ })

#endif
