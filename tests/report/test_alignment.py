"""The figure of how faces are aligned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.faces.reference import landmarks_3d
from fer_lab.report import alignment as module
from fer_lab.report.alignment import alignment

TURNED = (2.0, -25.0, 10.0, 0.0)
"""Degrees by which the faces are turned; the first two are of one person."""


@pytest.fixture
def shown(tmp_path: Path, material: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Faces of three people, of pictures on disk."""
    index = pd.DataFrame({"id": list("abcd"), "path": [f"{name}.png" for name in "abcd"], "kind": "image", "fps": 0.0})
    for path in index["path"]:
        media.write_image(tmp_path / path, np.full((120, 120, 3), 40, np.uint8))
    points = 60 + 5 * landmarks_3d()[:, :2] * (1, -1)
    turns = [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in np.radians(TURNED)]
    landmarks = np.stack([(points - 60) @ turn.T + 60 for turn in turns]).astype(np.float32)
    view = np.full((4, 32, 32, 3), 90, np.uint8)
    faces = SimpleNamespace(
        frames=pd.DataFrame({"id": index["id"], "frame": 0}), landmarks=landmarks, view=lambda name: view
    )
    monkeypatch.setattr(module, "open_source", lambda config: SimpleNamespace(root=tmp_path, index=index))
    made = material(faces, overrides=("profile=smoke",))
    return replace(made, cell="universal/alexnet", index=index.assign(subject=["p", "p", "q", "r"]))


def test_of_each_person_the_face_is_shown_whose_eyes_are_least_level(shown: Any) -> None:
    assert module._least_level(shown, 2) == [1, 2]
    assert module._least_level(shown, 9) == [1, 2, 3]


def test_the_eyes_are_joined_by_a_line_that_alignment_makes_level(shown: Any, picture: Any) -> None:
    drawn = picture(alignment(shown, 1)).astype(int)
    line = np.abs(drawn - (0x1B, 0x64, 0xC8)).max(-1) < 40  # EYES, as OpenCV reads it
    rows = np.flatnonzero(line.any(1))
    above, below = rows[rows < drawn.shape[0] // 2], rows[rows >= drawn.shape[0] // 2]
    assert np.ptp(above) > 3 * np.ptp(below) > 0
