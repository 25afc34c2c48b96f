# SPDX-License-Identifier: Apache-2.0
"""The exposition in servers of others: WSGI, ASGI, http.server, aiohttp, Django, Twisted."""

import asyncio
import gzip
import http.client
import http.server
import socket
import threading
import wsgiref.simple_server
import wsgiref.util
import wsgiref.validate

import pytest
from asgi_kit import ask, talk

from libprom import (
    CollectorRegistry,
    Counter,
    Gauge,
    GaugeMetricFamily,
    MetricsHandler,
    encode,
    generate_latest,
    make_asgi_app,
    make_wsgi_app,
)

TEXT = "text/plain; version=0.0.4; charset=utf-8"


@pytest.fixture
def filled(registry):
    Counter("hits", "h", registry=registry).inc(3)
    Gauge("g", "h" * 5000, registry=registry)
    return registry


class Failing:
    def collect(self):
        raise LookupError("sensor is off")


def ask_wsgi(app, method="GET", path="/metrics", query="", **headers):
    """(status line, {header: value}, body) from an application that keeps to the rules."""
    environ = {}
    wsgiref.util.setup_testing_defaults(environ)
    environ.update(REQUEST_METHOD=method, PATH_INFO=path, QUERY_STRING=query)
    environ.update({f"HTTP_{k.upper()}": v for k, v in headers.items()})
    said = []

    def start_response(status, headers, exc_info=None):
        said.append((status, dict(headers)))
        return lambda data: None

    pieces = wsgiref.validate.validator(app)(environ, start_response)
    body = b"".join(pieces)
    pieces.close()
    return *said[0], body


@pytest.fixture(params=["wsgi", "asgi"])
def get(request, filled):
    """get(query="", method="GET", accept_encoding=None): (status, headers, body)."""

    def wsgi(query="", method="GET", **headers):
        status, answer, body = ask_wsgi(make_wsgi_app(filled), method, "/", query, **headers)
        return int(status[:3]), {k.lower(): v for k, v in answer.items()}, body

    def asgi(query="", method="GET", **headers):
        fields = [(k.replace("_", "-"), v) for k, v in headers.items()]
        status, answer, body = ask(make_asgi_app(filled), method, query, fields)
        return status, answer, b"".join(body)

    return wsgi if request.param == "wsgi" else asgi


# --- what WSGI and ASGI have in common -----------------------------------------------------


def test_get(get, filled):
    status, headers, body = get()
    assert status == 200
    assert headers["content-type"].startswith(TEXT)
    assert int(headers["content-length"]) == len(body)
    assert "content-encoding" not in headers
    assert body == generate_latest(filled)


def test_format_and_compression(get, filled):
    accept = {"accept": "application/openmetrics-text; version=1.0.0"}
    status, headers, body = get(**accept, accept_encoding="gzip")
    assert status == 200
    assert headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == encode(filled, "openmetrics")


def test_names(get):
    status, _, body = get("name[]=hits_total&name%5B%5D=none")
    assert status == 200 and b"hits_total 3\n" in body and b"g " not in body
    assert get("name[]=none")[2] == b""


def test_methods(get):
    status, headers, body = get(method="HEAD")
    assert (status, body) == (200, b"") and int(headers["content-length"]) > 5000
    status, headers, body = get(method="OPTIONS")
    assert (status, body) == (204, b"") and "GET" in headers["allow"]
    status, headers, _ = get(method="POST")
    assert status == 405 and "GET" in headers["allow"]
    assert get(method="PATCH")[0] == 405


def test_odd_requests(get):
    """What a client sends never makes an exception."""
    for accept in ("\xff\xfe", "text/plain;version=x;q=y", ";;;", "a" * 10000):
        assert get(accept=accept)[0] == 200
    for query in ("%", "name[]", "&&=&", "name[]=%ff", "x" * 10000, "name[]=\xff"):
        assert get(query)[0] in (200, 400)


def test_a_failing_collector(get, filled):
    filled.register(Failing())
    status, _, body = get()
    assert status == 500 and b"LookupError: sensor is off" in body


# --- WSGI -----------------------------------------------------------------------------------


