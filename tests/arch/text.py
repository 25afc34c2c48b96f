#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What every text file here has in common: text.py FILE...

UTF-8, line ends of one character, nothing behind the last word of a line, one newline at the
end. Sources name their licence in the first line; Lua is indented by two spaces a level.
"""

import re
import sys
from pathlib import Path

LICENCE = "SPDX-License-Identifier: Apache-2.0"
SOURCES = {".c", ".h", ".cpp", ".py", ".pyi", ".lua", ".go"}
BINARY = {".png", ".pb", ".gz", ".snappy"}
TABS = {".go", ".mod", ".sum"}
LONG_STRING = re.compile(r"\[(=*)\[.*?\]\1\]", re.S)


def common(text, suffix):
    """Pairs of (line, complaint) that hold for any text."""
    if "\r" in text:
        yield 1, "has carriage returns"
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "does not end in a newline"
    if text.endswith("\n\n"):
        yield text.count("\n"), "ends in empty lines"
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            yield number, "has blanks at its end"
        if "\t" in line and suffix not in TABS:
            yield number, "has a tab"


def licence(text):
    lines = text.split("\n")
    first = 1 if lines[0].startswith("#!") else 0
    if LICENCE not in lines[first]:
        yield first + 1, f"is not the line '{LICENCE}'"


def lua(text):
    # Blank out long strings and comments, whose insides are indented as their author likes.
    plain = LONG_STRING.sub(lambda m: re.sub(r"[^\n]+", "x", m.group()), text)
    depth = 0
    for number, line in enumerate(plain.split("\n"), 1):
        indent = len(line) - len(line.lstrip(" "))
        if not line.strip() or line == "x":
            continue
        if indent % 2:
            yield number, "is not indented by a multiple of two"
        elif indent > depth + 4:
            yield number, "is indented by more than two levels at once"
        depth = indent


def check(path):
    try:
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read()
    except UnicodeDecodeError:
        yield 1, "is not UTF-8"
        return
    yield from common(text, path.suffix)
    if path.suffix in SOURCES and text:
        yield from licence(text)
    if path.suffix in {".lua", ".rockspec"}:
        yield from lua(text)


def main():
    complaints = 0
    for path in map(Path, sys.argv[1:]):
        if path.suffix in BINARY or path.is_symlink():
            continue
        for number, complaint in check(path):
            complaints += 1
            print(f"{path}:{number}: {complaint}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
