// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "listen.h"

#include "base/alloc.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the kernel takes from us beyond what the client's window lets it send. Without a bound
 * it is megabytes for each client that asks for much and reads nothing. */
#define UNSENT_MAX (256 * 1024)

prom_err prom__listen_fail(const char *address, const char *why)
{
    return prom_fail(PROM_E_IO, "HTTP server on %s: %s", address, why);
}

/* --- addresses of the internet -------------------------------------------- */

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

/* A name may have addresses of both kinds, of which we take one; who asks for the name tries
 * all, who asks for 127.0.0.1 does not. */
static int open_first(const struct addrinfo *all)
{
    int fd = -1, why = 0;
    for (int v4 = 1; v4 >= 0 && fd < 0; v4--)
        for (const struct addrinfo *a = all; a && fd < 0; a = a->ai_next)
            if ((a->ai_family == AF_INET) == v4) {
                fd = open_one(a);
                why = fd < 0 && !why ? errno : why;
            }
    errno = why;
    return fd;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage s = { 0 };
    socklen_t n = sizeof s;
    if (getsockname(fd, (struct sockaddr *)&s, &n) != 0)
        return 0;
    if (s.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&s)->sin6_port);
    return s.ss_family == AF_INET ? ntohs(((struct sockaddr_in *)&s)->sin_port) : 0;
}

/* The address without the brackets that one of IPv6 may come in. */
static void strip(const char *address, char *bare, size_t size)
{
    size_t n = strlen(address);
    bool bracketed = n > 2 && address[0] == '[' && address[n - 1] == ']';
    snprintf(bare, size, "%.*s", bracketed ? (int)(n - 2) : (int)n, address + bracketed);
}

static prom_err open_internet(const char *address, uint16_t port, prom__listener *out)
{
    char bare[NI_MAXHOST], service[8], said[NI_MAXHOST + 12];
    if (strlen(address) >= sizeof bare)
        return prom__listen_fail("an address", "it is too long");
    strip(address, bare, sizeof bare);
    snprintf(service, sizeof service, "%u", (unsigned)port);
    snprintf(said, sizeof said, strchr(bare, ':') ? "[%s]:%s" : "%s:%s", bare, service);
    struct addrinfo *all, hints = { .ai_family = AF_UNSPEC,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    int bad = getaddrinfo(bare, service, &hints, &all);
    if (bad)
        return prom__listen_fail(said, bad == EAI_SYSTEM ? strerror(errno) : gai_strerror(bad));
    out->fd = open_first(all);
    int why = errno;
    freeaddrinfo(all);
    return out->fd >= 0 ? PROM_OK : prom__listen_fail(said, strerror(why));
}

/* --- all kinds ------------------------------------------------------------ */

/* What follows the prefix; NULL: the address does not begin with it. */
static const char *after(const char *address, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(address, prefix, n) == 0 ? address + n : NULL;
}

static prom_err open_any(const char *address, uint16_t port, prom__listener *out)
{
    const char *rest;
    if ((rest = after(address, "unix:")))
        return prom__listen_unix(address, rest, out);
    if ((rest = after(address, "fd:")))
        return prom__listen_fd(address, rest, out);
    if (strcmp(address, "systemd") == 0)
        return prom__listen_systemd(address, NULL, out);
    if ((rest = after(address, "systemd:")))
        return prom__listen_systemd(address, rest, out);
    return open_internet(address, port, out);
}

prom_err prom__listen_open(const char *address, uint16_t port, prom__listener *out)
{
    *out = (prom__listener){ .fd = -1 };
    prom_err err = open_any(address, port, out);
    if (err)
        return err;
    out->port = port_of(out->fd);
    int most = UNSENT_MAX; /* those that are accepted inherit it; no more than a wish */
    if (out->port)
        setsockopt(out->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof most);
    return PROM_OK;
}

/* The file goes first: as long as it is there it has a listener, and is not taken for one that
 * a dead process has left. */
void prom__listen_close(prom__listener *l)
{
    struct stat is;
    if (l->path && lstat(l->path, &is) == 0 && is.st_dev == l->device && is.st_ino == l->inode)
        unlink(l->path);
    prom__free(l->path);
    l->path = NULL;
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}

void prom__listen_undo(prom__listener *l)
{
    if (l->given)
        l->fd = -1;
    prom__listen_close(l);
}
