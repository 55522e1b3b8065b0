"""A run's variant: what its seeds and folds share, and nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fer_lab.configs import compose
from fer_lab.runs import Plan


def plan(*overrides: str, signature: str = "s", parents: tuple[Plan, ...] = ()) -> Plan:
    config = compose(["cell=ck_transfer/peaks_5_fc", "profile=smoke", *overrides])
    source: Any = SimpleNamespace(signature=signature)
    return Plan("ck_transfer/peaks_5_fc", config, source, parents)


@pytest.mark.parametrize("change", ["seed=1", "fold=3"])
def test_seeds_and_folds_share_it(change: str) -> None:
    assert plan(change).variant == plan("seed=0", "fold=0").variant
    assert plan(change).id != plan("seed=0", "fold=0").id


@pytest.mark.parametrize("change", ["optimizer.lr=0.5", "protocol=thesis", "data.split.folds=7", "epochs=3"])
def test_settings_do_not(change: str) -> None:
    assert plan(change).variant != plan().variant


def test_nor_do_data_and_parents() -> None:
    assert plan(signature="other").variant != plan().variant
    assert plan(parents=(plan(),)).variant == plan(parents=(plan("seed=4"),)).variant != plan().variant


def test_a_run_says_of_how_many_folds_it_is_one() -> None:
    assert (plan("fold=3").fold, plan("fold=3").folds) == (3, 5)
    alone = Plan("ck_transfer/whole_fc", compose(["cell=ck_transfer/whole_fc", "profile=smoke"]), plan().source, ())
    assert alone.config["fold"] == 0
    assert (alone.fold, alone.folds) == (None, 1)
    images = Plan("fer2013_final/final", compose(["cell=fer2013_final/final", "profile=smoke"]), plan().source, ())
    assert (images.fold, images.folds) == (None, 1)
