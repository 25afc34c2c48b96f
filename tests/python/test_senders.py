# SPDX-License-Identifier: Apache-2.0
"""Senders: when they send, who is told of failures, how they end; and transports in Python."""

import logging
import os
import select
import sys
import threading

import pytest

from libprom import (
    CollectorRegistry,
    Counter,
    Gauge,
    GaugeMetricFamily,
    Snapshot,
    encode,
    graphite,
    remote_write,
    sender,
    textfile,
)

SECONDS = 20


class Failing:
    def collect(self):
        raise LookupError("sensor is off")


# --- a transport in Python ------------------------------------------------------------------


def test_what_a_transport_gets(registry):
    Counter("c", "h", registry=registry).inc(3)
    got = []

    def send(snapshot, delivery):
        assert 0 < delivery.left <= 7
        assert select.select([delivery], [], [], 0)[0] == []
        got.append((snapshot, delivery, threading.get_ident()))

    own = sender(send, registry, timeout=7)
    own.send()
    snapshot, delivery, thread = got[0]
    assert isinstance(snapshot, Snapshot)
    assert thread == threading.get_ident()
    assert encode(snapshot, "text") == encode(registry, "text")
    assert [f.name for f in snapshot.collect()] == ["c"]
    assert delivery.left == 0  # the send is over
    with pytest.raises(ValueError):
        delivery.fileno()
    stats = own.stats()
    assert (stats.sent, stats.failed, stats.last_error) == (1, 0, None)
    assert stats.last_success > 1.6e9


def test_what_it_raises_comes_out(registry):
    Gauge("g", "h", registry=registry)

    def send(snapshot, delivery):
        raise ZeroDivisionError("over")

    own = sender(send, registry, name="mine")
    with pytest.raises(ZeroDivisionError, match="over"):
        own.send()
    stats = own.stats()
    assert (stats.sent, stats.failed, stats.last_success) == (0, 1, None)
    assert stats.last_error == "ZeroDivisionError: over"


def test_what_a_collector_raises_comes_out(registry):
    registry.register(Failing())
    own = sender(lambda *_: pytest.fail("sent"), registry, on_error="fail")
    with pytest.raises(LookupError, match="sensor is off"):
        own.send()
    got = []
    Gauge("g", "h", registry=registry)
    sender(lambda s, d: got.append(s.errors()), registry).send()  # goes on, and says so
    assert len(got[0]) == 1 and "sensor is off" in got[0][0]


def test_names(registry):
    Gauge("a", "h", registry=registry)
    Gauge("b", "h", registry=registry)
    got = []
    sender(lambda s, d: got.append(s), registry, names=["b"]).send()
    assert [f.name for f in got[0].collect()] == ["b"]


def test_periodic_last_and_finish(registry):
    sent, enough = [], threading.Event()
    main = threading.get_ident()

    def send(snapshot, delivery):
        sent.append(threading.get_ident())
        if len(sent) == 3:
            enough.set()

    def finish(delivery):
        sent.append("finish")

    own = sender(send, registry, finish=finish, interval=0.005, last=True)
    assert enough.wait(SECONDS)
    own.stop()
    n = len(sent)
    assert n >= 5 and sent[-1] == "finish" and sent[-2] == main
    assert main not in sent[:-2]
    own.stop()  # nothing more
    assert len(sent) == n
    own.send()
    assert len(sent) == n + 1
    enough.clear()
    sent.clear()
    own.start()
    assert enough.wait(SECONDS)
    own.stop()


def test_stop_breaks_off(registry):
    inside = threading.Event()
    seen = []

    def send(snapshot, delivery):
        inside.set()
        seen.append(select.select([delivery], [], [], SECONDS)[0] == [delivery])
        seen.append(delivery.left)

    own = sender(send, registry, interval=0.001)
    assert inside.wait(SECONDS)
    own.stop()
    assert seen == [True, 0]


def test_it_may_be_stopped_by_its_transport(registry):
    done = threading.Event()

    def send(snapshot, delivery):
        own.stop()
        done.set()

    own = sender(send, registry, interval=0.005)
    assert done.wait(SECONDS)
    own.stop()
    assert own.stats().failed <= 1


def test_sends_do_not_nest(registry):
    def send(snapshot, delivery):
        own.send()

    own = sender(send, registry)
    with pytest.raises(ValueError, match="cannot send while it sends"):
        own.send()


