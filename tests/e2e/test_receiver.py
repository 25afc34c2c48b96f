# SPDX-License-Identifier: Apache-2.0
"""The receiver itself: that it takes what others have written, and says what it took."""

import json
import pathlib
import struct
import time

import pytest

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
NS = 1_000_000_000
OTLP = "/api/v1/otlp/v1/metrics"
PROTOBUF = {"Content-Type": "application/x-protobuf"}


@pytest.fixture
def now():
    return time.time_ns()


def golden(vector, now):
    """A request of golden/otlp.json; its times are moved to now, for old ones are refused."""
    vectors = json.loads((GOLDEN / "otlp.json").read_text())["vectors"]
    body = bytes.fromhex(next(v for v in vectors if v["id"] == vector)["protobuf_hex"])
    for second, ago in ((1700000060, 0), (1700000059, 1), (1700000000, 60)):
        body = body.replace(struct.pack("<Q", second * NS), struct.pack("<Q", now - ago * NS))
    return body


def test_sum_and_gauge(receiver, now):
    body = golden("otlp_sum_gauge", now)
    assert receiver.ask(OTLP, body, PROTOBUF) == (200, b"")
    total, depth = receiver.list("taken")
    target = {"job": "demo", "instance": "i-1"}
    assert total["labels"] == {"__name__": "http_requests_total", "code": "200", **target}
    assert total["sample"]["value"] == "1027"
    assert total["sample"]["start"] == now // 1_000_000 - 60_000
    assert total["metadata"]["type"] == "counter"
    assert total["exemplars"][0]["labels"]["span_id"] == "00f067aa0ba902b7"
    assert depth["labels"] == {"__name__": "queue_depth", **target}
    assert [s["labels"] for s in receiver.list("stored")] == [total["labels"], depth["labels"]]


def test_histograms(receiver, now):
    body = golden("otlp_exponential_and_explicit_histogram", now)
    assert receiver.ask(OTLP, body, PROTOBUF) == (200, b"")
    stored = {s["labels"]["__name__"]: s["samples"][-1] for s in receiver.list("stored")}
    assert stored["lat_seconds"]["histogram"]["schema"] == 3
    assert stored["size_bytes_count"]["value"] == "10"


def test_nothing_is_taken_twice(receiver, now):
    body = golden("otlp_sum_gauge", now)
    receiver.ask(OTLP, body, PROTOBUF)
    other = body.replace(struct.pack("<d", -1.5), struct.pack("<d", -2.5))
    status, said = receiver.ask(OTLP, other, PROTOBUF)
    assert status == 400
    assert b"duplicate sample" in said
    assert [r["status"] for r in receiver.list("requests")] == [200, 400]
    assert receiver.list("taken")[-1]["error"]


def test_failures_that_were_asked_for(receiver, now):
    receiver.fail(503, 2, retry_after="7", body="busy")
    body = golden("otlp_sum_gauge", now)
    answers = [receiver.ask(OTLP, body, PROTOBUF) for _ in range(3)]
    assert answers == [(503, b"busy"), (503, b"busy"), (200, b"")]
    assert len(receiver.list("taken")) == 2
