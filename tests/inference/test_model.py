"""A model's file is read and checked; whatever else lies there is refused, and nothing beside it is opened."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from fer_lab.errors import ConfigError, DataError, StoreError
from fer_lab.inference.contract import Input
from fer_lab.inference.model import LARGEST, Model
from tests.inference.bright import SIDE, contract, model, written


def faces(*values: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.stack([np.full((SIDE, SIDE, 1), value, np.uint8) for value in values])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("models") / "bright.onnx")


def test_it_answers_any_number_of_faces(path: Path) -> None:
    found = Model(path, threads=1)
    assert found.version == hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    answers = found.predict({"raw": faces(0, 128, 255)})
    assert (answers.shape, answers.dtype) == ((3, 2), np.float32)
    np.testing.assert_allclose(answers[:, 1], [0, 0.5, 1], atol=1e-6)
    assert found.predict({"raw": faces(200)[:0]}).shape == (0, 2)


def test_many_threads_may_ask_at_once(path: Path) -> None:
    found = Model(path, threads=1)
    values = list(range(0, 256, 8))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda value: found.predict({"raw": faces(value)})[0, 1], values))
    assert answers == [found.predict({"raw": faces(value)})[0, 1] for value in values]


def test_answers_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    damaged = Model(written(tmp_path / "nan.onnx", model(contract().text(), weight=float("nan"))))
    with pytest.raises(StoreError, match=r"nan\.onnx: 2 of 2 answers are no numbers"):
        damaged.predict({"raw": faces(0, 128)})


@pytest.mark.parametrize(
    "given",
    [{}, {"raw": faces(1).astype(np.float32)}, {"raw": faces(1)[:, :3]}, {"other": faces(1)}],
)
def test_inputs_that_do_not_fit_are_refused(path: Path, given: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="'raw'"):
        Model(path).predict(given)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no model that onnxruntime reads"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "no model that onnxruntime reads"),
        (model(contract().text()).SerializeToString()[:-80], "no model that onnxruntime reads|says nothing"),
        (model(None).SerializeToString(), "says nothing of faces"),
        (model("{").SerializeToString(), "metadata are damaged"),
        (b"abcdORTM" + bytes(64), "read from another file"),
        (model(contract().text(), side=5).SerializeToString(), "its graph takes"),
        (model(contract().text(), names=3).SerializeToString(), "its graph gives"),
        (model(contract().text(), output="other").SerializeToString(), "its graph gives"),
        (model(contract(inputs=(Input("raw", "float32", (4, 4, 1)),)).text()).SerializeToString(), "its graph takes"),
    ],
    ids=["empty", "png", "cut", "silent", "damaged", "ort", "side", "names", "output", "kind"],
)
def test_a_file_that_is_no_such_model_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=message):
        Model(path)


@pytest.mark.parametrize("where", ["weights.bin", "../weights.bin", "/etc/hostname"])
def test_a_path_that_a_model_names_is_not_opened(tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = model(contract().text())
    (tensor,) = (one for one in made.graph.initializer if one.name == "weights")
    (tmp_path / "weights.bin").write_bytes(tensor.raw_data)
    onnx.external_data_helper.set_external_data(tensor, where)
    tensor.ClearField("raw_data")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="read from another file"):
        Model(written(tmp_path / "model.onnx", made))


def test_a_long_way_to_write_it_is_seen_too(tmp_path: Path) -> None:
    """Protobuf takes a number in more bytes than it needs."""
    path = tmp_path / "model.onnx"
    for written_as in (b"\x0a\x88\x00location", b"\x8a\x00\x08location", b"\x0a\x88\x80\x00location"):
        path.write_bytes(model(contract().text()).SerializeToString() + written_as)
        with pytest.raises(StoreError, match="read from another file"):
            Model(path)


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"missing\.onnx cannot be read"):
        Model(tmp_path / "missing.onnx")
    with pytest.raises(StoreError, match="cannot be read"):
        Model(tmp_path)
    with (tmp_path / "huge.onnx").open("wb") as file:
        file.truncate(LARGEST + 1)  # it takes no room
    with pytest.raises(StoreError, match=rf"{LARGEST + 1} bytes"):
        Model(tmp_path / "huge.onnx")


def test_a_device_that_is_not_there_is_refused(path: Path) -> None:
    with pytest.raises(ConfigError, match="--device moon"):
        Model(path, device="moon")
