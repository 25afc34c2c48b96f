// SPDX-License-Identifier: Apache-2.0
/* harness.h - threads that work on one thing for a while, each in its role.
 *
 * STRESS_SECONDS in the environment says for how long (default 2; 20 where PROM_LONG is set).
 * Roles loop until `stress_over`. EXPECT may be used on any thread. */
#ifndef HARNESS_H
#define HARNESS_H

#include "check.h"

#include <prom/api.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define STRESS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define STRESS_SANITIZED 1
#endif
#endif

static atomic_bool stress_over;
static atomic_int stress_failures;

/* Prints the first few only: a broken invariant breaks ten thousand times a second. */
#define EXPECT(x, ...)                                              \
    do {                                                            \
        if (!(x) && stress_failures++ < 20) {                       \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #x); \
            fprintf(stderr, __VA_ARGS__);                           \
            fprintf(stderr, "\n");                                  \
        }                                                           \
    } while (0)
#define EXPECT_OK(call)                    \
    do {                                   \
        prom_err e_ = (call);              \
        EXPECT(!e_, "%s", prom_error(e_)); \
    } while (0)

typedef struct stress_thread {
    void (*role)(struct stress_thread *t);
    unsigned number; /* among those of its role */
    uint64_t random;
    uint64_t rounds; /* counted by the role; none at all is a failure */
    void *shared;
    pthread_t id;
} stress_thread;

typedef struct stress_role {
    const char *name;
    void (*role)(stress_thread *t);
    unsigned threads;
} stress_role;

enum { STRESS_THREADS = 64 };

static inline uint64_t stress_random(stress_thread *t, uint64_t below)
{
    t->random ^= t->random << 13;
    t->random ^= t->random >> 7;
    t->random ^= t->random << 17;
    return t->random % below;
}

static inline void stress_sleep(double seconds)
{
    struct timespec s = { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) };
    nanosleep(&s, NULL);
}

static inline double stress_seconds(void)
{
    const char *s = getenv("STRESS_SECONDS");
    return s ? strtod(s, NULL) : getenv("PROM_LONG") ? 20 : 2;
}

static void *stress_start(void *thread)
{
    stress_thread *t = thread;
    t->role(t);
    return NULL;
}

/* Runs all roles until the time is up, or until meanwhile() returns false (NULL: just waits).
 */
static inline void stress_run(const stress_role *roles, size_t n, void *shared,
                              bool (*meanwhile)(void *shared))
{
    static stress_thread threads[STRESS_THREADS];
    size_t k = 0;
    struct timespec begin, now;
    stress_over = false;
    for (size_t i = 0; i < n; i++)
        for (unsigned j = 0; j < roles[i].threads && CHECK(k < STRESS_THREADS); j++, k++) {
            threads[k] = (stress_thread){ .role = roles[i].role,
                                          .number = j,
                                          .random = 0x9E3779B97F4A7C15u * (k + 1),
                                          .shared = shared };
            CHECK_INT(pthread_create(&threads[k].id, NULL, stress_start, &threads[k]), 0);
        }
    clock_gettime(CLOCK_MONOTONIC, &begin);
    double until = stress_seconds();
    do {
        if (!meanwhile)
            stress_sleep(0.05);
        else if (!meanwhile(shared))
            break;
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) / 1e9 <
             until);
    stress_over = true;
    k = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t rounds = 0;
        for (unsigned j = 0; j < roles[i].threads; j++, k++) {
            pthread_join(threads[k].id, NULL);
            rounds += threads[k].rounds;
        }
        CHECK(rounds > 0);
        printf("%s: %llu rounds on %u threads\n", roles[i].name, (unsigned long long)rounds,
               roles[i].threads);
    }
    CHECK_INT(stress_failures, 0);
}

#endif
