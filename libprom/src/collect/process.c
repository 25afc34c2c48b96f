// SPDX-License-Identifier: Apache-2.0
/* process.c - what /proc says of this process. Uses only what a user could use. */
#define _GNU_SOURCE /* O_CLOEXEC */
#include "base/alloc.h"

#include <prom/collect.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SYSTEM_SIZE = 1 << 16, STAT_SIZE = 4096 };

/* The files are small; a longer one is cut. -1: it cannot be read. */
static ssize_t read_file(const char *path, char *to, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    size_t n = 0;
    ssize_t got;
    while (n < size - 1 && (got = read(fd, to + n, size - 1 - n)) > 0)
        n += (size_t)got;
    close(fd);
    to[n] = '\0';
    return (ssize_t)n;
}

/* Field i of /proc/self/stat as its manual counts them, from 3 on; what precedes is the name
 * of the program, which may contain anything, up to the last parenthesis. */
static double stat_field(const char *stat, int i)
{
    const char *p = strrchr(stat, ')');
    for (int k = 2; p && k < i; k++) {
        p = strchr(p, ' ');
        p = p ? p + 1 : NULL;
    }
    return p ? (double)strtoull(p, NULL, 10) : 0;
}

static prom_err one(prom_builder *b, prom_type t, const char *name, const char *help, double v)
{
    prom_err e = prom_build_family(b, t, PROM_OPTS(.name = name, .help = help));
    return e ? e : prom_build_value(b, NULL, v);
}

static prom_err times(prom_builder *b, const char *stat)
{
    double ticks = (double)sysconf(_SC_CLK_TCK);
    char *system = prom__alloc(SYSTEM_SIZE);
    const char *boot = NULL;
    prom_err e = one(b, PROM_COUNTER, "process_cpu_seconds_total",
                     "Total user and system CPU time spent in seconds.",
                     (stat_field(stat, 14) + stat_field(stat, 15)) / ticks);
    if (system && read_file("/proc/stat", system, SYSTEM_SIZE) > 0)
        boot = strstr(system, "\nbtime ");
    if (!e && boot)
        e = one(b, PROM_GAUGE, "process_start_time_seconds",
                "Start time of the process since unix epoch in seconds.",
                (double)strtoull(boot + 7, NULL, 10) + stat_field(stat, 22) / ticks);
    prom__free(system);
    return e;
}

static prom_err memory(prom_builder *b, const char *stat)
{
    prom_err e = one(b, PROM_GAUGE, "process_virtual_memory_bytes",
                     "Virtual memory size in bytes.", stat_field(stat, 23));
    return e ? e
             : one(b, PROM_GAUGE, "process_resident_memory_bytes",
                   "Resident memory size in bytes.",
                   stat_field(stat, 24) * (double)sysconf(_SC_PAGESIZE));
}

static prom_err descriptors(prom_builder *b)
{
    prom_err e = PROM_OK;
    DIR *dir = opendir("/proc/self/fd");
    if (dir) {
        double n = -1; /* the one of this directory */
        for (struct dirent *d; (d = readdir(dir));)
            n += d->d_name[0] != '.';
        closedir(dir);
        e = one(b, PROM_GAUGE, "process_open_fds", "Number of open file descriptors.", n);
    }
    struct rlimit limit;
    if (!e && getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        e = one(b, PROM_GAUGE, "process_max_fds", "Maximum number of open file descriptors.",
                (double)limit.rlim_cur);
    return e;
}

static prom_err collect(prom_builder *b, void *data)
{
    (void)data;
    char stat[STAT_SIZE];
    prom_err e = PROM_OK;
    if (read_file("/proc/self/stat", stat, sizeof stat) > 0) {
        e = times(b, stat);
        if (!e)
            e = memory(b, stat);
    }
    return e ? e : descriptors(b);
}

prom_err prom_process_collector_new(prom_registry *r, prom_collector **out)
{
    *out = NULL;
    if (access("/proc/self/stat", R_OK) != 0)
        return prom_fail(PROM_E_UNSUPPORTED, "there is no /proc to read process metrics from");
    prom_collector_opts o = { .size = sizeof o, .name = "process", .collect = collect };
    return prom_collector_new(r, &o, out);
}
