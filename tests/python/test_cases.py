# SPDX-License-Identifier: Apache-2.0
"""Runs the shared cases of tests/cases from Python. What a step may say stands in
tests/cases/README.md; the same files run from C and Lua.

A registry made in Python shows families, series and labels in the order they came, those of
the cases are sorted. So texts are compared as `in_order` makes them.
"""

import json
import re
from pathlib import Path

import pytest

import libprom
from libprom import CollectorRegistry, generate_latest, testing

# --- reading ----------------------------------------------------------------------------

TYPES = {
    "counter": libprom.Counter,
    "gauge": libprom.Gauge,
    "histogram": libprom.Histogram,
    "info": libprom.Info,
    "stateset": libprom.StateSet,
    "summary": libprom.Summary,
    "unknown": libprom.Unknown,
}


def number(v):
    return float(v) if isinstance(v, str) else v


def numbers(values):
    return [number(v) for v in values]


def pairs(values):
    return [(number(key), number(value)) for key, value in values]


def one_of(allowed, otherwise):
    return lambda value: value if value in allowed else otherwise


def options(opts):
    """What a constructor takes: the name, the help and the others."""
    o = dict(opts)
    for key in ("native_factor", "native_zero_threshold", "native_max_zero_threshold", "ttl"):
        if key in o:
            o[key] = number(o[key])
    name, documentation = o.pop("name"), o.pop("help")
    o["labelnames"] = o.pop("labels", ())
    if "buckets" in o:
        o["buckets"] = numbers(o["buckets"])
    if "objectives" in o:
        o["objectives"] = pairs(o["objectives"])
    if "allowed" in o:
        allowed, otherwise = o.pop("allowed"), o.pop("otherwise", None)
        o["constraints"] = {
            label: one_of(values, otherwise) if otherwise else values
            for label, values in allowed.items()
        }
    return name, documentation, o


LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def sorted_labels(line):
    """A line with its labels by name; `le` and `quantile` stay the last."""
    match = re.fullmatch(r"(\w+)\{(.*)\} (.*)", line)
    if not match:
        return line
    labels = sorted(
        LABEL.findall(match[2]), key=lambda label: (label[0] in ("le", "quantile"), label[0])
    )
    inside = ",".join(f'{name}="{value}"' for name, value in labels)
    return f"{match[1]}{{{inside}}} {match[3]}"


def in_order(lines):
    """Families by name, and the lines of each sorted behind its HELP and TYPE."""
    families = []
    for line in lines:
        if line.startswith("# HELP"):
            families.append(([], []))
        families[-1][not line.startswith("#")].append(sorted_labels(line))
    return sorted((head, sorted(samples)) for head, samples in families)


# --- collectors -------------------------------------------------------------------------


def spans(buckets):
    """Spans and deltas of (index, count) pairs: one span for each."""
    out, deltas, expected, before = [], [], 0, 0
    for index, count in buckets:
        out.append((index - expected, 1))
        deltas.append(count - before)
        expected, before = index + 1, count
    return out, deltas


def native_histogram(m):
    native = m["native"]
    positive, positive_deltas = spans(native.get("positive", ()))
    negative, negative_deltas = spans(native.get("negative", ()))
    return libprom.NativeHistogram(
        m["count"], number(m["sum"]), native["schema"], native.get("zero_threshold", 0),
        native.get("zero_count", 0), positive, negative, positive_deltas, negative_deltas,
    )  # fmt: skip


def buckets_of(m):
    """Cumulative ones, as a family in Python has them: all, the last for +Inf."""
    return [*pairs(m["buckets"]), (float("inf"), m["count"])] if "buckets" in m else []


def build_metric(b, family, m):
    labels = m.get("labels", {})
    if isinstance(labels, list):
        labels = dict(zip(family["labels"], labels))
    more = {"timestamp": m["timestamp_ms"] / 1000} if "timestamp_ms" in m else {}
    if "created" in m:
        more["created"] = m["created"]
    exemplar = m.get("exemplar")
    if exemplar:
        exemplar = (exemplar["labels"], number(exemplar["value"]))
    kind = family["type"]
    if kind in ("histogram", "gaugehistogram"):
        if "native" in m:
            more["native"] = native_histogram(m)
        if exemplar:
            more["exemplars"] = [exemplar]
        b.histogram(number(m["sum"]), m["count"], buckets_of(m), labels, **more)
    elif kind == "summary":
        b.summary(number(m["sum"]), m["count"], pairs(m["quantiles"]), labels, **more)
    elif kind == "stateset":
        b.stateset(m["states"], labels, **more)
    elif kind == "info":
        b.value(1, {**labels, **m["info"]}, **more)
    else:
        b.value(number(m["v"]), labels, exemplar=exemplar, **more)


