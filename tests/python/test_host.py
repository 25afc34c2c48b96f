# SPDX-License-Identifier: Apache-2.0
"""What Python sees of what a program in C does with a registry that both have."""

import ctypes
import gc
import os
import pathlib
import subprocess

import pytest

import libprom
from libprom import REGISTRY, Counter, Gauge, Histogram, Summary

HERE = pathlib.Path(__file__).parent
TYPES = {Counter: 1, Gauge: 2, Histogram: 3, Summary: 4}  # prom_type


def address(capsule, name):
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype = ctypes.c_void_p
    pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    return ctypes.c_void_p(pointer(capsule, name))


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    """host/host.c, compiled."""
    path = tmp_path_factory.mktemp("host") / "host.so"
    include = HERE.parents[1] / "libprom" / "include"
    command = [os.environ.get("CC", "cc"), "-std=c11", "-shared", "-fPIC", f"-I{include}"]
    subprocess.run([*command, str(HERE / "host" / "host.c"), "-o", str(path)], check=True)
    return ctypes.CDLL(str(path))


@pytest.fixture
def host(program, registry):
    """host(verb, *args): a function of host.c does it to the registry."""

    def call(verb, *args):
        words = [ctypes.c_double(a) if isinstance(a, float) else a for a in args]
        words = [a.encode() if isinstance(a, str) else a for a in words]
        table = address(libprom._C_API, b"libprom._C_API")
        mine = address(registry.capsule(), b"prom.registry")
        assert program[f"host_{verb}"](table, mine, *words) == 0

    return call


# --- series that C removes ------------------------------------------------------------


@pytest.fixture
def family(registry):
    return Counter("hits", "h", ["method", "code"], registry=registry)


LOOK_UPS = {
    "literals": lambda f: f.labels("GET", "200"),
    "fresh str": lambda f: f.labels("".join(["G", "ET"]), str(100 + 100)),
    "no str": lambda f: f.labels("GET", 200),
    "by name": lambda f: f.labels(code="200", method="GET"),
}


def value(registry, method="GET", code="200"):
    return registry.get_sample_value("hits_total", {"method": method, "code": code})


@pytest.mark.parametrize("look_up", LOOK_UPS.values(), ids=LOOK_UPS)
def test_a_child_that_c_removed(family, registry, host, look_up):
    old, kept = look_up(family), family.labels("GET", "404")
    old.inc(5)
    assert look_up(family) is old
    host("remove", "hits", "GET", "200")
    assert value(registry) is None
    new = look_up(family)
    assert new is not old
    assert (new.get(), value(registry)) == (0, 0)
    new.inc()
    assert value(registry) == 1
    old.inc()
    assert (old.get(), value(registry)) == (6, 1)
    assert look_up(family) is new
    assert family.labels("GET", "404") is kept


def test_a_child_that_c_removed_and_made_again(family, registry, host):
    old = family.labels("GET", "200")
    old.inc(5)
    host("remove", "hits", "GET", "200")
    host("add", "hits", "GET", "200", 7.0)
    assert family.labels("GET", "200").get() == 7
    assert old.get() == 5


@pytest.mark.parametrize("look_up", LOOK_UPS.values(), ids=LOOK_UPS)
def test_a_family_that_c_cleared(family, registry, host, look_up):
    old = look_up(family)
    old.inc(5)
    host("clear", "hits")
    assert [s for f in registry.collect() for s in f.samples] == []
    look_up(family).inc(2)
    assert value(registry) == 2


def test_a_family_that_c_cleared_and_python_clears(family, registry, host):
    old = family.labels("GET", "200")
    host("clear", "hits")
    family.remove("GET", "200")
    family.clear()
    assert family.labels("GET", "200") is not old
    assert value(registry) == 0


# --- families by name -------------------------------------------------------------------


