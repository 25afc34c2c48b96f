// SPDX-License-Identifier: Apache-2.0
/* thread.h - threads of the library's own. */
#ifndef PROM_BASE_THREAD_H
#define PROM_BASE_THREAD_H

#include <pthread.h>

/* As pthread_create, with all signals blocked: they are for the host's threads. `name`: at most
 * 15 bytes, where the system shows names of threads. */
int prom__thread_start(pthread_t *out, const char *name, void *(*run)(void *arg), void *arg);

#endif
