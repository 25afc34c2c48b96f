#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py HOST [--prometheus] - lets the demo's host work, scrapes it and shows the metrics.

C, Lua and Python read files of this machine in one process and count them in one registry.
What they count is compared with find's and cat's count of the same files. With --prometheus a
real Prometheus scrapes the host as well, and its answers are compared with the scrape.
"""

import argparse
import contextlib
import importlib.util
import select
import subprocess
import sys
import urllib.parse
from pathlib import Path

import check
import folders
import server

HERE = Path(__file__).resolve().parent
LANGUAGES = ("C", "Lua", "Python")
COUNTED = ("demo_files_total", "demo_bytes_total", "demo_lines_total")


def modules():
    """Where the package libprom is that this Python would import."""
    spec = importlib.util.find_spec("libprom")
    if spec is None:
        raise SystemExit("demo: there is no Python package libprom")
    return str(Path(spec.origin).parent.parent)


class Host:
    """The running host; it waits to be told to work."""

    def __init__(self, process):
        self._process = process
        self.address = process.stdout.readline().strip()
        if not self.address:
            raise SystemExit("demo: the host did not start")

    def scrape(self):
        return server.fetch(self.address)

    def work(self):
        """Lets it work and scrapes it as often as there is time; the scrapes meanwhile."""
        scrapes = []
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        while not select.select([self._process.stdout], [], [], 0.05)[0]:
            scrapes.append(check.Scrape(self.scrape()))
        if self._process.stdout.readline() != "done\n":
            raise SystemExit("demo: the host failed")
        return scrapes


@contextlib.contextmanager
def running_host(program, dealt):
    command = [program, str(HERE), modules()]
    for language, its_folders in dealt.items():
        command += [language, *its_folders]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Host(process)
        process.stdin.close()  # it ends when its input does
        if process.wait(timeout=30) != 0:
            raise SystemExit(f"demo: the host ended with {process.returncode}")
    finally:
        process.kill()
        process.wait()


def share_row(scrape, language):
    cells = [f"{language:8}"]
    for name in COUNTED:
        value = scrape.total(name, language=language)
        cells.append(f"{value:14,.0f}{value / max(scrape.total(name), 1):8.1%}")
    seconds = scrape.value("demo_read_seconds_sum", language=language)
    reads = scrape.value("demo_read_seconds_count", language=language)
    cells.append(f"{seconds / max(reads, 1) * 1e6:9.0f} us")
    return "".join(cells)


def show_shares(scrape):
    print(f"\n{'':8}{'files':>14}{'bytes':>22}{'lines':>22}{'a read':>20}")
    for language in LANGUAGES:
        print(share_row(scrape, language))
    print(f"{'all':8}" + "        ".join(f"{scrape.total(name):14,.0f}" for name in COUNTED))


def never_less(scrapes):
    """Whether no counter went down from one scrape to the next."""
    totals = [s.total("demo_files_total") for s in scrapes]
    return totals == sorted(totals)


def show_answers(prometheus, scrape):
    """Prints the answers to the queries; sentences about what is wrong with them."""
    # Set when all had counted, so whatever scrape has it has everything.
    files = scrape.total("demo_files_total")
    prometheus.wait_until("demo_seen_files", dict.fromkeys(LANGUAGES, files))
    answers = {query: prometheus.ask(query) for query in server.QUERIES}
    print(f"\nPrometheus at {prometheus.address} says")
    for query, answer in answers.items():
        print(f"\n{query}")
        for language, value in sorted(answer.items()):
            print(f"    {language:10}{value:.6g}")
    return list(server.complaints(answers, scrape, LANGUAGES))


def demo(program, with_prometheus):
    """Runs it all; sentences about what is wrong."""
    dealt = folders.deal(LANGUAGES)
    with contextlib.ExitStack() as stack:
        host = stack.enter_context(running_host(program, dealt))
        if with_prometheus:
            target = urllib.parse.urlsplit(host.address).netloc
            prometheus = stack.enter_context(server.prometheus(target))
            prometheus.wait_until("up", {"": 1.0})
        scrapes = host.work()
        text = host.scrape()
        scrape = check.Scrape(text)
        print(text, end="")
        show_shares(scrape)
        print(
            f"\n{len(scrapes)} scrapes of {host.address} were answered while the three worked."
        )
        wrong = [] if never_less([*scrapes, scrape]) else ["demo_files_total went down"]
        counted = {language: folders.count(dealt[language]) for language in LANGUAGES}
        wrong += check.complaints(scrape, counted)
        if with_prometheus:
            wrong += show_answers(prometheus, scrape)
    return wrong


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("host")
    p.add_argument("--prometheus", action="store_true")
    args = p.parse_args()
    wrong = demo(args.host, args.prometheus)
    if wrong:
        print("\n" + "\n".join(f"demo: {sentence}" for sentence in wrong), file=sys.stderr)
        return 1
    print("\nAll agree with find's and cat's count of the same files", end="")
    print(", and Prometheus with the scrape." if args.prometheus else ".")
    return 0


if __name__ == "__main__":
    sys.exit(main())
