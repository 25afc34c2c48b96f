# SPDX-License-Identifier: Apache-2.0
"""HTTPMetrics, the middlewares and the clients that are measured."""

import asyncio
import http.client
import http.server
import logging
import threading
import urllib.error
import urllib.request
import wsgiref.util
import wsgiref.validate

import pytest
from asgi_kit import ask, talk

from libprom import ASGIMiddleware, DuplicateTimeseries, HTTPMetrics, WSGIMiddleware
from libprom.instrument import http_connection, url_handlers


@pytest.fixture
def metrics(registry):
    return HTTPMetrics(registry)


@pytest.fixture
def read(registry):
    """read(name, code="200", method="get", **labels): a value."""

    def value(name, code="200", method="get", **labels):
        return registry.get_sample_value(name, {"code": code, "method": method, **labels})

    return value


def in_flight(registry, prefix="http_"):
    return registry.get_sample_value(f"{prefix}requests_in_flight")


# --- exchanges ------------------------------------------------------------------------------


def test_an_exchange(registry, metrics, read):
    x = metrics.begin("GET")
    assert in_flight(registry) == 1
    x.first_byte(200)
    x.end(200, request_bytes=70, response_bytes=5000)
    x.end(500)  # over
    x.abandon()
    assert in_flight(registry) == 0
    assert read("http_requests_total") == 1
    assert read("http_request_size_bytes_sum") == 70
    assert read("http_response_size_bytes_sum") == 5000
    assert read("http_request_duration_seconds_count") == 1
    assert read("http_time_to_first_byte_seconds_count") == 1


def test_one_that_is_dropped_or_abandoned(registry, metrics, read):
    x = metrics.begin("GET")
    assert in_flight(registry) == 1
    del x
    metrics.begin("GET").abandon()
    assert in_flight(registry) == 0
    assert read("http_requests_total") is None


def test_methods_and_codes(registry, read):
    metrics = HTTPMetrics(registry, extra_methods=["BREW"])
    for method in ("get", "Get", "BREW", "COFFEE", "\udcff", None, 3):
        metrics.begin(method).end(0)
    metrics.begin("GET").end(99999)
    assert read("http_requests_total") == 1
    assert read("http_requests_total", method="brew") == 1
    assert read("http_requests_total", method="unknown") == 5
    assert read("http_requests_total", code="unknown") == 1


def test_options(registry):
    metrics = HTTPMetrics(
        registry,
        client=True,
        namespace="shop",
        code=False,
        method=False,
        labels=["tenant"],
        const_labels={"zone": 1},
        buckets=[1, 2],
        size_buckets=[10, float("inf")],
        native=True,
    )
    metrics.begin("GET").end(200, labels=("a",), exemplar={"trace_id": "x"})
    labels = {"tenant": "a", "zone": "1"}
    assert registry.get_sample_value("shop_http_client_requests_total", labels) == 1
    name = "shop_http_client_request_duration_seconds_bucket"
    assert registry.get_sample_value(name, {**labels, "le": "2"}) == 1
    family = registry.find("shop_http_client_request_duration_seconds")
    assert family.labels("a").get().native is not None
    with pytest.raises(DuplicateTimeseries):
        HTTPMetrics(registry, client=True, namespace="shop")
    with pytest.raises(ValueError, match="1 label values are wanted, 2"):
        metrics.begin("GET").end(200, labels=("a", "b"))
    with pytest.raises(ValueError):
        HTTPMetrics(registry, namespace="x", labels=["__x"])
    with pytest.raises(ValueError):
        HTTPMetrics(registry, namespace="x", labels=["code"])
    with pytest.raises(TypeError):
        metrics.begin("GET").end("200")
    assert registry.get_sample_value("shop_http_client_requests_in_flight", {"zone": "1"}) == 0


def test_a_bad_exemplar_costs_nothing_else(registry, metrics, read):
    with pytest.raises(ValueError):
        metrics.begin("GET").end(200, exemplar={"trace_id": "x" * 200})
    assert read("http_requests_total") == 1
    assert in_flight(registry) == 0


# --- WSGI ---------------------------------------------------------------------------------


def call(app, method="GET", **environ):
    """What a server does: (status, body); the rules are checked."""
    wsgiref.util.setup_testing_defaults(environ)
    environ.update(REQUEST_METHOD=method, QUERY_STRING="a=b")
    said = []

    def start_response(status, headers, exc_info=None):
        said.append(status)
        return lambda data: said.append(data)

    pieces = wsgiref.validate.validator(app)(environ, start_response)
    try:
        body = b"".join(pieces)
    finally:
        pieces.close()
    return said[0], body


PLAIN = [("Content-Type", "text/plain")]


def listed(environ, start_response):
    start_response("201 Created", PLAIN)
    return [b"abc", b"de"]


