"""The loader alone against a training step: python benchmarks/loader.py [--steps 30] [--out FILE].

FER2013's size and Moravčík's final CNN at half width, with its augmentation on; both in one process, in turn. Wanted:
the loader at least 5 times as fast as the step. The loader's time is also given together with the augmentation, which
is a part of the step.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import numpy as np
import pandas as pd
import torch

from fer_lab.datamodules.augmentation import Augmentation
from fer_lab.datamodules.items import every_row
from fer_lab.datamodules.loader import Batch, Batches, EpochOrder
from fer_lab.environment import describe_machine
from fer_lab.evaluation.targets import Classes
from fer_lab.models.moravcik import MoravcikCNN
from fer_lab.storage import write_json
from fer_lab.tasks.classification import Classification

IMAGES, SIDE, BATCH = 28_709, 48, 64
AUGMENTATION = Augmentation(flip=True, rotation=10, shift=0.1, zoom=0.1, shear=0.1)


def memory_mapped_batches(folder: str) -> Batches:
    """Noise as large as FER2013's training part, read from disk as the face store is."""
    path = Path(folder) / "raw.npy"
    np.save(path, np.random.default_rng(0).integers(0, 256, (IMAGES, SIDE, SIDE, 1), dtype=np.uint8))
    pixels = np.load(path, mmap_mode="r")
    frames = pd.DataFrame({"row": range(IMAGES), "id": [str(i) for i in range(IMAGES)]})
    items = every_row(SimpleNamespace(frames=frames, landmarks=None, view=lambda name: pixels), ["raw"])
    items.table["label"] = items.table["item"] % 7
    return Batches(items, np.arange(IMAGES), BATCH, EpochOrder(IMAGES, 0))


def train_step(task: Classification, optimizer: torch.optim.Optimizer, bf16: bool, batch: Batch) -> None:
    """What Lightning does with a batch."""
    batch = task.on_after_batch_transfer(batch, 0)
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        loss = task.training_step(batch, 0)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def augment_only(task: Classification, batch: Batch) -> None:
    """The part of a step that prepares its images."""
    AUGMENTATION(task.on_after_batch_transfer(batch, 0)["inputs"], torch.Generator().manual_seed(0))


def timed(action: Callable[[Batch], None], batch: Batch) -> float:
    """Seconds of an action."""
    start = time.perf_counter()
    action(batch)
    return time.perf_counter() - start


def measure(steps: int, bf16: bool) -> dict[str, float]:
    """Median milliseconds a batch of loading, of augmentation and of the whole step."""
    optimizer = partial(torch.optim.Adam, lr=1e-3)
    schedule = partial(torch.optim.lr_scheduler.ConstantLR, factor=1.0)
    task = Classification(MoravcikCNN(width=0.5), optimizer, schedule, 0, Classes(tuple("0123456")), AUGMENTATION)
    task.log = lambda *args, **kwargs: None  # type: ignore[method-assign,assignment]
    step = partial(train_step, task, task.configure_optimizers()["optimizer"], bf16)
    found: list[tuple[float, float, float]] = []
    with TemporaryDirectory() as folder:
        batches = iter(memory_mapped_batches(folder))
        for _ in range(steps):
            start = time.perf_counter()
            batch = next(batches)
            loading = time.perf_counter() - start
            found.append((loading, timed(partial(augment_only, task), batch), timed(step, batch)))
    load, augmentation, train = (1000 * median(column) for column in zip(*found[3:], strict=True))
    return {"load_ms": load, "augment_ms": augmentation, "step_ms": train}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/loader.json"))
    args = parser.parse_args()
    bf16 = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    times = measure(args.steps, bf16)
    ratio = times["step_ms"] / times["load_ms"]
    with_augmentation = times["step_ms"] / (times["load_ms"] + times["augment_ms"])
    result = {
        "what": f"batches of {BATCH} grey {SIDE} px images; Moravčík's final CNN at half width",
        "precision": "bf16-mixed" if bf16 else "32-true",
        "threads": torch.get_num_threads(),
        "step_to_loader": round(ratio, 1),
        "step_to_loader_and_augmentation": round(with_augmentation, 1),
        **{name: round(value, 3) for name, value in times.items()},
        "machine": describe_machine(),
    }
    write_json(args.out, result)
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
