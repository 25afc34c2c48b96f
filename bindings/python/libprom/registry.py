# SPDX-License-Identifier: Apache-2.0
"""Registries: which metrics and collectors a scrape shows."""

import contextlib
import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Callable, NamedTuple, Optional, Protocol, Union

from . import _native
from ._families import Described, base_name, describe, given, write
from ._held import Held, Holdings
from ._native import DuplicateTimeseries, MetricWrapperBase
from ._reading import read
from .metrics import Counter, Gauge, Histogram, Info, StateSet, Summary, Unknown
from .metrics_core import InfoMetricFamily, Metric

__all__ = [
    "REGISTRY",
    "Collector",
    "CollectorRegistry",
    "DuplicateTimeseries",
    "Registered",
    "RestrictedRegistry",
    "Snapshot",
    "gather",
]

CLASSES: dict[str, type[Any]] = {
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

_Names = Optional[Union[str, Iterable[str]]]


class Collector(Protocol):
    """Anything that makes families when it is asked."""

    def collect(self) -> Iterable[Metric]: ...


class Registered(NamedTuple):
    """One of what CollectorRegistry.registered() lists."""

    kind: str  # "metric", "collector" or "registry"
    name: str
    object: Any  # None for a collector that Python did not register


class Shipped:
    """A collector that is made of metrics and of collectors of the library."""

    _parts: tuple[Any, ...] = ()


class _TargetInfo:
    """The collector behind CollectorRegistry.set_target_info()."""

    def __init__(self, info: dict[str, str]) -> None:
        self.info = info

    def collect(self) -> list[Metric]:
        return [InfoMetricFamily("target", "Target metadata", self.info)]

    def describe(self) -> list[Metric]:
        return [InfoMetricFamily("target", "Target metadata")]


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


class Snapshot(_native.Snapshot):
    """What registries showed at one moment, or a text said; from gather() and parse()."""

    def collect(self) -> Iterator[Metric]:
        """Every family with its samples."""
        return (read(self._family(i)) for i in range(self._size()))


def gather(
    *registries: "CollectorRegistry",
    names: _Names = None,
    timeout: Optional[float] = None,
    cancelled: Optional[Callable[[], bool]] = None,
) -> Snapshot:
    """Collect from registries, of which earlier ones win where they disagree.

    With `names` only families of these names are collected. After `timeout` seconds what is
    still to be collected is left out. Once cancelled(), which is asked now and then, is true,
    the gather ends with an Error. What failed stands in errors() of the snapshot.
    """
    return Snapshot(registries, names, timeout, cancelled)


class CollectorRegistry(_native.Registry):
    """Metrics and collectors, which a scrape shows in the order they came.

    Collectors are held for as long as this object lives, or a wrap of it. `auto_describe`
    asks a collector without describe() for its names by collecting once when it is
    registered. In a `pedantic` registry collectors that describe themselves must collect
    just that; `max_series` bounds each family that sets no bound of its own.
    """

    def __init__(
        self,
        auto_describe: bool = False,
        target_info: Optional[Mapping[str, str]] = None,
        support_collectors_without_names: bool = False,
        *,
        pedantic: bool = False,
        max_series: Optional[int] = None,
    ) -> None:
        super().__init__(pedantic=pedantic, max_series=max_series)
        self._begin(auto_describe)
        self.set_target_info(target_info)

    def _begin(self, auto_describe: bool) -> None:
        self._auto_describe = auto_describe
        self._holdings = Holdings()
        self._held = Held()

    @classmethod
    def from_capsule(cls, capsule: Any, auto_describe: bool = False) -> "CollectorRegistry":
        """The registry in a capsule named "prom.registry", which a host program made."""
        self = cls.__new__(cls)
        _native.Registry.__init__(self, capsule)
        self._begin(auto_describe)
        return self

    # --- registering --------------------------------------------------------------------

    def register(self, collector: Any, timeout: Optional[float] = None) -> None:
        """Add a metric, a whole registry, a collector or a function that gives families.

        A scrape waits `timeout` seconds for a collector and then goes on without it.
        DuplicateTimeseries: a name of it is taken.
        """
        if isinstance(collector, (MetricWrapperBase, _native.Registry)):
            self._add(collector)
            if not _is_metric(collector):
                self._holdings.put_other(self._held, collector)
            return
        if isinstance(collector, Shipped):
            self._add_parts(collector, collector._parts)
            return
        method = getattr(collector, "collect", None)
        if method is None and callable(collector):
            method = collector
        if method is None:
            raise TypeError(f"{collector!r} has no collect() and is no function")
        described = self._describe(collector, method)
        with self._holdings.lock:
            if collector in self._held.collectors and not described:
                return
            self._register(collector, method, described, timeout)

    def _take(self, collector: Shipped) -> None:
        """register() where the metrics among the parts are here already."""
        self._add_parts(collector, [p for p in collector._parts if not _is_metric(p)])

    def _add_parts(self, collector: Shipped, parts: Iterable[Any]) -> None:
        added: list[Any] = []
        try:
            for part in parts:
                self._add(part)
                added.append(part)
        except BaseException:
            for part in added:
                self._remove(part)
            raise
        self._holdings.put_other(self._held, collector)

    def _describe(self, collector: Any, method: Callable[[], Any]) -> list[Described]:
        asked = getattr(collector, "describe", None)
        if asked is None and self._auto_describe:
            asked = method
        described: list[Described] = []
        for one in given(asked) if asked is not None else ():
            if isinstance(one, _native.Snapshot):
                described += map(read, one._families())
            else:
                described.append(one)
        return described

    def _register(
        self, collector: Any, method: Any, described: list[Described], timeout: Optional[float]
    ) -> None:
        name = getattr(collector, "__name__", type(collector).__name__)
        names = _names(described)
        try:
            box = super().collector(
                str(name),
                functools.partial(write, method),
                functools.partial(describe, described) if described else None,
                timeout,
            )
        except DuplicateTimeseries as error:
            error.duplicates = self._taken(names) or names
            raise
        self._holdings.put(self._held, collector, box, names)

    def _taken(self, names: set[str]) -> set[str]:
        taken = {name for name in names if self._has(name)}
        for _, others in self._held.collectors.values():
            taken |= names & others
        return taken

    def collector(  # type: ignore[override]  # the native one lives as long as its result
        self,
        name: str,
        function: Callable[[_native.Builder], Any],
        describe: Optional[Callable[[_native.Builder], Any]] = None,
        timeout: Optional[float] = None,
    ) -> FunctionCollector:
        """Call function(builder) at each gather until unregister() of what is returned.

        describe(builder) is called once, now, to open the families that there will be."""
        handle = FunctionCollector(self)
        with self._holdings.lock:
            box = super().collector(name, function, describe, timeout)
            self._holdings.put(self._held, handle, box, set())
        return handle

    def unregister(self, collector: Any) -> None:
        """Take out what register() or collector() put in, whose names are free then.
        KeyError: it is not there."""
        if isinstance(collector, (MetricWrapperBase, _native.Registry)):
            self._remove(collector)
            if not _is_metric(collector):
                self._holdings.drop_other(self._held, collector)
            return
        if isinstance(collector, Shipped):
            if not collector._parts:
                raise KeyError(collector)
            for part in collector._parts:
                self._remove(part)
            self._holdings.drop_other(self._held, collector)
            return
        self._holdings.take(self._held, collector).close()

    def clear(self) -> None:
        """Take out everything, what C or Lua registered as well."""
        for box in self._holdings.take_all(self._held):
            box.close()
        self._clear()

    # --- looking ------------------------------------------------------------------------

    def find(self, name: str) -> Any:
        """The metric of this name, whoever defined it.

        A counter is found with and without `_total`. KeyError: there is none.
        """
        return self._find(name, CLASSES)

    def registered(self) -> list[Registered]:
        """All that is registered, in order, whoever did it."""
        known = self._holdings.by_address(self._held)
        return [
            Registered(kind, name, self._object(kind, it, known))
            for kind, name, it in self._each(CLASSES)
        ]

    def _object(self, kind: str, it: Any, known: dict[int, Any]) -> Any:
        if kind == "collector":
            return known.get(it)
        return CollectorRegistry.from_capsule(it) if kind == "registry" else it

    def collect(
        self, names: _Names = None, timeout: Optional[float] = None
    ) -> Iterator[Metric]:
        """Every family with its samples; of these names, if any are given.

        An exception of a collector comes out as it was; a timeout is an Error.
        """
        if names is None and timeout is None:
            return (read(family) for family in self._families())
        return Snapshot((self,), names, timeout, strict=True).collect()

    def gather(
        self,
        names: _Names = None,
        timeout: Optional[float] = None,
        cancelled: Optional[Callable[[], bool]] = None,
    ) -> Snapshot:
        """gather() of this registry alone."""
        return Snapshot((self,), names, timeout, cancelled)

    def get_sample_value(
        self, name: str, labels: Optional[dict[str, str]] = None
    ) -> Optional[float]:
        """The value of the sample with exactly these labels, or None."""
        value = super().get_sample_value(name, labels)
        if value is None and name.endswith("_created"):
            for family in self.collect(names=name[: -len("_created")]):
                for sample in family.samples:
                    if sample.name == name and sample.labels == (labels or {}):
                        return sample.value
        return value

    def restricted_registry(self, names: Iterable[str]) -> "RestrictedRegistry":
        """A view that shows only samples of these names, and collects nothing else."""
        return RestrictedRegistry(names, self)

    def wrap(
        self, prefix: str = "", labels: Optional[Mapping[str, Any]] = None
    ) -> "CollectorRegistry":
        """A registry that puts into this one what is registered with it, under names with
        the prefix and with the labels added."""
        wrapped = CollectorRegistry.from_capsule(
            self._wrap(prefix, dict(labels or {})), self._auto_describe
        )
        wrapped._holdings = self._holdings
        wrapped._held = Held(around=self._held)
        return wrapped

    # --- target info --------------------------------------------------------------------

    def set_target_info(self, labels: Optional[Mapping[str, str]]) -> None:
        """Show labels of the whole target as `target_info`; nothing to show them no more."""
        with self._holdings.lock:
            known = self._held.target_info
            if known is not None and labels:
                known.info = dict(labels)
            elif known is not None:
                self.unregister(known)
            elif labels:
                target = _TargetInfo(dict(labels))
                self.register(target)
                self._held.target_info = target

    def get_target_info(self) -> Optional[dict[str, str]]:
        """What set_target_info() was given."""
        known: Optional[_TargetInfo] = self._held.target_info
        return None if known is None else known.info


def _is_metric(part: Any) -> bool:
    return isinstance(part, MetricWrapperBase)


def _names(described: list[Described]) -> set[str]:
    names = set()
    for one in described:
        name = base_name(one)
        names.add(name)
        names.update(name + claim for claim in _CLAIMS.get(one.type, ()))
    return names


class RestrictedRegistry:
    """What restricted_registry() returns: something to expose, not to register with."""

    def __init__(self, names: Iterable[str], registry: CollectorRegistry) -> None:
        self._names = frozenset(names)
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        # The library knows no name for when something was made.
        bases = {name[: -len("_created")] for name in self._names if name.endswith("_created")}
        for family in self._registry.collect(self._names | bases):
            family.samples = [s for s in family.samples if s.name in self._names]
            if family.samples:
                yield family


REGISTRY = CollectorRegistry.from_capsule(_native.default_registry(), auto_describe=True)
