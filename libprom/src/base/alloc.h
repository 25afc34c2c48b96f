// SPDX-License-Identifier: Apache-2.0
/* alloc.h - the library's only way to memory; fails on demand through prom_set_allocator. */
#ifndef PROM_BASE_ALLOC_H
#define PROM_BASE_ALLOC_H

#include <prom/alloc.h>

#include <stddef.h>

/* Never called with the lock of lock.h held: the host's allocator may use metrics. */
void *prom__alloc(size_t n); /* NULL: none left */
void *prom__alloc_zero(size_t n);
void *prom__realloc(void *p, size_t n); /* on NULL, p stays valid */
void prom__free(void *p);

/* n * size, or SIZE_MAX, which no allocator has, where that overflows. */
size_t prom__size_times(size_t n, size_t size);

/* "out of memory", with what for: the one sentence for every failed allocation. */
prom_err prom__no_memory(const char *what);

#endif
