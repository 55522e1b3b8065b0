"""Scores that no training epoch writes: of a test part opened once, of a network as its parents left it."""

from __future__ import annotations

from safetensors.torch import save

from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.splits import PARTS
from fer_lab.runs import Plan
from fer_lab.storage import write_bytes
from fer_lab.tasks.base import FaceTask
from fer_lab.tasks.callbacks import epoch_scores
from fer_lab.tasks.weights import restore, trained_state


def open_test(task: FaceTask, data: FaceDataModule, plan: Plan, epoch: int) -> None:
    """Scores of the test part by the selected weights, beside those of the other parts at that epoch."""
    restore(task.predictor, plan.entry.weights)
    found = epoch_scores(task, data, ("test",), epoch, plan.precision)
    plan.entry.add_scores(epoch, found)


def evaluate(task: FaceTask, data: FaceDataModule, plan: Plan) -> int:
    """Scores and weights of a model as it starts from its parents (``epochs=0``), as those of an epoch 0."""
    plan.entry.write_scores(0, epoch_scores(task, data, PARTS, 0, plan.precision))
    write_bytes(plan.entry.weights, save(trained_state(task.model)))
    return 0
