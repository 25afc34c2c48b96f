# SPDX-License-Identifier: Apache-2.0
"""What a registry keeps alive: the library knows of no Python object.

What was registered through a wrap must live as long as the registry behind it, however short
the wrap itself lives. So a registry and all its wraps share one `Holdings`.
"""

import threading
from collections.abc import Iterator
from typing import Any, Optional

from . import _native


class Held:
    """What was registered through one registry or one wrap."""

    def __init__(self, around: "Optional[Held]" = None) -> None:
        self._around = around  # of the registry that this one wraps
        # With the names it described.
        self.collectors: dict[Any, tuple[_native.Collector, set[str]]] = {}
        self.others: set[Any] = set()  # registries and shipped collectors
        self.target_info: Any = None

    def within(self, other: "Held") -> bool:
        """Is this what went through the other one, too?"""
        return self is other or (self._around is not None and self._around.within(other))


class Holdings:
    """What went through a registry and through its wraps."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._all: set[Held] = set()  # only those that hold something

    def within(self, held: Held) -> Iterator[Held]:
        """Every one with something that went through this one, itself first."""
        yield held
        for one in tuple(self._all):
            if one is not held and one.within(held):
                yield one

    def put(self, held: Held, collector: Any, box: _native.Collector, names: set[str]) -> None:
        held.collectors[collector] = (box, names)
        self._all.add(held)

    def put_other(self, held: Held, other: Any) -> None:
        with self.lock:
            held.others.add(other)
            self._all.add(held)

    def take(self, held: Held, collector: Any) -> _native.Collector:
        """KeyError: it is not there."""
        with self.lock:
            for one in self.within(held):
                if collector in one.collectors:
                    box, _ = one.collectors.pop(collector)
                    if collector is one.target_info:
                        one.target_info = None
                    self._tidy(one)
                    return box
        raise KeyError(collector)

    def drop_other(self, held: Held, other: Any) -> None:
        with self.lock:
            for one in self.within(held):
                one.others.discard(other)
                self._tidy(one)

    def take_all(self, held: Held) -> list[_native.Collector]:
        boxes, others = [], []  # whose destructors must not run under the lock
        with self.lock:
            for one in self.within(held):
                boxes += [box for box, _ in one.collectors.values()]
                others.append(one.others)
                one.collectors, one.others, one.target_info = {}, set(), None
                self._tidy(one)
        return boxes

    def by_address(self, held: Held) -> dict[int, Any]:
        """Collectors by what the library calls them."""
        with self.lock:
            return {
                box._address(): collector
                for one in self.within(held)
                for collector, (box, _) in one.collectors.items()
            }

    def _tidy(self, held: Held) -> None:
        if not held.collectors and not held.others:
            self._all.discard(held)
