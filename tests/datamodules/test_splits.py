from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lab.datamodules.folds import share_out
from fer_lab.datamodules.splits import Split, draw_split
from fer_lab.errors import ConfigError, DataError
from tests.drawing import make_split

SUBJECTS = {
    "kind": "subjects",
    "seed": 0,
    "thesis": {"train": 65, "val": "same_as_test", "test": 15},
    "clean": {"train": 34, "val": 8, "test": 8},
}
GIVEN = {"kind": "given"} | {p: {"train": "Training", "val": "Private", "test": "Public"} for p in ("thesis", "clean")}


def people(count: int, videos: int = 2) -> pd.DataFrame:
    rows = [(f"{s:02}/{v}", f"{s:02}") for s in range(count) for v in range(videos)]
    return pd.DataFrame(rows, columns=["id", "subject"])


def parts_given() -> tuple[pd.DataFrame, dict[str, str]]:
    """Training holds a copy of a test and of a validation image, validation a copy of a test image."""
    ids = ["t1", "t2", "t3", "t4", "v1", "v2", "e1", "e2"]
    given = ["Training"] * 4 + ["Private"] * 2 + ["Public"] * 2
    hashes = dict(zip(ids, ["a", "b", "c", "d", "b", "y", "a", "y"], strict=True))
    return pd.DataFrame({"id": ids, "subject": "", "part_given": given}), hashes


def test_fifty_subjects_are_split_as_stated() -> None:
    split = make_split(people(50), "clean", SUBJECTS)
    assert {p: len(s) for p, s in split.manifest()["subjects"].items()} == {"train": 34, "val": 8, "test": 8}
    assert sorted(split.train + split.val + split.test) == sorted(people(50)["id"])
    assert split.leaks() == 0


def test_validation_that_is_the_test_part_is_stamped() -> None:
    split = make_split(people(80), "thesis", SUBJECTS)
    assert split.val == split.test
    assert len(split.manifest()["subjects"]["test"]) == 15
    assert split.notes == ("validation = test",)


def test_the_draw_depends_on_the_seed_and_not_on_the_order_of_the_index() -> None:
    index = people(50)
    split = make_split(index, "clean", SUBJECTS)
    assert set(make_split(index[::-1], "clean", SUBJECTS).test) == set(split.test)
    assert set(make_split(index, "clean", SUBJECTS | {"seed": 1}).test) != set(split.test)


def test_fewer_subjects_are_shared_out_in_proportion() -> None:
    assert share_out(6, [34, 8, 8]) == [4, 1, 1]
    assert share_out(6, [52, 13, 15]) == [4, 1, 1]
    assert share_out(3, [40, 5, 5]) == [1, 1, 1]
    assert share_out(80, [65, 15]) == [65, 15]


@given(st.integers(3, 200), st.lists(st.integers(1, 100), min_size=3, max_size=3))
def test_shares_use_every_subject_and_leave_no_part_empty(total: int, counts: list[int]) -> None:
    shares = share_out(total, counts)
    assert sum(shares) == total
    assert min(shares) >= 1


def test_two_subjects_are_too_few() -> None:
    with pytest.raises(DataError, match="2 subjects for 3 parts"):
        make_split(people(2), "clean", SUBJECTS)


def test_items_without_a_subject_are_named() -> None:
    index = people(5).assign(subject="")
    with pytest.raises(DataError, match="00/0"):
        make_split(index, "clean", SUBJECTS)


def test_a_clean_split_with_a_person_on_both_sides_does_not_start() -> None:
    subjects = {"a": "anna", "b": "bert", "c": "anna"}
    with pytest.raises(DataError, match="anna"):
        Split("clean", ("a",), ("b",), ("c",), subjects).check()
    leaky = Split("thesis", ("a",), ("b",), ("c",), subjects)
    leaky.check()
    assert leaky.leaks() == 1.0


def test_copies_between_people_make_a_clean_split_refuse() -> None:
    index = people(50)
    split = make_split(index, "clean", SUBJECTS)
    copies = dict(zip(index["id"], index["id"], strict=True)) | {split.test[0]: split.train[0]}
    with pytest.raises(DataError, match="also in train"):
        make_split(index, "clean", SUBJECTS, copies)
    thesis = make_split(index, "thesis", SUBJECTS)
    copies = dict(zip(index["id"], index["id"], strict=True)) | {thesis.test[0]: thesis.train[0]}
    assert make_split(index, "thesis", SUBJECTS, copies).leaks() == 1 / len(thesis.test)


def test_given_parts_run_as_written_with_their_leaks_counted() -> None:
    index, hashes = parts_given()
    split = make_split(index, "thesis", GIVEN, hashes)
    assert (split.train, split.val, split.test) == (("t1", "t2", "t3", "t4"), ("v1", "v2"), ("e1", "e2"))
    assert split.leaks() == 0.5


def test_clean_given_parts_lose_copies_but_never_a_test_item() -> None:
    index, hashes = parts_given()
    split = make_split(index, "clean", GIVEN, hashes)
    assert (split.train, split.val, split.test) == (("t3", "t4"), ("v1",), ("e1", "e2"))
    assert set(split.dropped) == {"t1", "t2", "v2"}
    assert split.leaks() == 0


