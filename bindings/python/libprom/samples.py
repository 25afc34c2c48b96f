# SPDX-License-Identifier: Apache-2.0
"""What families are made of, as tuples."""

from collections.abc import Sequence
from typing import NamedTuple, Optional, Union


class Timestamp:
    """Unix time to the nanosecond."""

    __slots__ = ("nsec", "sec")
    __hash__ = None  # type: ignore[assignment]  # as prometheus_client has it

    def __init__(self, sec: float, nsec: float) -> None:
        if not 0 <= nsec < 1_000_000_000:
            raise ValueError(f"nanoseconds must be from 0 to 999999999, not {nsec}")
        self.sec = int(sec)
        self.nsec = int(-nsec if sec < 0 else nsec)

    def __float__(self) -> float:
        return self.sec + self.nsec / 1e9

    def __str__(self) -> str:
        return f"{self.sec}.{abs(self.nsec):09d}"

    def __repr__(self) -> str:
        return f"Timestamp({self.sec}, {self.nsec})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Timestamp):
            return NotImplemented
        return (self.sec, self.nsec) == (other.sec, other.nsec)

    def __lt__(self, other: "Timestamp") -> bool:
        return (self.sec, self.nsec) < (other.sec, other.nsec)

    def __gt__(self, other: "Timestamp") -> bool:
        return other < self


class Exemplar(NamedTuple):
    labels: dict[str, str]
    value: float
    timestamp: Optional[Union[float, Timestamp]] = None


class BucketSpan(NamedTuple):
    """`length` buckets side by side, `offset` behind the span before."""

    offset: int
    length: int


class NativeHistogram(NamedTuple):
    """A native histogram as its formats write it: spans of populated buckets, and of each
    bucket the difference of its count to the one before."""

    count_value: float
    sum_value: float
    schema: int
    zero_threshold: float
    zero_count: float
    pos_spans: Optional[Sequence[BucketSpan]] = None
    neg_spans: Optional[Sequence[BucketSpan]] = None
    pos_deltas: Optional[Sequence[float]] = None
    neg_deltas: Optional[Sequence[float]] = None
    nh_exemplars: Optional[Sequence[Exemplar]] = None
    custom_values: Optional[Sequence[float]] = None  # bounds, where schema is -53


class Sample(NamedTuple):
    name: str
    labels: dict[str, str]
    value: float
    timestamp: Optional[Union[float, Timestamp]] = None
    exemplar: Optional[Exemplar] = None
    native_histogram: Optional[NativeHistogram] = None


class HistogramValue(NamedTuple):
    """What Histogram.get() gives."""

    count_value: int
    sum_value: float
    buckets: dict[float, int]  # cumulative counts by upper bound, of classic buckets
    native: Optional[NativeHistogram] = None
    exemplars: Sequence[Exemplar] = ()  # of classic buckets


class SummaryValue(NamedTuple):
    """What Summary.get() gives."""

    count_value: int
    sum_value: float
    quantiles: dict[float, float]
