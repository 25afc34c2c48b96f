# SPDX-License-Identifier: Apache-2.0
"""Each metric type: what it counts, what it refuses, what it shows."""

import math
import time

import pytest

from libprom import (
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    StateSet,
    Summary,
    Unknown,
    _native,
    generate_latest,
)


def test_counter_counts(registry):
    c = Counter("hits", "Pages served.", registry=registry)
    c.inc()
    c.inc(2)
    c.inc(amount=0.5)
    c.inc(True)
    assert c.get() == 4.5
    assert c._value.get() == 4.5
    assert registry.get_sample_value("hits_total") == 4.5
    text = b"# HELP hits_total Pages served.\n# TYPE hits_total counter\nhits_total 4.5\n"
    assert generate_latest(registry) == text


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        (-1, ValueError),
        (-math.inf, ValueError),
        (math.nan, ValueError),
        ("1", TypeError),
        (None, TypeError),
        (1j, TypeError),
        (10**400, OverflowError),
    ],
)
def test_counter_refuses_and_keeps_its_value(registry, amount, error):
    c = Counter("c", "h", registry=registry)
    c.inc(3)
    with pytest.raises(error):
        c.inc(amount)
    assert c.get() == 3


def test_counter_negative_message(registry):
    with pytest.raises(ValueError, match="only be incremented by non-negative amounts"):
        Counter("c", "h", registry=registry).inc(-1)


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.inc(1, None, 2),
        lambda c: c.inc(1, amount=2),
        lambda c: c.inc(value=2),
        lambda c: c.get(1),
    ],
)
def test_wrong_arguments(registry, call):
    c = Counter("c", "h", registry=registry)
    with pytest.raises(TypeError):
        call(c)
    assert c.get() == 0


def test_gauge(registry):
    g = Gauge("g", "h", registry=registry)
    g.set(10)
    g.inc()
    g.inc(0.5)
    g.dec()
    g.dec(amount=3)
    assert g.get() == 7.5
    g.set(value=-math.inf)
    assert registry.get_sample_value("g") == -math.inf
    g.set("12.5")
    assert g.get() == 12.5
    for bad, error in (("x", ValueError), (None, TypeError), (10**400, OverflowError)):
        with pytest.raises(error):
            g.set(bad)
    with pytest.raises(TypeError):
        g.set()
    assert g.get() == 12.5
    before = time.time()
    g.set_to_current_time()
    assert before <= g.get() <= time.time()


def test_gauge_modes(registry):
    assert Gauge("g", "h", multiprocess_mode="livesum", registry=registry)
    for mode in ("x", 3):
        with pytest.raises(ValueError, match="Invalid multiprocess mode"):
            Gauge("bad", "h", multiprocess_mode=mode, registry=registry)


def test_histogram(registry):
    h = Histogram("h", "h", registry=registry, buckets=("0.5", 1, 2))
    for value in (0.1, 0.5, 1.5, 100, math.inf):
        h.observe(value)
    value = registry.get_sample_value
    assert value("h_bucket", {"le": "0.5"}) == 2
    assert value("h_bucket", {"le": "1"}) == 2
    assert value("h_bucket", {"le": "2"}) == 3
    assert value("h_bucket", {"le": "+Inf"}) == 5
    assert value("h_count") == 5
    assert value("h_sum") == math.inf


def test_histogram_nan_is_dropped(registry):
    h = Histogram("h", "h", registry=registry)
    h.observe(math.nan)
    h.observe(1)
    assert registry.get_sample_value("h_sum") == 1
    assert registry.get_sample_value("h_count") == 1


def test_histogram_default_buckets(registry):
    Histogram("h", "h", registry=registry)
    (family,) = registry.collect()
    bounds = tuple(
        float(sample.labels["le"]) for sample in family.samples if sample.name == "h_bucket"
    )
    assert bounds == Histogram.DEFAULT_BUCKETS


@pytest.mark.parametrize(
    ("buckets", "message"),
    [
        ([], "at least two buckets"),
        ([math.inf], "at least two buckets"),
        ([1, 3, 2], "not in sorted order"),
        ([1, math.nan], "not in sorted order"),
        (["x"], "could not convert"),
    ],
)
def test_histogram_bad_buckets(registry, buckets, message):
    with pytest.raises(ValueError, match=message):
        Histogram("h", "h", registry=registry, buckets=buckets)
    assert list(registry.collect()) == []


def test_summary_without_quantiles(registry):
    s = Summary("s", "h", registry=registry)
    s.observe(1.5)
    s.observe(amount=2)
    with pytest.raises(TypeError):
        s.observe("x")
    assert registry.get_sample_value("s_count") == 2
    assert registry.get_sample_value("s_sum") == 3.5


@pytest.mark.parametrize("objectives", [{0.5: 0.01, 0.9: 0.01}, [(0.5, 0.01), (0.9, 0.01)]])
def test_summary_quantiles(registry, objectives):
    s = Summary(
        "s",
        "h",
        registry=registry,
        objectives=objectives,
        max_age=60,
        age_buckets=3,
        accuracy=0.02,
    )
    for i in range(1, 1001):
        s.observe(i)
    assert registry.get_sample_value("s", {"quantile": "0.5"}) == pytest.approx(500, rel=0.03)
    assert registry.get_sample_value("s", {"quantile": "0.9"}) == pytest.approx(900, rel=0.03)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"objectives": {-1: 0.1}}, ValueError),
        ({"objectives": {1.5: 0.1}}, ValueError),
        ({"objectives": [0.5]}, TypeError),
        ({"objectives": [(0.5,)]}, ValueError),
        ({"objectives": {0.5: 0.1}, "age_buckets": 1000}, ValueError),
        ({"objectives": {0.5: 0.1}, "accuracy": 7}, ValueError),
    ],
)
def test_summary_bad_options(registry, options, error):
    with pytest.raises(error):
        Summary("s", "h", registry=registry, **options)
    assert list(registry.collect()) == []