def test_a_context_manager(registry):
    sent = []
    with sender(lambda *_: sent.append(1), registry, last=True) as own:
        assert sent == []
    assert sent == [1]
    assert own.stats().sent == 1

    def fail(snapshot, delivery):
        raise OSError("down")

    with pytest.raises(OSError, match="down"):
        with sender(fail, registry, last=True, on_failure=lambda e: None):
            pass
    with pytest.raises(KeyError):  # what came first
        with sender(fail, registry, last=True, on_failure=lambda e: None):
            raise KeyError


# --- failures -----------------------------------------------------------------------------


def test_failures_are_told(registry):
    told, twice = [], threading.Event()

    def fail(snapshot, delivery):
        raise LookupError("no way")

    def on_failure(error):
        told.append((threading.get_ident(), error))
        if len(told) == 2:
            twice.set()

    own = sender(fail, registry, interval=0.005, on_failure=on_failure)
    assert twice.wait(SECONDS)
    own.stop()
    assert all(str(e) == "LookupError: no way" for _, e in told)
    assert threading.get_ident() not in [t for t, _ in told[:2]]
    n = len(told)
    with pytest.raises(LookupError):
        own.send()
    assert len(told) == n  # who asked has been told


def test_failures_are_logged(registry, caplog):
    def fail(snapshot, delivery):
        raise LookupError("no way")

    with caplog.at_level(logging.WARNING, logger="libprom"):
        own = sender(fail, registry, name="mine", last=True)
        with pytest.raises(LookupError):
            own.stop()
    assert [r.getMessage() for r in caplog.records] == [
        "sending by mine failed: LookupError: no way"
    ]
    assert caplog.records[0].levelno == logging.WARNING


def test_a_failing_callback(registry, capsys, monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", lambda u: seen.append(u.exc_value))

    def fail(*_):
        raise OSError("down")

    def on_failure(error):
        raise RuntimeError("and this too")

    own = sender(fail, registry, last=True, on_failure=on_failure)
    with pytest.raises(OSError, match="down"):
        own.stop()
    assert [str(e) for e in seen] == ["and this too"]


# --- options --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda r: sender(lambda *_: 0, r, interval=-1), ValueError, "more than 0 seconds"),
        (lambda r: sender(lambda *_: 0, r, interval="x"), TypeError, "str|real"),
        (lambda r: sender(lambda *_: 0, r, on_error="x"), ValueError, "on_error.*'x'"),
        (lambda r: sender(lambda *_: 0, r, names="abc"), TypeError, "names"),
        (lambda r: sender(lambda *_: 0, r, on_failure=3), TypeError, "function"),
        (lambda r: sender(lambda *_: 0, r, url="x"), TypeError, "keyword argument 'url'"),
        (lambda r: sender(lambda *_: 0, r, name=""), ValueError, "name"),
        (lambda r: sender(lambda *_: 0, 3), AttributeError, "collect"),
        (lambda r: sender(lambda *_: 0, r).start(), ValueError, "interval"),
        (lambda r: textfile(3, r), TypeError, "PathLike"),
        (lambda r: textfile("", r), ValueError, "."),
        (lambda r: textfile("x", r, format="y"), ValueError, "no format 'y'"),
        (lambda r: textfile("x", r, escaping="y"), ValueError, "no escaping 'y'"),
        (lambda r: textfile("x\0y", r), ValueError, "null"),
        (lambda r: graphite("h:99999", r), ValueError, "99999"),
        (lambda r: graphite("h", r, headers={}), TypeError, "keyword argument 'headers'"),
        (lambda r: remote_write("", r), ValueError, "."),
        (lambda r: remote_write("http://x", r, version=3), ValueError, "version"),
        (lambda r: remote_write("http://x", r, labels=3), TypeError, "labels"),
        (lambda r: remote_write("http://x", r, labels={1: "x"}), TypeError, "label name"),
        (lambda r: remote_write("http://x", r, retries=-1), (ValueError, OverflowError), "."),
        (lambda r: remote_write("http://x", r, headers={"a": "b\0"}), ValueError, "null"),
    ],
)
def test_bad_options(registry, call, error, sentence):
    with pytest.raises(error, match=sentence):
        call(registry)


# --- Graphite and files ------------------------------------------------------------------


def test_textfile(registry, tmp_path):
    Counter("c", "h", registry=registry).inc()
    path = tmp_path / "c.prom"
    own = textfile(path, registry, mode=0o640, sync=False)
    own.send()
    assert path.read_bytes() == encode(registry)
    assert os.stat(path).st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["c.prom"]
    with pytest.raises(OSError, match="nowhere"):
        textfile(tmp_path / "nowhere" / "x.prom", registry).send()


