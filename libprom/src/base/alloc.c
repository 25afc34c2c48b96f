// SPDX-License-Identifier: Apache-2.0
/* alloc.c - malloc behind one hook. */
#include "alloc.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *libc_alloc(void *data, size_t n)
{
    (void)data;
    return malloc(n);
}

static void *libc_realloc(void *data, void *p, size_t n)
{
    (void)data;
    return realloc(p, n);
}

static void libc_free(void *data, void *p)
{
    (void)data;
    free(p);
}

/* Written once, before `used` is set; read without a lock from then on. */
static prom_allocator hooks = { sizeof hooks, libc_alloc, libc_realloc, libc_free, NULL };
static atomic_bool used;

static void mark_used(void)
{
    if (!atomic_load_explicit(&used, memory_order_relaxed))
        atomic_store_explicit(&used, true, memory_order_relaxed);
}

prom_err prom_set_allocator(const prom_allocator *a)
{
    if (!a || a->size < sizeof *a || !a->alloc || !a->realloc || !a->free)
        return prom_fail(PROM_E_INVAL, "an allocator needs alloc, realloc and free");
    if (atomic_load_explicit(&used, memory_order_relaxed))
        return prom_fail(PROM_E_EXISTS, "the library has allocated memory already");
    hooks = *a;
    return PROM_OK;
}

void *prom__alloc(size_t n)
{
    mark_used();
    return hooks.alloc(hooks.data, n ? n : 1);
}

void *prom__alloc_zero(size_t n)
{
    void *p = prom__alloc(n);
    if (p)
        memset(p, 0, n);
    return p;
}

void *prom__realloc(void *p, size_t n)
{
    mark_used();
    return hooks.realloc(hooks.data, p, n ? n : 1);
}

void prom__free(void *p)
{
    hooks.free(hooks.data, p);
}

void prom_free(void *p)
{
    prom__free(p);
}

size_t prom__size_times(size_t n, size_t size)
{
    return size && n > SIZE_MAX / size ? SIZE_MAX : n * size;
}

prom_err prom__no_memory(const char *what)
{
    return prom_fail(PROM_E_NOMEM, "out of memory for %s", what);
}
