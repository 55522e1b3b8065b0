"""A learning rate that falls once validation no longer gets better."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import torch
from hydra.utils import instantiate

from fer_lab.configs import compose
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.tasks.classification import Classification
from tests.tasks.broken_runs import EPOCHS, Kill, KilledError, Run

RATE = 0.05
"""That of the tasks here."""


@pytest.fixture
def make_run(make_task: Callable[..., Classification], data: FaceDataModule) -> Callable[..., Run]:
    def make(folder: Path, **changes: float) -> Run:
        folder.mkdir(exist_ok=True)
        config = compose(["scheduler=plateau", "data=generated"])["scheduler"]
        return Run(folder, make_task(schedule=instantiate({**config, **changes})), copy.copy(data))

    return make


def history(run: Run) -> pd.DataFrame:
    return pd.read_csv(run.folder / "history.csv")


@pytest.mark.parametrize(("changes", "falls"), [({"patience": 0, "threshold": 1.0}, 1), ({"patience": 1}, None)])
def test_the_rate_falls_after_epochs_that_validate_no_better(
    make_run: Callable[..., Run], tmp_path: Path, changes: dict[str, float], falls: int | None
) -> None:
    found = history(make_run(tmp_path, min_lr=0.0, **changes).fit())
    least, best, flat, rate = changes.get("threshold", 0.0), -1.0, 0, RATE
    for now, value in zip(found["lr"], found["val/accuracy"], strict=True):
        assert now == pytest.approx(rate)
        best, flat = (value, 0) if value > best + least else (best, flat + 1)
        rate, flat = (rate / 10, 0) if flat > changes["patience"] else (rate, flat)
    if falls is not None:
        assert found["lr"].tolist() == pytest.approx([RATE, RATE, *(RATE / 10**n for n in range(1, EPOCHS - 1))])


def test_it_falls_no_further_than_it_may(make_run: Callable[..., Run], tmp_path: Path) -> None:
    found = history(make_run(tmp_path, patience=0, threshold=1.0, min_lr=RATE / 10).fit())
    assert found["lr"].tolist() == pytest.approx([RATE, RATE, RATE / 10, RATE / 10])


@pytest.mark.parametrize("kill", [Kill(1, "epoch"), Kill(2, "batch", 1)], ids=str)
def test_a_broken_run_goes_on_as_if_unbroken(make_run: Callable[..., Run], tmp_path: Path, kill: Kill) -> None:
    changes = {"patience": 1, "threshold": 1.0, "min_lr": 0.0}
    whole, broken = make_run(tmp_path / "whole", **changes).fit(), make_run(tmp_path / "broken", **changes)
    with pytest.raises(KilledError):
        broken.fit(kill)
    torch.manual_seed(999)
    resumed = make_run(tmp_path / "broken", **changes).fit()
    assert history(whole)["lr"].nunique() > 1
    for name in ("history.csv", "losses.csv", resumed.weights.name):
        assert (resumed.folder / name).read_bytes() == (whole.folder / name).read_bytes()


def test_what_the_test_part_shows_changes_nothing(make_run: Callable[..., Run], tmp_path: Path) -> None:
    whole, other = (make_run(tmp_path / name, patience=0) for name in ("whole", "other"))
    table = other.data.items.table.copy()
    table.loc[table["part"] == "test", "label"] = 0
    other.data.items = type(other.data.items)(
        table, other.data.items.rows, other.data.items.sources, other.data.skipped
    )
    pd.testing.assert_frame_equal(history(other.fit()), history(whole.fit()))
