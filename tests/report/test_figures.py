"""Figures: read as data, drawn of faces and runs, refused without a run where they need one."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_lab.errors import ConfigError
from fer_lab.evaluation import make_target
from fer_lab.faces.eyes import eye_centres
from fer_lab.faces.reference import landmarks_3d
from fer_lab.report import faces, figures
from fer_lab.report.figures import Material
from fer_lab.tables import cells

CLASSES = ("anger", "fear", "happiness")
PEOPLE, FRAMES = 4, 5


def material(runs: dict[int, Any]) -> Material:
    """Four people with a video of five faces each; the second face of each is turned furthest."""
    ids = np.repeat([f"p{n}/v" for n in range(PEOPLE)], FRAMES)
    frames = pd.DataFrame({"id": ids, "position": np.tile(np.linspace(0.5, 0.8, FRAMES), PEOPLE)})
    pose = np.tile([[0, 0, 0], [-30, 0, 0], [5, 0, 0], [10, 0, 0], [0, 0, 0]], (PEOPLE, 1))
    pixels = np.random.default_rng(0).integers(0, 256, (len(ids), 32, 32, 3), dtype=np.uint8)
    points = np.repeat((100 + 8 * landmarks_3d()[:, :2])[None], len(ids), 0).astype(np.float32)
    store = SimpleNamespace(frames=frames, pose=pose, landmarks=points, view=lambda name: pixels)
    index = pd.DataFrame({"id": [f"p{n}/v" for n in range(PEOPLE)], "subject": [f"p{n}" for n in range(PEOPLE)]})
    words = ("Figure 1: what it shows", "source embedded", "universal/alexnet", ("profile=smoke",))
    return Material(index, store, runs, *words)  # type: ignore[arg-type]


def run(right: float) -> Any:
    """Scores of which the first frames of each video are right."""
    labels = np.repeat(np.arange(PEOPLE) % len(CLASSES), FRAMES)
    answers = np.where(np.tile(np.arange(FRAMES), PEOPLE) < right * FRAMES, labels, (labels + 1) % len(CLASSES))
    table = pd.DataFrame({"item": range(len(labels)), "video": np.repeat([f"p{n}/v" for n in range(PEOPLE)], FRAMES)})
    table = table.assign(subject="s", part="test", epoch=1, label=labels)
    table[[f"p{i}" for i in range(len(CLASSES))]] = 0.1 + 0.7 * np.eye(len(CLASSES))[answers]
    return SimpleNamespace(scores=lambda part: table, target=make_target("classes", CLASSES))


def picture(png: bytes) -> np.ndarray:
    found = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return found


DRAWN = {
    "views": partial(faces.views, names=["face", "frontal"], people=3),
    "landmarks": partial(faces.landmarks, people=3),
    "votes": partial(faces.votes, rule="majority", videos=2, frames=3),
    "positions": partial(faces.positions, bins=5),
}


@pytest.mark.parametrize("name", DRAWN)
def test_every_kind_draws_a_picture(name: str) -> None:
    drawn = picture(DRAWN[name](material({0: run(0.6), 1: run(0.4)})))
    assert min(drawn.shape[:2]) > 100
    assert drawn.std() > 10


@pytest.mark.parametrize("name", ["votes", "positions"])
def test_a_figure_of_runs_needs_one(name: str) -> None:
    with pytest.raises(ConfigError, match="no finished run"):
        DRAWN[name](material({}))


def test_the_face_that_is_turned_furthest_is_shown() -> None:
    assert faces._most_turned(material({}), 3) == [1, 1 + FRAMES, 1 + 2 * FRAMES]


def test_points_lie_in_a_view_as_its_cell_aligns_it() -> None:
    drawn = material({})
    config = faces.landmarks_config(drawn)  # by the eyes
    assert config.eyes is not None
    (points, *_), margin = drawn.faces.landmarks, config.margin
    left, right = faces.in_view(eye_centres(points), points, config) + 0.5
    wanted = (config.eyes[0] + margin / 2) / (1 + margin) * config.size
    assert left == pytest.approx([wanted, left[1]], abs=0.2)
    assert right == pytest.approx([config.size - wanted, left[1]], abs=0.2)


def test_accuracy_by_position_is_that_of_the_frames_there() -> None:
    found = faces._by_position(run(0.6).scores("test"), FRAMES)
    assert found.tolist() == [1, 1, 1, 0, 0]


def test_the_figures_of_the_repository_name_cells_that_exist() -> None:
    found = figures()
    assert {figure.number for figure in found} >= {"6.1", "6.2", "7.1"}
    assert all(figure.cell in cells() for figure in found)


def test_figures_are_in_the_order_of_the_pages() -> None:
    numbers = [figure.number for figure in figures() if figure.thesis == "moravcik_2021"]
    assert numbers == ["text-6.4.1", *(f"6.{n}" for n in range(7, 15))]  # as the tables: text first


def test_a_figure_with_another_key_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "thesis" / "figures"
    folder.mkdir(parents=True)
    (folder / "1.yaml").write_text("thesis: t\nnumber: '1'\n")
    with pytest.raises(ConfigError, match=r"1\.yaml"):
        figures(tmp_path)
