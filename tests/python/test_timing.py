# SPDX-License-Identifier: Apache-2.0
"""time(), count_exceptions() and track_inprogress(), as blocks and as decorators."""

import asyncio
import inspect
import time

import pytest

from libprom import Counter, Gauge, Histogram, Summary


@pytest.fixture
def histogram(registry):
    return Histogram("h", "h", registry=registry)


def test_block(registry, histogram):
    with histogram.time() as timer:
        assert timer.duration is None
        time.sleep(0.01)
    assert timer.duration >= 0.01
    assert registry.get_sample_value("h_sum") == timer.duration
    assert registry.get_sample_value("h_count") == 1


def test_gauge_and_summary(registry):
    g = Gauge("g", "h", registry=registry)
    with g.time() as timer:
        pass
    assert g.get() == timer.duration
    s = Summary("s", "h", registry=registry)
    with s.time():
        pass
    assert registry.get_sample_value("s_count") == 1


def test_exceptions_are_timed_and_pass(registry, histogram):
    with pytest.raises(ZeroDivisionError), histogram.time():
        raise ZeroDivisionError
    assert registry.get_sample_value("h_count") == 1


def test_labels_inside_the_block(registry):
    h = Histogram("hl", "h", ["l"], registry=registry)
    with h.time() as timer:
        assert timer.labels("x") is None
    assert registry.get_sample_value("hl_count", {"l": "x"}) == 1


def test_decorator(registry, histogram):
    @histogram.time()
    def double(x: int, *, plus: int = 0) -> int:
        "Doubles."
        return 2 * x + plus

    assert double(2, plus=1) == 5
    assert (double.__name__, double.__doc__) == ("double", "Doubles.")
    assert str(inspect.signature(double)) == "(x: int, *, plus: int = 0) -> int"
    assert registry.get_sample_value("h_count") == 1


def test_decorated_recursion(registry, histogram):
    @histogram.time()
    def down(n):
        return down(n - 1) if n else "bottom"

    assert down(4) == "bottom"
    assert registry.get_sample_value("h_count") == 5


def test_decorated_method(registry, histogram):
    class Thing:
        @histogram.time()
        def me(self):
            return self

    thing = Thing()
    assert thing.me() is thing


def test_coroutine_function(registry, histogram):
    inprogress = Gauge("g", "h", registry=registry)
    failures = Counter("c", "h", registry=registry)

    @histogram.time()
    @inprogress.track_inprogress()
    @failures.count_exceptions()
    async def wait(fail):
        assert inprogress.get() == 1
        await asyncio.sleep(0.02)
        if fail:
            raise KeyError
        return 3

    assert inspect.iscoroutinefunction(wait)
    assert asyncio.run(wait(False)) == 3
    assert registry.get_sample_value("h_sum") >= 0.02
    with pytest.raises(KeyError):
        asyncio.run(wait(True))
    assert failures.get() == 1
    assert inprogress.get() == 0


def test_decorating_nonsense(histogram):
    with pytest.raises(TypeError):
        histogram.time()(3)


def test_count_exceptions(registry):
    c = Counter("c", "h", registry=registry)
    for exception, caught in ((ValueError, True), (KeyboardInterrupt, False)):
        with pytest.raises(exception), c.count_exceptions() as nothing:
            assert nothing is None
            raise exception
        assert c.get() == 1, caught
    with c.count_exceptions():
        pass

    @c.count_exceptions((KeyError, OSError))
    def fail(exception):
        raise exception

    for exception in (KeyError, FileNotFoundError, ValueError):
        with pytest.raises(exception):
            fail(exception)
    assert c.get() == 3


def test_track_inprogress(registry):
    g = Gauge("g", "h", registry=registry)
    with pytest.raises(ValueError), g.track_inprogress() as nothing:
        assert nothing is None
        assert g.get() == 1
        raise ValueError
    assert g.get() == 0

    @g.track_inprogress()
    def depth(n):
        return max(g.get(), depth(n - 1)) if n else g.get()

    assert depth(3) == 4
    assert g.get() == 0
