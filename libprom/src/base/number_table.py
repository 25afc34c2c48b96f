#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes number_table.h, and proves that number.c may trust it.

    number_table.py > number_table.h    writes the table
    number_table.py --check             compares the file beside this script with what would
                                        be written, then runs the proof; status 1 if one fails

The proof replaces a test of every double. number.c scales a numerator n (four times the
significand, or an end of its rounding interval) to Z = n * 2^q * 10^-k, and wants the integer
part of Z and whether anything follows it. It multiplies by the table's power, which is rounded
up, so the product is too large by less than 2^-68; and it looks at 68 bits behind the point.
The answer is right if Z is an integer, or is at least 2^-68 away from one. For each exponent
the smallest and the largest fraction over ALL numerators are found exactly, with Euclid's
algorithm, and must keep that distance. (64 bits are too few: 8887055249355788 * 2^664 comes
nearer.)
"""

import math
import os
import sys

Q_MIN, Q_MAX = -1074, 971  # exponents of a double whose significand is an integer
C_MAX, C_NARROW = 2**53 - 1, 2**52  # largest significand; the one with a closer neighbour below
N_MAX = 4 * C_MAX + 2  # the largest numerator: upper end of the largest interval


def log2_floor(num, den):
    """The largest e with 2^e <= num / den."""
    e = num.bit_length() - den.bit_length()
    return e if (num << max(-e, 0)) >= (den << max(e, 0)) else e - 1


def log10_floor(num, den):
    """The largest e with 10^e <= num / den."""
    e = int(log2_floor(num, den) * 0.30103) - 2
    while 10 ** max(e + 1, 0) * den <= num * 10 ** max(-e - 1, 0):
        e += 1
    return e


def ratio(base, e):
    """base^e as numerator and denominator."""
    return (base**e, 1) if e >= 0 else (1, base**-e)


def power(p):
    """10^p as 128 bits, the highest one set, rounded up (exact from 0 to 55)."""
    num, den = ratio(10, p)
    shift = 127 - log2_floor(num, den)
    num, den = num << max(shift, 0), den << max(-shift, 0)
    return -(-num // den)


def scale(q, narrow):
    """The k number.c must use: 10^k <= width of the interval < 10^(k+1)."""
    num, den = ratio(2, q)
    return log10_floor(num * (3 if narrow else 1), den * (4 if narrow else 1))


P_MIN, P_MAX = -scale(Q_MAX, False), -scale(Q_MIN, True)


def header():
    out = [
        "// SPDX-License-Identifier: Apache-2.0",
        "/* number_table.h - powers of ten for number.c. Made by number_table.py.",
        " * 10^p is hi:lo / 2^127 * 2^floor(log2 10^p), rounded up in the last bit. */",
        "#ifndef PROM__NUMBER_TABLE_H",
        "#define PROM__NUMBER_TABLE_H",
        "",
        "#include <stdint.h>",
        "",
        "typedef struct power {",
        "    uint64_t hi, lo;",
        "} power;",
        "",
        f"#define POWER_MIN ({P_MIN})",
        f"#define POWER_MAX {P_MAX}",
        "",
        "// clang-format off",
        "static const power powers[POWER_MAX - POWER_MIN + 1] = {",
    ]
    halves = [divmod(power(p), 2**64) for p in range(P_MIN, P_MAX + 1)]
    cells = [f"{{0x{hi:016x}, 0x{lo:016x}}}," for hi, lo in halves]
    out += ["    " + " ".join(cells[i : i + 2]) for i in range(0, len(cells), 2)]
    out += ["};", "// clang-format on", "", "#endif", ""]
    return "\n".join(out)


def extremes(a, b, n_max):
    """Smallest r > 0 and smallest s > 0 such that some n <= n_max has n*a = r or -s (mod b).

    a and b have no common factor and b > n_max, so no n gives 0. Each record is the sum of the
    last records from either side (three-distance theorem)."""
    low, n_low, high, n_high = a % b, 1, b, 0
    while n_low + n_high <= n_max:
        if low < high:
            times = min((high - 1) // low, (n_max - n_high) // n_low)
            high, n_high = high - times * low, n_high + times * n_low
        else:
            times = min((low - 1) // high, (n_max - n_low) // n_high)
            low, n_low = low - times * high, n_low + times * n_high
    return low, high


def fractions(q, k, narrow):
    """The denominator of Z, and how near Z comes to an integer from above and from below, not
    counting the integers themselves; in units of 1 / denominator."""
    two, ten = ratio(2, q), ratio(10, -k)
    a, b = two[0] * ten[0], two[1] * ten[1]
    if narrow:
        rests = [n * a % b for n in (4 * C_NARROW - 1, 4 * C_NARROW, 4 * C_NARROW + 2)]
        return b, min(r or b for r in rests), b - max(rests)
    a *= 2  # only even numerators: 4c and 4c +- 2
    a, b = a // math.gcd(a, b), b // math.gcd(a, b)
    if b <= N_MAX // 2:
        return b, 1, 1
    return (b,) + extremes(a, b, N_MAX // 2)


def prove(q, narrow):
    """What is wrong with this exponent, or None."""
    k = scale(q, narrow)
    if (q * 1262611 - (524031 if narrow else 0)) >> 22 != k:
        return "the formula for k is wrong"
    log2 = log2_floor(*ratio(10, -k))
    if (-k * 1741647) >> 19 != log2:
        return "the formula for floor(log2 10^-k) is wrong"
    shift = q + log2 + 1
    if not 1 <= shift <= 4 or N_MAX << shift > 2**60:
        return "the shifted numerator does not fit"
    unit, above, below = fractions(q, k, narrow)
    if min(above, below) << 68 < unit:
        return "a fraction is too near to an integer"
    return None


def check():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "number_table.h")
    with open(path, encoding="ascii") as f:
        if f.read() != header():
            sys.exit("number_table.h is not what number_table.py writes")
    for q in range(Q_MIN, Q_MAX + 1):
        for narrow in (False, True):
            wrong = prove(q, narrow)
            if wrong:
                sys.exit(f"exponent {q}{', narrow' if narrow else ''}: {wrong}")
    print(f"{P_MAX - P_MIN + 1} powers right, {Q_MAX - Q_MIN + 1} exponents proved")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        sys.stdout.write(header())
