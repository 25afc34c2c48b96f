# SPDX-License-Identifier: Apache-2.0
"""Families as a whole: finding without making, walking, currying, presetting, replacing; and
what bounds them."""

import gc
import inspect
import threading
import weakref

import pytest

from libprom import Counter, Enum, Gauge, Histogram, generate_latest


@pytest.fixture
def family(registry):
    return Gauge("g", "h", ["a", "b"], registry=registry)


def shown(registry):
    return [line for line in generate_latest(registry).decode().splitlines() if line[0] != "#"]


def test_child(family, registry):
    assert family.child("1", "2") is None
    assert family.child(a=1, b=2) is None
    assert shown(registry) == []
    made = family.labels("1", "2")
    assert family.child("1", "2") is made
    assert family.child(b="2", a=1) is made
    family.remove("1", "2")
    assert family.child("1", "2") is None
    for call in (
        lambda: family.child("1"),
        lambda: family.child(a=1),
        lambda: family.child("1", b=2),
        lambda: made.child("1", "2"),
        lambda: family.child("1", "\ud800"),
    ):
        with pytest.raises(ValueError):
            call()


def test_children(family):
    assert list(family.children()) == []
    family.labels("1", "x\0y").set(1)
    family.labels("2", "z").set(2)
    found = list(family.children())
    assert [labels for labels, _ in found] == [{"a": "1", "b": "x\0y"}, {"a": "2", "b": "z"}]
    assert all(child is family.labels(**labels) for labels, child in found)
    for labels, _ in family.children():
        family.remove(*labels.values())
    assert list(family.children()) == []


def test_children_that_others_made(family, registry):
    other = registry.find("g")
    other.labels("1", "2").set(5)
    ((labels, child),) = family.children()
    assert (labels, child.get()) == ({"a": "1", "b": "2"}, 5)
    assert family.labels("1", "2") is child


def test_preset(family, registry):
    family.labels("x", 1).set(7)
    family.preset({"b": (1, 2), "a": iter(["x", "y"])})
    assert sorted(shown(registry)) == [
        'g{a="x",b="1"} 7',
        'g{a="x",b="2"} 0',
        'g{a="y",b="1"} 0',
        'g{a="y",b="2"} 0',
    ]
    for bad, error in (
        ({"a": ["x"]}, ValueError),
        ({"a": ["x"], "b": ["y"], "c": ["z"]}, ValueError),
        ({"a": "xyz", "b": ["y"]}, TypeError),
        ({"a": ["new"], "b": ["\ud800"]}, ValueError),
    ):
        with pytest.raises(error):
            family.preset(bad)
    assert len(shown(registry)) == 4


def test_preset_of_an_enum(registry):
    e = Enum("e", "h", ["l"], states=["idle", "busy"], registry=registry)
    e.preset({"l": ["x"]})
    assert 'e{l="x",e="idle"} 1' in shown(registry) or 'e{e="idle",l="x"} 1' in shown(registry)


def test_curry(family, registry):
    view = family.curry(a=1)
    assert view._labelnames == ("b",)
    view.labels("2").set(3)
    family.labels("9", "9").set(4)
    assert family.labels("1", "2").get() == 3
    assert view.child("3") is None
    assert [labels for labels, _ in view.children()] == [{"b": "2"}]
    assert [s.value for f in view.collect() for s in f.samples] == [3]
    view.remove("2")
    assert shown(registry) == ['g{a="9",b="9"} 4']
    view.labels("5").set(1)
    view.clear()
    assert shown(registry) == ['g{a="9",b="9"} 4']
    for bad in ({"c": 1}, {"a": "\ud800"}):
        with pytest.raises(ValueError):
            family.curry(**bad)
    with pytest.raises(ValueError):
        view.curry(a=2)


def test_fresh(family, registry):
    old = family.labels("1", "1")
    old.set(1)
    with family.fresh() as fresh:
        fresh.labels("2", "2").set(2)
        assert shown(registry) == ['g{a="1",b="1"} 1']
    assert shown(registry) == ['g{a="2",b="2"} 2']
    assert family.labels("2", "2").get() == 2
    assert family.labels("1", "1") is not old

    with pytest.raises(ZeroDivisionError), family.fresh() as fresh:
        fresh.labels("3", "3").set(1 / 0)
    assert family.child("3", "3") is None
    assert family.child("2", "2") is not None


