#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""libprom/sources.txt lists every source file once, and only files that exist."""

import re
import sys
from pathlib import Path

PARTS = {"http", "tls", "gzip", "zstd", "curl", "malloc", "protobuf", "snappy"}


def entries(text):
    """Pairs of (tag as written or "", path)."""
    for line in text.splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            tag, path = re.match(r"(?:(!?[a-z]+):\s*)?(.+)", line).groups(default="")
            yield tag, path


def complaints(listed, there):
    paths = [path for _, path in listed]
    tags = {tag for tag, _ in listed}
    for path in sorted(there - set(paths)):
        yield f"{path} is not listed"
    for path in sorted(set(paths) - there):
        yield f"{path} does not exist"
    for path in sorted({path for path in paths if paths.count(path) > 1}):
        yield f"{path} is listed twice"
    for part in sorted({tag.strip("!") for tag in tags} - {""}):
        if part not in PARTS:
            yield f"no part is called {part}"
        # A part that can be left out needs a file in its place, and the other way round.
        if not {part, "!" + part} <= tags:
            yield f"part {part} needs a line '{part}:' and a line '!{part}:'"


def main():
    root = Path(sys.argv[1])
    listed = list(entries((root / "libprom/sources.txt").read_text(encoding="utf-8")))
    there = {p.relative_to(root).as_posix() for p in (root / "libprom/src").rglob("*.c")}
    bad = list(complaints(listed, there))
    for complaint in bad:
        print(f"sources.txt: {complaint}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
