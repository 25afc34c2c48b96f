# SPDX-License-Identifier: Apache-2.0
"""From families, which are lists of samples, to the library, where a histogram is one thing:
samples are grouped and written to a builder. _reading.py is the way back.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Callable, Optional, Union

from ._native import Builder, Desc, Snapshot
from ._reading import ENDINGS
from .metrics_core import Metric
from .samples import Sample

# What describe() of a collector may give.
Described = Union[Metric, Desc]


def _misplaced(metric: Metric, sample: Sample) -> ValueError:
    return ValueError(f"sample {sample.name!r} is none of {metric.type} {metric.name!r}")


def _seconds(sample: Sample) -> Any:
    return None if sample.timestamp is None else float(sample.timestamp)


def _sorted(labels: Any) -> dict[str, str]:
    """As prometheus_client shows them, whatever the order of the registry."""
    return dict(sorted((labels or {}).items()))


def _exemplar(sample: Any) -> Any:
    """Of a sample as prometheus_client's families have it, which may be a plain dict."""
    exemplar = getattr(sample, "exemplar", None)
    if exemplar is None:
        return None
    if isinstance(exemplar, dict):
        return (exemplar, float(sample.value))
    labels, value, *timestamp = exemplar
    if timestamp and timestamp[0] is not None:
        return (labels, float(value), timestamp[0])
    return (labels, float(value))


def _created(metric: Metric) -> dict[Any, float]:
    return {
        frozenset(sample.labels.items()): float(sample.value)
        for sample in metric.samples
        if sample.name == metric.name + "_created"
    }


def _write_values(builder: Builder, metric: Metric) -> None:
    whole = metric.name + ENDINGS.get(metric.type, "")
    counter = metric.type == "counter"
    created = _created(metric) if counter else {}
    for sample in metric.samples:
        if counter and sample.name == metric.name + "_created":
            continue  # said with the counter itself
        if sample.name not in (whole, metric.name):
            raise _misplaced(metric, sample)
        builder.value(
            float(sample.value),
            _sorted(sample.labels),
            _seconds(sample),
            created.get(frozenset(sample.labels.items())) if created else None,
            _exemplar(sample) if counter else None,
        )


def _write_states(builder: Builder, metric: Metric) -> None:
    groups: dict[Any, tuple[dict[str, str], dict[str, bool], Any]] = {}
    for sample in metric.samples:
        labels = _sorted(sample.labels)
        if sample.name != metric.name or metric.name not in labels:
            raise _misplaced(metric, sample)
        state = labels.pop(metric.name)
        group = groups.setdefault(frozenset(labels.items()), (labels, {}, _seconds(sample)))
        group[1][state] = float(sample.value) != 0
    for labels, states, timestamp in groups.values():
        builder.stateset(states, labels, timestamp)


class _Parts:
    """The samples of one histogram or summary, collected."""

    def __init__(self, labels: dict[str, str], timestamp: Any) -> None:
        self.labels = labels
        self.timestamp = timestamp
        self.sum = float("nan")
        self.count: Any = None
        self.created: Optional[float] = None
        self.points: list[tuple[float, float]] = []
        self.exemplars: list[Any] = []
        self.native: Any = None

    def whole_count(self) -> Any:
        if self.count is not None:
            return self.count
        return self.points[-1][1] if self.points else 0


def _take(parts: _Parts, metric: Metric, sample: Sample, at: Any) -> None:
    g = "g" if metric.type == "gaugehistogram" else ""
    native = getattr(sample, "native_histogram", None)
    if at is not None:
        parts.points.append((float(at), sample.value))
        exemplar = _exemplar(sample)
        if exemplar is not None:
            parts.exemplars.append(exemplar)
    elif native is not None:
        parts.native = native
    elif sample.name == f"{metric.name}_{g}sum":
        parts.sum = float(sample.value)
    elif sample.name == f"{metric.name}_{g}count":
        parts.count = sample.value
    elif sample.name == metric.name + "_created":
        parts.created = float(sample.value)
    else:
        raise _misplaced(metric, sample)


