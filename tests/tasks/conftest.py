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
from fer_lab.datamodules.splits import make_split
from fer_lab.evaluation.targets import Classes
from fer_lab.models.base import FaceModel
from fer_lab.tasks.classification import Classification

CLASSES = ("happiness", "sadness", "anger")
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


@pytest.fixture
def data() -> FaceDataModule:
    """Ten subjects, a video of four noisy 8 px faces for each of three classes."""
    rows = [(f"{s}/{name}", f"{s}", name) for s in range(10) for name in CLASSES]
    index = pd.DataFrame(rows, columns=["id", "subject", "emotion"])
    ids = index["id"].repeat(4)
    noise = np.random.default_rng(0).integers(0, 160, (len(ids), 8, 8, 3))
    noise[..., 0] += 40 * ids.str[2:].map(CLASSES.index).to_numpy()[:, None, None]
    frames = pd.DataFrame({"row": range(len(ids)), "id": ids.to_numpy(), "frame": 0, "time": 0.0, "position": 0.5})
    store = SimpleNamespace(frames=frames, landmarks=None, view=lambda name: noise.astype(np.uint8))
    split = make_split(index, "clean", RECIPE)
    return FaceDataModule(store, index, split, partial(items.frame, views=["face"]), Classes(CLASSES), "emotion", 16)


@pytest.fixture
def make_task() -> Callable[..., Classification]:
    """The same untrained task each time; its augmentation is on."""

    def make(seed: int = 0, **options: Any) -> Classification:
        torch.manual_seed(1)
        augmentation = Augmentation(flip=True, rotation=10, shift=0.1)
        optimizer = partial(torch.optim.Adam, lr=0.05)
        schedule = partial(torch.optim.lr_scheduler.CosineAnnealingLR, T_max=8)
        return Classification(TinyNet(), optimizer, schedule, seed, Classes(CLASSES), augmentation, **options)

    return make
