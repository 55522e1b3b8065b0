"""The site in a browser: every link followed, both themes, wide and narrow, by keyboard. One headless Chromium."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fer_lab.report.site import Site

pytestmark = pytest.mark.browser

INSTALL = "apt-get install -y --no-install-recommends chromium fonts-dejavu-core"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)  # fmt: skip
TWIN = "embedded-laptop-clean"
SHOWN = {
    "overview": "index.html",
    "table": f"{TWIN}/table/garcia_zapata_2018-7.6.html",
    "cell": f"{TWIN}/cell/oulu_casia-cnn_frontal.html",
    "claims": f"{TWIN}/claims.html",
    "audit": "audit.html",
    "run": f"{TWIN}/run/oulu_casia-cnn_frontal-0-v1-clean.html",
    "thesis": f"{TWIN}/thesis/garcia_zapata_2018.html",
    "selection": f"{TWIN}/selection.html",
    "reference": "reference/moravcik_2021.html",
}
WIDE, NARROW = 1200, 360
ABOVE = """[...document.querySelectorAll("tbody tr:has(.measured)")].filter((row) => row.offsetParent).filter((row) =>
  row.querySelector(".measured").getBoundingClientRect().top > row.querySelector("th").getBoundingClientRect().top
).length"""
CLIPPED = "[...document.querySelectorAll('%s')].filter((box) => box.scrollWidth > box.clientWidth).length"
SHOWN_CLAIMS = """[...document.querySelectorAll('tr[data-said]')].filter((row) => row.checkVisibility())"""
CARD = """<div class="card"><h3>skin tone</h3><div class="scroll"><table>
<thead><tr><th>Group</th><th>People</th><th>Videos</th><th>Accuracy</th></tr></thead>
<tbody><tr><th>under 25</th><td>nobody named</td><td>1234</td>
<td><span class="n">0.237</span> <span class="n">[0.180, 0.301] †</span></td></tr></tbody></table></div></div>"""


class Browser:
    """A page of Chromium, steered over a pair of pipes by its DevTools protocol."""

    def __init__(self, folder: Path) -> None:
        theirs, ours = os.pipe(), os.pipe()
        command = ["bash", "-c", f'exec "$@" 3<&{theirs[0]} 4>&{ours[1]}', "-", "chromium", *FLAGS]
        self.process = subprocess.Popen(
            [*command, f"--user-data-dir={folder}", "about:blank"],
            pass_fds=(theirs[0], ours[1]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs[0])
        os.close(ours[1])
        self.to, self.answers = os.fdopen(theirs[1], "wb"), os.fdopen(ours[0], "rb")
        self.number, self.session, self.rest = 0, "", b""
        self.events: list[dict[str, Any]] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method and wait for its answer."""
        self.number += 1
        call = {"id": self.number, "method": method, "params": parameters}
        self.to.write(json.dumps(call | ({"sessionId": self.session} if self.session else {})).encode() + b"\0")
        self.to.flush()
        while (answer := self.receive()).get("id") != self.number:
            self.events.append(answer)
        assert "error" not in answer, answer["error"]
        return dict(answer["result"])

    def receive(self) -> dict[str, Any]:
        """The next message."""
        while b"\0" not in self.rest:
            data = os.read(self.answers.fileno(), 1 << 16)
            assert data, "Chromium has ended"
            self.rest += data
        message, _, self.rest = self.rest.partition(b"\0")
        return dict(json.loads(message))

    def open(self, url: str) -> None:
        """Load a page and wait until it is there."""
        self.events.clear()
        self.send("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())

    def say(self, expression: str) -> Any:
        """The value of an expression on the page."""
        return self.send("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def look(self, width: int, theme: str) -> None:
        """Take a window's width and the theme that the system asks for."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])

    def press(self, key: str) -> None:
        """Press and release a key."""
        text = {"Enter": "\r"}.get(key, "")
        code = {"Enter": 13, "Tab": 9}[key]
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, text=text, windowsVirtualKeyCode=code)

    def errors(self) -> list[str]:
        """What went wrong since the page was opened: of scripts, and files that are not there."""
        kinds = ("Runtime.exceptionThrown", "Network.loadingFailed")
        logged = [event for event in self.events if event.get("method") == "Log.entryAdded"]
        wrong = [event["params"] for event in logged if event["params"]["entry"]["level"] == "error"]
        return [str(wrong) for wrong in [*wrong, *(e["params"] for e in self.events if e.get("method") in kinds)]]

    def asked(self) -> set[str]:
        """Addresses that were asked for since the page was opened."""
        sent = [event for event in self.events if event.get("method") == "Network.requestWillBeSent"]
        return {event["params"]["request"]["url"] for event in sent}

    def picture(self, path: Path) -> None:
        """A picture of the window."""
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(timeout=20)
        self.to.close()
        self.answers.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium; without one the test fails in continuous integration, and is skipped elsewhere."""
    if shutil.which("chromium") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no chromium here: {INSTALL}")
    found = Browser(tmp_path_factory.mktemp("chromium"))
    yield found
    found.close()


def test_every_link_opens_a_page_and_nothing_else_is_asked_for(browser: Browser, site: Site) -> None:
    browser.look(WIDE, "light")
    seen: set[str] = set()
    ahead, asked, wrong = [site.index.as_uri()], set(), []
    while ahead:
        url = ahead.pop()
        if url not in seen:
            seen.add(url)
            browser.open(url)
            links = browser.say("[...document.querySelectorAll('a[href]')].map(a => a.href.split('#')[0])")
            wrong += browser.errors() + ([] if browser.say("!!document.querySelector('main h1')") else [url])
            asked |= browser.asked()
            ahead += [link for link in set(links) if link.endswith(".html")]
    assert wrong == []
    assert [url for url in asked if not url.startswith(site.folder.as_uri())] == []
    assert len(seen) == site.pages


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_fit_in_both_themes(browser: Browser, site: Site, tmp_path: Path, theme: str, width: int) -> None:
    browser.look(width, theme)
    for name, path in SHOWN.items():
        browser.open((site.folder / path).as_uri())
        browser.picture(tmp_path / f"{name}-{theme}-{width}.png")
        assert browser.say("document.documentElement.scrollWidth") <= width, name
        ground = browser.say("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, ground[4:-1].split(","))) < 200) == (theme == "dark")
        assert (tmp_path / f"{name}-{theme}-{width}.png").stat().st_size > 5000


def test_on_a_phone_the_number_comes_first(browser: Browser, site: Site) -> None:
    browser.look(NARROW, "light")
    for name in ("overview", "table", "cell", "thesis", "claims", "selection", "reference"):
        browser.open((site.folder / SHOWN[name]).as_uri())
        assert browser.say("document.querySelectorAll('tbody .measured').length") > 0, name
        assert browser.say(ABOVE) == 0, name
        plots = "[...document.querySelectorAll('td.plot:has(circle)')].map((plot) => plot.offsetWidth)"
        assert all(width == 0 or width > NARROW * 0.75 for width in browser.say(plots)), name  # 0: folded
    browser.open((site.folder / SHOWN["run"]).as_uri())
    assert browser.say("document.querySelector('.result').getBoundingClientRect().bottom") < 400


def test_cards_and_the_selection_are_not_clipped(browser: Browser, site: Site) -> None:
    browser.look(WIDE, "light")
    browser.open((site.folder / SHOWN["selection"]).as_uri())
    assert browser.say(CLIPPED % "main .scroll") == 0
    browser.open((site.folder / SHOWN["cell"]).as_uri())
    cards = f'<div class="pictures">{CARD * 3}</div>'
    browser.say(f"document.querySelector('main').insertAdjacentHTML('beforeend', {json.dumps(cards)})")
    assert browser.say("document.querySelectorAll('.card .scroll').length") == 3
    assert browser.say(CLIPPED % ".card .scroll") == 0


def test_claims_are_filtered_by_word_and_verdict(browser: Browser, site: Site) -> None:
    browser.look(WIDE, "light")
    browser.open((site.folder / SHOWN["claims"]).as_uri())
    change = "(() => { const form = document.querySelector('.filter'); form.%s.value = '%s';"
    change += "form.dispatchEvent(new Event('input')); })()"
    browser.say(change % ("word", "geometry"))
    assert 0 < browser.say(f"{SHOWN_CLAIMS}.length") < 30
    assert browser.say(f"{SHOWN_CLAIMS}.every((row) => /geometry/i.test(row.textContent))")
    browser.say(change % ("word", ""))
    browser.say(change % ("said", "not built"))
    assert browser.say(f"{SHOWN_CLAIMS}.length") > 30
    assert browser.say(f"{SHOWN_CLAIMS}.every((row) => row.dataset.said === 'not built')")
    browser.say(change % ("said", ""))
    n, _, total = browser.say("document.querySelector('.filter output').textContent").split()
    assert n == total


def test_the_keyboard_is_enough(browser: Browser, site: Site) -> None:
    browser.look(WIDE, "light")
    browser.open(site.index.as_uri())
    browser.press("Tab")
    assert browser.say("document.activeElement.className") == "skip"
    browser.press("Enter")
    assert browser.say("document.activeElement.id") == "main"
    reached = []
    browser.open(site.index.as_uri())
    for _ in range(40):
        browser.press("Tab")
        reached.append(browser.say("document.activeElement.className"))
        if reached[-1] == "toggle":
            break
    assert browser.say("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    browser.press("Enter")
    assert browser.say("document.documentElement.dataset.theme") == "dark"
    browser.open((site.folder / "audit.html").as_uri())
    assert browser.say("document.documentElement.dataset.theme") == "dark", "the choice is not remembered"
    browser.say("localStorage.clear()")
