// SPDX-License-Identifier: Apache-2.0
/* tls.h - certificates of a server, and what libmicrohttpd does not do for TLS: it takes
 * certificates at its start only, asks clients for one but does not insist, and spins in epoll
 * mode while a handshake waits for its client. So each session gets its credentials from here,
 * and its input through here. Used by one thread at a time. */
#ifndef PROM_SERVE_TLS_H
#define PROM_SERVE_TLS_H

#include <prom/http.h>

typedef struct prom__tls prom__tls;
typedef struct prom__tls_creds prom__tls_creds;

/* The TLS of a connection. The first two are the caller's to set. */
typedef struct prom__tls_call {
    /* May the next message of a handshake be worked on? If not, or if there is none, the
     * session is not to be run until there is input, and time. */
    bool (*may_go_on)(void *data);
    void (*starved)(void *data); /* called from within the session */
    void *data;

    int fd;
    bool met;               /* nothing more is to be read for the handshake */
    prom__tls_creds *creds; /* one reference */
} prom__tls_call;

/* Of o's cert_file, key_file and client_ca_file, of which the former two are there. PROM_E_IO:
 * the sentence names the file. */
prom_err prom__tls_new(const prom_http_opts *o, prom__tls **out);
void prom__tls_free(prom__tls *t); /* NULL is fine; after all calls */

/* For libmicrohttpd, which insists on some at its start; forgotten by prom__tls_started. */
const char *prom__tls_cert(const prom__tls *t);
const char *prom__tls_key(const prom__tls *t);
void prom__tls_started(prom__tls *t);

/* Which versions and ciphers, as GnuTLS wants to be told. */
extern const char prom__tls_priorities[];

/* A session of GnuTLS that has not begun: gives it what the files have to say now. */
void prom__tls_begin(prom__tls *t, prom__tls_call *c, void *session, int fd);
void prom__tls_end(prom__tls_call *c); /* the session is gone */

#endif
