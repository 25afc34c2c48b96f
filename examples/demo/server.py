# SPDX-License-Identifier: Apache-2.0
"""A Prometheus of one's own: on loopback, with its data in a folder that goes with it."""

import contextlib
import json
import math
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

# What is on loopback needs no proxy, whatever the environment says.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))

# Evaluated at one moment, and shown.
FILES = "sum by (language) (demo_files_total)"
GROWTH = (
    "sum by (language) "
    "(max_over_time(demo_files_total[5m]) - min_over_time(demo_files_total[5m]))"
)
RATE = "sum by (language) (rate(demo_bytes_total[30s]))"
MEAN = "demo_read_seconds_sum / demo_read_seconds_count"
QUANTILE = "histogram_quantile(0.9, sum by (language, le) (demo_read_seconds_bucket))"
MEDIAN = 'demo_file_bytes{quantile="0.5"}'
QUERIES = (FILES, GROWTH, RATE, MEAN, QUANTILE, MEDIAN)


def fetch(url):
    with OPENER.open(url, timeout=10) as response:
        return response.read().decode("utf-8")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Prometheus:
    """A running server, asked by its HTTP API."""

    def __init__(self, address, process, log):
        self.address = address
        self._process = process
        self._log = log

    def ask(self, query):
        """{language: value} of an instant query; the key is "" where there is no such label."""
        url = f"{self.address}/api/v1/query?" + urllib.parse.urlencode({"query": query})
        rows = json.loads(fetch(url))["data"]["result"]
        return {row["metric"].get("language", ""): float(row["value"][1]) for row in rows}

    def wait_until(self, query, answer, seconds=30):
        """Asks until this is the answer."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                if self.ask(query) == answer:
                    return
            if self._process.poll() is not None:
                raise SystemExit(f"demo: Prometheus has ended:\n{self._log.read_text()}")
            time.sleep(0.2)
        raise SystemExit(f"demo: {query} did not become {answer} in {seconds} seconds")


@contextlib.contextmanager
def prometheus(target):
    """A Prometheus that scrapes the target each second."""
    program = shutil.which("prometheus")
    if not program:
        raise SystemExit("demo: there is no prometheus in PATH")
    with tempfile.TemporaryDirectory(prefix="demo-prometheus-") as folder:
        job = {"job_name": "demo", "static_configs": [{"targets": [target]}]}
        settings = {"global": {"scrape_interval": "1s"}, "scrape_configs": [job]}
        config, log = Path(folder, "prometheus.yml"), Path(folder, "log")
        config.write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML too
        listen = f"127.0.0.1:{free_port()}"
        command = [
            program,
            f"--config.file={config}",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address={listen}",
        ]
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            yield Prometheus(f"http://{listen}", process, log)
        finally:
            process.kill()  # nobody will read its data again
            process.wait()


def quantile_of(buckets, q):
    """histogram_quantile as Prometheus defines it, for buckets from zero up."""
    rank = q * buckets[-1][1]
    below_bound = below_count = 0.0
    for bound, count in buckets:
        if count >= rank:
            if math.isinf(bound):
                return below_bound
            return below_bound + (bound - below_bound) * (rank - below_count) / (
                count - below_count
            )
        below_bound, below_count = bound, count
    return math.nan


def known_answers(scrape, languages):
    """{query: answer} as they follow from the scrape."""
    files = {
        language: scrape.total("demo_files_total", language=language) for language in languages
    }
    return {
        FILES: files,
        GROWTH: files,  # Prometheus was there when all were zero
        MEAN: {
            language: scrape.value("demo_read_seconds_sum", language=language)
            / scrape.value("demo_read_seconds_count", language=language)
            for language in languages
        },
        QUANTILE: {
            language: quantile_of(scrape.buckets("demo_read_seconds", language=language), 0.9)
            for language in languages
        },
        MEDIAN: {
            language: scrape.value("demo_file_bytes", language=language, quantile="0.5")
            for language in languages
        },
    }


def complaints(answers, scrape, languages):
    """Sentences about answers that do not follow from the scrape."""
    for query, known in known_answers(scrape, languages).items():
        for language, value in known.items():
            answer = answers[query].get(language, math.nan)
            if not math.isclose(answer, value, rel_tol=1e-9):
                yield f"{query} of {language} is {answer}, but {value} by the scrape"
    # How much a rate is depends on when the scrapes were.
    for language in languages:
        if not answers[RATE].get(language, math.nan) > 0:
            yield f"{RATE} of {language} is not above zero"
