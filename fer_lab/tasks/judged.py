"""A run that somebody follows epoch by epoch, and may end early: a search, of a trial that does worse than others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from pytorch_lightning import Callback, LightningModule, Trainer

from fer_lab.errors import ConfigError, PrunedError
from fer_lab.tasks.base import FaceTask


class Judged(Callback):
    """Tell the target's main metric on validation after each epoch; end the run where the answer is that it may end.

    It comes after the checkpoint: what is ended early is whole, and can go on. A run that goes on tells the epochs
    before first, and may end at one of them. Nothing ends a run after its last epoch.

    Args:
        history: the run's ``history.csv``, in which a run that goes on finds its earlier epochs.
        hopeless: called with the epoch (0-based) and its value, NaN where it is undefined; whether to end the run.
    """

    def __init__(self, history: Path, hopeless: Callable[[int, float], bool]) -> None:
        self.history, self.hopeless = history, hopeless

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Tell the epochs before this part of the run.

        Raises:
            PrunedError: the run is to end at one of them.
        """
        if self.history.is_file():
            rows = pd.read_csv(self.history)
            for epoch, value in zip(rows["epoch"], rows[_main(pl_module)], strict=True):
                self._judge(trainer, int(epoch), float(value))

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Tell the epoch that ended.

        Raises:
            PrunedError: the run is to end here.
        """
        self._judge(trainer, trainer.current_epoch, float(trainer.callback_metrics[_main(pl_module)]))

    def _judge(self, trainer: Trainer, epoch: int, value: float) -> None:
        is_last = epoch + 1 == trainer.max_epochs or trainer.should_stop
        if self.hopeless(epoch, value) and not is_last:
            raise PrunedError(f"ended after epoch {epoch + 1}: {value:.3f} on validation, others had more by then")


def _main(task: LightningModule) -> str:
    """What the target's main metric on validation is logged as."""
    if not isinstance(task, FaceTask):
        raise ConfigError(f"a search follows a FaceTask, not a {type(task).__name__}")
    return f"val/{task.target.main}"
