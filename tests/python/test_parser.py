# SPDX-License-Identifier: Apache-2.0
"""The parsers: the families of prometheus_client's, and what is read is written again."""

import io
import json
import threading
from pathlib import Path

import pytest

import libprom
from libprom import (
    BucketSpan,
    CounterMetricFamily,
    Exemplar,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
    NativeHistogram,
    Snapshot,
    StateSetMetricFamily,
    SummaryMetricFamily,
    Timestamp,
    UnknownMetricFamily,
    content_type,
    encode,
    parse,
    parser,
)
from libprom.openmetrics import exposition as openmetrics
from libprom.openmetrics import parser as om_parser

VECTORS = sorted((Path(__file__).parent.parent / "golden/exposition").glob("*.json"))


def text(string):
    return list(parser.text_string_to_metric_families(string))


def om(string):
    return list(om_parser.text_string_to_metric_families(string + "# EOF\n"))


def labelled(family, *samples):
    for labels, value in samples:
        family.add_metric(labels, value)
    return family


# --- text -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("string", "family"),
    [
        ("# TYPE a counter\n# HELP a help\na 1\n", CounterMetricFamily("a", "help", 1)),
        ("# TYPE a_total counter\na_total 1\n", CounterMetricFamily("a", "", 1)),
        ("# HELP a help\n# TYPE a gauge\na 1\n", GaugeMetricFamily("a", "help", 1)),
        ("# TYPE a untyped\na 1\n", UnknownMetricFamily("a", "", 1)),
        ("a 1", UnknownMetricFamily("a", "", 1)),
        ("\n # a comment\na\t 1e0\n", UnknownMetricFamily("a", "", 1)),
        ("# TYPE a summary\na_count 1\na_sum 2\n", SummaryMetricFamily("a", "", 1, 2)),
        (
            '# TYPE a histogram\na_bucket{le="1"} 0\na_bucket{le="+Inf"} 3\n'
            "a_count 3\na_sum 2\n",
            HistogramMetricFamily("a", "", [("1", 0.0), ("+Inf", 3.0)], 2),
        ),
        (
            '# TYPE a histogram\na_bucket{le="2.0"} 0\na_bucket{le="+Inf"} 3\n'
            "a_count 3\na_sum 2",
            HistogramMetricFamily("a", "", [("2.0", 0.0), ("+Inf", 3.0)], 2),
        ),
        (
            'a{b="c"} 1\na{b="d\\n\\"\\\\"} 2\n',
            labelled(UnknownMetricFamily("a", "", labels=["b"]), (["c"], 1), (['d\n"\\'], 2)),
        ),
        (
            '# TYPE "a.b" gauge\n{"a.b","c d"="☃"} 1\n',
            labelled(GaugeMetricFamily("a.b", "", labels=["c d"]), (["☃"], 1)),
        ),
        ("# HELP a x\\ny\\\\z\n# TYPE a gauge\na 1\n", GaugeMetricFamily("a", "x\ny\\z", 1)),
    ],
)
def test_text(string, family):
    assert text(string) == [family]
    assert text(string.encode()) == [family]
    assert text(string.replace("\n", "\r\n")) == [family]


def test_times_of_text_are_seconds():
    (family,) = text("a 1 1520872607123\n")
    assert [s.timestamp for s in family.samples] == [1520872607.123]
    (family,) = text("b -Inf -500\n")
    assert family.samples == [("b", {}, float("-inf"), -0.5, None, None)]


def test_quantiles_as_the_text_has_them():
    for one in ("1", "1.0"):
        (family,) = text(f'# TYPE a summary\na{{quantile="{one}"}} 5\na_count 1\na_sum 2\n')
        assert family.samples[0].labels == {"quantile": one}


@pytest.mark.parametrize("parse_fd", [parser.text_fd_to_metric_families,
                                      om_parser.text_fd_to_metric_families])  # fmt: skip
@pytest.mark.parametrize(
    "fd",
    [
        lambda: io.StringIO("a 1\n# EOF\n"),
        lambda: io.BytesIO(b"a 1\n# EOF\n"),
        lambda: ["a 1", "# EOF"],
        lambda: iter([b"a 1\n", b"# EOF\n"]),
    ],
)
def test_files_and_lines(parse_fd, fd):
    assert list(parse_fd(fd())) == [UnknownMetricFamily("a", "", 1)]


def test_nothing():
    assert text("") == [] and text(b"") == [] and om("") == []


