# SPDX-License-Identifier: Apache-2.0
"""The demo says that all agrees, and does not when it does not."""

import shutil
import site
import sys

import pytest

FILES = {
    "c": {"a.h": "one\ntwo\n", "deep/er/b.py": "three", "c.o": "not of a kind that counts"},
    "lua": {"a.txt": "", "b.pm": "\n" * 1000, ".h": "x\n"},
    "python": {"a.cmake": "x" * 5000 + "\n", "h": "no ending", "deep/b.h": "y\n"},
}


@pytest.fixture
def trees(tmp_path):
    """Folders with FILES in them, and links, which do not count."""
    for folder, files in FILES.items():
        for name, text in files.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (tmp_path / folder / "link.h").symlink_to(tmp_path / "c/a.h")
        (tmp_path / folder / "loop").symlink_to(tmp_path / folder)
    return {"C": tmp_path / "c", "Lua": tmp_path / "lua", "Python": tmp_path / "python"}


@pytest.fixture
def run_host(build, examples, run):
    """run_host(trees, scripts=): the host, told to go if it starts."""

    def run_host(trees, scripts=None, told="go\n"):
        words = [word for pair in trees.items() for word in pair]
        modules = site.getsitepackages()[0]
        host = build / "examples/demo/demo_host"
        return run(host, scripts or examples / "demo", modules, *words, input=told)

    return run_host


@pytest.fixture
def scripts(examples, tmp_path):
    """A copy of the scripts, to be changed."""
    folder = tmp_path / "scripts"
    folder.mkdir()
    for name in ("count.lua", "count.py"):
        shutil.copy(examples / "demo" / name, folder)
    return folder


def run_demo(run, build, examples, *options):
    host = build / "examples/demo/demo_host"
    return run(sys.executable, examples / "demo/run.py", host, *options)


# --- the whole ---------------------------------------------------------------


def test_demo_agrees(run, build, examples):
    done = run_demo(run, build, examples)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert 'demo_files_total{kind="h",language="C"} ' in done.stdout
    assert "All agree" in done.stdout


def test_demo_fails_with_its_host(run, examples, tmp_path):
    host = tmp_path / "host"
    host.write_text("#!/bin/sh\necho http://127.0.0.1:1/metrics\nread go\nexit 1\n")
    host.chmod(0o755)
    done = run(sys.executable, examples / "demo/run.py", host)
    assert done.returncode == 1
    assert "demo: the host" in done.stderr


# --- the host ----------------------------------------------------------------


def test_host_counts(trees, demo_module, build, examples, monkeypatch):
    check, folders, program = (demo_module(name) for name in ("check", "folders", "run"))
    monkeypatch.setenv("LUA_PATH", f"{examples.parent}/bindings/lua/?.lua;;")
    dealt = {language: [str(folder)] for language, folder in trees.items()}
    with program.running_host(str(build / "examples/demo/demo_host"), dealt) as host:
        host.work()
        text = host.scrape()
    scrape = check.Scrape(text)
    assert scrape.value("demo_files_total", language="C", kind="h") == 1
    assert scrape.value("demo_bytes_total", language="C", kind="py") == 5
    assert scrape.value("demo_lines_total", language="C", kind="py") == 0
    assert scrape.value("demo_lines_total", language="Lua", kind="pm") == 1000
    assert scrape.value("demo_files_total", language="Lua", kind="txt") == 1
    assert scrape.value("demo_files_total", language="Lua", kind="h") == 1
    assert scrape.value("demo_bytes_total", language="Python", kind="cmake") == 5001
    assert scrape.total("demo_files_total") == 7
    for language in trees:
        assert scrape.value("demo_seen_files", language=language) == 7
    counted = {language: folders.count(dealt[language]) for language in dealt}
    assert list(check.complaints(scrape, counted)) == []


def test_host_ends_with_its_input(run_host, trees):
    done = run_host(trees, told="")
    assert done.returncode == 0, done.stderr
    assert "done" not in done.stdout


@pytest.mark.parametrize(
    ("script", "end", "said"),
    [
        ("count.lua", "error('no luck')", "no luck"),
        ("count.lua", "return {}", ""),
        ("count.lua", "function script.count() error('midway') end return script", "midway"),
        ("count.py", "raise ValueError('no luck')", "no luck"),
        ("count.py", "def count(): raise ValueError('midway')", "midway"),
        ("count.py", "Counter('demo_seen_files', '', registry=registry)", "demo_seen_files"),
    ],
)
def test_host_fails_with_a_script(run_host, trees, scripts, script, end, said):
    path = scripts / script
    text = path.read_text(encoding="utf-8").removesuffix("return script\n")
    path.write_text(f"{text}\n{end}\n", encoding="utf-8")
    done = run_host(trees, scripts)
    assert done.returncode == 1, done.stdout
    assert said in done.stderr
    assert "done" not in done.stdout