def build(b, families, with_metrics):
    for f in families:
        b.family(f["type"], f["name"], f.get("help"), f.get("unit"), f.get("labels", ()))
        for m in f.get("metrics", ()) if with_metrics else ():
            build_metric(b, f, m)


# --- steps ------------------------------------------------------------------------------


class World:
    """What the steps of one case made. Each method named do_ is a step."""

    def __init__(self):
        self.main = CollectorRegistry()
        self.things = {}

    def registry(self, s):
        return self.things[s["in"]] if "in" in s else self.main

    def on(self, s):
        return self.things[s["on"]]

    def keep(self, s, made):
        self.things[s.get("as")] = made

    def series(self, s):
        m, labels = self.on(s), s.get("labels")
        if not labels:
            return m
        return m.labels(**labels) if isinstance(labels, dict) else m.labels(*labels)

    def lines(self, s):
        snapshot = self.registry(s).gather(s.get("names"))
        return generate_latest(snapshot).decode().splitlines()

    # --- making -------------------------------------------------------------------------

    def do_new(self, s):
        name, documentation, o = options(s["opts"])
        self.keep(s, TYPES[s["type"]](name, documentation, registry=self.registry(s), **o))

    def do_registry(self, s):
        o = {key: s[key] for key in ("pedantic", "max_series") if key in s}
        self.keep(s, CollectorRegistry(**o))

    def do_wrap(self, s):
        self.keep(s, self.registry(s).wrap(s.get("prefix", ""), s.get("labels")))

    def do_curry(self, s):
        self.keep(s, self.on(s).curry(**s["labels"]))

    def do_collector(self, s):
        def collect(b):
            build(b, s["families"], True)
            if "raises" in s:
                raise RuntimeError(s["raises"])

        def describe(b):
            build(b, s["families"] if s["describe"] is True else s["describe"], False)

        made = self.registry(s).collector(
            s["name"], collect, describe if "describe" in s else None
        )
        self.keep(s, made)

    def do_register(self, s):
        self.registry(s).register(self.on(s))

    def do_unregister(self, s):
        self.registry(s).unregister(self.on(s))

    def do_clear_registry(self, s):
        self.registry(s).clear()

    # --- updates ------------------------------------------------------------------------

    def do_inc(self, s):
        exemplar = {"exemplar": s["exemplar"]} if "exemplar" in s else {}
        self.series(s).inc(number(s.get("v", 1)), **exemplar)

    def do_dec(self, s):
        self.series(s).dec(number(s.get("v", 1)))

    def do_set(self, s):
        self.series(s).set(number(s["v"]))

    def do_observe(self, s):
        m, v = self.series(s), number(s["v"])
        if "n" in s:
            m.observe_n(v, s["n"])
        elif "exemplar" in s:
            m.observe(v, s["exemplar"])
        else:
            m.observe(v)

    def do_observe_many(self, s):
        self.series(s).observe_many(numbers(s["values"]))

    def do_info(self, s):
        self.series(s).info(s["set"])

    def do_state(self, s):
        if "is" in s:
            self.series(s).set(s["state"], s["is"])
        else:
            self.series(s).state(s["state"])

    def do_reset(self, s):
        self.series(s).reset()

    def do_make(self, s):
        self.series(s)

    def do_function(self, s):
        def function():
            if "raises" in s:
                raise RuntimeError(s["raises"])
            return number(s["returns"])

        self.series(s).set_function(function if "returns" in s or "raises" in s else None)

    # --- families -----------------------------------------------------------------------

    def do_get(self, s):
        if self.on(s).child(*s["labels"]) is None:
            raise KeyError(s["labels"])

    def do_remove(self, s):
        labels = s["labels"]
        if isinstance(labels, dict):
            self.on(s).remove_by_labels(labels)
        else:
            there = self.on(s).child(*labels) is not None
            self.on(s).remove(*labels)  # as prometheus_client's, silent where there is none
            if not there:
                raise KeyError(labels)

    def do_remove_matching(self, s):
        before = len(list(self.on(s).children()))
        self.on(s).remove_by_labels(s["labels"])
        assert before - len(list(self.on(s).children())) == s["expect"]

    def do_clear(self, s):
        self.on(s).clear()

    def do_preset(self, s):
        self.on(s).preset(s["labels"])

    def do_replace(self, s):
        self.on(s).replace({tuple(values): number(v) for values, v in s["series"]})

    def do_each(self, s):
        found = [list(labels.values()) for labels, _ in self.on(s).children()]
        assert sorted(found) == sorted(s["expect"])

    def do_size(self, s):
        assert len(list(self.on(s).children())) == s["expect"]

    # --- looking ------------------------------------------------------------------------

    def do_value(self, s):
        got = self.series(s).get()
        assert getattr(got, "count_value", got) == number(s["expect"])

    def do_native(self, s):
        got, e = self.series(s).get().native, s["expect"]
        assert got.schema == e["schema"]
        assert got.zero_count == e.get("zero_count", 0)
        assert got.count_value == e.get("count", 0)
        assert got.sum_value == number(e.get("sum", 0))
        for side in ("positive", "negative"):
            want = [tuple(bucket) for bucket in e.get(side, ())]
            short = side[:3]
            got_spans = getattr(got, short + "_spans") or ()
            assert by_index(got_spans, getattr(got, short + "_deltas") or ()) == want

    def do_exemplars(self, s):
        m = self.series(s)
        if isinstance(m, libprom.Counter):
            samples = [x for family in m.collect() for x in family.samples]
            got = [x.exemplar for x in samples if x.exemplar]
        elif s.get("native"):
            got = m.get().native.nh_exemplars or ()
        else:
            got = m.get().exemplars
        want = [(number(value), labels) for value, labels in s["expect"]]
        assert [(e.value, e.labels) for e in got] == want

    def do_text(self, s):
        assert in_order(self.lines(s)) == in_order(s["expect"])

    def do_has(self, s):
        lines = [sorted_labels(line) for line in self.lines(s)]
        assert (sorted_labels(s["line"]) in lines) == s.get("expect", True), lines

    def do_errors(self, s):
        errors = self.registry(s).gather().errors()
        assert len(errors) == len(s["expect"]), errors
        for part, error in zip(s["expect"], errors):
            assert part in error

    def do_compare(self, s):
        expected = "".join(line + "\n" for line in s["lines"])
        testing.compare(self.registry(s), expected, s.get("names"))

    def do_count(self, s):
        assert testing.count(self.registry(s), s.get("names")) == s["expect"]

    def do_lint(self, s):
        found = testing.lint(self.registry(s))
        assert found == [tuple(problem) for problem in s["expect"]]


