// SPDX-License-Identifier: Apache-2.0
/* curl.h - what every use of libcurl needs: its start. And peace from SIGPIPE, which libcurl
 * leaves to the caller with CURLOPT_NOSIGNAL, for TLS writes to closed sockets: see
 * base/hush.h. */
#ifndef PROM_TRANSPORT_CURL_H
#define PROM_TRANSPORT_CURL_H

#include <prom/error.h>

#include <stdbool.h>

/* Starts libcurl for the process, once. PROM_E_IO: it does not start. */
prom_err prom__curl_start(void);
/* false in a build without it, too. */
bool prom__curl_is_started(void);

#endif
