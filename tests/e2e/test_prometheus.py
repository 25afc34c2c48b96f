# SPDX-License-Identifier: Apache-2.0
"""What a real Prometheus makes of what we serve. The tests run in the order of the file: each
goes on with the counts of those before it."""

import gzip
import socket
import subprocess
import time

import pytest

WORK = 1000


@pytest.fixture(scope="module")
def worked(target, prometheus, wait_until):
    """Prometheus, after it has seen WORK requests."""
    target.work(WORK)
    wait_until(
        "Prometheus sees the work",
        lambda: prometheus.value("sum(app_requests_total)") == WORK,
    )
    return prometheus


def test_up(worked):
    assert worked.value('up{job="target"}') == 1


def test_no_scrape_error(worked):
    (scraped,) = worked.api("targets")["activeTargets"]
    assert scraped["health"] == "up"
    assert scraped["lastError"] == ""


def test_counter_with_labels(worked):
    assert worked.query("app_requests_total") == {
        (("code", "200"), ("method", "GET")): WORK * 9 / 10,
        (("code", "500"), ("method", "POST")): WORK / 10,
    }


def test_counter_without_labels(worked):
    assert worked.query("app_loops_total") == {(): 1}


def test_gauge(worked):
    assert worked.query("app_temperature_celsius") == {(("room", "cellar"),): -3.25}


def test_label_values_survive(worked):
    # An empty label is, to Prometheus, one that is not there.
    assert worked.query("app_path_info") == {
        (("path", "plain"),): 1,
        (("path", 'a"b\\c\nd'),): 2,
        (("path", "café ☕"),): 3,
        (): 4,
    }


def test_histogram(worked):
    # GET: i % 100 without those that end in 9, each WORK / 100 times, in hundredths.
    seen = [i / 100 for i in range(100) if i % 10 != 9] * (WORK // 100)
    buckets = worked.query('app_latency_seconds_bucket{method="GET"}')
    # Prometheus asks for OpenMetrics, where 1 is written 1.0.
    for le in ("0.1", "0.2", "0.5", "1.0", "+Inf"):
        want = sum(v <= float(le) for v in seen)
        assert buckets[(("le", le), ("method", "GET"))] == want
    assert len(buckets) == 5
    assert worked.value('app_latency_seconds_count{method="GET"}') == len(seen)
    got = worked.value('app_latency_seconds_sum{method="GET"}')
    assert got == pytest.approx(sum(seen), rel=1e-9)


def test_histogram_quantile(worked):
    # All POSTs: 0.09, 0.19 ... 0.99, evenly; the median lies where 0.2 to 0.5 ends.
    quantile = 'histogram_quantile(0.5, app_latency_seconds_bucket{method="POST"})'
    assert worked.value(quantile) == pytest.approx(0.5)


def test_summary(worked):
    # POST sizes: 10, 20 ... 100, each WORK / 100 times.
    answers = worked.query('app_size_bytes{method="POST"}')
    median = answers.pop((("method", "POST"), ("quantile", "0.5")))
    assert 50 * 0.99 <= median <= 60 * 1.01
    high = answers.pop((("method", "POST"), ("quantile", "0.99")))
    assert high == pytest.approx(100, rel=0.01)
    assert not answers
    assert worked.value('app_size_bytes_count{method="POST"}') == WORK / 10
    assert worked.value('app_size_bytes_sum{method="POST"}') == 55 * WORK / 10


def test_process_collector(worked):
    now = time.time()
    assert now - 600 < worked.value("process_start_time_seconds") <= now + 1
    assert worked.value("process_resident_memory_bytes") > 100_000
    assert worked.value("process_open_fds") >= 3


def test_metadata(worked):
    known = worked.api("metadata")
    assert known["app_requests"][0]["type"] == "counter"
    assert known["app_latency_seconds"][0]["type"] == "histogram"
    assert known["app_size_bytes"][0]["type"] == "summary"
    assert known["app_temperature_celsius"][0]["type"] == "gauge"
    assert (
        known["app_path_info"][0]["help"] == "Label values that need escaping: \\ and\nlines."
    )


# What Prometheus 2.42 asks for.
OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0"}


def test_every_sample_is_taken(worked, target):
    _, body = target.get(OPENMETRICS)
    lines = [line for line in body.decode().split("\n") if line and not line.startswith("#")]
    assert worked.value("scrape_samples_scraped") == len(lines)
    assert worked.value("scrape_samples_post_metric_relabeling") == len(lines)


def test_promtool_finds_nothing(target, promtool):
    _, body = target.get()
    found = subprocess.run(
        [promtool, "check", "metrics"], input=body, capture_output=True, check=False
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, b"", b"")


def of_the_app(body):
    return [line for line in body.decode().split("\n") if "app_" in line]


def test_gzip_holds_the_same_text(target):
    plain_headers, plain = target.get()
    assert "Content-Encoding" not in plain_headers
    headers, packed = target.get({"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip"
    assert len(packed) < len(plain) / 2
    assert of_the_app(gzip.decompress(packed)) == of_the_app(plain)
    assert len(of_the_app(plain)) > 20


def test_more_work_is_seen(worked, target, wait_until):
    before = worked.value("app_loops_total")
    target.work(10)
    wait_until("more work is seen", lambda: worked.value("app_loops_total") == before + 1)
    assert worked.value("sum(app_requests_total)") == WORK + 10


def dribble(sockets):
    for s in sockets:
        try:
            s.send(b"a")
        except OSError:
            pass  # one that was cut


def test_scrapes_go_on_under_attack(worked, target):
    """Four times as many connections as the target takes dribble a byte now and then."""
    attackers = [socket.create_connection(("127.0.0.1", target.port)) for _ in range(64)]
    for s in attackers:
        s.send(b"GET /metrics HTTP/1.1\r\nX: ")
    start = time.time()
    while time.time() < start + 6:
        dribble(attackers)
        time.sleep(0.05)
    for s in attackers:
        s.close()
    assert worked.value("min_over_time(up[5s])") == 1
    assert worked.value("count_over_time(up[5s])") >= 4


def test_down_and_up_again(worked, target, wait_until):
    target.stop()
    wait_until("Prometheus sees it is down", lambda: worked.value("up") == 0)
    assert worked.query("app_loops_total") == {}  # stale at once
    target.start()
    wait_until("Prometheus sees it is up", lambda: worked.value("up") == 1)
    assert worked.query("app_loops_total") == {(): 0}
