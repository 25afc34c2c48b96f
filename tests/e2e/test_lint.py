# SPDX-License-Identifier: Apache-2.0
"""libprom-lint beside promtool check metrics: the same problems in the same texts."""

import os
import pathlib
import subprocess

import pytest

SAMPLES = pathlib.Path(__file__).parent / "lint"

# Debian's promtool is of Prometheus 2.42, whose linter has not this rule yet.
NEWER = " metric not unique"


@pytest.fixture(scope="session")
def linter():
    build = pathlib.Path(os.environ["PROM_BUILD"])
    found = sorted(p for p in build.rglob("libprom-lint") if p.is_file())
    assert found, f"no libprom-lint below {build}: build it first"
    return found[0]


def run(program, text=b"", *arguments):
    done = subprocess.run([program, *arguments], input=text, capture_output=True, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def ask_promtool(promtool, text):
    """Whether it could read the text, and its lines."""
    status, _, said = run(promtool, text, "check", "metrics")
    assert status in (0, 1, 3), said
    return status != 1, sorted(said.splitlines()) if status == 3 else []


def check_agreement(linter, promtool, text):
    status, said, wrong = run(linter, text)
    ours = [line for line in said.splitlines() if not line.endswith(NEWER)]
    readable, theirs = ask_promtool(promtool, text)
    assert readable == (status != 2), wrong
    assert ours == theirs
    assert not ours or status == 1


@pytest.mark.parametrize("name", sorted(p.name for p in SAMPLES.glob("*.prom")))
def test_samples(linter, promtool, name):
    check_agreement(linter, promtool, (SAMPLES / name).read_bytes())


def test_samples_find_every_rule(linter):
    status, said, _ = run(linter, b"", *sorted(map(str, SAMPLES.glob("[!b]*.prom"))))
    assert status == 1
    for part in [
        'cache_kilobytes use base unit "bytes" instead of "kilobytes"',
        "wait_ms metric names should not contain abbreviated units",
        "queueLength metric names should be written in 'snake_case' not 'camelCase'",
        "queueLength label names should be written in 'snake_case' not 'camelCase'",
        "job:waiting:sum5m metric names should not contain ':'",
        "no_help no help text",
        'requests counter metrics should have "_total" suffix',
        'things_total non-counter metrics should not have "_total" suffix',
        "level_gauge metric name should not include type 'gauge'",
        'fake_bucket non-histogram metrics should not have "_bucket" suffix',
        'fake_bucket non-histogram metrics should not have "le" label',
        'fake_count non-histogram and non-summary metrics should not have "_count" suffix',
        'fake_count non-summary metrics should not have "quantile" label',
        'fake_sum non-histogram and non-summary metrics should not have "_sum" suffix',
        "x_total metric not unique",
    ]:
        assert f".prom: {part}\n" in said


def test_our_own_exposition(linter, promtool, target):
    _, body = target.get()
    check_agreement(linter, promtool, body)
    url = f"http://127.0.0.1:{target.port}/metrics"
    status, said, wrong = run(linter, b"", url)
    assert status in (0, 1), wrong
    assert said == run(linter, body)[1]


def test_what_cannot_be_read(linter, target):
    assert run(linter, b"x 1")[0] == 2
    status, said, wrong = run(linter, b"y 1\n", "-", "no such file")
    assert (status, said) == (2, "-: y no help text\n")
    assert wrong == "libprom-lint: no such file: cannot be opened\n"
    assert run(linter, b"", f"http://127.0.0.1:{target.port}/other")[0] == 2
    status, _, wrong = run(linter, b"", str(SAMPLES / "broken.prom"))
    assert status == 2
    assert "line 3, column 11: " in wrong


def test_options(linter):
    status, said, _ = run(linter, b"", "--help")
    assert status == 0
    assert said.startswith("usage: libprom-lint ")
    assert run(linter, b"", "--version")[1].startswith("libprom-lint ")
    status, _, wrong = run(linter, b"", "--nonsense")
    assert status == 2
    assert "no option --nonsense" in wrong
