# SPDX-License-Identifier: Apache-2.0
"""Registries in registries, wrapped ones, gathers of some families, limits of time."""

import gc
import threading
import weakref

import pytest

import libprom
from libprom import (
    CollectorRegistry,
    Counter,
    CounterMetricFamily,
    DuplicateTimeseries,
    Gauge,
    GaugeMetricFamily,
    Histogram,
    Metric,
    gather,
    generate_latest,
)


def shown(registry):
    return [line for line in generate_latest(registry).decode().splitlines() if line[0] != "#"]


# --- functions ------------------------------------------------------------------------


def test_a_function_is_a_collector(registry):
    def disks():
        yield GaugeMetricFamily("free_bytes", "h", 3)

    registry.register(disks)
    registry.register(disks)
    assert shown(registry) == ["free_bytes 3"]
    registry.unregister(disks)
    assert shown(registry) == []
    registry.register(lambda: [])
    assert shown(registry) == []
    for bad in (3, "collect", object()):
        with pytest.raises(TypeError, match="has no collect"):
            registry.register(bad)


def test_a_function_that_gives_nonsense(registry):
    registry.register(lambda: 3)
    with pytest.raises(TypeError, match="gave 3, not something to iterate over"):
        generate_latest(registry)


def test_described_functions(registry):
    calls = []

    def describe(b):
        calls.append("describe")
        b.family("gauge", "g", "Help.", None, ["l"])

    def collect(b):
        calls.append("collect")
        b.family("gauge", "g", "Help.")
        b.value(1, {"l": "x"})

    handle = registry.collector("mine", collect, describe)
    assert calls == ["describe"]
    with pytest.raises(DuplicateTimeseries):
        Gauge("g", "other", registry=registry)
    assert [f.name for f in registry.collect(["other"])] == []
    assert calls == ["describe"]
    assert [f.name for f in registry.collect("g")] == ["g"]
    handle.close()
    Gauge("g", "other", registry=registry)

    def raises(b):
        raise ZeroDivisionError("no idea")

    with pytest.raises(ZeroDivisionError, match="no idea"):
        registry.collector("x", collect, raises)
    with pytest.raises(TypeError):
        registry.collector("x", collect, 3)


# --- some families ------------------------------------------------------------------------


class Costly:
    def __init__(self, name):
        self.name = name
        self.calls = 0

    def describe(self):
        return [GaugeMetricFamily(self.name, "h")]

    def collect(self):
        self.calls += 1
        return [GaugeMetricFamily(self.name, "h", 1)]


def test_gather_by_names(registry):
    one, two = Costly("one"), Costly("two")
    registry.register(one)
    registry.register(two)
    Counter("hits", "h", registry=registry).inc()
    Histogram("h", "h", registry=registry).observe(1)
    assert [f.name for f in registry.collect(names=["two"])] == ["two"]
    assert (one.calls, two.calls) == (0, 1)
    assert [f.name for f in registry.collect("hits")] == ["hits"]
    assert [f.name for f in registry.collect(iter(["hits_total", "h"]))] == ["hits", "h"]
    assert list(registry.collect(names=[])) == []
    assert list(registry.collect(names=["nothing"])) == []
    view = registry.restricted_registry(["two", "hits_created", "h_count"])
    assert [s.name for f in view.collect() for s in f.samples] == [
        "two",
        "hits_created",
        "h_count",
    ]
    assert one.calls == 0
    with pytest.raises(TypeError):
        registry.collect(names=[1])


def test_wants(registry):
    asked = []

    def collect(b):
        asked.append((b.wants("a"), b.wants("b"), b.stopped()))
        b.family("gauge", "a")
        b.value(1)
        b.family("gauge", "b")
        b.value(2)

    registry.collector("both", collect)
    assert [f.name for f in registry.collect(names="b")] == ["b"]
    assert [f.name for f in registry.collect()] == ["a", "b"]
    assert asked == [(False, True, False), (True, True, False)]


# --- time ------------------------------------------------------------------------------------


def test_a_collector_with_a_timeout(registry):
    go = threading.Event()

    class Slow:
        def collect(self):
            go.wait(20)
            return [GaugeMetricFamily("slow", "h", 1)]

    registry.register(Slow(), timeout=0.05)
    Gauge("fast", "h", registry=registry).set(1)
    snapshot = registry.gather()
    assert [f.name for f in snapshot.collect()] == ["fast"]
    assert len(snapshot.errors()) == 1
    assert "Slow" in snapshot.errors()[0]
    with pytest.raises(libprom.Error, match="Slow"):
        generate_latest(registry)
    go.set()
    for bad, error in ((0, ValueError), (-1, ValueError), ("x", TypeError)):
        with pytest.raises(error):
            registry.register(Slow(), timeout=bad)


