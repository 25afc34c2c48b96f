# SPDX-License-Identifier: Apache-2.0
"""Info, StateSet, Enum and Unknown: what they say and what they refuse."""

import pytest

from libprom import Enum, Info, StateSet, Unknown, generate_latest


def test_info(registry):
    info = Info("build", "What.", registry=registry)
    assert info.get() == {}
    info.info({"version": "1.2", "number": 3})
    assert info.get() == {"version": "1.2", "number": "3"}
    info.info({"version": "1.3"})
    assert registry.get_sample_value("build_info", {"version": "1.3"}) == 1
    (family,) = registry.collect()
    assert (family.name, family.type) == ("build", "info")
    assert [s.name for s in family.samples] == ["build_info"]
    assert b'# TYPE build_info gauge\nbuild_info{version="1.3"} 1\n' in generate_latest(
        registry
    )


def test_info_with_labels(registry):
    info = Info("build", "h", ["part"], registry=registry, const_labels={"a": "b"})
    info.labels("x").info({"version": "1"})
    assert info.labels("x").get() == {"version": "1"}
    labels = {"part": "x", "a": "b", "version": "1"}
    assert registry.get_sample_value("build_info", labels) == 1
    with pytest.raises(ValueError, match="info metric is missing label values"):
        info.info({})


@pytest.mark.parametrize(
    ("val", "error"),
    [
        ({"l": "x"}, ValueError),
        ({"v": None}, ValueError),
        ({"__v": "x"}, ValueError),
        ({"": "x"}, ValueError),
        ({1: "x"}, TypeError),
        ({"v": "\ud800"}, ValueError),
        ({"v": "a\0b"}, ValueError),
        ("v", TypeError),
        (None, TypeError),
    ],
)
def test_info_refuses_and_stays(registry, val, error):
    info = Info("i", "h", ["l"], registry=registry).labels("x")
    info.info({"v": "before"})
    with pytest.raises(error):
        info.info(val)
    assert info.get() == {"v": "before"}


def test_enum(registry):
    e = Enum("task", "h", states=["idle", "running"], registry=registry)
    assert e.get() == "idle"
    e.state("running")
    assert e.get() == "running"
    assert registry.get_sample_value("task", {"task": "running"}) == 1
    assert registry.get_sample_value("task", {"task": "idle"}) == 0
    with pytest.raises(ValueError, match="stopped"):
        e.state("stopped")
    with pytest.raises(TypeError):
        e.state(1)
    assert e.get() == "running"
    (family,) = registry.collect()
    assert [s.labels["task"] for s in family.samples] == ["idle", "running"]
    e.reset()
    assert e.get() == "idle"


def test_enum_with_labels(registry):
    e = Enum("task", "h", ["l"], states=["a", "b"], registry=registry)
    e.labels("x").state("b")
    assert e.labels("y").get() == "a"
    again = Enum("task", "h", ["l"], states=["a", "b"], registry=registry)
    assert again.labels("x").get() == "b"
    with pytest.raises(ValueError, match="stateset metric is missing label values"):
        e.state("a")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "No states provided for Enum metric: e"),
        ({"states": []}, "No states provided for Enum metric: e"),
        ({"states": ["a", "a"]}, "a"),
        ({"states": ["a"], "labelnames": ["e"]}, "Overlapping labels for Enum metric: e"),
        ({"states": ["a"], "unit": "bytes"}, "cannot have a unit: e_bytes"),
    ],
)
def test_bad_enums(registry, options, message):
    with pytest.raises(ValueError, match=message):
        Enum("e", "h", registry=registry, **options)
    assert list(registry.collect()) == []


def test_stateset(registry):
    s = StateSet("flags", "h", states=["a", "b", "c"], registry=registry)
    assert s.get() == {"a": False, "b": False, "c": False}
    s.set("a")
    s.set("c", on=True)
    s.set("a", False)
    assert s.get() == {"a": False, "b": False, "c": True}
    s.state("b")
    assert s.get() == {"a": False, "b": True, "c": False}
    with pytest.raises(ValueError, match="x"):
        s.set("x")
    found = registry.find("flags")
    assert isinstance(found, StateSet)
    found.reset()
    assert not any(s.get().values())


def test_unknown(registry):
    u = Unknown("u", "h", registry=registry)
    u.set(3)
    u.dec(0.5)
    assert u.get() == u._value.get() == 2.5
    assert b"# TYPE u untyped\nu 2.5\n" in generate_latest(registry)
    assert isinstance(registry.find("u"), Unknown)


def test_a_unit_of_an_info(registry):
    with pytest.raises(ValueError, match="cannot have a unit: i_bytes"):
        Info("i", "h", unit="bytes", registry=registry)
