# SPDX-License-Identifier: Apache-2.0
"""Which Python runs."""

import platform as _platform
from typing import Any, Optional

from ._shipped import ShippedCollector, own
from .metrics import Gauge
from .registry import REGISTRY

__all__ = ["PLATFORM_COLLECTOR", "PlatformCollector"]


class PlatformCollector(ShippedCollector):
    """`python_info`, with the version and the implementation as labels."""

    def __init__(self, registry: Any = REGISTRY, platform: Optional[Any] = None) -> None:
        source = _platform if platform is None else platform
        major, minor, patchlevel = source.python_version_tuple()
        labels = {
            "version": source.python_version(),
            "implementation": source.python_implementation(),
            "major": major,
            "minor": minor,
            "patchlevel": patchlevel,
        }
        if source.system() == "Java":
            version, vendor, info, _ = source.java_ver()
            labels.update(jvm_version=version, jvm_release=info[0] if info else "")
            labels.update(jvm_vendor=vendor, jvm_name=info[0] if info else "")
        help = "Python platform information"
        gauge = Gauge("python_info", help, list(labels), registry=own(registry))
        gauge.labels(**labels).set(1)
        super().__init__([gauge], registry)


PLATFORM_COLLECTOR = PlatformCollector(registry=REGISTRY)
"""Of the default registry."""
