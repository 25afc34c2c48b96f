# SPDX-License-Identifier: Apache-2.0
"""Registries: definitions, duplicates, capsules, collectors, families."""

import gc
import math
import threading
import weakref

import pytest

import libprom
from libprom import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    CounterMetricFamily,
    DuplicateTimeseries,
    Gauge,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    Histogram,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
    StateSetMetricFamily,
    SummaryMetricFamily,
    Timestamp,
    UnknownMetricFamily,
    UntypedMetricFamily,
    generate_latest,
)


class Fixed:
    """A collector of given families."""

    def __init__(self, *families):
        self.families = families

    def collect(self):
        yield from self.families


def text(*families):
    registry = CollectorRegistry()
    registry.register(Fixed(*families))
    return generate_latest(registry).decode()


# --- definitions --------------------------------------------------------------------


def test_the_same_description_is_the_same_metric(registry):
    one = Counter("c", "h", ["l"], registry=registry)
    two = Counter("c_total", "h", ["l"], registry=registry)
    one.labels("x").inc()
    two.labels("x").inc()
    assert registry.get_sample_value("c_total", {"l": "x"}) == 2


@pytest.mark.parametrize(
    "define",
    [
        lambda r: Counter("c", "other", ["l"], registry=r),
        lambda r: Counter("c", "h", ["m"], registry=r),
        lambda r: Gauge("c_total", "h", ["l"], registry=r),
    ],
)
def test_another_description_is_refused(registry, define):
    Counter("c", "h", ["l"], registry=registry)
    with pytest.raises(
        DuplicateTimeseries, match="'c(_total)?' is registered already"
    ) as caught:
        define(registry)
    assert isinstance(caught.value, ValueError)
    assert len(caught.value.duplicates) == 1


def test_register_and_unregister(registry):
    c = Counter("c", "h", registry=None)
    registry.register(c)
    with pytest.raises(DuplicateTimeseries):
        registry.register(c)
    registry.unregister(c)
    assert list(registry.collect()) == []
    with pytest.raises(KeyError):
        registry.unregister(c)
    other = CollectorRegistry()
    other.register(c)
    registry.register(c)
    c.inc()
    assert other.get_sample_value("c_total") == registry.get_sample_value("c_total") == 1
    with pytest.raises(ValueError, match="child"):
        registry.register(Counter("d", "h", ["l"], registry=None).labels("x"))


def test_clear(registry):
    Counter("c", "h", registry=registry)
    registry.register(Fixed(GaugeMetricFamily("g", "h", 1)))
    registry.clear()
    assert generate_latest(registry) == b""
    Gauge("c", "h", registry=registry)


def test_order_is_that_of_registration(registry):
    Gauge("b", "h", registry=registry)
    Gauge("a", "h", ["l"], registry=registry)
    a = Gauge("a", "h", ["l"], registry=registry)
    a.labels("2")
    a.labels("1")
    assert [f.name for f in registry.collect()] == ["b", "a"]
    assert [s.labels for f in registry.collect() for s in f.samples] == [
        {},
        {"l": "2"},
        {"l": "1"},
    ]


def test_default_registry():
    c = Counter("libprom_test_default", "h")
    c.inc(3)
    try:
        assert REGISTRY.get_sample_value("libprom_test_default_total") == 3
        assert b"libprom_test_default_total 3" in generate_latest()
        assert REGISTRY.get_sample_value("process_start_time_seconds") > 1e9
    finally:
        REGISTRY.unregister(c)


def test_sample_values(registry):
    Gauge("g", "h", ["a", "b"], registry=registry).labels("1", "2").set(5)
    assert registry.get_sample_value("g", {"b": "2", "a": "1"}) == 5
    assert registry.get_sample_value("g", {"a": "1"}) is None
    assert registry.get_sample_value("g") is None
    assert registry.get_sample_value("nothing") is None
    for labels in ([("a", "1")], {"a": 1}, {1: "a"}):
        with pytest.raises(TypeError):
            registry.get_sample_value("g", labels)


