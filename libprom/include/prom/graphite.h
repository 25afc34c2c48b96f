// SPDX-License-Identifier: Apache-2.0
/* graphite.h - sending to Graphite (carbon) in its plaintext protocol.
 *
 *     web.http_requests_total.code.200 17 1700000000          (paths)
 *     web.http_requests_total;code=200 17 1700000000          (tags)
 *
 * Paths: labels by name, `.name.value` each; all but letters, digits, '_', ':' and '-' is '_',
 * of which none follows another, and a blank begins a new part; no part is empty. Tags, by
 * name: blanks, control characters and what is not allowed (;!^= in names, ; and { in values, ~
 * in front) are '_', and the label `name` is the tag `exported_name`, for Graphite's `name` is
 * the metric's. Labels without a value are left out. So are samples whose value is NaN, which
 * carbon drops, or infinite, which spoils its averages, those with a time before 1970 or after
 * 2106, and lines longer than 16384 bytes, for which carbon drops others. Native histograms
 * without classic buckets show as their sum, count and bucket of +Inf.
 *
 * Sources: graphite.readthedocs.io, feeding-carbon and tags; carbon 1.1; client_golang's bridge
 * for the paths. */
#ifndef PROM_GRAPHITE_H
#define PROM_GRAPHITE_H

#include <prom/send.h>

PROM_BEGIN

typedef struct prom_graphite_opts {
    size_t size;
    /* "host:port", "[::1]:2003"; the port may be left out (2003); NULL: "localhost:2003" */
    const char *address;
    bool udp; /* each datagram whole lines, at most 1432 bytes or one line; else TCP */
    /* In front of each path, with a '.' between; parts of letters, digits, '_', ':' and '-'
     * with single dots between them; NULL: none. */
    const char *prefix;
    bool tags;                   /* labels as tags, else as parts of the path */
    unsigned connect_timeout_ms; /* 0: 5000 */
} prom_graphite_opts;

#ifndef __cplusplus
#define PROM_GRAPHITE_OPTS(...) \
    (&(const prom_graphite_opts){ .size = sizeof(prom_graphite_opts), __VA_ARGS__ })
#endif

/* A sender that keeps its connection, makes a new one when it was lost, and sends again what
 * may not have arrived; with UDP nobody knows, and only a port where nobody listens is an
 * error. Sends fail with PROM_E_IO or PROM_E_TIMEOUT; the sentence names the address.
 * PROM_E_INVAL: the address or the prefix is none. */
prom_err prom_graphite_new(prom_registry *r, const prom_graphite_opts *o,
                           const prom_sender_opts *so, prom_sender **out);

/* The lines; of o only prefix and tags are read, NULL o: the defaults. now_s: the time of
 * samples that have none, in unix seconds. */
prom_err prom_graphite_encode(const prom_snapshot *s, const prom_graphite_opts *o,
                              int64_t now_s, const prom_writer *w);

PROM_END
#endif
