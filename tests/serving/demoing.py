"""``fer-lab demo`` in a process of its own, what Python says of the same pictures, and pictures of generated people."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_lab.errors import FerLabError
from fer_lab.faces import Face
from fer_lab.generator import Identity, perform, render
from fer_lab.inference.found import Finder, inputs_of
from fer_lab.inference.model import Model
from fer_lab.serving.runtime import runtime
from fer_lab.storage import cache_root, locked
from tests.browser import Browser

CLI = [sys.executable, "-c", "import sys; sys.argv[0] = 'fer-lab'; from fer_lab.cli import main; main()", "demo"]
USERS_CACHE = cache_root()
"""Asked for before tests have a cache of their own: files that are pinned by checksum are taken from there."""
READY = "!document.getElementById('camera').disabled"
ANSWERED = "document.getElementById('picture').dataset.faces"
ROW = "[...document.querySelectorAll('#bars li')].map(row => +row.dataset.value)"

Pixels = NDArray[np.uint8]


def page_runtime() -> Path:
    """The cache that holds what computes in the page, from npm; skips where there is neither."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_LAB_CACHE", str(USERS_CACHE))
        try:
            return runtime()
        except FerLabError as error:
            pytest.skip(str(error))  # a machine that builds this may reach other registries, and not npm's


class Demo:
    """A running command; ``url`` is the page's."""

    def __init__(self, model: Path, cache: Path, port: int = 0) -> None:
        with locked(own := cache / "page"):  # other workers share the cache
            if not own.exists():
                shutil.copytree(page_runtime().parent, own)
        command = [*CLI, str(model), "--port", str(port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout is not None
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if found := re.search(r"open (http://127\.0\.0\.1:(\d+)/demo/)", line):
                self.url, self.port = found[1], int(found[2])
                return
        raise AssertionError(self.said)

    def end(self) -> int:
        """As Ctrl-C in its terminal; its exit status."""
        self.process.terminate()
        return self.process.wait(timeout=30)


@dataclass(frozen=True)
class Said:
    """What Python says of a picture: points (faces, 68, 2) px and answers (faces, names), the largest face first."""

    points: NDArray[np.float32]
    answers: NDArray[np.float32]


@contextmanager
def demoed(model: Path, cache: Path, port: int = 0) -> Iterator[Demo]:
    """The page of a model, for a while."""
    demo = Demo(model, cache, port)
    try:
        yield demo
    finally:
        demo.end()


def said_by(model: Path, pictures: list[Pixels]) -> list[Said]:
    """What the model file says of pictures, without any page."""
    asked = Model(model)
    finder = Finder(asked.contract)
    found = [[face for face in finder(picture) if isinstance(face, Face)] for picture in pictures]
    return [
        Said(np.array([face.landmarks for face in faces], np.float32), asked.predict(inputs_of(asked.contract, faces)))
        for faces in found
    ]


def filmed(emotion: str, numbers: list[int], person: int = 7) -> list[Pixels]:
    """Frames of a generated person who plays an emotion, (240, 320, 3); number 11 is the strongest."""
    played = perform(11, emotion, genuine=True, fps=10, duration=2)
    faces, _ = render(Identity(person), played, numbers, size=200, seed=0)
    return [np.pad(face, ((20, 20), (60, 60), (0, 0)), constant_values=90) for face in faces]


def camera_of(path: Path, frames: list[Pixels]) -> Path:
    """A file that Chromium takes for a camera: MJPEG, over and over."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, 98]
    path.write_bytes(b"".join(cv2.imencode(".jpg", frame[..., ::-1], quality)[1].tobytes() for frame in frames))
    return path


def show(browser: Browser, path: Path) -> None:
    """Choose a picture and wait for what comes of it."""
    browser.say("delete document.getElementById('picture').dataset.faces")
    browser.choose("#file", path)
    browser.until(f"{ANSWERED} !== undefined || !document.getElementById('trouble').hidden")


def text_of(browser: Browser, id_: str) -> str:
    """What an element says, '' where it is hidden."""
    return str(browser.say(f"(e => e.hidden ? '' : e.textContent)(document.getElementById('{id_}'))"))


def opened(browser: Browser, demo: Demo) -> None:
    """The page, ready to be shown something."""
    browser.open(demo.url)
    browser.until(f"{READY} || !document.getElementById('trouble').hidden", 90)


def on_the_server(browser: Browser) -> None:
    """Let the server compute."""
    browser.say("document.querySelector('[value=server]').click()")
    browser.until(READY)
