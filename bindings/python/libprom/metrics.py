# SPDX-License-Identifier: Apache-2.0
"""The metric types: their native halves, and what reads better in Python."""

import time
from collections.abc import Iterable, Mapping
from typing import Any, Optional

from . import _native
from ._family import ExceptionTypes, Family, need_series
from ._native import MetricWrapperBase
from ._reading import created_metrics, exemplar_of, native_of
from .context_managers import ExceptionCounter, InprogressTracker, Timer
from .samples import HistogramValue, SummaryValue

__all__ = [
    "Counter",
    "Enum",
    "Gauge",
    "Histogram",
    "Info",
    "MetricWrapperBase",
    "StateSet",
    "Summary",
    "Unknown",
    "Untyped",
    "disable_created_metrics",
    "enable_created_metrics",
]


def enable_created_metrics() -> None:
    """Show `_created` samples in what collect() gives and in OpenMetrics, as is the default."""
    created_metrics.shown = True


def disable_created_metrics() -> None:
    """Show no `_created` samples in what collect() gives, nor in OpenMetrics."""
    created_metrics.shown = False


@_native.direct
class Counter(Family, _native.Counter):
    """A value that only grows: requests served, bytes sent.

    >>> hits = Counter("hits", "Pages served.", ["method"])
    >>> hits.labels("GET").inc()
    """

    @property
    def _value(self) -> "Counter":
        return self  # programs read `._value.get()`

    def count_exceptions(self, exception: ExceptionTypes = Exception) -> ExceptionCounter:
        """Count exceptions that leave a block or a function."""
        need_series(self)
        return ExceptionCounter(self, exception)


@_native.direct
class Gauge(Family, _native.Gauge):
    """A value that goes up and down: a temperature, requests under way."""

    @property
    def _value(self) -> "Gauge":
        return self

    def set_to_current_time(self) -> None:
        """Set to the unix time in seconds."""
        self.set(time.time())

    def time(self) -> Timer:
        """Set to the seconds that a block or a function took last."""
        return Timer(self, "set")

    def track_inprogress(self) -> InprogressTracker:
        """Count up while a block or a function runs."""
        need_series(self)
        return InprogressTracker(self)


@_native.direct
class Unknown(Family, _native.Unknown):
    """A gauge of which only the type is not told: `untyped` in the older formats."""

    @property
    def _value(self) -> "Unknown":
        return self


Untyped = Unknown


@_native.direct
class Histogram(Family, _native.Histogram):
    """How many observations fell into which bucket: latencies, sizes.

    `native_factor` above 1 makes it a native histogram, whose buckets grow by at most that
    factor; it has classic ones as well if `buckets` are given.
    """

    DEFAULT_BUCKETS = (
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
        float("inf"),
    )  # fmt: skip

    def time(self) -> Timer:
        """Observe the seconds that a block or a function takes."""
        return Timer(self, "observe")

    def get(self) -> HistogramValue:
        """What was observed until now."""
        total, count, buckets, native = self._read()[1]
        return HistogramValue(
            count,
            total,
            {bound: cumulative for bound, cumulative, _ in buckets},
            native_of(total, native),
            [exemplar_of(e) for _, _, e in buckets if e is not None],
        )


@_native.direct
class Summary(Family, _native.Summary):
    """Count and sum of observations and, with `objectives`, quantiles of a sliding window.

    `objectives` gives each quantile with its error of rank, {0.5: 0.05, 0.99: 0.001};
    `max_age` is the length of the window in seconds, which moves in `age_buckets` steps.
    """

    def time(self) -> Timer:
        """Observe the seconds that a block or a function takes."""
        return Timer(self, "observe")

    def get(self) -> SummaryValue:
        """What was observed until now."""
        total, count, quantiles = self._read()[1]
        return SummaryValue(count, total, dict(quantiles))


@_native.direct
class Info(Family, _native.Info):
    """Facts, as labels of a series that is always 1: a version, a configuration.

    >>> Info("build", "What this is.").info({"version": "1.2.3"})
    """

    def get(self) -> dict[str, str]:
        """What it says now, without the labels of the family."""
        labels: dict[str, str] = self._read()[0]
        for name in (*self._labelnames, *(self._kwargs.get("const_labels") or ())):
            labels.pop(name, None)
        return labels


@_native.direct
class StateSet(Family, _native.StateSet):
    """Which of some states are on; several may be."""

    def get(self) -> dict[str, bool]:
        """Every state and whether it is on."""
        return dict(self._read()[1])


@_native.direct
class Enum(Family, _native.Enum):
    """In which one of some states something is; at first in the first.

    >>> Enum("job", "State of the job.", states=["idle", "running"]).state("running")
    """

    def preset(self, labels: Mapping[str, Iterable[Any]]) -> None:
        super().preset(labels)
        self._each()  # children are in their first state from when they are seen

    def get(self) -> Optional[str]:
        """The state."""
        return next((state for state, on in self._read()[1] if on), None)
