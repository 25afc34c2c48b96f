// SPDX-License-Identifier: Apache-2.0
/* process_more.c - what the process collector shows where it is `extended`. */
#define _GNU_SOURCE /* getrusage, strsep */
#include "base/proc.h"
#include "process.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static prom_err faults(const prom__process_walk *w)
{
    prom_err e = prom__process_field(w, PROM__PROCESS_MINOR_FAULTS, 10, 1);
    return e ? e : prom__process_field(w, PROM__PROCESS_MAJOR_FAULTS, 12, 1);
}

/* Of this process only: /proc tells them by thread, and what a thread that has ended had
 * counted is gone, so that the sum for another process would step back. */
static prom_err switches(const prom__process_walk *w)
{
    struct rusage u;
    if ((w->pid && w->pid != (int)getpid()) || getrusage(RUSAGE_SELF, &u) != 0)
        return PROM_OK;
    prom_err e = prom__process_open(w, PROM__PROCESS_SWITCHES);
    if (!e)
        e = prom_build_value(w->b, PROM_VALUES("voluntary"), (double)u.ru_nvcsw);
    if (!e)
        e = prom_build_value(w->b, PROM_VALUES("involuntary"), (double)u.ru_nivcsw);
    return e;
}

static prom_err input_output(const prom__process_walk *w)
{
    static const struct {
        prom__process_family family;
        const char *key;
    } lines[] = { { PROM__PROCESS_READ_BYTES, "rchar:" },
                  { PROM__PROCESS_WRITE_BYTES, "wchar:" },
                  { PROM__PROCESS_READ_CALLS, "syscr:" },
                  { PROM__PROCESS_WRITE_CALLS, "syscw:" },
                  { PROM__PROCESS_STORAGE_READ, "read_bytes:" },
                  { PROM__PROCESS_STORAGE_WRITE, "write_bytes:" } };
    char path[PROM__PROC_PATH], text[PROM__PROC_FILE];
    prom__proc_path(path, w->pid, "io");
    if (prom__proc_read(path, text, sizeof text) < 0)
        return PROM_OK;
    prom_err e = PROM_OK;
    for (size_t i = 0; i < sizeof lines / sizeof *lines && !e; i++) {
        double v;
        if (prom__proc_number(text, lines[i].key, &v))
            e = prom__process_one(w, lines[i].family, v);
    }
    return e;
}

/* --- pressure ----------------------------------------------------------- */

enum { RESOURCES = 3, PATH = 4096 };

static const char *const resources[RESOURCES] = { "cpu", "io", "memory" };

typedef struct pressure {
    double some, all;
    bool has_some, has_all;
} pressure;

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345": microseconds */
static bool total_of(const char *text, const char *word, double *seconds)
{
    const char *line = strstr(text, word);
    const char *total = line ? strstr(line, "total=") : NULL;
    bool has = total && prom__proc_number(total, "total=", seconds);
    *seconds = has ? *seconds / 1e6 : 0;
    return has;
}

static bool read_pressure(const char *path, pressure *p)
{
    char text[512];
    if (prom__proc_read(path, text, sizeof text) <= 0)
        return false;
    p->has_some = total_of(text, "some ", &p->some);
    p->has_all = total_of(text, "full ", &p->all);
    return p->has_some;
}

/* Where the files of the process's control group are: a line "0::<path>" names it. */
static bool group_of(const prom__process_walk *w, char *group, size_t size)
{
    char path[PROM__PROC_PATH], text[PROM__PROC_FILE];
    prom__proc_path(path, w->pid, "cgroup");
    if (prom__proc_read(path, text, sizeof text) < 0)
        return false;
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
        if (strncmp(line, "0::/", 4) == 0)
            return snprintf(group, size, "/sys/fs/cgroup%s%s", line + 3, line[4] ? "/" : "") <
                   (int)size;
    return false;
}

static void read_pressures(const prom__process_walk *w, pressure p[RESOURCES])
{
    char group[PATH], path[PATH + 32];
    bool grouped = group_of(w, group, sizeof group), any = false;
    for (int i = 0; grouped && i < RESOURCES; i++) {
        snprintf(path, sizeof path, "%s%s.pressure", group, resources[i]);
        any |= read_pressure(path, &p[i]);
    }
    for (int i = 0; !any && i < RESOURCES; i++) {
        snprintf(path, sizeof path, "/proc/pressure/%s", resources[i]);
        read_pressure(path, &p[i]);
    }
}

static prom_err show_pressures(const prom__process_walk *w, prom__process_family f,
                               const pressure p[RESOURCES])
{
    bool open = false;
    prom_err e = PROM_OK;
    for (int i = 0; i < RESOURCES && !e; i++) {
        bool all = f == PROM__PROCESS_STALLED;
        if (!(all ? p[i].has_all : p[i].has_some))
            continue;
        if (!open)
            e = prom__process_open(w, f);
        open = true;
        if (!e)
            e = prom_build_value(w->b, PROM_VALUES(resources[i]), all ? p[i].all : p[i].some);
    }
    return e;
}

/* ------------------------------------------------------------------------ */

prom_err prom__process_more(const prom__process_walk *w)
{
    pressure p[RESOURCES] = { { 0 } };
    prom_err e = faults(w);
    if (!e)
        e = switches(w);
    if (!e)
        e = input_output(w);
    read_pressures(w, p);
    if (!e)
        e = show_pressures(w, PROM__PROCESS_WAITING, p);
    if (!e)
        e = show_pressures(w, PROM__PROCESS_STALLED, p);
    return e;
}
