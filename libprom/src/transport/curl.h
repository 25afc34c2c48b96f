// SPDX-License-Identifier: Apache-2.0
/* curl.h - what every use of libcurl needs: its start, and peace from SIGPIPE. */
#ifndef PROM_TRANSPORT_CURL_H
#define PROM_TRANSPORT_CURL_H

#include <prom/error.h>

#include <signal.h>
#include <stdbool.h>

/* Starts libcurl for the process, once. PROM_E_IO: it does not start. */
prom_err prom__curl_start(void);

/* With CURLOPT_NOSIGNAL libcurl leaves SIGPIPE to the caller, and TLS writes to closed sockets:
 * between the two calls, on one thread, the signal is held back and then forgotten. */
typedef struct prom__curl_peace {
    sigset_t before;
    bool was_pending;
} prom__curl_peace;

void prom__curl_peace_begin(prom__curl_peace *p);
void prom__curl_peace_end(const prom__curl_peace *p);

#endif
