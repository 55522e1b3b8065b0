"""The way of a training to Weights & Biases, which takes two seconds to import: only ``logger=wandb`` comes here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import wandb
from hydra.utils import instantiate
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.loggers import WandbLogger

from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datasets import Showing, showing
from fer_lab.ledger import Entry
from fer_lab.runs import Plan, wandb_values
from fer_lab.runs.wandb_run import ended, log_epochs, log_result, started
from fer_lab.sources import shown_view


class EpochLogger(WandbLogger):
    """Lightning's logger for W&B with the epoch as step: what is logged again after a resume is the same row.

    Args:
        project: of W&B.
        folder: W&B's own files come into ``wandb/`` below it.
        entity: a user or a team; None takes that of the key.
        faces: how many of the most confident mistakes are shown as images.
        run: further arguments of ``wandb.init``.

    Raises:
        ConfigError: W&B does not answer, or does not take the key.
    """

    def __init__(self, project: str, folder: Path, entity: str | None = None, faces: int = 0, **run: Any) -> None:
        self.faces = faces
        super().__init__(project=project, experiment=started(project, folder, entity, **run))

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log values of an epoch, which they name as ``epoch``."""
        self.experiment.log(dict(metrics), step=int(metrics["epoch"]))

    def callbacks(self, entry: Entry, test: bool) -> list[Callback]:
        """What logs every epoch of a run from its ledger; ``test``: the test part is predicted after each."""
        return [LogEpochs(self, entry, test)]

    def log_result(self, plan: Plan, record: Mapping[str, Any], data: FaceDataModule) -> None:
        """Log what a run came to, and the faces of its most confident mistakes where they are asked for.

        Args:
            plan: the run.
            record: of the run, as ``run.json`` will have it.
            data: its batches.
        """
        scores = plan.entry.read_scores(record["selected_epoch"])
        if self.faces:
            found = wandb_values.mistakes(scores, data.target.names, self.faces)
            self.experiment.log({wandb_values.MISTAKES: _images(plan, data, found)}, step=record["epochs"])
        log_result(self.experiment, record, scores, data.target)


@contextmanager
def logged_to(plan: Plan) -> Iterator[EpochLogger]:
    """A run's logger, for as long as it trains; a run that raises is marked as failed.

    Raises:
        ConfigError: faces are asked for that may not be shown.
    """
    settings, dataset = plan.config["logger"], plan.source.dataset
    shown = showing(dataset, plan.config["source"]["name"], plan.source.index["id"]) is Showing.PUBLIC
    target = dataset.targets[plan.config["data"]["target"]]
    wandb_values.check_faces(settings["faces"], shown, dataset.title, target)
    about = wandb_values.described(plan.id, plan.cell, plan.config, plan.precision)
    logger = instantiate(settings)(folder=Path(plan.config["paths"]["results"]), **about)
    with ended(logger.experiment):
        yield logger


class LogEpochs(Callback):
    """Log what the ledger has of an epoch, after it is written, and before it the epochs that W&B lacks.

    It lacks some of a run that is resumed: an offline file is new with every start.

    Args:
        logger: of the run.
        entry: the run's place in the ledger.
        test: whether the test part is predicted after every epoch.
    """

    def __init__(self, logger: EpochLogger, entry: Entry, test: bool) -> None:
        self.logger, self.entry, self.next = logger, entry, logger.experiment.starting_step
        self.parts = wandb_values.PARTS if test else ("val",)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Log up to the epoch that ended."""
        self._show_to(trainer.current_epoch)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Log what is left: of a run that has nothing to train any more, every epoch."""
        self._show_to(trainer.current_epoch - 1)

    def _show_to(self, last: int) -> None:
        log_epochs(self.logger.experiment, self.entry, self.parts, self.next, last)
        self.next = max(self.next, last + 1)


def _images(plan: Plan, data: FaceDataModule, found: pd.DataFrame) -> list[wandb.Image]:
    """The first face of each item, in the first view that its model sees."""
    faces = data.store.view(shown_view(plan.config))
    rows = [np.ravel(data.items.rows[item])[0] for item in found["item"]]
    return [wandb.Image(np.asarray(faces[row]), caption=said) for row, said in zip(rows, found["caption"], strict=True)]
