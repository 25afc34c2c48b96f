# SPDX-License-Identifier: Apache-2.0
"""set_function(): values that are asked for at each gather."""

import gc
import threading
import urllib.error
import weakref

import pytest

import libprom
from libprom import Counter, Gauge, Histogram, Unknown, generate_latest, serve


def shown(registry):
    return [line for line in generate_latest(registry).decode().splitlines() if line[0] != "#"]


def test_a_gauge(registry):
    values = iter(range(10))
    g = Gauge("g", "h", registry=registry)
    g.set_function(lambda: next(values))
    assert shown(registry) == ["g 0"]
    assert shown(registry) == ["g 1"]
    g.set_function(lambda: "2.5")
    assert shown(registry) == ["g 2.5"]
    g.set_function(None)
    assert shown(registry) == ["g 2.5"]
    g.set(7)
    assert shown(registry) == ["g 7"]


@pytest.mark.parametrize("cls", [Counter, Gauge, Unknown])
def test_families_of_functions(registry, cls):
    family = cls("m", "h", ["l"], registry=registry)
    for i in range(3):
        family.labels(i).set_function(lambda i=i: i * 10)
    assert [line.split()[-1] for line in shown(registry)] == ["0", "10", "20"]
    with pytest.raises(ValueError, match="metric is missing label values"):
        family.set_function(lambda: 1)


def test_nobody_keeps_the_metric(registry):
    def value():
        return 5

    ref = weakref.ref(value)
    Gauge("g", "h", registry=registry).set_function(value)
    del value
    gc.collect()
    assert shown(registry) == ["g 5"]
    registry.find("g").set_function(lambda: 6)
    assert ref() is None
    assert shown(registry) == ["g 6"]


def test_a_function_goes_with_its_series(registry):
    def value():
        return 5

    ref = weakref.ref(value)
    family = Gauge("g", "h", ["l"], registry=registry)
    family.labels("x").set_function(value)
    del value
    family.remove("x")
    assert shown(registry) == []
    gc.collect()
    assert ref() is None


@pytest.mark.parametrize("bad", [3, "x", object()])
def test_no_function(registry, bad):
    with pytest.raises(TypeError, match="a function is wanted"):
        Gauge("g", "h", registry=registry).set_function(bad)
    assert not hasattr(Histogram, "set_function")


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (lambda: 1 / 0, ZeroDivisionError),
        (lambda: None, TypeError),
        (lambda: "x", ValueError),
        (lambda: [1], TypeError),
        (lambda _: 1, TypeError),
    ],
)
def test_a_function_that_fails(registry, get, function, error):
    g = Gauge("g", "h", registry=registry)
    g.set_function(function)
    Gauge("other", "h", registry=registry).set(1)
    with pytest.raises(error):
        generate_latest(registry)
    snapshot = registry.gather()
    assert len(snapshot.errors()) == 1
    assert [s.name for f in snapshot.collect() for s in f.samples] == ["other"]
    with serve(registry=registry) as server:
        try:
            status, body, _ = get(server.port)
        except urllib.error.URLError as failed:
            raise AssertionError from failed
    assert status == 500
    assert error.__name__ in body


def test_a_function_that_changes_the_registry(registry):
    family = Gauge("g", "h", ["l"], registry=registry)

    def value():
        family.remove("x")
        Gauge("made", "h", registry=registry).set(3)
        family.labels("y").inc()
        gc.collect()
        return 1

    family.labels("x").set_function(value)
    generate_latest(registry)
    assert sorted(shown(registry)) == ['g{l="y"} 1', "made 3"]


def test_a_function_that_sets_another(registry):
    g = Gauge("g", "h", registry=registry)

    def first():
        g.set_function(lambda: 2)
        return 1

    g.set_function(first)
    assert shown(registry) in (["g 1"], ["g 2"])
    assert shown(registry) == ["g 2"]


def test_a_function_that_gathers(registry):
    g = Gauge("g", "h", registry=registry)
    inner = type(registry)()
    Gauge("other", "h", registry=inner).set(4)
    g.set_function(lambda: inner.get_sample_value("other"))
    assert shown(registry) == ["g 4"]
    g.set_function(lambda: registry.get_sample_value("g"))
    with pytest.raises(libprom.Error, match="asks for itself"):
        generate_latest(registry)


def test_functions_in_many_threads(registry):
    family = Gauge("g", "h", ["l"], registry=registry)
    results = []

    def work():
        for i in range(100):
            family.labels(i % 5).set_function(lambda i=i: i)
            results.append(generate_latest(registry).count(b"g{"))
            family.remove(i % 5)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(results) == 400


def test_a_function_of_an_interpreter_that_has_ended(python):
    code = """
import libprom, gc
from libprom import *
g = Gauge("g", "h")
g.set_function(lambda: 5)
assert b"\\ng 5\\n" in generate_latest()
libprom._native._close_gate()
assert b"\\ng 5\\n" in generate_latest()
print("end")
"""
    assert python(code) == "end\n"
