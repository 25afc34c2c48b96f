// SPDX-License-Identifier: Apache-2.0
#define _POSIX_C_SOURCE 200809L /* pthread_sigmask, sigtimedwait */
#include "hush.h"

#include <errno.h>
#include <time.h>

static void only(sigset_t *set, int signal)
{
    sigemptyset(set);
    sigaddset(set, signal);
}

void prom__hush_begin(prom__hush *h, int signal)
{
    sigset_t set;
    h->signal = signal;
    sigpending(&set);
    h->was_pending = sigismember(&set, signal) == 1;
    only(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, &h->before);
}

void prom__hush_end(prom__hush *h)
{
    const struct timespec now = { 0, 0 };
    int error = errno;
    sigset_t set;
    only(&set, h->signal);
    if (!h->was_pending)
        sigtimedwait(&set, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &h->before, NULL);
    errno = error;
}
