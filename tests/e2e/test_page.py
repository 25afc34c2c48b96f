# SPDX-License-Identifier: Apache-2.0
"""The page at "/", in headless Chromium, which can reach nothing but loopback."""

import html.parser
import shutil
import struct
import subprocess
import urllib.request
import zlib

import pytest

PATIENCE = 120


@pytest.fixture(scope="module")
def url(formats):
    return f"http://127.0.0.1:{formats.ports['negotiated']}/"


def chromium(folder, url, *flags):
    """What it prints, some seconds of the page's own time after it was opened."""
    path = shutil.which("chromium")
    assert path, "chromium is missing: install Debian's package"
    done = subprocess.run(
        [
            path,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={folder / 'profile'}",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            "--window-size=900,900",
            "--virtual-time-budget=12000",
            *flags,
            url,
        ],
        capture_output=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode()


class Page(html.parser.HTMLParser):
    """The families that can be seen, by name, with their rows of texts and what is drawn."""

    def __init__(self, text):
        super().__init__()
        self.families, self.state, self.title = {}, "", ""
        self.name = self.into = None
        self.hidden = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        shape = attributes.get("class") or ""
        if tag == "details":
            self.hidden, self.name = "hidden" in shape, None
        elif tag == "tr" and self.name:
            self.families[self.name]["rows"].append([])
        elif tag in ("path", "rect") and self.name:
            self.families[self.name]["drawn"].append(tag)
        self.into = {"name": "name", "type": "type"}.get(shape) or (
            "cell" if tag == "td" else attributes.get("id") if tag == "span" else tag
        )

    def handle_data(self, text):
        if self.into == "name" and not self.hidden:
            self.name = text
            self.families[text] = {"type": "", "rows": [], "drawn": []}
        elif self.into == "type" and self.name:
            self.families[self.name]["type"] = text
        elif self.into == "cell" and self.name:
            self.families[self.name]["rows"][-1].append(text)
        elif self.into == "state":
            self.state = text
        elif self.into == "h1":
            self.title = text

    def handle_endtag(self, tag):
        self.into = None
        if tag == "details":
            self.name = None


@pytest.fixture(scope="module")
def whole(url, tmp_path_factory):
    return Page(chromium(tmp_path_factory.mktemp("page"), url, "--dump-dom"))


def test_families_with_their_values(whole):
    assert whole.title == "e2e_formats"
    assert whole.state.startswith("12 families, 20 series, ")
    assert len(whole.families) == 12
    requests = whole.families["app_requests_total"]
    assert requests["type"] == "counter"
    assert requests["rows"][-1] == ['method="GET"', "41"]
    level = dict(whole.families["app_level"]["rows"][1:])
    assert level['of="third"'] == "0.333333"
    assert level['of="nan"'] == "NaN"
    assert level['of="inf"'] == "+Inf"
    assert level[r'of="a\"b\\c\nd ☕"'] == "123,456,789"
    assert whole.families["app.heat at café"]["rows"][-1] == ['room.name="küche"', "21.5"]
    assert whole.families["app_mode"]["rows"][-1][-1] == "on"


def test_every_series_is_plotted(whole):
    assert "path" in whole.families["app_requests_total"]["drawn"]
    assert whole.families["app_latency_seconds"]["drawn"] == ["rect"] * 5
    assert whole.families["app_wait_seconds"]["drawn"].count("rect") > 1
    assert "path" in whole.families["app_odd"]["drawn"]


def test_search_leaves_the_rest_out(url, tmp_path):
    found = Page(chromium(tmp_path, url + "#search=method%20get", "--dump-dom"))
    assert set(found.families) == {"app_requests_total"}
    label = Page(chromium(tmp_path, url + "#search=level%20third", "--dump-dom"))
    assert [row for row in label.families["app_level"]["rows"] if row] == [
        ['of="third"', "0.333333"]
    ]


def test_it_asks_nobody_else(url):
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        policy = answer.headers["Content-Security-Policy"]
        text = answer.read().decode()
    assert "default-src 'none'" in policy and "connect-src 'self'" in policy
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace(url, "")


def pixels(png):
    """Rows of bytes, and bytes a pixel, of a PNG of 8 bits a channel."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert depth == 8 and colour in (2, 6)
    size, at, data = {2: 3, 6: 4}[colour], 8, b""
    while at < len(png):
        n = struct.unpack(">I", png[at : at + 4])[0]
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + n]
        at += n + 12
    data, rows, above = zlib.decompress(data), [], bytes(width * size)
    for y in range(height):
        line = bytearray(data[y * (width * size + 1) :][: width * size + 1])
        above = unfilter(line[0], line[1:], above, size)
        rows.append(above)
    return rows, size


def unfilter(kind, line, above, size):
    for i in range(len(line)):
        left, up = line[i - size] if i >= size else 0, above[i]
        corner = above[i - size] if i >= size else 0
        if kind == 4:
            guess = left + up - corner
            best = min((left, up, corner), key=lambda v: abs(guess - v))
        else:
            best = (0, left, up, (left + up) // 2)[kind]
        line[i] = (line[i] + best) & 255
    return bytes(line)


@pytest.mark.parametrize("theme, ground", [("light", (246, 247, 249)), ("dark", (20, 23, 28))])
def test_dark_and_light(url, tmp_path, theme, ground):
    shot = tmp_path / "page.png"
    chromium(tmp_path, f"{url}#theme={theme}", f"--screenshot={shot}")
    rows, size = pixels(shot.read_bytes())
    assert tuple(rows[100][:3]) == ground
    colours = {bytes(row[i : i + 3]) for row in rows for i in range(0, len(row), size)}
    assert len(colours) > 50  # text and plots, not an empty page
