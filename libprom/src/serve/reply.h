// SPDX-License-Identifier: Apache-2.0
/* reply.h - which requests there are, and what is answered to those that want no metrics. */
#ifndef PROM_TRANSPORT_REPLY_H
#define PROM_TRANSPORT_REPLY_H

#include "scrape.h"

typedef struct prom__reply {
    const char *path; /* borrowed */
    size_t max_header_bytes;
    prom__scrapes scrapes;
} prom__reply;

/* The MHD_AccessHandlerCallback; its cls is a prom__reply. */
prom__mhd_result prom__reply_handle(void *cls, struct MHD_Connection *c, const char *url,
                                    const char *method, const char *version, const char *upload,
                                    size_t *upload_size, void **context);

/* The request of this context is over, answered or not. */
void prom__reply_over(void **context);

/* The place of the connection in the guard; NULL if it got none. */
prom__guard_slot *prom__reply_slot(struct MHD_Connection *c);

#endif
