# SPDX-License-Identifier: Apache-2.0
"""Where the examples are, as source and as built by CMake in the folder PROM_BUILD."""

import importlib
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def examples():
    return ROOT / "examples"


@pytest.fixture(scope="session")
def build():
    folder = pathlib.Path(os.environ.get("PROM_BUILD", ROOT / "build/release"))
    assert (folder / "examples").is_dir(), f"{folder} was not built with PROM_EXAMPLES=ON"
    return folder.resolve()


@pytest.fixture(scope="session")
def run(build):
    """run(*command, **options): the finished process, in which Lua finds the module."""
    paths = {
        "LUA_PATH": f"{ROOT}/bindings/lua/?.lua;;",
        "LUA_CPATH": f"{build}/bindings/lua/?.so;;",
    }

    def run(*command, **options):
        return subprocess.run(
            [str(word) for word in command],
            env={**os.environ, **paths},
            capture_output=True,
            text=True,
            timeout=100,
            **options,
        )

    return run


@pytest.fixture(scope="session")
def lua():
    program = shutil.which("lua5.4") or shutil.which("lua")
    assert program, "there is no Lua in PATH"
    return program


@pytest.fixture
def demo_module(examples, monkeypatch):
    """demo_module(name): a module of the demo's driver."""
    monkeypatch.syspath_prepend(str(examples / "demo"))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        del sys.modules[name]  # their names are common ones
