"""What a command line has set for a run beside what its cell says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pytest

from fer_lab.configs import compose
from fer_lab.runs import Plan
from fer_lab.runs.own_settings import own_settings


@dataclass
class Asked:
    cell: str
    config: dict[str, Any]
    seed: int = 1


def settings(*overrides: str, cell: str = "emotionet_studies/batch_128") -> dict[str, Any]:
    return own_settings(cast(Plan, Asked(cell, compose([f"cell={cell}", "profile=smoke", "seed=1", *overrides]))))


@pytest.mark.parametrize("overrides", [(), ("batch_size=128",), ("jobs=3", "threads=2"), ("protocol=thesis",)])
def test_a_cell_as_it_stands_has_none(overrides: tuple[str, ...]) -> None:
    assert settings(*overrides) == {}


def test_what_is_set_is_named_with_its_value() -> None:
    assert settings("batch_size=32", "optimizer.lr=0.1") == {"batch_size": 32, "optimizer.lr": 0.1}
    assert settings("steps=null") == {"steps": None, "epochs": 2}


def test_which_fold_a_run_is_is_no_setting() -> None:
    cell = "ck_transfer/peaks_5_fc"
    assert settings("fold=2", cell=cell) == {}
    assert settings("fold=2", "data.split.folds=3", cell=cell) == {"data.split.folds": 3}
