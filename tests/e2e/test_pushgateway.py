# SPDX-License-Identifier: Apache-2.0
"""What Debian's Pushgateway makes of what is pushed to it, read back from its own /metrics."""

import re
import shutil
import signal
import subprocess
import urllib.error
import urllib.request

import pytest

PATIENCE = 30
# bcrypt of "my:pass"
USERS = """\
basic_auth_users:
  me: $2y$05$abcdefghijklmnopqrstuuR9HmYwlEZRQqKIcdqFpqMkGxKPeuxG6
"""
TLS = """\
tls_server_config:
  cert_file: {0}/server.pem
  key_file: {0}/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: {0}/ca.pem
"""


class Gateway:
    """Debian's prometheus-pushgateway, running."""

    def __init__(self, kit, folder, config=""):
        self.port = kit.free_port()
        self.log = folder / "gateway.log"
        (folder / "web.yml").write_text(config)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    shutil.which("prometheus-pushgateway"),
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    f"--web.config.file={folder / 'web.yml'}",
                    "--persistence.file=",
                    "--web.enable-admin-api",
                ],
                stdout=log,
                stderr=log,
            )
        self.url = f"http://127.0.0.1:{self.port}"
        try:
            kit.wait_for("the gateway listens", lambda: "TLS is " in self.log.read_text())
        except AssertionError:
            self.stop()
            raise

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)

    def wipe(self):
        request = urllib.request.Request(f"{self.url}/api/v1/admin/wipe", method="PUT")
        urllib.request.urlopen(request, timeout=PATIENCE).close()

    def metrics(self):
        """Lines of /metrics about what was pushed: value by series."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=PATIENCE) as answer:
            text = answer.read().decode()
        lines = [line.rsplit(" ", 1) for line in text.splitlines() if 'job="' in line]
        return dict(lines)

    def pushed(self):
        """Without the gateway's own."""
        return {
            series: float(value)
            for series, value in self.metrics().items()
            if not series.startswith(("push_time_", "push_failure_"))
        }


@pytest.fixture(scope="module")
def gateway_program():
    if shutil.which("prometheus-pushgateway") is None:
        pytest.skip("needs prometheus-pushgateway")


@pytest.fixture(scope="module")
def one_gateway(kit, gateway_program, tmp_path_factory):
    g = Gateway(kit, tmp_path_factory.mktemp("gateway"))
    yield g
    g.stop()


@pytest.fixture
def gateway(one_gateway):
    one_gateway.wipe()
    return one_gateway


