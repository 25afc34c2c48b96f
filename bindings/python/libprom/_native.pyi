# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterable, Mapping
from typing import Any, Callable, Optional, TypeVar, Union, final

from typing_extensions import disjoint_base

_Class = TypeVar("_Class", bound=type[Any])
_Self = TypeVar("_Self", bound="MetricWrapperBase")
_Families = list[
    tuple[
        str,
        str,
        Optional[str],
        Optional[str],
        list[tuple[str, dict[str, str], float, Optional[float]]],
    ]
]

__version__: str
_C_API: Any
_C_API_SHORT: Any

class Error(RuntimeError): ...

class DuplicateTimeseries(ValueError):
    duplicates: set[str]

@disjoint_base
class MetricWrapperBase:
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    @property
    def _name(self) -> str: ...
    @property
    def _original_name(self) -> str: ...
    @property
    def _documentation(self) -> str: ...
    @property
    def _labelnames(self) -> tuple[str, ...]: ...
    @property
    def _labelvalues(self) -> tuple[str, ...]: ...
    @property
    def _namespace(self) -> str: ...
    @property
    def _subsystem(self) -> str: ...
    @property
    def _unit(self) -> str: ...
    @property
    def _kwargs(self) -> dict[str, Any]: ...
    @property
    def _type(self) -> str: ...
    def labels(self: _Self, *labelvalues: Any, **labelkwargs: Any) -> _Self: ...
    def remove(self, *labelvalues: Any) -> None: ...
    def clear(self) -> None: ...
    def _families(self) -> _Families: ...

class Counter(MetricWrapperBase):
    def __init__(
        self,
        name: str,
        documentation: str,
        labelnames: Iterable[str] = ...,
        namespace: str = ...,
        subsystem: str = ...,
        unit: str = ...,
        registry: Any = ...,
        _labelvalues: Optional[tuple[str, ...]] = ...,
    ) -> None: ...
    def inc(self, amount: float = 1, exemplar: Optional[dict[str, str]] = None) -> None: ...
    def get(self) -> float: ...

class Gauge(MetricWrapperBase):
    def __init__(
        self,
        name: str,
        documentation: str,
        labelnames: Iterable[str] = ...,
        namespace: str = ...,
        subsystem: str = ...,
        unit: str = ...,
        registry: Any = ...,
        _labelvalues: Optional[tuple[str, ...]] = ...,
        multiprocess_mode: str = ...,
    ) -> None: ...
    def inc(self, amount: float = 1) -> None: ...
    def dec(self, amount: float = 1) -> None: ...
    def set(self, value: Union[float, str]) -> None: ...
    def get(self) -> float: ...

class Histogram(MetricWrapperBase):
    def __init__(
        self,
        name: str,
        documentation: str,
        labelnames: Iterable[str] = ...,
        namespace: str = ...,
        subsystem: str = ...,
        unit: str = ...,
        registry: Any = ...,
        _labelvalues: Optional[tuple[str, ...]] = ...,
        buckets: Iterable[Union[float, str]] = ...,
    ) -> None: ...
    def observe(self, amount: float, exemplar: Optional[dict[str, str]] = None) -> None: ...

class Summary(MetricWrapperBase):
    def __init__(
        self,
        name: str,
        documentation: str,
        labelnames: Iterable[str] = ...,
        namespace: str = ...,
        subsystem: str = ...,
        unit: str = ...,
        registry: Any = ...,
        _labelvalues: Optional[tuple[str, ...]] = ...,
        *,
        objectives: Optional[Union[Mapping[float, float], Iterable[tuple[float, float]]]] = ...,
        max_age: Optional[float] = ...,
        age_buckets: Optional[int] = ...,
        accuracy: Optional[float] = ...,
    ) -> None: ...
    def observe(self, amount: float) -> None: ...

@final
class Builder:
    def family(
        self,
        type: str,
        name: str,
        documentation: Optional[str] = None,
        unit: Optional[str] = None,
    ) -> None: ...
    def value(
        self, value: float, labels: dict[str, Any] = ..., timestamp: Optional[float] = None
    ) -> None: ...
    def histogram(
        self,
        sum: float,
        count: float,
        buckets: list[tuple[float, float]],
        labels: dict[str, Any] = ...,
        timestamp: Optional[float] = None,
    ) -> None: ...
    def summary(
        self,
        sum: float,
        count: float,
        quantiles: list[tuple[float, float]],
        labels: dict[str, Any] = ...,
        timestamp: Optional[float] = None,
    ) -> None: ...

@final
class Collector:
    def close(self) -> None: ...

@disjoint_base
class Registry:
    def __init__(self, capsule: Any = ...) -> None: ...
    def capsule(self) -> Any: ...
    def collector(self, name: str, function: Callable[[Builder], Any]) -> Collector: ...
    def get_sample_value(
        self, name: str, labels: Optional[dict[str, str]] = None
    ) -> Optional[float]: ...
    def _add(self, metric: MetricWrapperBase, /) -> None: ...
    def _remove(self, metric: MetricWrapperBase, /) -> None: ...
    def _clear(self) -> None: ...
    def _find(self, name: str, classes: dict[str, type[Any]], /) -> Any: ...
    def _has(self, name: str, /) -> bool: ...
    def _text(self) -> bytes: ...
    def _families(self) -> _Families: ...

@disjoint_base
class Server:
    def __init__(
        self,
        registry: Registry,
        port: int = 0,
        addr: Optional[str] = None,
        path: Optional[str] = None,
    ) -> None: ...
    @property
    def port(self) -> int: ...
    def stop(self) -> None: ...

def default_registry() -> Any: ...
def direct(cls: _Class, /) -> _Class: ...
def _close_gate() -> None: ...
def _after_fork() -> None: ...
