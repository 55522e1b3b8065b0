"""Answers and features of items, one row an item."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import torch
from pytorch_lightning.utilities.memory import garbage_collection_cuda
from torch import Tensor

from fer_lab.datamodules.faces import Ints
from fer_lab.datamodules.loader import Batch, Batches
from fer_lab.evaluation.arrays import Singles
from fer_lab.models.base import FaceModel
from fer_lab.models.precision import autocast
from fer_lab.tasks.base import FaceTask, as_floats
from fer_lab.tasks.micro import is_out_of_memory


def predict(task: FaceTask, batches: Iterable[Batch], precision: str = "32-true") -> pd.DataFrame:
    """Answers for items as they are stored.

    Args: as ``answers``.

    Returns:
        Columns ``item`` (int64) and the target's ``answer_columns``: float16 probabilities, float32 values.
    """
    items, found = answers(task, batches, precision)
    table = pd.DataFrame(found.astype(task.stored), columns=task.target.answer_columns)
    table.insert(0, "item", items)
    return table


def answers(task: FaceTask, batches: Iterable[Batch], precision: str = "32-true") -> tuple[Ints, Singles]:
    """Answers for items, on the device the task is on; of several ranks each answers a part, and has all of them.

    Args:
        task: left in the mode it came in.
        batches: of the items, ``Batches`` where ranks are to divide them.
        precision: the trainer's, for example ``bf16-mixed``.

    Returns:
        Numbers of the items (n,), and float32 (n, names).
    """
    was_training, ranks = task.training, task.ranks
    divided = isinstance(batches, Batches) and ranks.count > 1
    own = batches.part(ranks.share) if isinstance(batches, Batches) and divided else batches
    task.eval()
    found = []
    with torch.inference_mode(), autocast(task.device, precision):
        for number, batch in enumerate(own):
            moved: Batch = task.transfer_batch_to_device(batch, task.device, 0)
            items, scores = _answered(task, task.on_after_batch_transfer(moved, 0), number)
            found.append((items.cpu().numpy(), scores.cpu().numpy()))
    task.train(was_training)
    every = [pair for part in ranks.gathered(found) for pair in part] if divided else found
    return np.concatenate([items for items, _ in every]), np.concatenate([scores for _, scores in every])


def _answered(task: FaceTask, batch: Batch, number: int) -> tuple[Tensor, Tensor]:
    """A batch's items and answers; what does not fit the memory of the device is answered in halves."""
    try:
        return task.predict_step(batch, number)
    except RuntimeError as error:
        if not is_out_of_memory(error) or len(batch["item"]) == 1:
            raise
    garbage_collection_cuda()
    middle = len(batch["item"]) // 2
    halves = [_answered(task, _rows(batch, rows), number) for rows in (slice(middle), slice(middle, None))]
    return torch.cat([items for items, _ in halves]), torch.cat([scores for _, scores in halves])


def _rows(batch: Batch, rows: slice) -> Batch:
    inputs = tuple(x[rows] for x in batch["inputs"])
    return {"inputs": inputs, "target": batch["target"][rows], "item": batch["item"][rows]}


def fit_statistics(
    model: FaceModel,
    batches: Iterable[Batch],
    device: torch.device | str = "cpu",
    precision: str = "32-true",
    *,
    of_images: bool = False,
) -> None:
    """Let a model take the statistics of the training items that it needs before it trains, on a device.

    Args:
        model: with ``fit(inputs)``, ``fit_images(inputs)``; it is put on the device.
        batches: of the training items, each once.
        device: where to compute.
        precision: as the trainer's.
        of_images: whether it is the images' own (``fit_images``), of items in which nothing is stored in their place.
    """
    model.to(device)
    fit = model.fit_images if of_images else model.fit
    with torch.no_grad(), autocast(torch.device(device), precision):
        fit(as_floats(tuple(x.to(device) for x in batch["inputs"])) for batch in batches)


def extract_features(
    model: FaceModel, batches: Iterable[Batch], device: torch.device | str = "cpu", precision: str = "32-true"
) -> Singles:
    """What the last layer of a model sees, for each item in the order of the batches.

    Args:
        model: with ``features(*inputs)`` (4096-d fc7 for VGG); it is put in evaluation mode, on the device.
        batches: for every face of a store, ``Batches`` of ``items.every_row``.
        device: where to compute.
        precision: as the trainer's.

    Returns:
        float32 (items, F).
    """
    model.to(device).eval()
    found = []
    with torch.inference_mode(), autocast(torch.device(device), precision):
        for batch in batches:
            inputs = as_floats(tuple(x.to(device) for x in batch["inputs"]))
            found.append(model.features(*inputs).float().cpu().numpy())
    return np.concatenate(found)
