#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py HOST [--prometheus] - runs the demo's host, scrapes it and shows what it tells.

With --prometheus a real Prometheus does the scraping, on free ports of the loopback address
and with its data in a temporary folder, and is asked in PromQL.
"""

import argparse
import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
FRAMES = 500
LANGUAGES = ("C", "Lua", "Python")
QUERIES = (
    "up",
    "demo_ticks_total",
    "demo_monsters",
    "histogram_quantile(0.9, demo_frame_seconds_bucket)",
    'demo_loot_gold{quantile="0.5"}',
)


@contextlib.contextmanager
def host(program):
    """The running host, as (address, process); it ends when its standard input does."""
    command = [program, str(FRAMES), str(HERE / "game.lua"), str(HERE / "game.py")]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        address = process.stdout.readline().strip()
        if not address:
            raise SystemExit("demo: the host did not start")
        yield address, process
    finally:
        process.stdin.close()
        process.wait(timeout=10)


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read().decode("utf-8")


def show(address):
    """Prints the demo's families and checks that every language was counted in full."""
    text = fetch(address)
    mine = [line for line in text.splitlines() if "demo_" in line]
    print("\n".join(mine))
    print(f"... and {len(text.splitlines()) - len(mine)} more lines about the process")
    for language in LANGUAGES:
        if f'demo_ticks_total{{language="{language}"}} {FRAMES}' not in mine:
            raise SystemExit(f"demo: {language} was not counted {FRAMES} times")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def prometheus(target):
    """The address of a Prometheus that scrapes the target each second."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "prometheus.yml")
        # JSON is YAML too.
        job = {"job_name": "demo", "static_configs": [{"targets": [target]}]}
        settings = {"global": {"scrape_interval": "1s"}, "scrape_configs": [job]}
        config.write_text(json.dumps(settings), encoding="utf-8")
        listen = f"127.0.0.1:{free_port()}"
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address={listen}",
                "--log.level=error",
            ]
        )
        try:
            yield f"http://{listen}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def ask(server, query):
    url = f"{server}/api/v1/query?" + urllib.parse.urlencode({"query": query})
    return json.loads(fetch(url))["data"]["result"]


def wait_for_scrape(server, query, seconds=30):
    for _ in range(seconds * 5):
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            if ask(server, query):
                return
        time.sleep(0.2)
    raise SystemExit("demo: Prometheus did not scrape the host")


def show_queries(server):
    wait_for_scrape(server, f'demo_ticks_total{{language="Python"}} == {FRAMES}')
    for query in QUERIES:
        print(f"\n{query}")
        for row in ask(server, query):
            labels = {k: v for k, v in row["metric"].items() if k not in ("job", "instance")}
            name = labels.pop("__name__", "")
            inside = ", ".join(f'{k}="{v}"' for k, v in labels.items())
            print(f"    {name}{{{inside}}} {row['value'][1]}")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("host")
    p.add_argument("--prometheus", action="store_true")
    args = p.parse_args()
    with host(args.host) as (address, process):
        print(f"one process, three languages, one registry: {address}\n", flush=True)
        process.stdout.readline()  # the frames are done
        show(address)
        if args.prometheus:
            with prometheus(urllib.parse.urlsplit(address).netloc) as server:
                print(f"\nPrometheus: {server}", flush=True)
                show_queries(server)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
