"""One run from its plan to a finished entry of the ledger, on one page."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from hydra.core.hydra_config import HydraConfig
from hydra.utils import instantiate
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from pytorch_lightning import Callback, Trainer

from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.reduction import packed
from fer_lab.engine.build import build_data, build_model, with_stored_blocks
from fer_lab.engine.checkpoint import usable_checkpoint
from fer_lab.engine.launchers import threads_of_run
from fer_lab.engine.record import record
from fer_lab.ledger import Entry
from fer_lab.models.pretrained import Weights
from fer_lab.processes import keep_freed_memory, usable_cores
from fer_lab.runs import Plan
from fer_lab.runs.models import build_task
from fer_lab.sources import open_faces
from fer_lab.tasks.base import FaceTask
from fer_lab.tasks.callbacks import BestWeights, epoch_callbacks
from fer_lab.tasks.costs import OfTrainingClasses
from fer_lab.tasks.micro import MicroBatch
from fer_lab.tasks.predictions import fit_statistics
from fer_lab.tasks.ranks import ALONE, Ranks
from fer_lab.tasks.scoring import Onlooker, Place, evaluate, open_test
from fer_lab.tasks.speed import Speed


def train(
    plan: Plan,
    where: torch.device,
    ranks: Ranks = ALONE,
    micro: int | None = None,
    threads: int | None = None,
    further: Sequence[Callback] = (),
) -> None:
    """Train a planned run, from its last whole epoch if it was interrupted, and finish its entry.

    Args:
        plan: the run.
        where: the device; one that the trainer would take by itself is left to it.
        ranks: who trains it together; the first of them writes.
        micro: items that go through the network at a time; None: as the configuration says.
        threads: of this process; None: as the configuration and the launcher say.
        further: what else is called as it trains, after all that is done after an epoch.
    """
    began, config, entry = time.monotonic(), plan.config, plan.entry
    torch.set_num_threads(threads or threads_of(config))
    keep_freed_memory()

    with _logger(plan) if ranks.first else nullcontext() as logger:
        tests_every_epoch = config["test_scores"] == "every_epoch"
        place: Place = entry if ranks.first else Onlooker(entry)
        callbacks = epoch_callbacks(place, tests_every_epoch, config["steps"], ranks.first)
        callbacks += [*(logger.callbacks(entry, tests_every_epoch) if logger else []), *further]
        callbacks.insert(0, speed := Speed())  # first: what others do after a step belongs to the next one
        settings = _on_one_device(config["trainer"], where) | {"precision": plan.precision, "logger": logger or False}
        settings["max_epochs"] = -1 if config["steps"] else config["epochs"]
        trainer: Trainer = instantiate(settings, callbacks=callbacks)
        device = trainer.strategy.root_device
        store = open_faces(plan.source, config)
        data = build_data(plan, store, device)
        data.share = ranks.share
        task, weights = _starting(plan, data, device)
        task.ranks, task.micro = ranks, MicroBatch(micro or config["micro_batch"])
        ranks.start_alike(task.model)
        selected = _selected_epoch(trainer, task, data, place, entry, not tests_every_epoch)
        if not ranks.first:
            return

        split = data.split.manifest()
        entry.write_sums(data.target)
        entry.write_preparation(split, packed(data.items.fitted) if data.items.fitted else None)
        times = {"seconds": time.monotonic() - began, "iterations": trainer.global_step, **speed.facts()}
        done = record(plan, data, store, split, task, weights, selected, device, times)
        if logger:
            logger.log_result(plan, done, data)  # before the entry is finished: nothing logs a finished run again
        entry.finish(done)


def _starting(plan: Plan, data: FaceDataModule, device: torch.device) -> tuple[FaceTask, Weights]:
    """The task of a run before its first step; in its data, what frozen blocks give stands in place of images."""
    torch.manual_seed(plan.seed)  # here: what the data need, a parent's network for instance, may draw numbers
    model, weights = build_model(plan)
    task = build_task(plan.config, data.target, model)
    if isinstance(task.loss, OfTrainingClasses):
        task.loss.fit(data.counts())
    fit_statistics(model, data.ordered("train"), device, plan.precision, of_images=True)
    with_stored_blocks(plan, data, task, device)
    fit_statistics(model, data.ordered("train"), device, plan.precision)
    return task, weights


def _selected_epoch(
    trainer: Trainer, task: FaceTask, data: FaceDataModule, place: Place, entry: Entry, opens_test: bool
) -> int:
    """Train, if there is anything to train; returns the epoch that validation selects."""
    ranks, precision = task.ranks, str(trainer.precision)
    if trainer.max_epochs == 0:
        return evaluate(task.to(trainer.strategy.root_device), data, place, precision)
    start = ranks.told_by_first(usable_checkpoint(entry) if ranks.first else None)
    trainer.fit(task, datamodule=data, ckpt_path=start, weights_only=True)
    best = next(one for one in trainer.callbacks if isinstance(one, BestWeights))  # type: ignore[attr-defined]
    if opens_test:
        ranks.told_by_first(best.epoch)  # its weights are on disk
        open_test(task.to(trainer.strategy.root_device), data, place, best.epoch, precision)
    return best.epoch


def _logger(plan: Plan) -> AbstractContextManager[Any]:
    """Where a run is logged beside the ledger; nothing by default."""
    if not plan.config["logger"]:
        return nullcontext()
    from fer_lab.engine.wandb_logger import logged_to  # W&B takes two seconds to import

    return logged_to(plan)


def _on_one_device(trainer: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
    """Settings of a trainer that knows of one device only: ranks divide the work themselves (``tasks.ranks``)."""
    settings = {"plugins": [LightningEnvironment()], **trainer}  # under Slurm another one would answer its signals
    if settings["strategy"] == "ddp" or settings["devices"] not in (1, "auto"):
        settings |= {"strategy": "auto", "devices": 1 if device.index is None else [device.index]}
        settings |= {"accelerator": device.type}
    return settings


def threads_of(config: Mapping[str, Any]) -> int:
    """CPU threads of a run, of what its launcher leaves to it."""
    launcher = HydraConfig.get().launcher if HydraConfig.initialized() else {}
    return threads_of_run(config["threads"], launcher, usable_cores())
