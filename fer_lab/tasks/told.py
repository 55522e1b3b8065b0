"""What a training is at, told as it goes: epoch, loss, validation score."""

from __future__ import annotations

import time
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

from fer_lab.phases import EVERY, TRAINING, phase
from fer_lab.tasks.base import FaceTask


class Told(Callback):
    """Say the phase of a training, within an epoch, too; the loss is read once a second, as a GPU must wait for it.

    Args:
        steps: of the optimizer that a training takes; None where epochs count.
    """

    def __init__(self, steps: int | None = None) -> None:
        self.steps, self.when = steps, 0.0

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Say how far an epoch is."""
        if time.monotonic() - self.when >= EVERY:
            self.when = time.monotonic()
            self.tell(trainer, pl_module, (batch_idx + 1) / max(1, int(trainer.num_training_batches)))

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Say that an epoch is through; what follows is its scoring."""
        self.tell(trainer, pl_module, 1.0)

    def tell(self, trainer: Trainer, task: LightningModule, part: float) -> None:
        """Say it.

        Args:
            trainer, task: of the run.
            part: of the epoch, in (0, 1].
        """
        whole = self.steps or int(trainer.max_epochs or 0)
        done = trainer.global_step if self.steps else trainer.current_epoch + part
        count = f"step {done} of {whole}" if self.steps else f"epoch {trainer.current_epoch + 1} of {whole}"
        phase(TRAINING, done, whole, ", ".join([count, *_known(trainer, task)]))


def _known(trainer: Trainer, task: LightningModule) -> list[str]:
    """The loss of the epoch so far, and the last validation score, where there is one."""
    if not isinstance(task, FaceTask):
        return []
    name = f"val/{task.target.main}"
    known = [f"loss {float(task.train_loss.compute()):.3f}"]
    return known + ([f"{name} {float(trainer.callback_metrics[name]):.3f}"] if name in trainer.callback_metrics else [])