def test_wsgi_favicon_and_compression(filled):
    app = make_wsgi_app(filled, disable_compression=True)
    _, headers, body = ask_wsgi(app, accept_encoding="gzip")
    assert "Content-Encoding" not in headers and body == generate_latest(filled)
    status, _, body = ask_wsgi(app, path="/favicon.ico")
    assert (status, body) == ("200 OK", b"")


def test_wsgi_options(filled):
    filled.register(Failing())
    status, _, body = ask_wsgi(make_wsgi_app(filled, on_error="continue"))
    assert status == "200 OK" and b"hits_total 3\n" in body
    own = CollectorRegistry()
    app = make_wsgi_app(filled, on_error="continue", format="json", metrics=own)
    assert ask_wsgi(app)[2].startswith(b'{"families":')
    assert own.get_sample_value("promhttp_metric_handler_requests_total", {"code": "200"})
    with pytest.raises(TypeError, match="unexpected keyword argument 'nonsense'"):
        make_wsgi_app(filled, nonsense=1)


def test_wsgi_pieces(registry):
    """A large body is not made one block."""
    g = Gauge("g", "h", ["l"], registry=registry)
    for i in range(5000):
        g.labels(str(i)).set(i)
    said = []
    environ = {}
    wsgiref.util.setup_testing_defaults(environ)
    answer = make_wsgi_app(registry)(environ, lambda *a: said.append(a))
    assert len(answer) > 1
    assert b"".join(answer) == generate_latest(registry) == answer.body
    with pytest.raises(IndexError):
        answer[len(answer)]


def test_wsgi_over_a_socket(filled):
    class Quiet(wsgiref.simple_server.WSGIRequestHandler):
        def log_message(self, *args):
            pass

    server = wsgiref.simple_server.make_server(
        "127.0.0.1", 0, make_wsgi_app(filled), handler_class=Quiet
    )
    with served(server) as port:
        status, headers, body = fetch(port)
    assert (status, body) == (200, generate_latest(filled))
    assert headers["Content-Length"] == str(len(body))


def test_wsgi_of_anything_with_collect():
    class Registry:
        def collect(self):
            return [GaugeMetricFamily("g", "h", 3)]

    assert b"g 3\n" in ask_wsgi(make_wsgi_app(Registry()))[2]


# --- ASGI -----------------------------------------------------------------------------------


def test_asgi_collects_on_another_thread(registry):
    """And the event loop goes on meanwhile."""
    inside, go_on = threading.Event(), threading.Event()
    threads = []

    class Slow:
        def collect(self):
            threads.append(threading.get_ident())
            inside.set()
            assert go_on.wait(20)
            return [GaugeMetricFamily("g", "h", 1)]

    registry.register(Slow())
    sent = []

    async def both():
        async def receive():
            return {"type": "http.request"}

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "headers": []}
        task = asyncio.ensure_future(make_asgi_app(registry)(scope, receive, send))
        while not inside.is_set():
            await asyncio.sleep(0.001)
        go_on.set()
        await task

    asyncio.run(both())
    assert sent[0]["status"] == 200
    assert threads != [threading.get_ident()]


