// SPDX-License-Identifier: Apache-2.0
/* line_socket.h - text lines to a server over TCP or UDP, for a transport: each wait ends with
 * the time of the delivery, and when its sender is being stopped. */
#ifndef PROM_PUSH_LINE_SOCKET_H
#define PROM_PUSH_LINE_SOCKET_H

#include "base/bytes.h"

#include <prom/send.h>

typedef struct prom__line_socket {
    int fd; /* -1: not connected */
    bool udp;
    uint32_t forks; /* when it was connected: a child's must not be the parent's */
    unsigned connect_timeout_ms;
    char *address; /* as it was given, for sentences */
    char *host, *port;
    prom__bytes last; /* what was sent and may not have arrived */
    bool busy;        /* a send is under way */
} prom__line_socket;

/* address: "host:port", "[::1]:port", or without the port. PROM_E_INVAL: it is none; then
 * too it is to be freed. */
prom_err prom__line_socket_init(prom__line_socket *s, const char *address, const char *port,
                                bool udp, unsigned connect_timeout_ms);
void prom__line_socket_free(prom__line_socket *s);

/* Sends whole lines, whose memory it takes in any case. TCP: over the connection that there is,
 * else over a new one; if that there is was lost, what was sent last goes with them once more,
 * for nobody knows whether it arrived. UDP: in datagrams of whole lines. */
prom_err prom__line_socket_send(prom__line_socket *s, prom_delivery *d, prom__bytes *lines);

#endif
