# SPDX-License-Identifier: Apache-2.0
"""Showing a registry: as bytes, and over HTTP by the library's own server."""

import atexit
import functools
import threading
from typing import Any, Callable, Optional

from . import _native
from ._encoding import UNDERSCORES, content_type, encode, native_registry
from ._reading import created_metrics
from .openmetrics import exposition as openmetrics
from .registry import REGISTRY

__all__ = [
    "CONTENT_TYPE_LATEST",
    "CONTENT_TYPE_PLAIN_0_0_4",
    "CONTENT_TYPE_PLAIN_1_0_0",
    "HTTPServer",
    "choose_encoder",
    "content_type",
    "encode",
    "generate_latest",
    "gzip_accepted",
    "serve",
    "start_http_server",
]

CONTENT_TYPE_PLAIN_0_0_4 = "text/plain; version=0.0.4; charset=utf-8"
CONTENT_TYPE_PLAIN_1_0_0 = "text/plain; version=1.0.0; charset=utf-8"
CONTENT_TYPE_LATEST = CONTENT_TYPE_PLAIN_1_0_0


# --- bytes --------------------------------------------------------------------------------


def generate_latest(registry: Any = REGISTRY, escaping: str = UNDERSCORES) -> bytes:
    """The registry in the text format. An exception of a collector comes out as it was."""
    return encode(registry, "text", escaping)


def choose_encoder(accept_header: Optional[str]) -> tuple[Callable[[Any], bytes], str]:
    """A function of a registry that gives what this Accept field asks for, and the
    Content-Type of that. Whatever the field says, there is an answer: at worst text 0.0.4."""
    format, escaping, answer = _native.negotiate(accept_header or None)
    if format == "openmetrics":
        return functools.partial(openmetrics.generate_latest, escaping=escaping), answer
    if format not in ("text", "text1"):
        return functools.partial(encode, format=format, escaping=escaping), answer
    if escaping == UNDERSCORES:
        return generate_latest, answer
    return functools.partial(generate_latest, escaping=escaping), answer


def gzip_accepted(accept_encoding_header: Optional[str]) -> bool:
    """Whether this Accept-Encoding field prefers gzip to what is not compressed."""
    codings = (accept_encoding_header or "").split(",")
    others = [c for c in codings if c.partition(";")[0].strip().lower() != "zstd"]
    return _native.negotiate_coding(",".join(others)) == "gzip"


# --- the server -----------------------------------------------------------------------------

# A server runs until it is stopped, whether or not its starter keeps it.
_running: set["HTTPServer"] = set()


class HTTPServer(_native.Server):
    """A running server, with a thread of its own that needs no GIL. Also a context manager.

    It answers OpenMetrics without `_created` lines if it is started after
    disable_created_metrics()."""

    def __init__(
        self,
        registry: Any = REGISTRY,
        port: int = 0,
        addr: str = "127.0.0.1",
        path: str = "/metrics",
    ) -> None:
        created = created_metrics.shown
        super().__init__(native_registry(registry), port, addr, path, created)
        self.server_port = self.port
        self.server_address = (addr, self.port)
        self._stopped = threading.Event()
        _running.add(self)

    def stop(self) -> None:
        """Stop serving and free the port. Safe to repeat."""
        super().stop()
        _running.discard(self)
        self._stopped.set()

    def shutdown(self) -> None:
        """stop(), as socketserver calls it."""
        self.stop()

    def server_close(self) -> None:
        """stop(), as socketserver calls it."""
        self.stop()

    def __enter__(self) -> "HTTPServer":
        return self

    def __exit__(self, *exception: Any) -> None:
        self.stop()


class _ServerThread:
    """What of threading.Thread makes sense for a thread that is not Python's."""

    daemon = True
    name = "prom-http"

    def __init__(self, server: HTTPServer) -> None:
        self._server = server

    def join(self, timeout: Optional[float] = None) -> None:
        self._server._stopped.wait(timeout)

    def is_alive(self) -> bool:
        return not self._server._stopped.is_set()


def serve(
    port: int = 0,
    addr: str = "127.0.0.1",
    registry: Any = REGISTRY,
    path: str = "/metrics",
) -> HTTPServer:
    """Serve a registry; port 0 takes any free one, see the `port` of what is returned."""
    return HTTPServer(registry, port, addr, path)


def start_http_server(
    port: int,
    addr: str = "0.0.0.0",
    registry: Any = REGISTRY,
    certfile: Optional[str] = None,
    keyfile: Optional[str] = None,
    client_cafile: Optional[str] = None,
    client_capath: Optional[str] = None,
) -> tuple[HTTPServer, _ServerThread]:
    """serve(), with the signature and the pair of prometheus_client."""
    if certfile or keyfile or client_cafile or client_capath:
        raise NotImplementedError("TLS is not in this version")
    server = serve(port, addr, registry)
    return server, _ServerThread(server)


@atexit.register
def _stop_all() -> None:
    """Before the interpreter ends: a request under way may need it. The gate is closed first,
    which waits for a collector for some seconds, not for ever as stop() does."""
    _native._close_gate()
    for server in tuple(_running):
        server.stop()
