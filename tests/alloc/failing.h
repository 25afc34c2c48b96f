// SPDX-License-Identifier: Apache-2.0
/* failing.h - an allocator that counts what lives, and fails when it is told to. */
#ifndef FAILING_H
#define FAILING_H

#include "check.h"

#include <prom/alloc.h>

#include <stdatomic.h>
#include <stdlib.h>

typedef enum failing_mode { TRANSIENT, PERSISTENT } failing_mode;

static atomic_long live_blocks; /* allocated and not freed */
static atomic_long alloc_calls; /* since failing_arm */
static long fail_at;            /* 0: never */
static failing_mode fail_mode;
static atomic_long fail_count;   /* since failing_arm */
static atomic_bool failing_used; /* the library allocates here */

static bool must_fail(void)
{
    long n = ++alloc_calls;
    failing_used = true;
    bool fail = fail_at && (n == fail_at || (n > fail_at && fail_mode == PERSISTENT));
    fail_count += fail;
    return fail;
}

static void *failing_alloc(void *data, size_t n)
{
    (void)data;
    void *p = must_fail() ? NULL : malloc(n);
    live_blocks += p != NULL;
    return p;
}

static void *failing_realloc(void *data, void *p, size_t n)
{
    (void)data;
    void *q = must_fail() ? NULL : realloc(p, n);
    live_blocks += q && !p;
    return q;
}

static void failing_free(void *data, void *p)
{
    (void)data;
    live_blocks -= p != NULL;
    free(p);
}

static const prom_allocator failing_allocator = { sizeof failing_allocator, failing_alloc,
                                                  failing_realloc, failing_free, NULL };

/* From now on the n-th allocation fails, and in the persistent mode all after it. 0: none. */
static inline void failing_arm(long n, failing_mode mode)
{
    alloc_calls = fail_count = 0;
    fail_mode = mode;
    fail_at = n;
}

/* Allocations work again; how many failed. */
static inline long failing_disarm(void)
{
    fail_at = 0;
    return fail_count;
}

#endif
