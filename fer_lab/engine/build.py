"""The parts of a run, from its plan: data as batches, the model with what it starts from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from hydra.utils import instantiate

from fer_lab.datamodules import backbone_store
from fer_lab.datamodules.augmentation import Augmentation
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.items import Features, Items, every_row
from fer_lab.datamodules.loader import Batches
from fer_lab.datamodules.selection import asked, selected
from fer_lab.evaluation.arrays import Singles
from fer_lab.faces import FaceStore
from fer_lab.ledger import read_run
from fer_lab.models.base import FaceModel
from fer_lab.models.pretrained import Weights
from fer_lab.phases import counted
from fer_lab.runs import Plan
from fer_lab.runs.models import starting_model, trained_model
from fer_lab.sources import Source, known_of_faces, photographs, split_of
from fer_lab.storage import cache_root, is_whole, locked, publish
from fer_lab.tasks.base import FaceTask
from fer_lab.tasks.predictions import extract_features


def build_data(plan: Plan, faces: FaceStore, device: torch.device) -> FaceDataModule:
    """Split and items of a run over its faces, as batches; what a parent sees of them is computed on the device."""
    features = partial(parent_features, plan.parents[0], faces, device) if plan.parents else None
    return batches_of(plan.config, plan.source, faces, features, learned_from(plan))


def learned_from(plan: Plan) -> frozenset[str]:
    """The ids of a run's own data set that its parents, and theirs, were trained on."""
    own = [parent for parent in plan.parents if parent.config["data"]["name"] == plan.config["data"]["name"]]
    trained = (read_run(parent.entry.folder).training_ids() for parent in own)
    return frozenset().union(*trained, *map(learned_from, own))


def batches_of(
    config: Mapping[str, Any],
    source: Source,
    faces: FaceStore,
    features: Features | None = None,
    inherited: Collection[str] = (),
) -> FaceDataModule:
    """Split and items of a configuration's data, as batches.

    Args:
        config: the configuration: ``data, items, sampling, stored_augmentation, protocol, batch_size, seed``.
        source: its data.
        faces: their faces.
        features: what a parent sees of them, for items made of features.
        inherited: ids that the parents were trained on.
    """
    about = config["data"]
    column, groups = about["target"], about.get("regroup")
    index = selected(source.index, column, groups, about.get("only"))
    return FaceDataModule(
        store=faces,
        index=index,
        split=split_of(config, source.index, faces, inherited, photographs(source, config, faces)),
        items=instantiate(config["items"]),
        target=asked(source.dataset.targets[column], groups, about.get("labels")),
        column=column,
        batch_size=config["batch_size"],
        seed=config["seed"],
        features=features,
        sampling=instantiate(config["sampling"]) if config.get("sampling") else None,
        truth=known_of_faces(source, config, index, faces),
        stored_augmentation=instantiate(config["stored_augmentation"]) if config.get("stored_augmentation") else None,
        taught=index.set_index("id") if about.get("taught") else None,
    )


def build_model(plan: Plan) -> tuple[FaceModel, Weights]:
    """The model of a run, with its backbone's weights and, if it names parents, what they have learned."""
    return starting_model(plan.config, [read_run(parent.entry.folder) for parent in plan.parents])


def parent_features(parent: Plan, faces: FaceStore, device: torch.device) -> Singles:
    """What the parent's last layer sees of every face of the store, (N, F); computed once for all its children."""
    folder = cache_root() / "features" / f"{parent.id}-{faces.key}-{device.type}"
    with locked(folder):
        if not is_whole(folder):
            model = trained_model(read_run(parent.entry.folder), parent.config)
            items = _stored(every_row(faces, parent.config["items"]["views"]), model, parent, faces.key, device)
            batches = Batches(items, np.arange(len(faces.frames)), 128)
            told = counted("features", batches, len(batches), "batches of faces")
            values = extract_features(model, told, device, parent.precision)
            with publish(folder) as part:
                np.save(part / "features.npy", values)
        return np.asarray(np.load(folder / "features.npy"), dtype=np.float32)


def with_stored_blocks(plan: Plan, data: FaceDataModule, task: FaceTask, device: torch.device) -> None:
    """Put what frozen first blocks give in place of images, where these are neither augmented, mirrored nor cropped."""
    if task.augmentation == Augmentation() and not task.mirror and task.crop is None:
        data.items = _stored(data.items, task.model, plan, data.store.key, device)


def _stored(items: Items, model: FaceModel, plan: Plan, faces: str, device: torch.device) -> Items:
    """Items whose views have been through the frozen first blocks of the backbones, unless ``backbone_store=off``."""
    if plan.config["backbone_store"] != "auto":
        return items
    limit = float(plan.config["cache"]["max_gb"])
    return backbone_store.with_stored_blocks(
        items, model.backbones(), faces, device=device, precision=plan.precision, max_gb=limit
    )
