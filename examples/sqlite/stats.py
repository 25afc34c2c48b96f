# SPDX-License-Identifier: Apache-2.0
"""What a SQLite file says of itself, as metrics: a collector of a database, to be copied."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from libprom import CollectorRegistry, generate_latest
from libprom.core import GaugeMetricFamily, Metric

# PRAGMA, name, help text, and how the number becomes a base unit.
PRAGMAS = (
    ("page_count", "sqlite_file_pages", "Pages of the file."),
    ("freelist_count", "sqlite_file_free_pages", "Pages of the file that are not used."),
    ("page_size", "sqlite_file_page_bytes", "Size of a page."),
    ("cache_size", "sqlite_file_cache_pages", "Pages that a connection may cache."),
)


class SqliteCollector:
    """Opens the file anew at each scrape: a connection belongs to the thread that made it."""

    def __init__(self, path: str, db_name: str, registry: CollectorRegistry) -> None:
        self._uri = f"file:{path}?mode=ro"
        self._db_name = db_name
        registry.register(self)

    def describe(self) -> list[Metric]:
        return []  # nothing is claimed, so that there may be one for each file

    def collect(self) -> Iterator[Metric]:
        with closing(sqlite3.connect(self._uri, uri=True)) as db:
            for pragma, name, documentation in PRAGMAS:
                (value,) = db.execute(f"PRAGMA {pragma}").fetchone()
                if pragma == "cache_size" and value < 0:  # then it is in KiB
                    (page,) = db.execute("PRAGMA page_size").fetchone()
                    value = -value * 1024 // page
                family = GaugeMetricFamily(name, documentation, labels=["db_name"])
                family.add_metric([self._db_name], value)
                yield family


def main(path: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, item TEXT)")
        rows = ((f"item {i}",) for i in range(5000))
        db.executemany("INSERT INTO orders (item) VALUES (?)", rows)
    registry = CollectorRegistry()
    SqliteCollector(path, "orders", registry)
    print(generate_latest(registry).decode(), end="")


if __name__ == "__main__":
    import sys

    main(sys.argv[1])
