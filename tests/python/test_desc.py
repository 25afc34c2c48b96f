# SPDX-License-Identifier: Apache-2.0
"""Descriptions as objects, and collectors that give them or what was gathered elsewhere."""

import gc
import weakref

import pytest

import libprom
from libprom import (
    CollectorRegistry,
    Counter,
    Desc,
    DuplicateTimeseries,
    Gauge,
    GaugeMetricFamily,
    Histogram,
    generate_latest,
)


def shown(registry):
    return [line for line in generate_latest(registry).decode().splitlines() if line[0] != "#"]


# --- what it says ---------------------------------------------------------------------


def test_what_it_says():
    desc = Desc(
        "counter", "hits", 'Of "pages".', ["b", "a"], "app", "web", const_labels={"zone": 1}
    )
    assert desc.error is None
    assert (desc.name, desc.type, desc.unit) == ("app_web_hits_total", "counter", "")
    assert desc.documentation == 'Of "pages".'
    assert desc.labelnames == ("b", "a")
    assert desc.const_labels == {"zone": "1"}
    assert str(desc) == repr(desc) == (
        'desc{name="app_web_hits_total", type=counter, help="Of \\"pages\\".", unit="", '
        'const_labels={zone="1"}, labels={b,a}}'
    )  # fmt: skip
    assert Desc("gauge", "took", "h", unit="seconds").name == "took_seconds"
    assert Desc("Gauge", "g", "h").type == "gauge"


def test_every_type():
    own = {"stateset": {"states": ["a", "b"]}}
    for word in ("counter", "gauge", "unknown", "histogram", "summary", "info", "stateset"):
        desc = Desc(word, "x", "h", **own.get(word, {}))
        assert desc.error is None
        metric = desc.metric(None)
        assert metric._type == word
        assert str(Desc.of(metric)) == str(desc)
    queue = Desc("gaugehistogram", "x", "h")  # which only collectors build
    assert (queue.error, queue.type) == (None, "gaugehistogram")
    with pytest.raises(ValueError):
        queue.metric(CollectorRegistry())


@pytest.mark.parametrize(
    "given",
    [
        {"name": ""},
        {"name": "x", "labelnames": ["a", "a"]},
        {"name": "x", "labelnames": ["__a"]},
        {"name": "x", "labelnames": ["a"], "const_labels": {"a": "1"}},
        {"name": "x", "labelnames": ["le"]},
        {"name": "x", "buckets": [2, 1]},
        {"name": "x", "native_factor": float("nan")},
        {"name": "\ud800"},
    ],
)
def test_an_invalid_one_says_so(given, registry):
    desc = Desc("histogram", documentation="h", **given)
    assert isinstance(desc.error, ValueError)
    assert str(desc) == str(desc.error) != ""
    assert (desc.name, desc.documentation) == (None, None)
    assert (desc.unit, desc.labelnames, desc.const_labels) == ("", (), {})
    with pytest.raises(ValueError) as refused:
        desc.metric(registry)
    assert str(refused.value) == str(desc)
    assert registry.registered() == []


def test_what_is_no_description():
    for args, error in (
        ((), TypeError),
        (("counter",), TypeError),
        (("counter", "x"), TypeError),
        (("nothing", "x", "h"), ValueError),
        ((1, "x", "h"), TypeError),
        (("counter", 1, "h"), TypeError),
        (("counter", "x", "h", 1), TypeError),
    ):
        with pytest.raises(error):
            Desc(*args)
    for options in ({"registry": None}, {"buckets": [1]}, {"max_series": "x"}):
        with pytest.raises(TypeError):
            Desc("counter", "x", "h", **options)
    for bad in (1, None, Desc("gauge", "g", "h")):
        with pytest.raises(TypeError):
            Desc.of(bad)
    with pytest.raises(TypeError):
        Desc.invalid(1)
    with pytest.raises(TypeError):
        Desc("gauge", "g", "h").metric("registry")


# --- what is made of it -----------------------------------------------------------------


def test_metrics(registry):
    desc = Desc("histogram", "h", "Help.", ["l"], buckets=[1, 2])
    first, again = desc.metric(registry), desc.metric(registry)
    assert type(first) is Histogram
    first.labels("x").observe(1.5)
    again.labels("x").observe(3)
    assert 'h_bucket{l="x",le="2"} 1' in shown(registry)
    with pytest.raises(DuplicateTimeseries) as refused:
        Desc("gauge", "h", "h").metric(registry)
    assert refused.value.duplicates == {"h"}
    alone = desc.metric(None)
    alone.labels("x").observe(1)
    assert first.labels("x").get().count_value == 2


