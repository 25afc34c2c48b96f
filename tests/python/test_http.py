# SPDX-License-Identifier: Apache-2.0
"""The server: what it answers, its life, and that it needs the GIL for Python's collectors
only."""

import gzip
import http.client
import socket
import threading
import time

import pytest

import libprom
from libprom import (
    Counter,
    Gauge,
    GaugeMetricFamily,
    Histogram,
    disable_created_metrics,
    enable_created_metrics,
    encode,
    generate_latest,
    parse,
    serve,
    start_http_server,
)
from libprom.exposition import choose_encoder


@pytest.fixture
def fetch():
    """fetch(port, headers, path="/metrics"): (bytes, headers) of an answer that is 200."""

    def request(port, headers, path="/metrics"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == 200, body
        return body, answer.headers

    return request


def test_serve(registry, get):
    Counter("c", "h", registry=registry).inc(2)
    with serve(registry=registry) as server:
        status, body, headers = get(server.port)
        assert status == 200
        assert body.encode() == generate_latest(registry)
        assert headers["Content-Type"].startswith("text/plain; version=0.0.4; charset=utf-8")
        assert get(server.port, "/nothing")[0] == 404
    assert server.port == 0


def test_gzip(registry):
    Gauge("g", "h" * 5000, registry=registry)
    with (
        serve(registry=registry) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as s,
    ):
        s.sendall(
            b"GET /metrics HTTP/1.1\r\nHost: x\r\n"
            b"Accept-Encoding: gzip\r\nConnection: close\r\n\r\n"
        )
        answer = b"".join(iter(lambda: s.recv(65536), b""))
    head, body = answer.split(b"\r\n\r\n", 1)
    assert b"content-encoding: gzip" in head.lower()
    assert gzip.decompress(body) == generate_latest(registry)


# --- what is asked for ----------------------------------------------------------------------

SCRAPE = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
    "encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1"
)


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "text/plain;version=1.0.0;escaping=allow-utf-8",
        "application/openmetrics-text;version=1.0.0;escaping=dots",
        SCRAPE,
        "nonsense;;;q=x",
    ],
)
def test_the_server_answers_as_choose_encoder(registry, fetch, accept):
    Counter("a.b", "h", registry=registry).inc(2, {"trace_id": "x"})
    encoder, content_type = choose_encoder(accept)
    with serve(registry=registry) as server:
        body, headers = fetch(server.port, {} if accept is None else {"Accept": accept})
    assert headers["Content-Type"] == content_type
    assert body == encoder(registry)


@pytest.mark.parametrize("version", ["1.0.0", "0.0.1"])
def test_created_lines_can_be_left_out(registry, fetch, version):
    Counter("c", "h", registry=registry)
    accept = {"Accept": f"application/openmetrics-text; version={version}"}
    disable_created_metrics()
    try:
        with serve(registry=registry) as server:
            enable_created_metrics()  # what counts is when it was started
            body, headers = fetch(server.port, accept)
            assert fetch(server.port, {"Accept": SCRAPE})[1]["Content-Type"].startswith(
                "application/vnd.google.protobuf"
            )
            assert fetch(server.port, {})[0] == generate_latest(registry)
    finally:
        enable_created_metrics()
    assert f"version={version}" in headers["Content-Type"]
    assert body == b"# TYPE c counter\n# HELP c h\nc_total 0.0\n# EOF\n"
    with serve(registry=registry) as server:
        assert b"c_created " in fetch(server.port, accept)[0]


def test_a_native_histogram_is_scraped(registry, fetch):
    h = Histogram("h", "h", registry=registry, native_factor=1.1)
    h.observe(3)
    server, _ = start_http_server(0, addr="127.0.0.1", registry=registry)
    body, headers = fetch(server.port, {"Accept": SCRAPE})
    server.shutdown()
    (family,) = parse(body, headers["Content-Type"]).collect()
    assert h.get().native in [s.native_histogram for s in family.samples]


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_what_is_asked_for_is_compressed(registry, fetch, coding):
    Gauge("g", "h" * 5000, registry=registry)
    with serve(registry=registry) as server:
        headers = {"Accept": "application/openmetrics-text", "Accept-Encoding": coding}
        body, answer = fetch(server.port, headers)
    assert answer["Content-Encoding"] == coding
    assert answer["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert len(body) < 500
    if coding == "gzip":
        assert gzip.decompress(body) == encode(registry, "openmetrics")


def test_some_names_alone(registry, fetch):
    asked = []

    class Costly:
        def describe(self):
            return [GaugeMetricFamily("costly", "h")]

        def collect(self):
            asked.append(1)
            return [GaugeMetricFamily("costly", "h", 1)]

    registry.register(Costly())
    Counter("c", "h", registry=registry)
    Gauge("g", "h", registry=registry)
    with serve(registry=registry) as server:
        path = "/metrics?name[]=g&name%5B%5D=c_total"
        body, _ = fetch(server.port, {}, path)
        assert [f.name for f in parse(body).collect()] == ["c", "g"]
        assert not asked
        body, headers = fetch(server.port, {"Accept": SCRAPE}, "/metrics?name[]=costly")
        assert [f.name for f in parse(body, headers["Content-Type"]).collect()] == ["costly"]
        assert asked
        assert fetch(server.port, {}, "/metrics?name[]=none")[0] == b""


# --- its life ---------------------------------------------------------------------------------


def test_the_pair_of_prometheus_client(registry, get):
    server, thread = start_http_server(0, addr="127.0.0.1", registry=registry)
    port = server.server_port
    assert get(port)[0] == 200
    assert thread.is_alive()
    thread.join(timeout=0.01)
    assert thread.is_alive()
    server.shutdown()
    server.server_close()
    thread.join()
    assert not thread.is_alive()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_restart_on_the_same_port(registry, get):
    port = None
    for _ in range(5):
        server = serve(port or 0, registry=registry)
        port = server.port
        assert get(port)[0] == 200
        server.stop()
        server.stop()


def test_port_taken(registry):
    with serve(registry=registry) as server:
        with pytest.raises(OSError, match=str(server.port)):
            serve(server.port, registry=registry)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda r: serve(-1, registry=r), OverflowError),
        (lambda r: serve(65536, registry=r), OverflowError),
        (lambda r: serve(addr="no address", registry=r), OSError),
        (lambda r: serve(registry=3), AttributeError),
        (lambda r: start_http_server(0, registry=r, certfile="x"), ValueError),
        (lambda r: start_http_server(0, registry=r, keyfile="x"), ValueError),
    ],
)
def test_bad_arguments(registry, call, error):
    with pytest.raises(error):
        call(registry)


