#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One round of the Lua rows, as JSON lines; see ../README.md for the environment."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = Path(os.environ["BENCH_WORK"]) / "lua"
PREFIX = Path(os.environ["BENCH_PREFIX"])
LUA = shutil.which("lua5.4") or "lua"
ENV = dict(
    os.environ,
    LUA_PATH=f"{PREFIX}/share/lua/5.4/?.lua",
    LUA_CPATH=f"{PREFIX}/lib/lua/5.4/?.so;{WORK}/?.so",
)

# What a row is shown beside: the empty method; with labels also one with as many arguments.
EMPTY = "c:nop()"
EMPTY_LABELS = 'c:nop(1, "GET", "200")'
LABELS = 'c:inc(1, "GET", "200")'
TARGETED = ("c:inc()", LABELS)
CALLGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")


def build():
    WORK.mkdir(parents=True, exist_ok=True)
    flags = subprocess.run(
        ["pkg-config", "--cflags", "lua5.4"], capture_output=True, text=True, check=True
    ).stdout.split()
    compiler = os.environ.get("CC", "cc")
    subprocess.run(
        [compiler, "-std=c11", "-O2", "-shared", "-fPIC", *flags, HERE / "empty.c",
         "-o", WORK / "empty.so"],
        check=True,
    )  # fmt: skip


def bench(*arguments, under=()):
    command = [*under, LUA, HERE / "bench.lua", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=ENV)


def emit(row, who, value, unit):
    print(json.dumps({"row": row, "who": who, "value": round(value, 2), "unit": unit}))


def instructions(row):
    """Per call: the difference of two runs leaves out what comes before the loop."""
    few, many = 1000, 11000
    counts = []
    for n in (few, many):
        done = bench(row, str(n), under=CALLGRIND)
        counts.append(int(re.search(r"Collected : (\d+)", done.stderr).group(1)))
    return (counts[1] - counts[0]) / (many - few)


def main():
    build()
    times = dict(line.split("\t") for line in bench().stdout.splitlines())
    empty = float(times.pop(EMPTY))
    empty_labels = float(times.pop(EMPTY_LABELS))
    for row, ns in times.items():
        emit(f"Lua {row}", "libprom", float(ns), "ns")
        if row in TARGETED:
            emit(f"Lua {row}", "empty method", empty, "ns")
        if row == LABELS:
            emit(f"Lua {row}", "empty method, same arguments", empty_labels, "ns")
    if shutil.which("valgrind") is None:
        print("no instructions are counted without valgrind", file=sys.stderr)
        return
    row = "Lua c:inc(), instructions"
    emit(row, "libprom", instructions("c:inc()"), "instructions")
    emit(row, "empty method", instructions(EMPTY), "instructions")


if __name__ == "__main__":
    main()
