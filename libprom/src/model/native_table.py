#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes native_table.h, the bounds of native buckets within one power of two.

    native_table.py > native_table.h    writes the table
    native_table.py --check             compares the file beside this script with what would
                                        be written; status 1 if they differ

Prometheus and client_golang carry the same tables, and these are not the correctly rounded
powers: most differ in the last bits. To put a value that sits on a bound into the same bucket
as they do, the table is made as theirs was: each schema takes every other bound from the
coarser one and multiplies by its factor for those between. A coarser schema's bounds are
therefore among the finest's, and one table serves all.
"""

import os
import sys

# 2^(2^-s) for s of 1 to 8, as those tables have them.
FACTORS = [
    "0x1.6a09e667f3bccp+0",
    "0x1.306fe0a31b715p+0",
    "0x1.172b83c7d517bp+0",
    "0x1.0b5586cf9890fp+0",
    "0x1.059b0d3158574p+0",
    "0x1.02c9a3e778061p+0",
    "0x1.0163da9fb3335p+0",
    "0x1.00b1afa5abcbfp+0",
]
GUESSES = 256  # one for each value of the upper 8 bits of a significand
STEPS = 2  # compares that lead from any guess to the bucket


def bounds():
    """The 256 lower bounds of the finest schema, in [0.5, 1)."""
    table = [0.5]
    for factor in FACTORS:
        finer = []
        for bound in table:
            finer += [bound, bound * float.fromhex(factor)]
        table = finer
    return table


def significand(bound):
    """The 52 bits behind the leading one."""
    mantissa = int(bound * 2**53)
    assert mantissa == bound * 2**53 and 2**52 <= mantissa < 2**53
    return mantissa - 2**52


def guesses(words):
    """The first bound that is not below any value of these upper bits."""
    first = [next(i for i, w in enumerate(words) if w >= g << 44) for g in range(GUESSES)]
    for g in range(GUESSES):
        last = next(i for i, w in enumerate(words) if w >= (g << 44) + 2**44 - 1)
        assert last - first[g] <= STEPS
    return first


def rows(texts, n):
    return ["    " + ", ".join(texts[i : i + n]) + "," for i in range(0, len(texts), n)]


def header():
    words = [*(significand(b) for b in bounds()), 2**52]
    assert words == sorted(set(words))
    lines = [
        "// SPDX-License-Identifier: Apache-2.0",
        "/* native_table.h - for native.c. Made by native_table.py. */",
        "#ifndef PROM_MODEL_NATIVE_TABLE_H",
        "#define PROM_MODEL_NATIVE_TABLE_H",
        "",
        '#include "native.h"',
        "",
        "/* clang-format off */",
        "const uint64_t prom__native_bounds[257] = {",
        *rows([f"0x{w:013x}" for w in words], 5),
        "};",
        "",
        "const uint16_t prom__native_guesses[256] = {",
        *rows([str(g) for g in guesses(words)], 17),
        "};",
        "/* clang-format on */",
        "",
        "#endif",
        "",
    ]
    return "\n".join(lines)


def check():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "native_table.h")
    with open(path, encoding="ascii") as f:
        if f.read() != header():
            sys.exit("native_table.h is not what native_table.py writes")
    print("257 bounds and 256 guesses right")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        sys.stdout.write(header())
