"""The protocol whose sizes are the thesis's own and whose people are disjoint."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
import yaml

from fer_lab.datamodules.splits import PARTS, Split
from fer_lab.errors import ConfigError, DataError
from tests.drawing import make_split

RECIPES = {
    path.stem: page["split"]
    for path in sorted((Path(__file__).parents[2] / "conf" / "data").glob("*.yaml"))
    if "split" in (page := yaml.safe_load(path.read_text())) and "kind" in page["split"]
}
PEOPLE = {"sase_fe": 50, "oulu_casia": 80, "ck_plus": 118}


def index(people: int) -> pd.DataFrame:
    """Two videos of each person, the copy of one image in two of the given parts."""
    rows = [(f"{who:03}/{video}", f"p{who:03}", ("anger", "fear")[video]) for who in range(people) for video in (0, 1)]
    given = ["Training", "PrivateTest", "PublicTest"]
    frame = pd.DataFrame(rows, columns=["id", "subject", "label"])
    return frame.assign(part_given=[given[number % 3] for number in range(len(frame))])


def copies(frame: pd.DataFrame) -> dict[str, str]:
    hashes = {name: name for name in frame["id"]}
    return hashes | {"000/0": hashes["001/0"]}  # one of Training, one of PublicTest


def drawn(name: str, **changes: object) -> Split:
    recipe, frame = RECIPES[name], index(PEOPLE.get(name, 40))
    whole = {**recipe, "fold": 0, **changes}
    if recipe["kind"] != "given":
        return make_split(frame, "as_printed", whole)
    return make_split(frame.assign(subject=""), "as_printed", whole, copies(frame))


def people(split: Split) -> dict[str, set[str]]:
    return {part: {split.subjects[name] for name in split.ids(part)} for part in PARTS}


@pytest.mark.parametrize("name", sorted(name for name in RECIPES if RECIPES[name]["kind"] != "whole"))
def test_every_data_set_has_disjoint_parts_as_printed(name: str) -> None:
    split = drawn(name)
    assert split.leaks() == 0
    assert all(split.ids(part) for part in PARTS)
    for one, other in combinations(PARTS, 2):
        assert set(split.ids(one)).isdisjoint(split.ids(other))
        assert (people(split)[one] & people(split)[other]) <= {""}


def test_the_sizes_are_those_of_the_thesis() -> None:
    assert {part: len(who) for part, who in people(drawn("sase_fe")).items()} == {"train": 40, "val": 5, "test": 5}
    assert drawn("sase_fe").notes == ()


def test_who_validates_comes_out_of_training_where_the_sizes_leave_nobody_and_is_counted() -> None:
    split = drawn("oulu_casia")
    assert {part: len(who) for part, who in people(split).items()} == {"train": 60, "val": 5, "test": 15}
    assert split.notes == ("5 of the 65 training people validate",)
    assert split.manifest()["notes"] == list(split.notes)


def test_all_other_folds_train_but_for_the_few_who_validate() -> None:
    folds = [drawn("ck_plus", fold=fold) for fold in range(5)]
    assert sorted(name for split in folds for name in split.test) == sorted(index(118)["id"])
    for split in folds:
        sizes = {part: len(who) for part, who in people(split).items()}
        assert sizes["val"] == 8
        assert sizes["train"] == 118 - sizes["test"] - 8
        assert split.notes == (f"8 of the {118 - sizes['test']} training people validate",)
    clean = make_split(index(118), "clean", {**RECIPES["ck_plus"], "fold": 0})
    assert len(folds[0].train) > len(clean.train)
    assert set(folds[0].test) == set(clean.test)


def test_given_parts_lose_the_copies_that_clean_drops() -> None:
    frame = index(40).assign(subject="")
    clean = make_split(frame, "clean", RECIPES["fer2013"], copies(frame))
    printed = drawn("fer2013")
    assert clean.dropped
    assert all(clean.ids(part) == printed.ids(part) for part in PARTS)
    assert clean.dropped == printed.dropped


def test_a_leak_is_refused_as_under_clean() -> None:
    with pytest.raises(DataError, match="the as_printed split has 1 test items also in train: x"):
        Split("as_printed", ("a",), ("b",), ("c",), {"a": "x", "b": "y", "c": "x"}).check()


def test_a_recipe_without_it_is_refused_and_says_what_it_has() -> None:
    recipe = {key: value for key, value in RECIPES["sase_fe"].items() if key != "as_printed"}
    with pytest.raises(ConfigError, match="clean or thesis"):
        make_split(index(50), "as_printed", recipe)
