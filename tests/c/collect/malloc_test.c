// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <prom/collect.h>

#include <malloc.h>

static bool malloc_is_glibc(void)
{
    size_t before = mallinfo2().uordblks;
    char *volatile p = malloc(10000);
    size_t after = mallinfo2().uordblks;
    free(p);
    return after >= before + 10000;
}

static void test_malloc_follows_the_allocator(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c = (prom_collector *)r;
    prom_err e = prom_malloc_collector_new(r, &c);
    if (e == PROM_E_UNSUPPORTED) {
        CHECK(!c);
        prom_unref(r);
        return;
    }
    CHECK_OK(e);
    enum { SMALL = 1000, MANY = 3000, LARGE = 64 << 20 };
    static void *small[MANY];
    double used = kit_value(r, "c_malloc_used_bytes", NULL);
    double mapped = kit_value(r, "c_malloc_mmapped_bytes", NULL);
    double regions = kit_value(r, "c_malloc_mmapped_regions", NULL);
    for (size_t i = 0; i < MANY; i++)
        small[i] = malloc(SMALL);
    char *large = malloc(LARGE);
    large[LARGE / 2] = 1;
    CHECK_HAS(r, "# TYPE c_malloc_used_bytes gauge\n");
    /* Sanitizers have an allocator of their own, of which mallinfo2 knows little. */
    if (malloc_is_glibc()) {
        CHECK(kit_value(r, "c_malloc_used_bytes", NULL) >= used + (double)SMALL * MANY);
        CHECK(kit_value(r, "c_malloc_mmapped_bytes", NULL) >= mapped + LARGE);
        CHECK_DBL(kit_value(r, "c_malloc_mmapped_regions", NULL), regions + 1);
        CHECK(kit_value(r, "c_malloc_arena_bytes", NULL) >=
              kit_value(r, "c_malloc_used_bytes", NULL));
    }
    CHECK(kit_value(r, "c_malloc_free_bytes", NULL) >= 0);
    CHECK(kit_value(r, "c_malloc_releasable_bytes", NULL) >= 0);
    for (size_t i = 0; i < MANY; i++)
        free(small[i]);
    free(large);
    prom_unref(c), prom_unref(r);
}

TESTS(ROW(test_malloc_follows_the_allocator))