def test_wsgi(registry, metrics, read):
    app = WSGIMiddleware(listed, metrics)
    assert call(app, "POST", CONTENT_LENGTH="100") == ("201 Created", b"abcde")
    assert read("http_requests_total", "201", "post") == 1
    assert read("http_response_size_bytes_sum", "201", "post") == 5
    assert read("http_request_size_bytes_sum", "201", "post") > 100
    assert read("http_time_to_first_byte_seconds_count", "201", "post") == 1
    assert in_flight(registry) == 0


def test_wsgi_a_length_that_is_none(metrics, read):
    environ = {"CONTENT_LENGTH": "what?"}
    wsgiref.util.setup_testing_defaults(environ)
    WSGIMiddleware(listed, metrics)(environ, lambda *a: None)
    assert read("http_requests_total", "201") == 1


def test_wsgi_streaming(registry, metrics, read):
    steps = []

    class Body:
        def __iter__(self):
            return self

        def __next__(self):
            steps.append(in_flight(registry))
            if len(steps) > 3:
                raise StopIteration
            return b"x" * len(steps)

        def close(self):
            steps.append("closed")

    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        return Body()

    assert call(WSGIMiddleware(app, metrics)) == ("200 OK", b"xxxxxx")
    assert steps == [1, 1, 1, 1, "closed"]
    assert in_flight(registry) == 0
    assert read("http_response_size_bytes_sum") == 6
    assert read("http_requests_total") == 1


def test_wsgi_a_client_that_leaves(registry, metrics, read):
    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        yield b"abc"
        yield b"def"

    environ = {}
    wsgiref.util.setup_testing_defaults(environ)
    body = WSGIMiddleware(app, metrics)(environ, lambda *a: None)
    assert next(iter(body)) == b"abc"
    body.close()
    assert read("http_response_size_bytes_sum") == 3
    assert in_flight(registry) == 0


def test_wsgi_exceptions(registry, metrics):
    def at_once(environ, start_response):
        raise LookupError

    def later(environ, start_response):
        start_response("200 OK", PLAIN)
        yield b"abc"
        raise LookupError

    for app in (at_once, later):
        with pytest.raises(LookupError):
            call(WSGIMiddleware(app, metrics))
    assert in_flight(registry) == 0
    assert registry.get_sample_value("http_requests_total") is None


def test_wsgi_write_and_files(registry, metrics, read):
    def writes(environ, start_response):
        start_response("200 OK", PLAIN)(b"abc")
        return [b"d"]

    call(WSGIMiddleware(writes, metrics))
    assert read("http_response_size_bytes_sum") == 4

    class Wrapper:
        def __init__(self, file):
            self.file = file

    def file(environ, start_response):
        start_response("200 OK", [*PLAIN, ("Content-Length", "10")])
        return environ["wsgi.file_wrapper"]("file")

    environ = {"wsgi.file_wrapper": Wrapper}
    wsgiref.util.setup_testing_defaults(environ)
    assert type(WSGIMiddleware(file, metrics)(environ, lambda *a: None)) is Wrapper
    assert read("http_response_size_bytes_sum") == 14


def test_labels_and_exemplars(registry, read):
    metrics = HTTPMetrics(registry, labels=["tenant", "route"])
    app = WSGIMiddleware(
        listed,
        metrics,
        labels=lambda environ: {"route": "/", "tenant": environ["HTTP_HOST"]},
        exemplar=lambda environ: {"trace_id": "abc"},
    )
    call(app)
    name = "http_requests_total"
    assert read(name, "201", tenant="127.0.0.1", route="/") == 1
    (family,) = registry.collect(names=[name])
    assert family.samples[0].exemplar.labels == {"trace_id": "abc"}


@pytest.mark.parametrize("labels", [lambda e: 1 / 0, lambda e: ("a", "b"), lambda e: {}])
def test_a_mistake_costs_no_request(registry, caplog, labels):
    metrics = HTTPMetrics(registry, labels=["tenant"])
    with caplog.at_level(logging.WARNING, logger="libprom"):
        assert call(WSGIMiddleware(listed, metrics, labels=labels))[1] == b"abcde"
    assert [r.levelno for r in caplog.records] == [logging.WARNING]
    assert in_flight(registry) == 0


# --- ASGI -----------------------------------------------------------------------------------


async def streams(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"abc", "more_body": True})
    await send({"type": "http.response.body", "body": b"de"})
    scope["later"] = "yes"


def test_asgi(registry, metrics, read):
    app = ASGIMiddleware(streams, metrics)
    assert ask(app, "PUT", body=[b"x" * 100])[::2] == (404, [b"abc", b"de"])
    assert read("http_requests_total", "404", "put") == 1
    assert read("http_response_size_bytes_sum", "404", "put") == 5
    assert read("http_request_size_bytes_sum", "404", "put") > 100
    assert read("http_time_to_first_byte_seconds_count", "404", "put") == 1
    assert in_flight(registry) == 0


