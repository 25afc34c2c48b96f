# SPDX-License-Identifier: Apache-2.0
"""What the parsers of a recent Prometheus make of every format: names as they are, created
times and exemplars of native histograms, which Debian's Prometheus does not know. Needs Go and
the modules of reader/go.mod, from the network or from Go's cache of an earlier run."""

import json
import subprocess
import time

import pytest

ESCAPING = "escaping=allow-utf-8"
ACCEPT = {
    "text": f"text/plain;version=1.0.0;{ESCAPING}",
    "openmetrics": f"application/openmetrics-text;version=1.0.0;{ESCAPING}",
    "protobuf": "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
    f"encoding=delimited;{ESCAPING}",
}
HALF = {"labels": {"trace_id": "half"}, "value": 0.5}


@pytest.fixture(scope="module")
def reader(go_program):
    return go_program("reader")


def key(labels):
    return tuple(sorted(labels.items()))


@pytest.fixture(scope="module")
def read(reader, formats):
    """format -> what is read of each series, by name and labels."""
    out = {}
    for name, accept in ACCEPT.items():
        headers, body = formats.get("negotiated", {"Accept": accept})
        assert headers["Content-Type"].endswith(ESCAPING)
        done = subprocess.run(
            [reader, headers["Content-Type"]], input=body, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        said = [json.loads(line) for line in done.stdout.splitlines()]
        out[name] = {key(series["labels"]): series for series in said}
        assert len(out[name]) == len(said)
    return out


def of(series, name, **labels):
    return series[key({"__name__": name, **labels})]


def values(series):
    """Of what all formats have: no native histogram, nor its classic side."""
    return {
        k: s["value"]
        for k, s in series.items()
        if "value" in s and "app_both" not in dict(k)["__name__"] and not left_out(k)
    }


def left_out(k):
    name = dict(k)["__name__"]
    return name.startswith(("app_wait_seconds", "app_queue_items_"))


def test_series_are_the_same(read):
    text = values(read["text"])
    assert len(text) > 20
    assert values(read["openmetrics"]) == text
    assert values(read["protobuf"]) == text


def test_names_as_they_are(read):
    for series in read.values():
        room = {"room.name": "küche"}
        assert of(series, "app.heat at café", **room)["value"] == "21.5"


def test_gauge_histogram(read):
    for name, ends in {"text": "", "openmetrics": "g", "protobuf": ""}.items():
        assert of(read[name], f"app_queue_items_{ends}count")["value"] == "6"
        assert of(read[name], f"app_queue_items_{ends}sum")["value"] == "33"
        assert of(read[name], "app_queue_items_bucket", le="10.0")["value"] == "5"


def test_created(read):
    """The parsers fold OpenMetrics' _created lines into their series."""
    now = time.time() * 1000
    for name in ("openmetrics", "protobuf"):
        series = read[name]
        assert not any(dict(k)["__name__"].endswith("_created") for k in series)
        for s in (
            of(series, "app_requests_total", method="GET"),
            of(series, "app_size_bytes_count"),
            of(series, "app_latency_seconds_bucket", le="0.5"),
        ):
            assert now - 600_000 < s["created_ms"] <= now + 1000
        assert "created_ms" not in of(series, "app_odd")
    assert now - 600_000 < of(read["protobuf"], "app_wait_seconds")["created_ms"] <= now + 1000


def test_native_histograms(read):
    for name in ("app_wait_seconds", "app_both_seconds"):
        s = of(read["protobuf"], name)
        assert s["schema"] == 3
        assert s["histogram"].startswith("{count:100, sum:50.5, ")
        assert s["histogram"].endswith("(0.9170040432046711,1]:9}")
    assert not any("histogram" in s for s in read["openmetrics"].values())


def without_time(series):
    for e in series["exemplars"]:
        assert abs(e["timestamp_ms"] / 1000 - time.time()) < 600
    return [{k: v for k, v in e.items() if k != "timestamp_ms"} for e in series["exemplars"]]


def test_exemplars(read):
    for name in ("openmetrics", "protobuf"):
        series = read[name]
        assert without_time(of(series, "app_requests_total", method="GET")) == [
            {"labels": {"trace_id": "abc 1"}, "value": 41}
        ]
        assert without_time(of(series, "app_latency_seconds_bucket", le="0.5")) == [HALF]
    for name in ("app_wait_seconds", "app_both_seconds"):
        assert without_time(of(read["protobuf"], name)) == [HALF]
    assert not any("exemplars" in s for s in read["text"].values())
