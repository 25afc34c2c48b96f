// SPDX-License-Identifier: Apache-2.0
/* listen_unix.c - sockets that are files, or abstract names.
 *
 * The file of a socket outlives the process that made it. One that nobody listens on any more
 * is replaced, which must not happen to one that somebody has just put there: servers that
 * start at the same time take turns by a lock on the directory. */
#define _GNU_SOURCE /* SOCK_CLOEXEC, flock */
#include "base/alloc.h"
#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

typedef struct name {
    struct sockaddr_un at;
    socklen_t n;
} name;

static prom_err make_name(const char *address, const char *path, name *out)
{
    size_t n = strlen(path);
    *out = (name){ .at.sun_family = AF_UNIX };
    bool abstract = path[0] == '@';
    if (n < (abstract ? 2 : 1))
        return prom__listen_fail(address, "a unix socket without a name");
    if (n >= sizeof out->at.sun_path)
        return prom__listen_fail(address, "the path of a unix socket has at most 107 bytes");
    memcpy(out->at.sun_path, path, n);
    if (abstract)
        out->at.sun_path[0] = '\0';
    out->n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + !abstract);
    return PROM_OK;
}

/* Why nobody can listen here; NULL: somebody could, for the file is what a dead one has left.
 */
static const char *why_taken(const name *to)
{
    struct stat is;
    if (lstat(to->at.sun_path, &is) == 0 && !S_ISSOCK(is.st_mode))
        return "a file is there that is no socket";
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return strerror(errno);
    bool lives = connect(fd, (const struct sockaddr *)&to->at, to->n) == 0 || errno == EAGAIN;
    int why = errno;
    close(fd);
    if (lives)
        return "another process listens there";
    return why == ECONNREFUSED || why == ENOENT ? NULL : strerror(why);
}

/* A lock on the directory; -1: it cannot be had, and we do without. A lock of somebody else's
 * is waited for, but not for ever. */
static int lock_directory(const char *path)
{
    char folder[sizeof(struct sockaddr_un)];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; fd >= 0 && i < 100 && flock(fd, LOCK_EX | LOCK_NB) != 0; i++)
        nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
    return fd;
}

/* NULL: done. */
static const char *bind_in_turn(int fd, const name *to)
{
    if (bind(fd, (const struct sockaddr *)&to->at, to->n) == 0)
        return NULL;
    if (errno != EADDRINUSE)
        return strerror(errno);
    if (!to->at.sun_path[0])
        return "another process listens there";
    const char *why = why_taken(to);
    if (why)
        return why;
    unlink(to->at.sun_path);
    return bind(fd, (const struct sockaddr *)&to->at, to->n) == 0 ? NULL : strerror(errno);
}

static const char *bind_and_listen(int fd, const name *to)
{
    int turn = to->at.sun_path[0] ? lock_directory(to->at.sun_path) : -1;
    const char *why = bind_in_turn(fd, to);
    if (!why && listen(fd, SOMAXCONN) != 0)
        why = strerror(errno);
    if (turn >= 0)
        close(turn);
    return why;
}

/* Absolute, for the process may have gone elsewhere when the file is to be removed. */
static prom_err remember_file(const char *path, prom__listener *out)
{
    char whole[4096 + sizeof(struct sockaddr_un)] = "";
    struct stat is;
    if (path[0] != '/' && getcwd(whole, 4096))
        strcat(whole, "/");
    strcat(whole, path);
    if (lstat(whole, &is) != 0)
        return PROM_OK; /* removed by somebody already */
    out->path = prom__alloc(strlen(whole) + 1);
    if (!out->path)
        return prom__no_memory("an HTTP server");
    strcpy(out->path, whole);
    out->device = is.st_dev;
    out->inode = is.st_ino;
    return PROM_OK;
}

prom_err prom__listen_unix(const char *address, const char *path, prom__listener *out)
{
    name to;
    prom_err err = make_name(address, path, &to);
    if (err)
        return err;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const char *why = fd < 0 ? strerror(errno) : bind_and_listen(fd, &to);
    if (why)
        err = prom__listen_fail(address, why);
    else if (path[0] != '@' && (err = remember_file(path, out)))
        unlink(path);
    if (!err)
        out->fd = fd;
    else if (fd >= 0)
        close(fd);
    return err;
}
