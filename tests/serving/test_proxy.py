"""Behind a proxy clients are told apart by what it says of them; anybody else's word is not taken."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from fer_lab.serving import server
from fer_lab.serving.app import Service, application
from fer_lab.serving.crew import Looked
from fer_lab.serving.gate import Door
from fer_lab.serving.limits import Limits
from fer_lab.serving.loaded import Models
from fer_lab.serving.metrics import Metrics
from tests.serving.served import write_model

ONE, OTHER = "192.0.2.1", "192.0.2.2"
USUAL = server._Server


class Held:
    """A service with place for one picture of each address, which looks at no picture until it is told to."""

    def __init__(self, path: Path, proxies: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        metrics, self.goes_on, self.has_begun = Metrics(), threading.Event(), SimpleQueue[bool]()
        self._service = Service(Models({"one": lambda: path}, Limits(), metrics), Limits(each=1), metrics, Door())
        monkeypatch.setattr(self._service.models.named(None)._crew, "look", self._look)
        addresses = SimpleQueue[str]()
        monkeypatch.setattr(server, "_Server", self._made)
        words = self._service, application(self._service), "127.0.0.1", 0, addresses.put, proxies
        self._thread = threading.Thread(target=server.serve, args=words)
        self._thread.start()
        self._address = addresses.get(timeout=60).split("/")[2]

    def _made(self, *given: Any) -> Any:
        """The server, which is kept so that it can be told to stop."""
        self._server = USUAL(*given)
        return self._server

    def _look(self, data: bytes, pixels: int) -> Looked:
        self.has_begun.put(True)
        assert self.goes_on.wait(60)
        return Looked(1, 1, [])

    def ask(self, client: str) -> int:
        """The status of an answer to what a proxy hands on of a client."""
        connection = http.client.HTTPConnection(self._address, timeout=60)
        connection.request("POST", "/predict", b"x", {"X-Forwarded-For": client, "Content-Type": "image/png"})
        status = connection.getresponse().status
        connection.close()
        return status

    def end(self) -> None:
        self.goes_on.set()
        self._server.should_exit = True
        self._thread.join(60)


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[list[str]], Held]]:
    """A function: such a service, which takes the word of these addresses."""
    started: list[Held] = []

    def begin(proxies: list[str]) -> Held:
        started.append(Held(write_model(tmp_path / "one.onnx"), proxies, monkeypatch))
        return started[-1]

    yield begin
    for one in started:
        one.end()


def test_clients_of_a_proxy_have_places_of_their_own(start: Callable[[list[str]], Held]) -> None:
    held = start(["127.0.0.1"])
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(held.ask, ONE)
        assert held.has_begun.get(timeout=60)
        assert held.ask(ONE) == 429
        second = pool.submit(held.ask, OTHER)
        assert held.has_begun.get(timeout=60)
        held.goes_on.set()
        assert [first.result(60), second.result(60)] == [200, 200]


@pytest.mark.parametrize("proxies", [[], ["192.0.2.9"]])
def test_the_word_of_others_is_not_taken(start: Callable[[list[str]], Held], proxies: list[str]) -> None:
    held = start(proxies)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(held.ask, ONE)
        assert held.has_begun.get(timeout=60)
        assert held.ask(OTHER) == 429
        held.goes_on.set()
        assert first.result(60) == 200
