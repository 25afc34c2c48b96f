# SPDX-License-Identifier: Apache-2.0
"""Whether the metrics of a scrape agree with what was counted without them."""

import math
import re

OBJECTIVES = {0.5: 0.05, 0.9: 0.01, 0.99: 0.001}
ACCURACY = 0.01

LINE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Scrape:
    """The samples of an exposition, by name and labels."""

    def __init__(self, text):
        self.samples = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, labels, value = LINE.match(line).groups(default="")
                self.samples[name, frozenset(LABEL.findall(labels))] = float(value)

    def value(self, name, **labels):
        """The sample with exactly these labels; NaN, which equals nothing, if there is none."""
        return self.samples.get((name, frozenset(labels.items())), math.nan)

    def total(self, name, **labels):
        """The sum of the samples that have these labels."""
        wanted = labels.items()
        return sum(v for (n, have), v in self.samples.items() if n == name and wanted <= have)

    def buckets(self, name, **labels):
        """The cumulative buckets of a histogram, as ascending pairs (bound, count)."""
        pairs = []
        for (n, have), value in self.samples.items():
            have = dict(have)
            bound = have.pop("le", None)
            if n == name + "_bucket" and have == labels:
                pairs.append((float(bound), value))
        return sorted(pairs)


def quantile_fits(sizes, quantile, error, value):
    """Whether a summary's value is what prom.h says of objectives."""
    sizes = sorted(sizes)

    def exact(q):
        return sizes[min(max(math.ceil(q * len(sizes)), 1), len(sizes)) - 1]

    near = abs(value - exact(quantile)) <= ACCURACY * exact(quantile)
    return near or exact(quantile - error) <= value <= exact(quantile + error)


def expected(counted):
    """(sample name, labels, value) of all that is known before the scrape."""
    all_files = sum(c.files for kinds in counted.values() for c in kinds.values())
    for language, kinds in counted.items():
        for kind, c in kinds.items():
            labels = {"language": language, "kind": kind}
            yield "demo_files_total", labels, c.files
            yield "demo_bytes_total", labels, c.bytes
            yield "demo_lines_total", labels, c.lines
        mine = {"language": language}
        files = sum(c.files for c in kinds.values())
        unreadable = sum(c.unreadable for c in kinds.values())
        yield "demo_file_bytes_count", mine, files
        yield "demo_file_bytes_sum", mine, sum(c.bytes for c in kinds.values())
        yield "demo_read_seconds_count", mine, files + unreadable
        yield "demo_unreadable_files_total", mine, unreadable
        yield "demo_files_in_progress", mine, 0
        # Each language has seen the series of all three.
        yield "demo_seen_files", mine, all_files
    yield "demo_languages", {"state": "working"}, 0
    yield "demo_languages", {"state": "waiting"}, len(counted)


def complaints(scrape, counted):
    """Sentences about what is not as counted; `counted` is {language: {kind: Count}}."""
    for name, labels, value in expected(counted):
        found = scrape.value(name, **labels)
        if found != value:
            yield f"{name} {labels} is {found}, but {value} were counted"
    for language, kinds in counted.items():
        sizes = [size for c in kinds.values() for size in c.sizes]
        if not sizes:
            yield f"nothing was counted for {language}"
            continue
        for q, error in OBJECTIVES.items():
            value = scrape.value("demo_file_bytes", language=language, quantile=f"{q:g}")
            if not quantile_fits(sizes, q, error, value):
                yield f"demo_file_bytes of {language}: {value} is not its quantile {q}"
    # The collectors of Lua and Python; C's is among what is expected.
    if not scrape.value("demo_lua_heap_bytes") > 0:
        yield "demo_lua_heap_bytes is not there"
    if not scrape.value("demo_python_objects", generation="2") >= 0:
        yield "demo_python_objects is not there"
