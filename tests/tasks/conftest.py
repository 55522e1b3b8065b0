from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from fer_lab.datamodules import items
from fer_lab.datamodules.augmentation import Augmentation
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes
from fer_lab.models.base import FaceModel
from fer_lab.tasks.base import FaceTask
from fer_lab.tasks.classification import Classification
from tests.drawing import make_split

CLASSES = ("happiness", "sadness", "anger")
TARGET = Classes(CLASSES)
COSINE = partial(torch.optim.lr_scheduler.CosineAnnealingLR, T_max=8)
RECIPE = {"kind": "subjects", "seed": 0, "clean": {"train": 6, "val": 2, "test": 2}}


class TinyHead(nn.Module):
    """Dropout and batch statistics: what makes a resumed run differ if it is not repeated."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.drop, self.last = nn.BatchNorm1d(6, momentum=0.5), nn.Dropout(0.3), nn.Linear(6, len(CLASSES))

    def features(self, z: Tensor) -> Tensor:
        return self.drop(self.norm(z.mean((-2, -1))))

    def forward(self, z: Tensor) -> Tensor:
        return self.last(self.features(z))


class TinyNet(FaceModel):
    """A frozen convolution with batch norm and dropout, and a head on it."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 6, 3, bias=False), nn.BatchNorm2d(6), nn.Dropout(0.5), nn.ReLU())
        self.head = TinyHead()
        self.freeze("backbone")


MadeData = Callable[[Target], FaceDataModule]


@pytest.fixture
def make_data() -> MadeData:
    """Ten subjects, a video of four noisy 8 px faces for each of three classes.

    Labels and values are known of each face: as many as there are names, some of them unknown.
    """

    def make(target: Target) -> FaceDataModule:
        rows = [(f"{s}/{name}", f"{s}", name) for s in range(10) for name in CLASSES]
        index = pd.DataFrame(rows, columns=["id", "subject", "emotion"])
        ids = index["id"].repeat(4)
        draw = np.random.default_rng(0)
        noise = draw.integers(0, 160, (len(ids), 8, 8, 3))
        noise[..., 0] += 40 * ids.str[2:].map(CLASSES.index).to_numpy()[:, None, None]
        frames = pd.DataFrame({"row": range(len(ids)), "id": ids.to_numpy(), "frame": 0, "time": 0.0, "position": 0.5})
        store = SimpleNamespace(frames=frames, landmarks=None, view=lambda name: noise.astype(np.uint8))
        split, kind = make_split(index, "clean", RECIPE), partial(items.frame, views=["face"])
        truth = None if target.exclusive else known_of_faces(target, noise[..., 0].mean((1, 2)), draw)
        return FaceDataModule(store, index, split, kind, target, "emotion", 16, truth=truth)

    return make


def known_of_faces(target: Target, red: np.ndarray, draw: np.random.Generator) -> pd.DataFrame:
    """What is known of faces by how red they are, a fifth of it unknown."""
    shown = (red[:, None] - red.mean()) / red.std() * np.linspace(1, -1, len(target.names))
    known = np.where(draw.random(shown.shape) < 0.2, np.nan, shown > 0 if target.kind == "labels" else np.tanh(shown))
    return pd.DataFrame(known, columns=target.truth_columns)


@pytest.fixture
def data(make_data: MadeData) -> FaceDataModule:
    return make_data(TARGET)


@pytest.fixture
def make_task() -> Callable[..., FaceTask]:
    """The same untrained task each time; its augmentation is on."""

    def make(
        seed: int = 0,
        kind: type[FaceTask] = Classification,
        target: Target = TARGET,
        schedule: Any = COSINE,
        **options: Any,
    ) -> FaceTask:
        torch.manual_seed(1)
        augmentation = Augmentation(flip=True, rotation=10, shift=0.1)
        optimizer = partial(torch.optim.Adam, lr=0.05)
        return kind(TinyNet(), optimizer, schedule, seed, target, augmentation, **options)

    return make
