"""Recipes: the runs of a sweep before any data are opened, the same on both sides."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_lab.configs import compose
from fer_lab.errors import ConfigError
from fer_lab.runs import make_plan
from fer_lab.runs.recipes import Recipe, recipe_of, recipes

SMOKE = ("profile=smoke", "source=real", "seed=0")


def of(*words: str) -> dict[tuple[str, int, int | None], Recipe]:
    return {(one.cell, one.seed, one.fold): one for one in recipes([*SMOKE, *words])}


def test_parents_come_first_and_each_run_once() -> None:
    found = recipes(["table=moravcik_2021-text-6.4.3", "profile=smoke", "source=real", "seed=0,1"])
    assert [(one.cell, one.seed) for one in found] == [
        ("fer2013_final/final", 0), ("ck_direct/final", 0), ("fer2013_final/final", 1), ("ck_direct/final", 1)
    ]  # fmt: skip
    assert found[1].parents == (found[0],)
    assert len({one.id for one in found}) == 4


def test_every_fold_is_a_recipe_of_its_own() -> None:
    found = of("cell=ck_transfer/peaks_5_fc")
    folds = {one.fold: one for one in found.values() if one.cell == "ck_transfer/peaks_5_fc"}
    assert sorted(fold for fold in folds if fold is not None) == [0, 1, 2, 3, 4]
    assert {one.folds for one in folds.values()} == {5}
    assert len({one.id for one in folds.values()}) == 5


def test_where_things_lie_does_not_count_and_what_is_set_does(tmp_path: Path) -> None:
    cell = ("ck_direct/final", 0, None)
    plain = of("cell=ck_direct/final")[cell]
    assert of("cell=ck_direct/final", f"paths.data={tmp_path}", "threads=3")[cell].id == plain.id
    other = of("cell=ck_direct/final", "model.width=0.25")[cell]
    assert other.id != plain.id
    assert (plain.settings, other.settings) == ({}, {"model.width": 0.25})


def test_parts_are_as_printed_where_those_of_the_parents_are() -> None:
    words = ("cell=oulu_casia/cnn_frontal", "source.weights=embedded")
    (clean,), (printed,) = of(*words).values(), of(*words, "protocol=as_printed").values()
    assert (clean.as_printed, printed.as_printed) == (False, True)


def test_a_split_of_this_machine_cannot_be_said(tmp_path: Path) -> None:
    (tmp_path / "split.json").write_text("{}")
    with pytest.raises(ConfigError, match="a file of ids that only this machine has"):
        of("cell=oulu_casia/cnn_frontal", f"data.split.manifest={tmp_path / 'split.json'}")


def test_a_plan_has_the_recipe_that_was_there_before_its_data() -> None:
    words = ["cell=ck_direct/final", "profile=smoke", "seed=1"]
    plan = make_plan(compose(words), "ck_direct/final", words)
    (recipe,) = (one for one in recipes(words) if one.cell == "ck_direct/final")
    assert recipe_of(plan).id == recipe.id
    assert recipe_of(plan).parents[0].id == recipe.parents[0].id
    assert plan.id != recipe.id
