// SPDX-License-Identifier: Apache-2.0
#define _POSIX_C_SOURCE 200809L /* pthread_sigmask, sigtimedwait */
#include "curl.h"

#include <curl/curl.h>
#include <pthread.h>
#include <time.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode ready;

/* Never undone: others in the process may use libcurl, and the call counts. */
static void start(void)
{
    ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

prom_err prom__curl_start(void)
{
    pthread_once(&once, start);
    return ready ? prom_fail(PROM_E_IO, "libcurl does not start: %s", curl_easy_strerror(ready))
                 : PROM_OK;
}

static sigset_t only_pipe(void)
{
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    return pipe;
}

void prom__curl_peace_begin(prom__curl_peace *p)
{
    sigset_t pipe = only_pipe(), pending;
    sigpending(&pending);
    p->was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe, &p->before);
}

void prom__curl_peace_end(const prom__curl_peace *p)
{
    const struct timespec now = { 0, 0 };
    sigset_t pipe = only_pipe();
    if (!p->was_pending)
        sigtimedwait(&pipe, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &p->before, NULL);
}
