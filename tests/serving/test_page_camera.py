"""The live page and a camera, which is a file of frames; and what it says where it has none, or may not use it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fer_lab import media
from tests.browser import Browser, browser_at
from tests.serving.demoing import (
    ROW,
    Demo,
    Pixels,
    camera_of,
    filmed,
    on_the_server,
    opened,
    said_by,
    text_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FRAMES = [9, 10, 11, 12, 13]
TOLERANCE = 0.02
"""Of a probability, as for pictures: Python is asked about the very pixels that the page has sent, or kept."""
PICTURES = "+document.getElementById('speed').dataset.pictures"
KEEP = """
const keep = (one) => (globalThis.kept = [...(globalThis.kept ?? []), one].slice(-2));
const post = Worker.prototype.postMessage, send = WebSocket.prototype.send;
Worker.prototype.postMessage = function (message, moved) {
  if (message.picture) keep(new ImageData(message.picture.data.slice(), message.picture.width));
  return post.call(this, message, moved);
};
WebSocket.prototype.send = function (frame) {
  keep(frame);
  return send.call(this, frame);
};
"""
"""Keeps the last two pictures that are handed to the worker, or sent."""
READ = f"""
Promise.all([{ROW}, ...kept.map(async (one) => {{
  const canvas = one instanceof ImageData && new OffscreenCanvas(one.width, one.height);
  if (canvas) canvas.getContext("2d").putImageData(one, 0, 0);
  const bytes = new Uint8Array(await (canvas ? await canvas.convertToBlob() : one).arrayBuffer());
  return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
}})])
"""
"""What is answered, and at the same moment what is kept, as files in base 64: the picture answered is among them."""


@pytest.fixture(scope="module")
def frames() -> list[Pixels]:
    return filmed("happiness", FRAMES)


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory, frames: list[Pixels]) -> Iterator[Browser]:
    """A Chromium with a camera that films somebody happy."""
    folder = tmp_path_factory.mktemp("camera")
    film = camera_of(folder / "film.mjpeg", frames)
    fake = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    yield from browser_at(folder / "chromium", *fake, f"--use-file-for-fake-video-capture={film}")


@pytest.mark.parametrize("place", ["page", "server"])
def test_the_camera_shows_what_python_says_of_its_frames(seeing: Browser, demo: Demo, model: Path, place: str) -> None:
    script = seeing.send("Page.addScriptToEvaluateOnNewDocument", source=KEEP)
    opened(seeing, demo)
    if place == "server":
        on_the_server(seeing)
    seeing.say("document.getElementById('camera').click()")
    seeing.until(f"{PICTURES} >= 5")
    seeing.say("document.getElementById('stop').click()")
    assert text_of(seeing, "word") == "happiness"  # as the person plays it
    assert seeing.say("document.getElementById('picture').dataset.faces") == "1"
    answers, *files = seeing.say(READ)
    pictures = [media.image(base64.b64decode(one), "a frame") for one in files]
    expected = np.array([said.answers[0] for said in said_by(model, pictures)])
    assert (expected.argmax(1) == 1).all()
    assert np.abs(expected - answers).max(1).min() < (TOLERANCE if place == "page" else 1e-4)
    assert "answers of the last 20 seconds; the latest: anger" in seeing.say("plot.getAttribute('aria-label')")
    seeing.send("Page.removeScriptToEvaluateOnNewDocument", **script)


def test_a_video_ends_with_what_was_found_in_it(
    seeing: Browser, demo: Demo, tmp_path: Path, frames: list[Pixels]
) -> None:
    empty = [np.full_like(frames[0], 120)] * 5
    opened(seeing, demo)
    for name, shown, words in (("face", frames, "of them with a face."), ("empty", empty, "no face in any of ")):
        path = tmp_path / f"{name}.mp4"
        media.write_video(path, [i / 5 for i in range(len(shown))], np.stack(shown), 5)
        seeing.choose("#file", path)
        seeing.until("document.getElementById('state').textContent.startsWith('The video has ended')")
        assert words in text_of(seeing, "state")
        assert text_of(seeing, "trouble") == ""


def test_a_camera_that_is_refused_is_said_to_be(seeing: Browser, demo: Demo) -> None:
    opened(seeing, demo)
    refused = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError') }"
    seeing.say(refused)
    seeing.say("document.getElementById('camera').click()")
    seeing.until("!document.getElementById('trouble').hidden")
    assert "this page has been refused it" in text_of(seeing, "trouble")
    assert not seeing.say("document.getElementById('camera').disabled")


def test_without_a_camera_pictures_can_be_opened(browser: Browser, demo: Demo) -> None:
    opened(browser, demo)
    browser.say("document.getElementById('camera').click()")
    browser.until("!document.getElementById('trouble').hidden")
    assert text_of(browser, "trouble") == "There is no camera here. A picture or a video can be opened instead."
