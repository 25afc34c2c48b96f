# SPDX-License-Identifier: Apache-2.0
"""A registry in OpenMetrics."""

from typing import Any

from .._encoding import UNDERSCORES, encode

__all__ = [
    "ALLOWUTF8",
    "CONTENT_TYPE_LATEST",
    "CONTENT_TYPE_LATEST_2_0",
    "DOTS",
    "ESCAPING_HEADER_TAG",
    "UNDERSCORES",
    "VALUES",
    "generate_latest",
]

CONTENT_TYPE_LATEST = "application/openmetrics-text; version=1.0.0; charset=utf-8"
CONTENT_TYPE_LATEST_2_0 = "application/openmetrics-text; version=2.0.0; charset=utf-8"
ESCAPING_HEADER_TAG = "escaping"

ALLOWUTF8 = "allow-utf-8"
DOTS = "dots"
VALUES = "values"


def generate_latest(
    registry: Any, escaping: str = UNDERSCORES, version: str = "1.0.0"
) -> bytes:
    """The registry in OpenMetrics 1.0, or 2.0 if the version says so.

    `_created` lines are left out after disable_created_metrics(). An exception of a collector
    comes out as it was.
    """
    return encode(registry, _format(version), escaping)


def _format(version: str) -> str:
    major = version.partition(".")[0]
    if not major.isdigit():
        raise ValueError(f"version must be like '1.0.0', not {version!r}")
    return "openmetrics2" if int(major) >= 2 else "openmetrics"
