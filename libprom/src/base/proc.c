// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* O_CLOEXEC */
#include "proc.h"

#include "alloc.h"
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
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

enum { SYSTEM_SIZE = 1 << 16 };

prom_err prom__proc_boot(double *out)
{
    char *text = prom__alloc(SYSTEM_SIZE);
    *out = 0;
    if (!text)
        return prom__no_memory("the contents of /proc/stat");
    if (prom__proc_read("/proc/stat", text, SYSTEM_SIZE) > 0)
        prom__proc_number(text, "btime ", out);
    prom__free(text);
    return PROM_OK;
}

static double read_start(void)
{
    char text[PROM__PROC_FILE];
    double ticks, boot;
    if (prom__proc_read("/proc/self/stat", text, sizeof text) <= 0 ||
        !prom__proc_stat(text, 22, &ticks) || prom__proc_boot(&boot) || boot == 0)
        return 0;
    return boot + ticks / (double)sysconf(_SC_CLK_TCK);
}

double prom__proc_start(void)
{
    static _Atomic double start;
    static _Atomic uint64_t known; /* forks and 1, once start is theirs */
    uint64_t now = (uint64_t)prom__lock_forks() + 1;
    if (atomic_load(&known) == now)
        return atomic_load(&start);
    double x = read_start();
    atomic_store(&start, x);
    if (x > 0)
        atomic_store(&known, now);
    return x;
}
