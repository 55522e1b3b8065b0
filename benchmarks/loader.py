"""The loader alone against a training step: python benchmarks/loader.py [--quick].

FER2013's size and Moravčík's final CNN at half width, with its augmentation on; both in one process, batch by batch in
turn. The loader's time is also given together with the augmentation, which is a part of the step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import numpy as np
import pandas as pd
import torch
from measuring import Figure, Found, main, timed

from fer_lab.datamodules.augmentation import Augmentation
from fer_lab.datamodules.items import every_row
from fer_lab.datamodules.loader import Batch, Batches, EpochOrder
from fer_lab.evaluation.targets import Classes
from fer_lab.models.moravcik import MoravcikCNN
from fer_lab.models.precision import autocast
from fer_lab.tasks.classification import Classification

SIDE, BATCH = 48, 64
AUGMENTATION = Augmentation(flip=True, rotation=10, shift=0.1, zoom=0.1, shear=0.1)


def memory_mapped_batches(folder: str, images: int) -> Batches:
    """Noise as large as FER2013's training part, read from disk as the face store is."""
    path = Path(folder) / "raw.npy"
    np.save(path, np.random.default_rng(0).integers(0, 256, (images, SIDE, SIDE, 1), dtype=np.uint8))
    pixels = np.load(path, mmap_mode="r")
    frames = pd.DataFrame({"row": range(images), "id": [str(i) for i in range(images)]})
    items = every_row(SimpleNamespace(frames=frames, landmarks=None, view=lambda name: pixels), ["raw"])
    items.table["label"] = items.table["item"] % 7
    return Batches(items, np.arange(images), BATCH, EpochOrder(images, 0))


def train_step(task: Classification, optimizer: torch.optim.Optimizer, precision: str, batch: Batch) -> None:
    """What a trainer does with a batch."""
    batch = task.on_after_batch_transfer(batch, 0)
    with autocast(torch.device("cpu"), precision):
        loss = task.training_step(batch, 0)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def augment(task: Classification, batch: Batch) -> None:
    """The part of a step that prepares its images."""
    AUGMENTATION(task.on_after_batch_transfer(batch, 0)["inputs"], torch.Generator().manual_seed(0))


def each_step(
    batches: Iterator[Batch], steps: int, does: Sequence[Callable[[Batch], None]]
) -> Iterator[tuple[float, ...]]:
    """Seconds of getting a batch, and of all that is done with it, of so many batches."""
    for _ in range(steps):
        got: list[Batch] = []
        loading = timed(lambda got=got: got.append(next(batches)))  # type: ignore[misc]
        yield loading, *(timed(partial(one, got[0])) for one in does)


def measure(quick: bool) -> Found:
    """Milliseconds a batch of loading, of augmentation and of the whole step."""
    optimizer = partial(torch.optim.Adam, lr=1e-3)
    schedule = partial(torch.optim.lr_scheduler.ConstantLR, factor=1.0)
    task = Classification(
        MoravcikCNN(width=0.125 if quick else 0.5), optimizer, schedule, 0, Classes(tuple("0123456")), AUGMENTATION
    )
    precision = "bf16-mixed" if torch.ops.mkldnn._is_mkldnn_bf16_supported() else "32-true"
    step = partial(train_step, task, task.configure_optimizers()["optimizer"], precision)
    with TemporaryDirectory() as folder:
        batches = iter(memory_mapped_batches(folder, 640 if quick else 28_709))
        rows = list(each_step(batches, 6 if quick else 60, (partial(augment, task), step)))
    load, augmented, trained = (list(column) for column in zip(*rows[3:], strict=True))
    fifths = np.array_split(np.arange(len(load)), 3 if quick else 5)

    def alone(*parts: Sequence[float]) -> list[float]:
        """Of each fifth of the steps: how many times as long the step's median is as the sum of others'."""
        return [median(trained[i] for i in own) / sum(median(part[i] for i in own) for part in parts) for own in fifths]

    return Found(
        f"batches of {BATCH} grey images of {SIDE} px, {precision}, {torch.get_num_threads()} threads",
        [
            Figure("loader alone: how many times as fast as the training step", alone(load), 5),
            Figure("loader with augmentation: the same", alone(load, augmented), 5),
        ],
        {"load_ms": 1000 * median(load), "augment_ms": 1000 * median(augmented), "step_ms": 1000 * median(trained)},
    )


if __name__ == "__main__":
    main(measure, __file__, __doc__)
