// SPDX-License-Identifier: Apache-2.0
/* malloc_none.c - in place of malloc.c where the C library has no mallinfo2. */
#include <prom/collect.h>

prom_err prom_malloc_collector_new(prom_registry *r, prom_collector **out)
{
    (void)r;
    *out = NULL;
    return prom_fail(PROM_E_UNSUPPORTED,
                     "this C library's allocator says nothing of itself (mallinfo2)");
}
