# SPDX-License-Identifier: Apache-2.0
"""libprom.testing: helpers for the tests of users."""

import pytest

from libprom import (
    Counter,
    Gauge,
    GaugeMetricFamily,
    Histogram,
    serve,
    testing,
)


class Mine:
    def collect(self):
        return [GaugeMetricFamily("mine", "h", 3)]


def test_value(registry):
    c = Counter("c", "h", ["l"], registry=registry)
    c.labels("x").inc(3)
    assert testing.value(c) == testing.value(c.labels("x")) == testing.value(registry) == 3
    c.labels("y").inc()
    assert testing.value(c.labels("y")) == 1
    with pytest.raises(ValueError):
        testing.value(c)
    assert testing.value(Mine()) == 3
    assert testing.value(lambda: [GaugeMetricFamily("f", "h", 4)]) == 4
    with pytest.raises(ValueError):
        testing.value(Histogram("h", "h", registry=None))
    with pytest.raises(ZeroDivisionError):
        testing.value(lambda: 1 / 0)
    with pytest.raises(TypeError):
        testing.value(3)


def test_count(registry):
    c = Counter("c", "h", ["l"], registry=registry)
    for i in range(5):
        c.labels(i)
    Gauge("g", "h", registry=registry)
    assert testing.count(registry) == 6
    assert testing.count(registry, "c_total") == 5
    assert testing.count(registry, ["g"]) == 1
    assert testing.count(c) == 5
    assert testing.count(Mine()) == 1


def test_compare(registry):
    Counter("c", "Help.", ["l"], registry=registry).labels("x").inc(3)
    g = Gauge("g", "h", registry=registry)
    testing.compare(registry, '# TYPE g gauge\ng 0\n# TYPE c_total counter\nc_total{l="x"} 3\n')
    testing.compare(registry, "# TYPE g gauge\ng 0\n", "g")
    testing.compare(g, "# HELP g h\n# TYPE g gauge\ng 0\n")
    testing.compare(Mine(), "# TYPE mine gauge\nmine 3\n")
    with pytest.raises(AssertionError, match=r"(?s)- g 1.*\+ g 0"):
        testing.compare(g, "# TYPE g gauge\ng 1\n")
    with pytest.raises(ValueError, match="line 1"):
        testing.compare(g, "g{ 1\n")


def test_scrape(registry):
    Gauge("g", "h", registry=registry).set(2)
    with serve(registry=registry) as server:
        url = f"http://127.0.0.1:{server.port}/metrics"
        try:
            testing.scrape(url, "# TYPE g gauge\ng 2\n", ["g"])
        except RuntimeError as error:  # built without libcurl
            pytest.skip(str(error))
        with pytest.raises(AssertionError):
            testing.scrape(url, "# TYPE g gauge\ng 3\n")
    with pytest.raises(OSError):
        testing.scrape(url, "")
    with pytest.raises(TypeError):
        testing.scrape(registry, "")


def test_assert_native(registry):
    h = Histogram("h", "h", ["l"], registry=registry, native_factor=1.5)
    h.labels("x").observe_many([1, 2, 2, -3, 0])
    expected = h.labels("x").get().native
    testing.assert_native(registry, "h", expected, {"l": "x"})
    for change in ({"count_value": 6}, {"schema": 3}, {"pos_deltas": (1, 2)}):
        with pytest.raises((AssertionError, ValueError)):
            testing.assert_native(registry, "h", expected._replace(**change), {"l": "x"})
    with pytest.raises(KeyError):
        testing.assert_native(registry, "h", expected, {"l": "y"})


def test_lint(registry):
    Counter("requests", "h", registry=registry)
    Gauge("camelCase", "", registry=registry)
    found = testing.lint(registry)
    assert {p.metric for p in found} == {"camelCase"}
    assert all(isinstance(p, testing.Problem) and p.text for p in found)
    assert testing.lint(Mine()) == []
    text = "# TYPE x_seconds_total gauge\nx_seconds_total 1\n"
    assert [p.metric for p in testing.lint(text)] == ["x_seconds_total"] * len(
        testing.lint(text)
    )
    with pytest.raises(ValueError):
        testing.lint("x{ 1\n")


def test_lint_with_rules(registry):
    Gauge("thing", "Help.", registry=registry)
    seen = []

    def rule(family):
        seen.append(family)
        yield "is a thing" if family.name == "thing" else "no"

    assert testing.lint(registry, [rule]) == [("thing", "is a thing")]
    assert seen[0].documentation == "Help."
    with pytest.raises(ZeroDivisionError):
        testing.lint(registry, [lambda family: 1 / 0])
    with pytest.raises(TypeError):
        testing.lint(registry, [lambda family: [3]])
