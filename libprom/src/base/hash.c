// SPDX-License-Identifier: Apache-2.0
#include "hash.h"

#include "clock.h"

#include <pthread.h>
#include <sys/random.h>

static uint64_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void choose_key(void)
{
    if (getrandom(&key, sizeof key, GRND_NONBLOCK) != sizeof key)
        key = (uint64_t)prom__clock_unix() ^ (uint64_t)(uintptr_t)&key;
    key |= 1;
}

uint64_t prom__hash_key(void)
{
    pthread_once(&once, choose_key);
    return key;
}
