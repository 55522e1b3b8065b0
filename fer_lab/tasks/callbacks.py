"""What happens after each epoch, in the order of ``epoch_callbacks``: a checkpoint names no epoch without scores."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from pytorch_lightning import Callback, LightningModule, Trainer
from safetensors.torch import save

from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.errors import ConfigError, StoreError
from fer_lab.storage import file_digest
from fer_lab.tasks.base import FaceTask
from fer_lab.tasks.history import VAL_LOSS, History, StepLosses
from fer_lab.tasks.scoring import Place, epoch_scores
from fer_lab.tasks.told import Told
from fer_lab.tasks.weights import trained_state


def epoch_callbacks(place: Place, test: bool = True, steps: int | None = None, writes: bool = True) -> list[Callback]:
    """What every run does after an epoch, in the order that makes resuming true.

    The epoch is told. Of what is written scores come first; then the weights if they are the best; the history, and the
    loss of each step; last the checkpoint, which makes the epoch final.

    Args:
        place: where to write.
        test: whether to predict the test part after every epoch.
        steps: of the optimizer, after which training ends, in the middle of an epoch or not.
        writes: whether this is the rank that writes and tells; of the others, what decides is left.
    """
    deciding: list[Callback] = [EpochScores(place.write_scores, test), BestWeights(place.weights, place.write)]
    last = [LastStep(steps)] if steps else []
    if not writes:
        return [*last, *deciding]
    return [
        *last,
        Told(steps),
        *deciding,
        History(place.folder / "history.csv", place.write),
        StepLosses(place.folder / "losses.csv", place.write),
        EpochCheckpoint(place.checkpoint, place.note),
    ]


class LastStep(Callback):
    """End training after a number of steps; the epoch that is cut off is one like any other.

    Lightning's ``max_steps`` does the same, but then resumes from the end of an epoch as if from its middle.

    Args:
        steps: of the optimizer, from the run's first one on.
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Train nothing of a run that was broken off after its last step."""
        trainer.should_stop = trainer.global_step >= self.steps

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """End with the last step."""
        trainer.should_stop = trainer.global_step >= self.steps


class EpochScores(Callback):
    """Predict validation and test items after every epoch, and training items after the last.

    Training sees the target's main metric on validation alone (logged as ``val/accuracy`` for instance, of the answers
    as they are stored, with their loss beside it), and so does the schedule of its learning rate; test scores go to
    ``write`` and nowhere else.

    Args:
        write: called with the epoch and its scores (``evaluation.targets``).
        test: whether to predict the test part; without, it is left for the selected weights.
    """

    def __init__(self, write: Callable[[int, pd.DataFrame], None], test: bool = True) -> None:
        self.write, self.test = write, test

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Predict, write, log."""
        task, data = _task(pl_module), _data(trainer)
        task.log_training()
        parts = (*(["train"] if _is_last(trainer) else []), "val", *(["test"] if self.test else []))
        scores = epoch_scores(task, data, parts, trainer.current_epoch, str(trainer.precision))
        self.write(trainer.current_epoch, scores)
        own = scores[scores["part"] == "val"]
        selecting = float(task.target.main_metric(task.target.total(own)))
        task.log_dict({_monitor(task): selecting, VAL_LOSS: task.target.loss(own)})
        task.validated(selecting)


class BestWeights(Callback):
    """Keep the weights (what trains of them) of the epoch that is best on validation, the earlier of equals.

    Best is the target's main metric; the first epoch is kept whatever it is, an undefined one (NaN) is no better.

    Args:
        path: the safetensors file; its keys are those of the model's state.
        write: puts a file on disk.
    """

    def __init__(self, path: Path, write: Callable[[Path, bytes], None]) -> None:
        self.path, self.write, self.epoch, self.value = path, write, -1, math.nan

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the weights if the epoch is the best so far."""
        task = _task(pl_module)
        value = float(trainer.callback_metrics[_monitor(task)])
        if self.epoch < 0 or value > self.value or (math.isnan(self.value) and not math.isnan(value)):
            self.write(self.path, save(trained_state(task.predictor)))
            self.epoch, self.value = trainer.current_epoch, value

    def state_dict(self) -> dict[str, Any]:
        """The best epoch so far, for a run that is resumed."""
        return {"epoch": self.epoch, "value": self.value}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from the best epoch of the part of the run before."""
        self.epoch, self.value = state_dict["epoch"], state_dict["value"]


class EpochCheckpoint(Callback):
    """Save the state from which the run can be resumed: whole, or the one before.

    Args:
        path: the checkpoint; resume with ``trainer.fit(..., ckpt_path=path, weights_only=True)``.
        note: called with the path and the checksum of what it is about to become.
    """

    def __init__(self, path: Path, note: Callable[[Path, str], None]) -> None:
        self.path, self.note = path, note

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write beside, note, then rename.

        Raises:
            StoreError: it cannot be written.
        """
        part = self.path.with_name(f".{self.path.name}.part")
        try:
            trainer.save_checkpoint(part, weights_only=False)
            with part.open("rb") as file:
                os.fsync(file.fileno())
            self.note(self.path, file_digest(part))
            os.replace(part, self.path)
        except (OSError, RuntimeError) as error:
            part.unlink(missing_ok=True)
            raise StoreError(f"cannot write {self.path}: {error}", do="free some space") from error


def _is_last(trainer: Trainer) -> bool:
    return trainer.current_epoch + 1 == trainer.max_epochs or trainer.should_stop


def _monitor(task: FaceTask) -> str:
    """The name of what selects an epoch."""
    return f"val/{task.target.main}"


def _task(module: LightningModule) -> FaceTask:
    if not isinstance(module, FaceTask):
        raise ConfigError(f"scores are of a FaceTask, not of a {type(module).__name__}")
    return module


def _data(trainer: Trainer) -> FaceDataModule:
    data = trainer.datamodule  # type: ignore[attr-defined]
    if not isinstance(data, FaceDataModule):
        raise ConfigError("trainer.fit needs datamodule=, a FaceDataModule")
    return data
