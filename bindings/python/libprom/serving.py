# SPDX-License-Identifier: Apache-2.0
"""The library's own HTTP server, which needs no GIL but for collectors written in Python."""

import ssl
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Optional, TypedDict, Union

from . import _ending, _native
from ._encoding import native_registry
from ._reading import created_metrics
from .registry import REGISTRY

if TYPE_CHECKING:
    import asyncio
    import os

    from typing_extensions import Unpack

__all__ = ["HTTPServer", "HandlerOptions", "ServerOptions", "serve", "start_http_server"]

_Path = Union[str, "os.PathLike[str]"]


class HandlerOptions(TypedDict, total=False):
    """How requests are answered, by servers of others too."""

    format: Optional[str]  # the only one, whatever is asked for; see encode()
    formats: Optional[Iterable[str]]  # those to choose from
    compression: bool  # True: gzip or zstd, where it is asked for
    max_body_bytes: Optional[int]  # a larger one is a 500
    on_error: Optional[str]  # errors of collectors: "fail" (500), or "continue" without them
    max_in_flight: Optional[int]  # scrapes; one more is a 503
    scrape_timeout: Optional[float]  # seconds for a gather; a scraper's own header counts too
    max_age: Optional[float]  # an answer may be so many seconds old
    metrics: Any  # the registry that gets promhttp_metric_handler_*


class ServerOptions(HandlerOptions, total=False):
    """What a server takes beside that."""

    routes: Optional[Mapping[str, Any]]  # {path: registry}: further paths
    page: bool  # True: a page for people at "/"
    title: Optional[str]  # of the page
    max_connections: Optional[int]  # 64
    deadline: Optional[float]  # seconds for a request with its answer; 10
    max_header_bytes: Optional[int]  # 16384
    polled: bool  # no thread: see HTTPServer.poll()
    certfile: Optional[_Path]  # both, or none; read again when they change
    keyfile: Optional[_Path]
    client_cafile: Optional[_Path]  # only clients with a certificate that it signed


class HTTPServer(_native.Server):
    """A running server, with a thread of its own that needs no GIL. Also a context manager.

    It answers OpenMetrics without `_created` lines if it is started after
    disable_created_metrics(). With polled=True it has no thread: it serves while poll() runs,
    or, once attach()ed, on an asyncio event loop."""

    def __init__(
        self,
        registry: Any = REGISTRY,
        port: int = 0,
        addr: str = "127.0.0.1",
        path: str = "/metrics",
        **options: "Unpack[ServerOptions]",
    ) -> None:
        given = native_options(options)
        given.update(port=port, addr=addr or None, path=path)
        super().__init__(native_registry(registry), given, created_metrics.shown)
        self.server_port = self.port
        self.server_address = (addr, self.port)
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._timer: Optional[asyncio.TimerHandle] = None
        self._fd = -1
        self._stopped = threading.Event()
        _ending.servers.add(self)

    def stop(self) -> None:
        """Stop serving and free the port. Safe to repeat."""
        self.detach()
        super().stop()
        _ending.servers.discard(self)
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

    # --- on an event loop -----------------------------------------------------------------

    def attach(
        self, loop: "Optional[asyncio.AbstractEventLoop]" = None, budget: float = 0.002
    ) -> None:
        """Let this event loop poll, with so many seconds for each turn. Collectors then run
        on the loop's thread; where they are slow a server with a thread of its own is better.
        To be called on that thread, and so are detach() and stop()."""
        import asyncio

        self.detach()
        self._loop = loop or asyncio.get_running_loop()
        self._fd = self.fileno()
        self._budget = budget
        self._loop.add_reader(self._fd, self._turn)
        self._turn()

    def detach(self) -> None:
        """Undo attach()."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._fd)
        self._loop = None

    def _turn(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.poll(0, self._budget)
        wait = self.wait_seconds()
        if wait is not None and self._loop is not None:
            self._timer = self._loop.call_later(wait, self._turn)


class Exposition(_native.Handler):
    """Answers requests that a server of Python has taken."""

    def __init__(self, registry: Any, compression: bool, options: Mapping[str, Any]) -> None:
        given = native_options(options)
        given.setdefault("compression", compression)
        super().__init__(
            native_registry(registry), {**given, "page": False}, created_metrics.shown
        )

    def answer(
        self, method: str, query: str, headers: Iterable[tuple[str, str]]
    ) -> _native.Response:
        """Wherever it is mounted: the path is what the server has gone by."""
        return self.handle(method, f"/metrics?{query}" if query else "/metrics", headers)


def native_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """With registries of any kind as the library has them."""
    given = dict(options)
    if given.get("metrics") is not None:
        given["metrics"] = native_registry(given["metrics"])
    if given.get("routes"):
        given["routes"] = {p: native_registry(r) for p, r in given["routes"].items()}
    return given


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
    **options: "Unpack[ServerOptions]",
) -> HTTPServer:
    """Serve a registry; port 0 takes any free one, see the `port` of what is returned.

    `addr` may also be "unix:/run/app.sock", "unix:@name", "fd:3" or "systemd". The further
    options are those of ServerOptions.
    """
    return HTTPServer(registry, port, addr, path, **options)


def start_http_server(
    port: int,
    addr: str = "0.0.0.0",
    registry: Any = REGISTRY,
    certfile: Optional[str] = None,
    keyfile: Optional[str] = None,
    client_cafile: Optional[str] = None,
    client_capath: Optional[str] = None,
    protocol: int = ssl.PROTOCOL_TLS_SERVER,
    client_auth_required: bool = False,
    tls_min_version: Optional[int] = None,
    tls_max_version: Optional[int] = None,
) -> tuple[HTTPServer, _ServerThread]:
    """serve(), with the signature and the pair of prometheus_client.

    TLS is 1.2 or newer. certfile without keyfile is a ValueError, and so is
    client_auth_required without client_cafile.
    """
    if bool(certfile) != bool(keyfile):
        raise ValueError("TLS needs both certfile and keyfile")
    if client_auth_required and not client_cafile:
        raise ValueError("client_auth_required needs client_cafile")
    if client_capath:
        raise NotImplementedError("client_capath: join its files into one client_cafile")
    if tls_max_version not in (None, ssl.TLSVersion.MAXIMUM_SUPPORTED, ssl.TLSVersion.TLSv1_3):
        raise NotImplementedError("tls_max_version: TLS 1.3 is always offered")
    if tls_min_version == ssl.TLSVersion.TLSv1_3:
        raise NotImplementedError("tls_min_version: TLS 1.2 is always offered")
    server = serve(
        port,
        addr,
        registry,
        certfile=certfile,
        keyfile=keyfile,
        client_cafile=client_cafile if client_auth_required else None,
    )
    return server, _ServerThread(server)
