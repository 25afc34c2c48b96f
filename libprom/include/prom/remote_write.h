// SPDX-License-Identifier: Apache-2.0
/* remote_write.h - samples sent to Prometheus, or to what speaks its remote-write protocol.
 *
 *     prom_remote_write_new(r,
 *         PROM_REMOTE_WRITE_OPTS(.url = "http://prometheus:9090/api/v1/write",
 *             .labels = (const prom_label[]){ { "job", "game" }, { "instance", "eu1" }, { 0 }
 * }), PROM_SENDER_OPTS(.interval_ms = 15000), &s);
 *
 * Sources: specs/prw/remote_write_spec (1.0) and remote_write_spec_2_0 (2.0-rc.4) of
 * prometheus/docs. Needs libcurl and libsnappy. */
#ifndef PROM_REMOTE_WRITE_H
#define PROM_REMOTE_WRITE_H

#include <prom/client.h>
#include <prom/send.h>

PROM_BEGIN

typedef struct prom_remote_write_opts {
    size_t size;
    const char *url; /* complete; required */
    /* 1: 1.0, classic histograms as series, native ones as Prometheus sends them, names escaped
     * with underscores. 2: 2.0, with metadata, exemplars, created times, UTF-8 names; to a
     * receiver that does not know it (415, or 2xx without its headers) 1.0 from then on. 0: 1.
     */
    unsigned version;
    const prom_label *labels; /* for every series that has not the label; {NULL, NULL}-ended */
    unsigned max_samples;     /* in one request; 0: 2000 */
    /* Requests that are to be sent again later, compressed; of more the oldest are dropped,
     * which is an error of the send. 0: 16 MiB. What is sent again is byte for byte the same.
     */
    size_t max_queue_bytes;
    bool no_stale_markers;
    const prom_client_opts *client;
} prom_remote_write_opts;

#ifndef __cplusplus
#define PROM_REMOTE_WRITE_OPTS(...) \
    (&(const prom_remote_write_opts){ .size = sizeof(prom_remote_write_opts), __VA_ARGS__ })
#endif

/* A sender that writes the samples of each gather with its time (or their own timestamp), in
 * order: times of gathers ascend whatever the clock does, and a sample whose own timestamp is
 * not later than what was sent of its series is left out. What cannot be delivered in one send
 * waits in the queue for the next; what the receiver refuses (4xx but 429) is dropped, with its
 * words in the sentence, and so is what waits in 2.0 for one that turns out not to know it.
 *
 * A series that was in the last gather and is not in this one gets a stale marker, unless it
 * has timestamps of its own, and all of them when the sender ends. So the records of what was
 * removed are kept for one interval. A NaN that looks like a stale marker is sent as an
 * ordinary one. Labels without a value are left out; bounds are written as in OpenMetrics
 * (1.0). Of series that become one by that, or by the escaping of 1.0, the first counts.
 *
 * Exemplars are sent once, those with a time that is later than those of the last gather. A
 * series has the beginning that is known of it, unless that is not before its sample. */
prom_err prom_remote_write_new(prom_registry *r, const prom_remote_write_opts *o,
                               const prom_sender_opts *so, prom_sender **out);

/* One request of the whole snapshot, not compressed: prometheus.WriteRequest or
 * io.prometheus.write.v2.Request, as o->version says. Of o only version and labels are read. */
prom_err prom_remote_write_encode(const prom_snapshot *s, const prom_remote_write_opts *o,
                                  int64_t now_ms, const prom_writer *w);

PROM_END
#endif
