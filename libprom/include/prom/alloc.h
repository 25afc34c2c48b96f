// SPDX-License-Identifier: Apache-2.0
/* alloc.h - where the library's memory comes from.
 *
 * Every allocation may fail: the call that needed it returns PROM_E_NOMEM and nothing has
 * changed. No library lock is held while the functions below run, so they may themselves
 * use metrics. */
#ifndef PROM_ALLOC_H
#define PROM_ALLOC_H

#include <prom/error.h>

#include <stddef.h>

PROM_BEGIN

typedef struct prom_allocator {
    size_t size;                                     /* sizeof(prom_allocator) */
    void *(*alloc)(void *data, size_t n);            /* aligned as malloc's; NULL: none left */
    void *(*realloc)(void *data, void *p, size_t n); /* n > 0; on NULL, p stays valid */
    void (*free)(void *data, void *p);               /* p may be NULL */
    void *data;
} prom_allocator;

/* Sets the allocator of the whole process, once, before anything else is called:
 * PROM_E_EXISTS after the library's first allocation, PROM_E_INVAL if a function is missing.
 * The functions are called from any thread. */
prom_err prom_set_allocator(const prom_allocator *a);

/* Gives back a string that the library handed over. NULL is fine. */
void prom_free(void *p);

PROM_END
#endif
