# SPDX-License-Identifier: Apache-2.0
"""What a newer Prometheus makes of what we send by OTLP, in every way in which it can translate
names (receiver/main.go)."""

import subprocess
import time

import pytest

DEFAULT = "/api/v1/otlp/v1/metrics"
AS_THEY_ARE = "/otlp/NoTranslation"
TRACE = {
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "span_id": "00f067aa0ba902b7",
    "user": "anna",
}


class Program:
    """tests/e2e/otlp.c, running."""

    def __init__(self, path, *args):
        self.process = subprocess.Popen(
            [path, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout.readline() == "ok\n"

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def do(self, *lines):
        for line in lines:
            assert self.tell(line) == "ok", line

    def end(self, patience):
        self.process.stdin.close()
        assert self.process.wait(patience) == 0
        self.process.stdout.close()


@pytest.fixture
def program(kit):
    """Starts programs, and ends them."""
    all_of_them = []

    def start(*args):
        all_of_them.append(Program(kit.built("e2e_otlp"), *args))
        return all_of_them[-1]

    yield start
    for p in all_of_them:
        p.end(kit.patience)


@pytest.fixture
def sent(receiver, program):
    """What was taken of one send after 100 requests, by name, when it was sent to this path."""

    def send(path=DEFAULT, *args):
        p = program(receiver.url + path, *args)
        p.do("work 100")
        time.sleep(0.002)  # for what has begun in the same millisecond has no beginning
        p.do("send")
        taken = {}
        for a in receiver.list("taken"):
            assert "error" not in a, a
            taken.setdefault(a["labels"]["__name__"], []).append(a)
        return taken

    return send


def only(taken, name):
    (a,) = taken[name]
    return a


def value(taken, name):
    return only(taken, name)["sample"]["value"]


def labels(a):
    own = dict(a["labels"])
    assert own.pop("job") == "tests/e2e"
    assert own.pop("instance") == "i-1"
    del own["__name__"]
    return own


def test_counter(sent):
    taken = sent()
    a = only(taken, "app_requests_total")
    assert a["sample"]["value"] == "100"
    assert abs(a["sample"]["t"] / 1000 - time.time()) < 60
    assert 0 < a["sample"]["t"] - a["sample"]["start"] < 60_000
    assert a["metadata"] == {
        "type": "counter",
        "unit": "",
        "help": "Requests.",
        "family": "app_requests_total",
    }
    (x,) = a["exemplars"]
    assert x["labels"] == TRACE
    assert x["value"] == 1
    assert abs(x["t"] / 1000 - time.time()) < 60
    assert labels(a) == {}


def test_numbers(sent):
    taken = sent()
    assert value(taken, "app_depth_bytes") == "99"
    assert only(taken, "app_depth_bytes")["metadata"]["unit"] == "bytes"
    odd = only(taken, "app_odd")
    assert odd["sample"]["value"] == "-0.5"
    assert labels(odd) == {"Zone_x": 'café "\\'}
    # 0x7ff8000000000001: not the one that ends a series.
    assert value(taken, "app_unknown") == "NaN:7ff8000000000001"


def test_info_and_states(sent):
    taken = sent()
    build = only(taken, "app_build_info")
    assert (build["sample"]["value"], labels(build)) == ("1", {"version": "1.2"})
    modes = {labels(a)["app_mode"]: a["sample"]["value"] for a in taken["app_mode"]}
    assert modes == {"idle": "0", "busy": "1"}
    assert all(a["metadata"]["type"] == "gauge" for a in (build, *taken["app_mode"]))


def test_summary(sent):
    taken = sent()
    assert value(taken, "app_size_count") == "100"
    assert value(taken, "app_size_sum") == "5050"
    median = only(taken, "app_size")
    assert labels(median) == {"quantile": "0.5"}
    assert float(median["sample"]["value"]) == pytest.approx(50, rel=0.02)
    assert only(taken, "app_size_count")["sample"]["start"] > 0


def test_classic_histogram(sent):
    taken = sent()
    buckets = {labels(a)["le"]: a for a in taken["app_latency_seconds_bucket"]}
    assert {le: a["sample"]["value"] for le, a in buckets.items()} == {
        "0.1": "11",
        "0.5": "51",
        "1": "100",
        "+Inf": "100",
    }
    assert value(taken, "app_latency_seconds_count") == "100"
    assert float(value(taken, "app_latency_seconds_sum")) == pytest.approx(49.5)
    assert buckets["0.5"]["exemplars"][0]["labels"] == TRACE
    assert 0.1 < buckets["0.5"]["exemplars"][0]["value"] <= 0.5
    assert buckets["1"]["metadata"]["unit"] == "seconds"
    assert buckets["1"]["sample"]["start"] > 0
    custom = {labels(a)["le"]: a["sample"]["value"] for a in taken["app_custom_bucket"]}
    assert custom == {"0.5": "2", "2": "2", "+Inf": "5"}


def test_native_histograms(sent):
    taken = sent()
    spread = only(taken, "app_spread")
    h = spread["sample"]["histogram"]
    assert (h["schema"], h["count"], h["sum"]) == (3, 100, "5050")
    # Of 1 to 100, in buckets that are 2^(1/8) wide.
    assert "(0.9170040432046711,1]:1, (1.8340080864093422,2]:1, " in h["text"]
    assert h["text"].endswith(
        "(90.50966799187808,98.70149282610821]:8, (98.70149282610821,107.63474115247544]:2}"
    )
    assert spread["exemplars"][0]["labels"] == TRACE
    assert "app_weights" not in taken  # for OTLP has whole counts only
    far = only(taken, "app_far")["sample"]["histogram"]
    assert far["count"] == 3
    assert far["schema"] == 3  # of 8: 100,000 buckets are too many, 3,125 are not
    assert far["text"].endswith("(0.9170040432046711,1]:2}")


def test_names_as_they_are(sent):
    taken = sent(AS_THEY_ARE)
    assert labels(only(taken, "app.odd")) == {"Zone.x": 'café "\\'}
    assert value(taken, "app_requests_total") == "100"
    assert value(taken, "app_depth_bytes") == "99"
    assert "app_latency_seconds_bucket" in taken


@pytest.mark.parametrize("escaping", ["UnderscoreEscaping", "NoUTF8Escaping"])
@pytest.mark.parametrize("suffixes", ["WithSuffixes", "WithoutSuffixes"])
def test_no_translation_says_a_suffix_twice(sent, escaping, suffixes):
    if (escaping, suffixes) == ("NoUTF8Escaping", "WithoutSuffixes"):
        path = AS_THEY_ARE
    else:
        path = f"/otlp/{escaping}{suffixes}"
    names = set(sent(path))
    assert {"app_requests_total", "app_depth_bytes", "app_build_info", "app_mode"} <= names
    assert not [n for n in names if n.count("total") > 1 or n.count("seconds") > 1]


def test_the_target(sent):
    taken = sent()
    info = taken["target_info"][0]
    assert labels(info) == {"host_name": "here"}


def test_gzip(sent, receiver):
    taken = sent(DEFAULT, "gzip")
    assert value(taken, "app_requests_total") == "100"
    (request,) = receiver.list("requests")
    assert request["headers"]["content-encoding"] == "gzip"
    assert request["headers"]["content-type"] == "application/x-protobuf"


def test_again_and_again(receiver, program):
    p = program(receiver.url + DEFAULT)
    for _ in range(20):
        p.do("work 5", "send")
    assert {r["status"] for r in receiver.list("requests")} == {200}
    # Exemplars that were there before are not taken again, which the receiver does not mind.
    errors = {a["error"] for a in receiver.list("taken") if "error" in a}
    assert all("out of order exemplar" in e for e in errors), errors
    stored = {s["labels"]["__name__"]: s for s in receiver.list("stored")}
    counts = [int(s["value"]) for s in stored["app_requests_total"]["samples"]]
    assert counts == list(range(5, 105, 5))
    histograms = [s["histogram"]["count"] for s in stored["app_spread"]["samples"]]
    assert histograms == counts


def test_retries(receiver, program):
    p = program(receiver.url + DEFAULT)
    p.do("work 1")
    receiver.fail(503, 2)
    p.do("send")
    assert [r["status"] for r in receiver.list("requests")] == [503, 503, 200]
    receiver.fail(400, 1, body="not like that")
    assert p.tell("send").endswith("answers with status 400: not like that")
    p.do("send")
    assert [r["status"] for r in receiver.list("requests")][3:] == [400, 200]
