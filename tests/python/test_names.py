# SPDX-License-Identifier: Apache-2.0
"""The public names: each can be inspected, and what is still to come says so."""

import inspect
import sys

import pytest

import libprom

COMMON = ["name", "documentation", "labelnames", "namespace", "subsystem", "unit", "registry",
          "_labelvalues"]  # fmt: skip

OPTIONS = ["const_labels", "max_series", "overflow", "ttl", "constraints"]

FIRST_METHODS = {"inc", "dec", "set", "get", "observe", "labels", "remove", "clear", "time"}


# CPython 3.9 drops the text signature of every type that is made from a PyType_Spec.
drops_signatures = sys.version_info < (3, 10)


def public():
    for name in libprom.__all__:
        thing = getattr(libprom, name)
        is_exception = inspect.isclass(thing) and issubclass(thing, BaseException)
        if callable(thing) and not is_exception:  # those have CPython's own constructor
            yield name, thing


@pytest.mark.parametrize(("name", "thing"), list(public()))
def test_signatures(name, thing):
    natives = (libprom._native.MetricWrapperBase, libprom._native.Snapshot)
    native = inspect.isclass(thing) and issubclass(thing, natives)
    if not (native and drops_signatures):
        assert isinstance(inspect.signature(thing), inspect.Signature)
    if not inspect.isclass(thing):
        return
    for method, function in inspect.getmembers(thing, callable):
        ours = (getattr(function, "__module__", None) or "libprom").startswith("libprom")
        if not method.startswith("_") and ours and method not in dir(tuple):
            assert isinstance(inspect.signature(function), inspect.Signature), method


@pytest.mark.parametrize(
    ("metric", "own"),
    [
        (libprom.Counter, [*OPTIONS]),
        (libprom.Gauge, ["multiprocess_mode", *OPTIONS]),
        (libprom.Unknown, [*OPTIONS]),
        (libprom.Info, [*OPTIONS]),
        (libprom.Enum, ["states", *OPTIONS]),
        (libprom.StateSet, ["states", *OPTIONS]),
        (
            libprom.Histogram,
            [
                "buckets",
                *OPTIONS,
                "nan",
                "native_factor",
                "native_zero_threshold",
                "native_max_buckets",
                "native_min_reset",
                "native_max_zero_threshold",
                "native_max_exemplars",
                "native_exemplar_ttl",
            ],
        ),
        (
            libprom.Summary,
            [*OPTIONS, "nan", "objectives", "max_age", "age_buckets", "accuracy"],
        ),
    ],
)
def test_signatures_of_metrics(metric, own):
    if not drops_signatures:
        assert list(inspect.signature(metric).parameters) == COMMON + own
    methods = FIRST_METHODS & set(dir(metric))
    assert {"labels", "remove", "clear"} <= methods
    for name in methods:
        assert inspect.signature(getattr(metric, name)).parameters.get("self") is not None


@pytest.mark.parametrize("name", ["push_to_gateway", "make_wsgi_app"])
def test_what_is_not_there_yet(name):
    assert not hasattr(libprom, name)
    assert name not in libprom.__all__
    with pytest.raises(AttributeError, match=rf"^libprom \d+\.\d+ has no '{name}' yet$"):
        getattr(libprom, name)
    with pytest.raises(ImportError, match=name):
        exec(f"from libprom import {name}")


def test_an_unknown_name():
    with pytest.raises(AttributeError, match="module 'libprom' has no attribute 'Cuonter'"):
        libprom.Cuonter  # noqa: B018


def test_every_name_to_come_is_really_missing():
    assert [name for name in libprom._NOT_YET if name in vars(libprom)] == []
