# SPDX-License-Identifier: Apache-2.0
"""hello prints the same text in every language."""

import sys

import pytest


@pytest.fixture
def commands(build, lua):
    return {
        "C": [build / "examples/hello/hello"],
        "Lua": [lua, "hello.lua"],
        "Python": [sys.executable, "hello.py"],
    }


@pytest.mark.parametrize("language", ["C", "Lua", "Python"])
def test_hello(language, commands, examples, run):
    done = run(*commands[language], cwd=examples / "hello")
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout == (examples / "hello/expected.txt").read_text(encoding="utf-8")
