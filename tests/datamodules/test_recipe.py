"""A recipe for the parts of a data set is refused by name before anything is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from fer_lab.configs import compose
from fer_lab.datamodules.recipe import AS_PRINTED, CLEAN, THESIS, check_recipe
from fer_lab.datamodules.splits import draw_split
from fer_lab.errors import ConfigError
from fer_lab.runs import check_run

SIZES: dict[str, Any] = {"train": 4, "val": 2, "test": 2}
DATA = Path(__file__).parents[2] / "conf" / "data"


def recipe(**changes: Any) -> dict[str, Any]:
    return {"kind": "subjects", "seed": 0, **dict.fromkeys((CLEAN, AS_PRINTED, THESIS), SIZES), **changes}


@pytest.mark.parametrize("protocol", [CLEAN, AS_PRINTED, THESIS])
@pytest.mark.parametrize("path", sorted(DATA.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_recipes_of_conf_are_as_they_should_be(path: Path, protocol: str) -> None:
    split = (yaml.safe_load(path.read_text()) or {}).get("split")
    if split and "kind" in split and "defaults" not in path.read_text():
        check_recipe({"seed": 0, **split}, protocol)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "Subjects"}, r"data\.split\.kind='Subjects'"),
        ({"seed": 1.5}, r"data\.split\.seed=1\.5"),
        ({"seed": -1}, r"data\.split\.seed=-1"),
        ({"near_copies": "drops"}, r"data\.split\.near_copies='drops'"),
        ({"conflicts": True}, r"data\.split\.conflicts=True"),
        ({"together": "people"}, r"(?s)data\.split\.together='people'.*near_copies"),
        ({"stratified": "yes"}, r"data\.split\.stratified='yes'"),
        ({"stratified": True, "kind": "given"}, r"(?s)stratified=True, kind=given.*subjects, items"),
        ({AS_PRINTED: {**SIZES, "test": 0}}, r"data\.split\.as_printed\.test=0"),
        ({AS_PRINTED: {**SIZES, "train": "of_train"}}, r"data\.split\.as_printed\.train='of_train'"),
        ({AS_PRINTED: {**SIZES, "val": "foo"}}, r"(?s)as_printed\.val='foo'.*of_train with a share"),
        ({AS_PRINTED: {**SIZES, "val": "of_train"}}, r"data\.split\.as_printed\.share=None"),
        *(
            ({AS_PRINTED: {**SIZES, "val": "of_train", "share": share}}, rf"as_printed\.share={share}")
            for share in (0, 1, 2, -1, float("nan"))
        ),
        ({AS_PRINTED: None}, r"(?s)no protocol 'as_printed'.*clean or thesis"),
        ({"kind": "folds", "folds": 1}, r"data\.split\.folds=1"),
        ({"kind": "folds"}, r"data\.split\.folds=None"),
        ({"kind": "folds", "folds": 5}, r"data\.split\.as_printed\.share=None"),
    ],
)
def test_what_a_recipe_must_not_say_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_recipe(recipe(**changes), AS_PRINTED)


def test_a_manifest_takes_the_place_of_sizes() -> None:
    check_recipe(recipe(manifest="split.json", as_printed=None), AS_PRINTED)


def test_items_of_people_who_are_known_stay_together_or_leak_and_say_so() -> None:
    index = pd.DataFrame({"id": [f"v{n:02d}" for n in range(24)], "subject": [f"P{n // 6}" for n in range(24)]})
    assert draw_split(index, CLEAN, recipe(kind="items")).leaks() == 0
    leaky = draw_split(index, THESIS, recipe(kind="items"))
    assert leaky.leaks() > 0
    assert leaky.notes == ()
    half = draw_split(index.assign(subject=[""] * 6 + [f"P{n // 6}" for n in range(18)]), THESIS, recipe(kind="items"))
    assert half.notes == ("people are not known of 6 items: the same person may be in training and test",)


def test_a_run_with_nothing_to_train_on_is_refused_before_it_starts() -> None:
    with pytest.raises(ConfigError, match="kind=whole leaves nothing to train on"):
        check_run(compose(["cell=oulu_casia/cnn_frontal", "profile=smoke", "data.split.kind=whole"]))
