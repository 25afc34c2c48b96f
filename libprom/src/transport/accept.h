// SPDX-License-Identifier: Apache-2.0
/* accept.h - which content coding a request's Accept-Encoding asks for (RFC 9110, 12.5.3). */
#ifndef PROM_TRANSPORT_ACCEPT_H
#define PROM_TRANSPORT_ACCEPT_H

#include <stddef.h>

typedef enum prom__coding { PROM__IDENTITY, PROM__GZIP } prom__coding;

/* The weight of each coding in thousandths; -1: not mentioned. */
typedef struct prom__accept {
    int gzip, identity, others; /* others: "*" */
} prom__accept;

#define PROM__ACCEPT_INIT \
    {                     \
        -1, -1, -1        \
    }

/* Reads one Accept-Encoding field; several of one request add up, as if joined by commas.
 * Any bytes will do: what is not understood is passed over. */
void prom__accept_add(prom__accept *a, const char *field, size_t n);

/* gzip if it is wanted, and wanted more than identity, which counts least unless mentioned. */
prom__coding prom__accept_choose(const prom__accept *a);

#endif
