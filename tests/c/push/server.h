// SPDX-License-Identifier: Apache-2.0
/* server.h - a peer on loopback for tests of senders: it listens, takes connections, reads, and
 * otherwise does what a test says. */
#ifndef SERVER_H
#define SERVER_H

#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SERVER_PATIENCE_MS = 20000 };

typedef struct server {
    int fd;
    unsigned port;
    char address[32]; /* "127.0.0.1:port" */
} server;

/* type: SOCK_STREAM or SOCK_DGRAM; port 0: any free one. A small buffer fills soon. */
static inline server server_start(int type, unsigned port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    socklen_t n = sizeof a;
    int yes = 1, small = 4096;
    server s = { .fd = socket(AF_INET, type | SOCK_CLOEXEC, 0) };
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(s.fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (type == SOCK_STREAM)
        setsockopt(s.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    CHECK_INT(bind(s.fd, (struct sockaddr *)&a, sizeof a), 0);
    if (type == SOCK_STREAM)
        CHECK_INT(listen(s.fd, 8), 0);
    CHECK_INT(getsockname(s.fd, (struct sockaddr *)&a, &n), 0);
    s.port = ntohs(a.sin_port);
    snprintf(s.address, sizeof s.address, "127.0.0.1:%u", s.port);
    return s;
}

static inline void server_stop(server *s)
{
    close(s->fd);
    s->fd = -1;
}

static inline bool server_wait(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    return CHECK_INT(poll(&p, 1, SERVER_PATIENCE_MS), 1);
}

/* The next connection; -1: none came. */
static inline int server_take(const server *s)
{
    return server_wait(s->fd) ? accept(s->fd, NULL, NULL) : -1;
}

/* Reads until there are so many lines, as one text, or none come any more. */
static inline const char *server_lines(int fd, int lines)
{
    static char text[1 << 16];
    size_t n = 0;
    for (; lines > 0 && n < sizeof text - 1 && server_wait(fd);) {
        ssize_t k = recv(fd, text + n, sizeof text - 1 - n, 0);
        if (k <= 0)
            break;
        for (ssize_t i = 0; i < k; i++)
            lines -= text[n + (size_t)i] == '\n';
        n += (size_t)k;
    }
    text[n] = '\0';
    return text;
}

/* Nothing has come. */
static inline bool server_is_quiet(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    return poll(&p, 1, 0) == 0;
}

#endif
