"""The scores of a network: of some parts at an epoch, of a test part opened once, of a network that was not trained."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pandas as pd
from safetensors.torch import save

from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.splits import PARTS
from fer_lab.phases import phase
from fer_lab.tasks.base import FaceTask
from fer_lab.tasks.predictions import predict
from fer_lab.tasks.weights import restore, trained_state


class Place(Protocol):
    """Where a run writes what it comes to: its entry of the ledger."""

    @property
    def folder(self) -> Path: ...  # noqa: D102
    @property
    def weights(self) -> Path: ...  # noqa: D102
    @property
    def checkpoint(self) -> Path: ...  # noqa: D102
    def note(self, path: Path, checksum: str) -> None: ...  # noqa: D102
    def write(self, path: Path, data: bytes) -> None: ...  # noqa: D102
    def write_scores(self, epoch: int, scores: pd.DataFrame) -> None: ...  # noqa: D102
    def add_scores(self, epoch: int, scores: pd.DataFrame) -> None: ...  # noqa: D102


class Onlooker:
    """The place of a rank that writes nothing: what the first one writes is read there.

    Args:
        place: where that writes.
    """

    def __init__(self, place: Place) -> None:
        self.folder, self.weights, self.checkpoint = place.folder, place.weights, place.checkpoint

    def note(self, path: Path, checksum: str) -> None:
        """Nothing."""

    def write(self, path: Path, data: bytes) -> None:
        """Nothing."""

    def write_scores(self, epoch: int, scores: pd.DataFrame) -> None:
        """Nothing."""

    def add_scores(self, epoch: int, scores: pd.DataFrame) -> None:
        """Nothing."""


def epoch_scores(
    task: FaceTask, data: FaceDataModule, parts: tuple[str, ...], epoch: int, precision: str
) -> pd.DataFrame:
    """Scores of some parts (``evaluation.targets``), on the device that the task is on."""
    found = predict(task, data.ordered(*parts), precision)
    about = data.table.iloc[found["item"]].reset_index(drop=True)
    about.insert(4, "epoch", epoch)
    return pd.concat([about, found.drop(columns="item")], axis=1)


def open_test(task: FaceTask, data: FaceDataModule, place: Place, epoch: int, precision: str) -> None:
    """Write scores of the test part by the selected weights, beside those of the other parts at that epoch."""
    restore(task.predictor, place.weights)
    phase("scores", what="the test part, opened once")  # with ten crops that takes minutes
    place.add_scores(epoch, epoch_scores(task, data, ("test",), epoch, precision))


def evaluate(task: FaceTask, data: FaceDataModule, place: Place, precision: str) -> int:
    """Write scores and weights of a model as it starts from its parents (``epochs=0``), as those of an epoch 0."""
    phase("scores", what="all parts")
    place.write_scores(0, epoch_scores(task, data, PARTS, 0, precision))
    place.write(place.weights, save(trained_state(task.model)))
    return 0
