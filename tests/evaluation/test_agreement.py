"""Agreement of raters, against what is printed and what others compute."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from fer_lab.evaluation.agreement import aligned, ccc, delay, gold, icc, lags, mean_ccc

SHROUT_AND_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7.0]])
"""Table 2 of their paper: six targets, four judges."""
STEP = 0.04


def test_icc_is_that_of_shrout_and_fleiss() -> None:
    assert round(icc(SHROUT_AND_FLEISS), 2) == 0.29  # their Table 4, ICC(2,1)
    unrated = np.vstack([SHROUT_AND_FLEISS, [1, 2, np.nan, 3]])
    assert icc(unrated) == icc(SHROUT_AND_FLEISS)


@pytest.mark.parametrize("seed", range(3))
def test_icc_is_that_of_an_analysis_of_variance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k = 12, 4
    ratings = rng.normal(size=(n, 1)) + rng.normal(size=k) * 0.5 + rng.normal(size=(n, k)) * 0.7
    long = pd.DataFrame(ratings).reset_index(names="thing").melt("thing", var_name="rater", value_name="said")
    squares = anova_lm(ols("said ~ C(thing) + C(rater)", long).fit())["mean_sq"]
    between, judges, left = squares["C(thing)"], squares["C(rater)"], squares["Residual"]
    expected = (between - left) / (between + (k - 1) * left + k * (judges - left) / n)
    assert icc(ratings) == pytest.approx(expected, abs=1e-12)


def test_icc_of_too_little_is_not_a_number() -> None:
    for ratings in (np.ones((1, 3)), np.ones((5, 1)), np.ones((5, 3)), np.full((5, 3), np.nan)):
        assert np.isnan(icc(ratings))
    assert icc(np.repeat(np.arange(5.0)[:, None], 3, axis=1)) == 1


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=3, max_size=30))
def test_ccc_is_lins(pairs: list[tuple[float, float]]) -> None:
    x, y = np.round(np.array(pairs), 3).T
    below = x.var() + y.var() + (x.mean() - y.mean()) ** 2
    found = ccc(np.append(x, np.nan), np.append(y, 0.5))
    if below > 1e-9:
        assert found == pytest.approx(2 * ((x - x.mean()) * (y - y.mean())).mean() / below, abs=1e-9)
    else:
        assert np.isnan(found) or abs(found) <= 1


def test_mean_ccc_is_over_the_pairs_that_have_one() -> None:
    x = np.arange(5.0)
    assert mean_ccc(np.stack([x, x, x + 1], axis=1)) == pytest.approx((1 + 2 * ccc(x, x + 1)) / 3)
    assert mean_ccc(np.stack([x, x, np.full(5, np.nan)], axis=1)) == pytest.approx(1)
    assert np.isnan(mean_ccc(x[:, None]))


def walk(seed: int, length: int = 800) -> np.ndarray:
    """A smooth trace that goes on as it was."""
    noise = np.random.default_rng(seed).normal(size=length + 200)
    smooth = np.convolve(noise, np.hanning(60), mode="same")
    return smooth / np.abs(smooth).max()


def later(trace: np.ndarray, steps: int, length: int = 600) -> np.ndarray:
    return trace[100 - steps : 100 - steps + length]


def test_lags_are_those_that_were_put_in() -> None:
    truth, steps = walk(0), [0, 25, 60, -10]
    rng = np.random.default_rng(1)
    traces = np.stack([0.6 * later(truth, s) + 0.1 + 0.02 * rng.normal(size=600) for s in steps])
    traces[1, :40] = np.nan
    expected = (np.array(steps) - np.mean(steps)) * STEP
    assert delay(traces[1], traces[0], STEP) == pytest.approx(25 * STEP)
    assert lags(traces, STEP) == pytest.approx(expected, abs=STEP)
    assert lags(traces, STEP).mean() == pytest.approx(0, abs=1e-12)


def test_what_cannot_be_compared_has_no_lag() -> None:
    truth = walk(2)
    traces = np.stack([later(truth, 0), np.full(600, 0.3), later(truth, 20), np.full(600, np.nan)])
    found = lags(traces, STEP)
    assert np.isnan(found[[1, 3]]).all()
    assert found[2] - found[0] == pytest.approx(20 * STEP)
    assert np.isnan(lags(traces[[1, 3]], STEP)).all()
    assert delay(truth[:5], truth[:5], STEP) == 0


def test_a_gap_keeps_videos_apart() -> None:
    gap = np.full(round(5 / STEP), np.nan)
    first, second = walk(3), walk(4)
    traces = np.stack([np.concatenate([later(first, s), gap, later(second, s)]) for s in (0, 30)])
    assert lags(traces, STEP) == pytest.approx([-15 * STEP, 15 * STEP])


def test_gold_is_the_mean_of_what_is_moved_back() -> None:
    truth = walk(5)
    traces = np.stack([later(truth, s) for s in (-20, 0, 20)])
    late = lags(traces, STEP)
    known = gold(traces, late, STEP)
    assert known == pytest.approx(later(truth, 0), abs=1e-9)
    plain = traces.mean(axis=0)
    assert ccc(plain, later(truth, 0)) < 0.99
    assert np.isnan(aligned(traces, late, STEP)[0, :20]).all()  # of before its beginning nothing is known
    nobody = np.full((2, 4), np.nan)
    assert np.isnan(gold(nobody, np.full(2, np.nan), STEP)).all()
    assert gold(np.array([[1.0, np.nan], [0.0, 0.5]]), np.zeros(2), STEP) == pytest.approx([0.5, 0.5])