def test_a_collector_with_a_timeout_that_is_in_time(registry):
    registry.register(Costly("quick"), timeout=30)
    assert shown(registry) == ["quick 1"]

    class Raises:
        def collect(self):
            raise KeyError("lost")

    registry.register(Raises(), timeout=30)
    with pytest.raises((KeyError, libprom.Error), match="lost"):
        generate_latest(registry)


def test_gather_in_time(registry):
    go = threading.Event()

    class Slow:
        def collect(self):
            go.wait(0.2)
            return [GaugeMetricFamily("slow", "h", 1)]

    registry.register(Slow())
    registry.register(Costly("late"))
    snapshot = registry.gather(timeout=0.01)
    assert snapshot.errors()
    with pytest.raises(libprom.Error):
        list(registry.collect(timeout=0.01))


def test_cancelled(registry):
    Gauge("g", "h", registry=registry)
    assert len(list(registry.gather(cancelled=lambda: False).collect())) == 1
    with pytest.raises(libprom.Error):
        registry.gather(cancelled=lambda: True)
    with pytest.raises(ZeroDivisionError):
        registry.gather(cancelled=lambda: 1 / 0)
    with pytest.raises(TypeError):
        registry.gather(cancelled=3)


# --- several registries -----------------------------------------------------------------------


def test_merged():
    one, two = CollectorRegistry(), CollectorRegistry()
    Gauge("a", "h", registry=one).set(1)
    Gauge("a", "h", registry=two).set(2)
    Gauge("b", "h", registry=two).set(3)
    snapshot = gather(one, two)
    assert shown(snapshot) == ["a 1", "b 3"]
    assert len(snapshot.errors()) == 1
    assert shown(gather(one, two, names=["b"])) == ["b 3"]
    with pytest.raises(ValueError, match="no registry"):
        gather()
    with pytest.raises(TypeError, match="no registry"):
        gather(one, 3)


def test_nested():
    outer, inner = CollectorRegistry(), CollectorRegistry()
    Gauge("g", "h", registry=inner).set(1)
    outer.register(inner)
    assert shown(outer) == ["g 1"]
    with pytest.raises(DuplicateTimeseries):
        outer.register(inner)
    with pytest.raises(ValueError):
        inner.register(outer)
    with pytest.raises(ValueError):
        outer.register(outer)
    outer.unregister(inner)
    assert shown(outer) == []
    with pytest.raises(KeyError):
        outer.unregister(inner)


def test_wrapped(registry):
    wrapped = registry.wrap("app_", {"zone": 1})
    c = Counter("hits", "h", ["l"], registry=wrapped)
    c.labels("x").inc()
    assert shown(registry) == ['app_hits_total{l="x",zone="1"} 1']
    assert shown(wrapped) == shown(registry)
    wrapped.register(Costly("mine"))
    assert shown(registry)[1:] == ['app_mine{zone="1"} 1']
    foreign = Gauge("foreign", "h", registry=None)
    wrapped.register(foreign)
    assert 'app_foreign{zone="1"} 0' in shown(registry)
    deeper = wrapped.wrap("sub_")
    Gauge("deep", "h", registry=deeper)
    assert 'app_sub_deep{zone="1"} 0' in shown(registry)
    with pytest.raises(ValueError):
        Gauge("bad", "h", ["zone"], registry=wrapped)
    wrapped.unregister(foreign)
    assert not any("foreign" in line for line in shown(registry))
    for bad, error in (({"__x": "y"}, ValueError), ({1: "x"}, TypeError)):
        with pytest.raises(error):
            registry.wrap(labels=bad)


# --- what holds what -----------------------------------------------------------------


class Held:
    """A collector to be seen going."""

    def collect(self):
        yield GaugeMetricFamily("lake", "h", 31)


def gone(reference):
    gc.collect()
    return reference() is None


def test_what_a_wrap_registered_lives_as_long_as_what_it_wraps(registry):
    registry.wrap("app_").register(Held())
    registry.wrap("app_").wrap("deep_").register(lambda: [GaugeMetricFamily("f", "h", 1)])
    registry.wrap("b_").collector("b", lambda b: (b.family("gauge", "g", "h"), b.value(2)))
    gc.collect()
    assert shown(registry) == ["app_lake 31", "app_deep_f 1", "b_g 2"]


def test_a_wrap_lets_go_with_what_it_wraps():
    registry, held = CollectorRegistry(), Held()
    registry.wrap("app_").register(held)
    reference = weakref.ref(held)
    del held
    assert not gone(reference)
    del registry
    assert gone(reference)


