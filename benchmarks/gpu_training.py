"""How a GPU is made to train, for the parts of benchmarks/gpu.py: for a while, by the trainer or step by step."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import torch
from gpu_cells import batches_of, made_items, task_of
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from fer_lab.tasks.base import as_floats
from fer_lab.tasks.speed import Speed

Prepare = Callable[[Any, tuple[Tensor, ...]], Any]
"""Makes of a model, and of inputs like those that it will see, what is called in its place."""


class Until(Callback):
    """End training after so many seconds, counted from its first step's end, which makes everything ready."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.end, self.images, self.began = seconds, 0.0, 0, 0.0

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Look at the clock; work that a GPU still has to do is waited for now and then, lest it piles up."""
        if not self.end:
            wait()
            self.began = time.perf_counter()
            self.end = self.began + self.seconds
        else:
            self.images += len(batch["item"])
        if batch_idx % 50 == 49:
            wait()
        trainer.should_stop = time.perf_counter() > self.end

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note the rate over all of it."""
        wait()
        self.images_per_second = self.images / max(1e-9, time.perf_counter() - self.began)


def device() -> torch.device:
    """The GPU, or the CPU in a rehearsal."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def wait() -> None:
    """Until the GPU has done all that it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def precision() -> str:
    """In which networks are trained: half, where that is fast."""
    return "bf16-mixed" if torch.cuda.is_available() else "32-true"


def by_trainer(
    config: Mapping[str, Any], items: Any, seconds: float, batch_size: int | None = None, **settings: Any
) -> dict[str, Any]:
    """Train a cell for a while as a run does, with the loader and all: images a second and a step's spread."""
    known = {key: value for key, value in config["trainer"].items() if key != "_target_"}
    speed, until = Speed(), Until(seconds)
    own = {**known, "precision": precision(), "max_epochs": -1, "callbacks": [speed, until], **settings}
    trainer = Trainer(**own)
    size = batch_size or int(config["batch_size"])
    trainer.fit(task_of(config), train_dataloaders=batches_of(items, size))
    found = speed.facts().get("speed", {})
    return {"images_per_second": until.images_per_second, "of_steps": found, "batch_size": size}


def resident_batch(config: Mapping[str, Any], count: int) -> tuple[tuple[Tensor, ...], Tensor]:
    """One batch of made images on the device."""
    batch = next(iter(batches_of(made_items(config, count), count)))
    return as_floats(tuple(x.to(device()) for x in batch["inputs"])), batch["target"].to(device())


def as_it_is(model: Any, inputs: tuple[Tensor, ...]) -> Any:
    """The model itself, neither compiled nor recorded."""
    return model


def stepper(config: Mapping[str, Any], count: int, prepare: Prepare = as_it_is) -> Callable[[], None]:
    """A training step of a cell's network on one batch that stays on the device.

    Args:
        config: of the cell.
        count: images of the batch.
        prepare: makes of the model what is called, such as its compiled form.
    """
    task = task_of(config).to(device())
    inputs, target = resident_batch(config, count)
    optimizer = task.optimizer([p for p in task.model.parameters() if p.requires_grad])
    with torch.autocast(device().type, torch.bfloat16, enabled=torch.cuda.is_available()):
        network = prepare(task.model.train(), inputs)

    def step() -> None:
        with torch.autocast(device().type, torch.bfloat16, enabled=torch.cuda.is_available()):
            loss = task.loss(network(*inputs), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def rate(step: Callable[[], None], count: int, seconds: float) -> dict[str, float]:
    """Images a second of a step, after some that do not count: median, lowest and highest of five parts of the time."""
    for _ in range(3):
        step()
    wait()
    rates = []
    for _ in range(5):
        began, steps = time.perf_counter(), 0
        while (took := time.perf_counter() - began) < seconds / 5 or not steps:
            step()
            steps += 1
            if steps % 10 == 0:
                wait()
        wait()
        took = time.perf_counter() - began
        rates.append(steps * count / took)
    return {"images_per_second": median(rates), "lowest": min(rates), "highest": max(rates)}


def operations(config: Mapping[str, Any]) -> float:
    """Floating-point operations of a training step, forwards and backwards, for one image, as torch counts them."""
    task = task_of(config).train()
    inputs = tuple(x[:2].cpu() for x in resident_batch(config, 2)[0])
    with FlopCounterMode(display=False) as counter:
        task.model(*inputs).sum().backward()
    return counter.get_total_flops() / 2
