# SPDX-License-Identifier: Apache-2.0
"""labels(), remove() and clear(), and subclasses, whose children are of the subclass."""

import copy
import gc
import pickle
import threading
import weakref

import pytest

from libprom import Counter, Gauge, Histogram, Summary


@pytest.fixture
def family(registry):
    return Counter("hits", "h", ["method", "code"], registry=registry)


def test_equal_values_are_one_object(family):
    child = family.labels("GET", "200")
    assert family.labels("GET", "200") is child
    assert family.labels("".join(["G", "ET"]), str(200)) is child
    assert family.labels("GET", 200) is child
    assert family.labels(method="GET", code="200") is child
    assert family.labels(code=200, method="GET") is child
    assert family.labels("GET", "404") is not child
    assert child._labelvalues == ("GET", "200")
    assert type(child) is Counter


def test_values_are_converted(registry):
    g = Gauge("g", "h", ["l"], registry=registry)

    class Text(str):
        __slots__ = ()

        def __str__(self):
            return "text"

    for value, text in ((None, "None"), (True, "True"), (1.0, "1.0"), (b"x", "b'x'")):
        assert g.labels(value) is g.labels(text)
    assert g.labels(Text("x")) is g.labels("text")
    assert g.labels(Text("x")) is g.labels("text")
    g.labels("a\0b").set(7)
    assert [s.labels["l"] for f in g.collect() for s in f.samples if s.value == 7] == ["a\0b"]


def test_many_children_stay_themselves(registry):
    g = Gauge("g", "h", ["a", "b"], registry=registry)
    children = {
        (a, b): g.labels(a, b) for a in map(str, range(40)) for b in map(str, range(40))
    }
    for i, ((a, b), child) in enumerate(children.items()):
        assert g.labels(a, b) is child
        child.set(i)
    for i, (a, b) in enumerate(children):
        assert g.labels(str(int(a)), str(int(b))).get() == i


def test_many_labels(registry):
    names = [f"l{i}" for i in range(20)]
    g = Gauge("g", "h", names, registry=registry)
    values = [str(i) for i in range(20)]
    g.labels(*values).set(3)
    assert g.labels(**dict(zip(names, values))) is g.labels(*values)
    assert registry.get_sample_value("g", dict(zip(names, values))) == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.labels("GET"), "Incorrect label count"),
        (lambda c: c.labels(), "Incorrect label count"),
        (lambda c: c.labels("GET", "200", "x"), "Incorrect label count"),
        (lambda c: c.labels(method="GET"), "Incorrect label names"),
        (lambda c: c.labels(method="GET", status="200"), "Incorrect label names"),
        (lambda c: c.labels("GET", code="200"), "both"),
        (lambda c: c.labels("a", "b").labels("c", "d"), "hits already has labels set"),
        (lambda c: c.remove("GET"), r"expected 2, got \('GET',\)"),
        (lambda c: c.labels("a", "b").remove("a", "b"), "already has labels"),
        (lambda c: c.labels("a", "b").clear(), "already has labels"),
        (lambda c: c.inc(), "counter metric is missing label values"),
        (lambda c: c.get(), "counter metric is missing label values"),
        (lambda c: c.count_exceptions(), "counter metric is missing label values"),
        (lambda c: c.labels("\ud800", "x"), "surrogates"),
    ],
)
def test_errors(family, call, message):
    with pytest.raises(ValueError, match=message):
        call(family)


def test_errors_of_other_types(registry):
    with pytest.raises(ValueError, match="gauge metric is missing"):
        Gauge("g", "h", ["l"], registry=registry).set(1)
    with pytest.raises(ValueError, match="gauge metric is missing"):
        Gauge("g", "h", ["l"], registry=registry).track_inprogress()
    with pytest.raises(ValueError, match="histogram metric is missing"):
        Histogram("h", "h", ["l"], registry=registry).observe(1)
    with pytest.raises(ValueError, match="summary metric is missing"):
        Summary("s", "h", ["l"], registry=registry).observe(1)
    with pytest.raises(ValueError, match="No label names were set when constructing counter:c"):
        Counter("c", "h", registry=registry).labels("x")


def test_str_that_raises(family):
    class Bad:
        def __str__(self):
            raise KeyError("no text")

    with pytest.raises(KeyError):
        family.labels(Bad(), "x")


def test_removed_child(family, registry):
    old = family.labels("GET", "200")
    old.inc(5)
    family.remove("GET", 200)
    assert registry.get_sample_value("hits_total", {"method": "GET", "code": "200"}) is None
    old.inc()
    assert old.get() == 6
    new = family.labels("GET", "200")
    assert new is not old
    assert new.get() == 0
    family.remove("never", "seen")
    assert family.labels("GET", "200") is new


