# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

import libprom

# Never through a proxy that the environment names.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def registry():
    return libprom.CollectorRegistry()


@pytest.fixture
def get():
    """get(port, path="/metrics", headers={}): (status, body, headers) of a request."""

    def request(port, path="/metrics", headers=None):
        url = f"http://127.0.0.1:{port}{path}"
        try:
            with _opener.open(
                urllib.request.Request(url, headers=headers or {}), timeout=20
            ) as r:
                return r.status, r.read().decode(), r.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.headers

    return request


@pytest.fixture
def python():
    """python(code): the output of a fresh interpreter that runs it and ends well."""

    def run(code, timeout=60):
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-c", code],
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        assert done.returncode == 0, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run
