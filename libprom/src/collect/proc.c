// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* O_CLOEXEC */
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t prom__proc_read(const char *path, char *to, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    size_t n = 0;
    ssize_t got = 0;
    while (n < size - 1 && (got = read(fd, to + n, size - 1 - n)) != 0) {
        if (got > 0)
            n += (size_t)got;
        else if (errno != EINTR)
            break;
    }
    int why = errno;
    close(fd);
    errno = why;
    to[n] = '\0';
    return n || got == 0 ? (ssize_t)n : -1;
}

void prom__proc_path(char path[PROM__PROC_PATH], int pid, const char *name)
{
    if (pid)
        snprintf(path, PROM__PROC_PATH, "/proc/%d/%s", pid, name);
    else
        snprintf(path, PROM__PROC_PATH, "/proc/self/%s", name);
}

static bool number_at(const char *p, double *out)
{
    if (*p < '0' || *p > '9')
        return false;
    *out = (double)strtoull(p, NULL, 10);
    return true;
}

bool prom__proc_stat(const char *stat, int i, double *out)
{
    const char *p = strrchr(stat, ')');
    for (int k = 2; p && k < i; k++) {
        p = strchr(p, ' ');
        p = p ? p + 1 : NULL;
    }
    return p && number_at(p, out);
}

bool prom__proc_number(const char *text, const char *key, double *out)
{
    size_t n = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, n) == 0)
            return number_at(line + n + strspn(line + n, " \t"), out);
    }
    return false;
}
