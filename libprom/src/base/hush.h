// SPDX-License-Identifier: Apache-2.0
/* hush.h - a signal that a call may bring upon its own thread (SIGPIPE, SIGXFSZ), kept away
 * from the host: the error code of the call says the same. */
#ifndef PROM_BASE_HUSH_H
#define PROM_BASE_HUSH_H

#include <signal.h>
#include <stdbool.h>

typedef struct prom__hush {
    int signal;
    bool was_pending; /* not ours to take away */
    sigset_t before;
} prom__hush;

void prom__hush_begin(prom__hush *h, int signal);
void prom__hush_end(prom__hush *h); /* leaves errno alone */

#endif