def test_textfile_of_a_failing_collector(registry, tmp_path):
    path = tmp_path / "c.prom"
    path.write_text("before")
    Gauge("g", "h", registry=registry)
    registry.register(Failing())
    with pytest.raises(LookupError):
        textfile(path, registry).send()
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["c.prom"]
    textfile(path, registry, on_error="continue").send()
    assert "g 0\n" in path.read_text()


# --- life ----------------------------------------------------------------------------------

AT_EXIT = """
import libprom, atexit, sys
registry = libprom.CollectorRegistry()
class Mine:
    value = 1
    def collect(self):
        return [libprom.GaugeMetricFamily("mine", "h", self.value)]
mine = Mine()
registry.register(mine)
def send(snapshot, delivery):
    print("sent", [f.samples[0].value for f in snapshot.collect()], flush=True)
def finish(delivery):
    print("finished", flush=True)
libprom.sender(send, registry, last=True, finish=finish, interval={interval})
atexit.register(lambda: setattr(mine, "value", 2))
print("end", flush=True)
"""


@pytest.mark.parametrize("interval", [None, 1000])
def test_the_last_send_at_exit(python, interval):
    """It is not kept, and collectors and transports in Python work."""
    out = python(AT_EXIT.format(interval=interval)).split("\n")
    assert out == ["end", "sent [2.0]", "finished", ""]


def test_a_stuck_one_is_left_behind(python):
    python("""
import libprom, threading
def send(snapshot, delivery):
    threading.Event().wait()
for i in range(3):
    libprom.sender(send, last=True, last_timeout=0.2)
""")


def test_many_at_exit_run_side_by_side(python):
    """Each waits for all others."""
    out = python("""
import libprom, os, threading
together = threading.Barrier(5)
def send(snapshot, delivery):
    together.wait(20)
    os.write(1, b"sent\\n")
for i in range(5):
    libprom.sender(send, libprom.CollectorRegistry(), last=True, last_timeout=20)
""")
    assert out == "sent\n" * 5


def test_a_fork(python):
    """The child sends when it is told to, and not at its end."""
    out = python("""
import libprom, os, threading, warnings
warnings.simplefilter("ignore")
sent, once = [], threading.Event()
def send(snapshot, delivery):
    sent.append(os.getpid())
    once.set()
own = libprom.sender(send, libprom.CollectorRegistry(), interval=0.005, last=True)
assert once.wait(20)
pid = os.fork()
if pid == 0:
    sent.clear()
    once.clear()
    own.stop()
    assert sent == []
    own.send()
    assert sent == [os.getpid()]
    once.clear()
    own.start()
    assert once.wait(20)
    own.stop()
    raise SystemExit(7)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
own.stop()
assert set(sent) == {os.getpid()}
print("ok")
""")
    assert out.endswith("ok\n")


def test_subinterpreters(python):
    name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    out = python(f"""
import {name} as sub
id = sub.create()
failed = sub.run_string(id, '''if True:
    import libprom, threading
    once = threading.Event()
    def send(snapshot, delivery):
        once.set()
    libprom.sender(send, libprom.CollectorRegistry(), interval=0.005, last=True,
                   finish=lambda delivery: print("finished", flush=True))
    assert once.wait(20)
''')
assert not failed, failed
sub.destroy(id)
print("gone")
""")
    assert out == "finished\ngone\n"


def test_one_that_nobody_keeps(registry):
    """Without an interval it goes with its last reference, its transport in a circle or not."""
    import gc
    import weakref

    class Target:
        def send(self, snapshot, delivery):
            pass

    target = Target()
    target.sender = sender(target.send, registry)
    target.sender.send()
    gone = weakref.ref(target)
    del target
    gc.collect()
    assert gone() is None


def test_constructors_that_reach_nobody():
    """Nothing is connected before something is sent."""
    registry = CollectorRegistry()
    registry.register(type("C", (), {"collect": lambda s: [GaugeMetricFamily("g", "h", 1)]})())
    for make in (
        lambda: graphite("localhost:1", registry, prefix="p", tags=True, udp=True),
        lambda: remote_write("http://localhost:1/w", registry, version=2, labels={"job": "j"}),
    ):
        make().stop()


def test_retries_can_be_none(registry):
    own = remote_write("http://localhost:1/w", registry, retries=0, timeout=20)
    Gauge("g", "h", registry=registry)
    with pytest.raises(OSError, match="localhost"):
        own.send()
    assert own.stats().failed == 1
