# SPDX-License-Identifier: Apache-2.0
"""prometheus_client's functions for a Pushgateway, a file and Graphite, and Pusher."""

import base64
import gzip
import os
import socket
import socketserver
import subprocess
import sys
import threading
import urllib.error

import pytest
from peer import Peer

from libprom import (
    Counter,
    Gauge,
    GaugeMetricFamily,
    Pusher,
    delete_from_gateway,
    encode,
    generate_latest,
    instance_ip_grouping_key,
    parse,
    push_to_gateway,
    pushadd_to_gateway,
    write_to_textfile,
)
from libprom.bridge.graphite import GraphiteBridge
from libprom.exposition import (
    basic_auth_handler,
    default_handler,
    passthrough_redirect_handler,
    tls_auth_handler,
)

TEXT = "text/plain; version=0.0.4; charset=utf-8"


@pytest.fixture
def peer():
    with Peer() as peer:
        yield peer


@pytest.fixture
def filled(registry):
    Gauge("g", "help", registry=registry).set(3)
    return registry


# --- as prometheus_client ----------------------------------------------------------------


def test_the_three(peer, filled):
    push_to_gateway(peer.address, "my_job", filled)
    pushadd_to_gateway(f"http://{peer.address}/", "my_job", filled, {"b": "x", "a": 9})
    delete_from_gateway(f"http://{peer.address}/prefix/", "my_job", {"a": "b"})
    push, add, delete = peer.asked
    assert (push.method, push.path) == ("PUT", "/metrics/job/my_job")
    assert push.headers["Content-Type"] == TEXT
    assert push.body == generate_latest(filled)
    assert (add.method, add.path) == ("POST", "/metrics/job/my_job/a/9/b/x")
    assert add.body == push.body
    assert (delete.method, delete.path) == ("DELETE", "/prefix/metrics/job/my_job/a/b")
    assert delete.body == b""


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("", "a@base64/="),
        ("9/z", "a@base64/OS96"),
        ("a b", "a@base64/YSBi"),
        ("plain-._~1", "a/plain-._~1"),
        ("ü", "a@base64/w7w"),
    ],
)
def test_urls(peer, filled, value, path):
    push_to_gateway(peer.address, "j", filled, grouping_key={"a": value})
    assert peer.asked[0].path.rstrip("=") == f"/metrics/job/j/{path}".rstrip("=")


def test_compression(peer, filled):
    push_to_gateway(peer.address, "j", filled, compression="gzip")
    assert peer.asked[0].headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(peer.asked[0].body) == generate_latest(filled)
    with pytest.raises(ValueError, match="^Unsupported compression type: zip$"):
        push_to_gateway(peer.address, "j", filled, compression="zip")
    with pytest.raises(RuntimeError, match="python-snappy"):
        push_to_gateway(peer.address, "j", filled, compression="snappy")
    assert len(peer.asked) == 1


def test_the_default_registry(peer):
    push_to_gateway(peer.address, "j", None)
    assert b"process_cpu_seconds_total" in peer.asked[0].body


def test_what_has_collect(peer):
    class Registry:
        def collect(self):
            return [GaugeMetricFamily("mine", "h", 5)]

    push_to_gateway(peer.address, "j", Registry())
    assert b"mine 5\n" in peer.asked[0].body


def test_failures(peer, filled):
    peer.status, peer.text = 400, "the gateway's own words: \xff"
    with pytest.raises(urllib.error.URLError, match="400.*own words") as caught:
        push_to_gateway(peer.address, "j", filled)
    assert isinstance(caught.value, OSError)
    with pytest.raises(urllib.error.URLError, match="own words"):
        delete_from_gateway(peer.address, "j")
    assert len(peer.asked) == 2  # there is no second try
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{s.getsockname()[1]}"
        with pytest.raises(urllib.error.URLError, match=address):
            push_to_gateway(address, "j", filled)
        with pytest.raises(urllib.error.URLError):
            push_to_gateway("no.such.name.invalid", "j", filled)


def test_timeouts(peer, filled):
    go_on = threading.Event()
    peer.hook = lambda question: go_on.wait(20)
    for call in (
        lambda: push_to_gateway(peer.address, "j", filled, timeout=0.05),
        lambda: delete_from_gateway(peer.address, "j", timeout=0.05),
    ):
        with pytest.raises(urllib.error.URLError):
            call()
    go_on.set()
    push_to_gateway(peer.address, "j", filled, timeout=None)


def test_what_a_gateway_would_refuse(peer, registry):
    Gauge("g", "h", ["job"], registry=registry).labels("x")
    with pytest.raises(ValueError, match="job"):
        push_to_gateway(peer.address, "j", registry)
    with pytest.raises(ValueError):
        push_to_gateway(peer.address, "", registry)
    with pytest.raises(ValueError):
        push_to_gateway(peer.address, "j", registry, {"no label": "\ud800"})
    assert peer.asked == []


