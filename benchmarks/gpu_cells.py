"""The cells that benchmarks/gpu.py trains, composed beforehand: the machine that it runs on needs no Hydra.

    python benchmarks/gpu_cells.py        writes benchmarks/gpu_cells.json anew; a test composes them again

and what is built from them: networks with weights of chance, since none are carried (their speed is the same), and
batches of made images.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

FILE = Path(__file__).with_suffix(".json")
KEPT = ("model", "task", "optimizer", "scheduler", "augmentation", "trainer", "batch_size", "epochs")
CONVOLUTIONS = {"alexnet": 5, "vgg16": 13, "resnet101": 104}
"""All that a network has."""


def wanted() -> dict[str, list[str]]:
    """The words that each cell is composed of, but for the profile."""
    networks = {name: [f"cell=universal/{name}"] for name in CONVOLUTIONS}
    full = {f"{name}_full": [*networks[name], f"model.convolutions={count}"] for name, count in CONVOLUTIONS.items()}
    return {**networks, **full, "strong": ["cell=fer2013_strong/resnet"], "laptop": ["cell=fer2013_final/final"]}


def composed() -> dict[str, dict[str, Any]]:
    """Profile -> cell -> its configuration; ``laptop`` is of the profile of that name unless it is a rehearsal."""
    from fer_lab.configs import compose

    def one(profile: str, name: str, words: list[str]) -> dict[str, Any]:
        own = "laptop" if (profile, name) == ("paper", "laptop") else profile
        config = compose([*words, "seed=0", f"profile={own}"])
        about = {"num_classes": config["data"]["num_classes"], "side": _side(config, name)}
        return {key: config[key] for key in KEPT} | about

    return {p: {name: one(p, name, words) for name, words in wanted().items()} for p in ("paper", "smoke")}


def _side(config: Mapping[str, Any], name: str) -> int:
    return 48 if name in ("strong", "laptop") else int(config["profile"]["image_size"])


def built(config: Any) -> Any:
    """What a configuration describes, as Hydra builds it: ``_target_`` with its arguments, now or later."""
    if isinstance(config, list):
        return [built(one) for one in config]
    if not isinstance(config, Mapping):
        return config
    inner = {key: built(value) for key, value in config.items() if key not in ("_target_", "_partial_")}
    if "_target_" not in config:
        return inner
    module, _, name = config["_target_"].rpartition(".")
    target = getattr(importlib.import_module(module), name)
    return partial(target, **inner) if config.get("_partial_") else target(**inner)


def task_of(config: Mapping[str, Any]) -> Any:
    """The LightningModule of a cell, with weights of chance."""
    from fer_lab.evaluation.targets import Classes

    parts = {key: built(config[key]) for key in ("model", "optimizer", "scheduler", "augmentation")}
    return built(config["task"])(**parts, seed=0, target=Classes(tuple(map(str, range(config["num_classes"])))))


def items_of(images: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], parts: Any = "train") -> Any:
    """Items of images, uint8 (N, S, S, C), one each."""
    from fer_lab.datamodules.items import every_row

    frames = pd.DataFrame({"row": np.arange(len(images)), "id": np.arange(len(images)).astype(str)})
    items = every_row(SimpleNamespace(frames=frames, landmarks=None, view=lambda name: images), ["face"])
    items.table["label"], items.table["part"] = labels, parts
    return items


def made_items(config: Mapping[str, Any], count: int) -> Any:
    """Items of noise."""
    channels = 1 if config["side"] == 48 else 3
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, config["side"], config["side"], channels), dtype=np.uint8)
    return items_of(images, np.arange(count) % config["num_classes"])


def batches_of(items: Any, batch_size: int, part: str = "train") -> Any:
    """Batches of a part, as a run has them."""
    from fer_lab.datamodules.loader import Batches, EpochOrder

    numbers = items.numbers(part)
    return Batches(items, numbers, batch_size, EpochOrder(len(numbers), 0) if part == "train" else None)


def cells(profile: str) -> dict[str, Any]:
    """The composed cells of ``paper``, or of ``smoke`` for a rehearsal."""
    found: dict[str, Any] = json.loads(FILE.read_text())[profile]
    return found


if __name__ == "__main__":
    FILE.write_text(json.dumps(composed(), indent=1, sort_keys=True) + "\n")
