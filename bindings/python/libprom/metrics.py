# SPDX-License-Identifier: Apache-2.0
"""The metric types: their native halves, and what reads better in Python."""

import time
from typing import Any, Union

from . import _native
from ._families import read
from ._native import MetricWrapperBase
from .context_managers import ExceptionCounter, InprogressTracker, Timer
from .metrics_core import Metric

__all__ = ["Counter", "Gauge", "Histogram", "MetricWrapperBase", "Summary"]


def _need_series(metric: Any) -> None:
    if metric._labelnames and not metric._labelvalues:
        raise ValueError(f"{metric._type} metric is missing label values")


class _Family:
    """Mixed into the metric types: what concerns a family or a child as a whole."""

    def collect(self: Any) -> list[Metric]:
        """The family with its samples; of a child, with its own."""
        families = [read(family) for family in self._families()]
        mine = set(zip(self._labelnames, self._labelvalues))
        for family in families:
            family.samples = [s for s in family.samples if mine <= set(s.labels.items())]
        return families

    def describe(self: Any) -> list[Metric]:
        """The family without samples."""
        family = Metric(self._name, self._documentation, self._type)
        family.unit = self._unit
        return [family]

    def remove_by_labels(self: Any, labels: dict[str, str]) -> None:
        """Remove every child that has these label values, whatever its other ones."""
        if not isinstance(labels, dict):
            raise TypeError("labels must be a dict of {label_name: label_value}")
        unknown = [name for name in labels if name not in self._labelnames]
        if unknown:
            raise ValueError(f"Unknown label names: {unknown}; expected {self._labelnames}")
        if not labels:
            return
        wanted = {(name, str(value)) for name, value in labels.items()}
        found = {
            tuple(sample.labels[name] for name in self._labelnames)
            for family in self.collect()
            for sample in family.samples
            if wanted <= set(sample.labels.items())
        }
        for values in found:
            self.remove(*values)


@_native.direct
class Counter(_Family, _native.Counter):
    """A value that only grows: requests served, bytes sent.

    >>> hits = Counter("hits", "Pages served.", ["method"])
    >>> hits.labels("GET").inc()
    """

    @property
    def _value(self) -> "Counter":
        return self  # programs read `._value.get()`

    def count_exceptions(
        self, exception: Union[type[BaseException], tuple[type[BaseException], ...]] = Exception
    ) -> ExceptionCounter:
        """Count exceptions that leave a block or a function."""
        _need_series(self)
        return ExceptionCounter(self, exception)


@_native.direct
class Gauge(_Family, _native.Gauge):
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
        _need_series(self)
        return InprogressTracker(self)


@_native.direct
class Histogram(_Family, _native.Histogram):
    """How many observations fell into which bucket: latencies, sizes."""

    DEFAULT_BUCKETS = (
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
        float("inf"),
    )  # fmt: skip

    def time(self) -> Timer:
        """Observe the seconds that a block or a function takes."""
        return Timer(self, "observe")


@_native.direct
class Summary(_Family, _native.Summary):
    """Count and sum of observations and, with `objectives`, quantiles of a sliding window.

    `objectives` gives each quantile with its error of rank, {0.5: 0.05, 0.99: 0.001};
    `max_age` is the length of the window in seconds, which moves in `age_buckets` steps.
    """

    def time(self) -> Timer:
        """Observe the seconds that a block or a function takes."""
        return Timer(self, "observe")
