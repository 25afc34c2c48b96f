# SPDX-License-Identifier: Apache-2.0
"""Scrapes of one server over HTTP, driven by wrk. See README.md.

Usage: scrapes.py WHO SERIES COMMAND... -- ROW...

The server runs on the core that this process has, wrk on another one.
"""

import gzip
import http.client
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

OURS = "libprom"
SIZES = (1_000, 100_000)
CODINGS = ("", "gzip")
CONNECTIONS = (1, 8)
# wrk forgets answers that took longer.
PATIENCE = 60

# wrk's own output is rounded.
REPORT = """
done = function(summary, latency, requests)
    local e = summary.errors
    io.write(string.format("result %d %d %d %d %d\\n", summary.requests, summary.duration,
        summary.bytes, latency:percentile(99),
        e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True)
class Case:
    size: int
    coding: str

    def row(self, what, connections=0):
        words = [f"http: {what}", f"{self.size:,} series"]
        if self.coding:
            words.append(self.coding)
        if connections:
            words.append(f"{connections} connection{'s' * (connections > 1)}")
        return ", ".join(words)

    def driven(self, connections):
        """Rows of one run of wrk."""
        return [self.row(what, connections) for what in ("scrapes a second", "p99 of a scrape")]

    def rows(self):
        for connections in CONNECTIONS:
            yield from self.driven(connections)
        yield self.row("processor time of a scrape")

    def headers(self):
        return {
            "Accept": "text/plain;version=0.0.4",
            "Accept-Encoding": self.coding or "identity",
        }


CASES = tuple(itertools.starmap(Case, itertools.product(SIZES, CODINGS)))
ROWS = tuple(row for case in CASES for row in case.rows())


def is_slow(who, size):
    """Whether a scrape takes so long that it is measured in the first round only."""
    return who != OURS and size == max(SIZES)


def seconds(who, size, connections):
    """How long wrk runs. Peers serve eight that ask for much by turns, so that the first
    answer is there about when the eighth is; a run that ends before that has no figure."""
    if is_slow(who, size):
        return 5 if connections == 1 else 12 if who == "client_golang" else 20
    return 1 if size == min(SIZES) else 2


class Server:
    """A program that prints its port and serves until its input ends."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:  # prometheus_client's threads are at work
            self.process.kill()
            self.process.wait()

    def processor_seconds(self):
        """Of all threads, ended ones too: the clock that clock_getcpuclockid() names."""
        return time.clock_gettime((~self.process.pid << 3) | 2)


def body_bytes(connection, case):
    """One scrape; the length of the answer, once it is sure that it is the right one."""
    connection.request("GET", "/metrics", headers=case.headers())
    answer = connection.getresponse()
    body, coding = answer.read(), answer.getheader("Content-Encoding", "")
    if coding != case.coding:
        sys.exit(f"scrapes: '{coding}' instead of '{case.coding}'")
    text = gzip.decompress(body) if coding else body
    if text.count(b"\n") != case.size + 2:
        sys.exit("scrapes: the text has another number of lines than series")
    return len(body)


def one_by_one(server, case):
    """The length of an answer, and the processor time that it takes, in microseconds: not of
    wrk's scrapes, for at its end it leaves some unfinished."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    length = body_bytes(connection, case)  # memory is had now, series are sorted
    n, begin, used = 0, time.monotonic(), server.processor_seconds()
    while n == 0 or time.monotonic() < begin + 0.5:
        body_bytes(connection, case)
        n += 1
    connection.close()
    return length, (server.processor_seconds() - used) / n * 1e6


def run_wrk(server, case, connections, duration):
    core = min(set(range(os.cpu_count())) - os.sched_getaffinity(0))
    headers = [f"-H{name}: {value}" for name, value in case.headers().items()]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(REPORT)
        script.flush()
        done = subprocess.run(
            [
                "taskset", "-c", str(core), "wrk", "-t1", f"-c{connections}",
                f"-d{duration}s", f"--timeout={PATIENCE}s", f"-s{script.name}", *headers,
                f"http://127.0.0.1:{server.port}/metrics",
            ],
            stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("result"))
    return map(int, line.split()[1:])


def report(who, row, value, unit):
    print(json.dumps({"row": row, "who": who, "value": value, "unit": unit}), flush=True)


def measure(server, who, case, wanted):
    length, us = one_by_one(server, case)
    report(who, case.row("processor time of a scrape"), us, "us")
    for connections in CONNECTIONS:
        rate, p99 = case.driven(connections)
        if rate not in wanted and p99 not in wanted:
            continue
        requests, took_us, got, p99_us, errors = run_wrk(
            server, case, connections, seconds(who, case.size, connections)
        )
        if errors:
            sys.exit(f"scrapes: {errors} failed")
        if got < requests * length * 0.98:
            sys.exit("scrapes: answers are too short")
        if requests:
            report(who, rate, requests / took_us * 1e6, "1/s")
            report(who, p99, p99_us / 1e3, "ms")


def commands(servers, wanted, first):
    """What is to be run in a round; `servers`: command lines by who, without the series."""
    for size, (who, command) in itertools.product(SIZES, servers.items()):
        rows = [row for case in CASES if case.size == size for row in case.rows()]
        rows = [row for row in rows if wanted(row)]
        if rows and (first or not is_slow(who, size)):
            yield [sys.executable, __file__, who, size, *command, size, "--", *rows]


def main(who, size, *words):
    split = words.index("--")
    wanted = set(words[split + 1 :])
    with Server(words[:split]) as server:
        for case in CASES:
            if case.size == int(size) and not wanted.isdisjoint(case.rows()):
                measure(server, who, case, wanted)


if __name__ == "__main__":
    main(*sys.argv[1:])
