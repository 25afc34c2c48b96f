# SPDX-License-Identifier: Apache-2.0
"""What CPython's garbage collector did.

The counts are kept by gc.callbacks, so that a scrape need not enter the interpreter.
"""

import gc
import platform
import weakref
from time import perf_counter
from typing import Any, Optional

from ._shipped import ShippedCollector, own
from .metrics import Counter, Histogram
from .registry import REGISTRY

__all__ = ["GC_COLLECTOR", "GCCollector", "GCPauses"]

_GENERATIONS = ("0", "1", "2")


def _watch(owner: Any, callback: Any) -> None:
    """Have callback(phase, info) called around collections for as long as the owner lives.

    The callback must not refer to the owner."""
    gc.callbacks.append(callback)
    weakref.finalize(owner, _unwatch, callback).atexit = False


def _unwatch(callback: Any) -> None:
    if callback in gc.callbacks:
        gc.callbacks.remove(callback)


def _families(registry: Any) -> list[Counter]:
    rows = (
        ("python_gc_objects_collected", "Objects collected during gc"),
        ("python_gc_objects_uncollectable", "Uncollectable objects found during GC"),
        ("python_gc_collections", "Number of times this generation was collected"),
    )
    return [Counter(name, help, ["generation"], registry=registry) for name, help in rows]


def _catch_up(children: list[list[Counter]]) -> None:
    """With what happened before there was a callback, or what another one counted."""
    for row, stats in zip(children, gc.get_stats()):
        for child, key in zip(row, ("collected", "uncollectable", "collections")):
            child.inc(max(0, stats[key] - child.get()))


class GCCollector(ShippedCollector):
    """Collections, and objects collected and found uncollectable, of each generation."""

    def __init__(self, registry: Any = REGISTRY) -> None:
        families: list[Counter] = []
        if hasattr(gc, "get_stats") and platform.python_implementation() == "CPython":
            families = _families(own(registry))
            children = [
                [family.labels(generation) for family in families]
                for generation in _GENERATIONS
            ]

            def count(phase: str, info: dict[str, int]) -> None:
                if phase == "stop":
                    collected, uncollectable, collections = children[info["generation"]]
                    collected.inc(info["collected"])
                    uncollectable.inc(info["uncollectable"])
                    collections.inc()

            _catch_up(children)
            _watch(self, count)
        super().__init__(families, registry)


class GCPauses(ShippedCollector):
    """`python_gc_pause_seconds`, a histogram of how long collections took."""

    def __init__(self, registry: Any = REGISTRY, **options: Any) -> None:
        options.setdefault("buckets", (1e-5, 1e-4, 1e-3, 5e-3, 0.01, 0.05, 0.1, 0.5, 1))
        pauses = Histogram(
            "python_gc_pause_seconds",
            "How long the garbage collector stopped the program.",
            ["generation"],
            registry=own(registry),
            **options,
        )
        children = [pauses.labels(generation) for generation in _GENERATIONS]
        begun: Optional[float] = None

        def time(phase: str, info: dict[str, int]) -> None:
            nonlocal begun
            if phase == "start":
                begun = perf_counter()
            elif begun is not None:
                children[info["generation"]].observe(perf_counter() - begun)
                begun = None

        super().__init__([pauses], registry)
        _watch(self, time)


GC_COLLECTOR = GCCollector(registry=REGISTRY)
"""Of the default registry."""
