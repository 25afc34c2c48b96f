# SPDX-License-Identifier: Apache-2.0
"""The same metrics in every format, as a real Prometheus sees them.

Debian's Prometheus is 2.42. It knows native histograms and exemplars behind flags; it takes
created times only as the series of OpenMetrics, and no names outside ASCII, so those are seen
escaped. What needs a newer one is skipped there, and says so."""

import re
import subprocess
import time

import pytest

OURS = '{__name__=~"app_.*"}'
FORMATS = ("text", "openmetrics", "protobuf")


def series_of(prometheus, job, promql=OURS):
    """Values as the API spells them, by name and labels. Text writes le="1" where the other
    formats write le="1.0"; native histograms are all that the API says of them."""
    out = {}
    matchers = promql.removesuffix("}") + f',job="{job}"}}'
    for series in prometheus.api("query", query=matchers)["result"]:
        labels = {k: v for k, v in series["metric"].items() if k not in ("instance", "job")}
        if "le" in labels:
            labels["le"] = str(float(labels["le"]))
        key = tuple(sorted(labels.items()))
        assert key not in out
        said = series.get("value") or series["histogram"]
        out[key] = str(said[1])
    return out


def name_of(key):
    return dict(key)["__name__"]


def without(series, pattern):
    return {k: v for k, v in series.items() if not re.fullmatch(pattern, name_of(k))}


def names_matching(series, pattern):
    return {name_of(k) for k in series if re.fullmatch(pattern, name_of(k))}


def test_every_format_is_taken(scraper):
    for at in scraper.api("targets")["activeTargets"]:
        assert (at["health"], at["lastError"]) == ("up", "")


def test_what_is_negotiated(scraper, plain):
    """With native histograms on Prometheus asks for protobuf, else for OpenMetrics."""
    assert series_of(scraper, "negotiated") == series_of(scraper, "protobuf")
    assert series_of(plain, "plain") == series_of(scraper, "openmetrics")
    assert series_of(scraper, "protobuf") != series_of(scraper, "openmetrics")


# What a format has alone: OpenMetrics the created times, and other names for the ends of a
# gauge histogram; protobuf native histograms, in place of the classic series of the same name.
# Prometheus 2.42 takes any gauge histogram in protobuf for a native one.
ALONE = r".*_created|app_queue_items.*|app_(wait|both)_seconds.*"


def test_series_are_the_same(scraper):
    text, openmetrics, protobuf = (without(series_of(scraper, f), ALONE) for f in FORMATS)
    assert len(text) > 25
    assert text == openmetrics
    assert text == protobuf


def test_text_and_openmetrics_differ_only_so(scraper):
    """These two also have the classic side of native histograms in common."""
    text, openmetrics = (series_of(scraper, f) for f in FORMATS[:2])
    rest = r".*_created|app_queue_items_g?(count|sum)"
    assert without(text, rest) == without(openmetrics, rest)
    both = names_matching(text, r"app_both_seconds_.*")
    assert both == {f"app_both_seconds_{end}" for end in ("bucket", "sum", "count")}


def test_what_a_format_has_alone(scraper):
    text, openmetrics, protobuf = (series_of(scraper, f) for f in FORMATS)
    created = r".*_created"
    assert names_matching(openmetrics, created) == {
        "app_both_seconds_created",
        "app_latency_seconds_created",
        "app_requests_created",
        "app_sent_bytes_created",
        "app_size_bytes_created",
        "app_wait_seconds_created",
    }
    assert not names_matching(text, created)
    assert not names_matching(protobuf, created)
    ends = r"app_queue_items_g?(count|sum)"
    assert names_matching(text, ends) == {"app_queue_items_count", "app_queue_items_sum"}
    assert names_matching(openmetrics, ends) == {
        "app_queue_items_gcount",
        "app_queue_items_gsum",
    }
    assert text[(("__name__", "app_queue_items_count"),)] == "6"
    assert openmetrics[(("__name__", "app_queue_items_gcount"),)] == "6"
    natives = r"app_(wait|both)_seconds"
    assert names_matching(protobuf, natives) == {"app_wait_seconds", "app_both_seconds"}
    assert not names_matching(text, natives)


def test_created(scraper):
    now = time.time()
    for name in ("app_requests_created", "app_latency_seconds_created"):
        assert now - 600 < scraper.value(f'{name}{{job="openmetrics"}}') <= now + 1


@pytest.mark.parametrize("name", ["app_wait_seconds", "app_both_seconds"])
def test_native_histogram(scraper, name):
    """0.01 to 1: any quantile to within a bucket, whose bounds are 2^(1/8) apart."""
    of = f'{name}{{job="negotiated"}}'
    assert scraper.value(f"histogram_count({of})") == 100
    assert scraper.value(f"histogram_sum({of})") == pytest.approx(50.5)
    for q in (0.1, 0.5, 0.9, 0.99):
        assert scraper.value(f"histogram_quantile({q}, {of})") == pytest.approx(q, rel=0.1)
    assert scraper.value(f"histogram_quantile(1, {of})") == pytest.approx(1)
    assert scraper.value(f"histogram_fraction(0, 0.5, {of})") == pytest.approx(0.5, abs=0.05)


