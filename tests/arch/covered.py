#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every public function is in the API table of api.h, or excused here with a reason.

Bindings call the library through that table only, so what is missing there does not exist
for a script.
"""

import re
import sys
from pathlib import Path

EXCUSED = {
    "prom_api_find": "finds the table, so it cannot be in it",
}


def strip(text):
    """Without comments, preprocessor lines and what stands in braces."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", " ", text, flags=re.M)
    while True:
        shorter = re.sub(r"\{[^{}]*\}", " ", text)
        if shorter == text:
            return text
        text = shorter


def declared(text):
    """Names of the functions that a header declares."""
    for statement in strip(text).split(";"):
        statement = re.sub(r"\bPROM_[A-Z_]+(?:\([^)]*\))?", " ", statement)
        match = re.match(r"[\w\s*]*?\b(prom_[a-z]\w*)\s*\(", statement.strip())
        if match and not statement.strip().startswith("typedef"):
            yield match.group(1)


def table(text):
    """Names in PROM_API_FUNCTIONS, in order."""
    body = re.search(r"#define PROM_API_FUNCTIONS\(X\)((?:[^\n]*\\\n)*[^\n]*)", text)
    return ["prom_" + name for name in re.findall(r"\bX\([^,]*, (\w+),", body.group(1))]


def main():
    include = Path(sys.argv[1]) / "libprom/include/prom"
    listed = table((include / "api.h").read_text(encoding="utf-8"))
    functions = {}
    for header in sorted(include.glob("*.h")):
        for name in declared(header.read_text(encoding="utf-8")):
            functions[name] = header.name
    bad = []
    for name, header in functions.items():
        if name not in listed and name not in EXCUSED:
            bad.append(f"{header}: {name} is neither in PROM_API_FUNCTIONS nor excused")
    for name in listed:
        if name not in functions:
            bad.append(f"api.h: {name} is in the table, but no header declares it")
        if listed.count(name) > 1:
            bad.append(f"api.h: {name} is in the table twice")
    for name in EXCUSED:
        if name not in functions or name in listed:
            bad.append(f"covered.py: {name} needs no excuse")
    if len(listed) < 50:
        bad.append(f"api.h: only {len(listed)} rows were understood")
    for complaint in bad:
        print(complaint)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
