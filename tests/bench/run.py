#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs libprom and its peers in turns and prints one table. See README.md."""

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
from collections import defaultdict

import programs
import receivers
import scrapes
from targets import TARGETS

OURS = "libprom"

# Rows of the C, C++, Go and prometheus_client programs, in the order of the table.
ROWS = (
    "counter inc",
    "gauge set",
    "histogram observe, 11 bounds",
    "native histogram observe, factor 1.1",
    "summary observe, 3 objectives",
    "look-up of 2 labels and inc",
    "text of 100,000 counters, 3 labels",
    "first text of 100,000 counters, 3 labels",
    "gather of 10,000 mixed series, 3 labels",
    "memory of a counter series, 3 labels",
    "memory of a counter series after scrapes",
    "memory of a histogram series, 11 bounds",
    "memory of a native series, 20 observations",
)
# Rows of the program `formats`; `_` stands for the format.
FORMATS = ("text", "OpenMetrics", "protobuf")
TEXTS = FORMATS[:2]
SIZES = ("1,000", "100,000", "1,000,000")
READS = tuple(f"read {form}" for form in FORMATS)


def format_rows(formats):
    def each(*rows):
        return tuple(row.replace("_", form) for row in rows for form in formats)

    return (
        *each(*(f"_ of {size} counters, a series" for size in SIZES)),
        *(row for row in each("_ of 100,000 doubles, a series") if "protobuf" not in row),
        *each(
            "_ of 100,000 counters through gzip, a series", "_ of 10,000 histograms, 11 bounds"
        ),
        *each(*(f"allocated by a scrape of {size} counters, _" for size in SIZES)),
    )


FORMAT_ROWS = (*format_rows(FORMATS), "protobuf of 10,000 native histograms", *READS)
PYTHON_ROWS = (
    *(
        row
        for row in ROWS
        if row.startswith(("text", "first", "memory")) and "native" not in row
    ),
    *format_rows(TEXTS),
    "read text",
    "read OpenMetrics",
)
PUSH = "push: 10,000 series to a Pushgateway"
PUSH_ROWS = (PUSH, "push: 10,000 series by remote write", "push: 10,000 series by OTLP")
FRAME_ROWS = tuple(
    f"frame of 1,000 updates while 100,000 series are scraped, {which}"
    for which in ("median", "p99.9")
)
POLL_ROWS = (
    "poll: nothing to do",
    "poll: nothing to do, 1,000 idle connections",
    "poll: longest while 50 MB are sent",
    "poll: longest while 50 MB are sent, processor time",
    "poll: the one with the gather of 1,000,000 series",
)
# Programs that are run once for each row.
ROWS_OF = {
    OURS: ROWS,
    "libprom, static": ROWS,
    "formats": FORMAT_ROWS,
    "push": PUSH_ROWS,
    "prometheus-cpp": ROWS + format_rows(("text",)),
    "client_golang": (*ROWS, *FORMAT_ROWS, PUSH),
    "prometheus": READS,
    "prometheus_client": (*PYTHON_ROWS, PUSH),
}
# Programs that are run once for all their rows.
WHOLE = {"frame": FRAME_ROWS, "poll": POLL_ROWS}
# Those that serve what wrk scrapes.
SERVERS = ("serve", "client_golang", "prometheus_client")
# What does not vary, or takes long.
ONCE = ("memory", "allocated")
LONG = "of 1,000,000"


def is_wanted(row, wanted):
    return any(text in row for text in wanted)


class Results:
    """Measurements by row and by who; rows in the order in which they came first."""

    def __init__(self):
        self.values = defaultdict(lambda: defaultdict(list))
        self.units = {}
        self.problems = []

    def problem(self, text):
        if text not in self.problems:
            self.problems.append(text)
            print(f"bench: {text}", file=sys.stderr, flush=True)

    def take(self, command, env, wanted):
        """Runs one process and keeps the JSON lines that it prints."""
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=env)
        for line in done.stdout.splitlines():
            if not line.startswith("{"):
                continue
            m = json.loads(line)
            if is_wanted(m["row"], wanted):
                self.values[m["row"]][m["who"]].append(m["value"])
                self.units[m["row"]] = m["unit"]
        if done.returncode != 0:
            self.problem(
                f"{os.path.basename(command[0])} {command[-1]}: {done.stderr.strip()[-500:]}"
            )


def has_wanted(language, wanted):
    """Whether a binding, whose rows begin with its name, has a row of targets.py to measure."""
    return any(row.startswith(language) and is_wanted(row, wanted) for row, _ in TARGETS)


def is_needed(name, wanted):
    """Whether a program has a row to measure."""
    rows = ROWS_OF.get(name, ()) + WHOLE.get(name, ())
    rows += scrapes.ROWS if name in SERVERS else ()
    return any(is_wanted(row, wanted) for row in rows)


