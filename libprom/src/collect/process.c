// SPDX-License-Identifier: Apache-2.0
/* process.c - what /proc says of a process. Uses only what a user could use. */
#define _GNU_SOURCE /* DIR */
#include "process.h"

#include "base/alloc.h"
#include "base/proc.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// clang-format off
static const prom__row rows[PROM__PROCESS_FAMILIES] = {
    /* help texts of instrumenting/writing_clientlibs */
    [PROM__PROCESS_CPU] = { PROM_COUNTER, "process_cpu_seconds_total",
        "Total user and system CPU time spent in seconds.", NULL },
    [PROM__PROCESS_START] = { PROM_GAUGE, "process_start_time_seconds",
        "Start time of the process since unix epoch in seconds.", NULL },
    [PROM__PROCESS_VIRTUAL] = { PROM_GAUGE, "process_virtual_memory_bytes",
        "Virtual memory size in bytes.", NULL },
    [PROM__PROCESS_VIRTUAL_MAX] = { PROM_GAUGE, "process_virtual_memory_max_bytes",
        "Maximum amount of virtual memory available in bytes.", NULL },
    [PROM__PROCESS_RESIDENT] = { PROM_GAUGE, "process_resident_memory_bytes",
        "Resident memory size in bytes.", NULL },
    [PROM__PROCESS_THREADS] = { PROM_GAUGE, "process_threads",
        "Number of OS threads in the process.", NULL },
    [PROM__PROCESS_OPEN_FDS] = { PROM_GAUGE, "process_open_fds",
        "Number of open file descriptors.", NULL },
    [PROM__PROCESS_MAX_FDS] = { PROM_GAUGE, "process_max_fds",
        "Maximum number of open file descriptors.", NULL },
    /* our own */
    [PROM__PROCESS_MINOR_FAULTS] = { PROM_COUNTER, "process_minor_page_faults_total",
        "Page faults that needed no page from storage.", NULL },
    [PROM__PROCESS_MAJOR_FAULTS] = { PROM_COUNTER, "process_major_page_faults_total",
        "Page faults that had to wait for storage.", NULL },
    [PROM__PROCESS_SWITCHES] = { PROM_COUNTER, "process_context_switches_total",
        "Context switches of all threads: because one waited (voluntary), or was made to "
        "wait.", "type" },
    [PROM__PROCESS_READ_BYTES] = { PROM_COUNTER, "process_io_read_bytes_total",
        "Bytes that system calls read, from storage or not.", NULL },
    [PROM__PROCESS_WRITE_BYTES] = { PROM_COUNTER, "process_io_write_bytes_total",
        "Bytes that system calls wrote, to storage or not.", NULL },
    [PROM__PROCESS_READ_CALLS] = { PROM_COUNTER, "process_io_read_calls_total",
        "System calls that read.", NULL },
    [PROM__PROCESS_WRITE_CALLS] = { PROM_COUNTER, "process_io_write_calls_total",
        "System calls that wrote.", NULL },
    [PROM__PROCESS_STORAGE_READ] = { PROM_COUNTER, "process_io_storage_read_bytes_total",
        "Bytes that were fetched from storage.", NULL },
    [PROM__PROCESS_STORAGE_WRITE] = { PROM_COUNTER, "process_io_storage_write_bytes_total",
        "Bytes that were sent to storage.", NULL },
    [PROM__PROCESS_WAITING] = { PROM_COUNTER, "process_pressure_waiting_seconds_total",
        "Time in which some task of the control group, or of the machine where there is none, "
        "waited for the resource.", "resource" },
    [PROM__PROCESS_STALLED] = { PROM_COUNTER, "process_pressure_stalled_seconds_total",
        "Time in which all tasks of the control group, or of the machine where there is none, "
        "waited for the resource at once.", "resource" },
};
// clang-format on

/* What a collector was made with. */
typedef struct process {
    prom_err (*pid)(void *data, int *out);
    void *data;
    void (*free_data)(void *data); /* or NULL */
    bool extended;
    const char **names; /* with the namespace; NULL: the rows' own */
} process;

prom_err prom__process_open(const prom__process_walk *w, prom__process_family f)
{
    return prom__row_open(w->b, &rows[f], w->names ? w->names[f] : NULL);
}

prom_err prom__process_one(const prom__process_walk *w, prom__process_family f, double v)
{
    prom_err e = prom__process_open(w, f);
    return e ? e : prom_build_value(w->b, NULL, v);
}

prom_err prom__process_field(const prom__process_walk *w, prom__process_family f, int field,
                             double unit)
{
    double v;
    return prom__proc_stat(w->stat, field, &v) ? prom__process_one(w, f, v * unit) : PROM_OK;
}

static prom_err times(const prom__process_walk *w)
{
    double ticks = (double)sysconf(_SC_CLK_TCK), user, system, start, boot;
    prom_err e = PROM_OK;
    if (prom__proc_stat(w->stat, 14, &user) && prom__proc_stat(w->stat, 15, &system))
        e = prom__process_one(w, PROM__PROCESS_CPU, (user + system) / ticks);
    if (e || !prom__proc_stat(w->stat, 22, &start))
        return e;
    e = prom__proc_boot(&boot);
    if (!e && boot > 0)
        e = prom__process_one(w, PROM__PROCESS_START, boot + start / ticks);
    return e;
}

static prom_err memory(const prom__process_walk *w)
{
    prom_err e = prom__process_field(w, PROM__PROCESS_VIRTUAL, 23, 1);
    if (!e)
        e = prom__process_field(w, PROM__PROCESS_RESIDENT, 24, (double)sysconf(_SC_PAGESIZE));
    if (!e)
        e = prom__process_field(w, PROM__PROCESS_THREADS, 20, 1);
    return e;
}

