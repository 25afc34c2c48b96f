// SPDX-License-Identifier: Apache-2.0
/* request.h - one HTTP request with a body and its answer, for what is pushed: libcurl, driven
 * by prom_client_opts and by the time and the stop of a delivery.
 *
 *     prom__request *q;                                          // with the transport
 *     prom_err e = prom__request_new(o->client, NULL, &q);
 *     ...
 *     prom__answer a;                                            // in each send
 *     e = prom__request_send(q, d, &(prom__ask){ .method = "POST", .url = url, .body = p,
 *                                                .n = n, .headers = headers }, &a);
 *     return e ? e : prom__request_judge(q, url);                // 2xx, or its own words
 *
 * The connection is kept for the next request. It breaks off at once when the sender is
 * stopped, and is over when the delivery's time is, resolver and pauses included. One thread at
 * a time; in a forked child the parent's handles are dropped and new ones made.
 *
 * In a build without libcurl prom__request_new gives PROM_E_UNSUPPORTED. */
#ifndef PROM_TRANSPORT_REQUEST_H
#define PROM_TRANSPORT_REQUEST_H

#include <prom/client.h>
#include <prom/send.h>

PROM_BEGIN

typedef struct prom__request prom__request;

typedef struct prom__ask {
    const char *method;
    const char *url;            /* without a scheme: http */
    const char *const *headers; /* the protocol's, "Name: value", NULL-ended; or NULL */
    const char *body;           /* n bytes; NULL: no body, as in DELETE */
    size_t n;
    /* Whether the same may be asked again after this status, besides after no answer at all;
     * NULL: after 429 and 5xx. How often and when the opts say. */
    bool (*may_repeat)(unsigned status);
    /* The name of a header that says how often the same was asked before, where it was; NULL:
     * none. `asked`: before this call. */
    const char *counter;
    unsigned asked;
} prom__ask;

/* Valid until the next request. */
typedef struct prom__answer {
    unsigned status;
    prom_str body;  /* the first 4 KiB of it, whole or not; ended by NUL */
    unsigned tries; /* how often it was asked, at least once; also where none came */
} prom__answer;

/* Copies and checks o (NULL: the defaults). `reserved`: names of headers that the protocol
 * sets, NULL-ended, besides Content-* and what HTTP itself needs; or NULL. PROM_E_INVAL: a
 * header that is reserved, or is none, or would smuggle in another; half of a pair; two ways to
 * authenticate. */
prom_err prom__request_new(const prom_client_opts *o, const char *const *reserved,
                           prom__request **out);
void prom__request_free(prom__request *q); /* NULL is fine */

/* Asks, again where it may, and gives the last answer, whatever its status. PROM_E_IO: none
 * came, or a file cannot be read; PROM_E_TIMEOUT, PROM_E_CANCELLED: of the delivery. The body
 * must stay as it is until this is back. */
prom_err prom__request_send(prom__request *q, prom_delivery *d, const prom__ask *ask,
                            prom__answer *out);

/* A field of the last answer's header, the first of this name; NULL: it has none. Valid until
 * the next request. */
const char *prom__request_header(prom__request *q, const char *name);

/* Of the last answer: PROM_OK for 2xx, else PROM_E_IO, with the peer's own words. */
prom_err prom__request_judge(prom__request *q, const char *url);
/* Of the last answer, whatever its status: PROM_E_IO, with these words, which may be any bytes.
 */
prom_err prom__request_refused(prom__request *q, const char *url, prom_str words);

PROM_END
#endif
