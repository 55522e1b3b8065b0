"""A frozen trunk sees every item once, not once an epoch."""

from __future__ import annotations

import torch

from fer_lab.datamodules.augment import Augment
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.items import Items
from fer_lab.tasks.classification import Classification, as_floats
from fer_lab.tasks.predictions import autocast


def train_head_alone(
    task: Classification, data: FaceDataModule, device: torch.device | str = "cpu", precision: str = "32-true"
) -> bool:
    """Compute the trunk's output for all items and train the head on it, where that is the same training.

    It is where the whole trunk is frozen and images are not augmented. The outputs are held in memory.

    Args:
        task: its inputs become the trunk's outputs.
        data: its items give them from then on.
        device: where to compute them.
        precision: the trainer's.

    Returns:
        Whether it was done; if not, nothing has changed.
    """
    if "trunk" not in task.model.frozen or task.augment != Augment():
        return False
    task.model.trunk.to(device).eval()
    found = []
    with torch.inference_mode(), autocast(torch.device(device), precision):
        for batch in data.in_order():
            inputs = as_floats(tuple(x.to(device) for x in batch["inputs"]))
            found.append(task.model.trunk(*inputs).float().cpu())
    outputs = torch.cat(found).clone()
    rows = data.items["item"].to_numpy("int64")[:, None]
    data.source = Items(data.items, rows, (lambda picked: outputs[picked[:, 0]],), data.source.skipped)
    task.head_alone = True
    return True