/* Limits that are not set are not shown: "unlimited" is no number. */
static prom_err limits(const prom__process_walk *w)
{
    char path[PROM__PROC_PATH], text[PROM__PROC_FILE];
    double v;
    prom_err e = PROM_OK;
    prom__proc_path(path, w->pid, "limits");
    if (prom__proc_read(path, text, sizeof text) < 0)
        return PROM_OK;
    if (prom__proc_number(text, "Max open files ", &v))
        e = prom__process_one(w, PROM__PROCESS_MAX_FDS, v);
    if (!e && prom__proc_number(text, "Max address space ", &v))
        e = prom__process_one(w, PROM__PROCESS_VIRTUAL_MAX, v);
    return e;
}

static prom_err descriptors(const prom__process_walk *w)
{
    char path[PROM__PROC_PATH];
    struct stat known;
    prom__proc_path(path, w->pid, "fd");
    if (stat(path, &known) == 0 && known.st_size > 0) /* Linux 6.2 counts them itself */
        return prom__process_one(w, PROM__PROCESS_OPEN_FDS, (double)known.st_size);
    DIR *dir = opendir(path);
    if (!dir)
        return PROM_OK;
    bool own = !w->pid || w->pid == (int)getpid();
    double n = own ? -1 : 0; /* the one of this directory */
    for (struct dirent *d; (d = readdir(dir));)
        n += d->d_name[0] != '.';
    closedir(dir);
    return prom__process_one(w, PROM__PROCESS_OPEN_FDS, n);
}

static prom_err read_all(prom__process_walk *w, bool extended)
{
    char path[PROM__PROC_PATH], stat[PROM__PROC_FILE];
    prom__proc_path(path, w->pid, "stat");
    if (prom__proc_read(path, stat, sizeof stat) < 0)
        return prom_fail(PROM_E_IO, "%s cannot be read: %s", path, strerror(errno));
    w->stat = stat;
    prom_err e = times(w);
    if (!e)
        e = memory(w);
    if (!e)
        e = limits(w);
    if (!e)
        e = descriptors(w);
    return e || !extended ? e : prom__process_more(w);
}

static prom_err collect(prom_builder *b, void *data)
{
    const process *p = data;
    prom__process_walk w = { .b = b, .names = p->names };
    prom_err e = p->pid ? p->pid(p->data, &w.pid) : PROM_OK;
    if (!e && p->pid && w.pid <= 0)
        e = prom_fail(PROM_E_INVAL, "%d is no process id", w.pid);
    return e ? e : read_all(&w, p->extended);
}

static prom_err describe(prom_builder *b, void *data)
{
    const process *p = data;
    prom__process_walk w = { .b = b, .names = p->names };
    int n = p->extended ? PROM__PROCESS_FAMILIES : PROM__PROCESS_MORE;
    prom_err e = PROM_OK;
    for (int i = 0; i < n && !e; i++)
        e = prom__process_open(&w, (prom__process_family)i);
    return e;
}

/* --- making one --------------------------------------------------------- */

/* All names behind the struct, in one piece with it. */
static process *make(const prom_process_opts *o)
{
    size_t n = strlen(o->namespace_), bytes = 0;
    for (int i = 0; i < PROM__PROCESS_FAMILIES; i++)
        bytes += n + 1 + strlen(rows[i].name) + 1;
    process *p = prom__alloc(sizeof *p + PROM__PROCESS_FAMILIES * sizeof *p->names + bytes);
    if (!p)
        return NULL;
    *p = (process){ o->pid, o->data, o->free_data, o->extended, NULL };
    if (!n)
        return p;
    p->names = (const char **)(p + 1);
    char *at = (char *)(p->names + PROM__PROCESS_FAMILIES);
    for (int i = 0; i < PROM__PROCESS_FAMILIES; i++) {
        p->names[i] = at;
        at += sprintf(at, "%s_%s", o->namespace_, rows[i].name) + 1;
    }
    return p;
}

static void free_process(void *data)
{
    process *p = data;
    if (p->free_data)
        p->free_data(p->data);
    prom__free(p);
}

prom_err prom_process_collector_with(prom_registry *r, const prom_process_opts *theirs,
                                     prom_collector **out)
{
    static process plain; /* the same each time: two of them are found to be one */
    prom_process_opts o = { .size = sizeof o };
    *out = NULL;
    if (theirs && theirs->size < offsetof(prom_process_opts, pid))
        return prom_fail(PROM_E_INVAL, "prom_process_opts.size is not set");
    if (theirs)
        memcpy(&o, theirs, theirs->size < sizeof o ? theirs->size : sizeof o);
    if (!o.namespace_)
        o.namespace_ = "";
    if (access("/proc/self/stat", R_OK) != 0)
        return prom_fail(PROM_E_UNSUPPORTED, "there is no /proc to read process metrics from");
    bool is_plain = !*o.namespace_ && !o.pid && !o.extended && !o.free_data;
    process *p = is_plain ? &plain : make(&o);
    if (!p)
        return prom__no_memory("the process collector");
    prom_err e = prom_collector_new(
        r,
        PROM_COLLECTOR_OPTS(.name = "process", .collect = collect, .data = p,
                            .describe = describe, .free_data = is_plain ? NULL : free_process),
        out);
    if (e && !is_plain)
        prom__free(p);
    return e;
}

prom_err prom_process_collector_new(prom_registry *r, prom_collector **out)
{
    return prom_process_collector_with(r, NULL, out);
}
