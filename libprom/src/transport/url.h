// SPDX-License-Identifier: Apache-2.0
/* url.h - URLs that users give: whether they may be used, and how they may be shown. */
#ifndef PROM_TRANSPORT_URL_H
#define PROM_TRANSPORT_URL_H

#include <prom/error.h>

#include <stdbool.h>
#include <stddef.h>

/* PROM_E_INVAL: NULL or empty, another scheme than http and https (none is http), blanks or
 * control characters, which would be read as another header. */
prom_err prom__url_check(const char *url);

bool prom__url_has_scheme(const char *url);

/* For sentences: without a user and password, and without a query, which may hold secrets too;
 * ended by NUL, cut to fit. */
void prom__url_show(const char *url, char *out, size_t room);

#endif