def test_clean_given_parts_need_hashes() -> None:
    with pytest.raises(DataError, match="content hashes"):
        make_split(parts_given()[0], "clean", GIVEN)


def test_the_manifest_is_json_and_names_every_id() -> None:
    index, hashes = parts_given()
    manifest = json.loads(json.dumps(make_split(index, "clean", GIVEN, hashes).manifest()))
    named = [name for part in manifest["ids"].values() for name in part]
    assert sorted([*named, *manifest["dropped"]]) == sorted(index["id"])


def test_unknown_kinds_and_protocols_are_refused() -> None:
    with pytest.raises(ConfigError, match="subject"):
        make_split(people(5), "clean", SUBJECTS | {"kind": "subject"})
    with pytest.raises(ConfigError, match="dirty"):
        make_split(people(5), "dirty", SUBJECTS)


def test_a_part_without_items_is_refused() -> None:
    index, hashes = parts_given()
    with pytest.raises(DataError, match="leaves test without items"):
        make_split(index[index["part_given"] != "Public"], "thesis", GIVEN, hashes)


def test_items_of_nobody_are_dealt_out_one_by_one_and_stamped() -> None:
    index = pd.DataFrame({"id": [f"i{n:02d}" for n in range(40)], "subject": ""})
    recipe = {"kind": "items", "seed": 0, "clean": {"train": 70, "val": 10, "test": 20}}
    split = make_split(index, "clean", recipe)
    sizes = [len(split.ids(part)) for part in ("train", "val", "test")]
    assert sizes == [28, 4, 8]
    assert len(set(split.train) | set(split.val) | set(split.test)) == 40
    assert any("people are not known" in note for note in split.notes)
    assert split.leaks() == 0


def test_items_of_people_who_are_named_stay_together_but_under_thesis() -> None:
    subjects = [f"s{n % 6}" if n < 30 else "" for n in range(40)]
    index = pd.DataFrame({"id": [f"i{n:02d}" for n in range(40)], "subject": subjects})
    sizes = {"train": 60, "val": 20, "test": 20}
    recipe = {"kind": "items", "seed": 0, "clean": sizes, "thesis": sizes}
    clean = make_split(index, "clean", recipe)
    assert clean.leaks() == 0
    assert not clean.shared("val", "train")
    assert any("not known of 10 items" in note for note in clean.notes)
    thesis = make_split(index, "thesis", recipe)
    assert [len(thesis.ids(part)) for part in ("train", "val", "test")] == [24, 8, 8]
    assert thesis.leaks() > 0.5


def test_given_parts_that_are_not_given_are_refused() -> None:
    index = pd.DataFrame({"id": ["a", "b"], "subject": ["x", "y"]})
    recipe = {"kind": "given", "clean": {"train": "t", "val": "v", "test": "s"}}
    with pytest.raises(DataError, match="names no parts"):
        make_split(index, "clean", recipe)


def test_a_split_that_leaks_can_be_drawn_to_be_looked_at_and_is_refused_for_training() -> None:
    index, copies = people(3), {"00/0": "a", "00/1": "b", "01/0": "b", "01/1": "c", "02/0": "d", "02/1": "e"}
    recipe = SUBJECTS | {"clean": {"train": 1, "val": 1, "test": 1}}
    split = draw_split(index, "clean", recipe, copies)
    assert sorted(split.train + split.val + split.test) == sorted(index["id"])
    with pytest.raises(DataError, match="the clean split has 1 "):
        make_split(index, "clean", recipe, copies)


def test_exact_copies_stay_in_one_part_where_items_are_drawn() -> None:
    """As of a list of URLs, several of which give the same picture."""
    names = [f"i{number:02}" for number in range(40)]
    index = pd.DataFrame({"id": names, "subject": ["p0", "p1", *[""] * 38]})
    copies = {name: name for name in names} | dict.fromkeys(["i00", "i05", "i31"], "a") | {"i01": "b", "i31": "b"}
    recipe = {"kind": "items", "seed": 0, "clean": {"train": 5, "val": 2, "test": 3}}
    drawn = draw_split(index, "clean", recipe, copies)
    drawn.check()
    places = {name: part for part in ("train", "val", "test") for name in drawn.ids(part)}
    assert len(places) == 40
    assert places["i00"] == places["i05"]
    assert places["i01"] == places["i31"]  # copies of one another
    alone = draw_split(index, "clean", recipe, {name: name for name in names})
    assert alone.train == draw_split(index, "clean", recipe, None).train


def test_people_are_one_unit_with_those_whose_copies_they_have() -> None:
    index = pd.DataFrame({"id": [f"i{n}" for n in range(30)], "subject": [f"p{n // 2}" for n in range(30)]})
    copies = {f"i{n}": "same" if n in (0, 10, 21) else str(n) for n in range(30)}
    recipe = {"kind": "items", "seed": 1, "clean": {"train": 5, "val": 2, "test": 3}}
    drawn = draw_split(index, "clean", recipe, copies)
    drawn.check()
    places = {name: part for part in ("train", "val", "test") for name in drawn.ids(part)}
    assert len({places[name] for name in ("i0", "i1", "i10", "i11", "i20", "i21")}) == 1
