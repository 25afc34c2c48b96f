// SPDX-License-Identifier: Apache-2.0
/* collect.h - the collectors we ship. The default registry has that of the process and the
 * library's own from the start. */
#ifndef PROM_COLLECT_H
#define PROM_COLLECT_H

#include <prom/model.h>

PROM_BEGIN

/* process_cpu_seconds_total, process_virtual_memory_bytes, process_virtual_memory_max_bytes,
 * process_resident_memory_bytes, process_start_time_seconds, process_open_fds, process_max_fds
 * and process_threads of this process, from /proc. What cannot be read, or has no limit, is
 * left out. Names and help are those of instrumenting/writing_clientlibs. PROM_E_UNSUPPORTED
 * where there is no /proc. */
prom_err prom_process_collector_new(prom_registry *r, prom_collector **out);

typedef struct prom_process_opts {
    size_t size;
    const char *namespace_; /* "x" gives x_process_...; NULL: none */
    /* Which process: asked at each gather, so that one that was started anew is followed; on an
     * error nothing is shown, and the error noted. NULL: this one. */
    prom_err (*pid)(void *data, int *out);
    void *data;
    /* Also process_minor_page_faults_total, process_major_page_faults_total,
     * process_context_switches_total{type} (of this process only: those of threads that have
     * ended are not told of others), process_io_{read,write}_{bytes,calls}_total,
     * process_io_storage_{read,write}_bytes_total, and of its control group, or of the machine
     * where that tells none, process_pressure_{waiting,stalled}_seconds_total{resource}. */
    bool extended;
    /* May be NULL; once nothing asks for the process any more, on whichever thread lets go
     * last. Not if the collector is not made. */
    void (*free_data)(void *data);
} prom_process_opts;

/* The process collector with options; NULL: none. */
prom_err prom_process_collector_with(prom_registry *r, const prom_process_opts *o,
                                     prom_collector **out);

/* A `pid` function for prom_process_opts that reads a file; data is its path. PROM_E_IO: it
 * cannot be read, or holds no process id. */
prom_err prom_pid_file(void *data, int *out);

/* c_malloc_{arena,used,free,releasable,mmapped}_bytes and c_malloc_mmapped_regions: what
 * glibc's allocator says of itself (mallinfo2). PROM_E_UNSUPPORTED elsewhere. */
prom_err prom_malloc_collector_new(prom_registry *r, prom_collector **out);

/* `<program>_build_info` with the labels given, ended by {NULL, NULL}, or NULL, and with the
 * compiler, c_standard and libprom_version of the library. Value 1. */
prom_err prom_build_info_collector_new(prom_registry *r, const char *program,
                                       const prom_label *labels, prom_collector **out);

/* --- nested values ------------------------------------------------------ */

/* A tree of values as JSON, a dict or a table has: what client_golang calls expvar. A family
 * with n labels shows the values n levels below its root; the keys on the way are its label
 * values. Numbers and booleans are shown, all else is passed over. A walk that leaves more
 * levels than it entered, or fewer, fails. */
typedef struct prom_nested_visit prom_nested_visit; /* a walk under way */

/* Called by a `walk` function: a value, or a level of the tree under a key. Keys of lists are
 * their places, "0", "1", ... */
prom_err prom_nested_number(prom_nested_visit *w, double v);
prom_err prom_nested_enter(prom_nested_visit *w, prom_str key);
prom_err prom_nested_leave(prom_nested_visit *w);

typedef struct prom_nested_family {
    const char *path; /* keys from the root, "/" between and not in them: "memstats/by_size" */
    prom_type type;   /* counter, gauge or unknown */
    const prom_opts *opts;
} prom_nested_family;

typedef struct prom_nested_opts {
    size_t size;
    const char *name;                                   /* as in prom_collector_opts */
    prom_err (*walk)(prom_nested_visit *w, void *data); /* once for each gather */
    void *data;
    void (*free_data)(void *data);
    bool bound;                         /* as in prom_collector_opts */
    const prom_nested_family *families; /* n of them; copied */
    size_t n;
} prom_nested_opts;

prom_err prom_nested_collector_new(prom_registry *r, const prom_nested_opts *o,
                                   prom_collector **out);

/* libprom_dropped_observations_total: NaN that histograms and summaries dropped, and
 * observations a summary or native histogram had no memory for;
 * libprom_http_bodies_too_large_total: what max_body_bytes of HTTP servers kept back;
 * libprom_http_tls_reload_failures_total: changes of certificates that they could not read;
 * libprom_overflowed_series_total{family}: look-ups beyond max_series;
 * libprom_expired_series_total{family}: series that ttl removed;
 * libprom_sends_total{transport} and libprom_send_failures_total{transport}: sends of senders,
 * and how many of them failed. Counts for the process; those with a label show once there is
 * something to say. */
prom_err prom_self_collector_new(prom_registry *r, prom_collector **out);

PROM_END
#endif
