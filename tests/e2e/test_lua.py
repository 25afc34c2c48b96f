# SPDX-License-Identifier: Apache-2.0
"""What real servers have got of what a script in Lua sent."""

import shutil
import subprocess
import urllib.request

import pytest


class Script:
    """tests/e2e/senders.lua, running: it goes on when it is told to."""

    def __init__(self, command, env, patience):
        self.patience = patience
        self.process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def says(self):
        return self.process.stdout.readline().strip()

    def goes_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def ends(self):
        self.process.stdin.close()
        assert self.process.wait(self.patience) == 0
        self.process.stdout.close()


@pytest.fixture
def script(kit, lua):
    """Starts it."""

    def start(*words):
        command, env = lua("senders.lua", *words)
        return Script(command, env, kit.patience)

    return start


@pytest.fixture(scope="module")
def gateway(kit, tmp_path_factory):
    """The port of a Pushgateway."""
    program = shutil.which("prometheus-pushgateway")
    if not program:
        pytest.skip("prometheus-pushgateway is missing: Debian's package of this name")
    port = kit.free_port()
    log = (tmp_path_factory.mktemp("gateway") / "log").open("w")
    process = subprocess.Popen(
        [program, f"--web.listen-address=127.0.0.1:{port}", "--persistence.file="],
        stdout=log,
        stderr=log,
    )

    def answers():
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready").status == 200
        except OSError:
            return False

    kit.wait_for("the gateway answers", answers)
    yield port
    process.terminate()
    process.wait(kit.patience)
    log.close()


def pushed(port):
    """Values of what was pushed, by name and labels as they are shown."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return {
        series: float(value)
        for series, value in (line.rsplit(" ", 1) for line in lines if line[:4] == "e2e_")
    }


JOBS = 'e2e_jobs_total{instance="",job="lua",kind="a/b",path="/x y"}'
LEVEL = 'e2e_level{instance="",job="lua",path="/x y"}'


def test_push_add_delete(gateway, script):
    s = script("push", f"127.0.0.1:{gateway}")
    assert s.says() == "pushed"
    assert pushed(gateway) == {JOBS: 3}
    s.goes_on()
    assert s.says() == "added"
    assert pushed(gateway) == {JOBS: 3, LEVEL: -2.5}
    s.goes_on()
    assert s.says() == f"http://127.0.0.1:{gateway}/metrics/job/lua/path@base64/L3ggeQ"
    s.goes_on()
    assert s.says() == "deleted"
    assert pushed(gateway) == {}
    s.ends()


def test_a_job_pushes_when_its_state_closes(gateway, script):
    s = script("job", f"127.0.0.1:{gateway}")
    assert s.says() == "ready"
    assert pushed(gateway) == {}
    s.ends()
    assert pushed(gateway) == {'e2e_done_total{instance="",job="job"}': 5}


def test_remote_write(kit, script, tmp_path, wait_until):
    p = kit.Prometheus(tmp_path, {}, "--web.enable-remote-write-receiver")
    try:
        s = script("write", f"{p.url}/api/v1/write", "1")
        assert s.says() == "writing"
        query = 'e2e_jobs_total{job="lua"}'
        wait_until("all is written", lambda: p.value(query) == 23)
        s.ends()
        wait_until("the series has ended", lambda: p.value(query) is None)
    finally:
        p.stop()
