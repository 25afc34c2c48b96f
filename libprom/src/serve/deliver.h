// SPDX-License-Identifier: Apache-2.0
/* deliver.h - an answer, sent by libmicrohttpd. One thread, which is the only one that sends
 * answers of its handler. */
#ifndef PROM_SERVE_DELIVER_H
#define PROM_SERVE_DELIVER_H

#include "answer.h"
#include "guard.h"

#include <microhttpd.h>

#if MHD_VERSION >= 0x00097002
typedef enum MHD_Result prom__mhd_result;
#else
typedef int prom__mhd_result;
#endif

/* MHD_NO, which drops the connection, for NULL. Keeps the caller's reference. The guard hears
 * that the client gets on. slot: the connection's, or NULL. */
prom__mhd_result prom__deliver(prom__answer *a, struct MHD_Connection *c, prom__guard *g,
                               prom__guard_slot *slot);

#endif
