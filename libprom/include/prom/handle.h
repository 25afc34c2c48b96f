// SPDX-License-Identifier: Apache-2.0
/* handle.h - the exposition without a socket: for hosts that have an HTTP server of their own.
 *
 *     prom_http_response *a;
 *     prom_http_handle(h, PROM_HTTP_REQUEST(.method = "GET", .target = "/metrics",
 *                                           .headers = headers), &a);
 *
 * In every build; nothing here needs libmicrohttpd. */
#ifndef PROM_HANDLE_H
#define PROM_HANDLE_H

#include <prom/http.h>

PROM_BEGIN

typedef struct prom_handler prom_handler;             /* may be used by many threads at once */
typedef struct prom_http_response prom_http_response; /* immutable; end it with prom_unref() */

/* Of the opts those about sockets, connections, their headers and TLS are not read.
 * PROM_E_INVAL: a path is bad. PROM_E_EXISTS: opts.metrics has one of the names already, with
 * another meaning. */
prom_err prom_handler_new(prom_registry *r, const prom_http_opts *o, prom_handler **out);

/* Strings and lists are those of the request, and need to live only during the call. */
typedef struct prom_http_request {
    size_t size;
    const char *method;
    const char *target;        /* path, and query behind '?', as in the request line */
    const prom_label *headers; /* {NULL, NULL}-ended, names in any case; or NULL: none */
} prom_http_request;

#ifndef __cplusplus
#define PROM_HTTP_REQUEST(...) \
    (&(const prom_http_request){ .size = sizeof(prom_http_request), __VA_ARGS__ })
#endif

/* Whatever was asked for there is a response, of the statuses that prom_http_start tells but
 * 431; PROM_E_NOMEM: not even that; PROM_E_INVAL: there is no handler or no request. The target
 * may be of any form, "http://host/metrics" too. Gathers on this thread; with max_age_ms it may
 * instead wait for another thread that does. A scrape is in flight until its response is given
 * back. */
prom_err prom_http_handle(prom_handler *h, const prom_http_request *q,
                          prom_http_response **out);

/* Borrowed from the response. Headers are {NULL, NULL}-ended, Content-Length among them. The
 * body comes in pieces, which are to be sent one after the other; a response to HEAD has none.
 */
unsigned prom_http_response_status(const prom_http_response *a);
const prom_label *prom_http_response_headers(const prom_http_response *a);
size_t prom_http_response_pieces(const prom_http_response *a);
prom_str prom_http_response_piece(const prom_http_response *a, size_t i);

PROM_END
#endif
