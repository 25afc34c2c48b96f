# SPDX-License-Identifier: Apache-2.0
"""For tests of programs that use libprom: what metrics say, and whether it is well said.

`subject` is a metric, a child of one, a registry, or anything else with collect().
"""

from collections.abc import Iterable
from typing import Any, Callable, NamedTuple, Optional, Union

from . import _native
from ._reading import read
from .metrics_core import Metric
from .registry import CollectorRegistry
from .samples import NativeHistogram

__all__ = ["Problem", "assert_native", "compare", "count", "lint", "scrape", "value"]

_Names = Optional[Union[str, Iterable[str]]]


class Problem(NamedTuple):
    """One of what lint() found."""

    metric: str
    text: str


def _subject(subject: Any) -> Any:
    if isinstance(subject, (_native.MetricWrapperBase, _native.Registry)):
        return subject
    registry = CollectorRegistry()
    registry.register(subject)
    return registry


def _names(names: _Names) -> Optional[tuple[str, ...]]:
    return (names,) if isinstance(names, str) else None if names is None else tuple(names)


def value(subject: Any) -> float:
    """The value of the one counter, gauge or unknown that there is."""
    return _native.test_value(_subject(subject))


def count(subject: Any, names: _Names = None) -> int:
    """How many metrics, one for each label set, families of these names have; None: all."""
    return _native.test_count(_subject(subject), _names(names))


def compare(subject: Any, expected: str, names: _Names = None) -> None:
    """Compare what is exposed with text, in any order; AssertionError with the difference.

    With `names` only these families are compared.
    """
    _native.test_compare(_subject(subject), expected, _names(names))


def scrape(url: str, expected: str, names: _Names = None) -> None:
    """compare() with what a URL serves."""
    if not isinstance(url, str):
        raise TypeError(f"url must be str, not {type(url).__name__}")
    _native.test_compare(url, expected, _names(names))


def assert_native(
    registry: Any, name: str, expected: NativeHistogram, labels: Optional[dict[str, str]] = None
) -> None:
    """Compare a native histogram; AssertionError with the first difference."""
    _native.test_native(_subject(registry), name, dict(labels or {}), tuple(expected))


def lint(
    subject: Any, rules: Iterable[Callable[[Metric], Iterable[str]]] = ()
) -> list[Problem]:
    """What is badly named or described, sorted; of a text if `subject` is a str.

    A rule of one's own is called for each family and gives texts of problems.
    """
    source = subject if isinstance(subject, str) else CollectorRegistry.gather(_whole(subject))
    found = _native.lint(source, tuple(_adapted(rule) for rule in rules))
    return [Problem(*problem) for problem in found]


def _whole(subject: Any) -> Any:
    if isinstance(subject, CollectorRegistry):
        return subject
    registry = CollectorRegistry()
    registry.register(subject)
    return registry


def _adapted(rule: Callable[[Metric], Iterable[str]]) -> Callable[[Any], list[str]]:
    return lambda family: list(rule(read(family)))
