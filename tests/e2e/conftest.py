# SPDX-License-Identifier: Apache-2.0
"""Targets of ours and a real Prometheus that scrapes them, and what a newer one is to those who
push to it, all on free ports of loopback."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import time
import types
import urllib.error
import urllib.parse
import urllib.request

import pytest

PATIENCE = 30.0


def wait_for(what, holds):
    """Calls holds() until it is true and returns that; the test fails when it never is."""
    end = time.monotonic() + PATIENCE
    while True:
        got = holds()
        if got:
            return got
        assert time.monotonic() < end, f"{what}: not within {PATIENCE:.0f} s"
        time.sleep(0.1)


def program(name):
    path = shutil.which(name)
    assert path, f"{name} is missing: ./dev test unpacks Debian's packages of servers"
    return path


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def built(name):
    build = pathlib.Path(os.environ["PROM_BUILD"])
    found = sorted(p for p in build.rglob(name) if p.is_file())
    assert found, f"no {name} below {build}: build it first"
    return found[0]


def get(port, headers=None):
    url = f"http://127.0.0.1:{port}/metrics"
    request = urllib.request.Request(url, headers=headers or {})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return answer.headers, answer.read()


class Target:
    """tests/e2e/target.c, running."""

    def __init__(self):
        self.path = built("e2e_target")
        self.port = 0
        self.start()

    def start(self):
        """On the port it had before, if it had one."""
        self.process = subprocess.Popen(
            [self.path, str(self.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        first = self.process.stdout.readline().strip()
        assert first.isdigit(), "the target did not start"
        self.port = int(first)

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(PATIENCE) == 0
        self.process.stdout.close()

    def work(self, n):
        self.process.stdin.write(f"work {n}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == f"worked {n}\n"

    def get(self, headers=None):
        return get(self.port, headers)


class Formats:
    """tests/e2e/formats.c, running: a port for each of its servers."""

    def __init__(self):
        self.process = subprocess.Popen(
            [built("e2e_formats")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        words = self.process.stdout.readline().split()
        assert len(words) == 4, "e2e_formats did not start"
        names = ("negotiated", "text", "openmetrics", "protobuf")
        self.ports = dict(zip(names, map(int, words)))

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(PATIENCE) == 0
        self.process.stdout.close()

    def get(self, server, headers=None):
        return get(self.ports[server], headers)


CONFIG = """\
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
"""
JOB = """\
  - job_name: {job}
    static_configs: [ {{ targets: [ "127.0.0.1:{port}" ] }} ]
"""


class Prometheus:
    """A server that scrapes one port for each job."""

    def __init__(self, folder, jobs, *flags):
        config = folder / "prometheus.yml"
        parts = [JOB.format(job=job, port=port) for job, port in jobs.items()]
        config.write_text(CONFIG + "".join(parts))
        self.log = folder / "prometheus.log"
        self.url = f"http://127.0.0.1:{free_port()}"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    program("prometheus"),
                    f"--config.file={config}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address={self.url.removeprefix('http://')}",
                    *flags,
                ],
                stdout=log,
                stderr=log,
            )
        wait_for("Prometheus is ready", self.is_ready)

    def is_ready(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=PATIENCE) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)

    def api(self, call, **parameters):
        url = f"{self.url}/api/v1/{call}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            said = json.load(answer)
        assert said["status"] == "success", said
        return said["data"]

    def version(self):
        """Of the server: (2, 42)."""
        return tuple(map(int, self.api("status/buildinfo")["version"].split(".")[:2]))

    def query(self, promql):
        """Values by label set, without __name__, instance and job."""
        out = {}
        for series in self.api("query", query=promql)["result"]:
            labels = {
                k: v
                for k, v in series["metric"].items()
                if k not in ("__name__", "instance", "job")
            }
            out[tuple(sorted(labels.items()))] = float(series["value"][1])
        return out

    def value(self, promql):
        """Of a query with one answer; None without one."""
        answers = self.query(promql)
        assert len(answers) <= 1, answers
        return next(iter(answers.values()), None)


class Receiver:
    """tests/e2e/receiver, running: Prometheus' own handlers of remote write and OTLP."""

    def __init__(self, path, folder, *flags):
        self.log = folder / "receiver.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [path, *flags, folder / "data"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        first = self.process.stdout.readline().strip()
        assert first.isdigit(), self.log.read_text()
        self.url = f"http://127.0.0.1:{first}"

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(PATIENCE) == 0, self.log.read_text()
        self.process.stdout.close()

    def ask(self, path, body=None, headers=None):
        """The status and the body of the answer."""
        request = urllib.request.Request(self.url + path, body, headers or {})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as e:
            with e:
                return e.code, e.read()

    def list(self, what):
        """What /stored, /taken or /requests tells: receiver/main.go has what that is."""
        status, body = self.ask(f"/{what}")
        assert status == 200, body
        return json.loads(body)

    def fail(self, status, times, **more):
        """Of the next requests so many are answered so."""
        query = urllib.parse.urlencode({"status": status, "times": times, **more})
        assert self.ask(f"/fail?{query}", b"")[0] == 200


