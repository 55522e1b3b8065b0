"""What training costs beside a bare loop: python benchmarks/training_step.py [--quick].

Epochs by the trainer as a run has them (loader, task, Lightning, what is noted after each step), against a bare PyTorch
loop over the same network, batches held in memory, augmentation, precision and optimizer. The two take turns. Scores,
checkpoints and weights, which a run writes after each epoch, are part of neither.

Two networks: the final one for FER2013 on its twin, augmented; and a head on frozen blocks whose outputs are stored, of
which a step takes a few milliseconds, so that whatever is done around it weighs most.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from measuring import Figure, Found, in_turns, main, ratios, timed
from pytorch_lightning import Callback, LightningModule, Trainer
from torch.nn.functional import cross_entropy

from fer_lab.configs import compose
from fer_lab.engine.build import build_data, build_model, with_stored_blocks
from fer_lab.models.precision import autocast
from fer_lab.runs import make_plan
from fer_lab.runs.models import build_task
from fer_lab.sources import open_faces
from fer_lab.tasks.base import FaceTask, as_floats
from fer_lab.tasks.history import StepLosses
from fer_lab.tasks.speed import Speed
from fer_lab.tasks.told import Told

CPU = torch.device("cpu")
Pair = tuple[tuple[torch.Tensor, ...], torch.Tensor]
"""The inputs of a batch, and its labels."""


class Logged(Callback):
    """Has a task say at the end of an epoch what the epoch came to, and forget it, as ``EpochScores`` of a run does."""

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Log it."""
        if isinstance(pl_module, FaceTask):
            pl_module.log_training()


class Compared:
    """A cell, trained both ways.

    Args:
        cell: its name.
        given: further words of the command line.
        epochs: of a turn.
    """

    def __init__(self, cell: str, given: Sequence[str], epochs: int) -> None:
        overrides = [f"cell={cell}", "seed=0", *given]
        self.epochs, self.plan = epochs, make_plan(compose(overrides), cell, overrides)
        self.data = build_data(self.plan, open_faces(self.plan.source, self.plan.config), CPU)
        self.images = self.data.items

    def task(self) -> FaceTask:
        """A new task; the data give what its frozen blocks make of the images, where a run stores that."""
        self.data.items = self.images
        task = build_task(self.plan.config, self.data.target, build_model(self.plan)[0])
        with_stored_blocks(self.plan, self.data, task, CPU)
        return task

    def ours(self) -> float:
        """Seconds by the trainer, with what a run notes after each step."""
        task = self.task()
        settings = self.plan.config["trainer"] | {"precision": self.plan.precision, "max_epochs": self.epochs}
        noted = [Speed(), Told(), Logged(), StepLosses(Path("losses.csv"), lambda path, data: None)]
        trainer = Trainer(**{key: value for key, value in settings.items() if key != "_target_"}, callbacks=noted)
        return timed(lambda: trainer.fit(task, train_dataloaders=self.data.train_dataloader()))

    def bare(self) -> float:
        """Seconds by a loop of ten lines."""
        task = self.task()
        batches = [(as_floats(batch["inputs"]), batch["target"]) for batch in self.data.train_dataloader()]
        optimizer = task.optimizer([p for p in task.model.parameters() if p.requires_grad])
        return timed(lambda: [self._epoch(task, batches, optimizer) for _ in range(self.epochs)])

    def _epoch(self, task: FaceTask, batches: Sequence[Pair], optimizer: torch.optim.Optimizer) -> None:
        model, generator = task.model.train(), torch.default_generator
        for inputs, labels in batches:
            with autocast(CPU, self.plan.precision):
                loss = cross_entropy(model(*task.augmentation(inputs, generator)), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def measure(quick: bool) -> Found:
    """Both networks, in turns."""
    profile, people = ("smoke", "6") if quick else ("laptop", "16")
    whole = Compared("fer2013_final/final", [f"profile={profile}"], 1)
    given = [f"profile={profile}", f"profile.subjects={people}"]
    head = Compared("sase_emotion/all_fc3_max", given, 2 if quick else 20)  # the thesis's own head
    repeats = 2 if quick else 5
    times = {
        "fer2013": in_turns(repeats, ours=whole.ours, bare=whole.bare),
        "head": in_turns(repeats, ours=head.ours, bare=head.bare),
    }
    speed = {name: ratios(one["bare"], one["ours"]) for name, one in times.items()}
    steps = len(head.data.train_dataloader()) * head.epochs
    of_head = {which: [1000 * one / steps for one in seconds] for which, seconds in times["head"].items()}
    return Found(
        f"profile {profile}, {whole.plan.precision}, {torch.get_num_threads()} threads: {whole.plan.cell} and, "
        f"of {people} people, {head.plan.cell}",
        [
            Figure(
                "training step of the FER2013 network: share of a bare PyTorch loop's speed", speed["fer2013"], 0.97
            ),
            Figure("training step of a head on stored blocks: the same", speed["head"], 0.85),
        ],
        {"seconds": times, "ms_a_step_of_the_head": of_head},
    )


if __name__ == "__main__":
    main(measure, __file__, __doc__)
