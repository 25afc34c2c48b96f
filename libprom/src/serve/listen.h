// SPDX-License-Identifier: Apache-2.0
/* listen.h - from an address in words to a listening socket. */
#ifndef PROM_TRANSPORT_LISTEN_H
#define PROM_TRANSPORT_LISTEN_H

#include <prom/error.h>

#include <stdint.h>

/* *port is 0 for any free one, and then becomes the one taken. The socket does not block and
 * is closed by exec; "::" also takes IPv4. PROM_E_IO: the sentence names address and port. */
prom_err prom__listen_open(const char *address, uint16_t *port, int *out);

#endif