# --- capsules -------------------------------------------------------------------------


def test_capsule_is_the_same_registry(registry):
    other = CollectorRegistry.from_capsule(registry.capsule())
    Counter("c", "h", registry=other).inc(2)
    assert registry.get_sample_value("c_total") == 2
    del registry
    gc.collect()
    assert b"c_total 2" in generate_latest(other)


def test_capsule_outlives_its_registry():
    registry = CollectorRegistry()
    Gauge("g", "h", registry=registry).set(1)
    capsule = registry.capsule()
    del registry
    gc.collect()
    assert CollectorRegistry.from_capsule(capsule).get_sample_value("g") == 1


def test_foreign_capsules_are_refused():
    needed = r"a capsule named 'prom\.registry' is needed, not "
    for other, shown in ((libprom._C_API, "<capsule object"), (3, "3$"), (None, "None$")):
        with pytest.raises(TypeError, match=needed + shown):
            CollectorRegistry.from_capsule(other)


def test_api_capsules_can_be_imported():
    import ctypes

    ctypes.pythonapi.PyCapsule_Import.restype = ctypes.c_void_p
    tables = [
        ctypes.pythonapi.PyCapsule_Import(name, 0)
        for name in (b"libprom._C_API", b"libprom._native._C_API")
    ]
    assert tables[0] and tables[0] == tables[1]


# --- collectors -----------------------------------------------------------------------


def test_every_kind_of_family():
    counter = CounterMetricFamily("c_total", "Help c.", labels=["l"])
    counter.add_metric(["x"], 3)
    histogram = HistogramMetricFamily("h", "Help h.", labels=["l"])
    histogram.add_metric(["x"], [("0.5", 1), ("+Inf", 3)], 4.5)
    histogram.add_metric(["y"], [("0.5", 0), ("+Inf", 0)], 0)
    summary = SummaryMetricFamily("s", "Help s.", 7, 8.5)
    summary.add_sample("s", {"quantile": "0.5"}, 1.25)
    shown = text(
        counter,
        GaugeMetricFamily("g", "Help g.", 1.5),
        histogram,
        summary,
        UntypedMetricFamily("u", "Help u.", 2),
        InfoMetricFamily("i", "Help i.", {"k": "v"}),
        StateSetMetricFamily("st", "Help st.", {"on": True, "off": False}),
    )
    assert shown == (
        "# HELP c_total Help c.\n# TYPE c_total counter\n"
        'c_total{l="x"} 3\n'
        "# HELP g Help g.\n# TYPE g gauge\n"
        "g 1.5\n"
        "# HELP h Help h.\n# TYPE h histogram\n"
        'h_bucket{l="x",le="0.5"} 1\nh_bucket{l="x",le="+Inf"} 3\n'
        'h_sum{l="x"} 4.5\nh_count{l="x"} 3\n'
        'h_bucket{l="y",le="0.5"} 0\nh_bucket{l="y",le="+Inf"} 0\n'
        'h_sum{l="y"} 0\nh_count{l="y"} 0\n'
        "# HELP s Help s.\n# TYPE s summary\n"
        's{quantile="0.5"} 1.25\ns_sum 8.5\ns_count 7\n'
        "# HELP u Help u.\n# TYPE u untyped\n"
        "u 2\n"
        "# HELP i_info Help i.\n# TYPE i_info gauge\n"
        'i_info{k="v"} 1\n'
        "# HELP st Help st.\n# TYPE st gauge\n"
        'st{st="off"} 0\nst{st="on"} 1\n'
    )


def test_what_is_read_back(registry):
    families = [
        CounterMetricFamily("c", "h", 1),
        InfoMetricFamily("i", "h", {"k": "v"}),
        GaugeMetricFamily("g_bytes", "h", 2, unit="bytes"),
        UnknownMetricFamily("u", "h", 3),
    ]
    registry.register(Fixed(*families))
    assert list(registry.collect()) == families


