# SPDX-License-Identifier: Apache-2.0
"""What real servers have got of what a program in Python sent."""

import pathlib
import shutil
import subprocess
import sys
import time
import urllib.request

import pytest

import libprom
from libprom import delete_from_gateway, push_to_gateway, pushadd_to_gateway


@pytest.fixture
def registry():
    """One with a metric and a collector written in Python."""
    r = libprom.CollectorRegistry()
    libprom.Counter("e2e_jobs", "Jobs.", ["kind"], registry=r).labels("a/b").inc(3)
    r.register(lambda: [libprom.GaugeMetricFamily("e2e_mine", "Of Python.", 7)])
    return r


def level(value):
    r = libprom.CollectorRegistry()
    libprom.Gauge("e2e_level", "Level.", registry=r).set(value)
    return r


# --- Pushgateway ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gateway(kit, tmp_path_factory):
    """The address of a Pushgateway."""
    program = shutil.which("prometheus-pushgateway")
    if not program:
        pytest.skip("prometheus-pushgateway is missing: Debian's package of this name")
    address = f"127.0.0.1:{kit.free_port()}"
    with (tmp_path_factory.mktemp("gateway") / "log").open("w") as log:
        process = subprocess.Popen(
            [program, f"--web.listen-address={address}", "--persistence.file="],
            stdout=log,
            stderr=log,
        )

    def answers():
        try:
            return urllib.request.urlopen(f"http://{address}/-/ready").status == 200
        except OSError:
            return False

    kit.wait_for("the gateway answers", answers)
    yield address
    process.terminate()
    process.wait(kit.patience)


def pushed(address):
    with urllib.request.urlopen(f"http://{address}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return {
        series: float(value)
        for series, value in (line.rsplit(" ", 1) for line in lines if line[:4] == "e2e_")
    }


JOBS = 'e2e_jobs_total{instance="",job="python",kind="a/b",path="/x y"}'
MINE = 'e2e_mine{instance="",job="python",path="/x y"}'
LEVEL = 'e2e_level{instance="",job="python",path="/x y"}'


def through_python(**kwargs):
    """A handler of one's own, so that nothing is done by the library."""
    return libprom.exposition.default_handler(**kwargs)


@pytest.mark.parametrize("options", [{}, {"handler": through_python}])
def test_push_add_delete(gateway, registry, options):
    key = {"path": "/x y"}
    push_to_gateway(gateway, "python", registry, key, **options)
    assert pushed(gateway) == {JOBS: 3, MINE: 7}
    pushadd_to_gateway(gateway, "python", level(-2.5), key, compression="gzip", **options)
    assert pushed(gateway) == {JOBS: 3, MINE: 7, LEVEL: -2.5}
    push_to_gateway(gateway, "python", level(1), key, **options)
    assert pushed(gateway) == {LEVEL: 1}
    delete_from_gateway(gateway, "python", key, **options)
    assert pushed(gateway) == {}


def test_its_own_words(gateway):
    """Of a URL that it does not know."""
    with pytest.raises(OSError, match="404|405"):
        push_to_gateway(f"{gateway}/nowhere", "python", level(1))


def test_pusher(gateway, registry):
    with libprom.Pusher(
        gateway, "python", registry, grouping={"path": "/x y"}, last=True, delete_at_end=False
    ) as pusher:
        assert pushed(gateway) == {}
    assert pushed(gateway) == {JOBS: 3, MINE: 7}
    pusher.delete()
    assert pushed(gateway) == {}


JOB = """
import libprom, sys
value = 1
def mine():
    yield libprom.GaugeMetricFamily("e2e_mine", "Of Python.", value)
libprom.REGISTRY.clear()
libprom.REGISTRY.register(mine)
libprom.Pusher(sys.argv[1], "python", interval=3600, last=True, grouping={"path": "/x y"})
value = 5
"""


def test_a_job_pushes_when_it_ends(gateway):
    subprocess.run([sys.executable, "-c", JOB, gateway], check=True, timeout=60)
    assert pushed(gateway) == {MINE: 5}
    delete_from_gateway(gateway, "python", {"path": "/x y"})


# --- Prometheus ------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 2])
def test_remote_write(kit, registry, tmp_path, wait_until, version):
    p = kit.Prometheus(tmp_path, {}, "--web.enable-remote-write-receiver")
    try:
        with libprom.remote_write(
            f"{p.url}/api/v1/write",
            registry,
            version=version,
            labels={"job": "python", "instance": 1},
            interval=0.1,
        ) as sender:
            query = 'e2e_mine{job="python"}'
            wait_until("all is written", lambda: p.value(query) == 7)
            assert p.value('e2e_jobs_total{job="python"}') == 3
            assert sender.stats().failed == 0
        wait_until("the series has ended", lambda: p.value(query) is None)
    finally:
        p.stop()


def test_otlp(receiver, registry):
    libprom.otlp(
        f"{receiver.url}/api/v1/otlp/v1/metrics",
        registry,
        resource={"service.name": "python", "service.instance.id": "1"},
        compression="gzip",
    ).send()
    stored = str(receiver.list("stored"))
    assert "e2e_mine" in stored and "e2e_jobs_total" in stored


def test_a_scrape_of_an_application(kit, registry, tmp_path, wait_until):
    """Prometheus scrapes a WSGI application, and one with TLS is left to the other tests."""
    import threading
    import wsgiref.simple_server

    class Quiet(wsgiref.simple_server.WSGIRequestHandler):
        def log_message(self, *args):
            pass

    metrics = libprom.HTTPMetrics(registry)
    app = libprom.WSGIMiddleware(libprom.make_wsgi_app(registry), metrics)
    with wsgiref.simple_server.make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        p = kit.Prometheus(tmp_path, {"app": server.server_port})
        try:
            wait_until("it is scraped", lambda: p.value('e2e_mine{job="app"}') == 7)
            query = 'http_requests_total{job="app",code="200"}'
            wait_until("scrapes are counted", lambda: p.value(query))
        finally:
            p.stop()
            server.shutdown()
            thread.join()


# --- node_exporter -----------------------------------------------------------------------


def test_textfile(kit, registry, tmp_path, wait_until):
    program = shutil.which("prometheus-node-exporter")
    if not program:
        pytest.skip("prometheus-node-exporter is missing: Debian's package of this name")
    port = kit.free_port()
    libprom.write_to_textfile(pathlib.Path(tmp_path) / "e2e.prom", registry)
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [
                program,
                f"--web.listen-address=127.0.0.1:{port}",
                f"--collector.textfile.directory={tmp_path}",
            ],
            stdout=log,
            stderr=log,
        )
    try:

        def shown():
            try:
                url = f"http://127.0.0.1:{port}/metrics?collect[]=textfile"
                with urllib.request.urlopen(url) as answer:
                    return answer.read().decode()
            except OSError:
                time.sleep(0.05)
                return ""

        text = wait_until("it listens", shown)
    finally:
        process.terminate()
        process.wait(kit.patience)
    assert "e2e_mine 7\n" in text and 'e2e_jobs_total{kind="a/b"} 3\n' in text