class Pusher:
    """tests/e2e/pusher.c, running."""

    def __init__(self, path, url):
        self.process = subprocess.Popen(
            [path, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def tell(self, *words):
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def do(self, *words):
        assert self.tell(*words) == "ok", words

    def leave(self):
        self.process.stdin.write("leave\n")
        self.end()

    def end(self):
        if not self.process.stdin.closed:
            self.process.stdin.close()
        assert self.process.wait(PATIENCE) == 0
        self.process.stdout.close()


@pytest.fixture
def pusher(kit):
    """Starts pushers, and ends them."""
    all_of_them = []

    def start(url):
        all_of_them.append(Pusher(kit.built("e2e_pusher"), url))
        return all_of_them[-1]

    yield start
    for p in all_of_them:
        p.end()


# --- the three calls ------------------------------------------------------------------


def test_push_replaces_the_group(gateway, pusher):
    p = pusher(gateway.url)
    p.do("group", "j", "zone", "a")
    p.do("gauge", "x", 1)
    p.do("gauge", "y", 2)
    p.do("push")
    labels = '{instance="",job="j",zone="a"}'
    assert gateway.pushed() == {f"x{labels}": 1, f"y{labels}": 2}
    p.do("forget")
    p.do("gauge", "x", 3)
    p.do("push")
    assert gateway.pushed() == {f"x{labels}": 3}
    assert float(gateway.metrics()[f"push_time_seconds{labels}"]) > 1.6e9
    p.do("forget")
    p.do("push")
    assert gateway.pushed() == {}


def test_add_replaces_families(gateway, pusher):
    p = pusher(gateway.url + "/")
    p.do("group", "j")
    p.do("gauge", "x", 1)
    p.do("gauge", "y", 2)
    p.do("add")
    p.do("forget")
    p.do("gauge", "x", 3)
    p.do("add")
    assert gateway.pushed() == {'x{instance="",job="j"}': 3, 'y{instance="",job="j"}': 2}


def test_delete_removes_one_group(gateway, pusher):
    p = pusher(gateway.url.removeprefix("http://"))
    p.do("gauge", "x", 1)
    for zone in "ab":
        p.do("group", "j", "zone", zone)
        p.do("push")
    p.do("delete")
    assert gateway.pushed() == {'x{instance="",job="j",zone="a"}': 1}
    p.do("delete")  # what is not there can be deleted


@pytest.mark.parametrize(
    "value", ["a/b", "", "a b", "a+b", "100%", "%41", ".", "..", "c&d=e?f#g", "Προμηθεύς"]
)
def test_values_arrive_as_they_are(gateway, pusher, value):
    p = pusher(gateway.url)
    p.do("gauge", "x", 1)
    p.do("group", value or "j", "zone", value)
    p.do("push")
    zone = f',zone="{value}"' if value else ""  # an empty one is none
    (series,) = gateway.pushed()
    assert series.replace(',zone=""', "") == f'x{{instance="",job="{value or "j"}"{zone}}}'


# --- forms ------------------------------------------------------------------------------


def canonical(series):
    """Labels of a series as a set."""
    name, _, labels = series.partition("{")
    return name, frozenset(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels))


@pytest.mark.parametrize("form", ["text", "protobuf"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_every_type(gateway, pusher, form, coding):
    p = pusher(gateway.url)
    p.do("group", "j")
    p.do("form", form, coding, 0)
    p.do("rich")
    p.do("push")
    got = {canonical(series): v for series, v in gateway.pushed().items()}
    want = {
        ("rich_total", ()): 1e21,
        ("rich_seconds_bucket", (("le", "0.5"),)): 1,
        ("rich_seconds_bucket", (("le", "5"),)): 3,
        ("rich_seconds_bucket", (("le", "+Inf"),)): 3,
        ("rich_seconds_sum", ()): 6.5,
        ("rich_seconds_count", ()): 3,
        ("rich_bytes", (("quantile", "0.5"),)): 1.5,
        ("rich_bytes_sum", ()): 3,
        ("rich_bytes_count", ()): 2,
        ("rich_build_info", (("version", '1 \\"x\\"\\n\\\\'),)): 1,
        ("rich_state", (("rich_state", "on"),)): 1,
        ("rich_state", (("rich_state", "off"),)): 0,
    }
    nan = got.pop(canonical('rich_utf8{instance="",job="j"}'))
    assert nan != nan
    assert got == {
        (name, frozenset([*labels, ("instance", ""), ("job", "j")])): v
        for (name, labels), v in want.items()
    }


# --- refused ----------------------------------------------------------------------------


def test_conflict_with_another_group(gateway, pusher):
    p = pusher(gateway.url)
    p.do("group", "j")
    p.do("rich")
    p.do("push")
    p.do("forget")
    p.do("group", "k")
    p.do("gauge", "rich_total", 1)
    said = p.tell("push")
    assert said.startswith(f"error: '{gateway.url}/metrics/job/k' answers with status 400: ")
    assert "rich_total" in said and "COUNTER" in said.upper()
    assert 'push_failure_time_seconds{instance="",job="k"}' in gateway.metrics()


def test_conflict_with_the_gateways_own(gateway, pusher):
    p = pusher(gateway.url)
    p.do("group", "j")
    p.do("rich")
    p.do("forget")
    p.do("gauge", "go_goroutines", 1)  # a gauge there too: but for its help text the same
    assert p.tell("push") == "ok"
    p.do("forget")
    p.do("gauge", "push_time_seconds", 1)
    assert p.tell("push").endswith("is a name that the gateway takes for its own")


def test_utf8_names_are_refused(gateway, pusher):
    p = pusher(gateway.url)
    p.do("group", "j")
    p.do("form", "text", "identity", 3)  # in protobuf older ones take what they cannot show
    p.do("gauge", "a.b", 1)
    assert "answers with status 400: " in p.tell("push")
    p.do("form", "protobuf", "identity", 2)  # as U__a_2e_b
    p.do("push")
    assert gateway.pushed() == {'U__a_2e_b{instance="",job="j"}': 1}


def test_down(kit, pusher):
    p = pusher(f"127.0.0.1:{kit.free_port()}")
    p.do("group", "j")
    said = p.tell("push")
    assert said.startswith("error: 'http://127.0.0.1:") and "onnect" in said
    assert said.endswith("(3 tries)")


# --- senders ------------------------------------------------------------------------------


def test_periodic_and_last(gateway, pusher, kit):
    p = pusher(gateway.url)
    p.do("group", "j")
    p.do("gauge", "x", 1)
    p.do("open", 20)
    kit.wait_for("a push", lambda: gateway.pushed() == {'x{instance="",job="j"}': 1})
    p.do("gauge", "x", 2)
    kit.wait_for("another", lambda: gateway.pushed() == {'x{instance="",job="j"}': 2})
    p.do("gauge", "x", 3)
    p.do("stop")
    assert gateway.pushed() == {'x{instance="",job="j"}': 3}


def test_at_exit(gateway, pusher):
    p = pusher(gateway.url)
    p.do("group", "j")
    p.do("open", 0)
    p.do("gauge", "x", 4)
    p.leave()
    assert gateway.pushed() == {'x{instance="",job="j"}': 4}


def test_deleted_at_exit(gateway, pusher, kit):
    p = pusher(gateway.url)
    p.do("group", "j")
    p.do("gauge", "x", 1)
    p.do("open", 20, "delete")
    kit.wait_for("a push", lambda: gateway.pushed() != {})
    p.leave()
    assert gateway.metrics() == {}


def test_exit_while_the_gateway_hangs(kit, gateway_program, pusher, tmp_path):
    """It does not hold up the process for more than the last send's time."""
    g = Gateway(kit, tmp_path)
    g.process.send_signal(signal.SIGSTOP)
    try:
        p = pusher(g.url)
        p.do("group", "j")
        p.do("open", 0, "keep", 200)
        p.leave()
    finally:
        g.process.send_signal(signal.SIGCONT)
        g.stop()


# --- who is there ---------------------------------------------------------------------------


def test_basic_auth(kit, gateway_program, pusher, tmp_path):
    g = Gateway(kit, tmp_path, USERS)
    p = pusher(g.url)
    p.do("group", "j")
    p.do("gauge", "x", 1)
    assert p.tell("push").endswith("answers with status 401: Unauthorized")
    p.do("client", "user", "me", "password", "wrong")
    assert p.tell("push").endswith("answers with status 401: Unauthorized")
    p.do("client", "user", "me", "password", "my:pass")
    p.do("push")
    g.stop()


def openssl(folder, *args):
    subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True)


EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def make_ca(folder, name):
    openssl(
        folder,
        *["req", "-x509", *EC, "-days", "1", "-subj", f"/CN={name}"],
        *["-keyout", f"{name}.key", "-out", f"{name}.pem"],
    )


def make_certificate(folder, name, ca, alternative):
    """Signed by the CA, good for a day."""
    (folder / "extensions").write_text(f"subjectAltName={alternative}\n")
    openssl(
        folder,
        *["req", *EC, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", "request"],
    )
    openssl(
        folder,
        *["x509", "-req", "-in", "request", "-days", "1", "-CA", f"{ca}.pem"],
        *["-CAkey", f"{ca}.key", "-CAcreateserial", "-extfile", "extensions"],
        *["-out", f"{name}.pem"],
    )


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    folder = tmp_path_factory.mktemp("certificates")
    make_ca(folder, "ca")
    make_ca(folder, "other")
    make_certificate(folder, "server", "ca", "IP:127.0.0.1")
    make_certificate(folder, "client", "ca", "DNS:client")
    make_certificate(folder, "stranger", "other", "DNS:client")
    return folder


@pytest.fixture(scope="module")
def secure(kit, gateway_program, certificates, tmp_path_factory):
    g = Gateway(kit, tmp_path_factory.mktemp("secure"), TLS.format(certificates))
    yield f"https://127.0.0.1:{g.port}"
    g.stop()


def secure_pusher(pusher, url, folder, ca="ca", who="client"):
    p = pusher(url)
    p.do("group", "j")
    p.do("gauge", "x", 1)
    client = ["ca", folder / f"{ca}.pem"] if ca else ["insecure", 1]
    if who:
        client += ["cert", folder / f"{who}.pem", "key", folder / f"{who}.key"]
    p.do("client", *client)
    return p


def test_tls(secure, certificates, pusher):
    p = secure_pusher(pusher, secure, certificates)
    p.do("push")
    p.do("open", 20)
    p.do("stop")
    secure_pusher(pusher, secure, certificates, ca=None).do("push")


def test_tls_with_wrong_certificates(secure, certificates, pusher):
    def said(**how):
        return secure_pusher(pusher, secure, certificates, **how).tell("push")

    assert "certificate" in said(ca="other")
    assert said(ca="other").count("tries") == 0  # it would be no better the next time
    assert said(who=None).startswith(f"error: '{secure}/metrics/job/j': ")
    assert said(who="stranger").startswith(f"error: '{secure}/metrics/job/j': ")
    assert said(who="nobody").startswith(f"error: '{secure}/metrics/job/j': ")
    assert said(ca="nothing").startswith(f"error: '{secure}/metrics/job/j': ")


def test_tls_with_another_host(secure, certificates, pusher):
    url = secure.replace("127.0.0.1", "localhost")
    said = secure_pusher(pusher, url, certificates).tell("push")
    assert said.startswith(f"error: '{url}/metrics/job/j': ")


def test_http_where_https_is_spoken(secure, certificates, pusher):
    url = secure.replace("https", "http")
    said = secure_pusher(pusher, url, certificates).tell("push")
    assert "answers with status 400: Client sent an HTTP request to an HTTPS server" in said
