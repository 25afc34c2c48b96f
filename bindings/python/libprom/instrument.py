# SPDX-License-Identifier: Apache-2.0
"""What an HTTP server or client is doing, as metrics.

>>> metrics = HTTPMetrics(namespace="shop")
>>> app = WSGIMiddleware(app, metrics)                    # or ASGIMiddleware
>>> client = HTTPMetrics(client=True)
>>> opener = urllib.request.build_opener(*url_handlers(client))
>>> connection = http_connection(client)("example.org")   # an http.client.HTTPConnection

Of a server these are http_requests_in_flight, http_requests_total,
http_request_duration_seconds, http_request_size_bytes, http_response_size_bytes and
http_time_to_first_byte_seconds, all but the first with `code` and `method`; of a client they
begin with http_client_. What fails without an answer is only counted as in flight. For others
than these there is HTTPMetrics.begin():

>>> exchange = metrics.begin("GET")
>>> exchange.first_byte(200)
>>> exchange.end(200, response_bytes=512)                 # or exchange.abandon()
"""

import http.client
import logging
import urllib.request
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from typing import Any, Callable, ClassVar, Optional, Union

from . import _native
from ._encoding import native_registry
from ._native import Exchange
from .registry import REGISTRY

__all__ = [
    "ASGIMiddleware",
    "Exchange",
    "HTTPMetrics",
    "WSGIMiddleware",
    "http_connection",
    "url_handlers",
]

_logger = logging.getLogger("libprom")

_Labels = Union[Mapping[str, Any], Iterable[Any]]
_LabelsOf = Optional[Callable[[Any], _Labels]]
_ExemplarOf = Optional[Callable[[Any], Optional[Mapping[str, str]]]]


class HTTPMetrics(_native.HTTPMetrics):
    """The metrics of a server, or of a client. DuplicateTimeseries: the registry has them.

    Methods other than the usual ones and `extra_methods` are "unknown". code=False and
    method=False leave a label out; `labels` are further ones, whose values are said at the end
    of each request. native=True makes durations and sizes native histograms too."""

    def __init__(
        self,
        registry: Any = REGISTRY,
        *,
        client: bool = False,
        namespace: Optional[str] = None,
        extra_methods: Optional[Iterable[str]] = None,
        code: bool = True,
        method: bool = True,
        labels: Iterable[str] = (),
        const_labels: Optional[Mapping[str, Any]] = None,
        buckets: Optional[Iterable[float]] = None,
        size_buckets: Optional[Iterable[float]] = None,
        native: bool = False,
    ) -> None:
        self.labels = tuple(labels)
        options: dict[str, Any] = {
            "client": client,
            "namespace": namespace,
            "extra_methods": extra_methods,
            "code": code,
            "method": method,
            "labels": self.labels or None,
            "const_labels": const_labels,
            "buckets": buckets,
            "size_buckets": size_buckets,
            "native": native,
        }
        super().__init__(native_registry(registry), options)


class _Watch:
    """One request of a middleware, from its begin to its end, which is told once."""

    def __init__(
        self,
        metrics: HTTPMetrics,
        method: str,
        subject: Any,
        labels: _LabelsOf,
        exemplar: _ExemplarOf,
    ) -> None:
        self.status = 0
        self.request_bytes = 0
        self.response_bytes = 0
        self._exchange = metrics.begin(method)
        self._metrics = metrics
        self._subject = subject
        self._labels = labels
        self._exemplar = exemplar
        self._is_over = False

    def first_byte(self) -> None:
        self._exchange.first_byte(self.status)

    def abandon(self) -> None:
        self._is_over = True
        self._exchange.abandon()

    def end(self) -> None:
        """A mistake of the functions must not cost the request."""
        if self._is_over:
            return
        self._is_over = True
        try:
            self._exchange.end(
                self.status,
                self.request_bytes,
                self.response_bytes,
                self._label_values(),
                self._exemplar(self._subject) if self._exemplar else None,
            )
        except Exception:
            _logger.warning("a request was not counted in full", exc_info=True)
            self._exchange.abandon()

    def _label_values(self) -> tuple[Any, ...]:
        if self._labels is None:
            return ()
        values = self._labels(self._subject)
        if isinstance(values, Mapping):
            return tuple(values[name] for name in self._metrics.labels)
        return tuple(values)


