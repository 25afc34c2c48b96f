// SPDX-License-Identifier: Apache-2.0
/* counting.h - an allocator that counts, and fails when told to. Call counting_install() at
 * the start of main(), before the library allocates for the first time. */
#ifndef COUNTING_H
#define COUNTING_H

#include <prom/alloc.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static atomic_size_t counting_calls; /* of alloc and realloc */
static atomic_size_t counting_live;  /* blocks not given back yet */
static atomic_bool counting_failing; /* every call from now on */

static void *counting_alloc(void *data, size_t n)
{
    (void)data;
    counting_calls++;
    void *p = counting_failing ? NULL : malloc(n);
    counting_live += p != NULL;
    return p;
}

static void *counting_realloc(void *data, void *p, size_t n)
{
    (void)data;
    counting_calls++;
    void *q = counting_failing ? NULL : realloc(p, n);
    counting_live += q && !p;
    return q;
}

static void counting_free(void *data, void *p)
{
    (void)data;
    counting_live -= p != NULL;
    free(p);
}

static inline void counting_install(void)
{
    static const prom_allocator a = { sizeof a, counting_alloc, counting_realloc, counting_free,
                                      NULL };
    if (prom_set_allocator(&a) != PROM_OK)
        abort();
}

/* TESTS of check.h, with the allocator in place before the first row. */
#define TESTS_COUNTING(...)                                                             \
    int main(int argc, char **argv)                                                     \
    {                                                                                   \
        static const check_row rows[] = { __VA_ARGS__ };                                \
        counting_install();                                                             \
        return check_main(rows, sizeof rows / sizeof *rows, argc > 1 ? argv[1] : NULL); \
    }

#endif
