# SPDX-License-Identifier: Apache-2.0
"""What all metric types have in common beyond their native halves: families as a whole."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Optional, Union

from ._reading import read, seconds
from .metrics_core import Metric


def need_series(metric: Any) -> None:
    if metric._labelnames and not metric._labelvalues:
        raise ValueError(f"{metric._type} metric is missing label values")


class Family:
    """Mixed into the metric types: what concerns a family or a child as a whole."""

    def collect(self: Any) -> list[Metric]:
        """The family with its samples; of a child, with its own."""
        whole = vars(self).get("_whole")  # of a view
        families = whole.collect() if whole else [read(f) for f in self._families()]
        mine = set(zip(self._labelnames, self._labelvalues))
        mine |= vars(self).get("_set_labels", {}).items()
        for family in families:
            family.samples = [s for s in family.samples if mine <= set(s.labels.items())]
        return families

    def describe(self: Any) -> list[Metric]:
        """The family without samples."""
        family = Metric(self._name, self._documentation, self._type)
        family.unit = self._unit
        return [family]

    @property
    def _created(self: Any) -> Optional[float]:
        """When the series was made or reset last, in unix seconds. A family has none: as
        anything that is not there, for hasattr() and inspect."""
        if self._labelnames and not self._labelvalues:
            raise AttributeError(f"{self._type} metric is missing label values")
        created = self._read()[3]
        return None if created is None else seconds(created)

    # --- children ---------------------------------------------------------------------

    def children(self: Any) -> Iterator[tuple[dict[str, str], Any]]:
        """Every child there is now, with its labels. It may be removed meanwhile."""
        names = self._labelnames
        for values, child in self._each():
            yield dict(zip(names, values)), child

    def remove_by_labels(self: Any, labels: dict[str, Any]) -> None:
        """Remove every child that has these label values, whatever its other ones."""
        if not isinstance(labels, dict):
            raise TypeError("labels must be a dict of {label_name: label_value}")
        unknown = [name for name in labels if name not in self._labelnames]
        if unknown:
            raise ValueError(f"Unknown label names: {unknown}; expected {self._labelnames}")
        self._remove_matching(labels)

    def preset(self: Any, labels: Mapping[str, Iterable[Any]]) -> None:
        """Make the children of all combinations of these label values, so that they show
        before they are first used."""
        if set(labels) != set(self._labelnames):
            raise ValueError(f"preset() needs the values of {self._labelnames}")
        for name, values in labels.items():
            if isinstance(values, str):
                raise TypeError(f"the values of {name!r} must be an iterable of values")
        given = {name: tuple(map(str, values)) for name, values in labels.items()}
        self._preset(tuple(given[name] for name in self._labelnames))

    def curry(self: Any, **labels: Any) -> Any:
        """The family with some labels set: all methods take only the others."""
        view = self._curry(labels)
        view._whole = self
        view._set_labels = {name: str(value) for name, value in labels.items()}
        return view

    # --- replacing all children at once ------------------------------------------------

    @contextmanager
    def fresh(self: Any) -> Iterator[Any]:
        """An empty family to fill; at the end of the block its children take the place of
        all children of this one, at once for every scrape. Not after an exception."""
        family = self._fresh()
        yield family
        self._replace(family)

    def replace(self: Any, values: Mapping[Any, float]) -> None:
        """Replace all children by one for each key, a tuple of label values (or a single
        one), with that value."""
        with self.fresh() as family:
            for key, value in values.items():
                child = family.labels(*(key if isinstance(key, tuple) else (key,)))
                getattr(child, "set" if hasattr(child, "set") else "inc")(value)


ExceptionTypes = Union[type[BaseException], tuple[type[BaseException], ...]]
