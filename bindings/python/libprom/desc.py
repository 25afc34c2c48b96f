# SPDX-License-Identifier: Apache-2.0
"""Descriptions as objects."""

from typing import Any, Optional

from . import _native
from .registry import CLASSES, REGISTRY, CollectorRegistry

__all__ = ["Desc"]


class Desc(_native.Desc):
    """A checked description: to make metrics from, or for describe() of a collector to give.

    Arguments are a type and those of the constructor of that type, but the registry. What is
    wrong with a description stands in `error`, and comes out where it is used.

    >>> Desc("counter", "hits", "Pages served.", ["method"]).metric(registry=None)
    """

    def metric(self, registry: Optional[CollectorRegistry] = REGISTRY) -> Any:
        """A metric of this description."""
        return self._metric(CLASSES, registry)
