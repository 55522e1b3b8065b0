from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from fer_lab.errors import ConfigError
from fer_lab.evaluation.targets import Labels
from fer_lab.tasks.action_units import ActionUnits
from fer_lab.tasks.affect import Affect
from fer_lab.tasks.callbacks import BestWeights
from fer_lab.tasks.classification import Classification
from tests.tasks.contract import TARGETS, MakeTask, TaskContract, UnknownContract


class TestClassification(TaskContract):
    kind, target = Classification, TARGETS[0]


class TestActionUnits(UnknownContract):
    kind, target = ActionUnits, TARGETS[1]


class TestAffect(UnknownContract):
    kind, target = Affect, TARGETS[2]


def test_a_task_of_a_kind_that_there_is_not_is_refused(make_task: MakeTask) -> None:
    class Ordinal(Classification):
        kind = "ordinal"  # type: ignore[assignment]

    with pytest.raises(ConfigError, match=r"Ordinal\.kind is 'ordinal'\n.*'classes', 'labels', 'values'"):
        make_task(kind=Ordinal, target=TARGETS[0])


def test_the_first_epoch_is_kept_and_an_undefined_one_is_never_better(make_task: MakeTask, tmp_path: Path) -> None:
    task, best = (
        make_task(kind=ActionUnits, target=Labels(("a", "b", "c"))),
        BestWeights(tmp_path / "w.safetensors", Path.write_bytes),
    )
    kept = []
    for epoch, value in enumerate([math.nan, math.nan, 0.2, math.nan, 0.2, 0.3]):
        metrics = {"val/macro_f1": torch.tensor(value)}
        best.on_train_epoch_end(SimpleNamespace(callback_metrics=metrics, current_epoch=epoch), task)
        kept.append(best.epoch)
    assert kept == [0, 0, 2, 2, 2, 5]
