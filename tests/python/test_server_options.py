# SPDX-License-Identifier: Apache-2.0
"""Options of servers: other paths and sockets, errors, limits, TLS, and polling by the host."""

import asyncio
import http.client
import os
import select
import socket
import ssl
import subprocess
import threading

import pytest

from libprom import CollectorRegistry, Gauge, HTTPServer, serve, start_http_server

SECONDS = 20


@pytest.fixture
def filled(registry):
    Gauge("g", "h", registry=registry).set(1)
    return registry


class Failing:
    def collect(self):
        raise LookupError("sensor is off")


# --- what is answered -------------------------------------------------------------------------


def test_routes(filled, get):
    other = CollectorRegistry()
    Gauge("o", "h", registry=other)
    with serve(registry=filled, path="/a", routes={"/b": other}) as server:
        assert get(server.port, "/a")[1].endswith("g 1\n")
        assert get(server.port, "/b")[1].endswith("o 0\n")
        assert get(server.port)[0] == 404
    for routes in ({"/metrics": other}, {"x": other}):
        with pytest.raises(ValueError):
            serve(registry=filled, routes=routes)
    with pytest.raises(AttributeError):
        serve(registry=filled, routes={"/b": 3})


def test_page(filled, get):
    with serve(registry=filled, title="The <shop>") as server:
        status, body, headers = get(server.port, "/")
        assert status == 200 and r"The \u003cshop\u003e" in body
        assert headers["Content-Type"].startswith("text/html")
    with serve(registry=filled, page=False) as server:
        assert get(server.port, "/")[0] == 404


def test_on_error(filled, get):
    filled.register(Failing())
    with serve(registry=filled) as server:
        assert get(server.port)[0] == 500
    with serve(registry=filled, on_error="continue") as server:
        status, body, _ = get(server.port)
        assert status == 200 and "g 1\n" in body


def test_format(filled, get):
    accept = {"Accept": "application/openmetrics-text"}
    with serve(registry=filled, format="json") as server:
        assert get(server.port, headers=accept)[1].startswith('{"families":')
    with serve(registry=filled, formats=["text"], compression=False) as server:
        _, body, headers = get(server.port, headers={**accept, "Accept-Encoding": "gzip"})
        assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert "Content-Encoding" not in headers
    with pytest.raises(ValueError, match="no format 'x'"):
        serve(registry=filled, formats=["text", "x"])
    with pytest.raises(TypeError, match="formats"):
        serve(registry=filled, formats="text")


def test_limits(filled, get):
    with serve(registry=filled, max_body_bytes=10) as server:
        assert get(server.port)[0] == 500
    with serve(registry=filled, max_header_bytes=1024) as server:
        assert get(server.port, headers={"X": "y" * 2000})[0] == 431


def test_scrapes_in_flight(registry, get):
    inside, go_on = threading.Event(), threading.Event()

    class Slow:
        def collect(self):
            inside.set()
            go_on.wait(SECONDS)
            return ()

    registry.register(Slow())
    own, got = CollectorRegistry(), []
    with serve(registry=registry, max_in_flight=1, metrics=own) as server:
        threads = [
            threading.Thread(target=lambda: got.append(get(server.port)[0])) for _ in range(3)
        ]
        threads[0].start()
        assert inside.wait(SECONDS)
        for thread in threads[1:]:
            thread.start()
        with socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS):
            go_on.set()
        for thread in threads:
            thread.join()
        assert 200 in got and set(got) <= {200, 503}
        assert own.get_sample_value("promhttp_metric_handler_requests_total", {"code": "200"})


def test_max_age(registry, get):
    calls = []

    class Counting:
        def collect(self):
            calls.append(1)
            return ()

    registry.register(Counting())
    with serve(registry=registry, max_age=1000) as server:
        assert [get(server.port)[0] for _ in range(5)] == [200] * 5
    assert len(calls) == 1


