# SPDX-License-Identifier: Apache-2.0
"""The job in Python. c_side.c and count.lua do the same.

The engine gives the module `engine` with its registry, in a capsule, and what there is to do.
"""

import gc
import os

import engine

from libprom import CollectorRegistry, Counter, Gauge, Histogram, Summary
from libprom.core import GaugeMetricFamily

ME = "Python"

registry = CollectorRegistry.from_capsule(engine.registry)

# What C and Lua made: the same description gives the same family, and another one would raise.
by_kind = {"labelnames": ["language", "kind"], "registry": registry}
by_language = {"labelnames": ["language"], "registry": registry}
files = Counter("demo_files_total", "Files read.", **by_kind)
bytes_ = Counter("demo_bytes_total", "Bytes in the files.", **by_kind)
lines = Counter("demo_lines_total", "Lines in the files.", **by_kind)
unreadable = Counter(
    "demo_unreadable_files_total", "Files that did not open.", **by_language
).labels(ME)
in_progress = Gauge("demo_files_in_progress", "Files being read.", **by_language).labels(ME)
seen = Gauge("demo_seen_files", "Files of all languages, as one sees them.", **by_language)
file_bytes = Summary(
    "demo_file_bytes",
    "Sizes of the files.",
    **by_language,
    objectives={0.5: 0.05, 0.9: 0.01, 0.99: 0.001},
).labels(ME)

# What Python brings, for C and Lua to find.
read_seconds = Histogram(
    "demo_read_seconds",
    "Time to open and read a file.",
    **by_language,
    buckets=(1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 1e-2, 0.1, 1),
).labels(ME)

for kind in engine.kinds:
    # A series that is asked for is there, at zero, before anything is counted.
    for family in (files, bytes_, lines):
        family.labels(ME, kind)


class Objects:
    """A collector, in the form that prometheus_client's have."""

    def collect(self):
        tracked = GaugeMetricFamily(
            "demo_python_objects",
            "Objects new to the garbage collector.",
            labels=["generation"],
        )
        for generation, count in enumerate(gc.get_count()):
            tracked.add_metric([str(generation)], count)
        yield tracked


registry.register(Objects())


@read_seconds.time()
def read(path):
    with open(path, "rb") as file:
        return file.read()


@in_progress.track_inprogress()
def count_file(path, kind):
    try:
        text = read(path)
    except OSError:
        unreadable.inc()
        return
    files.labels(ME, kind).inc()
    bytes_.labels(ME, kind).inc(len(text))
    lines.labels(ME, kind).inc(text.count(b"\n"))
    file_bytes.observe(len(text))


def is_file(path):
    """Whether it is one itself, not a link to one."""
    return os.path.isfile(path) and not os.path.islink(path)


def count():
    for top in engine.folders:
        for folder, _, names in os.walk(top):
            for name in names:
                path = os.path.join(folder, name)
                _, dot, kind = name.rpartition(".")
                if dot and kind in engine.kinds and is_file(path):
                    count_file(path, kind)


def look():
    """Reads the series of all languages, each by its name and labels."""
    samples = (
        registry.get_sample_value("demo_files_total", {"language": language, "kind": kind})
        for language in engine.languages
        for kind in engine.kinds
    )
    seen.labels(ME).set(sum(value or 0 for value in samples))
