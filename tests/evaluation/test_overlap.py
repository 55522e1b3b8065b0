"""What two parts share: counted, named, and with the share of the first part's faces that are concerned."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from fer_lab.evaluation.overlap import grey_faces, groups_apart, overlaps, together, without

FACES = pd.DataFrame({"video": list("aabbccd"), "subject": ["s1", "s1", "s1", "s1", "s2", "s2", ""]})
PARTS = {"train": ["a", "d"], "val": ["c"], "test": ["b"]}
COPIES = {"exact": np.array([[1, 2], [4, 5]]), "near": np.array([[2, 4], [0, 3], [0, 1]])}


def test_people_videos_and_copies_are_counted_between_the_parts_only() -> None:
    test_train, test_val, val_train = overlaps(FACES, PARTS, COPIES)
    assert (test_train.part, test_train.other, test_train.faces) == ("test", "train", 2)
    assert test_train.people == ("s1",)
    assert test_train.videos == ()
    assert test_train.copies["exact"].tolist() == [[2, 1]]
    assert test_train.copies["near"].tolist() == [[3, 0]]
    assert {what: test_train.share(what) for what in test_train.touched} == {
        "people": 1.0, "videos": 0.0, "exact": 0.5, "near": 0.5,
    }  # fmt: skip
    assert test_train.share() == 1.0
    assert test_val.copies["near"].tolist() == [[2, 4]]
    assert test_val.number("near") == 1
    assert [len(found) for found in val_train.copies.values()] == [0, 0]
    assert val_train.share() == 0.0


def test_nobody_is_shared_where_nobody_is_named() -> None:
    found = overlaps(FACES.assign(subject=""), PARTS, COPIES)
    assert [overlap.people for overlap in found] == [(), (), ()]


def test_a_part_that_is_not_there_shares_nothing() -> None:
    assert overlaps(FACES, {"train": (), "val": (), "test": ("a", "b")}, COPIES) == []
    (only,) = overlaps(FACES, {"train": ("a",), "test": ("b",)}, COPIES)
    assert (only.part, only.other) == ("test", "train")


def test_a_video_in_two_parts_is_named() -> None:
    (only,) = overlaps(FACES, {"train": ("a", "b"), "test": ("b", "c")}, {})
    assert only.videos == ("b",)
    assert only.share("videos") == 0.5


def test_over_the_folds_each_pair_counts_once() -> None:
    folds = [overlaps(FACES, {"train": [one], "test": [other]}, COPIES)[0] for one, other in ("ab", "ba")]
    whole = together(folds)
    assert whole.faces == 4
    assert whole.people == ("s1",)
    assert whole.copies["exact"].tolist() == [[1, 2]]
    assert whole.share("exact") == 0.5


@given(st.lists(st.lists(st.sampled_from(["train", "val", "test"]), min_size=4, max_size=4), min_size=1, max_size=3))
def test_faces_of_one_group_are_never_in_two_parts(drawn: list[list[str]]) -> None:
    splits = [{part: [v for v, p in zip("abcd", own, strict=True) if p == part] for part in PARTS} for own in drawn]
    group = groups_apart(FACES["video"], splits)
    for own in drawn:
        part = FACES["video"].map(dict(zip("abcd", own, strict=True)))
        assert part.groupby(group).nunique().max() == 1
    apart = len({tuple(own[video] for own in drawn) for video in range(4)})
    assert len(set(group)) == apart


def test_faces_are_compared_in_grey_and_not_too_large() -> None:
    grey = np.arange(48 * 48, dtype=np.uint8).reshape(1, 48, 48, 1)
    assert np.array_equal(grey_faces(grey), grey[..., 0])
    colour = np.full((2, 100, 100, 3), (255, 0, 0), np.uint8)
    assert grey_faces(colour).shape == (2, 64, 64)
    assert set(grey_faces(colour).ravel().tolist()) == {76}


def test_pairs_that_are_known_are_left_out() -> None:
    pairs = np.array([[0, 1], [2, 3], [1, 4]])
    assert without(pairs, [np.array([[2, 3]])]).tolist() == [[0, 1], [1, 4]]
    assert without(pairs, [pairs]).shape == (0, 2)
