// SPDX-License-Identifier: Apache-2.0
/* main.c - two databases in memory, some work in one of them, and what a scrape would see. */
#include "stats.h"

#include <prom/encode.h>

#include <stdio.h>

static sqlite3 *open_database(prom_registry *r, const char *name)
{
    sqlite3 *db = NULL;
    prom_collector *c = NULL;
    if (sqlite3_open(":memory:", &db) != SQLITE_OK)
        return NULL;
    if (stats_connection_new(r, db, name, &c) != PROM_OK)
        fprintf(stderr, "%s: no statistics\n", name);
    prom_unref(c); /* the registry keeps it */
    return db;
}

static int work(sqlite3 *db)
{
    return sqlite3_exec(db,
                        "CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT);"
                        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                        "                        WHERE i < 5000)"
                        "INSERT INTO orders (item) SELECT 'item ' || i FROM n;"
                        "SELECT count(*) FROM orders WHERE item LIKE '%9';",
                        NULL, NULL, NULL);
}

int main(void)
{
    prom_registry *r = NULL;
    prom_collector *c = NULL;
    char *text = NULL;
    if (prom_registry_new(NULL, &r) != PROM_OK || stats_process_new(r, &c) != PROM_OK)
        return 1;
    prom_unref(c);
    sqlite3 *orders = open_database(r, "orders"), *idle = open_database(r, "idle");
    int bad = !orders || !idle || work(orders) != SQLITE_OK;
    prom_err e = prom_expose(r, &prom_text, &text, NULL);
    if (e)
        fprintf(stderr, "%s\n", prom_error(e));
    else
        fputs(text, stdout);
    prom_free(text);
    prom_unref(r); /* the collectors go before their connections */
    sqlite3_close(orders);
    sqlite3_close(idle);
    return bad || e ? 1 : 0;
}
