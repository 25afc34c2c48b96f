# SPDX-License-Identifier: Apache-2.0
"""What the kernel tells of a process, read by the library."""

from typing import Any, Callable, Optional

from . import _native
from ._shipped import ShippedCollector
from .registry import REGISTRY

__all__ = ["PROCESS_COLLECTOR", "ProcessCollector"]


class ProcessCollector(ShippedCollector):
    """Memory, time, threads and files of a process, from /proc.

    `pid` is asked at each scrape which process to look at; "self" is this one. `extended`
    adds page faults, context switches, input and output, and pressure.
    """

    def __init__(
        self,
        namespace: str = "",
        pid: Optional[Callable[[], Any]] = None,
        proc: str = "/proc",
        registry: Any = REGISTRY,
        *,
        extended: bool = False,
    ) -> None:
        if proc != "/proc":
            raise NotImplementedError("another folder than /proc is not in this version")
        box = _native.process_collector(namespace, pid, extended)
        super().__init__([box], registry)

    @classmethod
    def _of(cls, registry: Any) -> "ProcessCollector":
        """The one that a registry has already."""
        self = cls.__new__(cls)
        box = registry._named("process")
        ShippedCollector.__init__(self, [] if box is None else [box], None)
        return self


PROCESS_COLLECTOR = ProcessCollector._of(REGISTRY)
"""Of the default registry, which has it from the start."""
