// SPDX-License-Identifier: Apache-2.0
/* graphite.h - sending to Graphite (carbon) in its plaintext protocol.
 *
 *     web.http_requests_total.code.200 17 1700000000          (paths)
 *     web.http_requests_total;code=200 17 1700000000          (tags)
 *
 * Native histograms without classic buckets show as their _count and _sum. Source:
 * graphite.readthedocs.io, feeding-carbon and tags; client_golang's bridge for the paths. */
#ifndef PROM_GRAPHITE_H
#define PROM_GRAPHITE_H

#include <prom/send.h>

PROM_BEGIN

typedef struct prom_graphite_opts {
    size_t size;
    /* "host:port", "[::1]:2003"; the port may be left out (2003); NULL: "localhost:2003" */
    const char *address;
    bool udp;                    /* each datagram whole lines, at most 1432 bytes; else TCP */
    const char *prefix;          /* with a '.' after it in front of each path; or NULL */
    bool tags;                   /* labels as tags, else as parts of the path */
    unsigned connect_timeout_ms; /* 0: 5000 */
} prom_graphite_opts;

#ifndef __cplusplus
#define PROM_GRAPHITE_OPTS(...) \
    (&(const prom_graphite_opts){ .size = sizeof(prom_graphite_opts), __VA_ARGS__ })
#endif

/* A sender that keeps its connection, makes a new one when it was lost, and sends again what
 * may not have arrived. PROM_E_IO: the sentence names the address. */
prom_err prom_graphite_new(prom_registry *r, const prom_graphite_opts *o,
                           const prom_sender_opts *so, prom_sender **out);

/* The lines; of o only prefix and tags are read, NULL o: the defaults. now_s: the time of
 * samples that have none, in unix seconds. */
prom_err prom_graphite_encode(const prom_snapshot *s, const prom_graphite_opts *o,
                              int64_t now_s, const prom_writer *w);

PROM_END
#endif