def test_scrape_timeout(registry, get):
    """The header of the scraper counts too."""
    stop = threading.Event()

    def slow():
        stop.wait(0.3)
        return ()

    registry.register(slow)
    registry.register(lambda: slow())
    with serve(registry=registry, scrape_timeout=0.05) as server:
        assert get(server.port)[0] == 503
    with serve(registry=registry) as server:
        header = {"X-Prometheus-Scrape-Timeout-Seconds": "0.05"}
        assert get(server.port, headers=header)[0] == 503
        stop.set()
        assert get(server.port, headers={**header, **{"X-Prom": "x"}})[0] == 200


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"nonsense": 1}, TypeError, "unexpected keyword argument 'nonsense'"),
        ({"max_connections": 0}, ValueError, "max_connections"),
        ({"max_connections": 100000}, ValueError, "max_connections"),
        ({"max_connections": "x"}, TypeError, "int"),
        ({"deadline": 0}, ValueError, "more than 0"),
        ({"max_header_bytes": 10}, ValueError, "max_header_bytes"),
        ({"path": "x"}, ValueError, "x"),
        ({"on_error": "panic"}, ValueError, "'panic'"),
        ({"certfile": "x"}, ValueError, "key"),
        ({"metrics": 3}, AttributeError, "collect"),
        ({"addr": "unix:/nowhere/at/all"}, OSError, "/nowhere/at/all"),
        ({"addr": "fd:9999"}, OSError, "9999"),
        ({"addr": 3}, TypeError, "addr must be str"),
    ],
)
def test_bad_options(filled, options, error, sentence):
    with pytest.raises(error, match=sentence):
        serve(registry=filled, **options)


# --- sockets -------------------------------------------------------------------------------


def scrape_unix(address):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(SECONDS)
        s.connect(address)
        s.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        return b"".join(iter(lambda: s.recv(65536), b""))


def test_unix_sockets(filled, tmp_path):
    path = str(tmp_path / "socket")
    with serve(addr=f"unix:{path}", registry=filled) as server:
        assert server.port == 0
        assert b"g 1\n" in scrape_unix(path)
    assert not os.path.exists(path)
    name = f"libprom-{os.getpid()}"
    with serve(addr=f"unix:@{name}", registry=filled):
        assert b"g 1\n" in scrape_unix(f"\0{name}")


def test_an_inherited_socket(filled, get):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = s.getsockname()[1]
        with serve(addr=f"fd:{os.dup(s.fileno())}", registry=filled) as server:
            assert server.port == port
            assert get(port)[0] == 200


def test_ipv6(filled):
    try:
        server = serve(addr="::1", registry=filled)
    except OSError:
        pytest.skip("no IPv6 here")
    with server, socket.create_connection(("::1", server.port), timeout=SECONDS) as s:
        s.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        assert b"g 1\n" in b"".join(iter(lambda: s.recv(65536), b""))


