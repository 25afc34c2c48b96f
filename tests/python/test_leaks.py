# SPDX-License-Identifier: Apache-2.0
"""Nothing is left behind by what is done over and over; each operation has a process."""

import pathlib
import runpy
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).parent / "leaks" / "operations.py"
MODULE = runpy.run_path(str(SCRIPT), run_name="operations")


@pytest.mark.parametrize("name", sorted(MODULE["OPERATIONS"]))
def test_leaves_nothing(name):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), name], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("what", ["an object", "a reference", "memory"])
def test_the_watch_sees_a_leak(what):
    kept = []
    leaks = {
        "an object": lambda: kept.append([]),
        "a reference": lambda: kept.append(MODULE["TEXT"]),
        "memory": lambda: kept.append(bytes(1000)),
    }
    MODULE["OPERATIONS"][what] = leaks[what]
    with pytest.raises(AssertionError, match="more|text of its own"):
        MODULE["main"](what)
