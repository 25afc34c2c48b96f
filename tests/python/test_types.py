# SPDX-License-Identifier: Apache-2.0
"""The stubs say what the native module is, and typed programs can use the package."""

import subprocess
import sys

import pytest


def run(*args, cwd):
    done = subprocess.run(
        [sys.executable, "-m", *args], cwd=cwd, capture_output=True, text=True, timeout=300
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.skipif(sys.version_info < (3, 10), reason="stubtest objects to 3.9's own typing")
def test_stubs_match(tmp_path):
    status, output = run("mypy.stubtest", "libprom", cwd=tmp_path)
    assert status == 0, output


def test_a_typed_program(tmp_path):
    (tmp_path / "program.py").write_text(
        """
from libprom import Counter, Desc, Gauge, GaugeMetricFamily, Histogram, Metric, REGISTRY, serve
from collections.abc import Iterable
from typing import Optional
hits = Counter("hits", "h", ["method"])
hits.labels("GET").inc()
hits.labels(method="GET").inc(2.5)
hits.inc("1")  # error

@Histogram("h", "h").time()
def double(x: int) -> int:
    return 2 * x

double("x")  # error

class Mine:
    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("g", "h", 1)

REGISTRY.register(Mine())
REGISTRY.find("hits").labels("GET").inc()
REGISTRY.find(1)  # error
REGISTRY.collector("k", lambda b: b.value(1, {"a": 3})).unregister()
desc = Desc("gauge", "g", "h", ["l"])
name: Optional[str] = desc.name
desc.metric(REGISTRY).labels("x").set(1)
Desc("gauge", "g")  # error
with serve() as server:
    port: int = server.port
"""
    )
    status, output = run("mypy", "--strict", "program.py", cwd=tmp_path)
    errors = [line.split(":")[1] for line in output.splitlines() if ": error:" in line]
    assert (status, errors) == (1, ["8", "14", "22", "27"]), output
