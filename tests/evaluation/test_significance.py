"""Tests between cells against published examples and SciPy, and what they refuse."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, permutation_test

from fer_lab import evaluation
from fer_lab.errors import DataError
from fer_lab.evaluation.significance import mcnemar_of, swap_test

DARWIN = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48])
"""Cross- minus self-fertilised maize, eighths of an inch: Fisher 1935, The Design of Experiments, sec. 17 and 21."""


def cell(
    seeds: Sequence[int], skill: float, people: int | None = 8, items: int = 96, classes: int = 4
) -> list[pd.DataFrame]:
    """Scores of seeds that are right with a probability of ``skill``, on the same items; no subjects with None."""
    frames = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        label = np.arange(items) % classes
        answer = np.where(rng.random(items) < skill, label, rng.integers(0, classes, items))
        subject = [f"s{i % people}" if people else None for i in range(items)]
        frame = pd.DataFrame({"item": np.arange(items), "video": np.arange(items), "subject": subject, "part": "test"})
        p = pd.DataFrame(np.eye(classes)[answer], columns=[f"p{i}" for i in range(classes)])
        frames.append(pd.concat([frame.assign(epoch=0, label=label), p], axis=1))
    return frames


def first_cell(matrix: np.ndarray) -> np.ndarray:
    return matrix[..., 0, 0]


def test_fishers_test_of_darwins_maize():
    """Of the 32,768 ways to give the 15 differences a sign, 863 give a sum of 314 or more: p = 1726 / 32768."""
    pairs = DARWIN.astype(float).reshape(-1, 1, 1), np.zeros((15, 1, 1))
    assert swap_test(*pairs, first_cell, 40_000, 0) == 1726 / 32768
    assert swap_test(*pairs, first_cell, 20_000, 0) == pytest.approx(1726 / 32768, abs=0.006)


@pytest.mark.parametrize("people", [6, 9])
def test_few_people_agree_with_scipy_exactly(people):
    first, second = cell([0, 1, 2], 0.6, people, items=90), cell([3, 4, 5], 0.45, people, items=90)

    def right(frames: list[pd.DataFrame]) -> np.ndarray:
        hits = [(evaluation.predictions(f) == f["label"]).groupby(f["subject"]).sum() for f in frames]
        return np.mean(hits, axis=0)

    theirs = permutation_test(
        (right(first), right(second)),
        lambda x, y, axis: x.sum(axis=axis) - y.sum(axis=axis),
        permutation_type="samples",
        vectorized=True,
    )
    assert evaluation.paired_test(first, second, evaluation.accuracy) == pytest.approx(theirs.pvalue)


def test_many_items_agree_with_scipy_about():
    first, second = cell([0], 0.60, None, items=400), cell([1], 0.53, None, items=400)
    truth = first[0]["label"].to_numpy()
    answers = np.array([evaluation.predictions(frames[0]) for frames in (first, second)])

    def difference(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
        def macro_f1(a: np.ndarray) -> np.ndarray:
            stack = np.array([[(truth == t) & (a == p) for p in range(4)] for t in range(4)]).sum(axis=-1)
            return evaluation.macro_f1(np.moveaxis(stack, (0, 1), (-2, -1)).astype(float))

        return macro_f1(x) - macro_f1(y)

    theirs = permutation_test(
        tuple(answers), difference, permutation_type="samples", vectorized=True, n_resamples=4000, rng=0
    )
    assert evaluation.paired_test(first, second, evaluation.macro_f1) == pytest.approx(theirs.pvalue, abs=0.03)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(1, 3), st.booleans())
def test_a_p_value_is_one_whichever_cell_comes_first(seed, people, seeds, few):
    names = range(seed, seed + seeds)
    first, second = cell(names, 0.7, people), cell([n + 7 for n in names], 0.5, people)
    p = evaluation.paired_test(first, second, evaluation.uar, draws=64 if few else 2000)
    assert 0 < p <= 1
    again = evaluation.paired_test(second, first, evaluation.uar, draws=64 if few else 2000)
    assert p == again if 2**people < 64 else abs(p - again) < 0.35
    assert evaluation.paired_test(first, first, evaluation.uar) == 1


def test_what_is_plainly_different_is_found():
    first, second = cell([0, 1], 0.9, 12), cell([2, 3], 0.3, 12)
    assert evaluation.paired_test(first, second, evaluation.accuracy) == pytest.approx(2 / 2**12)
    assert evaluation.paired_test(first, second, evaluation.accuracy, draws=1000) == pytest.approx(1 / 1001, rel=2)


def test_cells_with_other_items_are_compared_by_subject():
    """Frames against clips: twelve items a person in one cell, two in the other, other numbers of seeds."""
    frames, clips = cell([0, 1, 2], 0.6, 8), cell([3], 0.6, 8, items=16)
    assert 0 < evaluation.paired_test(frames, clips, evaluation.accuracy) <= 1
    assert evaluation.paired_test(cell([0], 1.0, 8), cell([0], 1.0, 8, items=16), evaluation.accuracy) == 1


def test_undefined_scores_give_an_undefined_p():
    first, second = cell([0], 0.6), cell([1], 0.6)
    first[0].loc[3, "p1"] = np.nan
    assert np.isnan(evaluation.paired_test(first, second, evaluation.accuracy))
    assert np.isnan(evaluation.mcnemar(first, second))
    assert np.isnan(evaluation.seed_test(first * 8, second * 8, evaluation.accuracy))


def test_what_cannot_be_paired_is_refused():
    first, strangers = cell([0], 0.6), cell([1], 0.6)
    strangers[0]["subject"] = "x" + strangers[0]["subject"]
    with pytest.raises(DataError, match="no subject"):
        evaluation.paired_test(first, strangers, evaluation.accuracy)
    with pytest.raises(DataError, match="classes"):
        evaluation.paired_test(first, cell([1], 0.6, classes=6), evaluation.accuracy)
    with pytest.raises(DataError, match="different items"):
        evaluation.mcnemar(first, cell([1], 0.6, items=48))


def test_seeds_are_tested_from_eight_on():
    first, second = cell(range(8), 0.9), cell(range(8, 16), 0.3)
    assert evaluation.seed_test(first, second, evaluation.accuracy) == pytest.approx(2 / 2**8)
    with pytest.raises(DataError, match="at least 8"):
        evaluation.seed_test(first[:7], second[:7], evaluation.accuracy)
    with pytest.raises(DataError, match="8 and 7"):
        evaluation.seed_test(first, second[:7], evaluation.accuracy)


@pytest.mark.parametrize(("only_first", "only_second", "wanted"), [(1, 7, 0.070), (6, 16, 0.0525)])
def test_mcnemar_on_few_items_is_exact(only_first, only_second, wanted):
    """Fagerland, Lydersen & Laake 2013, BMC Medical Research Methodology 13:91, their two examples."""
    assert mcnemar_of(only_first, only_second) == pytest.approx(wanted, abs=6e-4)


def test_mcnemar_on_many_items_is_chi_squared():
    """Agresti 1990, Categorical Data Analysis, sec. 10.1: 150 against 86 of 1,600; without correction 17.36."""
    published, corrected = (150 - 86) ** 2 / (150 + 86), (150 - 86 - 1) ** 2 / (150 + 86)
    assert published == pytest.approx(17.36, abs=0.005)
    assert mcnemar_of(150, 86) == pytest.approx(chi2.sf(corrected, 1))


def test_mcnemar_counts_the_answers_of_most_seeds():
    label = np.zeros(40, dtype=int)

    def seeds(right: Sequence[int]) -> list[pd.DataFrame]:
        """Of three seeds the first ``right[i]`` items are answered rightly by seed i."""
        frames = cell([0] * 3, 1.0, None, items=40, classes=2)
        for frame, n in zip(frames, right, strict=True):
            frame["label"] = label
            frame["p0"] = (np.arange(40) < n).astype(float)
            frame["p1"] = 1 - frame["p0"]
        return frames

    assert evaluation.mcnemar(seeds((30, 20, 10)), seeds((12, 12, 40))) == pytest.approx(mcnemar_of(8, 0))


def test_holms_example():
    """P values 0.01, 0.04, 0.03, 0.005: at 5 % the fourth and the first are rejected, then it stops (a widely used
    worked example of Holm 1979)."""
    corrected = evaluation.holm([0.01, 0.04, 0.03, 0.005])
    assert corrected == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert [p <= 0.05 for p in corrected] == [True, False, False, True]


def test_undefined_p_values_are_passed_over():
    assert evaluation.holm([0.01, np.nan, 0.04]) == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert np.isnan(evaluation.holm([np.nan, np.nan])).all()
    assert evaluation.holm([]) == []


def test_the_paired_test_is_of_the_videos_that_both_cells_have():
    whole = cell([0, 1], 0.5)
    easy = [frame[evaluation.predictions(whole[0]) == whole[0]["label"]] for frame in whole]
    assert evaluation.paired_test(whole, easy, evaluation.accuracy) == 1
