// SPDX-License-Identifier: Apache-2.0
/* page.h - the page for people that a server shows at "/". */
#ifndef PROM_SERVE_PAGE_H
#define PROM_SERVE_PAGE_H

#include <prom/encode.h>

#define PROM__PAGE_TYPE "text/html; charset=utf-8"

/* What the page may do, for Content-Security-Policy: its own script and style, requests to this
 * server, nothing else; and it may not be framed. */
#define PROM__PAGE_POLICY                                                          \
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "  \
    "img-src data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; " \
    "form-action 'none'"

/* Writes the page for these n paths, each with a '/' first. The script in it asks them for
 * JSON. Title and paths may be any bytes; what is not UTF-8 in them shows as it may. */
prom_err prom__page_write(const char *title, const char *const *paths, size_t n,
                          const prom_writer *w);

#endif
