from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

CLASSES = ("happiness", "sadness", "anger")


@dataclass
class MemoryFaces:
    """A face store in memory: every pixel of a face is its row number, 255 minus it in the other view."""

    frames: pd.DataFrame
    landmarks: npt.NDArray[np.float32]
    pixels: npt.NDArray[np.uint8]

    @property
    def blendshapes(self) -> npt.NDArray[np.float32]:
        """Those of a face are its row number, and a little more each."""
        return np.arange(len(self.frames), dtype=np.float32)[:, None] + np.linspace(0, 0.5, 52, dtype=np.float32)

    def view(self, name: str) -> npt.NDArray[np.uint8]:
        return {"face": 255 - self.pixels, "frontal": self.pixels}[name]


@pytest.fixture(scope="session")
def index() -> pd.DataFrame:
    """Ten subjects with a video of each of three classes."""
    rows = [(f"s{s:02}/{name}", f"s{s:02}", name) for s in range(10) for name in CLASSES]
    return pd.DataFrame(rows, columns=["id", "subject", "emotion"])


@pytest.fixture(scope="session")
def make_faces(index: pd.DataFrame) -> Callable[..., MemoryFaces]:
    """A store whose videos have so many faces, in turn."""

    def make(*counts: int) -> MemoryFaces:
        number = [counts[i % len(counts)] for i in range(len(index))]
        ids = np.repeat(index["id"].to_numpy(), number)
        frame = np.concatenate([np.arange(n) for n in number])
        frames = pd.DataFrame({"row": range(len(ids)), "id": ids, "frame": frame, "time": frame / 25, "position": 0.5})
        pixels = np.zeros((len(ids), 4, 4, 3), np.uint8) + np.arange(len(ids), dtype=np.uint8)[:, None, None, None]
        points = np.random.default_rng(0).normal(50, 20, (len(ids), 68, 2)).astype(np.float32)
        return MemoryFaces(frames, points, pixels)

    return make


@pytest.fixture(scope="session")
def faces(make_faces: Callable[..., MemoryFaces]) -> MemoryFaces:
    """Happy videos have 10 faces, sad ones 12, angry ones 3: 250 rows."""
    return make_faces(10, 12, 3)