def test_gauge_histogram(registry):
    family = GaugeHistogramMetricFamily("gh", "h", [("1", 4), ("+Inf", 5)], -3)
    registry.register(Fixed(family))
    (back,) = registry.collect()
    assert back.type == "gaugehistogram"
    values = {s.name: s.value for s in back.samples if s.name != "gh_bucket"}
    assert values == {"gh_gsum": -3, "gh_gcount": 5}


def test_differing_labels_and_timestamps():
    family = Metric("g", "h", "gauge")
    family.add_sample("g", {"a": "1"}, 1, timestamp=1.001)
    family.add_sample("g", {"b": "2", "a": "3"}, 2, timestamp=Timestamp(2, 500_000_000))
    assert text(family).splitlines()[2:] == ['g{a="1"} 1 1001', 'g{a="3",b="2"} 2 2500']


def test_counts_may_be_floats():
    family = HistogramMetricFamily("h", "h", [("1", 2.0), ("+Inf", 3.0)], 1)
    assert "h_count 3\n" in text(family)


@pytest.mark.parametrize(
    ("sample", "error"),
    [
        (("g", {}, None), TypeError),
        (("g", {}, "x"), ValueError),
        (("g", {1: "l"}, 1), TypeError),
        (("g", {"l": "\ud800"}, 1), UnicodeEncodeError),
        (("other", {}, 1), ValueError),
        (("g", {}, 1, "soon"), ValueError),
        (("g", {}, 1, math.inf), ValueError),
    ],
)
def test_bad_samples(registry, sample, error):
    family = Metric("g", "h", "gauge")
    family.add_sample(*sample)
    registry.register(Fixed(family))
    with pytest.raises(error):
        generate_latest(registry)


def test_bad_counts():
    for count in (-1, math.nan, 2**64):
        with pytest.raises((ValueError, OverflowError)):
            text(HistogramMetricFamily("h", "h", [("+Inf", count)], 1))


class Boom(Exception):
    pass


class Raises:
    def collect(self):
        yield GaugeMetricFamily("lost", "h", 1)
        raise Boom("sensor is off")


def test_the_exception_of_a_collector_comes_out(registry):
    Gauge("g", "h", registry=registry)
    registry.register(Raises())
    for call in (
        lambda: generate_latest(registry),
        lambda: list(registry.collect()),
        lambda: registry.get_sample_value("g"),
    ):
        with pytest.raises(Boom, match="sensor is off") as caught:
            call()
        assert caught.traceback[-1].name == "collect"


def test_exit_in_a_collector(registry):
    class Quits:
        def collect(self):
            raise SystemExit(3)

    registry.register(Quits())
    with pytest.raises(SystemExit):
        generate_latest(registry)


def test_a_collector_may_gather_and_register(registry):
    inner = CollectorRegistry()
    Gauge("inner", "h", registry=inner).set(4)

    class Nested:
        def collect(self):
            Gauge("made", "h", registry=registry).set(1)
            yield GaugeMetricFamily("outer", "h", inner.get_sample_value("inner"))

    registry.register(Nested())
    assert registry.get_sample_value("outer") == 4
    assert registry.get_sample_value("made") == 1


def test_an_inner_exception_that_is_caught(registry):
    inner = CollectorRegistry()
    inner.register(Raises())

    class Careful:
        def collect(self):
            try:
                generate_latest(inner)
            except Boom:
                yield GaugeMetricFamily("caught", "h", 1)

    registry.register(Careful())
    assert registry.get_sample_value("caught") == 1


def test_unregister_a_collector(registry):
    fixed = Fixed(GaugeMetricFamily("g", "h", 1))
    registry.register(fixed)
    registry.register(fixed)
    assert generate_latest(registry).count(b"# TYPE") == 1
    registry.unregister(fixed)
    assert generate_latest(registry) == b""
    with pytest.raises(KeyError):
        registry.unregister(fixed)