def test_a_failing_collector(peer, filled):
    class Failing:
        def collect(self):
            raise LookupError("sensor is off")

    filled.register(Failing())
    with pytest.raises(LookupError, match="sensor is off"):
        push_to_gateway(peer.address, "j", filled)
    assert peer.asked == []


def test_redirects(peer, filled):
    with Peer() as other:
        peer.status = 307
        peer.headers = [("Location", f"http://{other.address}/there")]
        with pytest.raises(urllib.error.URLError):
            push_to_gateway(peer.address, "j", filled)
        push_to_gateway(peer.address, "j", filled, handler=passthrough_redirect_handler)
        assert [(q.method, q.path) for q in other.asked] == [("PUT", "/there")]
        assert other.asked[0].body == generate_latest(filled)


# --- handlers -------------------------------------------------------------------------------


def test_a_handler_of_ones_own(filled):
    calls, done = [], []

    def handler(url, method, timeout, headers, data):
        calls.append((url, method, timeout, headers, data))
        return lambda: done.append(1)

    push_to_gateway("localhost:1", "j", filled, {"a": "b"}, 7, handler)
    pushadd_to_gateway("localhost:1", "j", filled, None, 8, handler, "gzip")
    delete_from_gateway("localhost:1", "j", None, 9, handler)
    assert done == [1, 1, 1]
    url, text = "http://localhost:1/metrics/job/j", generate_latest(filled)
    assert calls[0] == (f"{url}/a/b", "PUT", 7, [("Content-Type", TEXT)], text)
    assert calls[1][:3] == (url, "POST", 8) and gzip.decompress(calls[1][4]) == text
    assert calls[1][3] == [("Content-Type", TEXT), ("Content-Encoding", "gzip")]
    assert calls[2] == (url, "DELETE", 9, [("Content-Type", TEXT)], b"")


def test_handlers_as_functions(peer, filled):
    """Those that are given for handlers of one's own to call."""

    def plain(**kwargs):
        return default_handler(**kwargs)

    def basic(**kwargs):
        return basic_auth_handler(**kwargs, username="foo", password="bär")

    for handler in (plain, basic):
        push_to_gateway(peer.address, "j", filled, handler=handler)
    assert peer.asked[0].body == generate_latest(filled)
    assert "Authorization" not in peer.asked[0].headers
    token = base64.b64encode("foo:bär".encode()).decode()
    assert peer.asked[1].headers["Authorization"] == f"Basic {token}"
    peer.status = 500
    with pytest.raises(urllib.error.HTTPError):
        push_to_gateway(peer.address, "j", filled, handler=plain)

    def redirected(**kwargs):
        return passthrough_redirect_handler(**kwargs)

    with Peer() as other:
        peer.status, peer.headers = 301, [("Location", f"http://{other.address}/there")]
        push_to_gateway(peer.address, "j", filled, handler=redirected)
        assert [(q.method, q.path) for q in other.asked] == [("PUT", "/there")]


def test_a_tls_handler_of_bad_files(tmp_path):
    with pytest.raises(OSError):
        tls_auth_handler("https://x", "PUT", 1, [], b"", "/none.pem", "/none.key")


def test_instance_ip_grouping_key():
    key = instance_ip_grouping_key()
    assert list(key) == ["instance"]
    # What the host has towards the network, if it has one.
    routes = subprocess.run(["ip", "-4", "route", "get", "192.0.2.1"], capture_output=True)
    if routes.returncode == 0:
        assert key["instance"] in routes.stdout.decode().split()
    socket.inet_pton(
        socket.AF_INET6 if ":" in key["instance"] else socket.AF_INET, *key.values()
    )


# --- the GIL ---------------------------------------------------------------------------------


def test_a_push_goes_on_while_python_is_busy(peer, registry):
    """The process holds the GIL for good in a C call, and its sender pushes all the same."""
    code = f"""
import ctypes, libprom
registry = libprom.CollectorRegistry()
libprom.Counter("c", "h", registry=registry).inc()
libprom.Pusher("{peer.address}", "j", registry, interval=0.02, format="text")
ctypes.PyDLL(None).usleep(700000)  # PyDLL keeps the GIL
libprom._ending.senders.pop().stop()
"""
    seen = []
    peer.hook = lambda question: seen.append(question.body)
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert len(seen) > 5 and b"c_total 1\n" in seen[0]


# --- Pusher -----------------------------------------------------------------------------------


