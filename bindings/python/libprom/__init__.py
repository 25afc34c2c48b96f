# SPDX-License-Identifier: Apache-2.0
"""Prometheus metrics at C speed, in one registry with C and Lua.

The names and signatures are those of prometheus_client:

>>> from libprom import Counter, generate_latest
>>> hits = Counter("hits", "Pages served.", ["method"])
>>> hits.labels("GET").inc()
"""

from . import _native, core, exposition, metrics, metrics_core, registry, samples
from ._native import Error, __version__
from .core import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    CounterMetricFamily,
    DuplicateTimeseries,
    Exemplar,
    Gauge,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    Histogram,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
    Sample,
    StateSetMetricFamily,
    Summary,
    SummaryMetricFamily,
    Timestamp,
    UnknownMetricFamily,
    UntypedMetricFamily,
)
from .exposition import (
    CONTENT_TYPE_LATEST,
    CONTENT_TYPE_PLAIN_0_0_4,
    HTTPServer,
    generate_latest,
    serve,
    start_http_server,
)
from .registry import Collector

# For PyCapsule_Import("libprom._C_API"): the table of prom/api.h.
_C_API = _native._C_API_SHORT

__all__ = [
    "CONTENT_TYPE_LATEST",
    "CONTENT_TYPE_PLAIN_0_0_4",
    "Collector",
    "CollectorRegistry",
    "Counter",
    "CounterMetricFamily",
    "DuplicateTimeseries",
    "Error",
    "Exemplar",
    "Gauge",
    "GaugeHistogramMetricFamily",
    "GaugeMetricFamily",
    "HTTPServer",
    "Histogram",
    "HistogramMetricFamily",
    "InfoMetricFamily",
    "Metric",
    "REGISTRY",
    "Sample",
    "StateSetMetricFamily",
    "Summary",
    "SummaryMetricFamily",
    "Timestamp",
    "UnknownMetricFamily",
    "UntypedMetricFamily",
    "__version__",
    "core",
    "exposition",
    "generate_latest",
    "metrics",
    "metrics_core",
    "registry",
    "samples",
    "serve",
    "start_http_server",
]
