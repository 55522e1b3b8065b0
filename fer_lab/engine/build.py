"""The parts of a run, from its plan: data as batches, the model with what it starts from."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from hydra.utils import instantiate
from safetensors.torch import load_file

from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.faces import Floats
from fer_lab.datamodules.items import Items, every_row
from fer_lab.datamodules.loader import Batches
from fer_lab.datamodules.selection import selected
from fer_lab.datamodules.trunk_store import with_stored_blocks
from fer_lab.engine.plan import Plan
from fer_lab.engine.sources import open_faces, split_of
from fer_lab.errors import ConfigError
from fer_lab.faces import FaceStore
from fer_lab.models.base import FaceModel
from fer_lab.models.weights import Weights, load_trunk
from fer_lab.storage import cache_root, is_whole, locked, publish
from fer_lab.tasks.classification import Classification
from fer_lab.tasks.predictions import extract_features
from fer_lab.tasks.weights import as_channels_last


def build_data(plan: Plan) -> FaceDataModule:
    """Faces, split and items of a run, as batches."""
    config, about = plan.config, plan.config["data"]
    target, groups = about["target"], about.get("regroup")
    faces = open_faces(plan.source, plan.config)
    index = selected(plan.source.index, target, groups, about.get("only"))
    data: FaceDataModule = instantiate(about["datamodule"])(
        store=faces,
        index=index,
        split=split_of(config, index, faces),
        items=instantiate(config["items"]),
        classes=tuple(groups or plan.source.dataset.targets[target]),
        target=target,
        batch_size=config["batch_size"],
        seed=plan.seed,
        features=partial(parent_features, plan.parents[0], faces) if plan.parents else None,
        sampling=instantiate(config["sampling"]) if config.get("sampling") else None,
    )
    return data


def build_model(plan: Plan) -> tuple[FaceModel, Weights]:
    """The model of a run, with its trunk's weights and, if it names parents, what they have learned."""
    model: FaceModel = instantiate(plan.config["model"])
    weights = load_trunk(model)
    if plan.parents:
        model.start_from(*(load_file(parent.entry.weights) for parent in plan.parents))
        if weights.identity == "none":
            weights = replace(weights, origin=f"starts from {', '.join(parent.cell for parent in plan.parents)}")
    return model, weights


def build_task(plan: Plan, data: FaceDataModule, model: FaceModel) -> Classification:
    """The LightningModule of a run around its model."""
    config = plan.config
    task: Classification = instantiate(config["task"])(
        model=model,
        optim=instantiate(config["optim"]),
        schedule=instantiate(config["schedule"]),
        seed=plan.seed,
        classes=data.classes,
        augment=instantiate(config["augment"]),
    )
    return task


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


def stored_blocks(items: Items, model: FaceModel, plan: Plan, device: torch.device) -> Items:
    """Items whose views have been through the frozen first blocks of the model's trunks, unless ``trunk_store=off``."""
    if plan.config["trunk_store"] != "auto":
        return items
    faces, limit = open_faces(plan.source, plan.config).key, float(plan.config["cache"]["max_gb"])
    return with_stored_blocks(items, model.trunks(), faces, device=device, precision=plan.precision, max_gb=limit)
