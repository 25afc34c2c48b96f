# SPDX-License-Identifier: Apache-2.0
"""Numbers as the text formats write them."""

import math
from decimal import Decimal


def number_text(number: float) -> str:
    """The shortest text that reads back equal, in Go's form."""
    text = _texts.get(number)
    if text is None:
        text = _text(float(number))
        if len(_texts) < 1000:
            _texts[number] = text
    return text


def float_text(number: float) -> str:
    """The same as OpenMetrics writes floats: whole numbers without an exponent end in .0"""
    text = number_text(number)
    return text + ".0" if text.lstrip("-").isdigit() else text


_texts: dict[float, str] = {}  # bounds of buckets come again and again


def _text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == 0:
        return "0"  # -0 as well
    sign, digits, places = Decimal(repr(value)).normalize().as_tuple()
    text = "".join(map(str, digits))
    minus = "-" if sign else ""
    exponent = len(text) + int(places) - 1
    if exponent < -4 or exponent >= 6:
        mantissa = text[0] + ("." + text[1:] if len(text) > 1 else "")
        return f"{minus}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    return minus + format(Decimal(text).scaleb(int(places)), "f")