def test_pusher(peer, filled):
    with Pusher(
        peer.address,
        "j",
        filled,
        grouping={"zone": 1},
        compression="gzip",
        headers={"X-Tenant": "me"},
        username="u",
        password="p",
        last=True,
        delete_at_end=True,
    ) as pusher:
        assert pusher.url == f"http://{peer.address}/metrics/job/j/zone/1"
        pusher.send()
        pusher.delete()
    assert [q.method for q in peer.asked] == ["PUT", "DELETE", "PUT", "DELETE"]
    question = peer.asked[0]
    assert question.headers["X-Tenant"] == "me"
    assert question.headers["Authorization"] == "Basic " + base64.b64encode(b"u:p").decode()
    assert question.headers["Content-Encoding"] == "gzip"
    snapshot = parse(gzip.decompress(question.body), question.headers["Content-Type"])
    assert [f.name for f in snapshot.collect()] == ["g"]
    assert peer.asked[1].headers["X-Tenant"] == "me"


def test_pusher_adds_and_tries_again(peer, filled):
    def hook(question):
        peer.status = 503 if len(peer.asked) < 3 else 200

    peer.hook = hook
    pusher = Pusher(peer.address, "j", filled, add=True, bearer_token="secret", backoff=0.001)
    pusher.send()
    assert [q.method for q in peer.asked] == ["POST"] * 3
    assert peer.asked[0].headers["Authorization"] == "Bearer secret"
    assert pusher.stats().sent == 1
    peer.hook = lambda question: None
    peer.status = 503
    with pytest.raises(OSError, match="503") as caught:
        Pusher(peer.address, "j", filled, bearer_token="secret", retries=0).send()
    assert "secret" not in str(caught.value)


def test_bad_pushers(filled):
    for options, error in (
        ({"grouping": {"job": "x"}}, ValueError),
        ({"grouping": 3}, TypeError),
        ({"format": "json"}, ValueError),
        ({"compression": "zip"}, ValueError),
        ({"compression": 3}, TypeError),
        ({"username": "u", "bearer_token": "t"}, ValueError),
        ({"certfile": "x"}, ValueError),
        ({"headers": {"bad name": "x"}}, ValueError),
        ({"headers": [1]}, TypeError),
        ({"labels": {}}, TypeError),
    ):
        with pytest.raises(error):
            Pusher("localhost:1", "j", filled, **options)


# --- a file ----------------------------------------------------------------------------------


def test_write_to_textfile(registry, tmp_path):
    Counter("a.b", "h", registry=registry).inc()
    path = tmp_path / "x.prom"
    write_to_textfile(str(path), registry)
    assert path.read_bytes() == encode(registry, escaping="allow-utf-8")
    write_to_textfile(path, registry, escaping="underscores", tmpdir=tmp_path)
    assert path.read_bytes() == encode(registry)
    assert os.listdir(tmp_path) == ["x.prom"]
    with pytest.raises(OSError):
        write_to_textfile(tmp_path, registry)
    with pytest.raises(OSError):
        write_to_textfile(path, registry, tmpdir=tmp_path / "none")


# --- Graphite ---------------------------------------------------------------------------------


@pytest.fixture
def carbon():
    """(address, wait, lines): wait(n) waits for n lines and gives them all without times."""
    lines, some = [], threading.Condition()

    class Reader(socketserver.StreamRequestHandler):
        def handle(self):
            for line in self.rfile:
                with some:
                    lines.append(line.decode())
                    some.notify_all()

    def wait(n):
        with some:
            assert some.wait_for(lambda: len(lines) >= n, 20), lines
            return [line.rsplit(" ", 1)[0] for line in lines]

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Reader) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address, wait, lines
        server.shutdown()
        thread.join()


def test_graphite_bridge(carbon, registry):
    address, wait, lines = carbon
    Gauge("g", "h", ["a"], registry=registry).labels("x/y").set(3)
    bridge = GraphiteBridge(address, registry)
    bridge.push()
    wait(1)
    bridge.push("pre.fix")
    assert wait(2) == ["g.a.x_y 3", "pre.fix.g.a.x_y 3"]
    assert lines[0].endswith("\n")
    assert int(lines[0].split()[-1]) > 1.6e9
    with pytest.raises(OSError):
        GraphiteBridge(("127.0.0.1", 1), registry, timeout_seconds=5).push()


def test_graphite_bridge_with_tags_and_a_timer(carbon, registry):
    address, wait, lines = carbon
    Gauge("g", "h", ["a"], registry=registry).labels("b").set(3)
    GraphiteBridge(address, registry, _timer=lambda: 1434898897.5, tags=True).push("p")
    wait(1)
    assert lines == ["p.g;a=b 3 1434898897\n"]


def test_graphite_bridge_started(carbon, registry):
    address, wait, lines = carbon
    g = Gauge("g", "h", registry=registry)
    g.set(1)
    bridge = GraphiteBridge(address, registry)
    bridge.start(0.01, "p")
    assert set(wait(3)) == {"p.g 1"}
    bridge.start(1000)
    wait(4)  # the last of what ran before
    g.set(2)
    n = len(lines)
    bridge.stop()
    assert wait(n + 1)[-1] == "g 2"
    bridge.stop()