def test_replace(family, registry):
    family.labels("1", "1").set(1)
    family.replace({("2", 2): 2, ("3", 3): 3})
    assert shown(registry) == ['g{a="2",b="2"} 2', 'g{a="3",b="3"} 3']
    with pytest.raises(ValueError):
        family.replace({("4",): 4})
    assert len(shown(registry)) == 2
    family.replace({})
    assert shown(registry) == []
    c = Counter("c", "h", ["l"], registry=registry)
    c.replace({"x": 3})
    assert shown(registry) == ['c_total{l="x"} 3']
    with pytest.raises(ValueError):
        family._replace(family)


def test_a_scrape_sees_all_old_or_all_new(family, registry):
    stop = threading.Event()
    seen = set()

    def scrape():
        while not stop.is_set():
            seen.add(frozenset(line.split()[-1] for line in shown(registry)))

    thread = threading.Thread(target=scrape)
    thread.start()
    for i in range(200):
        family.replace({(j, j): i for j in range(20)})
    stop.set()
    thread.join()
    assert seen
    assert all(len(values) <= 1 for values in seen)


# --- bounds -----------------------------------------------------------------------------


def test_constraint_by_list(registry):
    c = Counter("c", "h", ["path"], registry=registry, constraints={"path": ["/", "/about"]})
    for path in ("/", "/about", "/etc/passwd", "/x"):
        c.labels(path).inc()
    assert c.labels("/y") is c.labels("other")
    assert shown(registry) == [
        'c_total{path="/"} 1',
        'c_total{path="/about"} 1',
        'c_total{path="other"} 2',
    ]
    c.remove("/z")
    assert c.child("/z") is None


def test_constraint_by_function(registry):
    calls = []

    def shorten(value):
        calls.append(value)
        if value == "bad":
            raise KeyError(value)
        return value[:2]

    g = Gauge("g", "h", ["x", "y"], registry=registry, constraints={"y": shorten})
    g.labels("abc", "def").set(1)
    g.labels(x="abc", y="dez").set(2)
    assert shown(registry) == ['g{x="abc",y="de"} 2']
    with pytest.raises(KeyError):
        g.labels("a", "bad")
    assert calls == ["def", "dez", "bad"]
    view = g.curry(x="abc")
    assert view.labels("def").get() == 2


def test_bad_constraints(registry):
    for bad, error in (
        ({"x": ["a"]}, ValueError),
        ({"l": "abc"}, TypeError),
        ({"l": 3}, TypeError),
        (["l"], (TypeError, AttributeError)),
        ({"l": ["\ud800"]}, ValueError),
    ):
        with pytest.raises(error):
            Gauge("g", "h", ["l"], registry=registry, constraints=bad)
    assert list(registry.collect()) == []


def test_overflow(registry):
    c = Counter("c", "h", ["l"], registry=registry, max_series=3, overflow="rest")
    children = [c.labels(str(i)) for i in range(100)]
    for child in children:
        child.inc()
    total = sum(float(line.split()[-1]) for line in shown(registry))
    assert total == 100
    assert children[0] is c.labels("0")
    assert c.labels("50") is c.labels("99") is c.labels("rest")
    assert c.labels("50")._labelvalues == ("rest",)
    assert len(shown(registry)) <= 4


def test_removed_children_are_let_go(registry):
    one = Gauge("g", "h", ["l"], registry=registry)
    two = registry.find("g")
    first = weakref.ref(one.labels("first"))
    for i in range(1000):
        one.labels(str(i), *()).set(i)
        two.clear()
    gc.collect()
    assert first() is None


def test_const_labels(registry):
    h = Histogram("h", "h", ["l"], registry=registry, const_labels={"v": 1.5}, buckets=[1])
    h.labels("x").observe(0.5)
    assert registry.get_sample_value("h_count", {"l": "x", "v": "1.5"}) == 1
    for bad, error in (({"l": "x"}, ValueError), ({"__x": "y"}, ValueError), ("x", TypeError)):
        with pytest.raises(error):
            Gauge("bad", "h", ["l"], registry=registry, const_labels=bad)


def test_bad_bounds(registry):
    for bad, error in (
        ({"max_series": -1}, OverflowError),
        ({"max_series": "x"}, TypeError),
        ({"ttl": -1}, ValueError),
        ({"ttl": "x"}, TypeError),
        ({"overflow": 1}, TypeError),
        ({"no_such_option": 1}, TypeError),
        ({"buckets": [1]}, TypeError),
    ):
        with pytest.raises(error):
            Gauge("g", "h", ["l"], registry=registry, **bad)
    assert list(registry.collect()) == []


def test_a_family_has_no_created_time(registry):
    family = Counter("c", "h", ["a"], registry=registry)
    assert not hasattr(family, "_created")
    assert ("inc", family.inc) in inspect.getmembers(family)
    assert family.labels("x")._created > 0