def test_duck_typed_registry(get):
    class Registry:
        def collect(self):
            return [GaugeMetricFamily("g", "h", 3)]

    with serve(registry=Registry()) as server:
        assert "g 3\n" in get(server.port)[1]


def test_failing_collector(registry, get):
    class Disk:
        def collect(self):
            raise OSError("sensor is off")

    Gauge("g", "h", registry=registry)
    disk = Disk()
    registry.register(disk)
    with serve(registry=registry) as server:
        status, body, _ = get(server.port)
        assert status == 500
        assert "Disk" in body and "OSError: sensor is off" in body
        registry.unregister(disk)
        assert get(server.port)[0] == 200


def test_a_collector_runs_on_the_servers_thread(registry, get):
    seen = []

    class Where:
        def collect(self):
            seen.append(threading.get_ident())
            return ()

    registry.register(Where())
    with serve(registry=registry) as server:
        for _ in range(3):
            assert get(server.port)[0] == 200
    assert len(seen) == 3
    assert threading.get_ident() not in seen


def test_stop_while_a_collector_runs(registry, get):
    inside, release = threading.Event(), threading.Event()

    class Slow:
        def collect(self):
            inside.set()
            release.wait(20)
            return [GaugeMetricFamily("g", "h", 1)]

    registry.register(Slow())
    server = serve(registry=registry)
    results = []
    client = threading.Thread(target=lambda: results.append(get(server.port)[0]))
    client.start()
    assert inside.wait(20)
    threading.Timer(0.1, release.set).start()
    server.stop()
    assert release.is_set()  # or the stop did not wait for the collector
    client.join()
    assert results == [200]


def test_a_collector_may_stop_its_server(registry, get):
    class Stops:
        def collect(self):
            server.stop()
            return ()

    registry.register(Stops())
    server = serve(registry=registry)
    try:
        get(server.port)
    except OSError:
        pass  # the answer may be lost; what matters is that nobody hangs
    server.stop()


def test_server_outlives_the_name(registry, get):
    Gauge("g", "h", registry=registry).set(1)
    port = serve(registry=registry).port
    assert get(port)[0] == 200
    for server in list(libprom._ending.servers):
        if server.port == port:
            server.stop()


# --- the GIL ----------------------------------------------------------------------------

# Holds the GIL in a C call for good, while a process of its own scrapes and tells a file.
HOLD = """
import ctypes, subprocess, sys, libprom
registry = libprom.CollectorRegistry()
c = libprom.Counter("c", "h", ["l"], registry=registry)
for i in range(1000):
    c.labels(str(i)).inc()
{collector}
server = libprom.serve(registry=registry)
scraper = '''
import socket, sys, time
def scrape(timeout):
    with socket.create_connection(("127.0.0.1", %d), timeout=timeout) as s:
        s.settimeout(timeout)
        s.sendall(b"GET /metrics HTTP/1.0\\\\r\\\\n\\\\r\\\\n")
        return b"".join(iter(lambda: s.recv(65536), b""))
sys.stdin.readline()  # the parent is about to take the GIL
time.sleep(0.5)
start = time.monotonic()
n = 0
while time.monotonic() - start < 2:
    try:
        n += b'c_total{{l="999"}} 1' in scrape(1)
    except OSError:
        break
print(n)
''' % server.port
child = subprocess.Popen([sys.executable, "-c", scraper], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
child.stdin.write("go\\n")
child.stdin.flush()
ctypes.PyDLL(None).sleep(4)  # PyDLL keeps the GIL
out = child.communicate()[0]
server.stop()
print(out)
"""


def test_a_scrape_needs_no_gil(python):
    assert int(python(HOLD.format(collector=""))) > 10


def test_the_test_above_can_fail(python):
    """With a collector in Python the same scrapes get nowhere."""
    collector = """
class Empty:
    def collect(self):
        return ()
registry.register(Empty())
"""
    assert int(python(HOLD.format(collector=collector))) == 0


def test_updates_go_on_during_a_scrape(registry):
    c = Counter("c", "h", ["l"], registry=registry)
    for i in range(20000):
        c.labels(str(i)).inc()
    texts, counter = [], c.labels("0")
    thread = threading.Thread(target=lambda: texts.append(generate_latest(registry)))
    thread.start()
    while thread.is_alive():
        counter.inc()
        time.sleep(0)
    thread.join()
    assert texts[0].count(b"\n") == 20002
