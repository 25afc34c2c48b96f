// SPDX-License-Identifier: Apache-2.0
/* client.h - prom_client_opts, checked and copied. */
#ifndef PROM_TRANSPORT_CLIENT_H
#define PROM_TRANSPORT_CLIENT_H

#include "base/arena.h"

#include <prom/client.h>

typedef struct prom__client {
    prom_client_opts opts; /* complete; its strings lie in the arena */
    prom__arena strings;
    const char *token;        /* the bearer token; NULL: none is used, or not read yet */
    prom__arena token_memory; /* of one from a file */
    bool own_agent;           /* among the headers is a User-Agent */
} prom__client;

/* See prom__request_new. On an error nothing is left to free. */
prom_err prom__client_init(prom__client *c, const prom_client_opts *given,
                           const char *const *reserved);
void prom__client_free(prom__client *c);

/* Reads bearer_token_file, if that is where the token is. PROM_E_IO: it cannot be read, or
 * holds no token. */
prom_err prom__client_read_token(prom__client *c);

/* A secret of the client is in these bytes. */
bool prom__client_betrayed(const prom__client *c, const char *p, size_t n);

#endif
