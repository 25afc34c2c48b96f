// SPDX-License-Identifier: Apache-2.0
/* daemon.h - the sockets of a server and libmicrohttpd, which serves them: turn by turn, by
 * whoever runs the server, one thread at a time. */
#ifndef PROM_SERVE_DAEMON_H
#define PROM_SERVE_DAEMON_H

#include "guard.h"
#include "listen.h"
#include "pace.h"
#include "reply.h"
#include "tls.h"

#include <prom/http.h>

typedef struct prom__link prom__link;

/* Zeroed but for the descriptors: none. */
typedef struct prom__daemon {
    struct MHD_Daemon *mhd;
    prom__reply *reply; /* borrowed */
    prom__guard guard;
    prom__link *links; /* one for each place of the guard */
    prom__pace pace;   /* the caller's to set; bodies heed it */
    prom__listener listener;
    prom__tls *tls; /* NULL: none */

    /* An epoll: of libmicrohttpd's own, of the listener, of what wakes us, and of connections
     * whose handshake waits for the client. */
    int set_fd;
    int mhd_fd; /* libmicrohttpd's epoll, and its property */

    bool callers;        /* somebody is to be accepted */
    bool resumed;        /* connections go on, of which libmicrohttpd does not know it has to */
    bool full;           /* why we are deaf: for want of a place, not of a descriptor */
    uint64_t deaf_until; /* till then nobody is accepted; 0: we are not deaf */
    uint64_t blocked_until; /* answers are to be made, and cannot be before; 0: they can */
    uint64_t cut_at;        /* when the next deadline is; UINT64_MAX: there is none */
} prom__daemon;

/* The descriptors none. */
void prom__daemon_init(prom__daemon *d);

/* Listens. wake_fd, borrowed, ends a wait when it is readable. After an error prom__daemon_stop
 * is due, and before it prom__listen_undo. */
prom_err prom__daemon_start(prom__daemon *d, const prom_http_opts *o, prom__reply *reply,
                            int wake_fd);

/* Ends the connections and frees the port. Harmless where nothing was started. */
void prom__daemon_stop(prom__daemon *d);

void prom__daemon_free(prom__daemon *d); /* after that */

/* For how long nothing is to be done unless set_fd becomes readable; UINT64_MAX: for ever. */
uint64_t prom__daemon_idle_ns(const prom__daemon *d);

/* Waits at most ns; true when there is work for a turn. */
bool prom__daemon_wait(prom__daemon *d, uint64_t ns);

/* Accepts, reads, makes answers and sends some, within d->pace. last: nobody comes back to send
 * what it makes, so it is made to the end and sent at once. */
void prom__daemon_turn(prom__daemon *d, bool last);

/* In a forked child: closes its copies of the descriptors. */
void prom__daemon_forked(prom__daemon *d);

#endif