def test_clear(family, registry):
    old = [family.labels("GET", str(i)) for i in range(5)]
    family.clear()
    assert [s for f in registry.collect() for s in f.samples] == []
    assert all(family.labels("GET", str(i)) is not old[i] for i in range(5))
    plain = Counter("plain", "h", registry=registry)
    plain.inc()
    plain.clear()
    assert registry.get_sample_value("plain_total") == 1


def test_removed_through_another_object_of_the_family(registry):
    one = Gauge("g", "h", ["l"], registry=registry)
    two = Gauge("g", "h", ["l"], registry=registry)
    assert one is not two
    old = one.labels("x")
    old.set(1)
    assert two.labels("x").get() == 1
    two.remove("x")
    one.labels("x").set(2)
    assert registry.get_sample_value("g", {"l": "x"}) == 2
    assert one.labels("x") is not old
    assert one.labels("x") is one.labels("x")


def test_removing_one_keeps_the_others(family):
    kept = family.labels("GET", "200")
    family.labels("GET", "404")
    family.remove("GET", "404")
    assert family.labels("GET", "200") is kept


def test_remove_by_labels(family, registry):
    for method in ("GET", "PUT"):
        for code in ("200", "404"):
            family.labels(method, code).inc()

    def codes():
        (shown,) = family.collect()
        return [s.labels["code"] for s in shown.samples if s.name == "hits_total"]

    family.remove_by_labels({})
    assert len(codes()) == 4
    family.remove_by_labels({"code": 404})
    assert codes() == ["200", "200"]
    with pytest.raises(TypeError):
        family.remove_by_labels(["code"])
    with pytest.raises(ValueError, match="Unknown label names"):
        family.remove_by_labels({"x": "y"})
    h = Histogram("h", "h", ["a"], registry=registry)
    h.labels("1").observe(1)
    h.remove_by_labels({"a": "1"})
    assert h.collect()[0].samples == []


def test_subclass_init_runs_for_every_child(registry):
    seen = []

    class Tagged(Counter):
        def __init__(self, name, documentation, labelnames=(), namespace="", subsystem="",
                     unit="", registry=None, _labelvalues=None, tag=None):  # fmt: skip
            seen.append((name, namespace, unit, _labelvalues))
            super().__init__(
                name,
                documentation,
                labelnames,
                namespace,
                subsystem,
                unit,
                registry,
                _labelvalues,
            )
            self.tag = tag or "child"

    family = Tagged("c", "h", ["l"], "n", unit="bytes", registry=registry, tag="family")
    child = family.labels("x")
    child.inc(2)
    assert type(child) is Tagged
    assert (family.tag, child.tag) == ("family", "child")
    assert seen == [("c", "n", "bytes", None), ("c", "n", "bytes", ("x",))]
    assert family.labels("x") is child
    assert registry.get_sample_value("n_c_bytes_total", {"l": "x"}) == 2


def test_subclass_overrides(registry):
    class Loud(Counter):
        def inc(self, amount=1, exemplar=None):
            super().inc(amount * 10, exemplar)

        def labels(self, *args):
            return super().labels("fixed", *args)

    family = Loud("c", "h", ["a", "b"], registry=registry)
    family.labels("x").inc()
    assert registry.get_sample_value("c_total", {"a": "fixed", "b": "x"}) == 10
    assert "test_labels.Loud(c)" in repr(family) or "Loud(c)" in repr(family)


def test_child_of_a_subclass_whose_init_raises(registry):
    class Moody(Counter):
        def __init__(self, *args, _labelvalues=None, **kwargs):
            super().__init__(*args, _labelvalues=_labelvalues, **kwargs)
            if _labelvalues == ("bad",):
                raise ZeroDivisionError

    family = Moody("c", "h", ["l"], registry=registry)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            family.labels("bad")
    family.labels("good").inc()


def test_objects_are_ordinary(family):
    child = family.labels("a", "b")
    child.note = "mine"
    assert family.labels("a", "b").note == "mine"
    assert weakref.ref(family)() is family
    assert family != child
    assert len({family, child}) == 2
    assert copy.copy  # the module is used below
    with pytest.raises(TypeError):
        pickle.dumps(family)


def test_children_are_collected_with_their_family(registry):
    family = Counter("c", "h", ["l"], registry=None)
    child = weakref.ref(family.labels("x"))
    child().parent = family  # a cycle through __dict__ and the table of children
    ref = weakref.ref(family)
    del family
    gc.collect()
    assert ref() is None
    assert child() is None


def test_threads_agree_on_children(registry):
    family = Gauge("g", "h", ["l"], registry=registry)
    got = [[] for _ in range(4)]
    barrier = threading.Barrier(4)

    def work(out):
        barrier.wait()
        for i in range(2000):
            child = family.labels(str(i))
            child.inc()
            out.append(child)

    threads = [threading.Thread(target=work, args=(out,)) for out in got]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert all(len({id(out[i]) for out in got}) == 1 for i in range(2000))
    assert all(child.get() == 4 for child in got[0])
