# SPDX-License-Identifier: Apache-2.0
"""One small function for each thing that is more than a counter with labels.

Each makes metrics in a registry, and the last line prints what Prometheus would be told.
"""

from libprom import CollectorRegistry, Counter, Enum, Gauge, Histogram, Info, generate_latest
from libprom.core import GaugeMetricFamily


def native(registry):
    """Needs no buckets: their number follows what is observed.

    In the text format only its sum and count can be seen; an exemplar leads to the trace of
    one case.
    """
    walk = Histogram("tour_walk_seconds", "Walks.", native_factor=1.1, registry=registry)
    walk.observe(2.5, exemplar={"trace_id": "4bf92f35"})
    walk.observe_many([0.5, 1.0])


def facts(registry):
    """Facts, and states of which one is on."""
    build = Info("tour_build", "What this is.", registry=registry)
    build.info({"color": "blue", "version": "1.2"})
    weather = Enum("tour_weather", "Outside.", states=["rain", "sun"], registry=registry)
    weather.state("sun")


def asked(registry):
    """A value that a function gives when it is asked for."""
    Gauge("tour_steps", "Taken so far.", registry=registry).set_function(lambda: 42)


def bounded(registry):
    """Labels that strangers fill: what is not on the list is "other".

    There are never more than a hundred series; some show before they are first used, and a
    view has one label set already.
    """
    visits = Counter(
        "tour_visits",
        "Visits.",
        ["method", "place"],
        max_series=100,
        constraints={"method": ["foot", "post"]},
        registry=registry,
    )
    visits.preset({"method": ["foot"], "place": ["mill", "lake"]})
    visits.labels("balloon", "lake").inc()
    visits.curry(method="post").labels("mill").inc()


class Lake:
    """Numbers that somebody else keeps."""

    def collect(self):
        depth = GaugeMetricFamily("tour_depth_meters", "Of the lake.", labels=["place"])
        depth.add_metric(["lake"], 31.5)
        return [depth]


def elsewhere(registry):
    """A registry that adds a label to all that is registered through it."""
    registry.wrap(labels={"side": "north"}).register(Lake(), timeout=1)


if __name__ == "__main__":
    tour = CollectorRegistry()
    for stop in (native, facts, asked, bounded, elsewhere):
        stop(tour)
    print(generate_latest(tour).decode(), end="")
