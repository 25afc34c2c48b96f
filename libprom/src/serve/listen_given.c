// SPDX-License-Identifier: Apache-2.0
/* listen_given.c - sockets that were opened for us: inherited ones, by number, and those of
 * systemd, by the protocol of sd_listen_fds(3): LISTEN_FDS sockets from 3 on for the process
 * LISTEN_PID, with the names LISTEN_FDNAMES. */
#define _GNU_SOURCE /* SO_ACCEPTCONN */
#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_OF_SYSTEMD 3

/* The whole of the text as a number up to INT_MAX - 3, so that it can be added to that; -1. */
static int read_number(const char *text)
{
    char *end;
    if (!text || *text < '0' || *text > '9')
        return -1;
    errno = 0;
    long n = strtol(text, &end, 10);
    return *end || errno || n > INT_MAX - FIRST_OF_SYSTEMD ? -1 : (int)n;
}

static prom_err take(const char *address, int fd, prom__listener *out)
{
    int type = 0, listens = 0;
    socklen_t n = sizeof type, m = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &m) != 0)
        return prom__listen_fail(address, strerror(errno));
    if (type != SOCK_STREAM || !listens)
        return prom__listen_fail(address, "the socket does not listen for streams");
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return prom__listen_fail(address, strerror(errno));
    out->fd = fd;
    out->given = true;
    return PROM_OK;
}

prom_err prom__listen_fd(const char *address, const char *number, prom__listener *out)
{
    int fd = read_number(number);
    if (fd < 0)
        return prom__listen_fail(address, "no number of a file descriptor");
    return take(address, fd, out);
}

/* How many of the n names are this one; *which is the last of them. */
static int count_named(const char *names, int n, const char *name, int *which)
{
    int found = 0;
    size_t length = strlen(name);
    for (int i = 0; i < n && names; i++) {
        size_t some = strcspn(names, ":");
        if (some == length && memcmp(names, name, some) == 0) {
            *which = i;
            found++;
        }
        names = names[some] ? names + some + 1 : NULL;
    }
    return found;
}

prom_err prom__listen_systemd(const char *address, const char *name, prom__listener *out)
{
    const char *pid = getenv("LISTEN_PID"), *names = getenv("LISTEN_FDNAMES");
    int n = read_number(getenv("LISTEN_FDS")), which = 0;
    if (read_number(pid) != getpid() || n <= 0)
        return prom__listen_fail(address, "systemd passes no socket to this process");
    int found = name ? count_named(names, n, name, &which) : n;
    char why[160];
    snprintf(why, sizeof why, "systemd passes %d such sockets (LISTEN_FDNAMES: %.80s)", found,
             names ? names : "none");
    return found == 1 ? take(address, FIRST_OF_SYSTEMD + which, out)
                      : prom__listen_fail(address, why);
}
