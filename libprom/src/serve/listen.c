// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Keeps errno of whatever went wrong; -1. */
static int abandon(int fd)
{
    int kept = errno;
    close(fd);
    errno = kept;
    return -1;
}

static int open_one(const struct addrinfo *a)
{
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    int on = 1, off = 0;
    /* Without it the port stays taken for a minute by connections that have just closed. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        return abandon(fd);
    if (a->ai_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0)
        return abandon(fd);
    if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0)
        return abandon(fd);
    return fd;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage s = { 0 };
    socklen_t n = sizeof s;
    if (getsockname(fd, (struct sockaddr *)&s, &n) != 0)
        return 0;
    in_port_t port = s.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&s)->sin6_port
                                             : ((struct sockaddr_in *)&s)->sin_port;
    return ntohs(port);
}

static prom_err fail_at(const char *address, uint16_t port, const char *why)
{
    const char *form =
        strchr(address, ':') ? "HTTP server on [%s]:%u: %s" : "HTTP server on %s:%u: %s";
    char said[300];
    snprintf(said, sizeof said, form, address, (unsigned)port, why);
    return prom_fail(PROM_E_IO, "%s", said);
}

prom_err prom__listen_open(const char *address, uint16_t *port, int *out)
{
    char service[8];
    snprintf(service, sizeof service, "%u", (unsigned)*port);
    struct addrinfo *all, hints = { .ai_family = AF_UNSPEC,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    int bad = getaddrinfo(address, service, &hints, &all);
    if (bad)
        return fail_at(address, *port, gai_strerror(bad));
    int fd = -1;
    for (const struct addrinfo *a = all; a && fd < 0; a = a->ai_next)
        fd = open_one(a);
    int why = errno;
    freeaddrinfo(all);
    if (fd < 0)
        return fail_at(address, *port, strerror(why));
    *port = port_of(fd);
    *out = fd;
    return PROM_OK;
}
