"""How fast the live page answers a camera: python benchmarks/live_page.py MODEL [--seconds 15] [--repeats 3] [--out F].

MODEL is what ``fer-lab demo`` takes, with overrides behind it. Chromium, without a GPU, is given a camera of 640 x 480
px that films a generated person; both computers of answers are tried, the page itself and the service.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
from measuring import RESULTS, ROOT, Figure, rounded

from fer_lab.environment import describe_machine
from fer_lab.generator import Identity, perform, render
from fer_lab.storage import write_json

sys.path.insert(0, str(ROOT))
from tests.browser import Browser

WANTED_RATE, WANTED_SECONDS = 15, 5
FAKE = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
READY = "!document.getElementById('camera').disabled"
PICTURES = "+(document.getElementById('speed').dataset.pictures ?? 0)"


def film(path: Path) -> Path:
    """Two seconds of somebody who smiles, as Chromium takes them for a camera."""
    played = perform(7, "happiness", fps=15, duration=2)
    faces, _ = render(Identity(7), played, range(30), size=320, supersampling=2, seed=0)
    frames = [np.pad(face, ((80, 80), (160, 160), (0, 0)), constant_values=90) for face in faces]
    path.write_bytes(b"".join(cv2.imencode(".jpg", frame[..., ::-1])[1].tobytes() for frame in frames))
    return path


def served(words: Sequence[str]) -> tuple[subprocess.Popen[str], str]:
    """``fer-lab demo``, and the address of its page."""
    command = [sys.executable, "-m", "fer_lab.cli", "demo", *words, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    said = ""
    for line in process.stdout or ():
        said += line
        if found := re.search(r"open (http://\S+) in a browser", line):
            return process, found[1]
    raise SystemExit(said)


def cpu_seconds(of: int) -> float:
    """Processor time of a process and all that it has started."""
    root = psutil.Process(of)
    return sum(sum(one.cpu_times()[:2]) for one in (root, *root.children(recursive=True)))


def one_visit(url: str, camera: Path, place: str, seconds: float) -> dict[str, Any]:
    """A browser that was never here: how long until the first answer, then how many pictures are answered."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(Path(folder), *FAKE, f"--use-file-for-fake-video-capture={camera}")
        began = time.perf_counter()
        browser.open(url)
        if place == "server":
            browser.say("document.querySelector('[value=server]').click()")
        browser.until(READY, 120)
        browser.say("document.getElementById('camera').click()")
        browser.until(f"{PICTURES} >= 1", 120)
        first = time.perf_counter() - began
        time.sleep(2)
        pictures, cpu, start = browser.say(PICTURES), cpu_seconds(browser.process.pid), time.perf_counter()
        time.sleep(seconds)
        answered = browser.say(PICTURES) - pictures
        rate = answered / (time.perf_counter() - start)
        spent = (cpu_seconds(browser.process.pid) - cpu) / max(1, answered)
        took = json.loads(browser.say("document.getElementById('speed').dataset.took"))
        browser.close()
    return {"first": first, "rate": rate, "cpu_ms_a_picture": 1000 * spent, "last_took_ms": took}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("model", nargs="+")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS / "live_page.json")
    args = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        camera = film(Path(folder) / "camera.mjpeg")
        process, url = served(args.model)
        try:
            seen = {place: [one_visit(url, camera, place, args.seconds) for _ in range(args.repeats)]
                    for place in ("page", "server")}  # fmt: skip
        finally:
            process.terminate()
            process.wait(30)
    figures = [figure for place, visits in seen.items() for figure in figures_of(place, visits)]
    result = {
        "what": "the live page in Chromium without a GPU, a camera of 640 x 480 px with one generated face",
        "figures": [figure.written() for figure in figures],
        "measured": rounded(seen),
        "load_before": round(load, 1),
        "load_after": round(os.getloadavg()[0], 1),
        "machine": describe_machine(),
    }
    print(json.dumps(result, indent=1))
    write_json(args.out, result)


def figures_of(place: str, visits: Sequence[dict[str, Any]]) -> list[Figure]:
    """What is wanted of a place."""
    return [
        Figure(f"pictures a second, computed by the {place}", [one["rate"] for one in visits], WANTED_RATE),
        Figure(f"seconds from opening to the first answer, computed by the {place}",
               [one["first"] for one in visits], WANTED_SECONDS, "at most", "s"),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
