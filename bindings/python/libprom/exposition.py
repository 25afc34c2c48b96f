# SPDX-License-Identifier: Apache-2.0
"""Showing a registry: as bytes, and over HTTP by the library's own server."""

import atexit
import threading
from typing import Any, Optional

from . import _native
from .registry import REGISTRY, CollectorRegistry

__all__ = [
    "CONTENT_TYPE_LATEST",
    "CONTENT_TYPE_PLAIN_0_0_4",
    "HTTPServer",
    "generate_latest",
    "serve",
    "start_http_server",
]

CONTENT_TYPE_PLAIN_0_0_4 = "text/plain; version=0.0.4; charset=utf-8"
CONTENT_TYPE_LATEST = CONTENT_TYPE_PLAIN_0_0_4


def _native_registry(registry: Any) -> _native.Registry:
    """Anything with collect() can be exposed."""
    if isinstance(registry, _native.Registry):
        return registry
    wrapper = CollectorRegistry()
    wrapper.register(_Only(registry))
    return wrapper


class _Only:
    """collect() of another object and nothing else of it; hashable whatever that is."""

    def __init__(self, other: Any) -> None:
        self.collect = other.collect


def generate_latest(registry: Any = REGISTRY) -> bytes:
    """The registry in the text format. An exception of a collector comes out as it was."""
    if isinstance(registry, _native.Snapshot):
        return registry._text()
    return _native_registry(registry)._text()


# A server runs until it is stopped, whether or not its starter keeps it.
_running: set["HTTPServer"] = set()


class HTTPServer(_native.Server):
    """A running server, with a thread of its own that needs no GIL. Also a context manager."""

    def __init__(
        self,
        registry: Any = REGISTRY,
        port: int = 0,
        addr: str = "127.0.0.1",
        path: str = "/metrics",
    ) -> None:
        super().__init__(_native_registry(registry), port, addr, path)
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
