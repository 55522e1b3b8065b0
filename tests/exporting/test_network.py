"""A graph of each kind of items and target answers what the run answers of the same faces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from fer_lab.exporting.export import CLOSE, TRIED
from fer_lab.exporting.network import Network
from fer_lab.exporting.onnx_file import onnx_model
from fer_lab.inference.model import Model
from fer_lab.runs import Trained
from tests.exporting.conftest import Made
from tests.inference.bright import contract as made_contract

pytestmark = pytest.mark.slow

CELLS = {
    "sase_hidden/cnn_geometry": (),
    "sase_hidden/geometry": (),
    "sase_hidden/c3d": (),
    "sase_hidden/cnn_gru_image": (),
    "sase_hidden/cnn_face": ("task.mirror=true", "task.average=0.5"),
    "kinds/action_units": (),
    "kinds/affect": (),
    "emotionet/eleven_blendshapes": (),
    "fer2013_final/final": (),
    "fer2013_tree/tree": (),
}


def shown(trained: Trained, items: int) -> dict[str, NDArray[Any]]:
    """Faces of chance, as many as make so many items, by the name of what they are."""
    rng, n = np.random.default_rng(1), items * trained.length
    side, channels = trained.faces.size or 48, trained.faces.channels
    views = {name: rng.integers(0, 256, (n, side, side, channels), np.uint8) for name in trained.views}
    points = 100 + 50 * rng.normal(size=(n, 68, 2)).astype(np.float32)
    return {**views, "landmarks": points, "blendshapes": rng.random((n, 52), np.float32)}


def expected(trained: Trained, given: dict[str, NDArray[Any]]) -> NDArray[np.float32]:
    """What the run answers: of faces of nobody it needs a view, as a store has one."""
    views = {name: given[name] for name in trained.views} or {
        "face": np.zeros((len(given["landmarks"]), 1, 1, 3), "u1")
    }
    return trained.predict(views, given["landmarks"], given["blendshapes"])


def check(trained: Trained, folder: Path) -> None:
    network = Network(trained).eval()
    target = trained.run.target
    asked = {"kind": target.kind, "names": list(target.names), "scale": target.scale, "name": "t"}
    contract = made_contract(
        target=asked, faces=trained.config["faces"], inputs=network.takes, length=trained.length, thresholds=()
    )
    path = folder / "model.onnx"
    path.write_bytes(onnx_model(network, contract).SerializeToString())
    model, given = Model(path), shown(trained, TRIED)
    named = {one.name: given[one.name].reshape(TRIED, *one.shape) for one in contract.inputs}
    found = model.predict(named)
    low, high = trained.run.target.scale or (0, 1)
    assert np.abs(found - expected(trained, given)).max() <= CLOSE * (high - low)
    assert np.ptp(found, axis=0).max() > 100 * CLOSE  # it sees what it is shown
    np.testing.assert_allclose(model.predict({name: x[:1] for name, x in named.items()}), found[:1], atol=CLOSE)
    assert not any(one.external_data for one in onnx.load(path, load_external_data=False).graph.initializer)


@pytest.mark.parametrize("cell", CELLS)
def test_the_graph_answers_as_the_run(cell: str, made: Made, tmp_path: Path) -> None:
    check(made(cell, *CELLS[cell]), tmp_path)


def test_a_clip_of_features_is_of_what_the_parent_sees(made: Made, tmp_path: Path) -> None:
    parent = made("sase_hidden/cnn_frontal")
    check(made("sase_hidden/cnn_gru_features", parent=parent), tmp_path)