# --- TLS ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """ca.pem, and pairs server and client that it signed."""
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ["req", "-newkey", "rsa:2048", "-nodes", "-subj"]
    # As strict as CPython 3.13 is by default.
    ca = ["-x509", "-days", "2", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    openssl(*new, "/CN=ca", *ca, "-keyout", "ca.key", "-out", "ca.pem")
    for name in ("server", "client"):
        openssl(*new, f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (folder / "ext").write_text(
            "subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n"
        )
        sign = ["x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key"]
        sign += ["-CAcreateserial", "-days", "2", "-extfile", "ext", "-out", f"{name}.pem"]
        openssl(*sign)
    return folder


def fetch_tls(port, folder, client=False):
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    if client:
        context.load_cert_chain(folder / "client.pem", folder / "client.key")
    connection = http.client.HTTPSConnection(
        "127.0.0.1", port, timeout=SECONDS, context=context
    )
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read()
    finally:
        connection.close()


def test_tls(filled, certificates):
    server, _ = start_http_server(
        0,
        "127.0.0.1",
        filled,
        certfile=certificates / "server.pem",
        keyfile=certificates / "server.key",
        client_cafile=certificates / "ca.pem",  # looked at only when clients must have one
    )
    with server:
        assert b"g 1\n" in fetch_tls(server.port, certificates)


def test_tls_with_certificates_of_clients(filled, certificates):
    server, _ = start_http_server(
        0,
        "127.0.0.1",
        filled,
        certfile=certificates / "server.pem",
        keyfile=certificates / "server.key",
        client_cafile=certificates / "ca.pem",
        client_auth_required=True,
    )
    with server:
        assert b"g 1\n" in fetch_tls(server.port, certificates, client=True)
        with pytest.raises(OSError):
            fetch_tls(server.port, certificates)


def test_tls_that_cannot_be(filled, certificates, tmp_path):
    bad = tmp_path / "bad.pem"
    bad.write_text("no certificate")
    with pytest.raises(OSError, match="bad.pem"):
        start_http_server(
            0, "127.0.0.1", filled, certfile=str(bad), keyfile=certificates / "server.key"
        )
    pair = {"certfile": "c", "keyfile": "k"}
    for options, error in (
        ({"client_auth_required": True}, ValueError),
        ({"client_capath": "x"}, NotImplementedError),
        ({"tls_min_version": ssl.TLSVersion.TLSv1_3}, NotImplementedError),
        ({"tls_max_version": ssl.TLSVersion.TLSv1_2}, NotImplementedError),
    ):
        with pytest.raises(error):
            start_http_server(0, "127.0.0.1", filled, **pair, **options)


# --- polled ---------------------------------------------------------------------------------


def test_poll(filled, get):
    """In a loop of the program's own, as a game has one."""
    got = []
    with serve(registry=filled, polled=True) as server:
        client = threading.Thread(target=lambda: got.append(get(server.port)))
        client.start()
        while client.is_alive():
            wait = server.wait_seconds()
            ready = select.select([server], [], [], 0.05 if wait is None else min(wait, 0.05))
            if ready[0] or wait == 0:
                server.poll(budget=0.001)
        client.join()
        server.poll(timeout=0.001)
    assert got[0][0] == 200 and "g 1\n" in got[0][1]
    with pytest.raises(Exception, match="stopped"):
        server.poll()
    with pytest.raises(ValueError, match="stopped"):
        server.fileno()


def test_what_is_not_polled(filled):
    with serve(registry=filled) as server:
        with pytest.raises(ValueError, match="thread of its own"):
            server.poll()
        with pytest.raises(ValueError, match="not polled"):
            server.fileno()
        assert server.wait_seconds() is None
    with serve(registry=filled, polled=True) as server:
        for wrong in ({"timeout": "x"}, {"budget": "x"}):
            with pytest.raises(TypeError):
                server.poll(**wrong)


def test_a_collector_runs_where_it_is_polled(registry, get):
    threads, got = [], []
    registry.register(lambda: threads.append(threading.get_ident()) or ())
    with serve(registry=registry, polled=True) as server:
        client = threading.Thread(target=lambda: got.append(get(server.port)[0]))
        client.start()
        while client.is_alive():
            server.poll(timeout=0.05)
        client.join()
    assert threads == [threading.get_ident()] and got == [200]


def test_on_an_event_loop(registry, get):
    g = Gauge("g", "h", ["l"], registry=registry)
    for i in range(5000):
        g.labels(str(i))
    threads = []
    registry.register(lambda: threads.append(threading.get_ident()) or ())

    async def run():
        loop = asyncio.get_running_loop()
        with HTTPServer(registry, polled=True) as server:
            server.attach()
            asked = [loop.run_in_executor(None, get, server.port) for _ in range(5)]
            answers = await asyncio.wait_for(asyncio.gather(*asked), SECONDS)
            server.detach()
            server.attach(loop)
            answers.append(await loop.run_in_executor(None, get, server.port))
            return answers

    answers = asyncio.run(run())
    assert [a[0] for a in answers] == [200] * 6
    assert {len(a[1]) for a in answers} == {len(answers[0][1])}
    assert set(threads) == {threading.get_ident()}
