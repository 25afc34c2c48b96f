#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The programs that README.md shows, and what they print, are the ones in examples/hello.

readme.py ROOT
"""

import pathlib
import sys


def shown(path):
    """The file without its licence line."""
    lines = path.read_text().splitlines(keepends=True)
    return "".join(lines[1:] if "SPDX" in lines[0] else lines)


def main(root):
    readme = (root / "README.md").read_text()
    missing = [
        path.name
        for path in sorted((root / "examples/hello").iterdir())
        if path.name.startswith(("hello.", "expected")) and f"\n{shown(path)}```" not in readme
    ]
    for name in missing:
        print(f"README.md: does not show examples/hello/{name} as it is")
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
