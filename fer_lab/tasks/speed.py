"""How fast a network trains: items a second, of each step of the optimizer."""

from __future__ import annotations

import os
import time
from contextlib import nullcontext
from typing import Any, cast

import numpy as np
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.profilers import PassThroughProfiler

WARM_UP = 10
"""One step in so many, the first ones, is not measured: kernels are chosen, memory is asked for, files are opened."""
Mark = float | torch.cuda.Event
BY_NVML = "PYTORCH_NVML_BASED_CUDA_CHECK"
NOTHING = nullcontext()
CUDA: Any = torch.cuda  # parts of it have no types


class Speed(Callback):
    """Time each step from the end of the one before, or from the beginning of its epoch, to its own end.

    So the reading of the batch counts, and the scoring between epochs does not. A GPU notes the times itself, as it
    works behind the program: waiting for it would slow it down. Times are of this process: a resumed run says those of
    the epochs since.

    Attributes:
        first_epoch: the first epoch (0-based) that was measured.
    """

    def __init__(self) -> None:
        self.first_epoch, self.marks, self.counts = 0, list[Mark](), list[int]()
        self.rates: list[float] = []
        if CUDA.is_initialized():  # a process trains one run after the other: what follows is of this one
            CUDA.empty_cache()
            CUDA.reset_peak_memory_stats()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note where this process begins; what nobody asked for is no part of a step."""
        self.first_epoch = trainer.current_epoch
        spare(trainer)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin an epoch's first step."""
        self.marks, self.counts = [_now(pl_module.device)], []

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """End a step, and begin the next one."""
        self.marks.append(_now(pl_module.device))
        self.counts.append(len(batch["item"]))

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Work out the epoch's rates; a GPU is waited for here, where the epoch is scored anyway."""
        if pl_module.device.type == "cuda":
            torch.cuda.synchronize(pl_module.device)
        times = map(_seconds, self.marks[:-1], self.marks[1:])
        self.rates += [count / seconds for count, seconds in zip(self.counts, times, strict=True) if seconds > 0]

    def facts(self) -> dict[str, Any]:
        """Items a second: the median, the quartiles, of how many steps, from which epoch on; nothing of a single step.

        On a GPU also ``gpu_memory``, bytes: the most that was taken of it since this was made.

        The first steps (``WARM_UP``), one at the least, do not count.
        """
        rates = self.rates[max(1, len(self.rates) // WARM_UP) :]
        memory = {"gpu_memory": CUDA.max_memory_reserved()} if CUDA.is_initialized() else {}
        if not rates:
            return memory
        low, median, high = (round(float(one), 2) for one in np.percentile(rates, [25, 50, 75]))
        measured = {"images_per_second": median, "quartiles": [low, high], "steps": len(rates)}
        return {"speed": {**measured, "first_epoch": self.first_epoch}, **memory}


class Unheard(PassThroughProfiler):
    """Tells nobody what is done, without a context of its own for each of some seventy hooks of a step."""

    def profile(self, action_name: str) -> Any:
        """Nothing."""
        return NOTHING


def spare(trainer: Trainer) -> None:
    """Leave out what is done around each step and nobody asked for; training is the same.

    Lightning has PyTorch ask NVML whether there is a GPU, and each step of an optimizer asks, a tenth of a millisecond
    each; and it opens a context for a profiler around each hook, be there a profiler or none.

    Args:
        trainer: before its first step.
    """
    os.environ[BY_NVML] = "0"
    if type(trainer.profiler) is PassThroughProfiler:  # type: ignore[attr-defined]
        trainer.profiler = Unheard()  # type: ignore[attr-defined]


def _now(device: torch.device) -> Mark:
    """This moment, as the device sees it."""
    if device.type != "cuda":
        return time.perf_counter()
    make: type[Any] = torch.cuda.Event  # it has no types
    event: torch.cuda.Event = make(enable_timing=True)
    event.record(torch.cuda.current_stream(device))
    return event


def _seconds(first: Mark, second: Mark) -> float:
    """Between two moments of one device."""
    if isinstance(first, torch.cuda.Event):
        return float(first.elapsed_time(cast(torch.cuda.Event, second))) / 1000
    return cast(float, second) - first
