// SPDX-License-Identifier: Apache-2.0
/* fetch_none.c - where libcurl is missing: the same call, which says so. */
#include <prom/fetch.h>

prom_err prom_fetch(const char *url, unsigned timeout_ms, size_t limit, char **body, size_t *n)
{
    (void)url, (void)timeout_ms, (void)limit, (void)n;
    *body = NULL;
    return prom_fail(PROM_E_UNSUPPORTED, "this build of libprom cannot fetch from URLs");
}
