# SPDX-License-Identifier: Apache-2.0
"""From OpenMetrics 1.0 back to families; what its specification forbids is an error."""

from collections.abc import Iterator
from typing import Any, Union

from .._reading import OPENMETRICS
from ..metrics_core import Metric
from ..parser import contents, families
from .exposition import CONTENT_TYPE_LATEST

__all__ = ["text_fd_to_metric_families", "text_string_to_metric_families"]


def text_string_to_metric_families(text: Union[str, bytes]) -> Iterator[Metric]:
    """The families of an OpenMetrics text. ValueError: "line 3, column 7: ..."."""
    yield from families(text, CONTENT_TYPE_LATEST, OPENMETRICS)


def text_fd_to_metric_families(fd: Any) -> Iterator[Metric]:
    """text_string_to_metric_families() of an open file, or of lines."""
    yield from families(contents(fd), CONTENT_TYPE_LATEST, OPENMETRICS)
