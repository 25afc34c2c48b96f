# SPDX-License-Identifier: Apache-2.0
"""From bytes back to families: the text format, and whatever a Content-Type calls for.

The library reads all of it before the first family comes out, without the GIL.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Optional, Union

from . import _native
from ._reading import COLLECTED, POINTED, Style, read
from .metrics_core import Metric
from .registry import Snapshot

__all__ = ["parse", "text_fd_to_metric_families", "text_string_to_metric_families"]


def parse(data: Any, content_type: Optional[str] = None) -> Snapshot:
    """What an exposition, a str or bytes, says in the format that this Content-Type calls for:
    OpenMetrics, delimited protobuf or, for None and any other, text.

    ValueError: "line 3, column 7: ...", of protobuf "byte 120: ...".
    """
    return _native.parse(Snapshot, _plain(data), content_type)


def text_string_to_metric_families(text: Union[str, bytes]) -> Iterator[Metric]:
    """The families of the text format, 0.0.4 or 1.0.0. ValueError: "line 3, column 7: ..."."""
    forgiven = _forgiven(text)
    yield from families(forgiven, None, _style(forgiven))


def text_fd_to_metric_families(fd: Any) -> Iterator[Metric]:
    """text_string_to_metric_families() of an open file, or of lines."""
    yield from text_string_to_metric_families(contents(fd))


def _plain(data: Any) -> Union[str, bytes]:
    return data if isinstance(data, (str, bytes)) else bytes(memoryview(data))


def _forgiven(text: Any) -> Union[str, bytes]:
    """With the ends of lines that prometheus_client does not mind and the library does."""
    text = _plain(text)
    feed, pair = ("\n", "\r\n") if isinstance(text, str) else (b"\n", b"\r\n")
    if pair in text:
        text = text.replace(pair, feed)
    return text if not text or text.endswith(feed) else text + feed


def _style(text: Union[str, bytes]) -> Style:
    """Go writes le="1", prometheus_client le="1.0": as this text has it, all of it."""
    pattern = _POINT if isinstance(text, str) else _POINT.encode()
    return POINTED if re.search(pattern, text) else COLLECTED  # type: ignore[arg-type]


_POINT = r'[{, ](?:le|quantile)="-?[0-9]+\.0"'


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
