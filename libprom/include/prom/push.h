// SPDX-License-Identifier: Apache-2.0
/* push.h - pushing to a Pushgateway, for jobs that do not live long enough to be scraped.
 *
 *     prom_err e = prom_push(r, PROM_PUSH_OPTS(.url = "http://gateway:9091", .job = "backup"));
 *
 * Source: README of prometheus/pushgateway. Needs libcurl. */
#ifndef PROM_PUSH_H
#define PROM_PUSH_H

#include <prom/client.h>
#include <prom/send.h>

PROM_BEGIN

typedef struct prom_push_opts {
    size_t size;
    const char *url; /* without a scheme: http; a path in it is kept; required */
    const char *job; /* required, not empty */
    /* Further labels of the group, ended by {NULL, NULL}, in any order; or NULL. */
    const prom_label *grouping;

    /* Replace only families of the same names (POST); else the whole group (PUT). */
    bool add;
    /* When the sender ends the group is deleted, rather than left for ever. */
    bool delete_at_end;

    const prom_encoder *encoder; /* prom_protobuf or prom_text; NULL: prom_protobuf */
    /* Default: underscores, for a gateway refuses other names unless it is told to take them.
     */
    prom_escaping escaping;
    prom_coding coding;             /* PROM_IDENTITY or PROM_GZIP */
    const prom_client_opts *client; /* NULL: the defaults */
    unsigned timeout_ms;            /* of what is done once; a sender has its own. 0: 30000 */
} prom_push_opts;

#ifndef __cplusplus
#define PROM_PUSH_OPTS(...) \
    (&(const prom_push_opts){ .size = sizeof(prom_push_opts), __VA_ARGS__ })
#endif

/* A sender that pushes; NULL so: the defaults, so only by prom_send() and at the end if wanted.
 * By default errors of collectors keep everything from being sent. Before it sends it refuses
 * what the gateway would change or refuse: a metric with the label `job` or one of the grouping
 * (PROM_E_LABELS), one with a timestamp (PROM_E_INVAL), and the names push_time_seconds and
 * push_failure_time_seconds (PROM_E_NAME). The gateway's own words stand in the sentence
 * (PROM_E_IO). Pushes that were not answered, or with 429 or 5xx, are tried again. */
prom_err prom_push_new(prom_registry *r, const prom_push_opts *o, const prom_sender_opts *so,
                       prom_sender **out);

/* Once, on this thread, within timeout_ms: replaces the group; adds to it (whatever o->add
 * says); deletes it. */
prom_err prom_push(prom_registry *r, const prom_push_opts *o);
prom_err prom_push_add(prom_registry *r, const prom_push_opts *o);
prom_err prom_push_delete(const prom_push_opts *o);

/* The URL of the group, for prom_free(): labels in the order of their names, values outside
 * [A-Za-z0-9._~-] in base64. Names beyond ASCII are escaped; for PROM_VALUES and
 * PROM_ALLOW_UTF8 in the form U__..., which a gateway reads that was told to take such names.
 */
prom_err prom_push_url(const prom_push_opts *o, char **out);

PROM_END
#endif