def test_described_names_are_claimed(registry):
    class Described(Fixed):
        def describe(self):
            return self.families

    registry.register(Described(CounterMetricFamily("c", "h", 1)))
    with pytest.raises(DuplicateTimeseries) as caught:
        registry.register(Described(GaugeMetricFamily("c_created", "h", 1)))
    assert caught.value.duplicates == {"c_created"}
    Gauge("g", "h", registry=registry)
    with pytest.raises(DuplicateTimeseries):
        registry.register(Described(GaugeMetricFamily("g", "h", 1)))
    auto = CollectorRegistry(auto_describe=True)
    auto.register(Fixed(GaugeMetricFamily("g", "h", 1)))
    with pytest.raises(DuplicateTimeseries):
        auto.register(Fixed(GaugeMetricFamily("g", "h", 1)))


def test_collectors_die_with_their_registry():
    registry = CollectorRegistry()

    class Holder(Fixed):
        pass

    holder = Holder(GaugeMetricFamily("g", "h", 1))
    holder.registry = registry
    registry.register(holder)
    shared = CollectorRegistry.from_capsule(registry.capsule())
    assert shared.get_sample_value("g") == 1
    ref = weakref.ref(holder)
    del holder, registry
    gc.collect()
    assert ref() is None
    assert generate_latest(shared) == b""


def test_builder_functions(registry):
    kept = []

    def collect(b):
        kept.append(b)
        b.family("gauge", "g", "Help.", "bytes")
        b.value(1.5, {"l": "x"}, timestamp=2)
        b.family("histogram", "h")
        b.histogram(4.5, 3, [(0.5, 1)], {"l": "x"})
        b.family("summary", "s")
        b.summary(1, 2, [(0.5, 1), (0.9, 2)])

    box = registry.collector("mine", collect)
    assert generate_latest(registry).decode() == (
        '# HELP g Help.\n# TYPE g gauge\ng{l="x"} 1.5 2000\n'
        '# TYPE h histogram\nh_bucket{l="x",le="0.5"} 1\nh_bucket{l="x",le="+Inf"} 3\n'
        'h_sum{l="x"} 4.5\nh_count{l="x"} 3\n'
        '# TYPE s summary\ns{quantile="0.5"} 1\ns{quantile="0.9"} 2\ns_sum 1\ns_count 2\n'
    )
    with pytest.raises(ValueError, match="builder is closed"):
        kept[0].value(1)
    with pytest.raises(ValueError, match="builder is closed"):
        kept[0].family("gauge", "g")
    box.close()
    box.close()
    assert generate_latest(registry) == b""


def test_functions_stay_until_they_are_unregistered(registry):
    def collect(b):
        b.family("gauge", "g")
        b.value(1)

    registry.collector("kept by nobody", collect)
    gc.collect()
    assert registry.get_sample_value("g") == 1
    registry.clear()
    assert generate_latest(registry) == b""
    first, second = registry.collector("first", collect), None
    first.unregister()
    first.unregister()
    assert generate_latest(registry) == b""
    with pytest.raises(KeyError):
        registry.unregister(first)
    second = registry.collector("second", collect)
    first.unregister()
    assert registry.get_sample_value("g") == 1
    registry.unregister(second)
    assert generate_latest(registry) == b""


def test_an_unregistered_function_is_let_go(registry):
    def collect(b):
        b.family("gauge", "g")

    ref = weakref.ref(collect)
    handle = registry.collector("x", collect)
    del collect
    assert ref() is not None
    handle.close()
    gc.collect()
    assert ref() is None


