// SPDX-License-Identifier: Apache-2.0
/* collect.h - the collectors we ship. The default registry has them all from the start. */
#ifndef PROM_COLLECT_H
#define PROM_COLLECT_H

#include <prom/model.h>

PROM_BEGIN

/* process_cpu_seconds_total, process_virtual_memory_bytes, process_resident_memory_bytes,
 * process_start_time_seconds, process_open_fds and process_max_fds of this process, from
 * /proc. What cannot be read is left out. Names and help are those of
 * instrumenting/writing_clientlibs. PROM_E_UNSUPPORTED where there is no /proc. */
prom_err prom_process_collector_new(prom_registry *r, prom_collector **out);

/* libprom_dropped_observations_total: NaN that histograms and summaries dropped, and
 * observations a summary had no memory for. Counts for the process. */
prom_err prom_self_collector_new(prom_registry *r, prom_collector **out);

PROM_END
#endif