def test_names(registry):
    c = Counter("b", "h", ["l"], "n", "s", "bytes", registry)
    assert c._name == "n_s_b_bytes"
    assert (c._original_name, c._namespace, c._subsystem, c._unit) == ("b", "n", "s", "bytes")
    assert (c._documentation, c._labelnames, c._labelvalues) == ("h", ("l",), ())
    c.labels("x").inc()
    assert registry.get_sample_value("n_s_b_bytes_total", {"l": "x"}) == 1
    assert str(c) == "counter:n_s_b_bytes"
    assert repr(c) == "libprom.metrics.Counter(n_s_b_bytes)"
    assert Counter("x_total", "h", registry=registry)._name == "x"


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        (("", "h"), ValueError, "should not be empty"),
        (("a\0b", "h"), ValueError, "embedded null character"),
        (("a", "h\0"), ValueError, "embedded null character"),
        (("a", "h", ["l\0"]), ValueError, "embedded null character"),
        (("a", "h", ["__l"]), ValueError, "__l"),
        (("a", "h", ["l", "l"]), ValueError, "l"),
        (("\ud800", "h"), UnicodeEncodeError, "surrogates"),
        ((b"a", "h"), TypeError, "name must be str"),
        (("a", None), TypeError, "documentation must be str"),
        (("a", "h", [1]), TypeError, "label name must be str"),
        (("a",), TypeError, "documentation"),
    ],
)
def test_bad_descriptions(registry, args, error, message):
    with pytest.raises(error, match=message):
        Counter(*args, registry=registry)
    assert list(registry.collect()) == []


def test_reserved_labels(registry):
    with pytest.raises(ValueError, match="le"):
        Histogram("h", "h", ["le"], registry=registry)
    with pytest.raises(ValueError, match="quantile"):
        Summary("s", "h", ["quantile"], registry=registry)
    assert Counter("c", "h", ["le", "quantile"], registry=registry)


def test_unusual_names(registry):
    Gauge("größe in m", "h", ["läbel"], registry=registry).labels("ä").set(1)
    assert registry.get_sample_value("größe in m", {"läbel": "ä"}) == 1


def test_unregistered():
    c = Counter("c", "h", registry=None)
    c.inc()
    (family,) = c.collect()
    assert [(s.name, s.value) for s in family.samples][:1] == [("c_total", 1)]


def test_any_registry():
    class Registry:
        def __init__(self):
            self.registered = []

        def register(self, collector):
            self.registered.append(collector)

    r = Registry()
    c = Counter("c", "h", registry=r)
    assert r.registered == [c]


def test_describe_and_collect_of_a_child(registry):
    h = Histogram("h", "Help.", ["l"], registry=registry, buckets=[1])
    h.labels("a").observe(2)
    h.labels("b").observe(3)
    (family,) = h.describe()
    assert (family.name, family.documentation, family.type) == ("h", "Help.", "histogram")
    assert family.samples == []
    (family,) = h.labels("b").collect()
    assert {s.labels["l"] for s in family.samples} == {"b"}
    assert [s.value for s in family.samples if s.name == "h_sum"] == [3]


def test_a_bare_object_is_refused_everywhere(registry):
    c = Counter.__new__(Counter)
    for call in (c.inc, c.get, c.labels, c.clear, c._families, lambda: registry.register(c)):
        with pytest.raises(ValueError, match="not initialised"):
            call()
    assert "not initialised" in repr(c)
    assert str(c)


def test_not_initialised_twice(registry):
    c = Counter("c", "h", registry=registry)
    with pytest.raises(RuntimeError):
        c.__init__("d", "h", registry=registry)
    c.inc()
    assert c.get() == 1


@pytest.mark.parametrize(
    "cls", [Counter, Enum, Gauge, Histogram, Info, StateSet, Summary, Unknown]
)
def test_native_methods_belong_to_the_class(cls):
    """Or CPython's fast calls, which look at the very type, would not be used."""
    native = cls.__mro__[2]
    names = [name for name in dir(native) if callable(getattr(native, name))]
    names = [name for name in names if not name.startswith("__")]
    assert {"labels", "remove", "clear"} < set(names)
    for name in names:
        method = vars(cls)[name]
        assert method.__objclass__ is cls, name
        assert method.__doc__ == getattr(native, name).__doc__


def test_direct_keeps_what_a_class_overrides(registry):
    @_native.direct
    class Doubled(Counter):
        def inc(self, amount=1, exemplar=None):
            super().inc(2 * amount)

    c = Doubled("c", "h", registry=registry)
    c.inc(3)
    assert c.get() == 6
    assert vars(Doubled)["get"].__objclass__ is Doubled
    for other in (int, 3, _native.Registry):
        with pytest.raises(TypeError, match="no metric type"):
            _native.direct(other)
