"""The finished runs of what was planned."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fer_lab.errors import ConfigError
from fer_lab.runs import finished_runs


def plan(variant: str) -> Any:
    return SimpleNamespace(variant=variant, entry=SimpleNamespace(state=lambda: "missing"))


def test_a_cell_that_is_asked_for_with_two_settings_is_refused_not_taken_for_folds() -> None:
    with pytest.raises(ConfigError, match="e/one is asked for with several settings"):
        finished_runs([("e/one", 0, plan("slow")), ("e/one", 0, plan("fast"))])


def test_folds_and_seeds_of_a_cell_stand_side_by_side() -> None:
    assert finished_runs([("e/one", seed, plan("slow")) for seed in (0, 0, 1)] + [("e/two", 0, plan("fast"))]) == {}
