// SPDX-License-Identifier: Apache-2.0
/* client.h - how to speak to an HTTP server that is pushed to. Needs libcurl; without it what
 * sends over HTTP gives PROM_E_UNSUPPORTED. */
#ifndef PROM_CLIENT_H
#define PROM_CLIENT_H

#include <prom/error.h>

#include <stdbool.h>
#include <stddef.h>

PROM_BEGIN

/* Strings are copied. Files are read anew for each connection, so that what is renewed is
 * followed. Secrets are never part of a sentence. */
typedef struct prom_client_opts {
    size_t size;
    const char *const
        *headers; /* "Name: value", NULL-ended; not those that the protocol sets */
    const char *user, *password;                  /* basic authentication */
    const char *bearer_token, *bearer_token_file; /* one of them; the file is stripped */

    const char *ca_file;              /* PEM; NULL: the system's */
    const char *cert_file, *key_file; /* PEM, of the client; both or none */
    bool insecure;                    /* the server's certificate is not checked */

    const char *unix_socket; /* instead of TCP; the URL still says host and path */
    const char *proxy;       /* NULL: what the environment says; "": none */
    bool follow;             /* redirects, with method and body kept; else they are errors */

    unsigned connect_timeout_ms; /* 0: 5000; the whole is the sender's timeout_ms */

    /* How often a request is tried again where the protocol allows it: after no connection, no
     * answer, 5xx and 429; a pause between backoff_ms (0: 1000), doubled each time, and
     * max_backoff_ms (0: 10000), with jitter, and at least the server's Retry-After. 0: 3
     * times; PROM_NO_RETRIES: never. */
    unsigned retries, backoff_ms, max_backoff_ms;
} prom_client_opts;

#define PROM_NO_RETRIES (~0u)

#ifndef __cplusplus
#define PROM_CLIENT_OPTS(...) \
    (&(const prom_client_opts){ .size = sizeof(prom_client_opts), __VA_ARGS__ })
#endif

PROM_END
#endif