def test_native_buckets(scraper):
    """Each bucket, as the server stores it, has the values that lie in it."""
    (series,) = scraper.api("query", query='app_wait_seconds{job="protobuf"}')["result"]
    seen = [i / 100 for i in range(1, 101)]
    buckets = series["histogram"][1]["buckets"]
    assert len(buckets) > 30
    for kind, low, high, count in buckets:
        low, high = float(low), float(high)
        assert kind == 0  # open below, closed above
        assert high / low == pytest.approx(2 ** (1 / 8))
        assert float(count) == sum(low < v <= high for v in seen)


def exemplars_of(prometheus, promql):
    now = time.time()
    found = prometheus.api("query_exemplars", query=promql, start=now - 600, end=now + 60)
    return [(s["seriesLabels"], e) for s in found for e in s["exemplars"]]


@pytest.mark.parametrize("job", ["openmetrics", "protobuf", "negotiated"])
def test_exemplar_of_a_counter(scraper, job):
    of = f'app_requests_total{{job="{job}"}}'
    ((labels, exemplar),) = exemplars_of(scraper, of)
    assert labels["method"] == "GET"
    assert exemplar["labels"] == {"trace_id": "abc 1"}
    assert float(exemplar["value"]) == 41
    assert abs(float(exemplar["timestamp"]) - time.time()) < 600


@pytest.mark.parametrize("job", ["openmetrics", "protobuf"])
def test_exemplar_of_a_bucket(scraper, job):
    of = f'app_latency_seconds_bucket{{job="{job}"}}'
    ((labels, exemplar),) = exemplars_of(scraper, of)
    assert labels["le"] == "0.5"
    assert exemplar["labels"] == {"trace_id": "half"}
    assert float(exemplar["value"]) == 0.5


def test_exemplar_of_a_native_histogram(scraper):
    """2.42 takes those of the classic buckets for the native histogram's."""
    ((labels, exemplar),) = exemplars_of(scraper, 'app_both_seconds{job="protobuf"}')
    assert labels["__name__"] == "app_both_seconds"
    assert exemplar["labels"] == {"trace_id": "half"}


def test_exemplars_of_a_native_histogram_alone(scraper):
    if scraper.version() < (2, 50):
        pytest.skip("needs a Prometheus that reads native exemplars (2.50)")
    ((_, exemplar),) = exemplars_of(scraper, 'app_wait_seconds{job="protobuf"}')
    assert exemplar["labels"] == {"trace_id": "half"}


def test_text_has_no_exemplars(scraper):
    assert exemplars_of(scraper, '{__name__=~"app_.*",job="text"}') == []


@pytest.mark.parametrize("job", FORMATS)
def test_escaped_names(scraper, job):
    if scraper.version() >= (3, 0):
        pytest.skip("this Prometheus takes names as they are")
    of = f'app_heat_at_caf_{{job="{job}"}}'
    assert scraper.query(of) == {(("room_name", "küche"),): 21.5}


def test_names_as_they_are(scraper):
    if scraper.version() < (3, 0):
        pytest.skip("needs a Prometheus that takes UTF-8 names (3.0)")
    of = '{"app.heat at café",job="negotiated"}'
    assert scraper.query(of) == {(("room.name", "küche"),): 21.5}


def test_types(plain, scraper):
    for prometheus in (plain, scraper):
        known = prometheus.api("metadata")
        for name, kind in {
            "app_level": "gauge",
            "app_latency_seconds": "histogram",
            "app_size_bytes": "summary",
            "app_odd": "unknown",
        }.items():
            assert kind in {m["type"] for m in known[name]}
        assert known["app_level"][0]["help"] == 'With \\ and\nlines, and "quotes".'
    known = plain.api("metadata")
    for name, kind in {
        "app_requests": "counter",
        "app_build": "info",
        "app_mode": "stateset",
        "app_queue_items": "gaugehistogram",
    }.items():
        assert [m["type"] for m in known[name]] == [kind]
    assert known["app_sent_bytes"][0]["unit"] == "bytes"


@pytest.mark.parametrize("escaping", ["underscores", "dots", "values"])
def test_promtool_finds_nothing(formats, promtool, escaping):
    accept = f"text/plain;version=0.0.4;escaping={escaping}"
    headers, body = formats.get("negotiated", {"Accept": accept})
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found = subprocess.run(
        [promtool, "check", "metrics"], input=body, capture_output=True, check=False
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, b"", b"")