def test_asgi_lifespan_and_websockets(filled):
    app = make_asgi_app(filled)
    sent = talk(
        app, {"type": "lifespan"}, [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    )
    assert [m["type"] for m in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    sent = talk(app, {"type": "websocket"}, [{"type": "websocket.connect"}])
    assert [m["type"] for m in sent] == ["websocket.close"]
    assert talk(app, {"type": "something else"}, []) == []


def test_asgi_without_an_event_loop_of_asyncio(filled):
    sent = []

    async def send(message):
        sent.append(message)

    coroutine = make_asgi_app(filled)({"type": "http"}, None, send)
    with pytest.raises(StopIteration):
        coroutine.send(None)
    assert sent[0]["status"] == 200 and sent[1]["body"] == generate_latest(filled)


# --- http.server ----------------------------------------------------------------------------


class served:
    """The port of a server of socketserver that runs on a thread."""

    def __init__(self, server):
        self.server = server
        self.thread = threading.Thread(target=server.serve_forever, args=(0.01,))

    def __enter__(self):
        self.thread.start()
        return self.server.server_port

    def __exit__(self, *exception):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def fetch(port, path="/metrics", method="GET", headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


def test_metrics_handler(filled):
    handler = MetricsHandler.factory(filled)
    assert issubclass(handler, http.server.BaseHTTPRequestHandler)
    assert handler.registry is filled and MetricsHandler.registry is not filled
    with served(http.server.HTTPServer(("127.0.0.1", 0), handler)) as port:
        status, headers, body = fetch(port)
        assert (status, body) == (200, generate_latest(filled))
        assert headers["Content-Type"].startswith(TEXT)
        body = fetch(port, "/anything?name[]=hits_total")[2]
        assert b"hits_total 3\n" in body and len(body) < 100
        assert gzip.decompress(fetch(port, headers={"Accept-Encoding": "gzip"})[2])
        assert fetch(port, method="HEAD")[::2] == (200, b"")

        class Other:
            def collect(self):
                return [GaugeMetricFamily("other", "h", 1)]

        handler.registry = Other()
        assert b"other 1\n" in fetch(port)[2]


# --- aiohttp, Django, Twisted ----------------------------------------------------------------


def test_aiohttp(filled):
    web = pytest.importorskip("aiohttp.web")
    from libprom.aiohttp import make_aiohttp_handler

    async def run():
        app = web.Application()
        app.router.add_route("*", "/metrics", make_aiohttp_handler(filled))
        runner = web.AppRunner(app)
        await runner.setup()
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            await web.SockSite(runner, listener).start()
            port = listener.getsockname()[1]
            loop = asyncio.get_running_loop()

            async def get(*args):
                return await loop.run_in_executor(None, fetch, port, *args)

            answers = [
                await get(),
                await get("/metrics?name[]=hits_total"),
                await get("/metrics", "HEAD"),
                await get("/metrics", "POST"),
                await get("/metrics", "GET", {"Accept-Encoding": "gzip"}),
            ]
            await runner.cleanup()
            return answers

    plain, named, head, post, zipped = asyncio.run(run())
    assert plain[::2] == (200, generate_latest(filled))
    assert plain[1]["Content-Type"].startswith(TEXT)
    assert b"hits_total 3\n" in named[2] and b"g 0" not in named[2]
    assert head[::2] == (200, b"") and int(head[1]["Content-Length"]) == len(plain[2])
    assert post[0] == 405
    assert zipped[1]["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped[2]) == plain[2]


@pytest.fixture(scope="module")
def django():
    django = pytest.importorskip("django")
    from django.conf import settings

    settings.configure(ALLOWED_HOSTS=["*"], DEFAULT_CHARSET="utf-8")
    django.setup()
    return django


def test_django(django, filled):
    from django.test import RequestFactory

    from libprom.django import PrometheusDjangoView

    view = PrometheusDjangoView.as_view(registry=filled)
    requests = RequestFactory()
    answer = view(requests.get("/metrics"))
    assert (answer.status_code, answer.content) == (200, generate_latest(filled))
    assert answer["Content-Type"].startswith(TEXT)
    answer = view(requests.get("/metrics", {"name[]": ["hits_total", "none"]}))
    assert b"hits_total 3\n" in answer.content and b"g 0" not in answer.content
    assert view(requests.options("/metrics")).status_code == 204
    assert view(requests.post("/metrics")).status_code == 405
    answer = view(requests.get("/metrics", HTTP_ACCEPT_ENCODING="gzip"))
    assert gzip.decompress(answer.content) == generate_latest(filled)
    with pytest.raises(NotImplementedError):
        PrometheusDjangoView.as_view(multiprocess_mode=True)


def test_twisted(filled):
    pytest.importorskip("twisted.web")
    from twisted.internet import reactor
    from twisted.web.server import Site

    from libprom.twisted import MetricsResource

    port = reactor.listenTCP(0, Site(MetricsResource(filled)), interface="127.0.0.1")
    got = []

    def client():
        try:
            got.append(fetch(port.getHost().port))
            got.append(fetch(port.getHost().port, "/?name%5B%5D=g"))
        finally:
            reactor.callFromThread(reactor.stop)

    thread = threading.Thread(target=client)
    reactor.callWhenRunning(thread.start)
    reactor.run(installSignalHandlers=False)
    thread.join()
    assert got[0][::2] == (200, generate_latest(filled))
    assert b"g 0\n" in got[1][2] and b"hits" not in got[1][2]
