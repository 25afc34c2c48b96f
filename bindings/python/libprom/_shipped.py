# SPDX-License-Identifier: Apache-2.0
"""Collectors that are metrics or the library's own: a scrape of them needs no Python."""

from collections.abc import Iterable
from typing import Any

from .metrics_core import Metric
from .registry import CollectorRegistry, Shipped


def own(registry: Any) -> Any:
    """Where metrics of a collector are made: so that those of an earlier interpreter, or of a
    module that is loaded again, are taken up."""
    return registry if isinstance(registry, CollectorRegistry) else None


class ShippedCollector(Shipped):
    """Something to register and unregister as a whole."""

    def __init__(self, parts: Iterable[Any], registry: Any) -> None:
        self._parts = tuple(parts)
        if isinstance(registry, CollectorRegistry):
            registry._take(self)
        elif registry:
            registry.register(self)

    def collect(self) -> list[Metric]:
        """What it shows now."""
        alone = CollectorRegistry()
        alone.register(self)
        return list(alone.collect())
