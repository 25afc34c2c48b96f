// SPDX-License-Identifier: Apache-2.0
/* tls_none.c - where GnuTLS is missing: there is no server with TLS. */
#include "tls.h"

const char prom__tls_priorities[] = "";

prom_err prom__tls_new(const prom_http_opts *o, prom__tls **out)
{
    *out = NULL;
    return prom_fail(PROM_E_UNSUPPORTED, "'%s': this build of libprom has no TLS",
                     o->cert_file);
}

void prom__tls_free(prom__tls *t)
{
    (void)t;
}

const char *prom__tls_cert(const prom__tls *t)
{
    (void)t;
    return NULL;
}

const char *prom__tls_key(const prom__tls *t)
{
    (void)t;
    return NULL;
}

void prom__tls_started(prom__tls *t)
{
    (void)t;
}

void prom__tls_begin(prom__tls *t, prom__tls_call *c, void *session, int fd)
{
    (void)t, (void)c, (void)session, (void)fd;
}

void prom__tls_end(prom__tls_call *c)
{
    (void)c;
}
