// SPDX-License-Identifier: Apache-2.0
/* self.c - what the library says of itself. */
#include "base/tally.h"

#include <prom/collect.h>

static prom_err collect(prom_builder *b, void *data)
{
    (void)data;
    uint64_t n = atomic_load_explicit(&prom__dropped_observations, memory_order_relaxed);
    prom_err e = prom_build_family(
        b, PROM_COUNTER,
        PROM_OPTS(.name = "libprom_dropped_observations_total",
                  .help = "Observations of NaN, or for which there was no memory."));
    return e ? e : prom_build_value(b, NULL, (double)n);
}

prom_err prom_self_collector_new(prom_registry *r, prom_collector **out)
{
    prom_collector_opts o = { .size = sizeof o, .name = "libprom", .collect = collect };
    return prom_collector_new(r, &o, out);
}