def test_asgi_labels(registry, read):
    async def routes(scope, receive, send):
        scope["route"] = "/users"
        await streams(scope, receive, send)

    app = ASGIMiddleware(
        routes,
        HTTPMetrics(registry, labels=["route"]),
        labels=lambda scope: (scope["route"],),
        exemplar=lambda scope: None,
    )
    ask(app)
    assert read("http_requests_total", "404", route="/users") == 1


def test_asgi_exceptions(registry, metrics):
    async def fails(scope, receive, send):
        raise LookupError

    async def half(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise LookupError

    async def silent(scope, receive, send):
        assert in_flight(registry) == 1

    async def cancelled(scope, receive, send):
        raise asyncio.CancelledError

    scope = {"type": "http", "method": "GET"}
    for app, error in ((fails, LookupError), (half, LookupError)):
        with pytest.raises(error):
            talk(ASGIMiddleware(app, metrics), dict(scope), [])
    talk(ASGIMiddleware(silent, metrics), dict(scope), [])
    with pytest.raises(asyncio.CancelledError):
        talk(ASGIMiddleware(cancelled, metrics), dict(scope), [])
    assert in_flight(registry) == 0
    assert not list(registry.find("http_requests").children())


def test_asgi_lets_all_else_through(registry, metrics):
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, await receive()))
        await send({"type": "websocket.accept"})

    scope = {"type": "websocket"}
    sent = talk(ASGIMiddleware(app, metrics), scope, [{"type": "websocket.connect"}])
    assert seen[0][0] is scope and sent == [{"type": "websocket.accept"}]
    assert in_flight(registry) == 0


# --- clients -------------------------------------------------------------------------------


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/drop":
            self.close_connection = True
            return
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(404 if self.path == "/none" else 200)
        if self.path == "/chunks":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
            return
        self.send_header("Content-Length", "5")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"abcde")

    do_POST = do_HEAD = do_GET

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def port():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(registry):
    return HTTPMetrics(registry, client=True)


CLIENT = "http_client_"


def test_http_client(registry, client, read, port):
    connection = http_connection(client)("127.0.0.1", port, timeout=20)
    for path in ("/", "/chunks"):
        connection.request("GET", path)
        assert in_flight(registry, CLIENT) == 1
        answer = connection.getresponse()
        assert in_flight(registry, CLIENT) == 1  # until it is read
        assert answer.read() == b"abcde"
        assert in_flight(registry, CLIENT) == 0
    connection.request("POST", "/", body=b"x" * 100)
    assert connection.getresponse().read(5) == b"abcde"
    connection.request("HEAD", "/")
    assert connection.getresponse().read() == b""
    connection.close()
    assert read("http_client_requests_total") == 2
    # On the wire: with the framing of chunks.
    assert read("http_client_response_size_bytes_sum") == 5 + len("3rnabcrn2rnderndrnrn")
    assert read("http_client_request_size_bytes_sum", method="post") > 100
    assert read("http_client_response_size_bytes_sum", method="head") == 0
    assert read("http_client_time_to_first_byte_seconds_count") == 2


def test_http_client_failures(registry, client, port):
    kind = http_connection(client)
    connection = kind("127.0.0.1", port, timeout=20)
    connection.request("GET", "/drop")
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.request("GET", "/")
    connection.close()
    with pytest.raises(OSError):
        kind("127.0.0.1", 1, timeout=20).request("GET", "/")
    assert in_flight(registry, CLIENT) == 0
    assert not list(registry.find("http_client_requests").children())


def test_an_answer_that_is_not_read(registry, client, read, port):
    connection = http_connection(client)("127.0.0.1", port, timeout=20)
    connection.request("GET", "/")
    connection.getresponse().close()
    connection.close()
    assert read("http_client_requests_total") == 1
    assert in_flight(registry, CLIENT) == 0


def test_urllib(registry, read, port):
    client = HTTPMetrics(registry, client=True, labels=["host"])
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        *url_handlers(
            client,
            labels=lambda connection: (connection.host,),
            exemplar=lambda connection: {"target": connection.request_target},
        ),
    )
    with opener.open(f"http://127.0.0.1:{port}/", timeout=20) as answer:
        assert answer.read() == b"abcde"
    with pytest.raises(urllib.error.HTTPError):
        opener.open(f"http://127.0.0.1:{port}/none", timeout=20)
    with pytest.raises(urllib.error.URLError):
        opener.open("https://127.0.0.1:1/", timeout=20)
    assert read("http_client_requests_total", host="127.0.0.1") == 1
    (family,) = registry.collect(names=["http_client_requests_total"])
    assert family.samples[0].exemplar.labels == {"target": "/"}


def test_the_class_is_like_its_base(client):
    kind = http_connection(client, http.client.HTTPSConnection)
    assert issubclass(kind, http.client.HTTPSConnection)
    assert kind("example.org").port == 443
