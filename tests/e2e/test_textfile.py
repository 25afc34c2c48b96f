# SPDX-License-Identifier: Apache-2.0
"""What a real node_exporter shows of the files that we write."""

import shutil
import subprocess
import urllib.request

import pytest

WANTED = """\
# HELP e2e_level Level.
# TYPE e2e_level gauge
e2e_level {level}
# HELP e2e_requests_total Requests.
# TYPE e2e_requests_total counter
e2e_requests_total{{code="200",path="/a b;c"}} 17
# HELP e2e_seconds Seconds.
# TYPE e2e_seconds histogram
e2e_seconds_bucket{{le="0.5"}} 1
e2e_seconds_bucket{{le="+Inf"}} 2
e2e_seconds_sum 4.25
e2e_seconds_count 2
"""


class Exporter:
    """node_exporter with nothing but the textfile collector."""

    def __init__(self, folder, kit):
        self.kit = kit
        program = shutil.which("prometheus-node-exporter")
        if not program:
            pytest.skip("Debian's package prometheus-node-exporter is missing")
        self.folder = folder
        self.port = kit.free_port()
        self.process = subprocess.Popen(
            [
                program,
                "--collector.disable-defaults",
                "--collector.textfile",
                f"--collector.textfile.directory={folder}",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        kit.wait_for("node_exporter answers", self.lines)

    def lines(self):
        assert self.process.poll() is None
        try:
            url = f"http://127.0.0.1:{self.port}/metrics"
            with urllib.request.urlopen(url, timeout=self.kit.patience) as answer:
                return answer.read().decode().splitlines()
        except OSError:
            return []

    def text(self, part):
        """The lines with this in them."""
        return "".join(f"{line}\n" for line in self.lines() if part in line)

    def stop(self):
        self.process.terminate()
        self.process.wait(self.kit.patience)


@pytest.fixture
def exporter(tmp_path, kit):
    e = Exporter(tmp_path, kit)
    yield e
    e.stop()


def test_files_are_shown(kit, exporter):
    path = exporter.folder / "bridge.prom"
    with subprocess.Popen(
        [kit.built("e2e_bridge"), "textfile", path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as bridge:
        for level in ("-2.5", "-1.5", "-0.5"):
            assert bridge.stdout.readline() == "PROM_OK\n"
            assert exporter.text("e2e_") == WANTED.format(level=level)
            bridge.stdin.write("again\n")
            bridge.stdin.flush()
        bridge.stdin.close()
    assert "node_textfile_scrape_error 0" in exporter.lines()
    assert f'file="{path}"' in exporter.text("node_textfile_mtime_seconds{")
    assert [f.name for f in exporter.folder.iterdir()] == ["bridge.prom"]