# --- OpenMetrics ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("string", "family"),
    [
        ("# TYPE a counter\n# HELP a help\na_total 1\n", CounterMetricFamily("a", "help", 1)),
        (
            "# TYPE a counter\na_total 1\na_created 1.5\n",
            CounterMetricFamily("a", "", 1, created=1.5),
        ),
        (
            "# TYPE a_seconds counter\n# UNIT a_seconds seconds\na_seconds_total 1\n",
            CounterMetricFamily("a", "", 1, unit="seconds"),
        ),
        (
            '# TYPE a histogram\na_bucket{le="1.0"} 0\na_bucket{le="+Inf"} 3\n'
            "a_count 3\na_sum 2\n",
            HistogramMetricFamily("a", "", [("1.0", 0.0), ("+Inf", 3.0)], 2),
        ),
        (
            '# TYPE a histogram\na_bucket{le="-1.0"} 0\na_bucket{le="+Inf"} 3\n',
            HistogramMetricFamily("a", "", [("-1.0", 0.0), ("+Inf", 3.0)], 2),
        ),
        (
            '# TYPE a gaugehistogram\na_bucket{le="+Inf"} 3\na_gcount 3\na_gsum 2\n',
            GaugeHistogramMetricFamily("a", "", [("+Inf", 3.0)], 2),
        ),
        ('# TYPE a info\na_info{x="y"} 1\n', InfoMetricFamily("a", "", {"x": "y"})),
        (
            '# TYPE a stateset\na{a="x"} 1\na{a="y"} 0\n',
            StateSetMetricFamily("a", "", {"x": True, "y": False}),
        ),
        ("# TYPE a unknown\na 1\n", UnknownMetricFamily("a", "", 1)),
        ("# TYPE a gauge\n", Metric("a", "", "gauge")),
    ],
)
def test_openmetrics(string, family):
    assert om(string) == [family]
    assert om(string.encode().decode()) == [family]


def test_a_summary_may_have_a_count_alone():
    (family,) = om("# TYPE a summary\na_count 3\n")
    assert [(s.name, s.value) for s in family.samples] == [("a_count", 3)]


def test_times_of_openmetrics_are_timestamps():
    (family,) = om('# TYPE a counter\na_total 1 -1.5 # {t="x"} 0.5 1520872607.123456789\n')
    (sample,) = family.samples
    assert sample.timestamp == Timestamp(-1, 500000000)
    assert sample.exemplar == Exemplar({"t": "x"}, 0.5, Timestamp(1520872607, 123456789))
    assert str(sample.exemplar.timestamp) == "1520872607.123456789"


@pytest.mark.parametrize(
    ("le", "value"), [("1.0", "-Inf"), ("1.0", "1.0"), ("2.0", "1.5"), ("+Inf", "NaN")]
)
def test_the_bucket_of_an_exemplar(le, value):
    lines = [f'a_bucket{{le="{x}"}} 3' for x in ("1.0", "2.0", "+Inf")]
    given = [x + f' # {{t="x"}} {value}' if f'"{le}"' in x else x for x in lines]
    (family,) = om("# TYPE a histogram\n" + "\n".join(given) + "\na_count 3\na_sum 2\n")
    found = {s.labels["le"]: str(s.exemplar.value) for s in family.samples if s.exemplar}
    assert found == {le: str(float(value))}


def test_many_exemplars():
    n = 5000
    lines = [f'a_bucket{{le="{i}.0"}} {i} # {{}} {i}.0\n' for i in range(1, n)]
    (family,) = om("# TYPE a histogram\n" + "".join(lines) + f'a_bucket{{le="+Inf"}} {n}\n')
    assert [s.exemplar.value for s in family.samples if s.exemplar] == list(range(1, n))


def test_created_is_read_whatever_is_shown():
    libprom.disable_created_metrics()
    try:
        (family,) = om("# TYPE a counter\na_total 1\na_created 1520872607.123\n")
    finally:
        libprom.enable_created_metrics()
    assert [s.value for s in family.samples] == [1, 1520872607.123]


# --- what is wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("string", "message"),
    [
        ("a 1\nb x\n", r"^line 2, column 3: 'x' is not a number$"),
        ("a{é 1\n", r"^line 1, column 3: "),
        ("☃☃ 1\n", r"^line 1, column 1: "),
        ('a{b="c",b="d"} 1\n', r"^line 1, column \d+: .*b"),
        ("a 1\r2\n", r"^line 1, "),
    ],
)
def test_errors_of_text(string, message):
    with pytest.raises(ValueError, match=message):
        text(string)


@pytest.mark.parametrize(
    "string",
    ["a 1\n", "a 1\n\n# EOF\n", "# EOF\na 1\n", "# TYPE a counter\na 1\n# EOF\n", "", "\0"],
)
def test_errors_of_openmetrics(string):
    with pytest.raises(ValueError, match=r"^line \d+, column \d+: "):
        list(om_parser.text_string_to_metric_families(string))


