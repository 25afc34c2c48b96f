# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Callable, Optional, TypeVar, Union, final

from typing_extensions import Self, disjoint_base

_Class = TypeVar("_Class", bound=type[Any])
_Snapshot = TypeVar("_Snapshot", bound="Snapshot")
_Self = TypeVar("_Self", bound="MetricWrapperBase")
_Read = tuple[dict[str, str], Any, Optional[int], Optional[int]]  # see values.c
_Family = tuple[str, str, Optional[str], Optional[str], list[_Read]]
_Families = list[_Family]
_Constraints = Mapping[str, Union[Callable[[str], Any], Iterable[Any]]]
_Exemplar = Optional[dict[str, str]]

__version__: str
_C_API: Any
_C_API_SHORT: Any

class Error(RuntimeError): ...
class Unsupported(Error): ...

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
    def child(self: _Self, *labelvalues: Any, **labelkwargs: Any) -> Optional[_Self]: ...
    def clear(self) -> None: ...
    def reset(self) -> None: ...
    def _read(self) -> _Read: ...
    def _each(self: _Self) -> list[tuple[tuple[str, ...], _Self]]: ...
    def _preset(self, labels: tuple[tuple[str, ...], ...], /) -> None: ...
    def _remove_matching(self, labels: dict[str, Any], /) -> int: ...
    def _curry(self: _Self, labels: dict[str, Any], /) -> _Self: ...
    def _fresh(self: _Self) -> _Self: ...
    def _replace(self: _Self, fresh: _Self, /) -> None: ...
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
        *,
        const_labels: Optional[dict[str, Any]] = ...,
        max_series: Optional[int] = ...,
        overflow: Optional[str] = ...,
        ttl: Optional[float] = ...,
        constraints: Optional[_Constraints] = ...,
    ) -> None: ...
    def inc(self, amount: float = 1, exemplar: _Exemplar = None) -> None: ...
    def get(self) -> float: ...
    def set_function(self, f: Optional[Callable[[], Any]], /) -> None: ...

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
        *,
        const_labels: Optional[dict[str, Any]] = ...,
        max_series: Optional[int] = ...,
        overflow: Optional[str] = ...,
        ttl: Optional[float] = ...,
        constraints: Optional[_Constraints] = ...,
    ) -> None: ...
    def inc(self, amount: float = 1) -> None: ...
    def dec(self, amount: float = 1) -> None: ...
    def set(self, value: Union[float, str]) -> None: ...
    def get(self) -> float: ...
    def set_function(self, f: Optional[Callable[[], Any]], /) -> None: ...

class Unknown(MetricWrapperBase):
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
        const_labels: Optional[dict[str, Any]] = ...,
        max_series: Optional[int] = ...,
        overflow: Optional[str] = ...,
        ttl: Optional[float] = ...,
        constraints: Optional[_Constraints] = ...,
    ) -> None: ...
    def inc(self, amount: float = 1) -> None: ...
    def dec(self, amount: float = 1) -> None: ...
    def set(self, value: Union[float, str]) -> None: ...
    def get(self) -> float: ...
    def set_function(self, f: Optional[Callable[[], Any]], /) -> None: ...

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
        buckets: Optional[Iterable[Union[float, str]]] = ...,
        *,
        const_labels: Optional[dict[str, Any]] = ...,
        max_series: Optional[int] = ...,
        overflow: Optional[str] = ...,
        ttl: Optional[float] = ...,
        constraints: Optional[_Constraints] = ...,
        nan: Optional[str] = ...,
        native_factor: Optional[float] = ...,
        native_zero_threshold: Optional[float] = ...,
        native_max_buckets: Optional[int] = ...,
        native_min_reset: Optional[float] = ...,
        native_max_zero_threshold: Optional[float] = ...,
        native_max_exemplars: Optional[int] = ...,
        native_exemplar_ttl: Optional[float] = ...,
    ) -> None: ...
    def observe(self, amount: float, exemplar: _Exemplar = None) -> None: ...
    def observe_n(self, amount: float, n: int) -> None: ...
    def observe_many(self, amounts: Any, /) -> None: ...

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
        const_labels: Optional[dict[str, Any]] = ...,
        max_series: Optional[int] = ...,
        overflow: Optional[str] = ...,
        ttl: Optional[float] = ...,
        constraints: Optional[_Constraints] = ...,
        nan: Optional[str] = ...,
        objectives: Optional[Union[Mapping[float, float], Iterable[tuple[float, float]]]] = ...,
        max_age: Optional[float] = ...,
        age_buckets: Optional[int] = ...,
        accuracy: Optional[float] = ...,
    ) -> None: ...
    def observe(self, amount: float) -> None: ...
    def observe_n(self, amount: float, n: int) -> None: ...
    def observe_many(self, amounts: Any, /) -> None: ...

