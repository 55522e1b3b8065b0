"""What happens after each epoch, in the order of ``epoch_callbacks``: a checkpoint names no epoch without scores."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
from pytorch_lightning import Callback, LightningModule, Trainer
from safetensors.torch import save

from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.errors import ConfigError, StoreError
from fer_lab.storage import write_bytes
from fer_lab.tasks.classification import Classification
from fer_lab.tasks.history import History
from fer_lab.tasks.predictions import accuracy, predict
from fer_lab.tasks.weights import trained_state

MONITOR = "val/accuracy"


class Place(Protocol):
    """Where a run writes what it comes to: its entry of the ledger."""

    @property
    def folder(self) -> Path: ...  # noqa: D102
    @property
    def weights(self) -> Path: ...  # noqa: D102
    @property
    def checkpoint(self) -> Path: ...  # noqa: D102
    def write_scores(self, epoch: int, scores: pd.DataFrame) -> None: ...  # noqa: D102


def epoch_callbacks(place: Place, test: bool = True) -> list[Callback]:
    """What every run does after an epoch, in the order that makes resuming true.

    Scores first; then the weights if they are the best; the history; last the checkpoint, which makes the epoch final.

    Args:
        place: where to write.
        test: whether to predict the test part after every epoch.
    """
    return [
        EpochScores(place.write_scores, test),
        BestWeights(place.weights),
        History(place.folder / "history.csv"),
        EpochCheckpoint(place.checkpoint),
    ]


class EpochScores(Callback):
    """Predict validation and test items after every epoch, and training items after the last.

    Training sees the accuracy on validation alone (logged as ``val/accuracy``, of the probabilities as they are
    stored); test scores go to ``write`` and nowhere else.

    Args:
        write: called with the epoch and a frame of columns ``item, video, subject, part, epoch, label, p0...``.
        test: whether to predict the test part; without, it is left for the selected weights.
    """

    def __init__(self, write: Callable[[int, pd.DataFrame], None], test: bool = True) -> None:
        self.write, self.test = write, test

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Predict, write, log."""
        task, data = _task(pl_module), _data(trainer)
        task.log_training()
        last = trainer.current_epoch + 1 == trainer.max_epochs
        parts = (*(["train"] if last else []), "val", *(["test"] if self.test else []))
        scores = epoch_scores(task, data, parts, trainer.current_epoch, str(trainer.precision))
        self.write(trainer.current_epoch, scores)
        task.log(MONITOR, accuracy(scores[scores["part"] == "val"]))


class BestWeights(Callback):
    """Keep the weights (what trains of them) of the epoch with the best validation accuracy, the earlier of equals.

    Args:
        path: the safetensors file; its keys are those of the model's state.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.epoch, self.accuracy = path, -1, -1.0

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the weights if the epoch is the best so far."""
        if (value := float(trainer.callback_metrics[MONITOR])) > self.accuracy:
            write_bytes(self.path, save(trained_state(_task(pl_module).predictor)))
            self.epoch, self.accuracy = trainer.current_epoch, value

    def state_dict(self) -> dict[str, Any]:
        """The best epoch so far, for a run that is resumed."""
        return {"epoch": self.epoch, "accuracy": self.accuracy}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from the best epoch of the part of the run before."""
        self.epoch, self.accuracy = state_dict["epoch"], state_dict["accuracy"]


class EpochCheckpoint(Callback):
    """Save the state from which the run can be resumed: whole, or the one before.

    Args:
        path: the checkpoint; resume with ``trainer.fit(..., ckpt_path=path, weights_only=True)``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write beside, then rename.

        Raises:
            StoreError: it cannot be written.
        """
        part = self.path.with_name(f".{self.path.name}.part")
        try:
            trainer.save_checkpoint(part, weights_only=False)
            with part.open("rb") as file:
                os.fsync(file.fileno())
            os.replace(part, self.path)
        except (OSError, RuntimeError) as error:
            part.unlink(missing_ok=True)
            raise StoreError(f"cannot write {self.path}: {error}", do="free some space") from error


def epoch_scores(
    task: Classification, data: FaceDataModule, parts: tuple[str, ...], epoch: int, precision: str
) -> pd.DataFrame:
    """Scores of some parts: columns ``item, video, subject, part, epoch, label, p0...``."""
    found = predict(task, data.ordered(*parts), precision)
    about = data.table.iloc[found["item"]].reset_index(drop=True)
    about.insert(4, "epoch", epoch)
    return pd.concat([about, found.drop(columns="item")], axis=1)


def _task(module: LightningModule) -> Classification:
    if not isinstance(module, Classification):
        raise ConfigError(f"scores are of Classification tasks, not of {type(module).__name__}")
    return module


def _data(trainer: Trainer) -> FaceDataModule:
    data = trainer.datamodule  # type: ignore[attr-defined]
    if not isinstance(data, FaceDataModule):
        raise ConfigError("trainer.fit needs datamodule=, a FaceDataModule")
    return data
