// SPDX-License-Identifier: Apache-2.0
#include "stats.h"

#include <stdlib.h>
#include <string.h>

typedef struct row {
    int op; /* of sqlite3_status64 or sqlite3_db_status */
    prom_type type;
    const char *name, *help;
} row;

static const row process_rows[] = {
    { SQLITE_STATUS_MEMORY_USED, PROM_GAUGE, "sqlite_memory_used_bytes",
      "Memory that SQLite has allocated." },
    { SQLITE_STATUS_MALLOC_COUNT, PROM_GAUGE, "sqlite_memory_allocations",
      "Allocations that SQLite holds." },
    { SQLITE_STATUS_PAGECACHE_OVERFLOW, PROM_GAUGE, "sqlite_page_cache_overflow_bytes",
      "Page cache that did not fit into the memory set aside for it." },
};

static const row connection_rows[] = {
    { SQLITE_DBSTATUS_CACHE_USED, PROM_GAUGE, "sqlite_db_cache_used_bytes",
      "Memory of the page caches." },
    { SQLITE_DBSTATUS_SCHEMA_USED, PROM_GAUGE, "sqlite_db_schema_used_bytes",
      "Memory of the schemas." },
    { SQLITE_DBSTATUS_STMT_USED, PROM_GAUGE, "sqlite_db_statements_used_bytes",
      "Memory of prepared statements." },
    { SQLITE_DBSTATUS_CACHE_HIT, PROM_COUNTER, "sqlite_db_cache_hits_total",
      "Pages that were found in the cache." },
    { SQLITE_DBSTATUS_CACHE_MISS, PROM_COUNTER, "sqlite_db_cache_misses_total",
      "Pages that had to be read." },
    { SQLITE_DBSTATUS_CACHE_WRITE, PROM_COUNTER, "sqlite_db_cache_writes_total",
      "Pages that were written." },
    { SQLITE_DBSTATUS_CACHE_SPILL, PROM_COUNTER, "sqlite_db_cache_spills_total",
      "Pages that were written in the middle of a transaction for lack of cache." },
};

enum {
    PROCESS_ROWS = sizeof process_rows / sizeof *process_rows,
    CONNECTION_ROWS = sizeof connection_rows / sizeof *connection_rows
};

static prom_err failed(int rc)
{
    return prom_fail(PROM_E_IO, "SQLite: %s", sqlite3_errstr(rc));
}

/* --- the process -------------------------------------------------------- */

static prom_err describe_process(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = PROM_OK;
    for (const row *x = process_rows; x < process_rows + PROCESS_ROWS && !e; x++)
        e = prom_build_family(b, x->type, PROM_OPTS(.name = x->name, .help = x->help));
    return e;
}

static prom_err collect_process(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = PROM_OK;
    for (const row *x = process_rows; x < process_rows + PROCESS_ROWS && !e; x++) {
        sqlite3_int64 now, highest;
        int rc = sqlite3_status64(x->op, &now, &highest, 0);
        if (rc)
            return failed(rc);
        e = prom_build_family(b, x->type, PROM_OPTS(.name = x->name, .help = x->help));
        if (!e)
            e = prom_build_value(b, NULL, (double)now);
    }
    return e;
}

prom_err stats_process_new(prom_registry *r, prom_collector **out)
{
    return prom_collector_new(r,
                              PROM_COLLECTOR_OPTS(.name = "sqlite", .collect = collect_process,
                                                  .describe = describe_process),
                              out);
}

/* --- a connection ------------------------------------------------------- */

typedef struct connection {
    sqlite3 *db;
    char name[];
} connection;

/* It does not describe itself, so that there may be one for each connection: families of the
 * same name, type and help text that several collectors build are joined. */
static prom_err collect_connection(prom_builder *b, void *data)
{
    const connection *c = data;
    prom_err e = PROM_OK;
    for (const row *x = connection_rows; x < connection_rows + CONNECTION_ROWS && !e; x++) {
        int now, highest;
        int rc = sqlite3_db_status(c->db, x->op, &now, &highest, 0);
        if (rc)
            return failed(rc);
        e = prom_build_family(
            b, x->type,
            PROM_OPTS(.name = x->name, .help = x->help, .labels = PROM_LABELS("db_name")));
        if (!e)
            e = prom_build_value(b, PROM_VALUES(c->name), now);
    }
    return e;
}

prom_err stats_connection_new(prom_registry *r, sqlite3 *db, const char *db_name,
                              prom_collector **out)
{
    connection *c = malloc(sizeof *c + strlen(db_name) + 1);
    *out = NULL;
    if (!c)
        return prom_fail(PROM_E_NOMEM, "out of memory for a connection");
    c->db = db;
    strcpy(c->name, db_name);
    prom_err e = prom_collector_new(
        r,
        PROM_COLLECTOR_OPTS(.name = db_name, .collect = collect_connection, .data = c,
                            .free_data = free, .bound = sqlite3_db_mutex(db) == NULL),
        out);
    if (e)
        free(c);
    return e;
}
