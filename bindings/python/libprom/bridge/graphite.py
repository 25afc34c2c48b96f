# SPDX-License-Identifier: Apache-2.0
"""Graphite, as prometheus_client pushes to it; see senders.graphite for more."""

import socket
import threading
import time
from typing import Any, Callable, Optional

from .. import _native
from .._encoding import native_registry
from ..registry import REGISTRY
from ..senders import Sender

__all__ = ["GraphiteBridge"]


class GraphiteBridge:
    """Pushes a registry to Graphite at (host, port), with labels in paths or as tags.

    With a `_timer` of your own the time of samples is int(_timer())."""

    def __init__(
        self,
        address: tuple[str, int],
        registry: Any = REGISTRY,
        timeout_seconds: float = 30,
        _timer: Callable[[], float] = time.time,
        tags: bool = False,
    ) -> None:
        host, port = address
        self._address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._to = (host, port)
        self._registry = native_registry(registry)
        self._timeout = timeout_seconds
        self._timer = _timer
        self._tags = tags
        self._lock = threading.Lock()
        self._senders: dict[str, Sender] = {}
        self._periodic: Optional[Sender] = None

    def _sender(self, prefix: str, **options: Any) -> Sender:
        own: dict[str, Any] = {"address": self._address, "prefix": prefix or None}
        own.update(tags=self._tags, timeout=self._timeout, connect_timeout=self._timeout)
        return Sender("graphite", self._registry, {**own, **options})

    def push(self, prefix: str = "") -> None:
        """Push now. OSError: it could not be sent."""
        if self._timer is not time.time:
            self._push_at(int(self._timer()), prefix)
            return
        with self._lock:
            sender = self._senders.get(prefix) or self._sender(prefix)
            self._senders[prefix] = sender
        sender.send()

    def _push_at(self, now: int, prefix: str) -> None:
        snapshot = _native.Snapshot((self._registry,), None, self._timeout, None, True)
        lines = _native.graphite_lines(snapshot, prefix or None, self._tags, now)
        with socket.create_connection(self._to, timeout=self._timeout) as s:
            s.sendall(lines)

    def start(self, interval: float = 60.0, prefix: str = "") -> None:
        """Push every `interval` seconds on a thread of the library, until stop() or the end of
        the program, which push once more. Failures are logged."""
        with self._lock:
            before = self._periodic
            self._periodic = self._sender(prefix, interval=interval, last=True)
        if before is not None:
            before.stop()

    def stop(self) -> None:
        """End what start() began, with a last push, whose error is raised."""
        with self._lock:
            periodic, self._periodic = self._periodic, None
        if periodic is not None:
            periodic.stop()
