# SPDX-License-Identifier: Apache-2.0
"""Builds libprom._native: the binding and, compiled into it, the library itself.

PROM_SYSTEM=1 links the libprom that pkg-config finds instead, or with PROM_BUILD=<folder>
the one of a CMake build in that folder. PROM_HTTP, PROM_TLS, PROM_GZIP, PROM_ZSTD, PROM_CURL
and PROM_SNAPPY take AUTO, ON or OFF, as in CMake, where AUTO means "if pkg-config finds what it
needs". The structs of protobuf-c, which are for C, are left out.
"""

import os
import platform
import re
import shlex
import subprocess
from glob import glob

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

PARTS = {
    "http": "libmicrohttpd >= 0.9.75",
    "tls": "gnutls >= 3.6.3",
    "gzip": "zlib",
    "zstd": "libzstd >= 1.4",
    "curl": "libcurl >= 7.87",
    "snappy": "snappy",
}


def pkg_config(*args):
    """The words of an answer of pkg-config, None where it or the package is missing."""
    try:
        answer = subprocess.run(["pkg-config", *args], capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return shlex.split(answer.stdout) if answer.returncode == 0 else None


def found_parts():
    """{tag: its compiler and linker words} of the optional parts that can be built."""
    found = {}
    for tag, package in PARTS.items():
        if tag == "tls" and "http" not in found:
            continue
        choice = os.environ.get(f"PROM_{tag.upper()}", "AUTO")
        words = None if choice == "OFF" else pkg_config("--cflags", "--libs", package)
        if words is not None:
            found[tag] = words
        elif choice == "ON":
            raise SystemExit(f"PROM_{tag.upper()}=ON, but pkg-config finds no {package}")
    if has_mallinfo2():
        found["malloc"] = []
    return found


def has_mallinfo2():
    """glibc's since 2.33; the C library that Python runs on is that of its extensions."""
    name, number = platform.libc_ver()
    return name == "glibc" and [int(n) for n in number.split(".")[:2]] >= [2, 33]


def core_sources(parts):
    """The files of libprom/sources.txt; the head of that file tells its format."""
    files = []
    with open("libprom/sources.txt", encoding="utf-8") as lines:
        for line in lines:
            match = re.match(r"(?:(!?)([a-z]+): *)?([^#\s]+)\s*$", line)
            if match and (not match[2] or (match[2] in parts) != bool(match[1])):
                files.append(match[3])
    return files


def bundled():
    """The extension with the library in it, nothing of which is visible but the API table."""
    parts = found_parts()
    words = [word for part in parts.values() for word in part]
    return Extension(
        "libprom._native",
        sources=sorted(glob("bindings/python/*.c")) + core_sources(parts),
        include_dirs=["libprom/include", "libprom/src"],
        extra_compile_args=[w for w in words if not w.startswith(("-l", "-L"))]
        # As the CMake build: text must be the same on every machine.
        + ["-ffp-contract=off", "-fno-semantic-interposition"],
        extra_link_args=[w for w in words if w.startswith(("-l", "-L"))]
        # Servers and fork handlers outlive an interpreter.
        + ["-Wl,--version-script=bindings/python/native.map", "-Wl,-z,nodelete"],
        libraries=["m"],
    )


def linked():
    """The binding alone, against a shared libprom."""
    build = os.environ.get("PROM_BUILD")
    if build:
        folder = os.path.abspath(os.path.join(build, "libprom"))
        words = ["-Ilibprom/include", f"-L{folder}", f"-Wl,-rpath,{folder}", "-lprom"]
    else:
        words = pkg_config("--cflags", "--libs", "libprom")
        if words is None:
            raise SystemExit("PROM_SYSTEM=1, but pkg-config finds no libprom")
    linker = [w for w in words if w.startswith(("-l", "-L", "-Wl"))]
    return Extension(
        "libprom._native",
        sources=sorted(glob("bindings/python/*.c")),
        extra_compile_args=[w for w in words if w not in linker],
        extra_link_args=linker,
    )


def version():
    with open("libprom/include/prom/version.h", encoding="utf-8") as header:
        return re.search(r'PROM_VERSION +"([^"]+)"', header.read())[1]


class BuildAlways(build_ext):
    """Sources tell nothing about PROM_SYSTEM and the parts: what another build left in build/
    may be another extension."""

    def finalize_options(self):
        super().finalize_options()
        self.force = True


extension = linked() if os.environ.get("PROM_SYSTEM") == "1" else bundled()
extension.depends = glob("bindings/python/*.h") + glob("libprom/**/*.h", recursive=True)
extension.extra_compile_args += ["-std=c11", "-fvisibility=hidden", "-pthread"]
setup(version=version(), ext_modules=[extension], cmdclass={"build_ext": BuildAlways})
