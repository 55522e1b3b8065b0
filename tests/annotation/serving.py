"""``fer-lab annotate`` in a process of its own, as people start it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

CLI = [sys.executable, "-c", "import sys; sys.argv[0] = 'fer-lab'; from fer_lab.cli import main; main()", "annotate"]


class Served:
    """A running command; ``port`` is where it answers."""

    def __init__(self, folder: Path, *words: str, port: int = 0) -> None:
        command = [*CLI, str(folder), "--port", str(port), *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout is not None
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if found := re.search(r"open http://127\.0\.0\.1:(\d+)/", line):
                self.port = int(found[1])
                return
        raise AssertionError(self.said)

    @property
    def url(self) -> str:
        """Of the page."""
        return f"http://127.0.0.1:{self.port}/"

    def ask(
        self, path: str, body: Mapping[str, Any] | bytes | None = None, method: str = "", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of an answer; a body is sent as JSON unless headers say otherwise."""
        sent = json.dumps(body).encode() if isinstance(body, Mapping) else body
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        if body is not None:
            named = {"Content-Type": "application/json", **named}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method or ("GET" if body is None else "POST"), path, sent, named)
        answer = connection.getresponse()
        read = answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
        connection.close()
        return read

    def told(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Status (as ``status``) and JSON of an answer."""
        status, _, data = self.ask(path, body)
        return {"status": status, **json.loads(data)}

    def kill(self) -> None:
        """As the system does when memory is short."""
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """As Ctrl-C in its terminal; its exit status."""
        self.process.terminate()
        return self.process.wait(timeout=30)
