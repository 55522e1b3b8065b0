"""Many clients at once: batches, reloads, the token, the end; and that the OpenAPI document holds."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.serving.served import Running, drawn, encoded, opened, running, write_model

pytestmark = pytest.mark.slow
PICTURES = [encoded(drawn(seed, 240)) for seed in range(4)]
TOKEN = "0123456789abcdef"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
EXAMPLES = int(os.environ.get("FER_LAB_EXAMPLES", "8"))
"""Of each path; by hand far more."""
CHECKS = (not_a_server_error,)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_model(folder / "one.onnx")
    return folder


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Running]:
    with running(str(folder / "one.onnx"), environment={"FER_LAB_TOKEN": TOKEN}) as found:
        yield found


def answers(service: Running, count: int) -> list[tuple[int, int, list[float], str]]:
    """Status, picture, probabilities and version of so many answers, eight clients at once."""

    def one(number: int) -> tuple[int, int, list[float], str]:
        picture = number % len(PICTURES)
        answer = service.predict(PICTURES[picture], headers=BEARER)
        (face,) = answer.said["pictures"][0]["faces"]
        return answer.status, picture, list(face["probabilities"].values()), answer.said["model"]["version"]

    with ThreadPoolExecutor(8) as clients:
        return list(clients.map(one, range(count)))


def test_what_is_asked_at_once_is_answered_as_alone(service: Running) -> None:
    alone = [answers(service, len(PICTURES))[place] for place in range(len(PICTURES))]
    for status, picture, probabilities, _ in answers(service, 60):
        assert status == 200
        np.testing.assert_allclose(probabilities, alone[picture][2], atol=1e-6)
    counted = service.ask("GET", "/metrics", headers=BEARER).body.decode()
    assert 'fer_lab_batch_faces_bucket{le="1.0"}' in counted


def test_a_reload_drops_no_request(service: Running, folder: Path) -> None:
    found: list[tuple[int, int, list[float], str]] = []
    asking = threading.Thread(target=lambda: found.extend(answers(service, 150)))
    asking.start()
    for seed in (1, 2):
        write_model(folder / "one.onnx", seed)
        assert service.ask("POST", "/reload", headers=BEARER).status == 200
    write_model(folder / "one.onnx", 3)
    service.hang_up()
    asking.join()
    assert [status for status, *_ in found] == [200] * 150
    of_version = {(version, picture): values for _, picture, values, version in found}
    for _, picture, values, version in found:  # each by one of the models, and by no mixture of two
        np.testing.assert_allclose(values, of_version[version, picture], atol=1e-6)
    assert len({version for version, _ in of_version}) > 1


def test_a_damaged_file_leaves_the_model_in_use(service: Running, folder: Path) -> None:
    before = service.ask("GET", "/", headers=BEARER).said["models"]
    write_model(folder / "one.onnx", text="{")
    answer = service.ask("POST", "/reload", headers=BEARER)
    assert (answer.status, "the models in use stay" in answer.said["detail"]) == (422, True)
    service.hang_up()
    assert service.predict(PICTURES[0], headers=BEARER).status == 200
    assert service.ask("GET", "/", headers=BEARER).said["models"] == before
    write_model(folder / "one.onnx")


@pytest.mark.parametrize("shown", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}])
def test_without_the_token_nothing_is_answered(service: Running, shown: dict[str, str]) -> None:
    for method, path in (("POST", "/predict"), ("GET", "/models"), ("GET", "/metrics"), ("POST", "/reload")):
        answer = service.ask(method, path, b"", shown)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert [service.ask("GET", path, headers=shown).status for path in ("/readyz", "/docs")] == [200, 200]


def test_told_to_stop_it_answers_what_it_has_begun(folder: Path) -> None:
    head = f"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(PICTURES[0])}\r\n"
    with (
        running(str(folder / "one.onnx"), environment={"FER_LAB_TOKEN": TOKEN}) as service,
        opened(service) as connection,
        opened(service) as idle,
        connect(f"ws://{service.address}/stream", additional_headers=BEARER) as stream,
    ):
        connection.sendall(f"{head}Authorization: Bearer {TOKEN}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")  # it waits for the picture
        service.process.send_signal(signal.SIGTERM)
        assert idle.recv(100) == b""
        with pytest.raises(ConnectionClosed):
            stream.recv(timeout=30)
        with pytest.raises(ConnectionRefusedError):
            opened(service)
        connection.sendall(PICTURES[0])
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
        assert service.process.wait(60) in (0, -signal.SIGTERM)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_nothing_that_is_asked_makes_it_stumble(service: Running, mode: GenerationMode) -> None:
    """What the OpenAPI document describes, and what it does not."""
    schema = schemathesis.openapi.from_url(f"http://{service.address}/openapi.json", headers=BEARER)
    for found in schema.get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not (operation.query or operation.body):
            continue  # who asks for nothing cannot ask wrongly

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy(generation_mode=mode))
        def stands(case: schemathesis.Case) -> None:
            case.call_and_validate(headers=BEARER, checks=CHECKS)

        stands()
