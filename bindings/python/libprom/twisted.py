# SPDX-License-Identifier: Apache-2.0
"""The exposition as a resource of twisted.web."""

from typing import Any

from twisted.internet import reactor
from twisted.web.wsgi import WSGIResource

from ._wsgi import make_wsgi_app
from .registry import REGISTRY

__all__ = ["MetricsResource"]


def MetricsResource(registry: Any = REGISTRY) -> WSGIResource:
    """A resource that shows a registry; it collects on the reactor's thread pool."""
    pool = reactor.getThreadPool()  # type: ignore[attr-defined]
    return WSGIResource(reactor, pool, make_wsgi_app(registry))
