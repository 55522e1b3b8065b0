import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.faces.detect import Detector
from fer_lab.faces.frontalize import Camera
from fer_lab.faces.model_file import find_model
from fer_lab.faces.reference import DISTANCE, landmarks_3d
from fer_lab.generator import Identity, Truth, perform, render

FPS, SIZE = 25.0, 128
NUMBERS = range(20, 38, 3)
"""Frames of a twin's performance that are written."""


def head_rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Roll about z after pitch about x after yaw about y (degrees), multiplied out axis by axis."""
    axes = ((0, yaw, 0), (pitch, 0, 0), (0, 0, roll))
    about_y, about_x, about_z = (cv2.Rodrigues(np.radians(np.array(axis, float)))[0] for axis in axes)
    return about_z @ about_x @ about_y


@pytest.fixture(scope="session")
def seen() -> Callable[..., np.ndarray]:
    """A function: the 68 points of the canonical mesh, turned, as a camera sees them in a picture of 256 px."""

    def project(yaw: float = 0, pitch: float = 0, roll: float = 0, distance: float = DISTANCE) -> np.ndarray:
        turn, shift = head_rotation(yaw, pitch, roll), np.array([0, 0, distance])
        return Camera(turn, shift, 10 * distance, np.full(2, 128.0)).project(landmarks_3d())

    return project


@pytest.fixture(scope="session")
def model() -> Path:
    return find_model()


@pytest.fixture(scope="session")
def detector(model: Path) -> Detector:
    return Detector(model)


@pytest.fixture(scope="session")
def twin() -> tuple[np.ndarray, Truth]:
    """Pictures of a twin, uint8 (6, 128, 128, 3), and what is true of them."""
    performance = perform(3, "happiness", fps=FPS, duration=2.0)
    return render(Identity(5), performance, list(NUMBERS), size=SIZE, seed=1)


@pytest.fixture(scope="session")
def turned() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """A function: picture (128, 128, 3) and true landmarks (68, 2) of a twin at rest whose head is turned."""

    def picture(yaw: float = 0, pitch: float = 0, roll: float = 0) -> tuple[np.ndarray, np.ndarray]:
        still = perform(1, "neutral", fps=1, duration=1)
        pose, nothing = np.array([[yaw, pitch, roll]], float), np.zeros((1, 2))
        still = replace(still, action_units=still.action_units * 0, pose=pose, gaze=nothing, shift=nothing)
        images, truth = render(Identity(5), still, [0], size=SIZE, supersampling=2, seed=1)
        return images[0], truth.landmarks[0]

    return picture


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory, twin: tuple[np.ndarray, Truth]) -> Path:
    """A small data set: four videos of a twin, a still, a sequence, and what can go wrong with files."""
    root = tmp_path_factory.mktemp("data")
    images, _ = twin
    times = [number / FPS for number in NUMBERS]
    for name in "abcd":
        media.write_video(root / f"{name}.mp4", times, list(images), FPS)
    media.write_image(root / "still.png", images[0])
    (root / "sequence").mkdir()
    for number, picture in enumerate(images):
        media.write_image(root / "sequence" / f"{number:03d}.png", picture)
    noise = np.random.default_rng(0).integers(100, 140, (6, SIZE, SIZE, 3), dtype=np.uint8)
    media.write_video(root / "noise.mp4", times, list(noise), FPS)
    (root / "empty.mp4").write_bytes(b"")
    shutil.copytree(root / "sequence", root / "damaged")
    damaged = root / "damaged" / "003.png"
    damaged.write_bytes(damaged.read_bytes()[:2000])
    (root / "truncated.mp4").write_bytes((root / "a.mp4").read_bytes()[:-2000])
    return root


@pytest.fixture(scope="session")
def index() -> pd.DataFrame:
    """The index of ``data``."""
    paths = [*"abc", "damaged", "d", "empty", "noise", "sequence", "still", "truncated"]
    kinds = {"damaged": "sequence", "sequence": "sequence", "still": "image"}
    suffixes = {"video": ".mp4", "sequence": "", "image": ".png"}
    rows = [{"id": name, "kind": kinds.get(name, "video"), "subject": "1", "fps": FPS} for name in paths]
    return pd.DataFrame([{**row, "path": row["id"] + suffixes[row["kind"]]} for row in rows])