def test_constraints_that_are_functions(registry):
    desc = Desc("counter", "c", "h", ["l"], constraints={"l": str.lower})
    metric = desc.metric(registry)
    metric.labels("GET").inc()
    Desc.of(metric).metric(registry).labels("GeT").inc()
    assert shown(registry) == ['c_total{l="get"} 2']


def test_of(registry):
    counter = Counter("c", "h", ["l"], registry=registry)
    for metric in (counter, counter.labels("x"), counter.curry(l="x")):
        assert str(Desc.of(metric)) == str(Desc("counter", "c", "h", ["l"]))
    Desc.of(counter).metric(other := CollectorRegistry())
    assert other.find("c")._labelnames == ("l",)


def test_cycles_are_found():
    class Lower:
        def __call__(self, value):
            return value.lower()

    function = Lower()
    function.desc = Desc("counter", "c", "h", ["l"], constraints={"l": function})
    reference = weakref.ref(function)
    del function
    gc.collect()
    assert reference() is None


# --- collectors ---------------------------------------------------------------------------


class Described:
    def __init__(self, *described):
        self.described = described

    def describe(self):
        return self.described

    def collect(self):
        yield GaugeMetricFamily("g", "h", 1)


def test_describe_gives_descriptions(registry):
    registry.register(Described(Desc("gauge", "g", "h"), Desc("counter", "c", "h")))
    for name in ("g", "c"):
        with pytest.raises(DuplicateTimeseries):
            Gauge(name, "other", ["l"], registry=registry)
    with pytest.raises(DuplicateTimeseries) as refused:
        registry.register(Described(Desc("counter", "c_total", "h")))
    assert refused.value.duplicates == {"c", "c_total", "c_created"}
    assert shown(registry) == ["g 1"]


def test_an_invalid_description_is_not_registered(registry):
    for bad in (Desc("gauge", "", "h"), Desc.invalid("no sensor is there")):
        with pytest.raises(ValueError) as refused:
            registry.register(Described(Desc("gauge", "g", "h"), bad))
        assert str(bad) in str(refused.value)
    assert registry.registered() == []


def test_builders_open_families_by_description(registry):
    disks = Desc("gauge", "free", "h", ["disk"], unit="bytes")
    registry.collector(
        "disks",
        lambda b: (b.desc(disks), b.value(3, {"disk": "a"})),
        lambda b: b.desc(disks),
    )
    assert shown(registry) == ['free_bytes{disk="a"} 3']
    for bad, error in ((Desc.invalid("no"), ValueError), ("free", TypeError)):
        other = CollectorRegistry()
        other.collector("bad", lambda b, bad=bad: b.desc(bad))
        with pytest.raises(error):
            generate_latest(other)


def test_a_snapshot_is_collected_again(registry):
    inner = CollectorRegistry()
    gauge = Gauge("g", "h", ["l"], registry=inner)
    gauge.labels("x").set(1)
    Histogram("h", "h", buckets=[1], registry=inner).observe(0.5)
    given = [inner.gather(), GaugeMetricFamily("more", "h", 3)]
    gauge.labels("x").set(2)
    expected = generate_latest(given[0])
    registry.register(lambda: given)
    del inner, gauge
    gc.collect()
    assert 'g{l="x"} 1\n' in expected.decode()
    more = b"# HELP more h\n# TYPE more gauge\nmore 3\n"
    assert generate_latest(registry) == expected + more
    shown_once = registry.gather()
    del given[0]  # what was gathered keeps what it came from
    gc.collect()
    assert generate_latest(shown_once) == expected + more


def test_a_snapshot_twice(registry):
    inner = CollectorRegistry()
    Gauge("g", "h", registry=inner)
    snapshot = inner.gather()
    registry.register(lambda: [snapshot, snapshot])
    with pytest.raises(DuplicateTimeseries):
        generate_latest(registry)
    other = CollectorRegistry()
    other.collector("b", lambda b: b.snapshot("text"))
    with pytest.raises(TypeError, match="is no Snapshot"):
        generate_latest(other)


def test_a_snapshot_describes_itself():
    inner = CollectorRegistry()
    Counter("c", "h", ["l"], registry=inner).labels("x").inc()
    registry = CollectorRegistry(auto_describe=True)
    registry.register(lambda: [inner.gather()])
    with pytest.raises(DuplicateTimeseries):
        Gauge("c", "h", registry=registry)
    assert shown(registry) == ['c_total{l="x"} 1']
    assert shown(libprom.gather(registry, names=["other"])) == []


def test_builders_that_are_closed():
    kept = []
    registry = CollectorRegistry()
    registry.collector("k", kept.append)
    generate_latest(registry)
    for call in (kept[0].desc, kept[0].snapshot):
        with pytest.raises(ValueError, match="closed"):
            call(Desc("gauge", "g", "h"))
