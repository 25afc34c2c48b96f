# SPDX-License-Identifier: Apache-2.0
"""The exposition for WSGI servers and for http.server."""

import http
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Callable, Optional

from .registry import REGISTRY
from .serving import Exposition, HandlerOptions

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["MetricsHandler", "make_wsgi_app", "status_line"]

_Headers = list[tuple[str, str]]


def status_line(status: int) -> str:
    """ "200 OK" """
    try:
        return f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def headers_of(environ: dict[str, Any]) -> _Headers:
    """Those of a request, from CGI's names."""
    return [(k[5:].replace("_", "-"), v) for k, v in environ.items() if k.startswith("HTTP_")]


def make_wsgi_app(
    registry: Any = REGISTRY,
    disable_compression: bool = False,
    **options: "Unpack[HandlerOptions]",
) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """A WSGI application that shows a registry, whatever the path. The further options are
    those of HandlerOptions."""
    exposition = Exposition(registry, not disable_compression, options)

    def prometheus_app(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == "/favicon.ico":  # of which browsers ask every time
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b""]
        answer = exposition.answer(
            environ["REQUEST_METHOD"], environ.get("QUERY_STRING", ""), headers_of(environ)
        )
        start_response(status_line(answer.status), answer.headers)
        return answer

    return prometheus_app


class MetricsHandler(BaseHTTPRequestHandler):
    """For http.server: shows `registry`, an attribute of the class."""

    registry: Any = REGISTRY
    _exposition: Optional[tuple[Any, Exposition]] = None

    @classmethod
    def _of_registry(cls) -> Exposition:
        known = cls.__dict__.get("_exposition")
        if known is None or known[0] is not cls.registry:
            known = cls._exposition = (cls.registry, Exposition(cls.registry, True, {}))
        exposition: Exposition = known[1]
        return exposition

    def do_GET(self) -> None:
        query = self.path.partition("?")[2]
        answer = self._of_registry().answer(self.command, query, self.headers.items())
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        for piece in answer:
            self.wfile.write(piece)

    do_HEAD = do_OPTIONS = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    @classmethod
    def factory(cls, registry: Any) -> type["MetricsHandler"]:
        """A class like this one for another registry."""
        return type(cls.__name__, (cls,), {"registry": registry})
