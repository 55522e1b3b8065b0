"""A run in a folder, whole or broken off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from pytorch_lightning import Callback, Trainer

from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.storage import write_bytes
from fer_lab.tasks.base import FaceTask
from fer_lab.tasks.callbacks import BestWeights, epoch_callbacks

EPOCHS = 4


class KilledError(Exception):
    """Stands for a SIGKILL: nothing runs after it that would tidy up."""


class Kill(Callback):
    """Breaks the run off at a place."""

    def __init__(self, epoch: int, hook: str, batch: int = -1) -> None:
        self.epoch, self.hook, self.batch = epoch, hook, batch

    def __str__(self) -> str:
        return f"{self.hook} {self.epoch}.{self.batch}"

    def on_train_batch_end(self, trainer: Trainer, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        if self.hook == "batch" and (trainer.current_epoch, batch_idx) == (self.epoch, self.batch):
            raise KilledError

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        if self.hook == "epoch" and trainer.current_epoch == self.epoch:
            raise KilledError


class Run:
    """A run in a folder, with what it wrote."""

    def __init__(self, folder: Path, task: FaceTask, data: FaceDataModule) -> None:
        self.folder, self.checkpoint, self.weights = folder, folder / "last.ckpt", folder / "weights.safetensors"
        self.task, self.data, self.scores = task, data, dict[int, pd.DataFrame]()
        self.best = BestWeights(self.weights, self.write)

    def note(self, path: Path, checksum: str) -> None:
        """Checksums are the ledger's."""

    def write(self, path: Path, data: bytes) -> None:
        write_bytes(path, data)

    def write_scores(self, epoch: int, scores: pd.DataFrame) -> None:
        self.scores[epoch] = scores

    def fit(self, *extra: Callback, first: bool = False, precision: str = "32-true", steps: int | None = None) -> Run:
        callbacks = epoch_callbacks(self, steps=steps)
        self.best = next(callback for callback in callbacks if isinstance(callback, BestWeights))
        trainer = Trainer(
            max_epochs=-1 if steps else EPOCHS,
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            limit_val_batches=0,
            precision=precision,
            callbacks=[*extra, *callbacks] if first else [*callbacks, *extra],
        )
        path = self.checkpoint if self.checkpoint.exists() else None
        trainer.fit(self.task, datamodule=self.data, ckpt_path=path, weights_only=True)
        return self
