# SPDX-License-Identifier: Apache-2.0
"""Every format through Python: the vectors of tests/golden, what is chosen, and times."""

import json
from pathlib import Path

import pytest

import libprom
from libprom import (
    Counter,
    CounterMetricFamily,
    Exemplar,
    Gauge,
    GaugeMetricFamily,
    Histogram,
    Timestamp,
    content_type,
    encode,
    generate_latest,
    parse,
)
from libprom.exposition import choose_encoder, gzip_accepted
from libprom.openmetrics import exposition as openmetrics

GOLDEN = Path(__file__).parent.parent / "golden"
VECTORS = sorted((GOLDEN / "exposition").glob("*.json"))

# Its native buckets are in other spans than client_golang would cut, and we with it.
CUT_OTHERWISE = "native_int"

FORMATS = {  # key of an output: (format, escaping)
    "text": ("text", "underscores"),
    "text-utf8": ("text1", "allow-utf-8"),
    "text-dots": ("text1", "dots"),
    "text-values": ("text1", "values"),
    "om1": ("openmetrics", "underscores"),
    "om1-nocreated": ("openmetrics", "underscores"),
    "om1-utf8": ("openmetrics", "allow-utf-8"),
    "om1-dots": ("openmetrics", "dots"),
    "om1-values": ("openmetrics", "values"),
    "om2": ("openmetrics2", "allow-utf-8"),
    "proto": ("protobuf", "underscores"),
    "proto-utf8": ("protobuf", "allow-utf-8"),
}


# --- from a vector to a builder -----------------------------------------------------------


def when(instant):
    """[seconds, nanoseconds], which count forward: those of a Timestamp have one sign."""
    if instant is None:
        return None
    sec, nsec = instant
    return Timestamp(sec + 1, 10**9 - nsec) if sec < -1 and nsec else Timestamp(sec, nsec)


def exemplar_of(e):
    return e and Exemplar(dict(e["labels"]), float(e["value"]), when(e.get("timestamp")))


def deltas(native, side, whole):
    if whole:
        return native.get(f"{side}_deltas")
    counts = [0.0, *map(float, native.get(f"{side}_counts", ()))]
    return [after - before for before, after in zip(counts, counts[1:])]


def native_of(m):
    native = m.get("native")
    if native is None:
        return None
    whole = "count_float" not in m
    return libprom.NativeHistogram(
        int(m["count"]) if whole else float(m["count_float"]),
        float(m["sum"]),
        native["schema"],
        float(native["zero_threshold"]),
        int(native["zero_count"]) if whole else float(native["zero_count_float"]),
        native.get("positive_spans"),
        native.get("negative_spans"),
        deltas(native, "positive", whole),
        deltas(native, "negative", whole),
        [exemplar_of(e) for e in m.get("exemplars", ())],
    )


def write_metric(b, typ, m):
    ms = m.get("timestamp_ms")
    more = {"labels": dict(m["labels"]), "timestamp": None if ms is None else ms / 1000}
    if typ != "stateset":
        more["created"] = when(m.get("created"))
    if typ == "stateset":
        b.stateset(dict(m["states"]), **more)
    elif typ == "summary":
        quantiles = [(float(q), float(v)) for q, v in m.get("quantiles", ())]
        b.summary(float(m["sum"]), int(m["count"]), quantiles, **more)
    elif typ in ("histogram", "gaugehistogram"):
        buckets = [(float(x["le"]), int(x["count"])) for x in m.get("buckets", ())]
        given = [x["exemplar"] for x in m.get("buckets", ()) if "exemplar" in x]
        count = int(m.get("count", 0))
        b.histogram(
            float(m["sum"]),
            count,
            buckets,
            exemplars=[exemplar_of(e) for e in given],
            native=native_of(m),
            **more,
        )
    elif typ == "info":
        more["labels"].update(m["info"])
        b.value(1, **more)
    else:
        b.value(float(m["value"]), exemplar=exemplar_of(m.get("exemplar")), **more)


def write_vector(b, families):
    for f in families:
        b.family(f["type"], f["name"], f["help"], f["unit"])
        for m in f["metrics"]:
            write_metric(b, f["type"], m)