@pytest.fixture(scope="session")
def go_program(tmp_path_factory):
    """Builds tests/e2e/NAME; its modules come from the network or from Go's cache."""

    def build(name):
        if shutil.which("go") is None:
            pytest.skip("needs Go 1.26")
        out = tmp_path_factory.mktemp(name) / name
        done = subprocess.run(
            ["go", "build", "-ldflags=-s -w", "-o", out, "."],
            cwd=pathlib.Path(__file__).parent / name,
            env=dict(os.environ, GOTOOLCHAIN="local"),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(f"{name} cannot be built: {done.stderr[:200]}")
        return out

    return build


@pytest.fixture(scope="session")
def receiver_program(go_program):
    return go_program("receiver")


@pytest.fixture
def receiver(receiver_program, tmp_path):
    """A fresh one for each test."""
    r = Receiver(receiver_program, tmp_path)
    yield r
    r.stop()


@pytest.fixture(scope="session")
def kit():
    """For tests that have servers of their own."""
    return types.SimpleNamespace(
        built=built,
        free_port=free_port,
        wait_for=wait_for,
        patience=PATIENCE,
        Prometheus=Prometheus,
    )


@pytest.fixture(scope="session")
def lua():
    """lua(SCRIPT, *WORDS): the command that runs a script of this folder, and its variables."""
    program = shutil.which("lua5.4") or shutil.which("lua")
    assert program, "there is no Lua in PATH"
    here = pathlib.Path(__file__).parent
    module = built("core.so").parents[1]
    paths = {
        "LUA_PATH": f"{here.parents[1]}/bindings/lua/?.lua;;",
        "LUA_CPATH": f"{module}/?.so;;",
    }

    def command(script, *words):
        return [program, here / script, *map(str, words)], {**os.environ, **paths}

    return command


@pytest.fixture(scope="session")
def wait_until():
    return wait_for


@pytest.fixture(scope="session")
def promtool():
    return program("promtool")


@pytest.fixture(scope="module")
def target():
    t = Target()
    yield t
    t.stop()


@pytest.fixture(scope="module")
def prometheus(target, tmp_path_factory):
    p = Prometheus(tmp_path_factory.mktemp("prometheus"), {"target": target.port})
    yield p
    p.stop()


@pytest.fixture(scope="module")
def formats():
    f = Formats()
    yield f
    f.stop()


@pytest.fixture(scope="module")
def scraper(formats, tmp_path_factory, wait_until):
    """A Prometheus with native histograms and exemplars on, for which it asks for protobuf of
    whoever negotiates; every server of `formats` is a job, and has been scraped."""
    p = Prometheus(
        tmp_path_factory.mktemp("scraper"),
        formats.ports,
        "--enable-feature=native-histograms,exemplar-storage",
    )
    wait_until("all formats are scraped", lambda: p.value("sum(up)") == len(formats.ports))
    yield p
    p.stop()


@pytest.fixture(scope="module")
def plain(formats, tmp_path_factory, wait_until):
    """One without, which asks for OpenMetrics."""
    p = Prometheus(tmp_path_factory.mktemp("plain"), {"plain": formats.ports["negotiated"]})
    wait_until("the target is scraped", lambda: p.value("sum(up)") == 1)
    yield p
    p.stop()
