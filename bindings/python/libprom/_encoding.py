# SPDX-License-Identifier: Apache-2.0
"""Registries and snapshots as bytes of any format."""

from typing import Any

from . import _native
from ._reading import created_metrics
from .registry import CollectorRegistry

UNDERSCORES = "underscores"


def native_registry(registry: Any) -> _native.Registry:
    """Anything with collect() can be exposed."""
    if isinstance(registry, _native.Registry):
        return registry
    wrapper = CollectorRegistry()
    wrapper.register(_Only(registry))
    return wrapper


class _Only:
    """collect() of another object and nothing else of it; hashable whatever that is."""

    def __init__(self, other: Any) -> None:
        self.collect = other.collect


def encode(registry: Any, format: str = "text", escaping: str = UNDERSCORES) -> bytes:
    """A registry, a Snapshot or anything else with collect(), in one of the library's formats.

    `format` is "text", "text1", "openmetrics", "openmetrics0", "openmetrics2", "protobuf",
    "protobuf-text" or "json"; `escaping`, what becomes of names outside of the ASCII grammar,
    "underscores", "dots", "values" or "allow-utf-8". An exception of a collector comes out as
    it was.
    """
    if not isinstance(registry, _native.Snapshot):
        registry = native_registry(registry)
    encoded: bytes = registry._encode(format, escaping, created_metrics.shown)
    return encoded


def content_type(format: str = "text", escaping: str = UNDERSCORES) -> str:
    """The Content-Type of what encode() gives."""
    return _native.content_type(format, escaping)
