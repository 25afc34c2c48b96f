# SPDX-License-Identifier: Apache-2.0
"""The public names: each can be inspected, and what is still to come says so."""

import importlib
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
    ours = libprom._native
    natives = (ours.MetricWrapperBase, ours.Snapshot, ours.Desc)
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


# What prometheus_client has, less multiprocess mode.
TOP = """CollectorRegistry REGISTRY Metric Counter Gauge Summary Histogram Info Enum
CONTENT_TYPE_LATEST CONTENT_TYPE_PLAIN_0_0_4 CONTENT_TYPE_PLAIN_1_0_0 MetricsHandler
generate_latest make_asgi_app make_wsgi_app start_http_server start_wsgi_server
write_to_textfile push_to_gateway pushadd_to_gateway delete_from_gateway
instance_ip_grouping_key ProcessCollector PROCESS_COLLECTOR PlatformCollector
PLATFORM_COLLECTOR GCCollector GC_COLLECTOR""".split()
EXPOSITION = """CONTENT_TYPE_LATEST CONTENT_TYPE_PLAIN_0_0_4 CONTENT_TYPE_PLAIN_1_0_0
delete_from_gateway generate_latest instance_ip_grouping_key make_asgi_app make_wsgi_app
MetricsHandler push_to_gateway pushadd_to_gateway start_http_server start_wsgi_server
write_to_textfile default_handler passthrough_redirect_handler basic_auth_handler
tls_auth_handler choose_encoder gzip_accepted""".split()


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("libprom", TOP),
        ("libprom.exposition", EXPOSITION),
        ("libprom.asgi", ["make_asgi_app"]),
        ("libprom.bridge.graphite", ["GraphiteBridge"]),
        ("libprom.aiohttp", ["make_aiohttp_handler"]),
        ("libprom.django", ["PrometheusDjangoView"]),
        ("libprom.twisted", ["MetricsResource"]),
    ],
)
def test_names_of_prometheus_client(module, names):
    found = importlib.import_module(module)
    assert [name for name in names if not hasattr(found, name)] == []
    assert [name for name in names if name not in found.__all__] == []


def test_an_unknown_name():
    with pytest.raises(AttributeError, match="module 'libprom' has no attribute 'Cuonter'"):
        libprom.Cuonter  # noqa: B018
