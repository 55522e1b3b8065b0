"""Copies: exact ones counted by part, near ones held against all pairs, conflicting labels, constant images."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lab.evaluation import near_copies
from fer_lab.evaluation.arrays import Images
from fer_lab.evaluation.duplicates import copy_groups, count_pairs, exact_pairs, find_duplicates, shared_subjects
from fer_lab.evaluation.near_copies import near_pairs


def smooth(seed: int, number: int, side: int) -> Images:
    """Pictures that look like pictures, so that reducing them keeps most of them."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 216, (number, 1 + side // 6, 1 + side // 6))
    return coarse.repeat(6, 1).repeat(6, 2)[:, :side, :side].astype(np.uint8)


def with_copies(seed: int, side: int) -> Images:
    """Twelve pictures, some of them again: darker, of less contrast, with noise, and one that is constant."""
    rng, images = np.random.default_rng(seed), smooth(seed, 12, side).astype(float)
    noise = images[:4] + rng.normal(0, rng.uniform(1, 30), (4, side, side))
    found = np.concatenate([images, images[:3] - 40, 60 + images[3:6] / 2, noise, np.full((1, side, side), 9)])
    return found.clip(0, 255).astype(np.uint8)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), side=st.sampled_from([7, 16, 23, 48]), limit=st.sampled_from([0.9, 0.98]))
def test_near_copies_are_all_pairs_that_correlate(seed: int, side: int, limit: float) -> None:
    images = with_copies(seed, side)
    flat = images.reshape(len(images), -1).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.corrcoef(flat)
    if np.nanmin(np.abs(correlation - limit)) < 1e-6:
        return  # a pair on the edge itself: rounding decides
    expected = np.argwhere(np.triu(np.nan_to_num(correlation) > limit, 1))
    assert near_pairs(images, limit).tolist() == expected.tolist()


@pytest.mark.parametrize("mirrored", [False, True])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), group=st.lists(st.integers(0, 2), min_size=23, max_size=23))
def test_near_copies_between_groups_and_in_the_mirror(mirrored: bool, seed: int, group: list[int]) -> None:
    images = with_copies(seed, 16)
    images[-3:] = images[1:4, :, ::-1]
    groups = np.array(group)
    flat, turned = (stack.reshape(len(images), -1).astype(float) for stack in (images, images[:, :, ::-1]))
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.corrcoef(flat, turned if mirrored else flat)[: len(images), len(images) :]
    if np.nanmin(np.abs(correlation - 0.98)) < 1e-6:
        return  # a pair on the edge itself: rounding decides
    expected = np.argwhere(np.triu(np.nan_to_num(correlation) > 0.98, 1) & (groups[:, None] != groups))
    assert near_pairs(images, group=groups, mirrored=mirrored).tolist() == expected.tolist()


def test_blocks_do_not_change_the_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    images = with_copies(1, 48)
    whole = near_pairs(images)
    monkeypatch.setattr(near_copies, "BLOCK", 5)
    assert len(whole) >= 3
    assert near_pairs(images).tolist() == whole.tolist()


def test_exact_copies_share_a_number_and_make_pairs() -> None:
    images = smooth(0, 3, 8)[[0, 1, 0, 2, 0, 1]]
    group = copy_groups(images)
    assert group.tolist() == [0, 1, 0, 2, 0, 1]
    assert exact_pairs(group).tolist() == [[0, 2], [0, 4], [1, 5], [2, 4]]


def test_pairs_are_counted_by_part_whichever_comes_first() -> None:
    pairs = np.array([[0, 1], [0, 2], [1, 3], [2, 3]])
    counted = count_pairs(pairs, pd.Series(["b", "a", "b", "a"]))
    assert counted.to_numpy().tolist() == [["a", "a", 1, 2, 2], ["b", "b", 1, 2, 2], ["a", "b", 2, 2, 2]]


def test_the_report_has_copies_conflicts_and_constant_images() -> None:
    images = np.concatenate([smooth(0, 4, 48), smooth(0, 2, 48), np.zeros((1, 48, 48), np.uint8)])
    images[5, 0, 0] ^= 1  # a near copy
    labels, parts = ["joy", "fear", "joy", "joy", "fear", "fear", "joy"], ["train"] * 4 + ["test"] * 3
    found = find_duplicates(images, labels, parts)
    assert found.exact.query("part != other").to_numpy().tolist() == [["test", "train", 1, 1, 1]]
    assert found.near.query("part != other").to_numpy().tolist() == [["test", "train", 1, 1, 1]]
    assert found.conflicts[["row", "part", "label"]].to_numpy().tolist() == [[0, "train", "joy"], [4, "test", "fear"]]
    assert found.constant.tolist() == [6]
    assert {kind: pairs.tolist() for kind, pairs in found.pairs.items()} == {"exact": [[0, 4]], "near": [[1, 5]]}


def test_different_images_have_no_copies() -> None:
    found = find_duplicates(smooth(0, 6, 16), ["joy"] * 6, [""] * 6)
    assert found.exact["pairs"].tolist() == found.near["pairs"].tolist() == [0]
    assert len(found.conflicts) == len(found.constant) == 0


def test_people_in_several_parts_are_named_and_nobody_is_nobody() -> None:
    assert shared_subjects(["s2", "s1", "s1", "s2", "", "", "s3"], "abbaabb") == []
    assert shared_subjects(["s2", "s1", "s1", "s2", "", ""], "aabbab") == ["s1", "s2"]
