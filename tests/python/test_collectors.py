# SPDX-License-Identifier: Apache-2.0
"""The collectors we ship."""

import gc
import os
import platform
import sys
import threading

import pytest

import libprom
from libprom import (
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    PROCESS_COLLECTOR,
    REGISTRY,
    BuildInfoCollector,
    CollectorRegistry,
    DuplicateTimeseries,
    Gauge,
    GCCollector,
    MallocCollector,
    NestedCollector,
    NestedFamily,
    PlatformCollector,
    ProcessCollector,
    RuntimeCollector,
    generate_latest,
)


def names(registry):
    return {f.name for f in registry.collect()}


def test_the_default_registry_has_those_of_prometheus_client():
    found = names(REGISTRY)
    assert {"process_cpu_seconds", "python_info", "python_gc_collections"} <= found
    for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
        mine = {f.name for f in collector.collect()}
        assert mine and mine <= found
        REGISTRY.unregister(collector)
        try:
            assert not mine & names(REGISTRY)
            with pytest.raises(KeyError):
                REGISTRY.unregister(collector)
        finally:
            REGISTRY.register(collector)
        assert mine <= names(REGISTRY)
        with pytest.raises(DuplicateTimeseries):
            REGISTRY.register(collector)


def test_platform(registry):
    PlatformCollector(registry=registry)
    (family,) = registry.collect()
    (sample,) = family.samples
    assert sample.labels["version"] == platform.python_version()
    assert sample.labels["implementation"] == "CPython"
    assert sample.value == 1


def test_another_platform(registry):
    class Jython:
        def python_version_tuple(self):
            return ("2", "7", "3")

        def python_version(self):
            return "2.7.3"

        def python_implementation(self):
            return "Jython"

        def system(self):
            return "Java"

        def java_ver(self):
            return ("1.8", "Oracle", ("OpenJDK", "x", "y"), ("", "", ""))

    PlatformCollector(registry=registry, platform=Jython())
    (family,) = registry.collect()
    assert family.samples[0].labels["jvm_version"] == "1.8"


def test_gc(registry):
    GCCollector(registry=registry)
    gc.disable()
    try:
        gc.collect()

        def value(name):
            return registry.get_sample_value(f"python_gc_{name}_total", {"generation": "2"})

        before = value("objects_collected"), value("collections")
        a = {}
        b = {"a": a}
        a["b"] = b
        del a, b
        gc.collect()
        assert value("objects_collected") - before[0] == 2
        assert value("collections") - before[1] == 1
        assert value("objects_uncollectable") == gc.get_stats()[2]["uncollectable"]
        assert value("collections") == gc.get_stats()[2]["collections"]
    finally:
        gc.enable()


def test_gc_callbacks_go_with_their_collector():
    gc.collect()
    before = len(gc.callbacks)
    collector = GCCollector(registry=None)
    assert len(gc.callbacks) == before + 1
    del collector
    gc.collect()
    assert len(gc.callbacks) == before


def test_process(registry):
    ProcessCollector(namespace="n", pid=lambda: f" {os.getpid()}\n", registry=registry)
    assert registry.get_sample_value("n_process_start_time_seconds") == (
        REGISTRY.get_sample_value("process_start_time_seconds")
    )
    with pytest.raises(NotImplementedError):
        ProcessCollector(proc="/elsewhere", registry=registry)


@pytest.mark.parametrize(
    ("pid", "error"),
    [
        (lambda: "x", ValueError),
        (lambda: -1, ValueError),
        (lambda: 1 / 0, ZeroDivisionError),
    ],
)
def test_a_bad_pid(registry, pid, error):
    ProcessCollector(pid=pid, registry=registry)
    with pytest.raises(error):
        generate_latest(registry)


def test_process_extended(registry):
    ProcessCollector(registry=registry, extended=True)
    assert "process_context_switches" in names(registry)


def test_runtime(registry):
    RuntimeCollector(registry=registry)
    gc.collect()
    value = registry.get_sample_value
    assert value("python_threads") == threading.active_count()
    if sys.getallocatedblocks() > 0:  # 0 where all memory is malloc's
        assert value("python_allocated_blocks") > 1000
    assert value("python_gc_pause_seconds_count", {"generation": "2"}) >= 1


def test_build_info(registry):
    BuildInfoCollector("prog", {"version": 1.5}, registry=registry)
    (family,) = registry.collect()
    labels = family.samples[0].labels
    assert family.samples[0].name == "prog_build_info"
    assert labels["version"] == "1.5"
    assert labels["python_version"] == platform.python_version()
    assert "compiler" in labels
    with pytest.raises(ValueError):
        BuildInfoCollector("prog", {"__x": "y"}, registry=registry)


def test_malloc(registry):
    try:
        MallocCollector(registry=registry)
    except libprom.Error:
        pytest.skip("no glibc")
    assert registry.get_sample_value("c_malloc_used_bytes") is not None


def test_nested(registry):
    tree = {
        "load": {"a": 1, "b": True, "c": "no number", "d": {"x": 4}, 5: 6.5},
        "list": [1, [2, 3], None],
        "total": 10,
    }
    collector = NestedCollector(
        lambda: tree,
        [
            NestedFamily("load", "load", "Load.", ["part"]),
            NestedFamily("load/d", "deep", "h", ("x",)),
            NestedFamily("list", "list_", "h", ["i"]),
            ("list", "pairs", "h", ["i", "j"]),
            NestedFamily("total", "sum_total", "h", type="counter"),
            NestedFamily("missing", "missing", "h"),
        ],
        registry=registry,
    )
    lines = [
        s for f in registry.collect() for s in f.samples if not s.name.endswith("_created")
    ]
    assert [(s.name, s.labels, s.value) for s in lines] == [
        ("load", {"part": "a"}, 1),
        ("load", {"part": "b"}, 1),
        ("load", {"part": "5"}, 6.5),
        ("deep", {"x": "x"}, 4),
        ("list_", {"i": "0"}, 1),
        ("pairs", {"i": "1", "j": "0"}, 2),
        ("pairs", {"i": "1", "j": "1"}, 3),
        ("sum_total", {}, 10),
    ]
    with pytest.raises(DuplicateTimeseries):
        Gauge("load", "other", registry=registry)
    registry.unregister(collector)
    assert list(registry.collect()) == []


def test_nested_that_fails(registry):
    circle = {}
    circle["again"] = circle

    class Bad:
        def __str__(self):
            raise KeyError("no key")

    for values, error in (
        (lambda: 1 / 0, ZeroDivisionError),
        (lambda: circle, RecursionError),
        (lambda: {"a": {Bad(): 1}}, KeyError),
        (lambda: {"a": {"\ud800": 1}}, UnicodeEncodeError),
        (lambda: {"a": {"b": 10**400}}, OverflowError),
    ):
        alone = CollectorRegistry()
        NestedCollector(values, [NestedFamily("a", "a", "h", ["l"])], registry=alone)
        with pytest.raises(error):
            generate_latest(alone)
    for families in ([("a",)], [3], [("a", "", "h")], [("a", "b", "h", ["__x"])]):
        with pytest.raises((ValueError, TypeError)):
            NestedCollector({}, families, registry=registry)
    NestedCollector({"a": 3}, [NestedFamily("a", "a", "h")], registry=registry)
    assert registry.get_sample_value("a") == 3


def test_a_message_that_is_not_unicode(registry, get):
    def fails():
        raise ValueError("lone \udc80")

    registry.register(fails)
    with libprom.serve(registry=registry) as server:
        status, body, _ = get(server.port)
    assert status == 500
    assert r"ValueError: lone \udc80" in body
