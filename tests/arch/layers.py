#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Includes go down only, and never in a circle.

A file may include its own floor and those below it. Collectors, servers, pushes and checks
see nothing above base/ but the public headers and, for servers and pushes, encode/ and the
transport/ they share, for checks, the parser that forgives: they prove that a user could have
written them. Bindings see only the public headers and their own files.
"""

import re
import sys
from pathlib import Path

FLOORS = [
    "base",
    "model",
    "metric",
    "registry",
    "encode",
    "parse",
    "collect",
    "transport",
    "serve",
    "push",
    "check",
    "share",
]
# The floors whose insides these may read, where "all below" would be too much.
NARROW = {
    "collect": {"base", "collect"},
    "transport": {"base", "encode", "transport"},
    "serve": {"base", "encode", "transport", "serve"},
    "push": {"base", "encode", "transport", "push"},
    "check": {"base", "parse", "check"},
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(?:"([^"]+)"|<([^>]+)>)', re.M)


def includes(path):
    """Pairs of (name, is it quoted) as written."""
    for quoted, system in INCLUDE.findall(path.read_text(encoding="utf-8")):
        yield (quoted or system), bool(quoted)


def resolve(name, path, src):
    """The file that a quoted include means: beside the includer, or from libprom/src."""
    for base in (path.parent, src):
        target = (base / name).resolve()
        if target.is_file():
            return target
    return None


def check_floor(path, target, src):
    includer, included = (p.relative_to(src).as_posix() for p in (path, target))
    here, there = includer.split("/")[0], included.split("/")[0]
    if here not in FLOORS:
        return f"folder {here}/ is no floor"
    if FLOORS.index(there) > FLOORS.index(here):
        return f"includes {included}, a floor above"
    if here not in NARROW or there in NARROW[here]:
        return None
    return f"includes {included}; {here}/ uses the public headers for that"


def find_cycle(graph):
    """A list of modules that include each other in a circle, or None."""
    done, path = set(), []

    def walk(node):
        if node in path:
            return path[path.index(node) :] + [node]
        if node in done:
            return None
        path.append(node)
        for following in sorted(graph.get(node, ())):
            cycle = walk(following)
            if cycle:
                return cycle
        path.pop()
        done.add(node)
        return None

    for node in sorted(graph):
        cycle = walk(node)
        if cycle:
            return cycle
    return None


def check_library(root):
    src = (root / "libprom/src").resolve()
    graph, files = {}, 0
    for path in sorted(src.rglob("*.[ch]")):
        files += 1
        where = path.relative_to(root.resolve())
        for name, quoted in includes(path):
            if not quoted:
                continue
            target = resolve(name, path, src)
            if target is None or not target.is_relative_to(src):
                yield f'{where}: "{name}" is no file below libprom/src'
                continue
            complaint = check_floor(path, target, src)
            if complaint:
                yield f"{where}: {complaint}"
            # Headers only: a table of kinds in a .c may well know what it lists.
            if path.suffix == ".h":
                graph.setdefault(path, set()).add(target)
    cycle = find_cycle(graph)
    if cycle:
        yield "a circle: " + " -> ".join(str(p.relative_to(src)) for p in cycle)
    if files < 10:
        yield f"only {files} files below libprom/src: is the path right?"


def check_bindings(root):
    src = (root / "libprom/src").resolve()
    for path in sorted((root / "bindings").rglob("*.[ch]")):
        for name, quoted in includes(path):
            inside = "libprom/src" in name or (
                quoted and not (path.parent / name).is_file() and (src / name).is_file()
            )
            if inside:
                yield f"{path.relative_to(root)}: {name} is inside the library; use <prom/...>"


def main():
    root = Path(sys.argv[1])
    complaints = [*check_library(root), *check_bindings(root)]
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
