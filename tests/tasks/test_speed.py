"""How fast a training is, measured on itself; no test says how fast it ought to be."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytorch_lightning import Trainer

from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.tasks.classification import Classification
from fer_lab.tasks.speed import BY_NVML, Speed, Unheard, spare
from tests.tasks.broken_runs import EPOCHS, Kill, KilledError, Run


@pytest.fixture
def run(make_task: Callable[..., Classification], data: FaceDataModule, tmp_path: Path) -> Callable[[], Run]:
    return lambda: Run(tmp_path, make_task(), copy.copy(data))


def test_every_step_but_the_first_ones_is_timed(run: Callable[[], Run]) -> None:
    speed = Speed()
    whole = run().fit(speed, first=True)
    steps = EPOCHS * len(whole.data.train_dataloader())
    found = speed.facts()["speed"]
    assert found["steps"] == steps - max(1, steps // 10)
    assert 0 < found["quartiles"][0] <= found["images_per_second"] <= found["quartiles"][1]
    assert found["first_epoch"] == 0


def test_a_resumed_run_says_since_when(run: Callable[[], Run]) -> None:
    with pytest.raises(KilledError):
        run().fit(Kill(1, "batch", 0))
    speed = Speed()
    resumed = run().fit(speed, first=True)
    steps = (EPOCHS - 1) * len(resumed.data.train_dataloader())
    assert (speed.facts()["speed"]["first_epoch"], len(speed.rates)) == (1, steps)


def test_of_a_single_step_nothing_is_known() -> None:
    speed = Speed()
    speed.rates = [10.0]
    assert speed.facts() == {}


def test_items_count_and_the_median_is_of_steps() -> None:
    speed = Speed()
    speed.rates = [1.0, 20.0, 30.0, 40.0, 500.0]
    assert speed.facts()["speed"] | {"steps": 4} == speed.facts()["speed"]
    assert speed.facts()["speed"]["images_per_second"] == 35.0


def test_what_nobody_asked_for_is_left_out_and_a_profiler_that_was_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BY_NVML, "1")
    quiet, profiled = Trainer(logger=False), Trainer(logger=False, profiler="simple")
    before = profiled.profiler
    for trainer in (quiet, profiled):
        spare(trainer)
    assert isinstance(quiet.profiler, Unheard)
    with quiet.profiler.profile("one"), quiet.profiler.profile("two"):
        assert profiled.profiler is before
    assert os.environ[BY_NVML] == "0"


def test_memory_is_asked_of_a_gpu_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    cuda = SimpleNamespace(  # that somebody has begun to use
        is_initialized=lambda: True,
        empty_cache=lambda: asked.append("emptied"),
        reset_peak_memory_stats=lambda: asked.append("reset"),
        max_memory_reserved=lambda: 5,
    )
    assert "gpu_memory" not in Speed().facts()
    monkeypatch.setattr("fer_lab.tasks.speed.CUDA", cuda)
    assert Speed().facts() == {"gpu_memory": 5}
    assert asked == ["emptied", "reset"]
