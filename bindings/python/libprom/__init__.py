# SPDX-License-Identifier: Apache-2.0
"""Prometheus metrics at C speed, in one registry with C and Lua.

The names and signatures are those of prometheus_client:

>>> from libprom import Counter, generate_latest
>>> hits = Counter("hits", "Pages served.", ["method"])
>>> hits.labels("GET").inc()
"""

from typing import TYPE_CHECKING, Any

from . import (
    _native,
    core,
    desc,
    exposition,
    gc_collector,
    metrics,
    metrics_core,
    openmetrics,
    parser,
    platform_collector,
    process_collector,
    registry,
    runtime,
    samples,
    testing,
)
from ._native import Error, __version__
from .core import (
    REGISTRY,
    BucketSpan,
    CollectorRegistry,
    Counter,
    CounterMetricFamily,
    DuplicateTimeseries,
    Enum,
    Exemplar,
    Gauge,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    Histogram,
    HistogramMetricFamily,
    Info,
    InfoMetricFamily,
    Metric,
    NativeHistogram,
    Sample,
    StateSet,
    StateSetMetricFamily,
    Summary,
    SummaryMetricFamily,
    Timestamp,
    Unknown,
    UnknownMetricFamily,
    UntypedMetricFamily,
)
from .desc import Desc
from .exposition import (
    CONTENT_TYPE_LATEST,
    CONTENT_TYPE_PLAIN_0_0_4,
    CONTENT_TYPE_PLAIN_1_0_0,
    HTTPServer,
    content_type,
    encode,
    generate_latest,
    serve,
    start_http_server,
)
from .gc_collector import GC_COLLECTOR, GCCollector
from .metrics import Untyped, disable_created_metrics, enable_created_metrics
from .parser import parse
from .platform_collector import PLATFORM_COLLECTOR, PlatformCollector
from .process_collector import PROCESS_COLLECTOR, ProcessCollector
from .registry import Collector, Registered, Snapshot, gather
from .runtime import (
    BuildInfoCollector,
    MallocCollector,
    NestedCollector,
    NestedFamily,
    RuntimeCollector,
)
from .samples import HistogramValue, SummaryValue

# For PyCapsule_Import("libprom._C_API"): the table of prom/api.h.
_C_API = _native._C_API_SHORT

# Names of prometheus_client that programs import and that are still to come.
_NOT_YET = frozenset(
    {
        "MetricsHandler",
        "delete_from_gateway",
        "make_asgi_app",
        "make_wsgi_app",
        "push_to_gateway",
        "pushadd_to_gateway",
        "write_to_textfile",
    }
)

if not TYPE_CHECKING:  # a type checker would take it that every name is there

    def __getattr__(name: str) -> Any:
        if name in _NOT_YET:
            release = ".".join(__version__.split(".")[:2])
            raise AttributeError(f"libprom {release} has no {name!r} yet")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "BucketSpan",
    "BuildInfoCollector",
    "CONTENT_TYPE_LATEST",
    "CONTENT_TYPE_PLAIN_0_0_4",
    "CONTENT_TYPE_PLAIN_1_0_0",
    "Collector",
    "CollectorRegistry",
    "Counter",
    "CounterMetricFamily",
    "Desc",
    "DuplicateTimeseries",
    "Enum",
    "Error",
    "Exemplar",
    "GCCollector",
    "GC_COLLECTOR",
    "Gauge",
    "GaugeHistogramMetricFamily",
    "GaugeMetricFamily",
    "HTTPServer",
    "Histogram",
    "HistogramMetricFamily",
    "HistogramValue",
    "Info",
    "InfoMetricFamily",
    "MallocCollector",
    "Metric",
    "NativeHistogram",
    "NestedCollector",
    "NestedFamily",
    "PLATFORM_COLLECTOR",
    "PROCESS_COLLECTOR",
    "PlatformCollector",
    "ProcessCollector",
    "REGISTRY",
    "Registered",
    "RuntimeCollector",
    "Sample",
    "Snapshot",
    "StateSet",
    "StateSetMetricFamily",
    "Summary",
    "SummaryMetricFamily",
    "SummaryValue",
    "Timestamp",
    "Unknown",
    "UnknownMetricFamily",
    "Untyped",
    "UntypedMetricFamily",
    "__version__",
    "content_type",
    "core",
    "desc",
    "disable_created_metrics",
    "enable_created_metrics",
    "encode",
    "exposition",
    "gather",
    "gc_collector",
    "generate_latest",
    "metrics",
    "metrics_core",
    "openmetrics",
    "parse",
    "parser",
    "platform_collector",
    "process_collector",
    "registry",
    "runtime",
    "samples",
    "serve",
    "start_http_server",
    "testing",
]
