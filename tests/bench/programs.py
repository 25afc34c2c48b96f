# SPDX-License-Identifier: Apache-2.0
"""Builds the programs of the benchmarks, ours and the peers', in .work."""

import os
import random
import re
import shutil
import struct
import subprocess
import sys
from math import log10
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = HERE / ".work"
PREFIX = WORK / "prefix"
VALUES = WORK / "values.f64"
PYTHON = WORK / "venv" / "bin" / "python"

GO_AT_LEAST = (1, 25)
READER_GO_AT_LEAST = (1, 26)
PROMETHEUS_CLIENT = "prometheus_client==0.26.0"


class Missing(Exception):
    """Something that is needed for one peer is not on this machine."""


def run(*command, **kwargs):
    """Runs a build step; its output is shown only if it fails."""
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **kwargs,
    )
    if done.returncode != 0:
        raise Missing(f"'{' '.join(map(str, command[:4]))} ...' failed:\n{done.stdout[-2000:]}")
    return done.stdout


def pkg_config(*words, path=None):
    env = dict(os.environ, PKG_CONFIG_PATH=str(path)) if path else None
    return run("pkg-config", *words, env=env).split()


def write_values():
    """Latencies spread evenly over the decades from 1 ms to 20 s; always the same ones."""
    dice = random.Random(1)
    values = [10 ** dice.uniform(-3, log10(20)) for _ in range(16384)]
    VALUES.write_bytes(struct.pack(f"<{len(values)}d", *values))


def libprom():
    """The library as a user installs it."""
    build = WORK / "build"
    run(
        "cmake", "-S", ROOT, "-B", build, "-DCMAKE_BUILD_TYPE=Release", "-DPROM_TESTS=OFF",
        f"-DCMAKE_INSTALL_PREFIX={PREFIX}", "-DCMAKE_INSTALL_LIBDIR=lib",
    )  # fmt: skip
    run("cmake", "--build", build, "-j", "2")
    run("cmake", "--install", build)


def c_program(name, source, who, static=False):
    """One C benchmark, against the shared library or the static one."""
    out = WORK / name
    flags = pkg_config("--cflags", "libprom", path=PREFIX / "lib/pkgconfig")
    words = ["--static"] if static else []
    libraries = pkg_config("--libs", *words, "libprom", path=PREFIX / "lib/pkgconfig")
    if static:
        libraries = [
            str(PREFIX / "lib/libprom.a") if word == "-lprom" else word for word in libraries
        ]
    run(
        os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra",
        f'-DBENCH_WHO="{who}"', *flags, HERE / "c" / source, "-o", out, *libraries,
        f"-Wl,-rpath,{PREFIX / 'lib'}", "-pthread",
    )  # fmt: skip
    return [out, VALUES]


def formats():
    """What the wire formats cost; it also writes the bodies that all parsers read."""
    command = c_program("formats", "formats.c", "libprom")
    run(command[0], "--bodies", WORK)
    return command


def counter():
    """A library that counts what is allocated, for peers that cannot do it themselves."""
    out = WORK / "count.so"
    run(
        os.environ.get("CC", "cc"), "-std=c11", "-O2", "-Wall", "-Wextra", "-fno-builtin",
        "-shared", "-fPIC", HERE / "c/count.c", "-o", out,
    )  # fmt: skip
    return out


def prometheus_cpp():
    out = WORK / "bench-cpp"
    try:
        flags = pkg_config("--cflags", "--libs", "prometheus-cpp-core")
    except Missing:
        raise Missing("install the package prometheus-cpp-dev") from None
    run(
        os.environ.get("CXX", "c++"), "-std=c++17", "-O2", "-Wall", "-Wextra",
        HERE / "cpp/bench.cpp", counter(), "-o", out, *flags, "-lz",
        f"-Wl,-rpath,{WORK}",
    )  # fmt: skip
    return [out, VALUES]


def go_program(name, folder, at_least):
    wanted = ".".join(map(str, at_least))
    if shutil.which("go") is None:
        raise Missing(f"needs Go {wanted} or newer, there is none")
    # GOTOOLCHAIN: an old Go would go and fetch a newer one by itself.
    env = dict(os.environ, GOTOOLCHAIN="local")
    found = re.search(r"go(\d+)\.(\d+)", run("go", "version", env=env))
    if found is None or tuple(map(int, found.groups())) < at_least:
        raise Missing(f"needs Go {wanted} or newer, this is {found and found.group()}")
    out = WORK / name
    run("go", "build", "-o", out, ".", cwd=folder, env=env)
    return out


def client_golang():
    return [go_program("bench-go", HERE / "go", GO_AT_LEAST), VALUES]


def prometheus():
    """The parsers of a Prometheus server, which tests/e2e reads our bodies with."""
    reader = go_program("prometheus-reader", ROOT / "tests/e2e/reader", READER_GO_AT_LEAST)
    return [reader, "-bench", WORK]


def python_venv():
    """An environment of the interpreter that runs us: figures differ between builds."""
    config = WORK / "venv" / "pyvenv.cfg"
    home = f"home = {os.path.dirname(sys._base_executable)}\n"
    if not config.exists() or home not in config.read_text():
        shutil.rmtree(config.parent, ignore_errors=True)
        run(sys._base_executable, "-m", "venv", config.parent)
    run(PYTHON, "-m", "pip", "install", "-q", PROMETHEUS_CLIENT)


def python_module():
    """libprom for Python as `pip install` makes it, but built in .work and from nothing:
    setuptools does not see that a header has changed."""
    base, config = WORK / "pip", WORK / "pip.cfg"
    shutil.rmtree(base, ignore_errors=True)
    config.write_text(f"[build]\nbuild_base = {base}\n")
    env = dict(os.environ, DIST_EXTRA_CONFIG=str(config))
    run(PYTHON, "-m", "pip", "install", "-q", "--force-reinstall", "--no-deps", ROOT, env=env)


def prometheus_client():
    python_venv()
    counter()
    return [PYTHON, HERE / "python_peer.py", VALUES]


def binding(language):
    """The benchmark of a binding, which measures ours and its peers in one process."""
    script = HERE / language / "run.py"
    if not script.exists():
        raise Missing(f"there is no {script.relative_to(ROOT)}")
    python_venv()
    if language == "python":
        python_module()
    return [PYTHON, script]
