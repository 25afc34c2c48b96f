# SPDX-License-Identifier: Apache-2.0
"""tour shows the same metrics in every language, in Python in the order of creation."""

import sys

import pytest


@pytest.fixture
def commands(build, lua):
    return {
        "C": [build / "examples/tour/tour"],
        "Lua": [lua, "tour.lua"],
        "Python": [sys.executable, "tour.py"],
    }


@pytest.mark.parametrize("language", ["C", "Lua", "Python"])
def test_tour(language, commands, examples, run):
    done = run(*commands[language], cwd=examples / "tour")
    expected = (examples / "tour/expected.txt").read_text(encoding="utf-8")
    assert done.stderr == ""
    assert done.returncode == 0
    if language == "Python":
        assert sorted(done.stdout.splitlines()) == sorted(expected.splitlines())
    else:
        assert done.stdout == expected
