"""What else a run may be asked for is the same on two ranks: folds, steps, an average, pieces, and no training."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file
from torch.distributed import TCPStore  # type: ignore[attr-defined]

from fer_lab import tables
from fer_lab.configs import compose
from fer_lab.engine import ensure
from fer_lab.engine.ranks import HERE, _loopback
from fer_lab.engine.together import together
from fer_lab.engine.train import train
from fer_lab.ledger import WEIGHTS, Run, read_run
from fer_lab.models.geometry import Geometry
from fer_lab.runs import Plan, make_plan
from fer_lab.tasks.ranks import Ranks

pytestmark = pytest.mark.slow

CELL = "sase_hidden/geometry"
GIVEN = (f"cell={CELL}", "profile=smoke", "threads=1", "workers=1", "trainer.precision=32-true")
IN_FOLDS = ("data.split.kind=folds", "+data.split.folds=3", "+data.split.fold=${fold}", "fold=1")
ASKED = {
    "all at once": (*IN_FOLDS, "steps=5", "task.average=0.8", "micro_batch=7"),
    "no epoch": ("epochs=0", f"model._target_={__name__}.Still"),
}
STEPS = {"all at once": 5, "no epoch": 0}


class Still(Geometry):
    """A network that nothing trains, and that answers nevertheless."""

    trains: ClassVar[bool] = False


def plan_of(results: Path, name: str) -> Plan:
    given = [*GIVEN, f"paths.results={results}", *ASKED[name]]
    return make_plan(compose(given), CELL, given)


def train_all(plans: Sequence[Plan], port: int, rank: int) -> None:
    """Train every plan as one of two ranks; the processes start once for all of them."""
    tables.register()
    os.environ["GLOO_SOCKET_IFNAME"] = _loopback()
    store = TCPStore(HERE, port, is_master=False)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=2)
    for plan in plans:
        train(plan, torch.device("cpu"), Ranks(rank, 2), threads=1)
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """The runs of two ranks, by what they were asked for."""
    results = tmp_path_factory.mktemp("two")
    plans = {name: plan_of(results, name) for name in ASKED}
    store = TCPStore(HERE, 0, is_master=True, wait_for_workers=False)
    with ExitStack() as held:
        for plan in plans.values():
            held.enter_context(plan.entry.claim())
            plan.entry.write_config("")
        together(partial(train_all, list(plans.values()), store.port), 2)
    return {name: read_run(plan.entry.folder) for name, plan in plans.items()}


@pytest.mark.parametrize("name", ASKED)
def test_two_ranks_come_to_what_one_process_does(name: str, two: dict[str, Run], tmp_path: Path) -> None:
    plan = plan_of(tmp_path, name)
    ensure(plan)
    run, alone = two[name], read_run(plan.entry.folder)
    run.check()
    assert run.id == alone.id
    assert (run.fold, run.epochs, run.selected_epoch) == (alone.fold, alone.epochs, alone.selected_epoch)
    assert run.facts["iterations"] == alone.facts["iterations"] == STEPS[name]
    assert run.facts["items"] == alone.facts["items"]
    for part in ("train", "val", "test"):
        scores = run.scores(part, run.epochs - 1)
        assert scores["item"].is_unique
        pd.testing.assert_frame_equal(scores, alone.scores(part, alone.epochs - 1), atol=2e-3)
    torch.testing.assert_close(load_file(run.file(WEIGHTS)), load_file(alone.file(WEIGHTS)), atol=1e-5, rtol=1e-4)


def test_it_was_all_that_was_asked_for(two: dict[str, Run]) -> None:
    run = two["all at once"]
    assert (run.fold, run.folds) == (1, 3)
    assert run.facts["micro_batch"]["items"] == 7
    losses = pd.read_csv(run.file("losses.csv"))
    assert len(losses) == 5
    assert two["no epoch"].facts["weights"]["origin"] == Geometry.origin
