"""A driver's timeline: what is right, wrong and unanswered, and the picture of it."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_lab.errors import ConfigError
from fer_lab.generator.drive import drive
from fer_lab.inference.predictor import Predictor
from fer_lab.report import drive as module
from fer_lab.report.drive import Watched, drives, shares, timelines, watch
from fer_lab.report.figures import Material
from tests.inference.made import write_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "rule.onnx")


def test_what_becomes_of_each_frame() -> None:
    sure = np.array([0.9, 0.8, 0.4, np.nan, 0.9])
    one = Watched(np.arange(5.0), ("a", "a", "a", "a", ""), ("a", "b", "", "", "a"), sure)
    assert one.outcomes == ["right", "wrong", "unanswered", "unanswered", ""]
    assert one.shares == {"right": 0.25, "wrong": 0.25, "unanswered": 0.5}
    table = shares({("in front", "day"): one})
    assert table[["camera", "light", "frames"]].to_numpy().tolist() == [["in front", "day", 4]]


def test_a_smile_at_the_wheel_is_seen(model: Path) -> None:
    found = drive(3, ["happiness"], seconds=4.0, fps=4.0)
    one = watch(Predictor(model), found, "in front", "day")
    smiling = [answer for truth, answer in zip(one.truth, one.answer, strict=True) if truth == "happiness"]
    assert smiling.count("happiness") > 0.9 * len(smiling)
    nobody = watch(Predictor(model), found, "in front", "day", above=0.9999999)
    assert nobody.shares["unanswered"] >= one.shares["unanswered"]


def test_the_figure_is_drawn_of_the_cells_first_run(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "exported", lambda run: model if run == "run 2" else None)
    runs = cast(Any, {4: "run 4", 2: "run 2"})
    material = Material(pd.DataFrame(), cast(Any, None), runs, "Figure x: Drive", "embedded", "e/c", ())
    picture = drives(material, ["happiness"], ["in front", "from the side"], ["night"], seconds=1.0, fps=3.0)
    with Image.open(io.BytesIO(picture)) as shown:
        assert shown.size[0] == 1100
    with pytest.raises(ConfigError, match="its cell answers happiness, neutral"):
        drives(material, ["fear"], ["in front"], ["day"], seconds=1.0, fps=1.0)
    with pytest.raises(ConfigError, match="no finished run"):
        drives(cast(Any, SimpleNamespace(runs={}, title="x")), ["fear"], ["in front"], ["day"])


def test_the_same_drive_gives_the_same_picture() -> None:
    one = Watched(np.arange(3.0), ("a", "a", ""), ("a", "", "a"), np.array([0.9, np.nan, 0.8]))
    watched = {("in front", "day"): one}
    assert timelines(watched, "t", "n") == timelines(watched, "t", "n")
