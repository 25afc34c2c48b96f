// SPDX-License-Identifier: Apache-2.0
/* peer.h - an HTTP server for tests of what is pushed, which answers as it is told, well or
 * badly, and keeps what it was asked. One connection at a time. Every wait ends after
 * PEER_PATIENCE seconds. */
#ifndef PEER_H
#define PEER_H

#include "check.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEER_PATIENCE = 20, PEER_KEPT = 16 };

typedef struct peer_answer {
    const char *text; /* NULL: closes without a word */
    bool hang;        /* then says nothing more until the client has gone */
    bool close;       /* then closes, though the client may have more to ask */
    bool endless;     /* repeats the text until the client has gone */
} peer_answer;

typedef struct peer_question {
    char *text; /* head and body, ended by NUL */
    const char *body;
    size_t n; /* of the body */
} peer_question;

typedef struct peer {
    const peer_answer *answers; /* one after the other; the last one again and again */
    size_t n_answers;
    char url[64];
    int listener;
    int over[2]; /* a pipe whose end is the end */
    atomic_int questions, connections;
    peer_question asked[PEER_KEPT];
    pthread_t thread;
} peer;

#define PEER_OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

/* false: there is nothing to read, and it is over or nobody came. */
static inline bool peer_wait(const peer *p, int fd)
{
    struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
                            { .fd = p->over[0], .events = POLLIN } };
    return poll(fds, 2, PEER_PATIENCE * 1000) > 0 && fds[0].revents;
}

static inline const char *peer_field(const char *head, const char *name)
{
    size_t n = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, n) == 0 && line[2 + n] == ':')
            return line + 3 + n + strspn(line + 3 + n, " ");
    return NULL;
}

/* Whole questions only: false where the client has gone. */
static inline bool peer_read(const peer *p, int fd, peer_question *q)
{
    size_t n = 0, room = 1 << 16;
    char *text = malloc(room), *end = NULL;
    for (;;) {
        text[n] = '\0';
        end = end ? end : strstr(text, "\r\n\r\n");
        const char *length = end ? peer_field(text, "Content-Length") : NULL;
        size_t body = length ? strtoul(length, NULL, 10) : 0;
        if (end && n >= (size_t)(end + 4 - text) + body) {
            *q = (peer_question){ text, end + 4, body };
            return true;
        }
        if (n + 4096 > room) {
            ptrdiff_t at = end ? end - text : 0;
            text = realloc(text, room *= 2);
            end = end ? text + at : NULL;
        }
        ssize_t got = peer_wait(p, fd) ? recv(fd, text + n, room - n - 1, 0) : 0;
        if (got <= 0) {
            free(text);
            return false;
        }
        n += (size_t)got;
    }
}

static inline bool peer_say(const peer *p, int fd, const peer_answer *a)
{
    char byte;
    if (!a->text)
        return false;
    do {
        size_t n = strlen(a->text);
        for (ssize_t sent; n; n -= (size_t)sent)
            if ((sent = send(fd, a->text + strlen(a->text) - n, n, MSG_NOSIGNAL)) <= 0)
                return false;
    } while (a->endless);
    while (a->hang && peer_wait(p, fd) && recv(fd, &byte, 1, 0) > 0) {
    }
    return !a->hang && !a->close;
}

static inline void *peer_run(void *data)
{
    peer *p = data;
    while (peer_wait(p, p->listener)) {
        int fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
        p->connections++;
        for (bool more = true; more;) {
            peer_question q = { 0 };
            size_t i = (size_t)p->questions;
            if (!peer_read(p, fd, &q))
                break;
            if (i < PEER_KEPT)
                p->asked[i] = q;
            else
                free(q.text);
            p->questions++;
            more = peer_say(p, fd, &p->answers[i < p->n_answers ? i : p->n_answers - 1]);
        }
        close(fd);
    }
    return NULL;
}

/* With a listening socket, which is closed at the end. */
static inline void peer_serve(peer *p, int listener, const peer_answer *answers, size_t n)
{
    *p = (peer){ .listener = listener, .answers = answers, .n_answers = n };
    CHECK(listener >= 0 && pipe(p->over) == 0);
    CHECK(pthread_create(&p->thread, NULL, peer_run, p) == 0);
}

static inline void peer_start_with(peer *p, const peer_answer *answers, size_t n)
{
    struct sockaddr_in a = { .sin_family = AF_INET };
    socklen_t size = sizeof a;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(fd, (struct sockaddr *)&a, size) == 0 && listen(fd, 8) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&a, &size) == 0);
    peer_serve(p, fd, answers, n);
    snprintf(p->url, sizeof p->url, "http://127.0.0.1:%d", ntohs(a.sin_port));
}

/* peer_start(&p, { .text = PEER_OK }, ...); the answers must stay. */
#define PEER_START(p, ...)                                     \
    peer_start_with((p), (const peer_answer[]){ __VA_ARGS__ }, \
                    sizeof((const peer_answer[]){ __VA_ARGS__ }) / sizeof(peer_answer))

/* After it what it was asked can be looked at, until peer_free. */
static inline void peer_stop(peer *p)
{
    close(p->over[1]);
    pthread_join(p->thread, NULL);
    close(p->over[0]);
    close(p->listener);
}

static inline void peer_free(peer *p)
{
    for (int i = 0; i < PEER_KEPT; i++)
        free(p->asked[i].text);
}

/* The field of the i-th question, for free(); NULL: it has none. */
static inline char *peer_asked(const peer *p, int i, const char *name)
{
    const char *v = p->asked[i].text ? peer_field(p->asked[i].text, name) : NULL;
    return v ? strndup(v, strcspn(v, "\r")) : NULL;
}

static inline void peer_check_asked(const peer *p, int i, const char *name, const char *want,
                                    const char *file, int line)
{
    char *got = peer_asked(p, i, name);
    check_str(got, want, file, line, name);
    free(got);
}
#define PEER_CHECK(p, i, name, want) \
    peer_check_asked((p), (i), (name), (want), __FILE__, __LINE__)

static inline bool peer_check_line(const peer *p, int i, const char *want, const char *file,
                                   int line)
{
    const char *text = p->asked[i].text ? p->asked[i].text : "";
    char got[1024];
    snprintf(got, sizeof got, "%.*s", (int)strcspn(text, "\r"), text);
    return check_str(got, want, file, line, "request line");
}
#define PEER_CHECK_LINE(p, i, want) peer_check_line((p), (i), (want), __FILE__, __LINE__)

#endif
