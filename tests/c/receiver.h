// SPDX-License-Identifier: Apache-2.0
/* receiver.h - an HTTP server for tests of what pushes to it: it keeps the requests, and
 * answers by a script, well or badly.
 *
 *     receiver *v = receiver_start((const char *const[]){ RECEIVER_500, RECEIVER_CLOSES,
 *                                                         RECEIVER_204, NULL });
 *
 * An answer is sent as it stands and the connection closed; the last one is given again and
 * again. */
#ifndef RECEIVER_H
#define RECEIVER_H

#include "check.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVER_SAYS(status, headers, body) \
    "HTTP/1.1 " status "\r\nConnection: close\r\n" headers "\r\n" body
#define RECEIVER_204    RECEIVER_SAYS("204 No Content", "", "")
#define RECEIVER_500    RECEIVER_SAYS("500 Oops", "Content-Length: 9\r\n", "try later")
#define RECEIVER_CLOSES ""

enum { RECEIVER_MOST = 256 }; /* more are counted, not kept */

typedef struct receiver_request {
    char *head; /* ended by NUL */
    char *body;
    size_t n;
} receiver_request;

typedef struct receiver {
    int fd;
    unsigned port;
    pthread_t thread;
    const char *const *script;
    pthread_mutex_t lock; /* of what follows, while the thread runs */
    bool stopping;
    size_t n;
    receiver_request request[RECEIVER_MOST];
} receiver;

/* The value of a field, up to its end of line, into `out`; "" where there is none. */
static inline const char *receiver_header(const receiver_request *q, const char *name,
                                          char *out, size_t room)
{
    size_t n = strlen(name);
    *out = '\0';
    for (const char *line = strstr(q->head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, n) == 0 && line[n] == ':') {
            line += n + 1 + strspn(line + n + 1, " ");
            snprintf(out, room, "%.*s", (int)strcspn(line, "\r"), line);
            return out;
        }
    }
    return out;
}

static inline bool receiver_more(int fd, char **p, size_t *n)
{
    *p = realloc(*p, *n + 65537);
    ssize_t got = recv(fd, *p + *n, 65536, 0);
    *n += got > 0 ? (size_t)got : 0;
    (*p)[*n] = '\0';
    return got > 0;
}

static inline bool receiver_read(int fd, receiver_request *q)
{
    char *p = calloc(1, 1), *end, length[32];
    size_t n = 0;
    while (!(end = strstr(p, "\r\n\r\n")))
        if (!receiver_more(fd, &p, &n)) {
            free(p);
            return false;
        }
    size_t head = (size_t)(end - p) + 4;
    q->head = calloc(1, head + 1);
    memcpy(q->head, p, head);
    receiver_header(q, "Expect", length, sizeof length);
    if (*length)
        (void)!write(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    q->n = (size_t)atoll(receiver_header(q, "Content-Length", length, sizeof length));
    while (n - head < q->n && receiver_more(fd, &p, &n))
        ;
    q->body = malloc(q->n + 1);
    memcpy(q->body, p + head, n - head);
    free(p);
    return true;
}

static inline void receiver_forget(receiver_request *q)
{
    free(q->head);
    free(q->body);
}

static inline void receiver_answer(int fd, const char *answer)
{
    size_t n = strlen(answer);
    (void)!send(fd, answer, n, MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
}

static inline void *receiver_run(void *data)
{
    receiver *v = data;
    for (;;) {
        int fd = accept(v->fd, NULL, NULL);
        receiver_request q = { NULL, NULL, 0 };
        pthread_mutex_lock(&v->lock);
        bool stopping = v->stopping;
        pthread_mutex_unlock(&v->lock);
        if (stopping || fd < 0) {
            close(fd);
            return NULL;
        }
        if (receiver_read(fd, &q)) {
            pthread_mutex_lock(&v->lock);
            const char *answer = *v->script;
            v->script += v->script[1] != NULL;
            if (v->n < RECEIVER_MOST)
                v->request[v->n] = q;
            else
                receiver_forget(&q);
            v->n++;
            pthread_mutex_unlock(&v->lock);
            receiver_answer(fd, answer);
        }
        close(fd);
    }
}

static inline receiver *receiver_start(const char *const *script)
{
    receiver *v = calloc(1, sizeof *v);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t n = sizeof a;
    v->script = script;
    pthread_mutex_init(&v->lock, NULL);
    v->fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(v->fd, (struct sockaddr *)&a, sizeof a) == 0);
    CHECK(listen(v->fd, 16) == 0);
    CHECK(getsockname(v->fd, (struct sockaddr *)&a, &n) == 0);
    v->port = ntohs(a.sin_port);
    CHECK(pthread_create(&v->thread, NULL, receiver_run, v) == 0);
    return v;
}

/* What came so far. */
static inline size_t receiver_count(receiver *v)
{
    pthread_mutex_lock(&v->lock);
    size_t n = v->n;
    pthread_mutex_unlock(&v->lock);
    return n;
}

/* Other answers from now on. */
static inline void receiver_follow(receiver *v, const char *const *script)
{
    pthread_mutex_lock(&v->lock);
    v->script = script;
    pthread_mutex_unlock(&v->lock);
}

static inline void receiver_stop(receiver *v)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    a.sin_port = htons((uint16_t)v->port);
    pthread_mutex_lock(&v->lock);
    v->stopping = true;
    pthread_mutex_unlock(&v->lock);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)!connect(fd, (struct sockaddr *)&a, sizeof a);
    pthread_join(v->thread, NULL);
    close(fd);
    close(v->fd);
    for (size_t i = 0; i < v->n && i < RECEIVER_MOST; i++)
        receiver_forget(&v->request[i]);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

#endif
