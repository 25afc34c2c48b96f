# SPDX-License-Identifier: Apache-2.0
"""What is pushed to: a Pushgateway of its own, and a sink that takes everything."""

import contextlib
import http.server
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

from programs import Missing

PATIENCE = 15


class Sink(http.server.BaseHTTPRequestHandler):
    """Answers as Pushgateways, receivers of remote write and of OTLP do to what they like."""

    protocol_version = "HTTP/1.1"

    def take(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", self.headers["Content-Type"])
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_POST = take

    def log_message(self, *_):
        pass


def leave_core():
    """Runs this thread, or process, where what is measured does not."""
    others = set(range(os.cpu_count())) - os.sched_getaffinity(0)
    if others:
        os.sched_setaffinity(0, others)


@contextlib.contextmanager
def sink():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)

    def serve():
        leave_core()
        server.serve_forever()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until_ready(url):
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return urllib.request.urlopen(f"{url}/-/ready", timeout=PATIENCE).close()
        except (urllib.error.URLError, OSError):
            if time.monotonic() > end:
                raise Missing("the Pushgateway does not get ready") from None
            time.sleep(0.05)


@contextlib.contextmanager
def pushgateway():
    program = shutil.which("prometheus-pushgateway")
    if program is None:
        raise Missing("no prometheus-pushgateway: ./dev bench unpacks Debian's package")
    address = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        [program, f"--web.listen-address={address}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=leave_core,
    )
    try:
        wait_until_ready(f"http://{address}")
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def environment(problem):
    """What tells the programs where to push. Without a Pushgateway it is the sink."""
    with contextlib.ExitStack() as stack:
        env = {"BENCH_SINK": stack.enter_context(sink())}
        env["BENCH_GATEWAY"] = env["BENCH_SINK"]
        try:
            env["BENCH_GATEWAY"] = stack.enter_context(pushgateway())
        except Missing as e:
            problem(f"pushes go to a sink that takes everything: {e}")
        yield env
