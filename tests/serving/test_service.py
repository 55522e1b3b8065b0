"""A finished run as a service, asked by a real client over a real connection; and how long it takes to answer."""

from __future__ import annotations

import http.client
import io
import json
import threading
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fer_lab import media
from fer_lab.configs import compose
from fer_lab.engine import ensure
from fer_lab.errors import ConfigError, StoreError
from fer_lab.faces import Detector, Face, find_model, prepare
from fer_lab.ledger import Run, read_run
from fer_lab.ledger.timings import TIMINGS, WAYS, read_timings, write_timing
from fer_lab.runs import make_plan, model_of, pictures_of
from fer_lab.serving.answering import Answering
from fer_lab.serving.app import LARGEST, serve
from fer_lab.serving.timing import time_answers

pytestmark = pytest.mark.slow

CELL = "universal/alexnet"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A network of seven classes, on stills of few people."""
    overrides = [f"cell={CELL}", "data=jaffe", "profile=smoke", "threads=1", "workers=1", "epochs=1"]
    overrides.append(f"paths.results={tmp_path_factory.mktemp('results')}")
    plan = make_plan(compose(overrides), CELL, overrides)
    ensure(plan)
    return read_run(plan.entry.folder)


@pytest.fixture(scope="module")
def pictures(run: Run) -> list[bytes]:
    return [media.read_bytes(root, path) for root, path in pictures_of(run) or ()][:3]


@pytest.fixture(scope="module")
def address(run: Run) -> str:
    """Of the service; its thread ends with the process."""
    said: Queue[str] = Queue()
    threading.Thread(target=serve, args=(Answering(run), 0, said.put), daemon=True).start()
    return said.get(timeout=60).removeprefix("http://").removesuffix("/")


def ask(address: str, body: Any, headers: dict[str, str] | None = None, **options: bool) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("POST", "/predict", body, headers or {}, **options)
    response = connection.getresponse()
    said = response.read().decode()
    connection.close()
    return response.status, json.loads(said) if said.startswith("{") else {"detail": said}


def png(pixels: np.ndarray[Any, Any]) -> bytes:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


def form(picture: bytes, field: str) -> tuple[bytes, dict[str, str]]:
    head = f'--edge\r\nContent-Disposition: form-data; name="{field}"; filename="../../a.png"\r\n\r\n'
    return head.encode() + picture + b"\r\n--edge--\r\n", {"Content-Type": "multipart/form-data; boundary=edge"}


def test_the_service_answers_what_the_network_of_the_run_does(run: Run, pictures: list[bytes], address: str) -> None:
    status, said = ask(address, pictures[0])
    trained = model_of(run)
    face = prepare(media.image(pictures[0], "it"), Detector(find_model()), trained.faces)  # type: ignore[arg-type]
    assert isinstance(face, Face)
    expected = trained.predict({"face": face.views["face"][None]})[0]
    assert status == 200
    assert list(said["probabilities"]) == list(run.target.names)
    np.testing.assert_allclose(list(said["probabilities"].values()), expected, atol=1e-6)
    left, top, width, height = said["box"]
    assert face.landmarks is not None
    assert (face.landmarks >= (left - 0.01, top - 0.01)).all()
    assert (face.landmarks <= (left + width + 0.01, top + height + 0.01)).all()
    assert (said["run"], said["source"], said["profile"], said["faces_found"]) == (run.id, "embedded", "smoke", 1)
    assert said["trained_on"] == "generated faces"
    scores = run.scores("test")
    right = (scores[run.target.answer_columns].to_numpy().argmax(1) == scores["label"]).mean()
    assert said["measured"] == {
        "metric": "accuracy",
        "value": right,
        "interval": None,
        "items": len(scores),
    }  # of one person
    assert ask(address, *form(pictures[0], "file")) == (status, said)


def test_what_cannot_be_answered_is_refused_with_the_reason(pictures: list[bytes], address: str) -> None:
    blank = png(np.full((200, 200, 3), 90, np.uint8))
    for body, headers, expected, reason in [
        (b"/etc/passwd", {}, 422, "not a whole image"),
        (pictures[0][:200], {}, 422, "not a whole image"),
        (b"", {}, 422, "empty"),
        (blank, {}, 422, "no face"),
        (*form(pictures[0], "other"), 422, "'file'"),
        (b"x", {"Content-Length": str(LARGEST + 1)}, 413, str(LARGEST)),
        (pictures[0], {"Host": "elsewhere.example"}, 400, "host"),
    ]:
        status, said = ask(address, body, headers)
        assert (status, reason in said["detail"]) == (expected, True), said
    assert ask(address, iter([pictures[0]]), {"Transfer-Encoding": "chunked"}, encode_chunked=True)[0] == 411
    assert ask(address, pictures[0])[0] == 200


def test_what_a_network_takes_is_kept_beside_the_run_which_stays_whole(run: Run, pictures: list[bytes]) -> None:
    assert list(read_timings(run)) == []
    timing = time_answers(run, [*pictures, png(np.zeros((64, 64, 3), np.uint8))], "JAFFE", "cpu", 2)
    assert (timing.images, timing.no_face, list(timing.seconds)) == (4, 1, list(WAYS))
    assert {len(times.repeats) for times in timing.seconds.values()} == {2}
    for _ in range(2):  # the second one replaces the first
        write_timing(run, timing)
        assert list(read_timings(run)) == [timing]
    read_run(run.folder).check()
    path = run.folder / TIMINGS
    path.write_text(path.read_text().replace('"images": 4', '"images": 2'))
    with pytest.raises(StoreError, match="damaged"):
        read_timings(run)
    path.unlink()


def test_a_run_of_clips_answers_no_picture(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    trained = model_of(run)
    trained.config["items"]["length"] = 16  # type: ignore[index]
    monkeypatch.setattr("fer_lab.serving.answering.model_of", lambda _: trained)
    with pytest.raises(ConfigError, match="clips of 16 faces"):
        Answering(run)


def test_a_taken_port_is_named(run: Run, address: str) -> None:
    with pytest.raises(ConfigError, match="port"):
        serve(Answering(run), int(address.rpartition(":")[2]), print)


def test_no_picture_is_a_path(tmp_path: Path, pictures: list[bytes], address: str) -> None:
    (tmp_path / "face.png").write_bytes(pictures[0])
    assert ask(address, str(tmp_path / "face.png").encode())[0] == 422