def vector_snapshot(vector):
    registry = libprom.CollectorRegistry()
    registry.collector("vector", lambda b: write_vector(b, vector["families"]))
    snapshot = registry.gather()
    assert snapshot.errors() == []
    return snapshot


@pytest.fixture
def without_created():
    libprom.disable_created_metrics()
    yield
    libprom.enable_created_metrics()


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_golden(path):
    vector = json.loads(path.read_text(encoding="utf-8"))
    snapshot = vector_snapshot(vector)
    for key, output in vector["outputs"].items():
        format, escaping = FORMATS[key]
        if key == "om1-nocreated":
            continue
        body = encode(snapshot, format, escaping)
        if "text" in output:
            assert body.decode() == output["text"], key
        elif vector["id"] != CUT_OTHERWISE:
            assert body.hex() == output["hex_proto3"], key
        assert content_type(format, escaping) == output["content_type"], key


def test_golden_without_created(without_created):
    compared = 0
    for path in VECTORS:
        vector = json.loads(path.read_text(encoding="utf-8"))
        output = vector["outputs"].get("om1-nocreated")
        if output:
            compared += 1
            assert encode(vector_snapshot(vector), "openmetrics").decode() == output["text"]
    assert compared == 3


def test_there_are_vectors():
    assert len(VECTORS) == 49


# --- what prometheus_client calls them ----------------------------------------------------


def test_generate_latest_escapes(registry):
    Gauge("a.b", "h", ["c.d"], registry=registry).labels("é").set(1)
    assert 'a_b{c_d="é"} 1\n' in generate_latest(registry).decode()
    assert '{"a.b","c.d"="é"} 1\n' in generate_latest(registry, "allow-utf-8").decode()
    assert 'a_dot_b{c_dot_d="é"} 1\n' in generate_latest(registry, escaping="dots").decode()
    assert 'U__a_2e_b{U__c_2e_d="é"} 1\n' in generate_latest(registry, "values").decode()


def test_openmetrics_generate_latest(registry):
    c = Counter("c", "h", registry=registry)
    c.inc(2, {"trace_id": "x"})
    text = openmetrics.generate_latest(registry).decode()
    assert text.startswith('# TYPE c counter\n# HELP c h\nc_total 2.0 # {trace_id="x"} 2.0 ')
    assert "\nc_created " in text and text.endswith("\n# EOF\n")
    assert "_created" not in openmetrics.generate_latest(registry, version="2.0.0").decode()
    assert openmetrics.generate_latest(registry, "dots", "1.0.0").decode() == text
    with pytest.raises(ValueError, match="latest"):
        openmetrics.generate_latest(registry, version="latest")


def test_created_lines_can_be_left_out(registry, without_created):
    Counter("c", "h", registry=registry)
    assert "_created" not in openmetrics.generate_latest(registry).decode()


def test_a_native_histogram_needs_protobuf(registry):
    h = Histogram("h", "h", registry=registry, native_factor=1.1)
    h.observe(3)
    assert parse(encode(registry, "protobuf"), content_type("protobuf"))._families()
    (family,) = parse(encode(registry, "protobuf"), content_type("protobuf")).collect()
    assert [s.native_histogram for s in family.samples if s.native_histogram] == [
        h.get().native
    ]


def test_json(registry):
    Gauge("g", "h", ["a"], registry=registry).labels("1").set(float("inf"))
    assert json.loads(encode(registry, "json")) == {
        "families": [
            {
                "name": "g",
                "type": "gauge",
                "help": "h",
                "metrics": [{"labels": {"a": "1"}, "value": "+Inf"}],
            }
        ]
    }


def test_encode_takes_what_collects():
    class Registry:
        def collect(self):
            return [GaugeMetricFamily("g", "h", 3)]

    assert encode(Registry(), "openmetrics") == b"# TYPE g gauge\n# HELP g h\ng 3.0\n# EOF\n"
    with pytest.raises(AttributeError):
        encode(3)


