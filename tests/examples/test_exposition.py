# SPDX-License-Identifier: Apache-2.0
"""A format and a transport of a user's own say the same in every language."""

import json
import socket
import sys

import pytest


@pytest.fixture
def commands(build, lua):
    """By program and language."""
    names = ("json_lines", "statsd")
    return {
        **{(name, "C"): [build / f"examples/exposition/{name}"] for name in names},
        **{(name, "Lua"): [lua, f"{name}.lua"] for name in names},
        **{(name, "Python"): [sys.executable, f"{name}.py"] for name in names},
    }


JSON_LINES = [
    {"name": "job_seconds_bucket", "labels": {"le": "1"}, "value": 1},
    {"name": "job_seconds_bucket", "labels": {"le": "+Inf"}, "value": 1},
    {"name": "job_seconds_sum", "labels": {}, "value": 0.25},
    {"name": "job_seconds_count", "labels": {}, "value": 1},
    {"name": "jobs_total", "labels": {"kind": 'say "hi"\n'}, "value": 1},
]


@pytest.mark.parametrize("language", ["C", "Lua", "Python"])
def test_json_lines(language, commands, examples, run):
    done = run(*commands["json_lines", language], cwd=examples / "exposition")
    assert (done.stderr, done.returncode) == ("", 0)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if language == "Python":  # whose histograms have bounds and an order of their own
        lines[0]["labels"]["le"] = lines[0]["labels"]["le"].removesuffix(".0")
        lines[2:4] = lines[3:1:-1]
    assert lines == JSON_LINES


@pytest.mark.parametrize("language", ["C", "Lua", "Python"])
def test_json_lines_to_a_full_disk(language, commands, examples, run):
    command = ["sh", "-c", 'exec "$@" >/dev/full', "sh", *commands["json_lines", language]]
    done = run(*command, cwd=examples / "exposition")
    assert done.returncode == 1
    assert "standard output takes no more" in done.stderr


STATSD = [
    ["jobs_total:1|c|#kind:a_b", "level:0|g", "level:-0.5|g"],
    ["jobs_total:2|c|#kind:a_b", "level:0.5|g"],
    ["jobs_total:3|c|#kind:a_b", "level:1.5|g"],
    ["jobs_total:1|c|#kind:a_b", "level:1.5|g"],
]


@pytest.mark.parametrize("language", ["C", "Lua", "Python"])
def test_statsd(language, commands, examples, run):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(10)
        port = peer.getsockname()[1]
        done = run(
            *commands["statsd", language], "127.0.0.1", port, cwd=examples / "exposition"
        )
        assert (done.stderr, done.returncode) == ("", 0)
        got = [peer.recv(65536).decode().splitlines() for _ in STATSD]
    assert got == STATSD


@pytest.mark.parametrize("language", ["C", "Lua", "Python"])
def test_statsd_at_nobody(language, commands, examples, run):
    done = run(
        *commands["statsd", language], "no-such-host.invalid", 1, cwd=examples / "exposition"
    )
    assert done.returncode == 1
    assert "there is no StatsD at 'no-such-host.invalid:1'" in done.stderr
