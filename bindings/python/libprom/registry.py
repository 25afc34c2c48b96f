# SPDX-License-Identifier: Apache-2.0
"""Registries: which metrics and collectors a scrape shows."""

import contextlib
import functools
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Callable, Optional, Protocol

from . import _native
from ._families import given, read, write
from ._native import DuplicateTimeseries, MetricWrapperBase
from .metrics import Counter, Gauge, Histogram, Info, StateSet, Summary, Unknown
from .metrics_core import InfoMetricFamily, Metric

__all__ = ["REGISTRY", "Collector", "CollectorRegistry", "DuplicateTimeseries"]

_CLASSES = {
    "counter": Counter,
    "gauge": Gauge,
    "histogram": Histogram,
    "info": Info,
    "stateset": StateSet,
    "summary": Summary,
    "unknown": Unknown,
}

# The names that a type claims beside that of the family.
_CLAIMS = {
    "counter": ("_total", "_created"),
    "summary": ("_sum", "_count", "_created"),
    "histogram": ("_bucket", "_sum", "_count", "_created"),
    "gaugehistogram": ("_bucket", "_gsum", "_gcount"),
    "info": ("_info",),
}


class Collector(Protocol):
    """Anything that makes families when it is asked."""

    def collect(self) -> Iterable[Metric]: ...


class _TargetInfo:
    """The collector behind CollectorRegistry.set_target_info()."""

    def __init__(self, info: dict[str, str]) -> None:
        self.info = info

    def collect(self) -> list[Metric]:
        return [InfoMetricFamily("target", "Target metadata", self.info)]


class FunctionCollector:
    """What CollectorRegistry.collector() returns; it need not be kept."""

    def __init__(self, registry: "CollectorRegistry") -> None:
        self._registry = registry

    def unregister(self) -> None:
        """Take the function out of its registry. Safe to repeat."""
        with contextlib.suppress(KeyError):
            self._registry.unregister(self)

    def close(self) -> None:
        """unregister(), under the name that files and sockets have for it."""
        self.unregister()


class CollectorRegistry(_native.Registry):
    """Metrics and collectors, which a scrape shows in the order they came.

    Collectors are held for as long as this object lives. `auto_describe` asks a collector
    without describe() for its names by collecting once when it is registered.
    """

    def __init__(
        self,
        auto_describe: bool = False,
        target_info: Optional[Mapping[str, str]] = None,
        support_collectors_without_names: bool = False,
    ) -> None:
        super().__init__()
        self._begin(auto_describe)
        self.set_target_info(target_info)

    def _begin(self, auto_describe: bool) -> None:
        self._auto_describe = auto_describe
        self._lock = threading.RLock()
        self._collectors: dict[Any, tuple[_native.Collector, set[str]]] = {}
        self._target_info: Optional[_TargetInfo] = None

    @classmethod
    def from_capsule(cls, capsule: Any, auto_describe: bool = False) -> "CollectorRegistry":
        """The registry in a capsule named "prom.registry", which a host program made."""
        self = cls.__new__(cls)
        _native.Registry.__init__(self, capsule)
        self._begin(auto_describe)
        return self

    def register(self, collector: Any) -> None:
        """Add a metric or a collector. DuplicateTimeseries: a name of it is taken."""
        if isinstance(collector, MetricWrapperBase):
            self._add(collector)
            return
        names = self._names(collector)
        with self._lock:
            if collector in self._collectors and not names:
                return
            self._claim(names)
            function = functools.partial(write, collector.collect)
            box = super().collector(type(collector).__name__, function)
            self._collectors[collector] = (box, names)

    def collector(  # type: ignore[override]  # the native one lives as long as its result
        self, name: str, function: Callable[[_native.Builder], Any]
    ) -> FunctionCollector:
        """Call function(builder) at each gather until unregister() of what is returned."""
        handle = FunctionCollector(self)
        with self._lock:
            self._collectors[handle] = (super().collector(name, function), set())
        return handle

    def unregister(self, collector: Any) -> None:
        """Take out a metric, a collector or a function of collector(). KeyError: not there."""
        if isinstance(collector, MetricWrapperBase):
            self._remove(collector)
            return
        with self._lock:
            box, _ = self._collectors.pop(collector)
        box.close()

    def clear(self) -> None:
        """Take out everything, what C or Lua registered as well."""
        with self._lock:
            collectors, self._collectors = self._collectors, {}
            self._target_info = None
        for box, _ in collectors.values():
            box.close()
        self._clear()

    def find(self, name: str) -> Any:
        """The Counter, Gauge, Histogram or Summary of this name, whoever defined it.

        A counter is found with and without `_total`. KeyError: there is none.
        """
        return self._find(name, _CLASSES)

    def collect(self) -> Iterator[Metric]:
        """Every family with its samples."""
        return (read(family) for family in self._families())

    def restricted_registry(self, names: Iterable[str]) -> "RestrictedRegistry":
        """A view that shows only samples of these names."""
        return RestrictedRegistry(names, self)

    def set_target_info(self, labels: Optional[Mapping[str, str]]) -> None:
        """Show labels of the whole target as `target_info`; nothing to show them no more."""
        with self._lock:
            if not labels:
                if self._target_info is not None:
                    self.unregister(self._target_info)
                self._target_info = None
            elif self._target_info is not None:
                self._target_info.info = dict(labels)
            else:
                target = _TargetInfo(dict(labels))
                self.register(target)
                self._target_info = target

    def get_target_info(self) -> Optional[dict[str, str]]:
        """What set_target_info() was given."""
        return self._target_info.info if self._target_info is not None else None

    def _names(self, collector: Any) -> set[str]:
        describe = getattr(collector, "describe", None)
        if describe is None and (self._auto_describe or isinstance(collector, _TargetInfo)):
            describe = collector.collect
        names = set()
        for metric in given(describe) if describe is not None else ():
            names.add(metric.name)
            names.update(metric.name + claim for claim in _CLAIMS.get(metric.type, ()))
        return names

    def _claim(self, names: set[str]) -> None:
        taken = {name for name in names if self._has(name)}
        for _, others in self._collectors.values():
            taken |= names & others
        if taken:
            error = DuplicateTimeseries(
                f"Duplicated timeseries in CollectorRegistry: {sorted(taken)}"
            )
            error.duplicates = taken
            raise error


class RestrictedRegistry:
    """What restricted_registry() returns: something to expose, not to register with."""

    def __init__(self, names: Iterable[str], registry: CollectorRegistry) -> None:
        self._names = frozenset(names)
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for family in self._registry.collect():
            family.samples = [s for s in family.samples if s.name in self._names]
            if family.samples:
                yield family


REGISTRY = CollectorRegistry.from_capsule(_native.default_registry(), auto_describe=True)