class Info(MetricWrapperBase):
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
        const_labels: Optional[dict[str, Any]] = ...,
        max_series: Optional[int] = ...,
        overflow: Optional[str] = ...,
        ttl: Optional[float] = ...,
        constraints: Optional[_Constraints] = ...,
    ) -> None: ...
    def info(self, val: dict[str, Any], /) -> None: ...

class StateSet(MetricWrapperBase):
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
        states: Optional[Iterable[str]] = ...,
        *,
        const_labels: Optional[dict[str, Any]] = ...,
        max_series: Optional[int] = ...,
        overflow: Optional[str] = ...,
        ttl: Optional[float] = ...,
        constraints: Optional[_Constraints] = ...,
    ) -> None: ...
    def state(self, state: str, /) -> None: ...
    def set(self, state: str, on: bool = True) -> None: ...

class Enum(MetricWrapperBase):
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
        states: Optional[Iterable[str]] = ...,
        *,
        const_labels: Optional[dict[str, Any]] = ...,
        max_series: Optional[int] = ...,
        overflow: Optional[str] = ...,
        ttl: Optional[float] = ...,
        constraints: Optional[_Constraints] = ...,
    ) -> None: ...
    def state(self, state: str, /) -> None: ...

@final
class Builder:
    def family(
        self,
        type: str,
        name: str,
        documentation: Optional[str] = None,
        unit: Optional[str] = None,
        labels: Iterable[str] = ...,
    ) -> None: ...
    def value(
        self,
        value: float,
        labels: dict[str, Any] = ...,
        timestamp: Optional[float] = None,
        created: Optional[float] = None,
        exemplar: Optional[tuple[Any, ...]] = None,
    ) -> None: ...
    def histogram(
        self,
        sum: float,
        count: float,
        buckets: list[tuple[float, float]],
        labels: dict[str, Any] = ...,
        timestamp: Optional[float] = None,
        created: Optional[float] = None,
        exemplars: Iterable[tuple[Any, ...]] = ...,
        native: Optional[tuple[Any, ...]] = None,
    ) -> None: ...
    def summary(
        self,
        sum: float,
        count: float,
        quantiles: list[tuple[float, float]],
        labels: dict[str, Any] = ...,
        timestamp: Optional[float] = None,
        created: Optional[float] = None,
    ) -> None: ...
    def stateset(
        self,
        states: dict[str, bool],
        labels: dict[str, Any] = ...,
        timestamp: Optional[float] = None,
    ) -> None: ...
    def wants(self, name: str, /) -> bool: ...
    def stopped(self) -> bool: ...
    def desc(self, desc: Desc, /) -> None: ...
    def snapshot(self, snapshot: Snapshot, /) -> None: ...

