# SPDX-License-Identifier: Apache-2.0
"""What a registry has, sent somewhere else: to a Pushgateway, to Graphite, into a file, by
remote write, by OTLP, or by a transport of your own; once, again and again, at the end.

>>> sender = remote_write("http://prometheus:9090/api/v1/write", interval=15, last=True)

All senders take these options, times in seconds:

interval      send so often, on a thread of the library; None: only by send()
timeout       for one send with its gather and all its tries; 30
last          send once more when it is stopped and when the program ends
last_timeout  for that; 5
on_error      "fail": errors of collectors keep everything from being sent, or "continue"
names         only families of these names
on_failure    called with the exception of each send that was not asked for by send(), on the
              thread that made it; the default writes a warning to the logger "libprom"

and those that speak HTTP these too:

headers, username, password, bearer_token, bearer_token_file, cafile, certfile, keyfile,
insecure, unix_socket, proxy ("": none), follow (redirects), connect_timeout (5), retries (3),
backoff (1), max_backoff (10)
"""

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional, TypedDict, Union

from . import _ending, _native
from ._encoding import native_registry
from ._native import Delivery
from .registry import REGISTRY, Snapshot

if TYPE_CHECKING:
    import os

    from typing_extensions import Unpack

__all__ = [
    "Delivery",
    "Pusher",
    "Sender",
    "SenderStats",
    "graphite",
    "otlp",
    "remote_write",
    "sender",
    "textfile",
]

_logger = logging.getLogger("libprom")

_Path = Union[str, "os.PathLike[str]"]
_Labels = Optional[Mapping[str, Any]]


class SenderOptions(TypedDict, total=False):
    """What all senders take."""

    interval: Optional[float]
    timeout: Optional[float]
    last: bool
    last_timeout: Optional[float]
    on_error: Optional[str]
    names: Optional[Iterable[str]]
    on_failure: Optional[Callable[[Exception], Any]]


class HTTPOptions(SenderOptions, total=False):
    """What senders by HTTP take."""

    headers: Optional[Mapping[str, str]]
    username: Optional[str]
    password: Optional[str]
    bearer_token: Optional[str]
    bearer_token_file: Optional[_Path]
    cafile: Optional[_Path]
    certfile: Optional[_Path]
    keyfile: Optional[_Path]
    insecure: bool
    unix_socket: Optional[_Path]
    proxy: Optional[str]
    follow: bool
    connect_timeout: Optional[float]
    retries: Optional[int]
    backoff: Optional[float]
    max_backoff: Optional[float]


class SenderStats(NamedTuple):
    """What a sender has done: sends, not tries."""

    sent: int
    failed: int
    last_success: Optional[float]  # unix seconds
    last_error: Optional[str]


class Sender(_native.Sender):
    """Something that sends a registry; made by the functions here. Also a context manager,
    which stops it. One with an interval or a last send runs until it is stopped, whether or
    not it is kept; at exit all are stopped, side by side."""

    def __init__(
        self,
        kind: str,
        registry: Any,
        options: dict[str, Any],
        deliver: Optional[Callable[[Delivery, Optional[_native.Snapshot]], Any]] = None,
    ) -> None:
        own = dict(options)
        failed = own.pop("on_failure", None) or _logs_as(own.get("name") or kind)
        super().__init__(kind, native_registry(registry), own, failed, deliver)
        if own.get("interval") or own.get("last") or own.get("delete_at_end"):
            _ending.senders.add(self)

    def start(self) -> None:
        """Send periodically again, after a stop or in a forked child."""
        super().start()
        _ending.senders.add(self)

    def stop(self) -> None:
        """End: break off the send that is under way and send once more if that is wanted, the
        error of which is raised. Safe to repeat; send() still works afterwards."""
        _ending.senders.discard(self)
        super().stop()

    def stats(self) -> SenderStats:
        """How many sends there were, and what was wrong with the last that failed."""
        sent, failed, success, error = self._stats()
        return SenderStats(sent, failed, success / 1e9 if success else None, error)

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *exception: Any) -> None:
        try:
            self.stop()
        except Exception:
            if exception[0] is None:
                raise  # else what went wrong first is worth more


def _logs_as(name: str) -> Callable[[Exception], None]:
    def log(error: Exception) -> None:
        _logger.warning("sending by %s failed: %s", name, error)

    return log


# --- the senders --------------------------------------------------------------------------