def _group(metric: Metric, point: str, key: str) -> Iterable[_Parts]:
    """Parts by label set, where samples `point` differ in the label `key`."""
    groups: dict[Any, _Parts] = {}
    for sample in metric.samples:
        labels = _sorted(sample.labels)
        at = labels.pop(key, None) if sample.name == point else None
        group = frozenset(labels.items())
        if group not in groups:
            groups[group] = _Parts(labels, _seconds(sample))
        _take(groups[group], metric, sample, at)
    return groups.values()


def _write_histograms(builder: Builder, metric: Metric) -> None:
    for p in _group(metric, metric.name + "_bucket", "le"):
        builder.histogram(
            p.sum,
            p.whole_count(),
            p.points,
            p.labels,
            p.timestamp,
            p.created if metric.type == "histogram" else None,
            p.exemplars,
            p.native,
        )


def _write_summaries(builder: Builder, metric: Metric) -> None:
    for p in _group(metric, metric.name, "quantile"):
        builder.summary(p.sum, p.count or 0, p.points, p.labels, p.timestamp, p.created)


_WRITERS = {
    "histogram": _write_histograms,
    "gaugehistogram": _write_histograms,
    "summary": _write_summaries,
    "stateset": _write_states,
}

_NEEDED = ("name", "documentation", "type", "unit", "samples")


def given(method: Callable[[], Any]) -> Iterator[Any]:
    """What a collector gives: families, their descriptions, or what was gathered."""
    families = method()
    if not isinstance(families, Iterable):
        raise _no_family(method, families, "something to iterate over")
    for family in families:
        # Families of prometheus_client itself will do as well.
        if not isinstance(family, (Metric, Desc, Snapshot)) and not all(
            hasattr(family, a) for a in _NEEDED
        ):
            raise _no_family(method, family, "a Metric")
        yield family


def _no_family(method: Any, what: Any, needed: str) -> TypeError:
    owner = getattr(method, "__self__", None)
    name = getattr(method, "__name__", "__call__")
    if owner is not None:
        name = f"{type(owner).__qualname__}.{name}"
    return TypeError(f"{name}() gave {what!r}, not {needed}")


def _label_names(metric: Any) -> list[str]:
    names = set(getattr(metric, "_labelnames", ()))
    if not names and metric.samples:
        names = set(metric.samples[0].labels)
    return sorted(names - _ADDED.get(metric.type, {metric.name}))


# Labels that a point of a metric has beyond those of the metric.
_ADDED = {"histogram": {"le"}, "gaugehistogram": {"le"}, "summary": {"quantile"}}


def base_name(described: Described) -> str:
    """The name without what exposition adds to it; "" if it is invalid."""
    name = described.name or ""
    ending = ENDINGS.get(described.type, "")
    if isinstance(described, Desc) and ending and name.endswith(ending):
        return name[: -len(ending)]
    return name


def describe(families: Iterable[Described], builder: Builder) -> None:
    """Write families without samples."""
    for metric in families:
        if isinstance(metric, Desc):
            builder.desc(metric)
            continue
        name = metric.name + ENDINGS.get(metric.type, "")
        labels = _label_names(metric)
        builder.family(metric.type, name, metric.documentation, metric.unit, labels)


def write(method: Callable[[], Any], builder: Builder) -> None:
    """Write what a collector collects."""
    for metric in given(method):
        if isinstance(metric, Snapshot):
            builder.snapshot(metric)
            continue
        if isinstance(metric, Desc):
            builder.desc(metric)  # a family without samples
            continue
        name = metric.name + ENDINGS.get(metric.type, "")
        builder.family(metric.type, name, metric.documentation, metric.unit)
        _WRITERS.get(metric.type, _write_values)(builder, metric)
