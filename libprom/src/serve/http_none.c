// SPDX-License-Identifier: Apache-2.0
/* http_none.c - where libmicrohttpd is missing: the same calls, which say so. */
#include <prom/http.h>

static prom_err missing(void)
{
    return prom_fail(PROM_E_UNSUPPORTED, "this build of libprom has no HTTP server");
}

prom_err prom_http_start(prom_registry *r, const prom_http_opts *o, prom_http **out)
{
    (void)r, (void)o;
    *out = NULL;
    return missing();
}

void prom_http_stop(prom_http *h)
{
    (void)h;
}

uint16_t prom_http_port(const prom_http *h)
{
    (void)h;
    return 0;
}

prom_err prom_http_poll(prom_http *h, int timeout_ms)
{
    (void)h, (void)timeout_ms;
    return missing();
}

prom_err prom_http_poll_for(prom_http *h, int timeout_ms, unsigned budget_us)
{
    (void)h, (void)timeout_ms, (void)budget_us;
    return missing();
}

int prom_http_fd(const prom_http *h)
{
    (void)h;
    return -1;
}

int prom_http_wait_ms(prom_http *h)
{
    (void)h;
    return -1;
}
