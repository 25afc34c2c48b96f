# SPDX-License-Identifier: Apache-2.0
"""What happens at the end of an interpreter, after a fork, and in several interpreters."""

import sys

import pytest

# Not urllib: it makes a TLS context for each request, and libcrypto crashes when a daemon
# thread is in it at exit.
ECHO = """
import atexit, http.client, os, signal, sys, threading, time
import libprom
from libprom import *
def get(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/metrics")
        response = connection.getresponse()
        if response.status != 200:
            raise OSError(response.status)
        return response.read().decode()
    finally:
        connection.close()
"""


def test_exit_with_servers_and_collectors(python):
    code = """
class Slow:
    def collect(self):
        time.sleep(0.01)
        return [GaugeMetricFamily("g", "h", 1)]
REGISTRY.register(Slow())
servers = [start_http_server(0, addr="127.0.0.1")[0] for _ in range(3)]
def hammer(port):
    while True:
        try:
            get(port)
        except (OSError, http.client.HTTPException):
            return
for s in servers:
    threading.Thread(target=hammer, args=(s.port,), daemon=True).start()
time.sleep(0.3)
print("end")
"""
    for _ in range(3):
        assert python(ECHO + code) == "end\n"


def test_no_collector_is_called_after_the_end(python):
    """A server that C runs goes on while the interpreter ends, and after."""
    code = """
class Noisy:
    def collect(self):
        return [GaugeMetricFamily("g", "h", 1)]
REGISTRY.register(Noisy())
server = libprom._native.Server(REGISTRY, {})  # one that _ending.py does not stop
port = server.port
assert "g 1" in get(port)
import builtins
builtins.kept = server  # not collected with the modules
libprom._native._close_gate()
assert "g 1" not in get(port)
assert b"g 1" not in generate_latest()
print("end")
"""
    assert python(ECHO + code) == "end\n"


def test_exit_waits_for_a_collector_in_another_thread(python):
    code = """
inside = threading.Event()
class Slow:
    def collect(self):
        inside.set()
        time.sleep(0.5)
        print("done", flush=True)
        return ()
r = CollectorRegistry()
r.register(Slow())
server = libprom._native.Server(r, {})
threading.Thread(target=lambda: get(server.port), daemon=True).start()
inside.wait(20)
"""
    assert python(ECHO + code) == "done\n"


def test_exit_does_not_wait_for_ever(python):
    code = """
inside = threading.Event()
def stuck():
    inside.set()
    threading.Event().wait()
r = CollectorRegistry()
r.register(stuck)
server = serve(registry=r)
threading.Thread(target=lambda: get(server.port), daemon=True).start()
inside.wait(20)
print("end")
"""
    assert python(ECHO + code) == "end\n"


def test_fork(python):
    code = """
c = Counter("c", "h")
g = CollectorRegistry()
class Fixed:
    def collect(self):
        return [GaugeMetricFamily("g", "h", 1)]
REGISTRY.register(Fixed())
server = serve()
c.inc()
pid = os.fork()
if pid == 0:
    c.inc()
    assert c.get() == 2
    assert b"g 1" in generate_latest()
    assert server.port == 0
    server.stop()
    own = serve()
    assert "c_total 2" in get(own.port)
    sys.exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
assert "c_total 1" in get(server.port)
print("end")
"""
    assert python(ECHO + code) == "end\n"


def test_multiprocessing(python):
    code = """
import multiprocessing
c = Counter("c", "h")
def work(n):
    c.inc(n)
    return c.get()
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(sorted(pool.map(work, [1, 1], chunksize=1))[-1] >= 1, c.get())
"""
    assert python(ECHO.replace("import *", "import Counter") + code) == "True 0.0\n"


def test_signal_handler_updates(python):
    code = """
c = Counter("c", "h", ["l"])
h = Histogram("h", "h")
def handler(*_):
    c.labels("x").inc()
    h.observe(1)
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
end = time.monotonic() + 1
n = 0
while time.monotonic() < end:
    c.labels("x").inc()
    h.observe(2)
    n += 1
    if n % 100 == 0:
        generate_latest()
signal.setitimer(signal.ITIMER_REAL, 0)
print(c.labels("x").get() > n, REGISTRY.get_sample_value("h_count") == c.labels("x").get())
"""
    assert python(ECHO + code) == "True True\n"


def test_modules_can_be_loaded_again(python):
    code = """
old = REGISTRY
Counter("c", "h").inc()
for name in [n for n in sys.modules if n.partition(".")[0] == "libprom"]:
    del sys.modules[name]
import libprom as again
assert again.Counter is not Counter
again.Counter("c", "h").inc()
print(again.REGISTRY.get_sample_value("c_total"), old.get_sample_value("c_total"))
"""
    assert python(ECHO + code) == "2.0 2.0\n"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="one GIL for all before 3.12")
def test_subinterpreters(python):
    name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    code = f"""
import {name} as interpreters
Counter("c", "h").inc()
class Outer:
    def collect(self):
        return [GaugeMetricFamily("outer", "h", 1)]
REGISTRY.register(Outer())
server = serve()
ids = []
for i in range(3):
    id = interpreters.create()
    ids.append(id)
    interpreters.run_string(id, '''
import libprom
libprom.Counter("c", "h").inc()
class Inner:
    def collect(self):
        return [libprom.GaugeMetricFamily("inner%d", "h", 1)]
libprom.REGISTRY.register(Inner())
text = libprom.generate_latest()
assert b"outer 1" in text and b"inner%d 1" in text
''' % (i, i))
text = get(server.port)
assert all(f"inner{{i}} 1" in text for i in range(3)), text
assert "c_total 4" in text
for id in ids:
    interpreters.destroy(id)
text = get(server.port)
assert "inner" not in text and "outer 1" in text
print("end")
"""
    assert python(ECHO + code) == "end\n"
