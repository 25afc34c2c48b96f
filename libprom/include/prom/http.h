// SPDX-License-Identifier: Apache-2.0
/* http.h - a registry served over HTTP by libmicrohttpd. */
#ifndef PROM_HTTP_H
#define PROM_HTTP_H

#include <prom/encode.h>

PROM_BEGIN

typedef struct prom_http prom_http;

typedef struct prom_http_opts {
    size_t size;
    const char *address; /* NULL: "127.0.0.1"; "0.0.0.0" or "::" to be public; or a host name */
    uint16_t port;       /* 0: any free one, see prom_http_port */
    const char *path;    /* NULL: "/metrics" */
    const prom_encoder *encoder; /* NULL: prom_text */
    bool polled;                 /* no thread: the caller runs prom_http_poll */
    bool no_compression;         /* never gzip */

    /* 0: 64, at most 65535. One more is taken, and another is cut for it: an idle one, else
     * the one that has been at its request the longest. */
    unsigned max_connections;
    /* 0: 10000. For each request with its answer, from accept or the request line on, however
     * lively the client; time spent in collectors is not counted. */
    unsigned deadline_ms;
    unsigned max_header_bytes; /* request line and headers, at least 1024; 0: 16384 */
} prom_http_opts;

#ifndef __cplusplus
#define PROM_HTTP_OPTS(...) \
    (&(const prom_http_opts){ .size = sizeof(prom_http_opts), __VA_ARGS__ })
#endif

/* Starts to serve. NULL opts: the defaults. The server has one thread, named "prom-http",
 * with all signals blocked. PROM_E_IO: the address is bad or taken; the sentence names it.
 *
 * GET and HEAD of the path answer the exposition (gzip where Accept-Encoding has it), other
 * methods 405 with Allow, other paths 404; too large a header 431. Errors of collectors make
 * a 500 that names them (as promhttp's HTTPErrorOnError). 503 with Retry-After when clients
 * that do not read hold too many bodies.
 *
 * prom_unref of the last reference stops it, and so does prom_http_stop: when either returns
 * no request is being served and the port is free. From the server's own thread, in a
 * collector, both only ask: it ends when the collector is back. In a forked child the server
 * is stopped, its sockets are closed, and neither does anything. */
prom_err prom_http_start(prom_registry *r, const prom_http_opts *o, prom_http **out);
void prom_http_stop(prom_http *h); /* safe to repeat */

/* 0 once it is stopped, or in a forked child. */
uint16_t prom_http_port(const prom_http *h);

/* Of a polled server: serves what has arrived, waiting up to timeout_ms for it (0: not at
 * all; negative: for ever). One thread at a time. PROM_E_INVAL: it is not polled, or is being
 * polled; PROM_E_CLOSED: it is stopped. */
prom_err prom_http_poll(prom_http *h, int timeout_ms);

PROM_END
#endif
