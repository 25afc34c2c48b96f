# SPDX-License-Identifier: Apache-2.0
"""From bytes back to families: the text format, and whatever a Content-Type calls for.

The library reads all of it before the first family comes out, without the GIL.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Optional, Union

from . import _native
from ._reading import COLLECTED, Style, read
from .metrics_core import Metric
from .registry import Snapshot

__all__ = ["parse", "text_fd_to_metric_families", "text_string_to_metric_families"]


def parse(data: Union[str, bytes], content_type: Optional[str] = None) -> Snapshot:
    """What an exposition says, in the format that this Content-Type calls for: OpenMetrics,
    delimited protobuf or, for None and any other, text.

    ValueError: "line 3, column 7: ...", of protobuf "byte 120: ...".
    """
    if not isinstance(data, (str, bytes)):
        data = bytes(memoryview(data))
    snapshot: Snapshot = _native.parse(Snapshot, data, content_type)
    return snapshot


def text_string_to_metric_families(text: Union[str, bytes]) -> Iterator[Metric]:
    """The families of the text format, 0.0.4 or 1.0.0. ValueError: "line 3, column 7: ..."."""
    yield from families(_whole(text), None, COLLECTED)


def text_fd_to_metric_families(fd: Any) -> Iterator[Metric]:
    """text_string_to_metric_families() of an open file, or of lines."""
    yield from families(_whole(contents(fd)), None, COLLECTED)


def _whole(text: Any) -> Any:
    """prometheus_client needs no line feed behind the last line, the library does."""
    end = b"\n" if isinstance(text, bytes) else "\n"
    return text if not text or text.endswith(end) else text + end


def contents(fd: Any) -> Union[str, bytes]:
    """All of a file; of lines, whether or not they have their line feeds."""
    if hasattr(fd, "read"):
        whole: Union[str, bytes] = fd.read()
        return whole
    lines: Iterable[str] = (x.decode() if isinstance(x, bytes) else x for x in fd)
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def families(data: Any, content_type: Optional[str], style: Style) -> Iterator[Metric]:
    """Those of an exposition, each read when it is asked for."""
    snapshot = parse(data, content_type)
    for i in range(snapshot._size()):
        yield read(snapshot._family(i), style, created=True)
