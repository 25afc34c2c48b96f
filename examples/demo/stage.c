// SPDX-License-Identifier: Apache-2.0
/* stage.c - a lock, a condition and two numbers. */
#define _POSIX_C_SOURCE 200809L
#include "stage.h"

#include <time.h>

void stage_init(stage *s, unsigned actors)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    s->phase = LOAD;
    s->actors = s->busy = actors;
}

void stage_destroy(stage *s)
{
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
}

void stage_begin(stage *s, phase p)
{
    pthread_mutex_lock(&s->lock);
    s->phase = p;
    s->busy = s->actors;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

void stage_await(stage *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->busy > 0)
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

void stage_finish(stage *s)
{
    pthread_mutex_lock(&s->lock);
    s->busy--;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static struct timespec in_ms(long ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

bool stage_reached(stage *s, phase p, long ms)
{
    struct timespec until = in_ms(ms);
    int timeout = 0;
    pthread_mutex_lock(&s->lock);
    while (s->phase < p && !timeout)
        timeout = pthread_cond_timedwait(&s->changed, &s->lock, &until);
    bool reached = s->phase >= p;
    pthread_mutex_unlock(&s->lock);
    return reached;
}

unsigned stage_busy(stage *s)
{
    pthread_mutex_lock(&s->lock);
    unsigned busy = s->busy;
    pthread_mutex_unlock(&s->lock);
    return busy;
}
