# SPDX-License-Identifier: Apache-2.0
"""Collectors that prometheus_client has not: more of the interpreter, the C allocator, how a
program was built, and values in nested dicts."""

import platform
import sys
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Callable, NamedTuple, Optional, Union

from . import _native
from ._shipped import ShippedCollector, own
from .gc_collector import GCPauses
from .metrics import Gauge
from .registry import REGISTRY

__all__ = [
    "BuildInfoCollector",
    "MallocCollector",
    "NestedCollector",
    "NestedFamily",
    "RuntimeCollector",
]


class RuntimeCollector(ShippedCollector):
    """Pauses of the garbage collector, threads, and blocks that the allocator gave out."""

    def __init__(self, registry: Any = REGISTRY) -> None:
        self._pauses = GCPauses(own(registry))
        threads = Gauge("python_threads", "Threads that Python knows.", registry=own(registry))
        threads.set_function(threading.active_count)
        blocks = Gauge(
            "python_allocated_blocks",
            "Blocks of memory that the interpreter's allocator has given out.",
            registry=own(registry),
        )
        blocks.set_function(sys.getallocatedblocks)
        super().__init__([*self._pauses._parts, threads, blocks], registry)


class MallocCollector(ShippedCollector):
    """`c_malloc_*`: what glibc's allocator says of itself."""

    def __init__(self, registry: Any = REGISTRY) -> None:
        super().__init__([_native.malloc_collector()], registry)


class BuildInfoCollector(ShippedCollector):
    """`<program>_build_info`, always 1, with these labels and the versions of Python, of the
    library and of the compiler that made it."""

    def __init__(
        self,
        program: str,
        labels: Optional[Mapping[str, Any]] = None,
        registry: Any = REGISTRY,
    ) -> None:
        python = {
            "python_version": platform.python_version(),
            "python_implementation": platform.python_implementation(),
        }
        box = _native.build_info_collector(program, {**python, **(labels or {})})
        super().__init__([box], registry)


class NestedFamily(NamedTuple):
    """The values that lie len(labels) levels below `path`, whose keys there are the label
    values. Keys of a path are separated by "/"."""

    path: str
    name: str
    documentation: str
    labels: Iterable[str] = ()
    type: str = "gauge"


class NestedCollector(ShippedCollector):
    """Numbers from nested dicts and lists, such as json.load() gives.

    >>> NestedCollector(lambda: {"load": {"a": 1, "b": 2.5}},
    ...                 [NestedFamily("load", "load", "Load of each part.", ["part"])])
    """

    def __init__(
        self,
        values: Union[Callable[[], Any], Mapping[str, Any]],
        families: Iterable[NestedFamily],
        registry: Any = REGISTRY,
        name: str = "nested",
    ) -> None:
        function = values if callable(values) else lambda: values
        rows = []
        for family in families:
            path, metric, documentation, labels, typ = NestedFamily(*family)
            rows.append((path, typ, metric, documentation, tuple(labels)))
        box = _native.nested_collector(name, function, tuple(rows))
        super().__init__([box], registry)