def test_errors_of_protobuf():
    with pytest.raises(ValueError, match=r"^byte \d+: "):
        parse(b"\xff\xff", content_type("protobuf"))


@pytest.mark.parametrize("call", [text, om_parser.text_string_to_metric_families, parse])
def test_wrong_types(call):
    with pytest.raises(TypeError):
        list(call(5))


def test_a_lone_surrogate_is_no_text():
    with pytest.raises(UnicodeEncodeError):
        text('a{b="\udc80"} 1\n')


def test_an_error_comes_with_the_first_family():
    families = parser.text_string_to_metric_families(
        "x{\n"
    )  # a generator, as prometheus_client's
    with pytest.raises(ValueError, match="^line 1"):
        next(families)


# --- snapshots ------------------------------------------------------------------------------


def test_parse_gives_a_snapshot():
    snapshot = parse("# TYPE a_total counter\na_total 1\n")
    assert isinstance(snapshot, Snapshot) and snapshot.errors() == []
    assert list(snapshot.collect()) == [CounterMetricFamily("a", "", 1)]
    assert encode(snapshot, "openmetrics") == b"# TYPE a counter\na_total 1.0\n# EOF\n"


@pytest.mark.parametrize(
    ("given", "type"),
    [
        ("a 1\n", None),
        ("a 1\n", "text/plain; version=0.0.4"),
        ("a 1\n", "image/png"),
        (b"a 1\n# EOF\n", openmetrics.CONTENT_TYPE_LATEST),
        (bytearray(b"a 1\n# EOF\n"), "Application/OpenMetrics-Text; version=0.0.1"),
        (encode(parse("a 1\n"), "protobuf"), content_type("protobuf")),
        (memoryview(b"a 1\n"), None),
    ],
)
def test_parse_by_content_type(given, type):
    assert encode(parse(given, type)) == b"# TYPE a untyped\na 1\n"


def test_native_histograms_come_in_protobuf():
    native = NativeHistogram(
        6, 5.0, 0, 0.5, 1, (BucketSpan(0, 2), BucketSpan(3, 1)), (BucketSpan(1, 1),),
        (1, 1, -1), (1,), (Exemplar({"t": "x"}, 2.0, 1520872607.5),),
    )  # fmt: skip

    def collect():
        family = Metric("h", "", "histogram")
        family.add_sample("h", {}, 6, native_histogram=native)
        return [family]

    registry = libprom.CollectorRegistry()
    registry.register(collect)
    (family,) = parse(encode(registry, "protobuf"), content_type("protobuf")).collect()
    assert [s.native_histogram for s in family.samples if s.native_histogram] == [native]


def test_a_float_histogram_has_its_count():
    native = NativeHistogram(7.5, 5.0, 0, 0.5, 1.5, (BucketSpan(0, 2),), None, (1.0, 4.0))
    family = Metric("h", "", "histogram")
    family.add_sample("h", {}, 7.5, native_histogram=native)
    registry = libprom.CollectorRegistry()
    registry.register(lambda: [family])
    body = encode(registry, "protobuf")
    for (back,) in (registry.collect(), parse(body, content_type("protobuf")).collect()):
        found = {s.name: s.value for s in back.samples}
        assert found == {"h_count": 7.5, "h_sum": 5.0, "h": 7.5}
        assert [s.native_histogram for s in back.samples if s.native_histogram] == [native]
    assert registry.get_sample_value("h_count") == 7.5


READ = {"text": "text", "text-utf8": "text1", "om1": "openmetrics", "om1-utf8": "openmetrics",
        "proto": "protobuf", "proto-utf8": "protobuf"}  # fmt: skip


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_what_is_read_is_written_again(path):
    outputs = json.loads(path.read_text(encoding="utf-8"))["outputs"]
    for key in READ.keys() & outputs.keys():
        output = outputs[key]
        given = output["text"] if "text" in output else bytes.fromhex(output["hex_proto3"])
        first = parse(given, output["content_type"])
        body = encode(first, READ[key], "allow-utf-8")
        again = parse(body, output["content_type"])
        assert repr(list(first.collect())) == repr(list(again.collect())), key
        assert encode(again, READ[key], "allow-utf-8") == body, key


def test_parsing_lets_other_threads_run():
    """Two threads that parse, while this one goes on; whatever comes of it is whole."""
    string = "".join(f'a{{b="{i}"}} {i}\n' for i in range(20000))
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(len(text(string)[0].samples)))
        for _ in range(2)
    ]
    for t in threads:
        t.start()
    while any(t.is_alive() for t in threads):
        assert len(text('a{b="c"} 1\n')) == 1
    for t in threads:
        t.join()
    assert results == [20000, 20000]
