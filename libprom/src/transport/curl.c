// SPDX-License-Identifier: Apache-2.0
#include "curl.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode ready;
static atomic_bool started;

/* Never undone: others in the process may use libcurl, and the call counts. */
static void start(void)
{
    ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    atomic_store(&started, true);
}

prom_err prom__curl_start(void)
{
    pthread_once(&once, start);
    return ready ? prom_fail(PROM_E_IO, "libcurl does not start: %s", curl_easy_strerror(ready))
                 : PROM_OK;
}

bool prom__curl_is_started(void)
{
    return atomic_load(&started);
}
