#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes page_html.h, the page of a server as strings of C, from page.html.

page.py > page_html.h    writes it
page.py --check          compares the file beside this script with what would be written;
                         status 1 if they differ
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MARK = "@CONFIG@"


def literal(line):
    text = line.replace("\\", "\\\\").replace('"', '\\"').replace("??", '?""?')
    return f'    "{text}\\n",'


def part(name, text):
    return [
        f"static const char *const {name}[] = {{",
        *map(literal, text),
        "    NULL",
        "};",
        "",
    ]


def header():
    html = (HERE / "page.html").read_text(encoding="ascii")
    before, after = html.split(MARK)
    lines = [
        "// SPDX-License-Identifier: Apache-2.0",
        "/* page_html.h - for page.c. Made by page.py from page.html. */",
        "#ifndef PROM_SERVE_PAGE_HTML_H",
        "#define PROM_SERVE_PAGE_HTML_H",
        "",
        "#include <stddef.h>",
        "",
        "/* clang-format off */",
        *part("page_before", before.split("\n")),
        *part("page_after", after.split("\n")),
        "/* clang-format on */",
        "",
        "#endif",
        "",
    ]
    return "\n".join(lines)


def check():
    if (HERE / "page_html.h").read_text(encoding="ascii") != header():
        sys.exit("page_html.h is not what page.py writes")
    print("page_html.h is that of page.html")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        sys.stdout.write(header())
