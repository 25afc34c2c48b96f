// SPDX-License-Identifier: Apache-2.0
/* http.h - a registry served over HTTP by libmicrohttpd. */
#ifndef PROM_HTTP_H
#define PROM_HTTP_H

#include <prom/encode.h>
#include <prom/gather.h>

PROM_BEGIN

typedef struct prom_http prom_http;

/* A further path of a server. */
typedef struct prom_http_route {
    const char *path;        /* as in prom_http_opts */
    prom_registry *registry; /* kept as long as the server */
} prom_http_route;

typedef struct prom_http_opts {
    size_t size;
    /* NULL: "127.0.0.1"; "0.0.0.0" or "::" to be public; an address of IPv4 or IPv6, or a host
     * name. "unix:/run/app.sock": a unix socket, removed at the end ("unix:@name": an abstract
     * one). "fd:3": a listening socket that was inherited. "systemd" or "systemd:name": the one
     * that systemd passes (sd_listen_fds), by its FileDescriptorName. The latter two are closed
     * at the end. */
    const char *address;
    uint16_t port;               /* 0: any free one, see prom_http_port */
    const char *path;            /* NULL: "/metrics" */
    const prom_encoder *encoder; /* the only format, whatever is asked for; NULL: see offer */
    bool polled;                 /* no thread: the caller runs prom_http_poll */
    bool no_compression;         /* never gzip or zstd */

    /* 0: 64, at most 65535. One more is taken, and another is cut for it: an idle one, else
     * the one that has been at its request the longest. */
    unsigned max_connections;
    /* 0: 10000. For each request with its answer, from accept or the request line on, however
     * lively the client; time spent in collectors is not counted. */
    unsigned deadline_ms;
    unsigned max_header_bytes; /* request line and headers, at least 1024; 0: 16384 */

    /* The formats to choose from, as in prom_negotiate_opts: NULL-ended, or NULL for the usual
     * ones there and, last, prom_json. Copied; the encoders themselves are borrowed. */
    const prom_encoder *const *offer;

    /* Before compression; 0: no limit. What is larger is answered with 500, and counted in
     * libprom_http_bodies_too_large_total. */
    size_t max_body_bytes;

    const prom_http_route *routes; /* ended by {NULL, NULL}, or NULL; `path` is r's */
    prom_on_error on_error;        /* default: fail, with 500 */
    /* Scrapes that wait or whose answer is being sent; one more gets 503. 0: no limit. */
    unsigned max_in_flight;
    /* For the gather of a scrape, which also heeds X-Prometheus-Scrape-Timeout-Seconds, less a
     * twentieth of it for the way: 503, or with PROM_ON_ERROR_CONTINUE what was there by then.
     * 0: only the header. */
    unsigned scrape_timeout_ms;
    /* An answer may be as old as this, counted from the begin of its gather: scrapes that come
     * closer together share it. 0: every gather begins after the requests that it answers.
     * Failures are shared too, but for a lack of time or memory. */
    unsigned max_age_ms;
    /* Gets promhttp_metric_handler_requests_total{code},
     * promhttp_metric_handler_requests_in_flight and
     * promhttp_metric_handler_errors_total{cause}, or shares them with a server that has them
     * there already; NULL: nobody. */
    prom_registry *metrics;

    bool no_page;      /* nothing at "/": 404. A path that is "/" has no page either */
    const char *title; /* of the page; NULL: the program's name */

    /* TLS: both PEM files, or none; read again when they change. With client_ca_file only
     * clients with a certificate that it signed. TLS 1.2 and newer. */
    const char *cert_file, *key_file, *client_ca_file;
} prom_http_opts;

#ifndef __cplusplus
#define PROM_HTTP_OPTS(...) \
    (&(const prom_http_opts){ .size = sizeof(prom_http_opts), __VA_ARGS__ })
#endif

/* Starts to serve. NULL opts: the defaults. The server has one thread, named "prom-http",
 * with all signals blocked. PROM_E_IO: the address is bad or taken; the sentence names it.
 * PROM_E_EXISTS: opts.metrics has one of the names already, with another meaning.
 *
 * GET and HEAD of a path answer the exposition, in the format, escaping and coding that
 * Accept and Accept-Encoding ask for (prom_negotiate, prom_negotiate_coding; fields that come
 * several times are joined). `?name[]=x`, which may be repeated, is for only the families of
 * these names: the others are not collected (prom_gather_with). "/" is a page for people.
 * OPTIONS answers 204 and other methods 405, both with Allow, other paths 404; too large a
 * header 431. Errors of collectors make a 500 that names them, unless on_error says to go on.
 * 503 with Retry-After when too many are in flight, the gather takes too long, or clients that
 * do not read hold too many bodies. With the metrics comes Process-Start-Time-Unix where /proc
 * says it.
 *
 * Scrapes that overlap share their work: all requests that have arrived are read, then each set
 * of names among them is gathered once, and encoded and compressed once for each format and
 * coding; those who asked for the same get the same body. No request is answered from a gather
 * that began before it was there, unless max_age_ms allows it. A body is made and sent in
 * blocks of 64 KiB, of which as many are kept as the largest body had.
 *
 * prom_unref of the last reference stops it, and so does prom_http_stop: when either returns
 * no request is being served and the port is free. From the server's own thread, in a
 * collector, both only ask: it ends when the collector is back. In a forked child the server
 * is stopped, its sockets are closed, and neither does anything. */
prom_err prom_http_start(prom_registry *r, const prom_http_opts *o, prom_http **out);
void prom_http_stop(prom_http *h); /* safe to repeat */

/* 0 once it is stopped, or in a forked child, or without a port. */
uint16_t prom_http_port(const prom_http *h);

/* Of a polled server: serves what has arrived, waiting up to timeout_ms for it (0: not at
 * all; negative: for ever). One thread at a time. PROM_E_INVAL: it is not polled, or is being
 * polled; PROM_E_CLOSED: it is stopped. */
prom_err prom_http_poll(prom_http *h, int timeout_ms);

/* The same, but new work is begun only until budget_us microseconds have passed; what is left
 * is for the next call. A gather is one piece of work, and so is a block of an answer: 64 KiB
 * encoded, compressed, or sent. */
prom_err prom_http_poll_for(prom_http *h, int timeout_ms, unsigned budget_us);

/* For a host's own loop: a descriptor that is readable when there is something to poll for
 * (-1: the server has its own thread, or is stopped), and after how many milliseconds to poll
 * though it is not (-1: never). */
int prom_http_fd(const prom_http *h);
int prom_http_wait_ms(prom_http *h);

PROM_END
#endif