@pytest.mark.parametrize("cls", TYPES)
def test_a_family_of_c(registry, host, cls):
    host("define", TYPES[cls], "job_seconds", "method", "code")
    found = registry.find("job_seconds")
    assert type(found) is cls
    assert found._name == found._original_name == "job_seconds"
    assert found._documentation == "By C."
    assert found._labelnames == ("method", "code")
    assert found._labelvalues == ()
    assert (found._namespace, found._subsystem, found._unit) == ("", "", "seconds")
    assert found._type == cls.__name__.lower()
    assert repr(found) == f"libprom.metrics.{cls.__name__}(job_seconds)"
    assert str(found) == f"{found._type}:job_seconds"
    child = found.labels("GET", "200")
    assert type(child) is cls
    assert found.labels(code=200, method="GET") is child
    update = found.inc if cls in (Counter, Gauge) else found.observe
    with pytest.raises(ValueError, match="missing label values"):
        update(1)


def test_updates_of_families_of_c(registry, host):
    labels = {"method": "GET", "code": "200"}
    for cls, name in zip(TYPES, ("c_seconds", "g_seconds", "h_seconds", "s_seconds")):
        host("define", TYPES[cls], name, "method", "code")
    host("add", "c_seconds", "GET", "200", 2.5)
    registry.find("c_seconds").labels("GET", "200").inc()
    assert registry.get_sample_value("c_seconds_total", labels) == 3.5
    registry.find("g_seconds").labels("GET", "200").set(4)
    assert registry.get_sample_value("g_seconds", labels) == 4
    registry.find("h_seconds").labels("GET", "200").observe(1.5)
    (shown,) = registry.find("h_seconds").collect()
    assert [(s.labels["le"], s.value) for s in shown.samples if "le" in s.labels] == [
        ("1", 0),  # C's bounds, not Python's
        ("2", 1),
        ("+Inf", 1),
    ]
    registry.find("s_seconds").labels("GET", "200").observe(3)
    median = registry.get_sample_value("s_seconds", {**labels, "quantile": "0.5"})
    assert median == pytest.approx(3, rel=0.01)


def test_a_metric_of_c_without_labels(registry, host):
    host("define", TYPES[Counter], "c_seconds", "", "")
    host("add", "c_seconds", "", "", 2.0)
    found = registry.find("c_seconds_total")
    found.inc()
    assert found.get() == 3
    assert found.collect()[0].samples[0].value == 3


def test_a_found_family_outlives_its_registry():
    registry = libprom.CollectorRegistry()
    Gauge("g", "h", ["l"], registry=registry).labels("x").set(2)
    found = registry.find("g")
    registry.clear()
    del registry
    gc.collect()
    assert found.labels("x").get() == 2


def test_families_of_python(registry):
    c = Counter("c", "h", ["l"], "n", "s", unit="bytes", registry=registry)
    c.labels("x").inc(2)
    for name in ("n_s_c_bytes", "n_s_c_bytes_total"):
        found = registry.find(name)
        assert (type(found), found._name, found._unit) == (Counter, "n_s_c_bytes", "bytes")
        assert found is not c
        assert found.labels("x").get() == 2
    found.remove("x")
    assert c.labels("x").get() == 0
    registry.unregister(found)
    with pytest.raises(KeyError):
        registry.find("n_s_c_bytes")


def test_the_registry_of_the_process():
    c = Counter("libprom_test_found", "h")
    try:
        REGISTRY.find("libprom_test_found").inc()
        assert c.get() == 1
    finally:
        REGISTRY.unregister(c)


def test_what_cannot_be_found(registry):
    registry.register(type("Mine", (), {"collect": lambda self: []})())
    with pytest.raises(KeyError, match="no metric 'gone'"):
        registry.find("gone")
    with pytest.raises(ValueError, match="null"):
        registry.find("a\0b")
    with pytest.raises(TypeError, match="name must be str"):
        registry.find(3)
    Gauge("g", "h", registry=registry)
    for classes in ({}, {"gauge": 3}, {"gauge": int}, {"gauge": Counter}):
        with pytest.raises(TypeError, match="no (class|metric type)"):
            registry._find("g", classes)
