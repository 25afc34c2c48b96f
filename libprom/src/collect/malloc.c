// SPDX-License-Identifier: Apache-2.0
/* malloc.c - what glibc's allocator says of itself, all its arenas together. */
#include "row.h"

#include <malloc.h>

enum { ARENAS, USED, FREE, RELEASABLE, MAPPED, REGIONS, FAMILIES };

// clang-format off
static const prom__row rows[FAMILIES] = {
    [ARENAS] = { PROM_GAUGE, "c_malloc_arena_bytes",
        "Memory that malloc took from the system in its arenas, in use or not.", NULL },
    [USED] = { PROM_GAUGE, "c_malloc_used_bytes",
        "Memory in the arenas of malloc that is in use.", NULL },
    [FREE] = { PROM_GAUGE, "c_malloc_free_bytes",
        "Memory in the arenas of malloc that is free.", NULL },
    [RELEASABLE] = { PROM_GAUGE, "c_malloc_releasable_bytes",
        "Free memory at the end of malloc's first arena, which malloc_trim would give back.",
        NULL },
    [MAPPED] = { PROM_GAUGE, "c_malloc_mmapped_bytes",
        "Memory of large blocks that malloc mapped one by one, all of it in use.", NULL },
    [REGIONS] = { PROM_GAUGE, "c_malloc_mmapped_regions",
        "Large blocks that malloc mapped one by one.", NULL },
};
// clang-format on

static prom_err describe(prom_builder *b, void *data)
{
    (void)data;
    return prom__rows_describe(b, rows, FAMILIES);
}

static prom_err collect(prom_builder *b, void *data)
{
    (void)data;
    struct mallinfo2 m = mallinfo2();
    const size_t values[FAMILIES] = {
        [ARENAS] = m.arena,        [USED] = m.uordblks, [FREE] = m.fordblks,
        [RELEASABLE] = m.keepcost, [MAPPED] = m.hblkhd, [REGIONS] = m.hblks,
    };
    prom_err e = PROM_OK;
    for (size_t i = 0; i < FAMILIES && !e; i++) {
        e = prom__row_open(b, &rows[i], NULL);
        if (!e)
            e = prom_build_value(b, NULL, (double)values[i]);
    }
    return e;
}

prom_err prom_malloc_collector_new(prom_registry *r, prom_collector **out)
{
    return prom_collector_new(
        r, PROM_COLLECTOR_OPTS(.name = "malloc", .collect = collect, .describe = describe),
        out);
}
