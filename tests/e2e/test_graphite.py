# SPDX-License-Identifier: Apache-2.0
"""What a real carbon has stored of what we sent, read back from its files by whisper."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

import pytest

PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's packages
CONFIG = """\
[cache]
STORAGE_DIR = {folder}
LOCAL_DATA_DIR = {folder}/whisper
CONF_DIR = {folder}
LOG_DIR = {folder}
PID_DIR = {folder}
USER =
DATABASE = whisper
ENABLE_TAGS = False
MAX_CREATES_PER_MINUTE = inf
MAX_UPDATES_PER_SECOND = inf
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = {port}
ENABLE_UDP_LISTENER = True
UDP_RECEIVER_INTERFACE = 127.0.0.1
UDP_RECEIVER_PORT = {port}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = {pickle}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = {query}
LOG_CREATES = True
"""
SCHEMAS = "[all]\npattern = .*\nretentions = 1s:10m\n"
# The points of each file, by the series' path as carbon encodes it.
READ = """\
import json, sys, whisper
from carbon.util import TaggedSeries
points = {}
for path in sys.argv[3:]:
    (begin, end, step), values = whisper.fetch(f"{sys.argv[1]}/{path}", float(sys.argv[2]))
    points[path] = [v for v in values if v is not None]
json.dump(points, sys.stdout)
"""
# Where carbon keeps a series.
WHERE = """\
import json, sys
from carbon.util import TaggedSeries
json.dump([TaggedSeries.encode(s, "/", hash_only=True) + ".wsp" for s in sys.argv[1:]],
          sys.stdout)
"""
PATHS = {
    "e2e_requests_total.code.200.path._a.b_c": 17,
    "e2e_level": -2.5,
    "e2e_seconds_bucket.le.0_5": 1,
    "e2e_seconds_bucket.le._Inf": 2,
    "e2e_seconds_sum": 4.25,
    "e2e_seconds_count": 2,
}
TAGS = {
    "e2e_requests_total;code=200;path=/a_b_c": 17,
    "e2e_level": -2.5,
    "e2e_seconds_bucket;le=0.5": 1,
    "e2e_seconds_bucket;le=+Inf": 2,
    "e2e_seconds_sum": 4.25,
    "e2e_seconds_count": 2,
}


class Carbon:
    """carbon-cache on a free port, and its files."""

    def __init__(self, folder, kit):
        self.kit = kit
        program = shutil.which("carbon-cache")
        if not program:
            pytest.skip("carbon-cache is missing: Debian's package graphite-carbon")
        self.folder = folder
        self.port = kit.free_port()
        modules = pathlib.Path(program).resolve().parents[1] / "lib/python3/dist-packages"
        self.env = {**os.environ, "PYTHONPATH": str(modules), "PYTHONDONTWRITEBYTECODE": "1"}
        config = CONFIG.format(
            folder=folder, port=self.port, pickle=kit.free_port(), query=kit.free_port()
        )
        (folder / "carbon.conf").write_text(config)
        (folder / "storage-schemas.conf").write_text(SCHEMAS)
        self.log = (folder / "carbon.log").open("w+")
        command = [PYTHON, program, f"--config={folder}/carbon.conf", "--nodaemon", "start"]
        self.process = subprocess.Popen(
            command, cwd=folder, env=self.env, stdout=self.log, stderr=self.log
        )
        kit.wait_for("carbon listens", self.listens)

    def listens(self):
        if self.process.poll() is not None:
            self.log.seek(0)
            pytest.fail(self.log.read())
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.terminate()
        self.process.wait(self.kit.patience)
        self.log.close()

    def python(self, script, *words):
        done = subprocess.run(
            [PYTHON, "-c", script, *map(str, words)],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=self.kit.patience,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def points(self, series, begin):
        """What was stored of each, once there are files of all."""
        files = self.python(WHERE, *series)
        data = self.folder / "whisper"
        self.kit.wait_for(
            "all series are stored", lambda: all((data / f).exists() for f in files)
        )
        self.kit.wait_for(
            "all points are stored",
            lambda: all(self.python(READ, data, begin, *files).values()),
        )
        got = self.python(READ, data, begin, *files)
        return {s: got[f] for s, f in zip(series, files)}


@pytest.fixture(scope="module")
def carbon(tmp_path_factory, kit):
    c = Carbon(tmp_path_factory.mktemp("carbon"), kit)
    yield c
    c.stop()


@pytest.mark.parametrize("language", ["C", "Lua"])
@pytest.mark.parametrize("form", ["paths", "tags"])
@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_points_are_stored(kit, lua, carbon, protocol, form, language):
    prefix = f"pre-{protocol}.{form}.{language}"
    begin = time.time() - 2
    words = [protocol, f"127.0.0.1:{carbon.port}", prefix, form]
    command, env = [kit.built("e2e_bridge"), *words], None
    if language == "Lua":
        command, env = lua("bridge.lua", *words)
    subprocess.run(command, env=env, check=True, timeout=kit.patience)
    wanted = PATHS if form == "paths" else TAGS
    got = carbon.points([f"{prefix}.{name}" for name in wanted], begin)
    assert got == {f"{prefix}.{name}": [value] for name, value in wanted.items()}


def test_no_line_was_refused(carbon):
    """carbon logs lines that it does not understand."""
    logs = "".join(f.read_text() for f in carbon.folder.glob("*.log"))
    assert "invalid line" not in logs
    assert "rror" not in logs