# --- WSGI ---------------------------------------------------------------------------------

_Environ = dict[str, Any]


def _number(text: Any) -> int:
    try:
        return max(int(text), 0)
    except (TypeError, ValueError):
        return 0


def _request_size(environ: _Environ) -> int:
    """About what came over the wire."""
    size = len(environ.get("PATH_INFO", "")) + len(environ.get("QUERY_STRING", ""))
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            size += len(key) - len("HTTP_") + len(value)
    return size + len(environ["REQUEST_METHOD"]) + _number(environ.get("CONTENT_LENGTH"))


class _Body:
    """The body of an answer, as it is sent."""

    def __init__(self, body: Iterable[bytes], watch: _Watch) -> None:
        self._body = body
        self._pieces = iter(body)
        self._watch = watch

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            piece = next(self._pieces)
        except StopIteration:
            self._watch.first_byte()
            self._watch.end()
            raise
        except BaseException:
            self._watch.abandon()
            raise
        if piece:
            self._watch.first_byte()
            self._watch.response_bytes += len(piece)
        return piece

    def close(self) -> None:
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            self._watch.end()


class WSGIMiddleware:
    """Measures a WSGI application. labels(environ) gives the values of the further labels,
    exemplar(environ) an exemplar or None; both are asked when a request ends."""

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        metrics: Optional[HTTPMetrics] = None,
        labels: _LabelsOf = None,
        exemplar: _ExemplarOf = None,
    ) -> None:
        self.app = app
        self.metrics = metrics or HTTPMetrics()
        self._labels = labels
        self._exemplar = exemplar

    def __call__(
        self, environ: _Environ, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        watch = _Watch(self.metrics, method, environ, self._labels, self._exemplar)
        watch.request_bytes = _request_size(environ)
        length: list[int] = []

        def begin(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            watch.status = _number(status[:3])
            length[:] = [_number(v) for k, v in headers if k.lower() == "content-length"]
            write = start_response(status, headers, *error)

            def counted(data: bytes) -> Any:
                watch.first_byte()
                watch.response_bytes += len(data)
                return write(data)

            return counted

        try:
            body = self.app(environ, begin)
        except BaseException:
            watch.abandon()
            raise
        return self._watched(body, watch, environ, length)

    def _watched(
        self, body: Iterable[bytes], watch: _Watch, environ: _Environ, length: list[int]
    ) -> Iterable[bytes]:
        """Lists and files as they are, because servers do better with them."""
        wrapper = environ.get("wsgi.file_wrapper")
        if isinstance(body, (list, tuple)):
            watch.response_bytes += sum(map(len, body))
        elif isinstance(wrapper, type) and isinstance(body, wrapper):
            watch.response_bytes += sum(length)
        else:
            return _Body(body, watch)
        watch.first_byte()
        watch.end()
        return body


# --- ASGI ---------------------------------------------------------------------------------

_Scope = dict[str, Any]
_Message = dict[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


class ASGIMiddleware:
    """Measures the HTTP requests of an ASGI application; all else goes through. labels(scope)
    gives the values of the further labels, exemplar(scope) an exemplar or None; both are asked
    when a request ends, when a framework has added its own to the scope."""

    def __init__(
        self,
        app: Callable[[Any, Any, Any], Awaitable[Any]],
        metrics: Optional[HTTPMetrics] = None,
        labels: _LabelsOf = None,
        exemplar: _ExemplarOf = None,
    ) -> None:
        self.app = app
        self.metrics = metrics or HTTPMetrics()
        self._labels = labels
        self._exemplar = exemplar

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method = scope.get("method", "")
        watch = _Watch(self.metrics, method, scope, self._labels, self._exemplar)
        watch.request_bytes = len(method) + len(scope.get("path", ""))
        watch.request_bytes += len(scope.get("query_string", b""))
        watch.request_bytes += sum(len(k) + len(v) for k, v in scope.get("headers", ()))

        async def counted_receive() -> _Message:
            message = await receive()
            watch.request_bytes += len(message.get("body", b""))
            return message

        async def counted_send(message: _Message) -> None:
            is_last = False
            if message["type"] == "http.response.start":
                watch.status = message["status"]
                watch.first_byte()
            elif message["type"] == "http.response.body":
                watch.response_bytes += len(message.get("body", b""))
                is_last = not message.get("more_body", False)
            await send(message)
            if is_last:
                watch.end()

        try:
            await self.app(scope, counted_receive, counted_send)
        except BaseException:
            watch.abandon()
            raise
        if watch.status:
            watch.end()
        else:
            watch.abandon()


# --- http.client and urllib ---------------------------------------------------------------


class _CountedFile:
    """What a response reads from, with a count of it."""

    def __init__(self, fp: Any, watch: _Watch) -> None:
        self._fp = fp
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fp, name)

    def _count(self, data: bytes) -> bytes:
        self._watch.response_bytes += len(data)
        return data

    def read(self, *args: Any) -> bytes:
        return self._count(self._fp.read(*args))

    def read1(self, *args: Any) -> bytes:
        return self._count(self._fp.read1(*args))

    def readline(self, *args: Any) -> bytes:
        return self._count(self._fp.readline(*args))

    def readinto(self, buffer: Any) -> int:
        n: int = self._fp.readinto(buffer)
        self._watch.response_bytes += n
        return n

    def close(self) -> None:
        """The response does this when it has been read to its end, and when it is closed."""
        try:
            self._fp.close()
        finally:
            self._watch.end()


class _Connection(http.client.HTTPConnection):
    """What http_connection() puts in front of a class."""

    request_method = request_target = ""
    _measure: ClassVar[Callable[[Any, str], _Watch]]
    _watch: Optional[_Watch] = None

    def putrequest(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        super().putrequest(method, url, *args, **kwargs)
        self._failed()  # an earlier one, whose answer nobody has asked for
        self.request_method, self.request_target = method, url
        self._watch = self._measure(method)

    def send(self, data: Any) -> None:
        try:
            super().send(data)
        except BaseException:
            self._failed()
            raise
        if self._watch is not None and isinstance(data, (bytes, bytearray, memoryview)):
            self._watch.request_bytes += len(data)

    def getresponse(self) -> http.client.HTTPResponse:
        watch, self._watch = self._watch, None  # ahead of a close() in there
        try:
            response = super().getresponse()
        except BaseException:
            if watch is not None:
                watch.abandon()
            raise
        if watch is not None:
            watch.status = response.status
            watch.first_byte()
            if response.fp is None:
                watch.end()
            else:
                response.fp = _CountedFile(response.fp, watch)  # type: ignore[assignment]
        return response

    def close(self) -> None:
        self._failed()
        super().close()

    def _failed(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.abandon()


def http_connection(
    metrics: HTTPMetrics,
    base: type[http.client.HTTPConnection] = http.client.HTTPConnection,
    labels: _LabelsOf = None,
    exemplar: _ExemplarOf = None,
) -> type[http.client.HTTPConnection]:
    """A class like `base`, HTTPConnection or HTTPSConnection, whose requests are measured, each
    until its answer has been read or closed. Sizes are those on the wire. The functions are
    given the connection, which has `request_method` and `request_target`."""

    def measure(connection: Any, method: str) -> _Watch:
        return _Watch(metrics, method, connection, labels, exemplar)

    return type(base.__name__, (_Connection, base), {"_measure": measure})


class _HTTP(urllib.request.HTTPHandler):
    def __init__(self, connection: type[http.client.HTTPConnection]) -> None:
        super().__init__()
        self._connection = connection

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req)


class _HTTPS(urllib.request.HTTPSHandler):
    def __init__(self, connection: type[http.client.HTTPConnection], context: Any) -> None:
        super().__init__(context=context)
        self._connection = connection
        self._with = {} if context is None else {"context": context}

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req, **self._with)


def url_handlers(
    metrics: HTTPMetrics,
    context: Any = None,
    labels: _LabelsOf = None,
    exemplar: _ExemplarOf = None,
) -> tuple[urllib.request.BaseHandler, urllib.request.BaseHandler]:
    """For urllib.request.build_opener(): handlers of http and https, with the given
    ssl.SSLContext, whose requests are measured."""
    plain = http_connection(metrics, http.client.HTTPConnection, labels, exemplar)
    secure = http_connection(metrics, http.client.HTTPSConnection, labels, exemplar)
    return _HTTP(plain), _HTTPS(secure, context)