def test_a_wrap_keeps_what_it_wraps():
    wrapped = CollectorRegistry().wrap("app_")
    wrapped.register(Held())
    gc.collect()
    assert shown(wrapped) == ["app_lake 31"]


def test_a_wrap_lets_go_of_what_is_taken_out(registry):
    takes_out = (
        lambda wrapped, it: wrapped.unregister(it),
        lambda wrapped, it: wrapped.clear(),
        lambda wrapped, it: registry.unregister(it),
        lambda wrapped, it: registry.clear(),
    )
    for take_out in takes_out:
        wrapped, held = registry.wrap("app_"), Held()
        wrapped.register(held)
        take_out(wrapped, held)
        assert shown(registry) == []
        reference = weakref.ref(held)
        del held
        assert gone(reference)
        wrapped.register(Held())  # there is nothing left of the other one
        wrapped.clear()


def test_a_wrap_takes_out_only_its_own(registry):
    mine, deep = Held(), Held()
    wrapped, other = registry.wrap("app_"), registry.wrap("other_")
    registry.register(mine)
    wrapped.wrap("deep_").register(deep)
    for it in (mine, deep):
        with pytest.raises(KeyError):
            other.unregister(it)
    with pytest.raises(KeyError):
        wrapped.unregister(mine)
    other.clear()
    assert shown(registry) == ["lake 31", "app_deep_lake 31"]
    assert [r.object for r in registry.registered()] == [mine, deep]
    wrapped.unregister(deep)  # which went through it
    assert shown(registry) == ["lake 31"]


def test_target_info_of_a_wrap(registry):
    wrapped = registry.wrap(labels={"zone": 1})
    wrapped.set_target_info({"version": "1"})
    del wrapped
    gc.collect()
    assert shown(registry) == ['target_info{version="1",zone="1"} 1']
    registry.clear()
    assert shown(registry) == []
    wrapped = registry.wrap("app_")
    wrapped.set_target_info({"version": "2"})
    wrapped.set_target_info({"version": "3"})
    assert shown(registry) == ['app_target_info{version="3"} 1']
    assert wrapped.get_target_info() == {"version": "3"}
    registry.clear()
    assert wrapped.get_target_info() is None
    wrapped.set_target_info({"version": "4"})
    wrapped.set_target_info(None)
    assert shown(registry) == []


def test_shipped_collectors_of_a_wrap(registry):
    given = libprom.NestedCollector(
        lambda: {"a": {"x": 5}},
        [libprom.NestedFamily("a", "nested_a", "h", ["key"])],
        registry=None,
    )
    registry.wrap("app_").register(given)
    libprom.ProcessCollector(registry=registry.wrap("p_"), pid=lambda: "self")
    reference = weakref.ref(given)
    del given
    gc.collect()
    lines = shown(registry)
    assert 'app_nested_a{key="x"} 5' in lines
    assert any(line.startswith("p_process_threads ") for line in lines)
    registry.clear()
    assert gone(reference)


def test_a_registry_inside_is_kept(registry):
    inner = CollectorRegistry()
    inner.register(Held())
    registry.register(inner)
    outside = weakref.ref(inner)
    del inner
    gc.collect()
    assert shown(registry) == ["lake 31"]
    registry.unregister(outside())
    assert gone(outside)


# --- listing, pedantry, bounds --------------------------


def test_registered(registry):
    g = Gauge("g", "h", registry=registry)
    Counter("c", "h", ["l"], registry=registry)
    costly = Costly("k")
    registry.register(costly)
    inner = CollectorRegistry()
    registry.register(inner)
    Gauge("in", "h", registry=inner)
    listed = registry.registered()
    assert [(r.kind, r.name) for r in listed] == [
        ("metric", "g"),
        ("metric", "c_total"),
        ("collector", "Costly"),
        ("registry", ""),
    ]
    assert type(listed[0].object) is Gauge
    assert listed[1].object._labelnames == ("l",)
    assert listed[2].object is costly
    assert shown(listed[3].object) == ["in 0"]
    g.set(2)
    assert listed[0].object.get() == 2
    other = CollectorRegistry.from_capsule(registry.capsule())
    assert other.registered()[2].object is None


def test_pedantic():
    registry = CollectorRegistry(pedantic=True)
    registry.register(Costly("honest"))
    assert shown(registry) == ["honest 1"]

    class Other(Costly):
        def collect(self):
            return [GaugeMetricFamily("other", "h", 1)]

    class Labels(Costly):
        def collect(self):
            family = GaugeMetricFamily(self.name, "h", labels=["l"])
            family.add_metric(["x"], 1)
            return [family]

    for bad in (Other("promised"), Labels("labels")):
        registry.register(bad)
        with pytest.raises(libprom.Error, match="described"):
            generate_latest(registry)
        registry.unregister(bad)


