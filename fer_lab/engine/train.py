"""One run: fit, write to the ledger. With ``engine.build`` the only part of the engine that imports torch."""

from __future__ import annotations

import logging
import os
import pickle
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from hydra.core.hydra_config import HydraConfig
from hydra.utils import instantiate
from pytorch_lightning import Callback, Trainer
from safetensors.torch import load_file, save

from fer_lab.datamodules.augment import Augment
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.splits import PARTS
from fer_lab.engine.build import build_data, build_model, build_task, stored_blocks
from fer_lab.engine.history import History
from fer_lab.engine.plan import Plan
from fer_lab.engine.record import record
from fer_lab.errors import StoreError
from fer_lab.storage import write_bytes, write_json
from fer_lab.tasks.callbacks import BestWeights, EpochCheckpoint, EpochScores, epoch_scores
from fer_lab.tasks.classification import Classification
from fer_lab.tasks.weights import trained_state

if TYPE_CHECKING:
    from fer_lab.engine.logger import EpochLogger

log = logging.getLogger(__name__)


def train(plan: Plan) -> None:
    """Train a planned run, from its last whole epoch if it was interrupted, and finish its entry."""
    if not plan.config["logger"]:
        _train(plan, None)
        return
    from fer_lab.engine.logger import logged_to  # W&B takes two seconds to import

    with logged_to(plan) as logger:
        _train(plan, logger)


def _train(plan: Plan, logger: EpochLogger | None) -> None:
    began = time.time()
    torch.set_num_threads(_threads(plan.config))
    data = build_data(plan)
    torch.manual_seed(plan.seed)  # here: what the data need, a parent's network for instance, draws numbers or does not
    model, weights = build_model(plan)
    task = build_task(plan, data, model)
    best = BestWeights(plan.entry.weights)
    trainer = build_trainer(plan, best, logger)
    if task.augment == Augment():
        data.source = stored_blocks(data.source, model, plan, trainer.strategy.root_device)
    if plan.config["epochs"]:
        _fit(trainer, task, data, plan)
        if plan.config["test_scores"] == "final":
            open_test(task, data, plan, best.epoch)
    else:
        best.epoch = evaluate(task.to(trainer.strategy.root_device), data, plan)
    write_json(plan.entry.folder / "split.json", data.split.manifest())
    done = record(plan, data, task.model, weights, best.epoch, time.time() - began)
    if logger is not None:
        logger.log_result(plan, done, data.source)  # before the entry is finished: nothing logs a finished run again
    plan.entry.finish(done)


def _fit(trainer: Trainer, task: Classification, data: FaceDataModule, plan: Plan) -> None:
    checkpoint = plan.entry.checkpoint if _is_usable(plan.entry.checkpoint) else None
    if checkpoint is not None:
        log.info("run %s goes on from its last whole epoch", plan.id)
    trainer.fit(task, datamodule=data, ckpt_path=checkpoint, weights_only=True)


def open_test(task: Classification, data: FaceDataModule, plan: Plan, epoch: int) -> None:
    """Scores of the test part by the selected weights, beside those of the other parts at that epoch."""
    task.predictor.load_state_dict(load_file(plan.entry.weights), strict=False)
    found = epoch_scores(task, data, ("test",), epoch, plan.precision)
    plan.entry.add_scores(epoch, found)


def evaluate(task: Classification, data: FaceDataModule, plan: Plan) -> int:
    """Scores and weights of a model as it starts from its parents (``epochs=0``), as those of an epoch 0."""
    plan.entry.write_scores(0, epoch_scores(task, data, PARTS, 0, plan.precision))
    write_bytes(plan.entry.weights, save(trained_state(task.model)))
    return 0


def _is_usable(checkpoint: Path) -> bool:
    """Whether there is a checkpoint to go on from; one that is damaged is left, and the run starts again.

    Raises:
        StoreError: it holds code, which is not run.
    """
    if not checkpoint.is_file():
        return False
    try:
        whole = {"state_dict", "pytorch-lightning_version"} <= set(torch.load(checkpoint, weights_only=True))
    except pickle.UnpicklingError as error:
        raise StoreError(
            f"{checkpoint} holds more than tensors; none of its code was run",
            expected="the checkpoint that this run wrote",
            do="delete it; the run starts again",
        ) from error
    except (OSError, EOFError, RuntimeError, TypeError) as error:
        log.warning("%s is damaged (%s): the run starts again", checkpoint, error)
        return False
    if not whole:
        log.warning("%s is not a checkpoint of this run: it starts again", checkpoint)
    return whole


def build_trainer(plan: Plan, best: BestWeights, logger: EpochLogger | None = None) -> Trainer:
    """The trainer: after each epoch scores are written, then best weights, then the checkpoint; last it is logged."""
    entry, test = plan.entry, plan.config["test_scores"] == "every_epoch"
    callbacks: list[Callback] = [
        EpochScores(entry.write_scores, test),
        best,
        History(entry.folder / "history.csv"),
        EpochCheckpoint(entry.checkpoint),
        *([logger.by_epoch(entry, test)] if logger else []),
    ]
    settings = plan.config["trainer"] | {"precision": plan.precision} | ({"logger": logger} if logger else {})
    trainer: Trainer = instantiate(settings, callbacks=callbacks)
    return trainer


def _threads(config: Mapping[str, Any]) -> int:
    jobs = HydraConfig.get().launcher.get("n_jobs", 1) if HydraConfig.initialized() else 1
    return int(config["threads"] or max(1, (os.cpu_count() or 1) // max(1, jobs)))