def test_label_values_need_not_be_str(registry):
    labels = {"a": 3, "b": None, "c": "s"}

    class Clears:
        def __str__(self):
            hostile.clear()
            return "cleared"

    hostile = {"x": Clears(), "y": 5}

    def collect(b):
        b.family("gauge", "g")
        b.value(1, labels)
        b.family("gauge", "other")
        b.value(2, hostile)
        with pytest.raises(TypeError, match="label names must be str, not 1"):
            b.value(3, {1: 3})

    registry.collector("numbers", collect)
    shown = generate_latest(registry).decode().splitlines()
    assert shown[1] == 'g{a="3",b="None",c="s"} 1'
    assert shown[3] == 'other{x="cleared",y="5"} 2'
    assert labels == {"a": 3, "b": None, "c": "s"}


def test_str_of_a_label_value_may_raise(registry):
    class Silent:
        def __str__(self):
            raise Boom("no name")

    def collect(b):
        b.family("gauge", "g")
        b.value(1, {"a": Silent()})

    registry.collector("silent", collect)
    with pytest.raises(Boom, match="no name"):
        generate_latest(registry)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([3], r"Gives\.collect\(\) gave 3, not a Metric"),
        (["g 1"], r"Gives\.collect\(\) gave 'g 1', not a Metric"),
        (None, r"Gives\.collect\(\) gave None, not something to iterate over"),
    ],
)
def test_what_is_no_family(registry, given, sentence):
    class Gives:
        def collect(self):
            return given

    registry.register(Gives())
    with pytest.raises(TypeError, match=sentence):
        generate_latest(registry)
    with pytest.raises(TypeError, match=sentence):
        generate_latest(Gives())
    with pytest.raises(TypeError, match=sentence):
        CollectorRegistry(auto_describe=True).register(Gives())


def test_builder_errors(registry):
    def wrong(b):
        with pytest.raises(ValueError, match="not a metric type"):
            b.family("gouge", "g")
        with pytest.raises((ValueError, RuntimeError)):
            b.value(1)
        b.family("gauge", "g")
        with pytest.raises(ValueError):
            b.family("gauge", "g")
        with pytest.raises(TypeError):
            b.value(1, [("l", "x")])
        with pytest.raises(TypeError):
            b.histogram(1, 1, [1])

    box = registry.collector("wrong", wrong)
    generate_latest(registry)
    box.close()
    with pytest.raises(TypeError):
        registry.collector("x", 3)
    with pytest.raises(TypeError):
        type(box)()


def test_two_collectors_of_one_family_clash(registry):
    registry.register(Fixed(GaugeMetricFamily("g", "h", 1)))
    registry.register(Fixed(GaugeMetricFamily("g", "other", 1)))
    with pytest.raises(libprom.Error, match="g"):
        generate_latest(registry)


# --- views ----------------------------------------------------------------------------


def test_restricted_registry(registry):
    Counter("c", "h", registry=registry).inc()
    Histogram("h", "h", registry=registry, buckets=[1]).observe(2)
    view = registry.restricted_registry(["c_total", "h_sum", "nothing"])
    assert [s.name for f in view.collect() for s in f.samples] == ["c_total", "h_sum"]
    only = registry.restricted_registry(["c_total"])
    assert generate_latest(only) == b"# HELP c_total h\n# TYPE c_total counter\nc_total 1\n"


def test_target_info():
    registry = CollectorRegistry(target_info={"service": "web"})
    assert registry.get_sample_value("target_info", {"service": "web"}) == 1
    assert registry.get_target_info() == {"service": "web"}
    registry.set_target_info({"service": "db"})
    assert registry.get_sample_value("target_info", {"service": "db"}) == 1
    registry.set_target_info(None)
    assert registry.get_target_info() is None
    assert generate_latest(registry) == b""


def test_gathers_in_many_threads(registry):
    registry.register(Fixed(GaugeMetricFamily("g", "h", 1)))
    results = []

    def work():
        for _ in range(50):
            results.append(generate_latest(registry))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(results) == 200
    assert set(results) == {b"# HELP g h\n# TYPE g gauge\ng 1\n"}
