"""Exported models as a service, asked by real clients over real connections."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from fer_lab import media
from fer_lab.faces import Face
from fer_lab.inference.found import Finder, inputs_of
from fer_lab.inference.graph import graph_checksum
from fer_lab.inference.model import Model
from tests.serving.served import NAMES, VALUES, Running, crowd, drawn, encoded, form, running, write_model

pytestmark = pytest.mark.slow
PICTURE = encoded(drawn())
TOKEN = "0123456789abcdef"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_model(folder / "one.onnx")
    write_model(folder / "two.onnx", seed=1, target=VALUES, generated=False, thresholds=())
    return folder


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Running]:
    with running(str(folder / "one.onnx"), str(folder / "two.onnx"), environment={"FER_LAB_TOKEN": ""}) as found:
        yield found


def expected(path: Path, picture: bytes) -> list[list[float]]:
    """What a model answers of a picture's faces without a service."""
    model = Model(path)
    faces = [face for face in Finder(model.contract)(media.image(picture, "it")) if isinstance(face, Face)]
    return model.predict(inputs_of(model.contract, faces)).tolist()


def test_a_picture_is_answered_as_the_model_answers_it(service: Running, folder: Path) -> None:
    answer = service.predict(PICTURE)
    assert answer.status == 200
    (picture,) = answer.said["pictures"]
    (face,) = picture["faces"]
    ((probabilities),) = expected(folder / "one.onnx", PICTURE)
    assert list(face["probabilities"]) == list(NAMES)
    np.testing.assert_allclose(list(face["probabilities"].values()), probabilities, atol=1e-6)
    assert face["answer"] == NAMES[int(np.argmax(probabilities))]
    assert face["sure"] == pytest.approx(max(probabilities))
    left, top, width, height = face["box"]
    assert min(left, top) > 0
    assert [round(value, 2) for value in (*face["box"], *face["pose"])] == [*face["box"], *face["pose"]]
    assert max(left + width, top + height) < 320
    model = answer.said["model"]
    assert (model["name"], model["generated"], model["trained_on"]) == ("one", True, "generated faces")
    assert (model["data"], model["run"], len(model["version"])) == ("1234", "0" * 16, 12)


def test_several_pictures_and_models_are_asked_by_name(service: Running, folder: Path) -> None:
    many = encoded(crowd(2, 2))
    answer = service.ask("POST", "/predict?model=two&points=true", *form([PICTURE, many, b"nothing"]))
    first, second, third = answer.said["pictures"]
    assert (len(first["faces"]), len(second["faces"]), third["error"]) == (1, 4, "unusable")
    found = sorted(list(face["values"].values()) for face in second["faces"])
    np.testing.assert_allclose(found, sorted(expected(folder / "two.onnx", many)), atol=1e-6)
    assert {len(face["points"]) for face in second["faces"]} == {68}
    assert answer.said["model"]["trained_on"] == "JAFFE"
    known = {one["name"]: one["contract"]["graph"] for one in service.ask("GET", "/models").said["models"]}
    assert known == {name: graph_checksum((folder / f"{name}.onnx").read_bytes()) for name in ("one", "two")}


def test_below_the_threshold_there_is_no_clear_expression(service: Running) -> None:
    for query, above in (("?error=0.1", 0.9), ("?above=0.999", 0.999)):
        answer = service.predict(PICTURE, query)
        (face,) = answer.said["pictures"][0]["faces"]
        assert (answer.said["above"], face["answer"]) == (above, "no clear expression")
        assert face["sure"] <= above
    for query in ("?error=0.2", "?error=0.1&above=0.5", "?above=2", "?model=two&above=0.5"):
        assert service.predict(PICTURE, query).status == 422
    misspelt = service.predict(PICTURE, "?eror=0.1")
    assert (misspelt.status, misspelt.said["detail"].rpartition("; ")[2]) == (
        422, "there are model, error, above, points")  # fmt: skip
    assert service.predict(PICTURE, "?model=three").status == 404


def test_what_looks_after_it_is_told_how_it_is(service: Running) -> None:
    assert service.ask("GET", "/healthz").said == {"status": "alive"}
    assert service.ask("GET", "/readyz").said == {"status": "ready"}
    head, whole = service.ask("HEAD", "/"), service.ask("GET", "/")
    assert (head.status, head.body, whole.said["models"][0]["name"]) == (200, b"", "one")
    counted = service.ask("GET", "/metrics").body.decode()
    assert 'fer_lab_requests_total{path="/healthz",status="200"}' in counted
    assert "process_resident_memory_bytes" in counted
    assert service.ask("POST", "/reload").status == 401


def test_frames_are_answered_in_order_and_the_latest_wins(service: Running) -> None:
    with connect(f"ws://{service.address}/stream?model=one&above=0.2") as stream:
        for _ in range(12):
            stream.send(PICTURE)
        said = [json.loads(stream.recv(timeout=60)) for _ in range(12)]
        stream.send(b"nothing")
        assert json.loads(stream.recv(timeout=60))["error"] == "unusable"
    assert [one["frame"] for one in said] == list(range(12))
    answered = [one for one in said if "faces" in one]
    assert answered[-1]["frame"] == 11
    assert len(answered) < 12
    assert all(one["skipped"] for one in said if one not in answered)
    for query, status in (("model=three", "404"), ("eror=0.1", "422")):
        with pytest.raises(InvalidStatus, match=status), connect(f"ws://{service.address}/stream?{query}"):
            pass


def test_the_page_shows_all_paths_and_loads_nothing(service: Running) -> None:
    answer = service.ask("GET", "/docs")
    page, document = answer.body.decode(), service.ask("GET", "/openapi.json").said
    assert all(f"</b>{path}</h2>" in page for path in document["paths"])
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not any(word in page for word in ("src=", "<script", "@import", "url("))
    assert service.ask("HEAD", "/docs").body == b""