def build_all(results, wanted):
    """Commands by name, in the order of a round; what cannot be had, and what has no row that
    is wanted, is left out."""
    programs.WORK.mkdir(exist_ok=True)
    programs.write_values()
    programs.libprom()
    steps = {
        OURS: lambda: programs.c_program("bench-shared", "bench.c", OURS),
        "libprom, static": lambda: programs.c_program(
            "bench-static", "bench.c", "libprom, static", static=True
        ),
        "frame": lambda: programs.c_program("frame", "frame.c", OURS),
        "formats": programs.formats,
        "push": lambda: programs.c_program("push", "push.c", OURS),
        "poll": lambda: programs.c_program("poll", "poll.c", OURS),
        "serve": lambda: programs.c_program("serve", "serve.c", OURS),
        "prometheus-cpp": programs.prometheus_cpp,
        "client_golang": programs.client_golang,
        "prometheus": programs.prometheus,
        "prometheus_client": programs.prometheus_client,
    }
    steps = {name: step for name, step in steps.items() if is_needed(name, wanted)}
    steps.update(
        (language.lower(), lambda language=language: programs.binding(language.lower()))
        for language in ("Python", "Lua")
        if has_wanted(language, wanted)
    )
    commands = {}
    for name, step in steps.items():
        print(f"bench: building {name}", file=sys.stderr, flush=True)
        try:
            commands[name] = step()
        except programs.Missing as e:
            results.problem(f"{name} is left out: {e}")
    return commands


def run_scrapes(commands, first, wanted, env, results):
    servers = {
        OURS if name == "serve" else name: [*commands[name][:-1], "--serve"]
        for name in SERVERS
        if name in commands
    }
    for command in scrapes.commands(servers, lambda row: is_wanted(row, wanted), first):
        results.take(command, env, wanted)


def run_round(commands, first, wanted, env, results):
    for row in (*ROWS, *FORMAT_ROWS, *PUSH_ROWS):
        once = row.startswith(ONCE) or LONG in row
        if not is_wanted(row, wanted) or (once and not first):
            continue
        for name, command in commands.items():
            if row in ROWS_OF.get(name, ()):
                results.take([*command, row], env, wanted)
    run_scrapes(commands, first, wanted, env, results)
    for name in (*WHOLE, "python", "lua"):  # these run all their rows at once
        if name in commands:
            results.take(commands[name], env, wanted)


def run_rounds(commands, rounds, wanted, results):
    env = dict(
        os.environ,
        BENCH_WORK=str(programs.WORK),
        BENCH_PREFIX=str(programs.PREFIX),
        BENCH_PYTHON=str(programs.PYTHON),
        PKG_CONFIG_PATH=str(programs.PREFIX / "lib/pkgconfig"),
    )
    with contextlib.ExitStack() as stack:
        if is_needed("push", wanted):
            env.update(stack.enter_context(receivers.environment(results.problem)))
        for i in range(rounds):
            print(f"bench: round {i + 1} of {rounds}", file=sys.stderr, flush=True)
            run_round(commands, i == 0, wanted, env, results)


def figure(value):
    if 0 < value < 1:
        return f"{value:.2g}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def table(results):
    yield "| work | libprom | against | its figure | ratio | to reach | |"
    yield "| --- | ---: | --- | ---: | ---: | --- | --- |"
    for row, by_who in results.values.items():
        unit = results.units[row]
        medians = {who: statistics.median(values) for who, values in by_who.items()}
        ours = medians.pop(OURS, None)
        if ours is None:
            continue
        if not medians:
            yield f"| {row} | {figure(ours)} {unit} | nobody | | | | |"
        for who, peer in medians.items():
            reach = TARGETS.get((row, who))
            verdict = "" if reach is None else "yes" if reach.reached(ours, peer) else "**no**"
            ratio = f"{ours / peer:.3g}x" if peer else ""
            yield (
                f"| {row} | {figure(ours)} {unit} | {who} | {figure(peer)} {unit} | {ratio} "
                f"| {reach.words if reach else ''} | {verdict} |"
            )


def not_measured(results, wanted):
    for row, who in TARGETS:
        if is_wanted(row, wanted) and not results.values.get(row, {}).get(who):
            yield f"not measured: {row}, against {who}"


def machine():
    model = platform.machine()
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        for line in f:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def pin():
    """To the last core, which gets the fewest interrupts; children inherit it."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument(
        "--rounds", type=int, default=5, help="how many times everything is run (default: 5)"
    )
    p.add_argument(
        "--only", action="append", metavar="TEXT",
        help="only rows whose name holds TEXT, or another one of several --only",
    )  # fmt: skip
    p.add_argument("--json", metavar="FILE", help="write every measurement there")
    args = p.parse_args()
    args.only = args.only or [""]
    return args


def main():
    args = arguments()
    load = os.getloadavg()[0]
    results = Results()
    if load > 0.5:
        results.problem(
            f"the machine was busy before this began (load {load:.1f}): what is timed by the "
            "clock on the wall, Python's updates and the game loop, is worth little"
        )
    try:
        commands = build_all(results, args.only)
    except programs.Missing as e:
        sys.exit(f"bench: {e}")
    pin()
    run_rounds(commands, args.rounds, args.only, results)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump(
                {"machine": machine(), "values": results.values, "units": results.units},
                f,
                indent=1,
            )
    print(f"{machine()}; medians of {args.rounds} rounds\n")
    for text in [*results.problems, *not_measured(results, args.only)]:
        print(f"- {text}\n")
    print("\n".join(table(results)))
    return 0 if any(OURS in by_who for by_who in results.values.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
