# SPDX-License-Identifier: Apache-2.0
"""Families of samples, which collectors written in Python return."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Optional, Union

from .samples import Exemplar, NativeHistogram, Sample, Timestamp

METRIC_TYPES = (
    "counter",
    "gauge",
    "summary",
    "histogram",
    "gaugehistogram",
    "unknown",
    "info",
    "stateset",
)

_Time = Optional[Union[float, Timestamp]]
_Bucket = Union[tuple[str, float], tuple[str, float, Optional[Exemplar]]]


class Metric:
    """A family: its description, and samples of any label sets."""

    def __init__(self, name: str, documentation: str, typ: str, unit: str = "") -> None:
        if unit and not name.endswith("_" + unit):
            name += "_" + unit
        if typ == "untyped":
            typ = "unknown"
        if typ not in METRIC_TYPES:
            raise ValueError(f"Invalid metric type: {typ}")
        name.encode("utf-8")  # a lone surrogate is refused here, not at the scrape
        if not name:
            raise ValueError("Metric name should not be empty")
        self.name = name
        self.documentation = documentation
        self.unit = unit
        self.type = typ
        self.samples: list[Sample] = []

    def add_sample(
        self,
        name: str,
        labels: dict[str, str],
        value: float,
        timestamp: _Time = None,
        exemplar: Optional[Exemplar] = None,
        native_histogram: Optional[NativeHistogram] = None,
    ) -> None:
        self.samples.append(Sample(name, labels, value, timestamp, exemplar, native_histogram))

    def _state(self) -> tuple[Any, ...]:
        return (self.name, self.documentation, self.type, self.unit, self.samples)

    __hash__ = None  # type: ignore[assignment]  # its samples may change

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Metric):
            return NotImplemented
        return self._state() == other._state()

    def __repr__(self) -> str:
        name, documentation, typ, unit, samples = self._state()
        return f"Metric({name}, {documentation}, {typ}, {unit}, {samples})"


class _Family(Metric):
    """A family that adds samples by the values of label names given once."""

    _type = "unknown"

    def __init__(
        self,
        name: str,
        documentation: str,
        labels: Optional[Iterable[str]],
        given: bool,
        what: str,
        unit: str = "",
    ) -> None:
        super().__init__(name, documentation, self._type, unit)
        if labels is not None and given:
            raise ValueError(f"Can only specify at most one of {what} and labels.")
        self._labelnames = tuple(labels or ())

    def _labels(self, values: Iterable[str]) -> dict[str, str]:
        values = tuple(values)
        if len(values) != len(self._labelnames):
            raise ValueError(
                f"Incorrect label count (expected {len(self._labelnames)}, got {values})"
            )
        return dict(zip(self._labelnames, values))


class UnknownMetricFamily(_Family):
    """One value of no known type for each label set."""

    def __init__(
        self,
        name: str,
        documentation: str,
        value: Optional[float] = None,
        labels: Optional[Iterable[str]] = None,
        unit: str = "",
    ) -> None:
        super().__init__(name, documentation, labels, value is not None, "value", unit)
        if value is not None:
            self.add_metric((), value)

    def add_metric(self, labels: Iterable[str], value: float, timestamp: _Time = None) -> None:
        self.add_sample(self.name, self._labels(labels), value, timestamp)


UntypedMetricFamily = UnknownMetricFamily


class GaugeMetricFamily(UnknownMetricFamily):
    """One value that goes up and down for each label set."""

    _type = "gauge"


class CounterMetricFamily(_Family):
    """One value that only grows for each label set."""

    _type = "counter"

    def __init__(
        self,
        name: str,
        documentation: str,
        value: Optional[float] = None,
        labels: Optional[Iterable[str]] = None,
        created: Optional[float] = None,
        unit: str = "",
        exemplar: Optional[Exemplar] = None,
    ) -> None:
        if name.endswith("_total"):
            name = name[: -len("_total")]
        super().__init__(name, documentation, labels, value is not None, "value", unit)
        if value is not None:
            self.add_metric((), value, created, exemplar=exemplar)

    def add_metric(
        self,
        labels: Iterable[str],
        value: float,
        created: Optional[float] = None,
        timestamp: _Time = None,
        exemplar: Optional[Exemplar] = None,
    ) -> None:
        named = self._labels(labels)
        self.add_sample(self.name + "_total", named, value, timestamp, exemplar)
        if created is not None:
            self.add_sample(self.name + "_created", named, created, timestamp)


class SummaryMetricFamily(_Family):
    """A count and a sum for each label set."""

    _type = "summary"

    def __init__(
        self,
        name: str,
        documentation: str,
        count_value: Optional[int] = None,
        sum_value: Optional[float] = None,
        labels: Optional[Iterable[str]] = None,
        unit: str = "",
    ) -> None:
        if (count_value is None) != (sum_value is None):
            raise ValueError("count_value and sum_value must be provided together.")
        given = count_value is not None
        super().__init__(name, documentation, labels, given, "value", unit)
        if count_value is not None and sum_value is not None:
            self.add_metric((), count_value, sum_value)

    def add_metric(
        self,
        labels: Iterable[str],
        count_value: int,
        sum_value: float,
        timestamp: _Time = None,
    ) -> None:
        named = self._labels(labels)
        self.add_sample(self.name + "_count", named, count_value, timestamp)
        self.add_sample(self.name + "_sum", named, sum_value, timestamp)


class _BucketFamily(_Family):
    _count, _sum = "_count", "_sum"

    def _add_buckets(
        self,
        labels: Iterable[str],
        buckets: Sequence[_Bucket],
        sum_value: Optional[float],
        timestamp: _Time,
    ) -> None:
        named = self._labels(labels)
        for bucket in buckets:
            exemplar = bucket[2] if len(bucket) == 3 else None
            le = {**named, "le": bucket[0]}
            self.add_sample(self.name + "_bucket", le, bucket[1], timestamp, exemplar)
        if sum_value is not None:
            self.add_sample(self.name + self._count, named, buckets[-1][1], timestamp)
            self.add_sample(self.name + self._sum, named, sum_value, timestamp)


class HistogramMetricFamily(_BucketFamily):
    """Cumulative buckets, as pairs of a bound and a count, for each label set."""

    _type = "histogram"

    def __init__(
        self,
        name: str,
        documentation: str,
        buckets: Optional[Sequence[_Bucket]] = None,
        sum_value: Optional[float] = None,
        labels: Optional[Iterable[str]] = None,
        unit: str = "",
    ) -> None:
        if sum_value is not None and buckets is None:
            raise ValueError("sum value cannot be provided without buckets.")
        super().__init__(name, documentation, labels, buckets is not None, "buckets", unit)
        if buckets is not None:
            self.add_metric((), buckets, sum_value)

    def add_metric(
        self,
        labels: Iterable[str],
        buckets: Sequence[_Bucket],
        sum_value: Optional[float],
        timestamp: _Time = None,
    ) -> None:
        if float(buckets[0][0]) < 0:  # observations below zero make a sum no counter
            sum_value = None
        self._add_buckets(labels, buckets, sum_value, timestamp)


class GaugeHistogramMetricFamily(_BucketFamily):
    """Buckets of things that come and go, such as queued requests by age."""

    _type = "gaugehistogram"
    _count, _sum = "_gcount", "_gsum"

    def __init__(
        self,
        name: str,
        documentation: str,
        buckets: Optional[Sequence[_Bucket]] = None,
        gsum_value: Optional[float] = None,
        labels: Optional[Iterable[str]] = None,
        unit: str = "",
    ) -> None:
        super().__init__(name, documentation, labels, buckets is not None, "buckets", unit)
        if buckets is not None:
            self.add_metric((), buckets, gsum_value)

    def add_metric(
        self,
        labels: Iterable[str],
        buckets: Sequence[_Bucket],
        gsum_value: Optional[float],
        timestamp: _Time = None,
    ) -> None:
        self._add_buckets(labels, buckets, gsum_value, timestamp)


class InfoMetricFamily(_Family):
    """Facts, as labels of a sample that is always 1."""

    _type = "info"

    def __init__(
        self,
        name: str,
        documentation: str,
        value: Optional[Mapping[str, str]] = None,
        labels: Optional[Iterable[str]] = None,
    ) -> None:
        super().__init__(name, documentation, labels, value is not None, "value")
        if value is not None:
            self.add_metric((), value)

    def add_metric(
        self, labels: Iterable[str], value: Mapping[str, str], timestamp: _Time = None
    ) -> None:
        named = {**self._labels(labels), **value}
        self.add_sample(self.name + "_info", named, 1, timestamp)


class StateSetMetricFamily(_Family):
    """Which of some states are on, one sample for each state."""

    _type = "stateset"

    def __init__(
        self,
        name: str,
        documentation: str,
        value: Optional[Mapping[str, bool]] = None,
        labels: Optional[Iterable[str]] = None,
    ) -> None:
        super().__init__(name, documentation, labels, value is not None, "value")
        if value is not None:
            self.add_metric((), value)

    def add_metric(
        self, labels: Iterable[str], value: Mapping[str, bool], timestamp: _Time = None
    ) -> None:
        named = self._labels(labels)
        for state, on in sorted(value.items()):
            self.add_sample(self.name, {**named, self.name: state}, 1 if on else 0, timestamp)