def test_pedantic_with_every_type():
    registry = CollectorRegistry(auto_describe=True, pedantic=True)
    families = [
        CounterMetricFamily("c", "h", labels=["l"]),
        libprom.HistogramMetricFamily("h", "h", [("1", 1), ("+Inf", 2)], 3),
        libprom.SummaryMetricFamily("s", "h", 2, 3),
        libprom.StateSetMetricFamily("st", "h", {"a": True}),
        libprom.InfoMetricFamily("i", "h", {"v": "1"}),
    ]
    families[0].add_metric(["x"], 1)
    registry.register(lambda: families)
    assert generate_latest(registry).count(b"# TYPE") == 5


def test_max_series_of_a_registry():
    registry = CollectorRegistry(max_series=2)
    c = Counter("c", "h", ["l"], registry=registry)
    for i in range(10):
        c.labels(str(i)).inc()
    assert len(shown(registry)) == 3
    assert c.labels("8") is c.labels("9")


# --- what is there but odd ----------------------


def test_created_and_exemplars_of_families(registry):
    family = CounterMetricFamily("c", "h", labels=["l"])
    family.add_metric(["x"], 5, created=1000.5, exemplar=libprom.Exemplar({"t": "1"}, 2, 3.25))
    registry.register(lambda: [family])
    (back,) = registry.collect()
    assert back == family
    assert registry.get_sample_value("c_created", {"l": "x"}) == 1000.5
    libprom.disable_created_metrics()
    try:
        (back,) = registry.collect()
        assert [s.name for s in back.samples] == ["c_total"]
    finally:
        libprom.enable_created_metrics()


def test_native_histograms_of_families(registry):
    native = libprom.NativeHistogram(
        24, 100.0, 0, 0.001, 4,
        (libprom.BucketSpan(0, 2), libprom.BucketSpan(1, 2)),
        (libprom.BucketSpan(0, 2), libprom.BucketSpan(1, 2)),
        (2, 1, -2, 3), (2, 1, -2, 3),
    )  # fmt: skip
    family = Metric("nh", "h", "histogram")
    family.add_sample("nh", {"l": "x"}, 24, native_histogram=native)
    registry.register(lambda: [family])
    (back,) = registry.collect()
    (sample,) = [s for s in back.samples if s.native_histogram]
    assert sample.native_histogram == native
    assert sample.labels == {"l": "x"}


@pytest.mark.parametrize(
    "change",
    [
        {"count_value": 23},
        {"schema": 9},
        {"pos_deltas": (2, 1, -4, 3)},
        {"pos_deltas": (2, 1)},
        {"pos_spans": ((0, 1),)},
        {"pos_spans": ((0, -1),)},
        {"pos_spans": ((0, 2), (1, 3))},
        {"pos_spans": ((0, 2**31 - 1),)},
        # Indices that come to be 1, 2, 3 and 4 in 32 bits.
        {"pos_spans": ((0, 1), (2**31 - 1, 0), (2**31 - 1, 0), (2, 3))},
        {"pos_deltas": (2, -(2**63), 2, 2)},
        {"pos_deltas": (2, 2**63 - 1, 2**63 - 1, -2)},
        {"zero_threshold": -1},
        {"count_value": -1},
    ],
)
def test_bad_native_histograms(registry, change):
    native = libprom.NativeHistogram(
        12, 100.0, 0, 0.001, 4, ((0, 2), (1, 2)), None, (2, 1, -2, 2), None
    )
    family = Metric("nh", "h", "histogram")
    family.add_sample("nh", {}, 12, native_histogram=native._replace(**change))
    registry.register(lambda: [family])
    with pytest.raises((ValueError, OverflowError)):
        generate_latest(registry)


def test_collectors_that_change_the_registry(registry):
    class Changes:
        def __init__(self):
            self.runs = 0

        def collect(self):
            self.runs += 1
            registry.unregister(self)
            registry.register(Costly(f"made_{self.runs}"))
            gc.collect()
            return [GaugeMetricFamily("changes", "h", self.runs)]

    changes = Changes()
    registry.register(changes)
    assert shown(registry) == ["changes 1"]
    assert shown(registry) == ["made_1 1"]


def test_a_collector_that_is_let_go_while_it_collects():
    registry = CollectorRegistry()
    kept = [registry]

    class Forgetful:
        def collect(self):
            kept.clear()
            gc.collect()
            return [GaugeMetricFamily("g", "h", 1)]

    collector = Forgetful()
    ref = weakref.ref(collector)
    registry.register(collector)
    del collector
    assert shown(registry) == ["g 1"]
    del registry
    gc.collect()
    assert ref() is None
