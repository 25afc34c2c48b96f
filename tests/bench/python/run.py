# SPDX-License-Identifier: Apache-2.0
"""One round of what an update costs in Python: libprom, prometheus_client and an empty method
of a C type, in turns in one process. Prints JSON lines; see ../README.md.

Time is processor time, as everywhere in these benchmarks. The cost of the loop is measured in
the same turns and taken off everybody.
"""

import json
import os
import pathlib
import subprocess
import sys
import sysconfig
import tempfile
import time
import timeit

import prometheus_client

import libprom

HERE = pathlib.Path(__file__).parent
WORK = pathlib.Path(os.environ.get("BENCH_WORK", tempfile.gettempdir()))
PAIRS = 15
BATCH = 100_000


def empty_type():
    """The type of empty.c, compiled for this interpreter."""
    module = WORK / ("empty" + sysconfig.get_config_var("EXT_SUFFIX"))
    include = sysconfig.get_paths()["include"]
    command = ["cc", "-O2", "-shared", "-fPIC", f"-I{include}", str(HERE / "empty.c")]
    subprocess.run([*command, "-o", str(module)], check=True)
    sys.path.insert(0, str(WORK))
    import empty

    return empty.Empty


def metrics(library):
    registry = library.CollectorRegistry()
    return {
        "c": library.Counter("c", "h", registry=registry),
        "l": library.Counter("l", "h", ["method", "code"], registry=registry),
        "g": library.Gauge("g", "h", registry=registry),
        "h": library.Histogram("h", "h", registry=registry),
        "s": library.Summary("s", "h", registry=registry),
        "method": "".join(["G", "ET"]),
    }


ROWS = {
    "Python c.inc()": "c.inc()",
    "Python g.set(1.5)": "g.set(1.5)",
    "Python h.observe(0.3)": "h.observe(0.3)",
    "Python s.observe(0.3)": "s.observe(0.3)",
    'Python c.labels("GET", "200")': 'l.labels("GET", "200")',
    'Python c.labels("GET", "200").inc()': 'l.labels("GET", "200").inc()',
    "Python c.labels(method=, code=).inc()": 'l.labels(method="GET", code="200").inc()',
    "Python c.labels(of fresh strings).inc()": 'l.labels(f"{method}", f"2{method}").inc()',
    "Python with h.time()": "with h.time(): pass",
}


def timer(statement, names):
    return timeit.Timer(statement, timer=time.process_time, globals=names)


def timers(empty):
    """{(row, who): a timeit.Timer}"""
    ours, theirs = metrics(libprom), metrics(prometheus_client)
    found = {("loop", ""): timer("pass", {})}
    for row, statement in ROWS.items():
        found[row, "libprom"] = timer(statement, ours)
        found[row, "prometheus_client"] = timer(statement, theirs)
    found["Python c.inc()", "empty method of a C type"] = timer("e.empty()", {"e": empty()})
    return found


def main():
    found = timers(empty_type())
    figures = {key: [] for key in found}
    for _ in range(PAIRS):
        for key, row_timer in found.items():
            number = BATCH if key[1] != "prometheus_client" else BATCH // 5
            figures[key].append(row_timer.timeit(number) / number * 1e9)
    median = {key: sorted(times)[PAIRS // 2] for key, times in figures.items()}
    for (row, who), value in median.items():
        if row != "loop":
            value -= median["loop", ""]
            print(json.dumps({"row": row, "who": who, "value": round(value, 2), "unit": "ns"}))


if __name__ == "__main__":
    main()
