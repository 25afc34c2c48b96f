// SPDX-License-Identifier: Apache-2.0
/* reply.h - requests as libmicrohttpd tells of them: read, judged by the handler, answered at
 * once or in a round of scrapes. */
#ifndef PROM_SERVE_REPLY_H
#define PROM_SERVE_REPLY_H

#include "scrape.h"

typedef struct prom__reply {
    size_t max_header_bytes;
    prom__scrapes scrapes;
} prom__reply;

/* At the request line: the request's context. NULL: no memory. */
void *prom__reply_begin(const char *target);

/* The MHD_AccessHandlerCallback; its cls is a prom__reply. */
prom__mhd_result prom__reply_handle(void *cls, struct MHD_Connection *c, const char *url,
                                    const char *method, const char *version, const char *upload,
                                    size_t *upload_size, void **context);

/* The request of this context is over, answered or not. */
void prom__reply_over(prom__reply *r, void **context);

/* The place of the connection in the guard; NULL if it got none. */
prom__guard_slot *prom__reply_slot(struct MHD_Connection *c);

#endif
