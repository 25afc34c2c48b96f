# SPDX-License-Identifier: Apache-2.0
"""The collectors of SQLite's statistics show what was done, each database under its name."""

import re
import shutil
import subprocess
import sys

import pytest

SAMPLE = re.compile(r'^(\w+)(?:\{db_name="(\w+)"\})? (\S+)$', re.M)


def samples(text):
    """{(name, database or ""): value}"""
    return {(name, db): float(value) for name, db, value in SAMPLE.findall(text)}


def lint(text):
    promtool = shutil.which("promtool")
    if not promtool:
        pytest.skip("there is no promtool in PATH")
    done = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60
    )
    return done.stdout + done.stderr


@pytest.fixture
def c_text(build, run):
    done = run(build / "examples/sqlite/sqlite_stats")
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


@pytest.fixture
def python_text(examples, run, tmp_path):
    done = run(sys.executable, examples / "sqlite/stats.py", tmp_path / "orders.db")
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


def test_c(c_text):
    found = samples(c_text)
    assert found["sqlite_memory_used_bytes", ""] > 100_000
    assert found["sqlite_memory_allocations", ""] > 10
    used = "sqlite_db_cache_used_bytes"
    assert found[used, "orders"] > found[used, "idle"]
    assert found["sqlite_db_cache_hits_total", "orders"] > 10
    assert found["sqlite_db_cache_hits_total", "idle"] == 0
    assert found["sqlite_db_schema_used_bytes", "orders"] > 0
    assert c_text.count("# TYPE sqlite_db_cache_hits_total counter\n") == 1
    assert len({db for _, db in found}) == 3


def test_python(python_text):
    found = samples(python_text)
    pages = found["sqlite_file_pages", "orders"]
    size = found["sqlite_file_page_bytes", "orders"]
    assert pages * size > 5000 * len("item 1234")
    assert 0 <= found["sqlite_file_free_pages", "orders"] < pages
    assert found["sqlite_file_cache_pages", "orders"] > 0


@pytest.mark.parametrize("language", ["c_text", "python_text"])
def test_promtool_finds_nothing(language, request):
    assert lint(request.getfixturevalue(language)) == ""
