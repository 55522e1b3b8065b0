"""One run: build, fit, write to the ledger. The only part of the engine that imports torch."""

from __future__ import annotations

import logging
import os
import pickle
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from hydra.core.hydra_config import HydraConfig
from hydra.utils import instantiate
from pytorch_lightning import Trainer
from safetensors.torch import load_file, save

from fer_lab.datamodules.augment import Augment
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.faces import Floats, content_hashes
from fer_lab.datamodules.items import Items, every_row
from fer_lab.datamodules.loader import Batches
from fer_lab.datamodules.selection import selected
from fer_lab.datamodules.splits import PARTS, Split, make_split
from fer_lab.datamodules.trunk_store import with_stored_blocks
from fer_lab.engine.history import History
from fer_lab.engine.plan import Plan
from fer_lab.engine.record import record
from fer_lab.engine.sources import open_faces
from fer_lab.errors import ConfigError, StoreError
from fer_lab.faces import FaceStore
from fer_lab.models.base import FaceModel
from fer_lab.models.weights import Weights, load_trunk
from fer_lab.storage import cache_root, is_whole, locked, publish, write_bytes, write_json
from fer_lab.tasks.callbacks import BestWeights, EpochCheckpoint, EpochScores, epoch_scores
from fer_lab.tasks.classification import Classification
from fer_lab.tasks.predictions import extract_features
from fer_lab.tasks.weights import as_channels_last, trained_state

log = logging.getLogger(__name__)


def train(plan: Plan) -> None:
    """Train a planned run, from its last whole epoch if it was interrupted, and finish its entry."""
    began = time.time()
    torch.set_num_threads(_threads(plan.config))
    data = build_data(plan)
    torch.manual_seed(plan.seed)  # here: what the data need, a parent's network for instance, draws numbers or does not
    model, weights = build_model(plan)
    task: Classification = instantiate(plan.config["task"])(
        model=model,
        optim=instantiate(plan.config["optim"]),
        schedule=instantiate(plan.config["schedule"]),
        seed=plan.seed,
        classes=data.classes,
        augment=instantiate(plan.config["augment"]),
    )
    best = BestWeights(plan.entry.weights)
    trainer = build_trainer(plan, best)
    if task.augment == Augment():
        data.source = stored_blocks(data.source, model, plan, trainer.strategy.root_device)
    if plan.config["epochs"]:
        _fit(trainer, task, data, plan)
        if plan.config["test_scores"] == "final":
            open_test(task, data, plan, best.epoch)
    else:
        best.epoch = evaluate(task.to(trainer.strategy.root_device), data, plan)
    write_json(plan.entry.folder / "split.json", data.split.manifest())
    plan.entry.finish(record(plan, data, task.model, weights, best.epoch, time.time() - began))


def stored_blocks(items: Items, model: FaceModel, plan: Plan, device: torch.device) -> Items:
    """Items whose views have been through the frozen first blocks of the model's trunks, unless ``trunk_store=off``."""
    if plan.config["trunk_store"] != "auto":
        return items
    faces, limit = open_faces(plan.source, plan.config).key, float(plan.config["cache"]["max_gb"])
    return with_stored_blocks(items, model.trunks(), faces, device=device, precision=plan.precision, max_gb=limit)


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


def build_data(plan: Plan) -> FaceDataModule:
    """Faces, split and items of a run, as batches."""
    config, about = plan.config, plan.config["data"]
    target, groups = about["target"], about.get("regroup")
    faces = open_faces(plan.source, plan.config)
    index = selected(plan.source.index, target, groups, about.get("only"))
    data: FaceDataModule = instantiate(about["datamodule"])(
        store=faces,
        index=index,
        split=_split(plan, index, faces),
        items=instantiate(config["items"]),
        classes=tuple(groups or plan.source.dataset.targets[target]),
        target=target,
        batch_size=config["batch_size"],
        seed=plan.seed,
        features=partial(parent_features, plan.parents[0], faces) if plan.parents else None,
        sampling=instantiate(config["sampling"]) if config.get("sampling") else None,
    )
    return data


def _split(plan: Plan, index: pd.DataFrame, faces: FaceStore) -> Split:
    recipe = plan.config["data"]["split"]
    copies = content_hashes(faces, plan.config["faces"]["views"][0])
    seen = index[index["id"].isin(set(faces.frames["id"]))]
    labelled = seen.assign(label=seen[plan.config["data"]["target"]])
    return make_split(labelled, plan.config["protocol"]["name"], recipe, copies)


def build_model(plan: Plan) -> tuple[FaceModel, Weights]:
    """The model of a run, with its trunk's weights and, if it names parents, what they have learned."""
    model: FaceModel = instantiate(plan.config["model"])
    weights = load_trunk(model)
    if plan.parents:
        model.start_from(*(load_file(parent.entry.weights) for parent in plan.parents))
        if weights.identity == "none":
            weights = replace(weights, origin=f"starts from {', '.join(parent.cell for parent in plan.parents)}")
    return model, weights


def trained_model(plan: Plan) -> FaceModel:
    """The model of a finished run at its selected epoch."""
    model, _ = build_model(plan)
    lacking = model.load_state_dict(load_file(plan.entry.weights), strict=False)
    frozen = tuple(f"{name}." for name in getattr(model, "frozen", ()))
    if lacking.unexpected_keys or [key for key in lacking.missing_keys if not key.startswith(frozen)]:
        raise ConfigError(
            f"the weights of run {plan.id} do not fit its model", do="delete the run; it is trained again"
        )
    return as_channels_last(model)


def parent_features(parent: Plan, faces: FaceStore) -> Floats:
    """What the parent's last layer sees of every face of the store, (N, F); computed once for all its children."""
    folder = cache_root() / "features" / f"{parent.id}-{faces.key}"
    with locked(folder):
        if not is_whole(folder):
            model = trained_model(parent)
            items = stored_blocks(every_row(faces, parent.config["items"]["views"]), model, parent, torch.device("cpu"))
            batches = Batches(items, np.arange(len(faces.frames)), 128)
            values = extract_features(model, batches, precision=parent.precision)
            with publish(folder) as part:
                np.save(part / "features.npy", values)
        return np.asarray(np.load(folder / "features.npy"), dtype=np.float32)


def build_trainer(plan: Plan, best: BestWeights) -> Trainer:
    """The trainer: after each epoch scores are written, then the best weights, then the checkpoint."""
    entry = plan.entry
    callbacks = [
        EpochScores(entry.write_scores, test=plan.config["test_scores"] == "every_epoch"),
        best,
        History(entry.folder / "history.csv"),
        EpochCheckpoint(entry.checkpoint),
    ]
    trainer: Trainer = instantiate(plan.config["trainer"] | {"precision": plan.precision}, callbacks=callbacks)
    return trainer


def _threads(config: Mapping[str, Any]) -> int:
    jobs = HydraConfig.get().launcher.get("n_jobs", 1) if HydraConfig.initialized() else 1
    return int(config["threads"] or max(1, (os.cpu_count() or 1) // max(1, jobs)))
