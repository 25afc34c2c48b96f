# SPDX-License-Identifier: Apache-2.0
"""OpenMetrics, under the names that prometheus_client has for it."""

from . import exposition, parser

__all__ = ["exposition", "parser"]
