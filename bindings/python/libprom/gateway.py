# SPDX-License-Identifier: Apache-2.0
"""Pushing once, as prometheus_client does it; see senders.Pusher for more.

A push is made by the library, without the GIL, unless it is given a handler of its own. A
handler is what prometheus_client calls so: handler(url=, method=, timeout=, headers=, data=)
gives a function that makes the request."""

import base64
import gzip
import importlib
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from typing import Any, Callable, Optional

from . import _native
from ._encoding import encode
from .registry import REGISTRY
from .senders import Sender

__all__ = [
    "basic_auth_handler",
    "default_handler",
    "delete_from_gateway",
    "instance_ip_grouping_key",
    "passthrough_redirect_handler",
    "push_to_gateway",
    "pushadd_to_gateway",
    "tls_auth_handler",
]

_Headers = list[tuple[str, str]]
_Handler = Callable[..., Callable[[], None]]
_Grouping = Optional[Mapping[str, Any]]

_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_NO_TIMEOUT = 1e6


# --- handlers -----------------------------------------------------------------------------


class _PassthroughRedirects(urllib.request.HTTPRedirectHandler):
    """Sends the same request, with method, headers and body, to where it is redirected."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request:
        if not 300 < code < 309:
            raise urllib.error.HTTPError(req.full_url, code, msg, headers, fp)
        return urllib.request.Request(
            newurl.replace(" ", "%20"),
            data=req.data,
            headers=req.headers,
            origin_req_host=req.origin_req_host,
            unverifiable=True,
            method=req.get_method(),
        )


def _request(
    url: str,
    method: str,
    timeout: Optional[float],
    headers: Iterable[tuple[str, str]],
    data: bytes,
    *openers: urllib.request.BaseHandler,
) -> Callable[[], None]:
    def handle() -> None:
        request = urllib.request.Request(url, data=data, method=method)
        for name, value in headers:
            request.add_header(name, value)
        opener = urllib.request.build_opener(*openers)
        with opener.open(request, timeout=timeout) as answer:
            if answer.status >= 400:
                raise OSError(f"error talking to pushgateway: {answer.status} {answer.msg}")

    return handle


def default_handler(
    url: str,
    method: str,
    timeout: Optional[float],
    headers: _Headers,
    data: bytes,
) -> Callable[[], None]:
    """Plain HTTP. Follows no redirects."""
    return _request(url, method, timeout, headers, data)


def passthrough_redirect_handler(
    url: str,
    method: str,
    timeout: Optional[float],
    headers: _Headers,
    data: bytes,
) -> Callable[[], None]:
    """Follows redirects with method, headers and body kept: to be used only with a gateway
    that may see all of them."""
    return _request(url, method, timeout, headers, data, _PassthroughRedirects())


def basic_auth_handler(
    url: str,
    method: str,
    timeout: Optional[float],
    headers: _Headers,
    data: bytes,
    username: Optional[str] = None,
    password: Optional[str] = None,
) -> Callable[[], None]:
    """For a handler of yours to call: HTTP basic authentication."""
    if username is not None and password is not None:
        token = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
        headers = [*headers, ("Authorization", f"Basic {token}")]
    return default_handler(url, method, timeout, headers, data)


def tls_auth_handler(
    url: str,
    method: str,
    timeout: Optional[float],
    headers: _Headers,
    data: bytes,
    certfile: str,
    keyfile: str,
    cafile: Optional[str] = None,
    protocol: int = ssl.PROTOCOL_TLS_CLIENT,
    insecure_skip_verify: bool = False,
) -> Callable[[], None]:
    """For a handler of yours to call: TLS with a certificate of the client."""
    context = ssl.SSLContext(protocol)
    if cafile:
        context.load_verify_locations(cafile)
    else:
        context.load_default_certs()
    if insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(certfile=certfile, keyfile=keyfile)
    https = urllib.request.HTTPSHandler(context=context)
    return _request(url, method, timeout, headers, data, https)


# Those that the library does itself.
_BUILT_IN: dict[Any, dict[str, Any]] = {
    default_handler: {},
    passthrough_redirect_handler: {"follow": True},
}


# --- pushing ------------------------------------------------------------------------------


def push_to_gateway(
    gateway: str,
    job: str,
    registry: Any,
    grouping_key: _Grouping = None,
    timeout: Optional[float] = 30,
    handler: _Handler = default_handler,
    compression: Optional[str] = None,
) -> None:
    """PUT to a Pushgateway: the group of `job` and `grouping_key` is replaced.

    URLError, which is an OSError: the gateway could not be reached, or refused; a ValueError
    tells of metrics that it would refuse or change.
    """
    _push("PUT", gateway, job, registry, grouping_key, timeout, handler, compression)


def pushadd_to_gateway(
    gateway: str,
    job: str,
    registry: Any,
    grouping_key: _Grouping = None,
    timeout: Optional[float] = 30,
    handler: _Handler = default_handler,
    compression: Optional[str] = None,
) -> None:
    """POST to a Pushgateway: only families of the same names are replaced."""
    _push("POST", gateway, job, registry, grouping_key, timeout, handler, compression)


def delete_from_gateway(
    gateway: str,
    job: str,
    grouping_key: _Grouping = None,
    timeout: Optional[float] = 30,
    handler: _Handler = default_handler,
) -> None:
    """DELETE: the group goes."""
    group = _group(gateway, job, grouping_key)
    if handler in _BUILT_IN:
        options = {**group, **_BUILT_IN[handler], **_patience(timeout)}
        options["delete_timeout"] = options.pop("timeout")
        _raising_url_errors(_native.push_delete, options)
        return
    headers = [("Content-Type", _CONTENT_TYPE)]
    url = _native.push_url(group)
    handler(url=url, method="DELETE", timeout=timeout, headers=headers, data=b"")()


def _group(gateway: str, job: str, grouping: _Grouping) -> dict[str, Any]:
    return {"url": gateway.rstrip("/"), "job": job, "grouping": dict(grouping or {})}


def _patience(timeout: Optional[float]) -> dict[str, Any]:
    """One try, as of old: who wants more has senders.Pusher."""
    seconds = timeout or _NO_TIMEOUT
    return {"timeout": seconds, "connect_timeout": seconds, "retries": 0}


def _push(
    method: str,
    gateway: str,
    job: str,
    registry: Any,
    grouping: _Grouping,
    timeout: Optional[float],
    handler: _Handler,
    compression: Optional[str],
) -> None:
    registry = REGISTRY if registry is None else registry
    if compression not in (None, "gzip", "snappy"):
        raise ValueError(f"Unsupported compression type: {compression}")
    group = _group(gateway, job, grouping)
    if handler in _BUILT_IN and compression != "snappy":
        options = {
            **group,
            **_BUILT_IN[handler],
            "add": method == "POST",
            "compression": compression or "identity",
            "format": "text",
            **_patience(timeout),
        }
        _raising_url_errors(Sender("push", registry, options).send)
        return
    headers = [("Content-Type", _CONTENT_TYPE)]
    data = _compressed(encode(registry), compression, headers)
    url = _native.push_url(group)
    handler(url=url, method=method, timeout=timeout, headers=headers, data=data)()


def _compressed(data: bytes, compression: Optional[str], headers: _Headers) -> bytes:
    if compression is None:
        return data
    headers.append(("Content-Encoding", compression))
    if compression == "gzip":
        return gzip.compress(data)
    try:
        snappy = importlib.import_module("snappy")
    except ImportError:
        raise RuntimeError("Snappy compression requires the python-snappy package") from None
    compressor = snappy.StreamCompressor()
    compressed: bytes = compressor.compress(data) + (getattr(compressor, "flush", bytes)())
    return compressed


class _PushError(urllib.error.URLError):
    """With the sentence of the library alone."""

    def __str__(self) -> str:
        return str(self.reason)


def _raising_url_errors(function: Callable[..., None], *args: Any) -> None:
    """What prometheus_client's callers catch. What a collector raised stays as it was."""
    try:
        function(*args)
    except OSError as error:
        if type(error) not in (OSError, TimeoutError):
            raise
        raise _PushError(str(error)) from None


def instance_ip_grouping_key() -> dict[str, str]:
    """{"instance": the address that this host has towards the network}."""
    # Nothing is sent: to connect such a socket only asks for the route. The addresses are
    # those for documentation.
    for family, address in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as s:
                s.connect((address, 9))
                found: str = s.getsockname()[0]
                return {"instance": found}
        except OSError:
            continue
    return {"instance": "127.0.0.1"}
