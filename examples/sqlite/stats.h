// SPDX-License-Identifier: Apache-2.0
/* stats.h - what SQLite says of itself, as metrics: a collector of a database, to be copied. */
#ifndef STATS_H
#define STATS_H

#include <prom/model.h>

#include <sqlite3.h>

/* sqlite_memory_used_bytes, sqlite_memory_allocations and sqlite_page_cache_overflow_bytes, of
 * the process: sqlite3_status64. */
prom_err stats_process_new(prom_registry *r, prom_collector **out);

/* sqlite_db_*{db_name="..."} of one connection: sqlite3_db_status. The connection must live as
 * long as the collector. One that is not serialized is asked only on this thread: in gathers
 * there, and in prom_poll(). */
prom_err stats_connection_new(prom_registry *r, sqlite3 *db, const char *db_name,
                              prom_collector **out);

#endif
