# SPDX-License-Identifier: Apache-2.0
"""More than one number at a time: exemplars, weights, buffers; and what is read back."""

import math
import struct
import time
from array import array

import pytest

from libprom import Counter, Gauge, Histogram, Summary


def test_exemplar_of_a_counter(registry):
    c = Counter("c", "h", registry=registry)
    before = time.time()
    c.inc(2, {"trace_id": "abc"})
    c.inc(exemplar={})
    c.inc(1, exemplar=None)
    (family,) = registry.collect()
    sample = family.samples[0]
    assert (sample.name, sample.value) == ("c_total", 4)
    assert sample.exemplar.labels == {"trace_id": "abc"}
    assert sample.exemplar.value == 2
    assert before - 1 <= sample.exemplar.timestamp <= time.time() + 1


def test_exemplars_of_a_histogram(registry):
    h = Histogram("h", "h", registry=registry, buckets=[1, 2])
    h.observe(0.5, {"n": "1"})
    h.observe(0.7, exemplar={"n": "2"})
    h.observe(5, {"n": "3"})
    (family,) = registry.collect()
    found = {
        s.labels["le"]: s.exemplar and (s.exemplar.labels["n"], s.exemplar.value)
        for s in family.samples
        if s.name == "h_bucket"
    }
    assert found == {"1": ("2", 0.7), "2": None, "+Inf": ("3", 5)}
    assert [e.labels for e in h.get().exemplars] == [{"n": "2"}, {"n": "3"}]


BAD_EXEMPLARS = [
    ({"__x": "1"}, ValueError),
    ({"": "1"}, ValueError),
    ({"x": "1" * 128}, ValueError),
    ({"x": "\ud800"}, ValueError),
    ({"x": 1}, TypeError),
    ({1: "x"}, TypeError),
    (["x"], TypeError),
    ("x", TypeError),
]


@pytest.mark.parametrize(("exemplar", "error"), BAD_EXEMPLARS)
def test_bad_exemplars_change_nothing(registry, exemplar, error):
    c = Counter("c", "h", registry=registry)
    h = Histogram("h", "h", registry=registry)
    with pytest.raises(error):
        c.inc(1, exemplar)
    with pytest.raises(error):
        h.observe(1, exemplar)
    with pytest.raises(ValueError):
        c.inc(-1, {"x": "y"})
    assert c.get() == 0
    assert h.get().count_value == 0


@pytest.mark.parametrize("cls", [Histogram, Summary])
@pytest.mark.parametrize(
    "values",
    [
        array("d", [0.5, 1.5, 2.5]),
        array("f", [0.5, 1.5, 2.5]),
        memoryview(array("d", [0.5, 1.5, 2.5])),
        memoryview(array("d", [0.5, 9, 1.5, 9, 2.5, 9]))[::2],
        memoryview(struct.pack("=3d", 0.5, 1.5, 2.5)).cast("d"),
        [0.5, 1.5, 2.5],
        (0.5, 1.5, 2.5),
        (x + 0.5 for x in range(3)),
    ],
    ids=str,
)
def test_observe_many(registry, cls, values):
    m = cls("m", "h", registry=registry)
    m.observe_many(values)
    if hasattr(values, "send"):  # that one is used up for the other class
        values = list(values)
    got = m.get()
    assert (got.count_value, got.sum_value) in ((3, 4.5), (0, 0))


@pytest.mark.parametrize("code", "bBhHiIlLqQ")
def test_observe_many_whole_numbers(registry, code):
    h = Histogram("h", "h", registry=registry)
    h.observe_many(array(code, [1, 2, 3]))
    assert h.get().sum_value == 6


def test_observe_many_bytes_of_numbers(registry):
    h = Histogram("h", "h", registry=registry)
    h.observe_many(range(1000))
    h.observe_many(array("f", [1] * 1000))
    assert h.get().count_value == 2000
    h.observe_many([])
    h.observe_many(array("d"))
    assert h.get().count_value == 2000
    h.observe_many([math.nan, 1])
    assert h.get().count_value == 2001


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ([1, "x"], TypeError),
        ([1, None], TypeError),
        (3, TypeError),
        ("123", TypeError),
        (b"123", TypeError),
        (bytearray(8), TypeError),
        ([10**400], OverflowError),
    ],
)
def test_observe_many_refuses_and_counts_nothing(registry, values, error):
    h = Histogram("h", "h", registry=registry)
    with pytest.raises(error):
        h.observe_many(values)
    assert h.get().count_value == 0


def test_observe_many_of_a_list_that_shrinks(registry):
    class Shrinks:
        def __float__(self):
            values.clear()
            return 1.0

    values = [Shrinks(), 2, 3]
    h = Histogram("h", "h", registry=registry)
    h.observe_many(values)
    assert h.get().count_value == 1


@pytest.mark.parametrize("cls", [Histogram, Summary])
def test_observe_n(registry, cls):
    m = cls("m", "h", registry=registry)
    m.observe_n(2.5, 4)
    m.observe_n(amount=1, n=0)
    assert (m.get().count_value, m.get().sum_value) == (4, 10)
    for bad, error in (((1,), TypeError), ((1, -1), OverflowError), ((1, 1.5), TypeError)):
        with pytest.raises(error):
            m.observe_n(*bad)
    with pytest.raises(ValueError, match="missing label values"):
        cls("l", "h", ["l"], registry=registry).observe_n(1, 1)
    with pytest.raises(ValueError, match="missing label values"):
        cls("k", "h", ["l"], registry=registry).observe_many([1])


# --- reading and resetting -------------------------------------------------------------


def test_get_of_a_histogram(registry):
    h = Histogram("h", "h", registry=registry, buckets=[1, 2])
    h.observe_many([0.5, 1.5, 3])
    got = h.get()
    assert got == (3, 5.0, {1.0: 1, 2.0: 2, math.inf: 3}, None, [])


def test_get_of_a_summary(registry):
    s = Summary("s", "h", registry=registry, objectives={0.5: 0.1})
    s.observe_n(4, 10)
    got = s.get()
    assert (got.count_value, got.sum_value) == (10, 40)
    assert got.quantiles[0.5] == pytest.approx(4, rel=0.02)


@pytest.mark.parametrize("nan", ["drop", "count", None])
def test_nan(registry, nan):
    h = Histogram("h", "h", registry=registry, nan=nan)
    h.observe(math.nan)
    counted = nan == "count"
    assert h.get().count_value == counted
    assert math.isnan(h.get().sum_value) == counted
    with pytest.raises(ValueError, match="nan must be"):
        Histogram("k", "h", registry=registry, nan="keep")


def test_reset(registry):
    c = Counter("c", "h", ["l"], registry=registry)
    g = Gauge("g", "h", registry=registry)
    h = Histogram("h", "h", registry=registry)
    s = Summary("s", "h", registry=registry)
    child = c.labels("x")
    created = child._created
    child.inc(3)
    g.set(3)
    h.observe(3)
    s.observe(3)
    time.sleep(0.01)
    for metric in (child, g, h, s):
        metric.reset()
    assert child.get() == g.get() == h.get().count_value == s.get().count_value == 0
    assert child._created > created
    child.inc()
    assert registry.get_sample_value("c_total", {"l": "x"}) == 1
    with pytest.raises(ValueError, match="counter metric is missing label values"):
        c.reset()
