"""What a service says where a model, or the service itself, is at fault; asked in this process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse

from fer_lab.serving.app import Service, application
from fer_lab.serving.gate import Door
from fer_lab.serving.limits import Limits
from fer_lab.serving.loaded import Models
from fer_lab.serving.metrics import Metrics
from fer_lab.serving.server import _reloaded
from tests.serving.served import drawn, encoded, write_model

PICTURE = encoded(drawn())


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """Of a model that is whole, and one whose weights are no numbers."""
    folder, metrics = tmp_path_factory.mktemp("models"), Metrics()
    paths = [write_model(folder / "whole.onnx"), write_model(folder / "nan.onnx", scale=float("nan"))]
    places = {path.stem: (lambda path=path: path) for path in paths}
    return Service(Models(places, Limits(), metrics), Limits(), metrics, Door())


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(application(service), "http://127.0.0.1", raise_server_exceptions=False) as found:
        yield found


def test_what_is_no_number_is_no_answer(client: TestClient) -> None:
    answer = client.post("/predict?model=nan", content=PICTURE)
    assert (answer.status_code, answer.json()["error"]) == (500, "fault")
    assert "nan.onnx: 1 of 1 answers are no numbers" in answer.json()["detail"]
    assert client.post("/predict?model=whole", content=PICTURE).status_code == 200


def test_a_fault_is_counted_and_answered_as_all_else_is(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("something of its own")

    monkeypatch.setattr(service.models.named(None), "_look", fail)
    answer = client.post("/predict", content=PICTURE)
    assert (answer.status_code, answer.json()["error"]) == (500, "fault")
    assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-store")
    assert "something of its own" not in answer.text
    assert "something of its own" in caplog.text
    counted = client.get("/metrics").text
    assert 'fer_lab_requests_total{path="/predict",status="500"}' in counted


def test_what_takes_too_long_is_told_to_come_again(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    impatient = Service(service.models, Limits(seconds=1e-6), Metrics(), Door())
    with TestClient(application(impatient), "http://127.0.0.1") as client:
        answer = client.post("/predict", content=PICTURE)
        assert (answer.status_code, answer.json()) == (503, {"error": "busy", "detail": "no answer within 1e-06 s"})
        assert answer.headers["Retry-After"] == "1"
        with client.websocket_connect("/stream", headers={"Host": "127.0.0.1"}) as stream:
            stream.send_bytes(PICTURE)
            assert stream.receive_json() == {"frame": 0, **answer.json()}
        assert "fer_lab_pictures_inside 0.0" in client.get("/metrics").text


@pytest.mark.parametrize("query", ["points=ture", "points=2", "above=x", "error=7", "colour=red"])
def test_a_stream_reads_its_query_as_a_request_does(client: TestClient, query: str) -> None:
    assert client.post(f"/predict?{query}", content=PICTURE).status_code == 422
    asked = client.websocket_connect(f"/stream?{query}", headers={"Host": "127.0.0.1"})
    with pytest.raises(WebSocketDenialResponse) as denied, asked:
        pass
    assert (denied.value.status_code, denied.value.json()["error"]) == (422, "unusable")


def test_models_that_were_read_again_are_logged(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "fer_lab")
    asyncio.run(_reloaded(service))
    versions = [f"{one.name} ({one.model.version})" for one in service.models.all()]
    assert caplog.messages[-1] == f"models read again: {', '.join(versions)}"
