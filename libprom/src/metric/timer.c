// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "vec.h"

prom_timer prom_timer_start(void)
{
    return (prom_timer){ prom__clock_steady() };
}

double prom_timer_seconds(prom_timer t)
{
    uint64_t now = prom__clock_steady();
    return now > t.start_ns ? (double)(now - t.start_ns) / 1e9 : 0;
}

double prom_timer_observe(prom_timer t, void *metric)
{
    double seconds = prom_timer_seconds(t);
    if (!metric || !prom__is_child(metric))
        return seconds;
    prom_type type = ((prom__child *)metric)->vec->desc->type;
    if (type == PROM_HISTOGRAM)
        prom_histogram_observe(metric, seconds);
    else if (type == PROM_SUMMARY)
        prom_summary_observe(metric, seconds);
    else if (type == PROM_GAUGE || type == PROM_UNKNOWN)
        prom_gauge_set(metric, seconds);
    return seconds;
}
