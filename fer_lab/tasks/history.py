"""Loss and main metric by epoch, and loss by step, as files that a spreadsheet opens."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from fer_lab.errors import TrainingError
from fer_lab.evaluation.targets import KINDS

LOSS, VAL_LOSS, RATE = "train/loss", "val/loss", "lr"
COLUMNS = (LOSS, "train/accuracy", VAL_LOSS, *sorted({f"val/{kind.main}" for kind in KINDS.values()}))


class History(Callback):
    """Write one row an epoch; a resumed run replaces the rows that it repeats.

    Args:
        path: the CSV file, columns ``epoch``, ``step`` (steps of the optimizer so far), ``lr`` (the epoch's learning
            rate) and what was logged.
        write: puts a file on disk.
    """

    def __init__(self, path: Path, write: Callable[[Path, bytes], None]) -> None:
        self.path, self.write, self.rate = path, write, 0.0

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Read the learning rate: where an epoch ends it is that of the next one already."""
        self.rate = float(trainer.optimizers[0].param_groups[0]["lr"])

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add the epoch that ended.

        Raises:
            TrainingError: the loss is not finite: the scores of such a network would look like results.
        """
        epoch = trainer.current_epoch
        if not math.isfinite(float(trainer.callback_metrics.get(LOSS, 0.0))):
            raise TrainingError(
                f"the training loss is not finite by epoch {epoch}", expected="a number", do="lower optimizer.lr"
            )
        values = {name: float(trainer.callback_metrics[name]) for name in COLUMNS if name in trainer.callback_metrics}
        row = pd.DataFrame([{"epoch": epoch, "step": trainer.global_step, RATE: self.rate, **values}])
        before = pd.read_csv(self.path) if self.path.is_file() and epoch else None
        rows = row if before is None else pd.concat([before[before["epoch"] < epoch], row])
        self.write(self.path, rows.to_csv(index=False).encode())


class StepLosses(Callback):
    """Write the loss of every step of a run; a resumed run replaces the rows that it repeats.

    Losses are read where an epoch ends, as a GPU must wait for each.

    Args:
        path: the CSV file, columns ``step`` (1 for the first) and ``loss``.
        write: puts a file on disk.
    """

    def __init__(self, path: Path, write: Callable[[Path, bytes], None]) -> None:
        self.path, self.write, self.first = path, write, 0
        self.losses: list[Tensor] = []

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin where the epoch begins."""
        self.first, self.losses = trainer.global_step, []

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Keep the loss."""
        self.losses.append(outputs["loss"].detach())

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add the epoch's steps."""
        steps = range(self.first + 1, self.first + 1 + len(self.losses))
        rows = pd.DataFrame({"step": steps, "loss": torch.stack(self.losses).float().tolist()})
        if self.path.is_file() and self.first:
            before = pd.read_csv(self.path)
            rows = pd.concat([before[before["step"] <= self.first], rows])
        self.write(self.path, rows.to_csv(index=False).encode())