def test_host_without_arguments(build, run):
    done = run(build / "examples/demo/demo_host")
    assert done.returncode == 2
    assert done.stderr.startswith("usage:")


# --- the checks --------------------------------------------------------------

TEXT = """\
# TYPE demo_files_total counter
demo_files_total{kind="h",language="C"} 3
demo_bytes_total{kind="h",language="C"} 60
demo_lines_total{kind="h",language="C"} 6
demo_file_bytes{language="C",quantile="0.5"} 20.1
demo_file_bytes{language="C",quantile="0.9"} 30
demo_file_bytes{language="C",quantile="0.99"} 29.8
demo_file_bytes_sum{language="C"} 60
demo_file_bytes_count{language="C"} 3
demo_read_seconds_bucket{language="C",le="0.1"} 1
demo_read_seconds_bucket{language="C",le="1"} 3
demo_read_seconds_bucket{language="C",le="+Inf"} 3
demo_read_seconds_sum{language="C"} 1.5
demo_read_seconds_count{language="C"} 3
demo_unreadable_files_total{language="C"} 0
demo_files_in_progress{language="C"} 0
demo_seen_files{language="C"} 3
demo_languages{state="working"} 0
demo_languages{state="waiting"} 1
demo_lua_heap_bytes 1e+06
demo_python_objects{generation="2"} 0
"""


@pytest.fixture
def complaints(demo_module):
    """complaints(text): of an exposition, when three files of 10, 20 and 30 bytes are there."""
    check, folders = demo_module("check"), demo_module("folders")
    counted = {"C": {"h": folders.Count([10, 20, 30], 6)}}
    return lambda text: list(check.complaints(check.Scrape(text), counted))


def test_check_accepts_what_is_right(complaints):
    assert complaints(TEXT) == []


# Times are not known before; only how many there are.
KNOWN = [line for line in TEXT.splitlines() if line[0] != "#" and "_seconds_" not in line]


@pytest.mark.parametrize("line", [*KNOWN, 'demo_read_seconds_count{language="C"} 3'])
def test_check_wants_every_sample(complaints, line):
    assert line in TEXT
    assert complaints(TEXT.replace(line + "\n", "")) != []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("demo_files_total{kind", "demo_files_total{sort"),
        ('language="C"} 60', 'language="C"} 61'),
        ('language="C"} 6\n', 'language="C"} 7\n'),
        ("20.1", "20.9"),
        ("29.8", "29.6"),
        ('working"} 0', 'working"} 1'),
    ],
)
def test_check_sees_what_is_wrong(complaints, right, wrong):
    assert right in TEXT
    assert complaints(TEXT.replace(right, wrong)) != []


def test_answers_are_compared(demo_module):
    check, server = demo_module("check"), demo_module("server")
    scrape = check.Scrape(TEXT)
    answers = {
        server.FILES: {"C": 3.0},
        server.GROWTH: {"C": 3.0},
        server.MEAN: {"C": 0.5},
        server.QUANTILE: {"C": 0.1 + 0.9 * (2.7 - 1) / 2},
        server.MEDIAN: {"C": 20.1},
        server.RATE: {"C": 0.1},
    }
    assert set(answers) == set(server.QUERIES)
    assert list(server.complaints(answers, scrape, ["C"])) == []
    for query in answers:
        for wrong in ({"C": -1.0}, {"Lua": 3.0}, {}):
            assert len(list(server.complaints({**answers, query: wrong}, scrape, ["C"]))) == 1


@pytest.mark.parametrize(
    ("buckets", "q", "value"),
    [
        ([(1.0, 0.0), (2.0, 10.0), (float("inf"), 10.0)], 0.5, 1.5),
        ([(1.0, 4.0), (2.0, 4.0), (float("inf"), 4.0)], 0.25, 0.25),
        ([(1.0, 1.0), (float("inf"), 10.0)], 0.9, 1.0),
    ],
)
def test_quantile_of_buckets(demo_module, buckets, q, value):
    assert demo_module("server").quantile_of(buckets, q) == pytest.approx(value)
