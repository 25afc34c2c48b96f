// SPDX-License-Identifier: Apache-2.0
/* resolve.h - names of hosts, looked up without waiting longer than one wants. */
#ifndef PROM_PUSH_RESOLVE_H
#define PROM_PUSH_RESOLVE_H

#include <prom/send.h>

struct addrinfo;

/* The addresses of a host, for prom__resolve_free. The C library's look-up cannot be broken
 * off, so it runs on a thread of its own, which is left behind when the delivery's time is over
 * or it is stopped. PROM_E_IO: there is none; *why is then what the resolver says. */
prom_err prom__resolve(prom_delivery *d, const char *host, const char *port, bool udp,
                       struct addrinfo **out, const char **why);
void prom__resolve_free(struct addrinfo *list);

/* Waits for events of poll() at fd, until `ms` or the delivery's time is over.
 * PROM_E_TIMEOUT, PROM_E_CANCELLED: without a sentence. */
prom_err prom__wait_for(prom_delivery *d, int fd, short events, unsigned ms);

#endif
