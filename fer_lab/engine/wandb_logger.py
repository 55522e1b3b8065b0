"""The way of a run to Weights & Biases, which takes two seconds to import: only ``logger=wandb`` comes here."""

from __future__ import annotations

import os
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
from fer_lab.errors import ConfigError
from fer_lab.ledger import Entry
from fer_lab.runs import Plan, wandb_values
from fer_lab.sources import shown_view
from fer_lab.storage import make_folder

PRIVATE: Mapping[str, Any] = {
    "silent": True,
    "console": "off",  # the ledger has the log
    "host": "",
    "program": "run.py",
    "disable_git": True,
    "x_disable_machine_info": True,
    "x_disable_stats": True,
    "x_save_requirements": False,
}
"""Settings that keep W&B from printing beside the sweep's display, and host, user and paths out of its files."""


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
        place, settings = make_folder(folder).absolute(), wandb.Settings(**PRIVATE)
        os.environ.setdefault("WANDB_DATA_DIR", str(place / "wandb" / "data"))  # tables wait there to be sent
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")  # its makers would hear of errors, offline as well
        where = {"project": project, "entity": entity, "dir": place, "mode": wandb_values.mode(os.environ)}
        try:
            started = wandb.init(**where, **run, resume="allow", settings=settings)
        except wandb.Error as error:
            raise ConfigError(
                f"Weights & Biases: {error}", do="set WANDB_MODE=offline (`wandb sync` sends later), or logger=none"
            ) from error
        super().__init__(project=project, experiment=started)

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log values of an epoch, which they name as ``epoch``."""
        self.experiment.log(dict(metrics), step=int(metrics["epoch"]))

    def callbacks(self, entry: Entry, test: bool) -> list[Callback]:
        """What logs every epoch of a run from its ledger; ``test``: the test part is predicted after each."""
        return [LogEpochs(self, entry, test)]

    def log_result(self, plan: Plan, record: Mapping[str, Any], data: FaceDataModule) -> None:
        """Log what a run came to: summary, values by class, label or value; of classes confusion matrices, and faces
        where they are asked for.

        Args:
            plan: the run.
            record: of the run, as ``run.json`` will have it.
            data: its batches.
        """
        target, scores = data.target, plan.entry.read_scores(record["selected_epoch"])
        table = wandb.Table(dataframe=wandb_values.per_output(scores, target))
        shown: dict[str, Any] = {wandb_values.PER_OUTPUT: table}
        pictures = wandb_values.matrices(scores, target.names) if target.exclusive else {}
        for part, pairs in pictures.items():
            shown[f"{wandb_values.CONFUSION}/{part}"] = _chart(pairs, f"{plan.cell}, {part}")
        if self.faces:
            shown[wandb_values.MISTAKES] = _images(plan, data, wandb_values.mistakes(scores, target.names, self.faces))
        self.experiment.log(shown, step=record["epochs"])
        self.experiment.summary.update(wandb_values.result_values(record, scores))


@contextmanager
def logged_to(plan: Plan) -> Iterator[EpochLogger]:
    """A run's logger, for as long as it trains; a run that raises is marked as failed.

    Raises:
        ConfigError: faces are asked for that may not be shown.
    """
    settings, dataset = plan.config["logger"], plan.source.dataset
    shown = dataset.publishable or plan.config["source"]["name"] == "embedded"
    target = dataset.targets[plan.config["data"]["target"]]
    wandb_values.check_faces(settings["faces"], shown, dataset.title, target)
    logger = instantiate(settings)(folder=Path(plan.config["paths"]["results"]), **wandb_values.described(plan))
    try:
        yield logger
    except BaseException:
        logger.experiment.finish(exit_code=1)
        raise
    logger.experiment.finish(exit_code=0)


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
        history = pd.read_csv(self.entry.folder / "history.csv").set_index("epoch")
        for epoch in range(self.next, last + 1):
            trained = {str(name): float(value) for name, value in history.loc[epoch].to_dict().items()}
            values = wandb_values.epoch_values(self.entry.read_scores(epoch), self.parts)
            self.logger.log_metrics({"epoch": epoch, **values, **trained})
            self.next = epoch + 1


def _chart(pairs: pd.DataFrame, title: str) -> Any:
    table, fields = wandb.Table(dataframe=pairs), {str(name): str(name) for name in pairs}
    return wandb.plot_table(
        vega_spec_name=wandb_values.MATRIX, data_table=table, fields=fields, string_fields={"title": title}
    )


def _images(plan: Plan, data: FaceDataModule, found: pd.DataFrame) -> list[wandb.Image]:
    """The first face of each item, in the first view that its model sees."""
    faces = data.store.view(shown_view(plan.config))
    rows = [np.ravel(data.items.rows[item])[0] for item in found["item"]]
    return [wandb.Image(np.asarray(faces[row]), caption=said) for row, said in zip(rows, found["caption"], strict=True)]