@disjoint_base
class Desc:
    def __new__(
        cls,
        type: str,
        /,
        name: str,
        documentation: str,
        labelnames: Iterable[str] = (),
        namespace: str = "",
        subsystem: str = "",
        unit: str = "",
        **options: Any,
    ) -> Self: ...
    @classmethod
    def of(cls, metric: MetricWrapperBase, /) -> Self: ...
    @classmethod
    def invalid(cls, sentence: str, /) -> Self: ...
    @property
    def error(self) -> Optional[Exception]: ...
    @property
    def name(self) -> Optional[str]: ...
    @property
    def documentation(self) -> Optional[str]: ...
    @property
    def type(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def labelnames(self) -> tuple[str, ...]: ...
    @property
    def const_labels(self) -> dict[str, str]: ...
    def _metric(self, classes: dict[str, Any], registry: Optional[Registry], /) -> Any: ...

@final
class Collector:
    def close(self) -> None: ...
    def _address(self) -> int: ...

@disjoint_base
class Registry:
    def __init__(
        self, capsule: Any = ..., *, pedantic: bool = False, max_series: Optional[int] = None
    ) -> None: ...
    def capsule(self) -> Any: ...
    def collector(
        self,
        name: str,
        function: Callable[[Builder], Any],
        describe: Optional[Callable[[Builder], Any]] = None,
        timeout: Optional[float] = None,
    ) -> Collector: ...
    def get_sample_value(
        self, name: str, labels: Optional[dict[str, str]] = None
    ) -> Optional[float]: ...
    def _add(self, object: Union[MetricWrapperBase, Registry, Collector], /) -> None: ...
    def _remove(self, object: Union[MetricWrapperBase, Registry, Collector], /) -> None: ...
    def _wrap(self, prefix: str, labels: dict[str, Any], /) -> Any: ...
    def _each(self, classes: dict[str, type[Any]], /) -> list[tuple[str, str, Any]]: ...
    def _named(self, name: str, /) -> Optional[Collector]: ...
    def _clear(self) -> None: ...
    def _find(self, name: str, classes: dict[str, type[Any]], /) -> Any: ...
    def _has(self, name: str, /) -> bool: ...
    def _encode(self, format: str, escaping: str, created: bool, /) -> bytes: ...
    def _families(self) -> _Families: ...

@disjoint_base
class Server:
    def __init__(
        self, registry: Registry, options: dict[str, Any], created: bool = True
    ) -> None: ...
    @property
    def port(self) -> int: ...
    def stop(self) -> None: ...
    def poll(self, timeout: Optional[float] = 0, budget: Optional[float] = None) -> None: ...
    def fileno(self) -> int: ...
    def wait_seconds(self) -> Optional[float]: ...

@final
class Response:
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> list[tuple[str, str]]: ...
    @property
    def body(self) -> bytes: ...
    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> bytes: ...
    def __iter__(self) -> Iterator[bytes]: ...

@disjoint_base
class Handler:
    def __init__(
        self, registry: Registry, options: dict[str, Any], created: bool = True
    ) -> None: ...
    def handle(
        self, method: str, target: str, headers: Iterable[tuple[str, str]] = (), /
    ) -> Response: ...

@final
class Delivery:
    @property
    def left(self) -> float: ...
    def fileno(self) -> int: ...

@disjoint_base
class Sender:
    def __init__(
        self,
        kind: str,
        registry: Registry,
        options: dict[str, Any],
        failed: Optional[Callable[[Exception], Any]] = None,
        deliver: Optional[Callable[[Delivery, Optional[Snapshot]], Any]] = None,
    ) -> None: ...
    def send(self) -> None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def _stats(self) -> tuple[int, int, int, Optional[str]]: ...

@final
class Exchange:
    def first_byte(self, status: int, /) -> None: ...
    def end(
        self,
        status: int = 0,
        request_bytes: int = 0,
        response_bytes: int = 0,
        labels: tuple[Any, ...] = (),
        exemplar: Optional[Mapping[str, Any]] = None,
    ) -> None: ...
    def abandon(self) -> None: ...

@disjoint_base
class HTTPMetrics:
    def __init__(self, registry: Registry, options: dict[str, Any]) -> None: ...
    def begin(self, method: Any, /) -> Exchange: ...

@disjoint_base
class Snapshot:
    def __new__(
        cls,
        registries: tuple[Registry, ...],
        names: Optional[Union[str, Iterable[str]]] = None,
        timeout: Optional[float] = None,
        cancelled: Optional[Callable[[], bool]] = None,
        strict: bool = False,
    ) -> Self: ...
    def errors(self) -> list[str]: ...
    @classmethod
    def _of(cls, other: Snapshot, /) -> Self: ...
    def _encode(self, format: str, escaping: str, created: bool, /) -> bytes: ...
    def _families(self) -> _Families: ...
    def _family(self, index: int, /) -> _Family: ...
    def _size(self) -> int: ...

def content_type(format: str, escaping: str, /) -> str: ...
def negotiate(accept: Optional[str], /) -> tuple[str, str, str]: ...
def negotiate_coding(accept_encoding: Optional[str], /) -> str: ...
def parse(
    cls: type[_Snapshot], data: Union[str, bytes], content_type: Optional[str], /
) -> _Snapshot: ...
def default_registry() -> Any: ...
def process_collector(
    namespace: str, pid: Optional[Callable[[], Any]], extended: bool, /
) -> Collector: ...
def malloc_collector() -> Collector: ...
def build_info_collector(program: str, labels: dict[str, Any], /) -> Collector: ...
def nested_collector(
    name: str,
    function: Callable[[], Any],
    families: tuple[tuple[str, str, str, str, tuple[str, ...]], ...],
    /,
) -> Collector: ...
def test_value(subject: Any, /) -> float: ...
def test_count(subject: Any, names: Optional[tuple[str, ...]], /) -> int: ...
def test_compare(subject: Any, expected: str, names: Optional[tuple[str, ...]], /) -> None: ...
def test_native(
    registry: Registry, name: str, labels: dict[str, str], expected: tuple[Any, ...], /
) -> None: ...
def lint(
    source: Union[Snapshot, str], rules: tuple[Callable[[Any], list[str]], ...], /
) -> list[tuple[str, str]]: ...
def direct(cls: _Class, /) -> _Class: ...
def push_delete(options: dict[str, Any], /) -> None: ...
def push_url(options: dict[str, Any], /) -> str: ...
def graphite_lines(
    snapshot: Snapshot, prefix: Optional[str], tags: bool, now: int, /
) -> bytes: ...
def _stop_senders(senders: tuple[Sender, ...], /) -> bool: ...
def _close_gate(patience: float = 5, /) -> None: ...
def _after_fork() -> None: ...
