# SPDX-License-Identifier: Apache-2.0
"""Between families, which are lists of samples, and the library, where a histogram is one
thing: families are grouped and written to a builder, and what was gathered becomes families.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Callable

from ._native import Builder
from .metrics_core import Metric
from .samples import Sample

# What the library's name of a family has beyond the name of a Metric.
_ENDINGS = {"counter": "_total", "info": "_info"}


def _misplaced(metric: Metric, sample: Sample) -> ValueError:
    return ValueError(f"sample {sample.name!r} is none of {metric.type} {metric.name!r}")


def _seconds(sample: Sample) -> Any:
    return None if sample.timestamp is None else float(sample.timestamp)


def _sorted(labels: Any) -> dict[str, str]:
    """As prometheus_client shows them, whatever the order of the registry."""
    return dict(sorted(labels.items()))


def _write_values(builder: Builder, metric: Metric) -> None:
    whole = metric.name + _ENDINGS.get(metric.type, "")
    for sample in metric.samples:
        if metric.type == "counter" and sample.name == metric.name + "_created":
            continue  # the text format has no place for it
        if sample.name not in (whole, metric.name):
            raise _misplaced(metric, sample)
        builder.value(float(sample.value), _sorted(sample.labels), _seconds(sample))


class _Parts:
    """The samples of one histogram or summary, collected."""

    def __init__(self, labels: dict[str, str], timestamp: Any) -> None:
        self.labels = labels
        self.timestamp = timestamp
        self.sum = float("nan")
        self.count: Any = None
        self.points: list[tuple[float, float]] = []

    def whole_count(self) -> Any:
        if self.count is not None:
            return self.count
        return self.points[-1][1] if self.points else 0


def _group(metric: Metric, point: str, key: str) -> Iterable[_Parts]:
    """Parts by label set, where samples `point` differ in the label `key`."""
    g = "g" if metric.type == "gaugehistogram" else ""
    groups: dict[Any, _Parts] = {}
    for sample in metric.samples:
        labels = _sorted(sample.labels)
        at = labels.pop(key, None) if sample.name == point else None
        group = frozenset(labels.items())
        if group not in groups:
            groups[group] = _Parts(labels, _seconds(sample))
        parts = groups[group]
        if at is not None:
            parts.points.append((float(at), sample.value))
        elif sample.name == f"{metric.name}_{g}sum":
            parts.sum = float(sample.value)
        elif sample.name == f"{metric.name}_{g}count":
            parts.count = sample.value
        elif sample.name != metric.name + "_created":
            raise _misplaced(metric, sample)
    return groups.values()


def _write_histograms(builder: Builder, metric: Metric) -> None:
    for p in _group(metric, metric.name + "_bucket", "le"):
        builder.histogram(p.sum, p.whole_count(), p.points, p.labels, p.timestamp)


def _write_summaries(builder: Builder, metric: Metric) -> None:
    for p in _group(metric, metric.name, "quantile"):
        builder.summary(p.sum, p.count or 0, p.points, p.labels, p.timestamp)


_WRITERS = {
    "histogram": _write_histograms,
    "gaugehistogram": _write_histograms,
    "summary": _write_summaries,
}


def given(method: Callable[[], Any]) -> Iterator[Metric]:
    """The families that collect() or describe() of a collector gives."""
    families = method()
    if not isinstance(families, Iterable):
        raise _no_family(method, families, "something to iterate over")
    for family in families:
        # Families of prometheus_client itself will do as well.
        if not isinstance(family, Metric) and not all(hasattr(family, a) for a in _NEEDED):
            raise _no_family(method, family, "a Metric")
        yield family


_NEEDED = ("name", "documentation", "type", "unit", "samples")


def _no_family(method: Any, what: Any, needed: str) -> TypeError:
    owner = type(getattr(method, "__self__", method)).__qualname__
    name = getattr(method, "__name__", "__call__")
    return TypeError(f"{owner}.{name}() gave {what!r}, not {needed}")


def write(collector: Any, builder: Builder) -> None:
    """Write what a collector collects."""
    for metric in given(collector.collect):
        name = metric.name + _ENDINGS.get(metric.type, "")
        builder.family(metric.type, name, metric.documentation, metric.unit)
        _WRITERS.get(metric.type, _write_values)(builder, metric)


_GATHERED = tuple[str, str, Any, Any, list[tuple[str, dict[str, str], float, Any]]]


def read(family: _GATHERED) -> Metric:
    """A Metric of a family as the library gathered it."""
    typ, name, documentation, unit, samples = family
    ending = _ENDINGS.get(typ, "")
    base = name[: -len(ending)] if ending and name.endswith(ending) else name
    metric = Metric(base, documentation or "", typ)
    metric.unit = unit or ""
    for sample_name, labels, value, timestamp in samples:
        if typ == "gaugehistogram" and sample_name in (name + "_sum", name + "_count"):
            sample_name = f"{name}_g{sample_name[len(name) + 1 :]}"
        metric.add_sample(sample_name, labels, value, timestamp)
    return metric
