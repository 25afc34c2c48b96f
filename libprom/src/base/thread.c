// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* pthread_setname_np */
#include "thread.h"

#include <signal.h>

int prom__thread_start(pthread_t *out, const char *name, void *(*run)(void *arg), void *arg)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int bad = pthread_create(out, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!bad)
        pthread_setname_np(*out, name);
    return bad;
}
