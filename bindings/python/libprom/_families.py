# SPDX-License-Identifier: Apache-2.0
"""Between families, which are lists of samples, and the library, where a histogram is one
thing: families are grouped and written to a builder, and what was gathered becomes families.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Callable, Optional, Union

from ._native import Builder, Desc, Snapshot
from ._numbers import number_text
from .metrics_core import Metric
from .samples import BucketSpan, Exemplar, NativeHistogram, Sample

# What describe() of a collector may give.
Described = Union[Metric, Desc]

# What the library's name of a family has beyond the name of a Metric.
_ENDINGS = {"counter": "_total", "info": "_info"}


class _CreatedMetrics:
    """Whether families that are read have `_created` samples."""

    def __init__(self) -> None:
        disabled = os.environ.get("PROMETHEUS_DISABLE_CREATED_SERIES", "").lower()
        self.shown = disabled not in ("true", "1", "t")


created_metrics = _CreatedMetrics()


# --- writing ----------------------------------------------------------------------------


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
        return (labels, float(value), float(timestamp[0]))
    return (labels, float(value))


def _created(metric: Metric) -> dict[Any, float]:
    return {
        frozenset(sample.labels.items()): float(sample.value)
        for sample in metric.samples
        if sample.name == metric.name + "_created"
    }


def _write_values(builder: Builder, metric: Metric) -> None:
    whole = metric.name + _ENDINGS.get(metric.type, "")
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
    ending = _ENDINGS.get(described.type, "")
    if isinstance(described, Desc) and ending and name.endswith(ending):
        return name[: -len(ending)]
    return name


def describe(families: Iterable[Described], builder: Builder) -> None:
    """Write families without samples."""
    for metric in families:
        if isinstance(metric, Desc):
            builder.desc(metric)
            continue
        name = metric.name + _ENDINGS.get(metric.type, "")
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
        name = metric.name + _ENDINGS.get(metric.type, "")
        builder.family(metric.type, name, metric.documentation, metric.unit)
        _WRITERS.get(metric.type, _write_values)(builder, metric)


# --- reading ----------------------------------------------------------------------------

# As values.c has them.
_READ = tuple[dict[str, str], Any, Optional[float], Optional[float]]
GATHERED = tuple[str, str, Optional[str], Optional[str], list[_READ]]


def exemplar_of(e: Any) -> Optional[Exemplar]:
    return None if e is None else Exemplar(*e)


def _spans(buckets: Sequence[tuple[int, float]]) -> tuple[Any, Any]:
    """Spans and deltas of (index, count) pairs."""
    spans: list[BucketSpan] = []
    deltas: list[float] = []
    expected, before = 0, 0.0 if buckets and isinstance(buckets[0][1], float) else 0
    for index, count in buckets:
        if spans and index == expected:
            spans[-1] = BucketSpan(spans[-1].offset, spans[-1].length + 1)
        else:
            spans.append(BucketSpan(index - expected, 1))
        deltas.append(count - before)
        expected, before = index + 1, count
    return (tuple(spans), tuple(deltas)) if spans else (None, None)


def native_of(total: float, native: Any) -> Optional[NativeHistogram]:
    if native is None:
        return None
    schema, threshold, zero, count, positive, negative, custom, exemplars = native
    pos_spans, pos_deltas = _spans(positive)
    neg_spans, neg_deltas = _spans(negative)
    return NativeHistogram(
        count, total, schema, threshold, zero, pos_spans, neg_spans, pos_deltas, neg_deltas,
        tuple(Exemplar(*e) for e in exemplars) or None, tuple(custom) or None,
    )  # fmt: skip


def _read_counter(metric: Metric, name: str, m: _READ) -> None:
    labels, (value, exemplar), timestamp, _ = m
    metric.add_sample(metric.name + "_total", labels, value, timestamp, exemplar_of(exemplar))


def _read_value(metric: Metric, name: str, m: _READ) -> None:
    labels, value, timestamp, _ = m
    metric.add_sample(name, labels, value, timestamp)


def _read_states(metric: Metric, name: str, m: _READ) -> None:
    labels, states, timestamp, _ = m
    for state, on in states:
        metric.add_sample(name, {**labels, name: state}, 1.0 if on else 0.0, timestamp)


def _read_summary(metric: Metric, name: str, m: _READ) -> None:
    labels, (total, count, quantiles), timestamp, _ = m
    for quantile, value in quantiles:
        at = {**labels, "quantile": number_text(quantile)}
        metric.add_sample(name, at, value, timestamp)
    metric.add_sample(name + "_count", labels, float(count), timestamp)
    metric.add_sample(name + "_sum", labels, total, timestamp)


def _read_histogram(metric: Metric, name: str, m: _READ) -> None:
    labels, (total, count, buckets, native), timestamp, _ = m
    g = "g" if metric.type == "gaugehistogram" else ""
    for bound, cumulative, exemplar in buckets:
        at = {**labels, "le": number_text(bound)}
        metric.add_sample(
            name + "_bucket", at, float(cumulative), timestamp, exemplar_of(exemplar)
        )
    metric.add_sample(f"{name}_{g}count", labels, float(count), timestamp)
    metric.add_sample(f"{name}_{g}sum", labels, total, timestamp)
    if native is not None:
        whole = native_of(total, native)
        metric.add_sample(name, labels, float(count), timestamp, None, whole)


_READERS = {
    "counter": _read_counter,
    "summary": _read_summary,
    "histogram": _read_histogram,
    "gaugehistogram": _read_histogram,
    "stateset": _read_states,
}


def read(family: GATHERED) -> Metric:
    """A Metric of a family as the library gathered it."""
    typ, name, documentation, unit, metrics = family
    ending = _ENDINGS.get(typ, "")
    base = name[: -len(ending)] if ending and name.endswith(ending) else name
    metric = Metric(base, documentation or "", typ)
    metric.unit = unit or ""
    reader = _READERS.get(typ, _read_value)
    for m in metrics:
        reader(metric, name, m)
        if m[3] is not None and created_metrics.shown and typ in _READERS:
            metric.add_sample(base + "_created", m[0], m[3], m[2])
    return metric
