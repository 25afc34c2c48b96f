# SPDX-License-Identifier: Apache-2.0
"""Showing a registry: as bytes, in a file, over HTTP, and to a Pushgateway. Much of it is
written elsewhere; here is where prometheus_client has it."""

import functools
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

from . import _native
from ._encoding import UNDERSCORES, content_type, encode
from ._wsgi import MetricsHandler, make_wsgi_app
from .asgi import make_asgi_app
from .gateway import (
    basic_auth_handler,
    default_handler,
    delete_from_gateway,
    instance_ip_grouping_key,
    passthrough_redirect_handler,
    push_to_gateway,
    pushadd_to_gateway,
    tls_auth_handler,
)
from .openmetrics import exposition as openmetrics
from .registry import REGISTRY
from .senders import textfile
from .serving import HTTPServer, serve, start_http_server

if TYPE_CHECKING:
    import os

__all__ = [
    "CONTENT_TYPE_LATEST",
    "CONTENT_TYPE_PLAIN_0_0_4",
    "CONTENT_TYPE_PLAIN_1_0_0",
    "HTTPServer",
    "MetricsHandler",
    "basic_auth_handler",
    "choose_encoder",
    "content_type",
    "default_handler",
    "delete_from_gateway",
    "encode",
    "generate_latest",
    "gzip_accepted",
    "instance_ip_grouping_key",
    "make_asgi_app",
    "make_wsgi_app",
    "passthrough_redirect_handler",
    "push_to_gateway",
    "pushadd_to_gateway",
    "serve",
    "start_http_server",
    "start_wsgi_server",
    "tls_auth_handler",
    "write_to_textfile",
]

CONTENT_TYPE_PLAIN_0_0_4 = "text/plain; version=0.0.4; charset=utf-8"
CONTENT_TYPE_PLAIN_1_0_0 = "text/plain; version=1.0.0; charset=utf-8"
CONTENT_TYPE_LATEST = CONTENT_TYPE_PLAIN_1_0_0

start_wsgi_server = start_http_server


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


def write_to_textfile(
    path: "Union[str, os.PathLike[str]]",
    registry: Any,
    escaping: str = "allow-utf-8",
    tmpdir: "Optional[Union[str, os.PathLike[str]]]" = None,
) -> None:
    """Replace a file for node_exporter's textfile collector, as a whole or not at all."""
    textfile(path, registry, escaping=escaping, tmpdir=tmpdir).send()