class Pusher(Sender):
    """Pushes to a Pushgateway. send() replaces the group of `job` and the labels `grouping`,
    or with `add` only families of the same names; delete() deletes the group, and so does the
    end with `delete_at_end`.

    A metric with the label `job` or one of the grouping, or with a timestamp, is a ValueError,
    for the gateway would change or refuse it."""

    def __init__(
        self,
        url: str,
        job: str,
        registry: Any = REGISTRY,
        *,
        grouping: _Labels = None,
        add: bool = False,
        delete_at_end: bool = False,
        format: str = "protobuf",
        escaping: str = "underscores",
        compression: str = "identity",
        **options: "Unpack[HTTPOptions]",
    ) -> None:
        own: dict[str, Any] = {
            "url": url,
            "job": job,
            "grouping": grouping,
            "add": add,
            "delete_at_end": delete_at_end,
            "format": format,
            "escaping": escaping,
            "compression": compression,
        }
        super().__init__("push", registry, {**own, **options})
        ours = SenderOptions.__annotations__
        self._group = {**own, **{k: v for k, v in options.items() if k not in ours}}
        self._group["delete_timeout"] = options.get("timeout")

    @property
    def url(self) -> str:
        """That of the group."""
        return _native.push_url(self._group)

    def delete(self) -> None:
        """Delete the group."""
        _native.push_delete(self._group)


def graphite(
    address: str = "localhost:2003",
    registry: Any = REGISTRY,
    *,
    prefix: Optional[str] = None,
    tags: bool = False,
    udp: bool = False,
    connect_timeout: Optional[float] = None,
    **options: "Unpack[SenderOptions]",
) -> Sender:
    """A sender of Graphite's plaintext lines, with labels in the paths or as tags."""
    own = {"address": address, "prefix": prefix, "tags": tags, "udp": udp}
    return Sender("graphite", registry, {**own, "connect_timeout": connect_timeout, **options})


def textfile(
    path: _Path,
    registry: Any = REGISTRY,
    *,
    mode: Optional[int] = None,
    sync: bool = True,
    tmpdir: Optional[_Path] = None,
    format: str = "text",
    escaping: str = "underscores",
    **options: "Unpack[SenderOptions]",
) -> Sender:
    """A sender that replaces a file as a whole, for node_exporter's textfile collector."""
    own = {"path": path, "mode": mode, "sync": sync, "tmpdir": tmpdir}
    own.update(format=format, escaping=escaping)
    return Sender("textfile", registry, {**own, **options})


def remote_write(
    url: str,
    registry: Any = REGISTRY,
    *,
    version: int = 1,
    labels: _Labels = None,
    max_samples: Optional[int] = None,
    max_queue_bytes: Optional[int] = None,
    stale_markers: bool = True,
    **options: "Unpack[HTTPOptions]",
) -> Sender:
    """A sender of samples to Prometheus, or to what speaks its remote-write protocol, 1.0 or
    2.0. `labels` are for every series that has them not, such as job and instance."""
    own = {"url": url, "version": version, "labels": labels, "max_samples": max_samples}
    own.update(max_queue_bytes=max_queue_bytes, stale_markers=stale_markers)
    return Sender("remote_write", registry, {**own, **options})


def otlp(
    url: Optional[str] = None,
    registry: Any = REGISTRY,
    *,
    resource: _Labels = None,
    scope_name: Optional[str] = None,
    scope_version: Optional[str] = None,
    compression: str = "identity",
    **options: "Unpack[HTTPOptions]",
) -> Sender:
    """A sender of OTLP over HTTP, to an OpenTelemetry collector (at localhost:4318 by default)
    or to Prometheus. `resource` are attributes such as service.name."""
    own = {"url": url, "resource": resource, "scope_name": scope_name}
    own.update(scope_version=scope_version, compression=compression)
    return Sender("otlp", registry, {**own, **options})


def sender(
    send: Callable[[Snapshot, Delivery], Any],
    registry: Any = REGISTRY,
    *,
    name: Optional[str] = None,
    finish: Optional[Callable[[Delivery], Any]] = None,
    **options: "Unpack[SenderOptions]",
) -> Sender:
    """A sender with a transport of your own: send(snapshot, delivery) for each send, one at a
    time, and finish(delivery) after the last when the sender ends. What they raise is the
    error of the send.

    `delivery.left` is how many seconds it may take, `delivery.fileno()` becomes readable when
    the sender is being stopped. encode(snapshot, "json") makes bytes, snapshot.collect()
    families.
    """
    own: dict[str, Any] = {
        "name": getattr(send, "__name__", "python") if name is None else name
    }

    def deliver(delivery: Delivery, snapshot: Optional[_native.Snapshot]) -> None:
        if snapshot is not None:
            send(Snapshot._of(snapshot), delivery)
        elif finish is not None:
            finish(delivery)

    return Sender("own", registry, {**own, **options}, deliver)
