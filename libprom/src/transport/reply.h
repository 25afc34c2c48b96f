// SPDX-License-Identifier: Apache-2.0
/* reply.h - what is answered to a request: the exposition, or why not. */
#ifndef PROM_TRANSPORT_REPLY_H
#define PROM_TRANSPORT_REPLY_H

#include "guard.h"

#include <prom/encode.h>

#include <microhttpd.h>

#if MHD_VERSION >= 0x00097002
typedef enum MHD_Result prom__mhd_result;
#else
typedef int prom__mhd_result;
#endif

typedef struct prom__reply_body prom__reply_body;

/* Used by one thread at a time: the one that runs the server. */
typedef struct prom__reply {
    prom_registry *registry; /* borrowed */
    const prom_encoder *encoder;
    const char *path;      /* borrowed */
    prom__guard *guard;    /* borrowed */
    prom_compressor *gzip; /* NULL: never compress */
    size_t max_header_bytes;

    prom__reply_body *spare; /* a buffer kept from one scrape to the next */
    size_t bodies;           /* buffers that clients are still reading */
    size_t bodies_bytes;     /* and how much they hold */
} prom__reply;

/* After the daemon has stopped, so that no body is out. Leaves what is borrowed. */
void prom__reply_free(prom__reply *r);

/* The MHD_AccessHandlerCallback; its cls is a prom__reply. */
prom__mhd_result prom__reply_handle(void *cls, struct MHD_Connection *c, const char *url,
                                    const char *method, const char *version, const char *upload,
                                    size_t *upload_size, void **context);

/* The place of the connection in the guard; NULL if it got none. */
prom__guard_slot *prom__reply_slot(struct MHD_Connection *c);

#endif
