"""What a finished run says of itself in ``run.json``: who it is, and facts that tables and their footnotes show."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.faces import without_late_faces
from fer_lab.datamodules.selection import selected as selected_rows
from fer_lab.datamodules.splits import PARTS
from fer_lab.environment import describe_machine
from fer_lab.faces import FaceStore
from fer_lab.models.base import FaceModel
from fer_lab.models.pretrained import Weights
from fer_lab.runs import Plan
from fer_lab.runs.own_settings import own_settings
from fer_lab.sources import Source, missing_members, near_copied, photographs, twins
from fer_lab.sources.printed import is_as_printed, printed_people
from fer_lab.tasks.base import FaceTask
from fer_lab.tasks.costs import OfTrainingClasses

STACK = {"BatchNorm": "Batch Normalization", "Pool": "Pooling"}
"""Part of the name of a kind of layer -> what it is called."""


def record(
    plan: Plan,
    data: FaceDataModule,
    faces: FaceStore,
    split: Mapping[str, Any],
    task: FaceTask,
    weights: Weights,
    selected: int,
    device: torch.device,
    took: Mapping[str, Any],
) -> dict[str, Any]:
    """The record of a run that has trained.

    Args:
        plan: the run.
        data: its batches.
        faces: that they are made of.
        split: the manifest of their parts.
        task: as trained.
        weights: what its backbone started from.
        selected: the epoch (0-based) that validation selected.
        device: where it was trained.
        took: ``seconds``, its parents' not included; ``iterations`` of the optimizer; ``speed`` (``tasks.speed``),
            if steps were measured. Of a run that was resumed, seconds and speed are those since.
    """
    config = plan.config
    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    return {
        **{key: getattr(plan, key) for key in ("cell", "seed", "variant", "fold", "folds")},
        **{key: config[key]["name"] for key in ("source", "profile", "protocol")},
        "finished": time.time(),
        "dataset": config["data"]["name"],
        "column": config["data"]["target"],
        "kind": data.target.kind,
        "outputs": list(data.target.names),
        "scale": data.target.scale,
        "selected_epoch": selected,
        "epochs": plan.entry.epochs,
        "parents": [parent.id for parent in plan.parents],
        "environment": {**describe_machine(gpu), **(_cuda() if gpu else {})},
        "facts": {
            **({"settings": own} if (own := own_settings(plan)) else {}),
            **_data_facts(plan, data, faces, split),
            **model_facts(task.model),
            **({"loss": task.loss.facts()} if isinstance(task.loss, OfTrainingClasses) else {}),
            **_training_facts(plan, data, task, took),
            "weights": weights.record(),
        },
    }


def _cuda() -> dict[str, Any]:
    """The versions of what computes on a GPU."""
    cudnn: Any = torch.backends.cudnn  # it has no types
    return {"cuda": torch.version.cuda, "cudnn": cudnn.version()}


def _training_facts(plan: Plan, data: FaceDataModule, task: FaceTask, took: Mapping[str, Any]) -> dict[str, Any]:
    stored = max((backbone.done for backbone in task.model.backbones()), default=0)
    return {
        **(_steps(plan.config, len(data.items.numbers("train"))) if plan.config["steps"] else {}),
        "precision": plan.precision,
        "threads": torch.get_num_threads(),
        **({"devices": task.ranks.count} if task.ranks.count > 1 else {}),
        **({"micro_batch": _micro_batch(task)} if task.micro.size else {}),
        **({"stored_blocks": stored} if stored else {}),
        **took,
        "seconds": round(took["seconds"], 2),
        "minutes": round(took["seconds"] / 60, 3),
    }


def _micro_batch(task: FaceTask) -> dict[str, Any]:
    """How many items of a batch went through the network at a time, and from which step (0-based) on.

    And whether batch norms took their statistics of so many, and not of the batch.
    """
    return {"items": task.micro.size, "since_step": task.micro.since, "batch_statistics": bool(task.statistics)}


def _steps(config: Mapping[str, Any], items: int) -> dict[str, Any]:
    """The steps that count, and not the epochs asked for; and how often these have shown each training item."""
    return {"steps": config["steps"], "epochs_of_steps": round(config["steps"] * config["batch_size"] / items, 2)}


def _data_facts(plan: Plan, data: FaceDataModule, faces: FaceStore, split: Mapping[str, Any]) -> dict[str, Any]:
    videos = {part: len(data.split.ids(part)) for part in PARTS}
    items = {part: len(data.items.numbers(part)) for part in PARTS}
    unread = int((faces.skipped["frame"] == -1).sum())
    early = without_late_faces(faces, plan.source.index, (name for part in PARTS for name in data.split.ids(part)))
    return {
        **data.items.facts,
        "items": items,
        "item_shares": _shares(items),
        **({"copies": sum(data.copies.values())} if data.copies else {}),
        **({"of_class": _of_class(data)} if data.target.exclusive else {}),
        "subjects": {part: len(people) for part, people in split["subjects"].items()},
        "videos": videos,
        "video_percent": {part: round(100 * count / sum(videos.values()), 1) for part, count in videos.items()},
        "landmarks": faces.landmarks.shape[1] if faces.has_landmarks else None,
        "coverage": _coverage(plan, faces),
        "skipped_frames": len(faces.skipped) - unread,
        "skipped_files": len(plan.source.index.attrs.get("skipped", [])) + unread,
        "skipped_faces": int(data.skipped["faces"].sum()),
        "videos_without_item": sum(videos.values()) - len(data.table[["part", "video"]].drop_duplicates()),
        **({"videos_without_late_face": early} if early else {}),
        **({"members": members} if (members := _members(plan.source)) else {}),
        **({"twins": drawn} if (drawn := twins(plan.config)) else {}),
        **({"missing_members": missing} if (missing := missing_members(plan.config)) else {}),
        "dropped": len(data.split.dropped),
        "data": plan.source.signature,
        "faces": faces.content,
        "leak_share": split["leak_share"],
        "near_copies": near_copied(data.split, *photographs(plan.source, plan.config, faces)),
        "notes": list(data.split.notes),
        "as_printed": all(is_as_printed(config) for config in _configs(plan)),
        "printed_people": printed_people(plan.config),
    }


def _coverage(plan: Plan, faces: FaceStore) -> float:
    """Of the files that the task uses, of all parts, the share in which a face is found."""
    about = plan.config["data"]
    used = selected_rows(plan.source.index, about["target"], about.get("regroup"), about.get("only"))["id"]
    return round(float(used.isin(set(faces.frames["id"])).mean()), 6)


def _members(source: Source) -> list[str]:
    """The data sets that a composite one is made of, as they are here."""
    return sorted(member.dataset.name for member in source.members.values())


def _shares(items: Mapping[str, int]) -> dict[str, float]:
    """Of all items the share for the test, of the others those for training and validation, as theses print them."""
    every, others = sum(items.values()), items["train"] + items["val"]
    return {part: round(items[part] / max(1, every if part == "test" else others), 6) for part in PARTS}


def _of_class(data: FaceDataModule) -> dict[str, dict[str, Any]]:
    """``items`` and ``videos`` -> part -> class -> how many there are; ``copies`` of training images by class."""
    counts = {
        what: {part: data.counts(part, videos=what == "videos") for part in PARTS} for what in ("items", "videos")
    }
    return {**counts, **({"copies": data.copies} if data.copies else {})}


def _configs(plan: Plan) -> Iterator[Mapping[str, Any]]:
    """The configurations of a run and of all that it starts from."""
    yield plan.config
    for parent in plan.parents:
        yield from _configs(parent)


def model_facts(model: FaceModel) -> dict[str, Any]:
    """Parameters, of all and of each linear layer; what the last layer sees; layers by kind, kernel and order.

    And what the model itself has to say.
    """
    leaves = [module for module in model.modules() if not list(module.children())]
    layers = Counter(type(module).__name__ for module in leaves)
    layers["hidden_linear"] = max(0, layers["Linear"] - 1)
    parameters = list(model.parameters())
    return {
        **model.facts(),
        "parameters": sum(p.numel() for p in parameters),
        "trained_parameters": sum(p.numel() for p in parameters if p.requires_grad),
        "megabytes": round(_bytes(model) / 1e6, 3),
        "feature_size": model.feature_size,
        "linear": {str(place): count for place, count in enumerate(_of_linear(leaves), 1)},
        "layers": dict(layers),
        "stack": {str(place): name for place, name in enumerate(_stack(leaves), 1)},
        "kernels": {kind: ", ".join(sorted(_kernels(leaves, kind))) for kind in layers if _kernels(leaves, kind)},
    }


def _of_linear(layers: list[nn.Module]) -> list[int]:
    """The parameters of each linear layer, in order."""
    linear = [layer for layer in layers if isinstance(layer, nn.Linear)]
    return [sum(parameter.numel() for parameter in layer.parameters()) for layer in linear]


def _bytes(model: FaceModel) -> int:
    """What its parameters and the statistics of its batch norms take, four bytes each."""
    statistics = [value for name, value in model.named_buffers() if name.rpartition(".")[2].startswith("running")]
    return 4 * sum(value.numel() for value in (*model.parameters(), *statistics))


def _kernels(layers: list[nn.Module], kind: str) -> set[str]:
    """``3 x 3 x 3`` and so on, of the layers of one kind."""
    sizes = [getattr(layer, "kernel_size", None) for layer in layers if type(layer).__name__ == kind]
    return {" x ".join(map(str, size)) if isinstance(size, tuple) else str(size) for size in sizes if size is not None}


def _stack(layers: list[nn.Module]) -> list[str]:
    """The layers in order, activations left out, in the words of Moravčík 2021, Tables 5.1 and 5.2."""
    found: list[str] = []
    for layer in layers:
        if isinstance(layer, nn.Conv2d | nn.Conv3d):
            found.append(f"Convolution - {layer.out_channels}")
        elif isinstance(layer, nn.Linear):
            found += [] if any(name.startswith("Fully") for name in found) else ["Flatten"]
            found.append(f"Fully Connected - {layer.out_features}")
        elif isinstance(layer, nn.Dropout):
            found += ["Dropout"] if layer.p else []
        else:
            found += [word for kind, word in STACK.items() if kind in type(layer).__name__]
    return [*found[:-1], "Fully Connected (Output)"]
