"""The live page where something is missing or wrong: words, never nothing; and for everybody who uses it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer_lab import media
from tests.browser import Browser
from tests.serving.demoing import READY, Demo, demoed, on_the_server, opened, show, text_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TROUBLE = "document.getElementById('trouble').textContent"


def test_files_without_a_face_and_files_that_are_no_pictures(browser: Browser, demo: Demo, tmp_path: Path) -> None:
    empty, wrong, film = (tmp_path / name for name in ("empty.png", "wrong.png", "wrong.mp4"))
    media.write_image(empty, np.full((240, 320, 3), 120, np.uint8))
    wrong.write_text("not a picture")
    film.write_text("not a video")
    opened(browser, demo)
    show(browser, empty)
    assert (text_of(browser, "state"), text_of(browser, "word")) == (
        "No face in this picture; those much smaller than it are not found.",
        "no face",
    )
    show(browser, wrong)
    assert text_of(browser, "trouble") == "wrong.png is no picture that this browser can read."
    browser.choose("#file", film)
    browser.until(f"{TROUBLE} === 'wrong.mp4 is no picture, and no video that this browser can play.'")
    show(browser, empty)
    assert text_of(browser, "trouble") == ""
    browser.say("dispatchEvent(new DragEvent('drop', {dataTransfer: new DataTransfer()}))")
    assert text_of(browser, "trouble") == "That is no file: drop a picture or a video."


def test_a_server_that_is_gone_is_asked_again_until_it_is_back(
    browser: Browser, cache: Path, model: Path, picture: Path
) -> None:
    with demoed(model, cache) as demo:
        opened(browser, demo)
        on_the_server(browser)
    browser.choose("#file", picture)
    browser.until(f"{TROUBLE}.endsWith('the server does not answer. It is asked again every few seconds.')")
    with demoed(model, cache, demo.port):
        browser.until(f"{READY} && document.getElementById('trouble').hidden", 60)
        show(browser, picture)
        assert text_of(browser, "word") == "happiness"


def test_a_stream_that_was_ended_for_its_silence_is_opened_again(browser: Browser, demo: Demo, picture: Path) -> None:
    source = "WebSocket = class extends WebSocket { constructor(...to) { super(...to); globalThis.socket = this; } }"
    script = browser.send("Page.addScriptToEvaluateOnNewDocument", source=source)
    opened(browser, demo)
    on_the_server(browser)
    browser.say("globalThis.first = socket; socket.close()")
    browser.until("socket.readyState === WebSocket.CLOSED")
    show(browser, picture)
    assert (text_of(browser, "word"), text_of(browser, "trouble")) == ("happiness", "")
    assert browser.say("socket !== first")
    browser.send("Page.removeScriptToEvaluateOnNewDocument", **script)


def test_without_webassembly_the_server_is_offered(browser: Browser, demo: Demo, picture: Path) -> None:
    script = browser.send("Page.addScriptToEvaluateOnNewDocument", source="delete globalThis.WebAssembly")
    opened(browser, demo)
    expected = "This page cannot compute it itself (this browser has no WebAssembly). Choose “on the server”."
    assert text_of(browser, "trouble") == expected
    on_the_server(browser)
    show(browser, picture)
    assert text_of(browser, "word") == "happiness"
    browser.send("Page.removeScriptToEvaluateOnNewDocument", **script)


def test_what_the_page_lacks_is_named(browser: Browser, demo: Demo) -> None:
    browser.send("Network.setBlockedURLs", urls=["*/demo/facts.json"])
    browser.open(demo.url)
    browser.until(f"{TROUBLE} !== ''")
    assert text_of(browser, "trouble").endswith("Start fer-lab demo again, then reload this page.")
    browser.send("Network.setBlockedURLs", urls=[])


def test_nothing_can_be_sent_elsewhere(browser: Browser, demo: Demo) -> None:
    opened(browser, demo)
    tried = "fetch('http://localhost:1/', {method: 'POST', body: 'a picture'}).then(() => 'sent', e => e.name)"
    assert browser.say(tried) == "TypeError"
    said = "new Promise(r => {addEventListener('securitypolicyviolation', e => r(e.violatedDirective)); " + tried + "})"
    assert browser.say(said) == "connect-src"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_and_can_be_read(browser: Browser, demo: Demo, picture: Path, width: int, theme: str) -> None:
    browser.look(width, theme)
    opened(browser, demo)
    show(browser, picture)
    assert browser.say("document.documentElement.scrollWidth") <= width
    poor = browser.say(CONTRASTS)
    assert [one for one in poor if one["contrast"] < 4.5] == []
    assert len(poor) > 20
    browser.look(1280, "light")


def test_all_that_can_be_used_has_a_name_and_keys_reach_it(browser: Browser, demo: Demo, picture: Path) -> None:
    opened(browser, demo)
    show(browser, picture)
    nodes = browser.send("Accessibility.getFullAXTree")["nodes"]
    used = [node for node in nodes if node.get("role", {}).get("value") in ("button", "radio", "combobox", "image")]
    assert len(used) >= 7
    assert [node["role"]["value"] for node in used if not node.get("name", {}).get("value")] == []
    reached = set()
    for _ in range(8):
        browser.press("Tab")
        reached.add(browser.say("document.activeElement.id || document.activeElement.value"))
    assert {"camera", "file", "page", "threshold"} <= reached


CONTRASTS = """(() => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data]; };
  const light = (colour) => rgb(colour).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (rgb(c)[3] === 255) return c; } return getComputedStyle(document.body).backgroundColor; };
  const shown = [...document.body.querySelectorAll("*")].filter((e) => e.checkVisibility() && !e.disabled &&
    !e.closest(".sr, .skip") && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  return shown.map((e) => { const [a, b] = [light(getComputedStyle(e).color), light(ground(e))];
    return { text: e.textContent.slice(0, 40), contrast: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) }; });
})()"""
"""Of each text on the page, how it stands out from what is behind it (WCAG 2.2: 4.5 or more)."""
