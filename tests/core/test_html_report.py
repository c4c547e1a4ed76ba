# ruff: noqa: E501  # scripts and outlines on a line of their own
"""The HTML report: what it holds, that nothing breaks out of it, and that it works in a browser."""

from __future__ import annotations

import base64
import json
import re
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import toy

from mlhooks.core.finding import Finding, Location
from mlhooks.core.report import Report, fingerprinted, render
from mlhooks.core.suppress import Suppressed

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"' &amp; \x1b[31m\u202e"
OUTLINE = (
    ("table", "DataFrame, 5 rows × 2 columns"),
    ("column city", "text"),
    ("column email", "text · e-mail, 5 in sight"),
)


def report(*findings: Finding, **more: Any) -> Report:
    reported, waived = fingerprinted([("toy", finding) for finding in findings], more.get("suppressed", ()))
    return Report((toy.HOOK,), reported, waived, more.get("errors", []), 3, [])


def finding(message: str = "bad", path: str = "a.ipynb", rule: Any = toy.BAD, **more: Any) -> Finding:
    return Finding(rule, path, message, Location(7, 2, "cell 3, output 1"), **more)


class Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_says_everything_about_a_finding() -> None:
    text = "".join(Page(render(report(finding("five rows of data", evidence=OUTLINE)), "html")).words)
    for word in (
        "five rows of data",
        "a.ipynb",
        "cell 3, output 1 · line 7, column 2",
        toy.BAD.id,
        toy.BAD.why,
        "email",
    ):
        assert word in text


def test_columns_become_a_table() -> None:
    page = Page(render(report(finding(evidence=OUTLINE)), "html"))
    assert [tag for tag, _ in page.tags].count("th") == 2
    assert {"city", "email", "DataFrame, 5 rows × 2 columns"} <= set(page.words)


@pytest.mark.parametrize("place", ["message", "path", "evidence", "where", "error", "reason"])
def test_nothing_breaks_out(place: str) -> None:
    spoilt = finding(
        HOSTILE if place == "message" else "m",
        path=HOSTILE if place == "path" else "p",
        evidence=((HOSTILE, HOSTILE), (f"column {HOSTILE}", HOSTILE)) if place == "evidence" else (),
    )
    if place == "where":
        spoilt = spoilt._replace(location=Location(1, 1, HOSTILE))
    more: dict[str, Any] = {"errors": [(HOSTILE, HOSTILE)]} if place == "error" else {}
    if place == "reason":
        more["suppressed"] = [("toy", Suppressed(finding(), HOSTILE, "inSource"))]
    text = render(report(spoilt, **more), "html")
    tags = [tag for tag, _ in Page(text).tags]
    assert tags.count("script") == 1
    assert "img" not in tags
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not [name for _, names in Page(text).tags for name in names if name.startswith("on")]


def test_loads_nothing() -> None:
    text = render(report(finding(evidence=OUTLINE)), "html")
    assert not re.search(r"(?:src|href)=\"(?!#)|url\(|@import|https?://|fetch|XMLHttp", text)


def test_the_policy_allows_only_its_own_script_and_style() -> None:
    text = render(report(finding()), "html")
    policy = dict(Page(text).tags[[tag for tag, _ in Page(text).tags].index("meta") + 1][1])["content"] or ""
    for tag in ("script", "style"):
        body = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert body is not None
        assert base64.b64encode(sha256(body[1].encode()).digest()).decode() in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_nothing_found() -> None:
    text = render(report(), "html")
    assert "nothing found in 3 files" in text
    assert "<form" not in text


# --- in a browser