@pytest.mark.parametrize(
    "call",
    [
        lambda r: encode(r, "yaml"),
        lambda r: encode(r, "text", "rot13"),
        lambda r: generate_latest(r, ""),
        lambda r: content_type("yaml"),
        lambda r: content_type("text", "rot13"),
    ],
)
def test_unknown_words(registry, call):
    with pytest.raises(ValueError, match="there is no (format|escaping) '"):
        call(registry)


def test_an_exception_of_a_collector_comes_out(registry):
    def broken():
        raise OSError("sensor is off")

    registry.register(broken)
    for format in ("openmetrics", "protobuf", "json"):
        with pytest.raises(OSError, match="sensor is off"):
            encode(registry, format)


# --- choosing -------------------------------------------------------------------------------

NEGOTIATION = json.loads((GOLDEN / "negotiation.json").read_text(encoding="utf-8"))["vectors"]
CODINGS = json.loads((GOLDEN / "accept_encoding.json").read_text(encoding="utf-8"))["vectors"]


@pytest.mark.parametrize("vector", NEGOTIATION, ids=lambda v: str(v["accept"])[:60])
def test_choose_encoder(registry, vector):
    Gauge("a.b", "h", registry=registry)
    encoder, chosen = choose_encoder(vector["accept"])
    assert chosen == vector["expect"]
    whole = parse(encoder(registry), chosen)
    assert [f.name for f in whole.collect()] == [
        "a.b" if "allow-utf-8" in chosen else "U__a_2e_b" if "=values" in chosen else
        "a_dot_b" if "=dots" in chosen else "a_b"
    ]  # fmt: skip


def test_the_plain_choice_is_generate_latest():
    assert choose_encoder(None)[0] is generate_latest
    assert choose_encoder("text/html")[0] is generate_latest


@pytest.mark.parametrize("accept", ["\udc80", "\0", ";" * 10000, "a" * 100000, ",;=q=;,"])
def test_whatever_is_accepted_is_answered(accept):
    assert choose_encoder(accept)[1].startswith("text/plain; version=0.0.4")
    assert not gzip_accepted(accept)


def test_a_header_is_str():
    with pytest.raises(TypeError):
        choose_encoder(b"text/plain")


@pytest.mark.parametrize("vector", CODINGS, ids=lambda v: str(v["accept_encoding"]))
def test_gzip_accepted(vector):
    assert gzip_accepted(vector["accept_encoding"]) == (vector["expect_gzip"] == "gzip")


def test_content_types_are_those_of_prometheus_client():
    assert libprom.CONTENT_TYPE_PLAIN_0_0_4 == "text/plain; version=0.0.4; charset=utf-8"
    assert libprom.CONTENT_TYPE_LATEST == "text/plain; version=1.0.0; charset=utf-8"
    for format, constant in {
        "text": libprom.CONTENT_TYPE_PLAIN_0_0_4,
        "text1": libprom.CONTENT_TYPE_PLAIN_1_0_0,
        "openmetrics": openmetrics.CONTENT_TYPE_LATEST,
        "openmetrics2": openmetrics.CONTENT_TYPE_LATEST_2_0,
    }.items():
        assert content_type(format, "dots") == constant + "; escaping=dots"


# --- times ------------------------------------------------------------------------------------


def exposed(registry, created, exemplar):
    def collect():
        family = CounterMetricFamily("c", "h")
        family.add_metric([], 1, created=created, exemplar=exemplar)
        return [family]

    registry.register(collect)
    return openmetrics.generate_latest(registry).decode()


def test_times_are_written_as_they_were_given(registry):
    text = exposed(registry, 1520872607.123, Exemplar({}, 1, 1520872607.1))
    assert "# {} 1.0 1520872607.1\n" in text
    assert "c_created 1520872607.123\n" in text


def test_a_timestamp_has_its_nanoseconds(registry):
    text = exposed(registry, 5, Exemplar({}, 1, Timestamp(1520872607, 123456789)))
    assert "# {} 1.0 1520872607.123456789\n" in text


@pytest.mark.parametrize("time", [1e300, float("nan"), Timestamp(1e11, 5)])
def test_times_out_of_range(registry, time):
    with pytest.raises(ValueError, match="out of range"):
        exposed(registry, 5, Exemplar({}, 1, time))
