// SPDX-License-Identifier: Apache-2.0
/* fetch.h - one HTTP GET, for tests and tools. Needs libcurl. */
#ifndef PROM_FETCH_H
#define PROM_FETCH_H

#include <prom/error.h>

#include <stddef.h>

PROM_BEGIN

/* The body of what an http or https URL serves with status 200, ended by NUL that *n (may be
 * NULL) does not count; for prom_free(). At most `limit` bytes (0: 64 MiB), within timeout_ms
 * (0: 10 seconds) for all of it. Redirects are followed, within http and https. Proxies are
 * those of the environment, as libcurl has it. PROM_E_IO: it could not be had, and why;
 * PROM_E_TIMEOUT: not in time; PROM_E_UNSUPPORTED: built without libcurl. */
prom_err prom_fetch(const char *url, unsigned timeout_ms, size_t limit, char **body, size_t *n);

PROM_END
#endif
