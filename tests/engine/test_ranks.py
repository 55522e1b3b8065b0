"""Runs on two devices: the runs of one, in a sweep and alone, killed and resumed, without enough memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor

from fer_lab.configs import compose
from fer_lab.engine import ensure
from fer_lab.engine.ranks import devices_of
from fer_lab.errors import ConfigError, TrainingError
from fer_lab.ledger import Run, read_run, read_runs
from fer_lab.models.fine_tuned import FineTuned
from fer_lab.runs import Plan, make_plan

pytestmark = pytest.mark.slow

CELL = "sase_hidden/cnn_frontal"
GIVEN = (f"cell={CELL}", "profile=smoke", "threads=2", "workers=1", "epochs=2", "trainer.precision=32-true")
TWO = ("trainer.accelerator=cpu", "trainer.devices=2", "trainer.strategy=ddp")
MOST = 5


class Breaking(FineTuned):
    """With room for a few items in training; the second process dies in the second epoch, the first time."""

    def __init__(self, num_classes: int, backbone: Any, fc: int, freeze: str, dropout: float, died: str) -> None:
        super().__init__(num_classes, backbone, fc, dropout)
        self.died, self.predicted = Path(died), 0

    def forward(self, *inputs: Tensor) -> Tensor:
        """Logits, or the end."""
        if self.training and len(inputs[0]) > MOST:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        ranks = torch.distributed.is_initialized() and torch.distributed.get_rank()
        if self.training and self.predicted and ranks and not self.died.exists():
            self.died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        self.predicted += not self.training
        return super().forward(*inputs)


def plan_of(results: Path, *more: str) -> Plan:
    given = [*GIVEN, f"paths.results={results}", *more]
    return make_plan(compose(given), CELL, given)


def trained_alone(results: Path, *more: str) -> Run:
    plan = plan_of(results, *more)
    ensure(plan)
    return read_run(plan.entry.folder)


def assert_same(run: Run, alone: Run) -> None:
    """The same run, by another division of its work."""
    assert run.id == alone.id
    run.check()
    losses = [pd.read_csv(one.folder / "losses.csv") for one in (run, alone)]
    pd.testing.assert_frame_equal(*losses, atol=1e-5, rtol=1e-5)
    history = [pd.read_csv(one.folder / "history.csv") for one in (run, alone)]
    pd.testing.assert_frame_equal(*history, atol=1e-3, rtol=1e-3)
    for part in ("train", "val", "test"):
        scores = run.scores(part, run.epochs - 1)
        assert scores["item"].is_unique
        pd.testing.assert_frame_equal(scores, alone.scores(part, alone.epochs - 1), atol=2e-3)


@pytest.mark.long
def test_a_sweep_of_runs_on_two_devices_is_that_sweep(root: Path, tmp_path: Path) -> None:
    sweep = ("run.py", "-m", *GIVEN, "seed=0,1", *TWO, "jobs=1", f"paths.results={tmp_path / 'two'}")
    done = subprocess.run([sys.executable, *sweep], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "2 runs: 2 trained, 0 there already, 0 not done" in done.stderr
    runs = read_runs(tmp_path / "two" / "runs")
    assert [len(list((tmp_path / "two" / place).glob("*/"))) for place in ("sweeps", "runs")] == [1, 2]
    assert [run.facts["devices"] for run in runs] == [2, 2]
    assert [run.facts["threads"] for run in runs] == [1, 1]
    first = next(run for run in runs if run.seed == 0)
    alone = trained_alone(tmp_path / "one")
    assert_same(first, alone)
    assert "devices" not in alone.facts
    assert (first.folder / "rank-1.txt").exists()


@pytest.mark.long
def test_ranks_that_break_go_on_and_do_with_less_memory(tmp_path: Path) -> None:
    own = ("backbone_store=off", f"model._target_={__name__}.Breaking", f"+model.died={tmp_path / 'died'}")
    plan = plan_of(tmp_path / "two", *own, *TWO)
    with pytest.raises(TrainingError, match="rank 1 was killed"):
        ensure(plan)
    assert plan.entry.state() == "failed"
    assert plan.entry.checkpoint.is_file()
    ensure(plan)
    run, alone = read_run(plan.entry.folder), trained_alone(tmp_path / "one", *own)
    assert_same(run, alone)
    assert run.facts["micro_batch"]["items"] <= MOST
    assert alone.facts["micro_batch"]["items"] <= MOST
    assert not run.facts["micro_batch"]["batch_statistics"]
    assert run.facts["iterations"] == alone.facts["iterations"]


@pytest.mark.parametrize(
    "settings",
    [
        {"accelerator": "cpu", "devices": 1000},
        {"accelerator": "cpu", "devices": 0},
        {"accelerator": "mps", "devices": 2},
        {"accelerator": "gpu", "devices": torch.cuda.device_count() + 1},
    ],
    ids=str,
)
def test_devices_that_are_not_there_are_named(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=rf"trainer\.devices={settings['devices']}"):
        devices_of(settings)


def test_a_gpu_that_this_process_sees_is_meant_by_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    found = devices_of({"accelerator": "auto", "devices": "auto"})
    assert found == [torch.device("cuda", number) for number in range(3)]
    assert devices_of({"accelerator": "gpu", "devices": [2, 0]}) == [torch.device("cuda", 2), torch.device("cuda", 0)]
    assert devices_of({"accelerator": "cpu", "devices": "auto"}) == [torch.device("cpu")]
