"""How much is let in, who is, and what a command line may ask for; without a service."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from typer.testing import CliRunner

from fer_lab.cli.commands import app
from fer_lab.errors import ConfigError
from fer_lab.serving.batches import Batches, Inputs
from fer_lab.serving.gate import PROTOCOL, Door, Gate
from fer_lab.serving.limits import Limits
from fer_lab.serving.metrics import Metrics
from fer_lab.serving.refusals import Refused
from fer_lab.serving.room import Room
from tests.serving.served import write_model

TOKEN = "0123456789abcdef"


def refusal(room: Room, client: str, count: int) -> Refused:
    with pytest.raises(Refused) as caught, room.pictures(client, count):
        raise AssertionError("it was let in")
    return caught.value


def test_places_are_counted_by_client_and_given_back() -> None:
    room = Room(Limits(waiting=5, each=3), Metrics())
    with room.pictures("a", 3):
        assert refusal(room, "a", 1).status == 429
        with room.pictures("b", 2):
            full = refusal(room, "c", 1)
            assert (full.status, full.headers["Retry-After"]) == (503, "1")
        assert refusal(room, "b", 4).status == 429
    with room.pictures("a", 3):
        assert refusal(room, "c", 3).status == 503


def test_bytes_are_counted_as_they_come() -> None:
    room = Room(Limits(held=10), Metrics())
    with room.bytes() as first, room.bytes() as second:
        first.add(6)
        second.add(4)
        with pytest.raises(Refused, match="10 bytes of requests wait"):
            second.add(1)
    with room.bytes() as again:
        again.add(10)
        assert again.count == 10


def test_a_limit_lets_something_through() -> None:
    with pytest.raises(ConfigError, match="faces = 0"):
        Limits(faces=0)


def test_what_waits_is_asked_at_once_and_a_failure_is_of_its_own() -> None:
    import numpy as np

    asked: list[int] = []

    def predict(inputs: Inputs) -> Any:
        asked.append(len(inputs["face"]))
        if (inputs["face"] == 9).any():
            raise ValueError("nine")
        return np.asarray(inputs["face"], np.float32)

    async def ask() -> list[Any]:
        batches = Batches(predict, lambda faces, seconds: None)
        values = [np.full((2, 1), number) for number in (1, 2, 3)]
        first = asyncio.gather(*(batches.answer({"face": one}, 2) for one in values))
        together = await first
        with pytest.raises(ValueError, match="nine"):
            await batches.answer({"face": np.full((1, 1), 9)}, 1)
        return [*together, await batches.answer({"face": values[0]}, 2)]

    answers = asyncio.run(ask())
    assert [answer.ravel().tolist() for answer in answers] == [[1, 1], [2, 2], [3, 3], [1, 1]]
    assert asked[0] in (2, 6)
    assert sum(asked) == 9


@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        ("localhost:8766", {}, 401),
        ("localhost:8766", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ("localhost:8766", {"Authorization": f"bearer  {TOKEN}"}, 200),
        ("localhost:8766", {"Authorization": f"Bearer {TOKEN}0"}, 401),
        ("localhost:8766", {"Authorization": "Bearer é".encode()}, 401),
        ("localhost:8766", {"Sec-WebSocket-Protocol": f"chat, {PROTOCOL}{TOKEN}"}, 200),
        ("faces.example.org", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ("elsewhere.example.org", {"Authorization": f"Bearer {TOKEN}"}, 400),
        ("[::1]:8766", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ("[::1", {"Authorization": f"Bearer {TOKEN}"}, 400),
        ("192.0.2.1", {"Authorization": f"Bearer {TOKEN}"}, 400),
        ("faces.example.org", {"Authorization": f"Bearer {TOKEN}", "Origin": "http://faces.example.org"}, 200),
        ("faces.example.org", {"Authorization": f"Bearer {TOKEN}", "Origin": "null"}, 403),
        ("faces.example.org", {"Authorization": f"Bearer {TOKEN}", "Origin": "http://[x"}, 403),
    ],
)
def test_who_calls_it_by_its_name_with_the_token_is_let_in(host: str, headers: Any, status: int) -> None:
    door = Door(TOKEN, ["faces.example.org"])
    client = TestClient(Gate(PlainTextResponse("in"), door, Metrics(), []))
    assert client.get("/models", headers={"Host": host, **headers}).status_code == status


@pytest.mark.parametrize(
    ("words", "environment", "reason"),
    [
        (["--host", "0.0.0.0"], {}, "without a token"),
        (["--host", "0.0.0.0"], {"FER_LAB_TOKEN": "short"}, "too short"),
        (["--token-file", "nowhere"], {}, "cannot be read"),
        (["--limit", "cats=3"], {}, "one of bytes"),
        (["--limit", "bytes=many"], {}, "a number"),
        (["--limit", "bytes=0"], {}, "above 0"),
        (["{model}"], {}, "two models are called one"),
    ],
)
def test_a_command_line_that_cannot_be_is_refused(
    tmp_path: Path, words: list[str], environment: dict[str, str], reason: str
) -> None:
    model = str(write_model(tmp_path / "one.onnx"))
    command = ["serve", model, *(word.format(model=model) for word in words)]
    done = CliRunner().invoke(app, command, env={"FER_LAB_TOKEN": "", **environment})
    assert isinstance(done.exception, ConfigError)
    assert reason in str(done.exception)


def test_the_process_of_a_service_has_what_it_needs_and_no_more() -> None:
    code = """
import sys
from fer_lab.inference.lean import import_mediapipe
import_mediapipe()
import fer_lab.serving.app, fer_lab.serving.loaded, fer_lab.serving.server
print(sorted({"torch", "pandas", "scipy", "matplotlib", "numba", "hydra", "pyarrow"} & set(sys.modules)))
import matplotlib.pyplot
print(matplotlib.pyplot.figure.__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "figure"]
