"""A browser for tests: one headless Chromium, steered by its DevTools protocol."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

INSTALL = "apt-get install -y --no-install-recommends chromium fonts-dejavu-core"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)  # fmt: skip


class Browser:
    """A page of Chromium, steered over a pair of pipes by its DevTools protocol."""

    def __init__(self, folder: Path, *flags: str) -> None:
        theirs, ours = os.pipe(), os.pipe()
        command = ["bash", "-c", f'exec "$@" 3<&{theirs[0]} 4>&{ours[1]}', "-", "chromium", *FLAGS, *flags]
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
        """The value of an expression on the page; of a promise, what it comes to."""
        asked = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        return self.send("Runtime.evaluate", **asked)["result"].get("value")

    def until(self, expression: str, seconds: float = 30.0) -> None:
        """Wait until an expression holds on the page."""
        end = time.monotonic() + seconds
        while not self.say(expression):
            assert time.monotonic() < end, f"{expression}: still {self.say(expression)!r}; {self.errors()}"
            time.sleep(0.02)

    def mouse(self, kind: str, x: float, y: float) -> None:
        """``mousePressed``, ``mouseMoved`` or ``mouseReleased`` at a place of the window."""
        held = {"button": "left", "buttons": 0 if kind == "mouseReleased" else 1, "clickCount": 1}
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **held)

    def look(self, width: int, theme: str) -> None:
        """Take a window's width and the theme that the system asks for."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])

    def press(self, key: str) -> None:
        """Press and release a key."""
        text = {"Enter": "\r"}.get(key, "")
        code = {"Enter": 13, "Tab": 9, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}[key]
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, text=text, windowsVirtualKeyCode=code)

    def choose(self, selector: str, path: Path) -> None:
        """Choose a file as people do in a dialogue."""
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        found = self.send("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.send("DOM.setFileInputFiles", nodeId=found, files=[str(path)])

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


def browser_at(folder: Path, *flags: str) -> Iterator[Browser]:
    """A headless Chromium; without one the test fails in continuous integration, and is skipped elsewhere."""
    if shutil.which("chromium") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no chromium here: {INSTALL}")
    found = Browser(folder, *flags)
    yield found
    found.close()
