# SPDX-License-Identifier: Apache-2.0
"""One round of the benchmarks with prometheus_client: text and memory.

Usage: python_peer.py VALUES [row ...]; see README.md. The values are not needed here. What an
update costs in Python is measured in python/.
"""

import gc
import json
import os
import sys
import time
import tracemalloc

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as read_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as read_text

SERIES = 100_000
METHODS = ("GET", "PUT", "POST", "HEAD", "DELETE")
CODES = ("200", "201", "204", "301", "400", "404", "500", "503")
LABELS = ("code", "method", "path")
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


def label_values(i):
    return CODES[i // 5 % 8], METHODS[i % 5], f"/items/{i // 40:05d}"


def text_bytes():
    """What the labels of all series take in the exposition, between the braces."""
    fixed = len('code="",method="",path=""')
    return sum(fixed + sum(map(len, label_values(i))) for i in range(SERIES))


def fill(metric, update):
    for i in range(SERIES):
        update(metric.labels(*label_values(i)), i)


def new_counter():
    registry = CollectorRegistry()
    return registry, Counter("c_total", "h", LABELS, registry=registry)


def scrape_ms(registry, generate=generate_latest, more_lines=2):
    start = time.process_time()
    text = generate(registry)
    figure = (time.process_time() - start) * 1e3
    if text.count(b"\n") != SERIES + more_lines:
        sys.exit("python_peer: the text has another number of lines than series")
    return figure


def first_text_ms():
    registry, counter = new_counter()
    fill(counter, Counter.inc)
    return scrape_ms(registry)


def text_ms():
    registry, counter = new_counter()
    fill(counter, Counter.inc)
    scrape_ms(registry)
    fill(counter, Counter.inc)
    return scrape_ms(registry)


def openmetrics_ms():
    registry, counter = new_counter()
    fill(counter, Counter.inc)
    return scrape_ms(registry, generate_openmetrics, 3)


def read_mb_s(name, read):
    """Of the body that libprom wrote."""
    with open(f"{os.environ['BENCH_WORK']}/body.{name}", encoding="utf-8") as f:
        body = f.read()
    start = time.process_time()
    (family,) = read(body)
    figure = len(body.encode()) / (time.process_time() - start) / 1e6
    if len(family.samples) != SERIES:
        sys.exit("python_peer: not all series were read")
    return figure


def heap_growth(act):
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    act()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return (grown - text_bytes()) / SERIES


def counter_bytes():
    _, counter = new_counter()
    return heap_growth(lambda: fill(counter, Counter.inc))


def scraped_bytes():
    registry, counter = new_counter()

    def act():
        fill(counter, Counter.inc)
        scrape_ms(registry)
        gc.collect()

    return heap_growth(act)


def histogram_bytes():
    histogram = Histogram("h", "h", LABELS, buckets=BOUNDS, registry=None)
    return heap_growth(lambda: fill(histogram, Histogram.observe))


ROWS = (
    ("text of 100,000 counters, 3 labels", "ms", text_ms),
    ("first text of 100,000 counters, 3 labels", "ms", first_text_ms),
    ("memory of a counter series, 3 labels", "B", counter_bytes),
    ("memory of a counter series after scrapes", "B", scraped_bytes),
    ("memory of a histogram series, 11 bounds", "B", histogram_bytes),
    ("OpenMetrics of 100,000 counters", "ms", openmetrics_ms),
    ("read text", "MB/s", lambda: read_mb_s("text", read_text)),
    ("read OpenMetrics", "MB/s", lambda: read_mb_s("openmetrics", read_openmetrics)),
)


def main(wanted):
    prometheus_client.disable_created_metrics()  # one line a series, as everybody else
    for row, unit, run in ROWS:
        if not wanted or row in wanted:
            print(
                json.dumps(
                    {"row": row, "who": "prometheus_client", "value": run(), "unit": unit}
                ),
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[2:])