class Browser:
    """As much of the WebDriver protocol as is needed here."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        options = {
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
            "binary": shutil.which("chromium"),
        }
        wanted = {
            "capabilities": {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
        }
        self._session = self._call("POST", "/session", wanted)["sessionId"]

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return self._call(method, f"/session/{self._session}{path}", body)

    def run(self, script: str) -> Any:
        return self.call("POST", "/execute/sync", {"script": script, "args": []})

    def devtools(self, command: str, **parameters: Any) -> None:
        self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        pytest.skip("chromium and chromedriver are not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.PIPE, text=True) as driver:
        try:
            assert driver.stdout is not None
            assert any("started successfully" in line for line in driver.stdout)
            started = Browser(port)
            yield started
            started.call("DELETE", "")
        finally:
            driver.terminate()


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Browser:
    wide = tuple((f"column name_{number}", "text") for number in range(24))
    findings = [
        finding("first", "a.ipynb", toy.BAD, evidence=OUTLINE),
        finding("second " + "long_word_" * 40, "b/" + "deep/" * 30 + "b.ipynb", toy.WORSE, evidence=wide),
        finding(HOSTILE, "c.ipynb", toy.MINOR, evidence=((HOSTILE, HOSTILE),)),
        finding("fourth", "a.ipynb", toy.WORSE),
    ]
    path = tmp_path / "report.html"
    path.write_text(render(report(*findings, errors=[("z.ipynb", "not JSON")]), "html"), encoding="utf-8")
    browser.call("POST", "/url", {"url": path.as_uri()})
    return browser


VISIBLE = "return [...document.querySelectorAll('article:not([hidden]) p')].map(e => e.textContent.split(' ')[0])"


def choose(page: Browser, name: str, value: str) -> list[str]:
    page.run(
        f"const e = document.forms[0].elements['{name}']; e.value = '{value}'; e.dispatchEvent(new Event('input', {{bubbles: true}}))"
    )
    found: list[str] = page.run(VISIBLE)
    return found


def test_filters(page: Browser) -> None:
    assert len(page.run(VISIBLE)) == 4
    assert choose(page, "rule", toy.BAD.id) == ["first"]
    assert len(choose(page, "rule", "")) == 4
    assert choose(page, "file", "a.ipynb") == ["first", "fourth"]
    assert len(choose(page, "file", "")) == 4
    assert choose(page, "text", "FOURTH") == ["fourth"]
    assert page.run("return document.querySelector('output').value") == "1 of 4 findings shown"
    assert len(choose(page, "text", "")) == 4
    page.run(f"document.querySelector('[value={toy.WORSE.level}]').click()")
    assert "fourth" not in page.run(VISIBLE)


def test_nothing_hostile_runs_and_nothing_is_refused(page: Browser) -> None:
    assert page.run("return document.images.length") == 0
    assert page.call("POST", "/se/log", {"type": "browser"}) == []


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fits_the_screen_in_light_and_dark(page: Browser, width: int, scheme: str, tmp_path: Path) -> None:
    page.devtools(
        "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
    )
    page.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    assert page.run("return document.documentElement.scrollWidth") <= width
    colours = page.run("const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]")
    ink, back = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours)
    assert (ink > back) == (scheme == "dark")
    (tmp_path / "page.png").write_bytes(base64.b64decode(page.call("GET", "/screenshot")))
    assert (tmp_path / "page.png").stat().st_size > 5_000


def test_every_text_has_contrast(page: Browser) -> None:
    """WCAG's 4.5 to 1, for every element that holds text, in both schemes."""
    script = """
      const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
      const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
      const parse = (text) => text.match(/[\\d.]+/g).map(Number);
      const back = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
        if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
      const poor = [];
      for (const e of document.querySelectorAll('body *')) {
        if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.offsetParent) continue;
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(back(e))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) poor.push(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
      }
      return [...new Set(poor)];
    """
    for scheme in ("light", "dark"):
        page.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        assert page.run(script) == []


def test_ten_thousand_findings_are_filtered_at_once(browser: Browser, tmp_path: Path) -> None:
    findings = [finding(f"number {number}", f"{number % 50}.ipynb", evidence=OUTLINE) for number in range(10_000)]
    path = tmp_path / "large.html"
    path.write_text(render(report(*findings), "html"), encoding="utf-8")
    browser.call("POST", "/url", {"url": path.as_uri()})
    assert len(choose(browser, "file", "7.ipynb")) == 200