def by_index(spans_, deltas):
    """(index, count) pairs of spans and deltas."""
    out, at, count, rest = [], 0, 0, iter(deltas)
    for span in spans_:
        at += span.offset
        for _ in range(span.length):
            count += next(rest)
            out.append((at, count))
            at += 1
    return out


# --- running ----------------------------------------------------------------------------

FILES = sorted((Path(__file__).parent.parent / "cases").glob("*.json"))


def every_case():
    cases = []
    for file in FILES:
        for case in json.loads(file.read_text(encoding="utf-8")):
            if "python" in case.get("languages", ["python"]):
                cases.append(pytest.param(case["steps"], id=f"{file.stem}: {case['name']}"))
    return cases


REFUSALS = {
    "DIFFERS": AssertionError,
    "EXISTS": libprom.DuplicateTimeseries,
    "INVAL": ValueError,
    "LABELS": ValueError,
    "NAME": ValueError,
    "NOENT": (KeyError, ValueError),  # an unknown state is a ValueError in prometheus_client
    "SYNTAX": ValueError,
}


def run(world, step):
    do = getattr(world, "do_" + step["do"])
    if "fails" not in step:
        do(step)
        return
    with pytest.raises(REFUSALS[step["fails"]]) as refused:
        do(step)
    assert step.get("says", "") in str(refused.value)


@pytest.mark.parametrize("steps", every_case())
def test_case(steps):
    world = World()
    for i, step in enumerate(steps):
        try:
            run(world, step)
        except BaseException as error:
            raise AssertionError(f"step {i + 1}: {json.dumps(step)}") from error


def test_there_are_cases():
    assert len(every_case()) > 50


@pytest.mark.parametrize(
    "steps",
    [
        [{"do": "text", "expect": ["# HELP g h"]}],
        [{"do": "has", "line": "g 0"}],
        [{"do": "errors", "expect": ["x"]}],
        [{"do": "count", "expect": 1}],
        [{"do": "registry", "as": "r", "fails": "INVAL"}],
        [
            {"do": "new", "type": "gauge", "as": "m", "opts": {"name": "g", "help": "h"}},
            {"do": "value", "on": "m", "expect": 1},
        ],
    ],
)
def test_a_case_can_fail(steps):
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test_case(steps)
