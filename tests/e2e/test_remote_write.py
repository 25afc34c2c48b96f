# SPDX-License-Identifier: Apache-2.0
"""What servers make of what we write to them: Debian's Prometheus and VictoriaMetrics, which
know remote write 1.0, and the handlers of a newer Prometheus, which know 2.0 as well."""

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

WORK = 1000
PATIENCE = 30


class Writer:
    """tests/e2e/writer.c, running."""

    def __init__(self, path, url, version, interval_ms=0):
        self.process = subprocess.Popen(
            [path, url, str(version), str(interval_ms)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "ok\n"

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def do(self, *lines):
        for line in lines:
            assert self.tell(line) == "ok", line

    def end(self):
        if not self.process.stdin.closed:
            self.process.stdin.close()
        assert self.process.wait(PATIENCE) == 0
        self.process.stdout.close()


@pytest.fixture
def writer(kit):
    """Starts writers, and ends them."""
    all_of_them = []

    def start(*args):
        all_of_them.append(Writer(kit.built("e2e_writer"), *args))
        return all_of_them[-1]

    yield start
    for w in all_of_them:
        w.end()


# --- Debian's Prometheus -----------------------------------------------------


@pytest.fixture(scope="module")
def written(kit, tmp_path_factory):
    """A Prometheus that scrapes nothing and takes what is written."""
    p = kit.Prometheus(
        tmp_path_factory.mktemp("written"),
        {},
        "--web.enable-remote-write-receiver",
        "--enable-feature=native-histograms,exemplar-storage",
    )
    yield p
    p.stop()


@pytest.fixture
def ended(written, wait_until):
    """That nothing is left of what a writer wrote. Times that would be the same are moved ahead
    of the clock, so it may take a moment."""

    def check():
        wait_until("all has ended", lambda: written.value('count({job="e2e"})') is None)

    return check


def write_url(p):
    return f"{p.url}/api/v1/write"


def test_values_series_and_their_end(written, writer, wait_until, ended):
    w = writer(write_url(written), 1)
    w.do(f"work {WORK}", "send")
    assert written.query("app_requests_total") == {
        (("method", "GET"),): WORK * 9 / 10,
        (("method", "POST"),): WORK / 10,
    }
    assert written.value('count({job="e2e",instance="i-1"})') == written.value(
        'count({__name__=~"app.*"})'
    )
    buckets = written.query('app_latency_seconds_bucket{method="GET"}')
    seen = [i / 100 for i in range(100) if i % 10 != 9] * (WORK // 100)
    for le in ("0.1", "0.5", "1.0", "+Inf"):
        want = sum(v <= float(le) for v in seen)
        assert buckets[(("le", le), ("method", "GET"))] == want
    quantile = 'histogram_quantile(0.5, app_latency_seconds_bucket{method="POST"})'
    assert 0.1 < written.value(quantile) <= 1
    assert written.value("app_size_bytes_count") == WORK
    assert written.value("app_size_bytes_sum") == WORK * 50.5
    assert written.query("app_odd") == {(("Zone_x", 'café "\\'),): -0.5}
    nothing = written.value("app_nothing")
    assert nothing != nothing

    w.do("forget", "send")
    wait_until("POST has ended", lambda: not written.query('{method="POST"}'))
    assert written.query("app_requests_total") == {(("method", "GET"),): WORK * 9 / 10}
    w.do("work 10", "send")  # POST begins again
    again = {(("method", "GET"),): WORK * 9 / 10 + 9, (("method", "POST"),): 1}
    wait_until("POST is back", lambda: written.query("app_requests_total") == again)
    w.do("stop")
    ended()


def test_native_histograms(written, writer, ended):
    w = writer(write_url(written), 1)
    w.do("work 1000", "send")
    assert written.value("histogram_count(app_spread)") == 1000
    assert written.value("histogram_sum(app_spread)") == 50500
    assert written.value("histogram_quantile(0.5, app_spread)") == pytest.approx(50, rel=0.1)
    assert written.value("histogram_count(app_weights)") == 4.5
    assert written.value("histogram_sum(app_weights)") == 11
    w.do("stop")
    ended()


def test_one_that_knows_1_0_alone_gets_that(written, writer, ended):
    w = writer(write_url(written), 2)
    w.do("work 10", "send")
    assert written.value("sum(app_requests_total)") == 10
    w.do("send", "stop")
    ended()


def test_by_itself_and_at_the_end(written, writer, wait_until, ended):
    w = writer(write_url(written), 1, 100)
    w.do("work 20")
    wait_until("it is written", lambda: written.value("sum(app_requests_total)") == 20)
    w.do("work 20")
    wait_until("more is written", lambda: written.value("sum(app_requests_total)") == 40)
    w.end()
    ended()


def test_rates_of_what_is_written(written, writer, wait_until, ended):
    w = writer(write_url(written), 1, 100)
    w.do("work 1000")
    wait_until("it is written", lambda: written.value("sum(app_requests_total)") == 1000)
    w.do("work 1000")
    rate = "sum(rate(app_requests_total[1m]))"
    wait_until("it has a rate", lambda: (written.value(rate) or 0) > 0)
    w.end()
    ended()


# --- VictoriaMetrics ----------------------------------------------------------


class Victoria:
    def __init__(self, program, port, folder):
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "victoria.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    program,
                    f"-storageDataPath={folder / 'data'}",
                    f"-httpListenAddr=127.0.0.1:{port}",
                    "-search.latencyOffset=0s",
                    "-search.disableCache",
                ],
                stdout=log,
                stderr=log,
            )

    def get(self, path, **parameters):
        url = f"{self.url}{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.read()

    def is_ready(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.get("/health") == b"OK"
        except (urllib.error.URLError, OSError):
            return False

    def flush(self):
        """Makes what was written readable."""
        self.get("/internal/force_flush")

    def query(self, promql):
        said = json.loads(self.get("/api/v1/query", query=promql, time=time.time() + 0.5))
        assert said["status"] == "success", said
        return {s["metric"].get("method"): float(s["value"][1]) for s in said["data"]["result"]}

    def export(self, match):
        """Each series with all its values, None for stale markers."""
        lines = self.get("/api/v1/export", **{"match[]": match}).decode().splitlines()
        return [json.loads(line) for line in lines]

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def victoria(kit, tmp_path_factory, wait_until):
    program = shutil.which("victoria-metrics")
    if not program:
        pytest.skip("needs Debian's package victoria-metrics, which could not be had")
    v = Victoria(program, kit.free_port(), tmp_path_factory.mktemp("victoria"))
    wait_until("VictoriaMetrics is ready", v.is_ready)
    yield v
    v.stop()


@pytest.mark.parametrize("version", [1, 2])
def test_victoria_metrics(victoria, writer, version, wait_until):
    w = writer(f"{victoria.url}/api/v1/write?extra_label=version=v{version}", version)
    mine = f'{{version="v{version}",__name__="app_requests_total"}}'
    w.do("work 100", "send")

    def values():
        victoria.flush()
        return victoria.query(f"app_requests_total{{version='v{version}'}}")

    wait_until("it is stored", lambda: values() == {"GET": 90, "POST": 10})
    (buckets,) = [
        s
        for s in victoria.export(f'{{version="v{version}",__name__=~"app_latency.*_bucket"}}')
        if s["metric"]["le"] == "1.0" and s["metric"]["method"] == "POST"
    ]
    assert buckets["values"] == [10]
    w.do("forget", "send")
    wait_until("POST has ended", lambda: values() == {"GET": 90})
    (post,) = [s for s in victoria.export(mine) if s["metric"]["method"] == "POST"]
    assert post["values"] == [10, None]


# --- a newer Prometheus ---------------------------------------------------------


def app(taken, name, **labels):
    """Samples of this name and these labels."""
    return [
        a
        for a in taken
        if a["labels"]["__name__"] == name
        and "sample" in a
        and all(a["labels"].get(k) == v for k, v in labels.items())
    ]


def errors(taken):
    return [a for a in taken if a.get("error")]


def test_2_0_with_all_it_has(receiver, writer):
    before = time.time_ns() // 1_000_000
    w = writer(f"{receiver.url}/api/v1/write", 2)
    w.do("work 100")
    time.sleep(0.002)  # for what has begun in the same millisecond has no beginning
    w.do("send")
    taken = receiver.list("taken")
    assert not errors(taken)
    (counter,) = app(taken, "app_requests_total", method="GET")
    assert counter["sample"]["value"] == "90"
    assert before - 1000 <= counter["sample"]["start"] <= counter["sample"]["t"]
    assert counter["metadata"]["type"] == "counter"
    assert counter["metadata"]["help"] == "Requests."
    assert counter["labels"]["job"] == "e2e"
    exemplars = [x for a in taken for x in a.get("exemplars") or []]
    assert {x["labels"]["trace_id"] for x in exemplars} == {"abc", "def", "ghi"}
    (odd,) = app(taken, "app.odd")
    assert odd["labels"]["Zone.x"] == 'café "\\'
    assert "empty" not in odd["labels"]
    bounds = {a["labels"]["le"] for a in app(taken, "app_latency_seconds_bucket")}
    assert bounds == {"0.1", "0.5", "1.0", "+Inf"}
    (bucket,) = app(taken, "app_latency_seconds_bucket", method="GET", le="1.0")
    assert bucket["metadata"]["type"] == "histogram"
    assert bucket["metadata"]["unit"] == "seconds"
    assert bucket["sample"]["start"] > 0
    (spread,) = app(taken, "app_spread")
    assert spread["sample"]["histogram"]["count"] == 100
    (request,) = receiver.list("requests")
    assert request["headers"]["x-prometheus-remote-write-version"] == "2.0.0"


def test_exemplars_and_times_of_later_requests_are_taken(receiver, writer):
    """An exemplar that is sent again out of its order would be refused with all else."""
    w = writer(f"{receiver.url}/api/v1/write", 2)
    for _ in range(20):
        w.do("work 50", "send")
    taken = receiver.list("taken")
    assert not errors(taken)
    assert [r["status"] // 100 for r in receiver.list("requests")] == [2] * 20
    times = [a["sample"]["t"] for a in app(taken, "app_spread")]
    assert len(times) == 20
    assert times == sorted(set(times))


@pytest.mark.parametrize("version", [1, 2])
def test_the_end_of_series(receiver, writer, version):
    w = writer(f"{receiver.url}/api/v1/write", version)
    w.do("work 100", "send", "forget", "send", "stop")
    stored = receiver.list("stored")
    assert not errors(receiver.list("taken"))
    for series in stored:
        samples = series["samples"]
        ends = 2 if series["labels"].get("method") == "POST" else 3
        assert len(samples) == ends, series
        stale = [s.get("value") == "stale" for s in samples]
        assert stale == [False] * (ends - 1) + [True], series


def test_older_servers_say_415(receiver, writer):
    w = writer(f"{receiver.url}/api/v1/write1", 2)
    w.do("work 10", "send", "send")
    assert [r["status"] for r in receiver.list("requests")] == [415, 204, 204]
    assert not errors(receiver.list("taken"))
    assert app(receiver.list("taken"), "app_odd")


def test_busy_servers_get_the_same_again(receiver, writer):
    w = writer(f"{receiver.url}/api/v1/write", 2)
    receiver.fail(503, 1)
    w.do("work 10", "send")
    receiver.fail(429, 1, retry_after="0")
    w.do("work 10", "send")
    assert [r["status"] // 100 for r in receiver.list("requests")] == [5, 2, 4, 2]
    receiver.fail(500, 3, body="out of order")
    assert "out of order" in w.tell("send")
    w.do("work 10", "send")
    taken = receiver.list("taken")
    assert not errors(taken)
    counts = [a["sample"]["value"] for a in app(taken, "app_requests_total", method="GET")]
    assert counts == ["9", "18", "18", "27"]


def test_what_is_refused_is_told_and_not_sent_again(receiver, writer):
    w = writer(f"{receiver.url}/api/v1/write", 1)
    receiver.fail(400, 1, body="no such tenant")
    w.do("work 10")
    assert "no such tenant" in w.tell("send")
    w.do("send")
    assert [r["status"] for r in receiver.list("requests")] == [400, 204]
