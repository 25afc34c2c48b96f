# SPDX-License-Identifier: Apache-2.0
"""The job in Python. c_side.c and count.lua do the same.

The engine gives the module `engine` with its registry, in a capsule, and what there is to do.
"""

import gc
import os

import engine

from libprom import CollectorRegistry, Counter, Histogram
from libprom.core import GaugeMetricFamily

ME = "Python"

registry = CollectorRegistry.from_capsule(engine.registry)

# What C and Lua made is found by name.
files = registry.find("demo_files_total")
bytes_ = registry.find("demo_bytes_total")
lines = registry.find("demo_lines_total")
in_progress = registry.find("demo_files_in_progress").labels(ME)
seen = registry.find("demo_seen_files")
file_bytes = registry.find("demo_file_bytes").labels(ME)

# It can be described again, too: the same description gives the same family, and another one
# would raise.
by_language = {"labelnames": ["language"], "registry": registry}
unreadable = Counter(
    "demo_unreadable_files_total", "Files that did not open.", **by_language
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
