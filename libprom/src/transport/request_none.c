// SPDX-License-Identifier: Apache-2.0
/* request_none.c - where libcurl is missing: no request can be made, so the rest is not
 * reached.
 */
#include "curl.h"
#include "request.h"

prom_err prom__request_new(const prom_client_opts *o, const char *const *reserved,
                           prom__request **out)
{
    (void)o, (void)reserved;
    *out = NULL;
    return prom_fail(PROM_E_UNSUPPORTED, "this build of libprom cannot send over HTTP");
}

bool prom__curl_is_started(void)
{
    return false;
}

void prom__request_free(prom__request *q)
{
    (void)q;
}

prom_err prom__request_send(prom__request *q, prom_delivery *d, const prom__ask *ask,
                            prom__answer *out)
{
    (void)q, (void)d, (void)ask;
    *out = (prom__answer){ 0 };
    return PROM_E_UNSUPPORTED;
}

const char *prom__request_header(prom__request *q, const char *name)
{
    (void)q, (void)name;
    return NULL;
}

prom_err prom__request_judge(prom__request *q, const char *url)
{
    (void)q, (void)url;
    return PROM_E_UNSUPPORTED;
}

prom_err prom__request_refused(prom__request *q, const char *url, prom_str words)
{
    (void)q, (void)url, (void)words;
    return PROM_E_UNSUPPORTED;
}
