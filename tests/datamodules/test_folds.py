from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lab.datamodules.folds import balanced_folds, by_class, random_folds
from fer_lab.errors import ConfigError, DataError
from tests.drawing import make_split


def index(people: int = 12, images: int = 3) -> pd.DataFrame:
    rows = [(f"S{p:02}_{i}", f"S{p:02}", ("anger", "fear")[p % 2]) for p in range(people) for i in range(images)]
    return pd.DataFrame(rows, columns=["id", "subject", "label"])


def recipe(**changes: object) -> dict[str, object]:
    return {"kind": "folds", "folds": 4, "fold": 0, "seed": 0} | changes


@given(st.integers(2, 7), st.integers(0, 4), st.data())
@settings(max_examples=30, deadline=None)
def test_every_fold_gets_its_share_of_each_class(folds: int, seed: int, data: st.DataObject) -> None:
    counts = np.array(data.draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=20, max_size=40)))
    fold = balanced_folds(counts, folds, seed)
    sizes = np.array([counts[fold == number].sum(0) for number in range(folds)])
    assert (sizes.sum(0) == counts.sum(0)).all()
    assert np.ptp(sizes, axis=0).max() <= 6  # two subjects' worth; dealing them out at random gives up to 20


@given(st.lists(st.integers(0, 400), min_size=2, max_size=7), st.integers(0, 4))
@settings(max_examples=30, deadline=None)
def test_of_single_items_every_part_has_its_share_of_each_class(images: list[int], seed: int) -> None:
    """Rosa Ramos 2018, sec. 8.5: 15 % for the test, by the class distribution of the whole."""
    labels = np.repeat(np.arange(len(images)), images)
    if len(labels) < 3:
        return
    part = by_class(np.eye(len(images), dtype=np.int64)[labels], [153, 17, 30], seed)
    found = np.array([np.bincount(labels[part == number], minlength=len(images)) for number in range(3)])
    due = np.outer([0.765, 0.085, 0.15], images)
    assert (found.sum(0) == images).all()
    assert found.sum(1).min() > 0
    assert abs(found - due).max() <= 2


@given(st.integers(0, 4), st.data())
@settings(max_examples=30, deadline=None)
def test_people_are_dealt_out_as_near_to_that_as_their_sizes_allow(seed: int, data: st.DataObject) -> None:
    counts = np.array(data.draw(st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=40, max_size=90)))
    part = by_class(counts, [70, 10, 20], seed)
    found = np.array([counts[part == number].sum(0) for number in range(3)])
    assert abs(found - np.outer([0.7, 0.1, 0.2], counts.sum(0))).max() <= 8  # two people's worth


def test_stratified_parts_leave_nobody_out_and_depend_on_the_seed() -> None:
    sizes = {"train": 6, "val": 2, "test": 2}
    drawn = {"kind": "items", "stratified": True, "seed": 0, "clean": sizes, "thesis": sizes}
    clean, thesis = (make_split(index(), protocol, drawn) for protocol in ("clean", "thesis"))
    for split in (clean, thesis):
        assert sorted(split.train + split.val + split.test) == sorted(index()["id"])
    assert clean.leaks() == 0
    assert thesis.leaks() > 0.5
    assert thesis.test != make_split(index(), "thesis", drawn | {"seed": 1}).test
    assert [len(part) for part in (thesis.train, thesis.val, thesis.test)] == pytest.approx([21.6, 7.2, 7.2], abs=2)
    few = make_split(index(3), "clean", drawn)
    assert min(len(part) for part in (few.train, few.val, few.test)) == 3  # one of the three people each
    with pytest.raises(ConfigError, match="stratified goes by class"):
        make_split(index().drop(columns="label"), "clean", drawn)


def test_random_folds_differ_by_one_item_at_most() -> None:
    assert sorted(np.bincount(random_folds(327, 10, 0))) == [32] * 3 + [33] * 7


def test_clean_folds_keep_people_apart_and_thesis_folds_show_the_leak() -> None:
    clean = [make_split(index(), "clean", recipe(fold=fold)) for fold in range(4)]
    assert sorted(name for split in clean for name in split.test) == sorted(index()["id"])
    assert [split.leaks() for split in clean] == [0.0] * 4
    assert all(set(split.val).isdisjoint(split.test) for split in clean)
    thesis = make_split(index(), "thesis", recipe())
    assert thesis.leaks() > 0.5
    assert thesis.val == thesis.test
    assert thesis.notes == ("validation = test",)


def test_more_folds_than_people_are_refused() -> None:
    with pytest.raises(DataError, match="13 folds of 12 subjects"):
        make_split(index(), "clean", recipe(folds=13))
    with pytest.raises(ConfigError, match="fold=4"):
        make_split(index(), "clean", recipe(fold=4))


def test_a_whole_data_set_is_a_test_part_without_training() -> None:
    split = make_split(index(), "clean", {"kind": "whole"})
    assert split.train == split.val == ()
    assert len(split.test) == 36
    assert split.leaks() == 0


def test_a_manifest_is_read_back_and_a_leaky_one_refused(tmp_path: Path) -> None:
    path, split = tmp_path / "split.json", make_split(index(), "clean", recipe())
    path.write_text(json.dumps(split.manifest()))
    again = make_split(index(), "clean", recipe(manifest=str(path)))
    assert (again.train, again.val, again.test) == (split.train, split.val, split.test)
    leaky = split.manifest()
    leaky["ids"]["train"].append(leaky["ids"]["test"].pop())
    path.write_text(json.dumps(leaky))
    with pytest.raises(DataError, match="test items also in train"):
        make_split(index(), "clean", recipe(manifest=str(path)))
    assert make_split(index(), "thesis", recipe(manifest=str(path))).leaks() > 0


@pytest.mark.parametrize(
    ("text", "message"),
    [('{"ids": {}}', "cannot be used"), ('{"ids": {"train": ["x"], "val": [], "test": []}}', "not in the data set")],
)
def test_a_manifest_of_something_else_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "split.json"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        make_split(index(), "clean", recipe(manifest=str(path)))
