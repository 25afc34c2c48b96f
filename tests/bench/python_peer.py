# SPDX-License-Identifier: Apache-2.0
"""One round of the benchmarks with prometheus_client: text and memory.

Usage: python_peer.py VALUES [row ...]; see README.md. What an update costs in Python is
measured in python/. With --allocated SERIES FORMAT it prints what a scrape allocates, if it is
run as `allocated` runs it; with --serve SERIES it is a server for scrapes.py.
"""

import array
import ctypes
import gc
import gzip
import json
import os
import statistics
import subprocess
import sys
import time
import tracemalloc

import prometheus_client
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    push_to_gateway,
    start_http_server,
)
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


def scrape_ms(registry):
    start = time.process_time()
    text = generate_latest(registry)
    figure = (time.process_time() - start) * 1e3
    if text.count(b"\n") != SERIES + 2:
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


# --- formats ---

GENERATORS = {"text": generate_latest, "OpenMetrics": generate_openmetrics}
MIXED = 10_000


def read_values():
    values = array.array("d")
    with open(sys.argv[1], "rb") as f:
        values.frombytes(f.read())
    return values


def counters(n):
    """A registry and what changes all its values."""
    registry, counter = new_counter()

    def refill():
        for i in range(n):
            counter.labels(*label_values(i)).inc(i)

    return registry, refill


def doubles(n):
    registry, values = CollectorRegistry(), read_values()
    gauge = Gauge("g", "h", LABELS, registry=registry)
    filled = 0

    def refill():
        nonlocal filled
        filled += 1
        for i in range(n):
            gauge.labels(*label_values(i)).set(values[(i + filled) % len(values)])

    return registry, refill


def histograms(n):
    registry, values = CollectorRegistry(), read_values()
    histogram = Histogram("h", "h", LABELS, buckets=BOUNDS, registry=registry)

    def refill():
        for i in range(n):
            child = histogram.labels(*label_values(i))
            for k in range(20):
                child.observe(values[(20 * i + k) % len(values)])

    return registry, refill


def scrape_ns(content, form, n, finish=lambda body: body):
    """Nanoseconds of a scrape, the bytes of which are thrown away."""
    registry, refill = content(n)
    refill()
    figures = []
    for _ in range(9 if n < MIXED else 1):
        refill()
        start = time.process_time_ns()
        body = finish(GENERATORS[form](registry))
        figures.append(time.process_time_ns() - start)
        if len(body) < n / 2:
            sys.exit("python_peer: the body is too short")
    return statistics.median(figures)


def allocated(n, form):
    """In a process of its own, the allocator of which counts (c/count.c)."""
    env = dict(os.environ, PYTHONMALLOC="malloc")
    env["LD_PRELOAD"] = os.path.join(os.environ["BENCH_WORK"], "count.so")
    command = (sys.executable, __file__, "--allocated", str(n), form)
    return int(subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE).stdout)


def count_allocated(n, form):
    counted = ctypes.c_size_t.in_dll(ctypes.CDLL(None), "bench_allocated")
    registry, refill = counters(n)
    refill()
    GENERATORS[form](registry)
    refill()
    before = counted.value
    GENERATORS[form](registry)
    return counted.value - before


def in_each(name, unit, run):
    """A row for each format; %s in its name becomes the format's."""
    return tuple((name % form, unit, lambda form=form: run(form)) for form in GENERATORS)


def of_counters(size):
    n = int(size.replace(",", ""))
    return (
        *in_each(f"%s of {size} counters, a series", "ns",
                 lambda form: scrape_ns(counters, form, n) / n),
        *in_each(f"allocated by a scrape of {size} counters, %s", "B",
                 lambda form: allocated(n, form)),
    )  # fmt: skip


# --- reading ---


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


# --- over the network ---


def serve(n):
    """Prints its port, and serves until the input ends."""
    registry, refill = counters(n)
    refill()
    server, _ = start_http_server(0, "127.0.0.1", registry)
    print(server.server_port, flush=True)
    sys.stdin.read()


def push_ms():
    """Processor time of a push."""
    registry, refill = counters(MIXED)
    figures = []
    for _ in range(5):
        refill()
        start = time.process_time()
        push_to_gateway(os.environ["BENCH_GATEWAY"], "prometheus_client", registry)
        figures.append((time.process_time() - start) * 1e3)
    return statistics.median(figures)


# --- memory ---


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
    *of_counters("1,000"),
    *of_counters("100,000"),
    *of_counters("1,000,000"),
    *in_each(
        "%s of 100,000 doubles, a series",
        "ns",
        lambda form: scrape_ns(doubles, form, SERIES) / SERIES,
    ),
    *in_each(
        "%s of 100,000 counters through gzip, a series",
        "ns",
        lambda form: scrape_ns(counters, form, SERIES, gzip.compress) / SERIES,
    ),
    *in_each(
        "%s of 10,000 histograms, 11 bounds",
        "ms",
        lambda form: scrape_ns(histograms, form, MIXED) / 1e6,
    ),
    ("read text", "MB/s", lambda: read_mb_s("text", read_text)),
    ("read OpenMetrics", "MB/s", lambda: read_mb_s("openmetrics", read_openmetrics)),
    ("push: 10,000 series to a Pushgateway", "ms", push_ms),
)


def main(wanted):
    for row, unit, run in ROWS:
        if not wanted or row in wanted:
            print(
                json.dumps(
                    {"row": row, "who": "prometheus_client", "value": run(), "unit": unit}
                ),
                flush=True,
            )


if __name__ == "__main__":
    prometheus_client.disable_created_metrics()  # one line a series, as everybody else
    if sys.argv[1] == "--allocated":
        print(count_allocated(int(sys.argv[2]), sys.argv[3]))
    elif sys.argv[1] == "--serve":
        serve(int(sys.argv[2]))
    else:
        main(sys.argv[2:])
