# SPDX-License-Identifier: Apache-2.0
"""What we want to reach, by row and by whom we are held against."""

from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Reach:
    words: str
    reached: Callable[[float, float], bool]  # ours, the peer's


def times(factor):
    return Reach(f"<= {factor:g}x", lambda ours, peer: ours <= factor * peer)


def at_most(value, unit):
    return Reach(f"<= {value:g} {unit}", lambda ours, peer: ours <= value)


def more(value):
    return Reach(f"<= {value:g} more", lambda ours, peer: ours <= peer + value)


def at_least_times(factor):
    return Reach(f">= {factor:g}x", lambda ours, peer: ours >= factor * peer)


# Of scrapes over HTTP: how much more than each peer serves, for 1,000 series and for 100,000.
HTTP = {"client_golang": (5, 20), "prometheus_client": (20, 50)}


def http_targets():
    for who, factors in HTTP.items():
        for size, factor in zip(("1,000", "100,000"), factors):
            for coding in (f"{size} series", f"{size} series, gzip"):
                yield (f"http: processor time of a scrape, {coding}", who), times(1 / factor)
                for on in ("1 connection", "8 connections"):
                    row = f"{coding}, {on}"
                    yield (f"http: scrapes a second, {row}", who), at_least_times(factor)
                    yield (f"http: p99 of a scrape, {row}", who), times(1 / factor)


PEERS = ("client_golang", "prometheus-cpp", "prometheus_client")

TARGETS = {
    ("counter inc", "client_golang"): times(1.0),
    ("gauge set", "client_golang"): times(1.0),
    ("histogram observe, 11 bounds", "prometheus-cpp"): times(0.8),
    ("histogram observe, 11 bounds", "client_golang"): times(0.5),
    ("native histogram observe, factor 1.1", "client_golang"): times(0.4),
    ("summary observe, 3 objectives", "client_golang"): times(0.1),
    ("look-up of 2 labels and inc", "client_golang"): times(0.5),
    ("text of 100,000 counters, 3 labels", "prometheus-cpp"): times(0.05),
    ("text of 100,000 counters, 3 labels", "client_golang"): times(0.01),
    ("text of 100,000 counters, 3 labels", "prometheus_client"): times(0.005),
    # A line with an integer, and one with another number.
    **{
        (f"{form} of {n} counters, a series", "client_golang"): at_most(15, "ns")
        for form in ("text", "OpenMetrics")
        for n in ("1,000", "100,000", "1,000,000")
    },
    **{
        (f"{form} of 100,000 doubles, a series", "client_golang"): at_most(60, "ns")
        for form in ("text", "OpenMetrics")
    },
    ("protobuf of 100,000 counters, a series", "client_golang"): times(0.05),
    ("protobuf of 10,000 histograms, 11 bounds", "client_golang"): times(0.1),
    ("protobuf of 10,000 native histograms", "client_golang"): times(0.2),
    ("read text", "client_golang"): at_least_times(2),
    ("read protobuf", "client_golang"): at_least_times(2),
    ("read text", "prometheus_client"): at_least_times(10),
    ("read OpenMetrics", "prometheus_client"): at_least_times(10),
    ("frame of 1,000 updates while 100,000 series are scraped, p99.9", "no scrape"): times(1.2),
    **{("memory of a counter series, 3 labels", peer): at_most(160, "B") for peer in PEERS},
    **{("memory of a histogram series, 11 bounds", peer): at_most(300, "B") for peer in PEERS},
    ("memory of a native series, 20 observations", "client_golang"): times(0.5),
    # Of a type written in C and used as it is. An empty method called on a subclass written in
    # Python costs twice that, so "empty method" alone would not do as the yardstick.
    ("Python c.inc()", "empty method of a C type"): times(1.5),
    ("Python c.inc()", "prometheus_client"): times(0.08),
    ('Python c.labels("GET", "200").inc()', "prometheus_client"): times(0.08),
    ("Python h.observe(0.3)", "prometheus_client"): times(0.06),
    **dict(http_targets()),
    ("push: 10,000 series to a Pushgateway", "client_golang"): times(0.2),
    ("push: 10,000 series to a Pushgateway", "prometheus_client"): times(0.05),
    ("poll: nothing to do", "an empty epoll_wait"): times(5),
    ("poll: nothing to do, 1,000 idle connections", "an empty epoll_wait"): times(5),
    # Its budget is 500 us; the last piece of work that it begins may take it beyond.
    **{
        (f"poll: longest while 50 MB are sent{clock}", "no budget"): at_most(1000, "us")
        for clock in ("", ", processor time")
    },
    ("Lua c:inc()", "empty method"): times(1.25),
    ("Lua c:inc(), instructions", "empty method"): more(100),
    ('Lua c:inc(1, "GET", "200")', "empty method"): times(2),
}
