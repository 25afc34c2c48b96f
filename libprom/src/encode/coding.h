// SPDX-License-Identifier: Apache-2.0
/* coding.h - which content coding an Accept-Encoding field asks for (RFC 9110, 12.5.3). */
#ifndef PROM_ENCODE_CODING_H
#define PROM_ENCODE_CODING_H

#include <prom/encode.h>

/* The weight of each coding in thousandths; -1: not mentioned. */
typedef struct prom__accept {
    int gzip, zstd, identity, others; /* others: "*" */
} prom__accept;

#define PROM__ACCEPT_INIT \
    {                     \
        -1, -1, -1, -1    \
    }

/* Reads one Accept-Encoding field; several of one request add up, as if joined by commas.
 * Any bytes will do: what is not understood is passed over. */
void prom__accept_add(prom__accept *a, const char *field, size_t n);

/* The coding that is wanted most, of those that are there, and more than identity, which
 * counts least unless mentioned; gzip rather than zstd where they tie. */
prom_coding prom__accept_choose(const prom__accept *a, bool has_gzip, bool has_zstd);

#endif
