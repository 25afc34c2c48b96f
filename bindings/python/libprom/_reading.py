# SPDX-License-Identifier: Apache-2.0
"""From the library, where a histogram is one thing, to families, which are lists of samples.
_families.py is the way back.
"""

import os
from collections.abc import Sequence
from typing import Any, Callable, NamedTuple, Optional

from ._numbers import float_text, number_text
from .metrics_core import Metric
from .samples import BucketSpan, Exemplar, NativeHistogram, Timestamp

# What the library's name of a family has beyond the name of a Metric.
ENDINGS = {"counter": "_total", "info": "_info"}

# As values.c has them.
_READ = tuple[dict[str, str], Any, Optional[int], Optional[int]]
GATHERED = tuple[str, str, Optional[str], Optional[str], list[_READ]]


class _CreatedMetrics:
    """Whether families that are read have `_created` samples."""

    def __init__(self) -> None:
        disabled = os.environ.get("PROMETHEUS_DISABLE_CREATED_SERIES", "").lower()
        self.shown = disabled not in ("true", "1", "t")


created_metrics = _CreatedMetrics()


# --- times ------------------------------------------------------------------------------


def seconds(ns: int) -> float:
    """Of nanoseconds."""
    return ns / 1_000_000_000  # of two ints: rounded once


def _timestamp(ns: int) -> Timestamp:
    sec, nsec = divmod(abs(ns), 1_000_000_000)
    # Before 1970 both count backwards, which Timestamp does by the sign of the seconds.
    return Timestamp(-sec, nsec) if ns < 0 < sec else Timestamp(sec, nsec)


class Style(NamedTuple):
    """How families say what a format spells in several ways."""

    number: Callable[[float], str]  # the values of `le` and `quantile`
    time: Callable[[int], Any]  # of nanoseconds; not for _created, which is a value
    absent_sum: bool = False  # NaN is the sum of what has none; a histogram has no count then


COLLECTED = Style(number_text, seconds)
POINTED = Style(float_text, seconds)
OPENMETRICS = Style(float_text, _timestamp, absent_sum=True)


# --- parts ------------------------------------------------------------------------------


def exemplar_of(e: Any, style: Style = COLLECTED) -> Exemplar:
    labels, value, ns = e
    return Exemplar(labels, value, None if ns is None else style.time(ns))


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


def native_of(total: float, native: Any, style: Style = COLLECTED) -> Any:
    if native is None:
        return None
    schema, threshold, zero, count, positive, negative, custom, exemplars = native
    pos_spans, pos_deltas = _spans(positive)
    neg_spans, neg_deltas = _spans(negative)
    return NativeHistogram(
        count, total, schema, threshold, zero, pos_spans, neg_spans, pos_deltas, neg_deltas,
        tuple(exemplar_of(e, style) for e in exemplars) or None, tuple(custom) or None,
    )  # fmt: skip


# --- metrics ----------------------------------------------------------------------------


class _Reader:
    """Adds the samples of metrics to a family."""

    def __init__(self, metric: Metric, name: str, style: Style) -> None:
        self.metric = metric
        self.name = name  # the library's
        self.style = style
        self.add = metric.add_sample

    def read_value(self, labels: Any, value: Any, timestamp: Any) -> None:
        self.add(self.name, labels, value, timestamp)

    def read_counter(self, labels: Any, body: Any, timestamp: Any) -> None:
        value, exemplar = body
        whole = self.metric.name + "_total"
        self.add(whole, labels, value, timestamp, self._exemplar(exemplar))

    def read_stateset(self, labels: Any, states: Any, timestamp: Any) -> None:
        if isinstance(states, float):  # one state, whose label it has already
            self.add(self.name, labels, states, timestamp)
            return
        for state, on in states:
            self.add(self.name, {**labels, self.name: state}, 1.0 if on else 0.0, timestamp)

    def read_summary(self, labels: Any, body: Any, timestamp: Any) -> None:
        total, count, quantiles = body
        for quantile, value in quantiles:
            at = {**labels, "quantile": self.style.number(quantile)}
            self.add(self.name, at, value, timestamp)
        self._read_count_and_sum(labels, count, total, timestamp)

    def read_histogram(self, labels: Any, body: Any, timestamp: Any) -> None:
        total, count, buckets, native = body
        for bound, cumulative, exemplar in buckets:
            at = {**labels, "le": self.style.number(bound)}
            found = self._exemplar(exemplar)
            self.add(self.name + "_bucket", at, float(cumulative), timestamp, found)
        g = "g" if self.metric.type == "gaugehistogram" else ""
        self._read_count_and_sum(labels, count, total, timestamp, g)
        if native is not None:
            whole = native_of(total, native, self.style)
            self.add(self.name, labels, float(count), timestamp, None, whole)

    def _read_count_and_sum(
        self, labels: Any, count: Any, total: float, timestamp: Any, g: str = ""
    ) -> None:
        no_sum = self.style.absent_sum and total != total
        if not no_sum or (count and self.metric.type == "summary"):
            self.add(f"{self.name}_{g}count", labels, float(count), timestamp)
        if not no_sum:
            self.add(f"{self.name}_{g}sum", labels, total, timestamp)

    def _exemplar(self, e: Any) -> Optional[Exemplar]:
        return None if e is None else exemplar_of(e, self.style)


_READERS = {
    "counter": _Reader.read_counter,
    "summary": _Reader.read_summary,
    "histogram": _Reader.read_histogram,
    "gaugehistogram": _Reader.read_histogram,
    "stateset": _Reader.read_stateset,
}


def read(family: GATHERED, style: Style = COLLECTED, created: Optional[bool] = None) -> Metric:
    """A Metric of a family as the library gathered it; `created` is created_metrics.shown."""
    typ, name, documentation, unit, metrics = family
    ending = ENDINGS.get(typ, "")
    base = name[: -len(ending)] if ending and name.endswith(ending) else name
    metric = Metric(base, documentation or "", typ)
    metric.unit = unit or ""
    reader = _Reader(metric, name, style)
    add = _READERS.get(typ, _Reader.read_value)
    shown = (created_metrics.shown if created is None else created) and typ in _READERS
    for labels, body, ms, created_ns in metrics:
        timestamp = None if ms is None else style.time(ms * 1_000_000)
        add(reader, labels, body, timestamp)
        if shown and created_ns is not None:
            metric.add_sample(base + "_created", labels, seconds(created_ns), timestamp)
    return metric
