"""The BCa bootstrap against published examples and SciPy, and what it does where there is nothing to draw from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap as scipy_bootstrap

from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.bootstrap import (
    Spread,
    adjusted,
    bca,
    bias_correction,
    draw,
    estimate,
    jackknife,
    kurtotic,
    resample,
)

SPATIAL = np.array(
    [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41]
)
"""Test A of the spatial test data: Efron & Tibshirani 1993, An Introduction to the Bootstrap, Table 14.1."""
NORMAL = 1e9
"""Degrees of freedom of what is as good as a normal distribution."""


def moments(values: Floats) -> Floats:
    """Values as counts (n, 1, 3) of one seed: 1, x, x^2."""
    return np.stack([np.ones(len(values)), values, values**2], axis=1)[:, None]


def variance(counts: Floats) -> Floats:
    return counts[..., 2] / counts[..., 0] - (counts[..., 1] / counts[..., 0]) ** 2


def mean(counts: Floats) -> Floats:
    return counts[..., 1] / counts[..., 0]


def test_the_spatial_test_data_of_efron_and_tibshirani():
    """Section 14.3: variance 171.5, acceleration 0.061; with bias 0.146 the 5 % and 95 % points are the shares 0.110
    and 0.985 of the replicates; the 90 % interval is (115.8, 259.6)."""
    drawn = resample(moments(SPATIAL.astype(float)), 10, np.random.default_rng(0))
    assert estimate(drawn, variance) == pytest.approx(171.5, abs=0.05)
    spread = replace(jackknife(drawn, variance), freedom=NORMAL)
    assert spread.acceleration == pytest.approx(0.061, abs=5e-4)
    assert adjusted(np.array([0.05, 0.95]), 0.146, spread) == pytest.approx([0.110, 0.985], abs=6e-4)
    rng = np.random.default_rng(0)
    replicates = np.sort(SPATIAL[rng.integers(0, 26, (100_000, 26))].var(axis=1))
    shares = adjusted(np.array([0.05, 0.95]), bias_correction(replicates, SPATIAL.var()), spread)
    assert np.quantile(replicates, shares) == pytest.approx([115.8, 259.6], rel=0.015)


def test_a_small_sample_has_a_wider_interval_than_in_the_book():
    """One unit less and Student's t: 90 % of (115.8, 259.6) would hold the variance too rarely."""
    drawn = resample(moments(SPATIAL.astype(float)), 4000, np.random.default_rng(0))
    low, high = bca(drawn, variance, [0.9])[0]
    assert 105 < low < 115.8
    assert 259.6 < high < 285


@pytest.mark.parametrize("shape", ["gamma", "beta"])
def test_many_units_of_one_seed_agree_with_scipy(shape):
    rng = np.random.default_rng(3)
    values = rng.gamma(0.7, size=300) if shape == "gamma" else rng.beta(8, 1, 300)
    ours = bca(resample(moments(values), 20_000, np.random.default_rng(0)), mean, [0.95, 0.9])
    for level, found in zip((0.95, 0.9), ours, strict=True):
        theirs = scipy_bootstrap(
            (values,), np.mean, method="BCa", n_resamples=20_000, confidence_level=level, rng=np.random.default_rng(1)
        ).confidence_interval
        width = theirs.high - theirs.low
        assert np.abs(np.array(found) - (theirs.low, theirs.high)).max() < 0.03 * width


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(0, 2**31))
def test_a_replicate_has_one_unit_less_and_each_kind_its_share(times, seed):
    drawn = draw(np.array(times), 3000, np.random.default_rng(seed))
    n = sum(times)
    assert (drawn.sum(axis=1) == n - 1).all()
    wanted = (n - 1) * np.array(times) / n
    assert np.abs(drawn.mean(axis=0) - wanted).max() <= 6 * np.sqrt(max(wanted.max(), 0.01) / 3000)


def test_replicates_vary_as_means_of_that_many_units_and_seeds_do():
    """Variance of a crossed design: what units, seeds and both together add, each estimated without bias, once."""
    rng = np.random.default_rng(0)
    table = rng.normal(size=(30, 1)) + 0.3 * rng.normal(size=(1, 4)) + rng.normal(size=(30, 4))
    counts = np.stack([np.ones_like(table), table], axis=2)
    drawn = resample(counts, 40_000, np.random.default_rng(1))
    shrink = jackknife(drawn, mean).shrink
    found = (mean(drawn.drawn) * (0.25 + shrink * (drawn.weights - 0.25))).sum(axis=1).var()
    units, seeds = table.mean(axis=1).var(ddof=1) / 30, table.mean(axis=0).var(ddof=1) / 4
    left = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    both = (left**2).sum() / (29 * 3) / 120
    assert found == pytest.approx(units + max(0, seeds - both), rel=0.04)


def test_where_no_replicate_has_a_value_there_is_no_interval():
    drawn = resample(moments(np.arange(5.0)), 50, np.random.default_rng(0))
    assert np.isnan(bca(drawn, lambda counts: np.full(counts.shape[:-1], np.nan), [0.95])[0]).all()


def test_an_acceleration_too_large_for_the_formula_is_left_out():
    plain = adjusted(np.array([0.025, 0.975]), 0.1, Spread(0.0, NORMAL, 0.0))
    assert adjusted(np.array([0.025, 0.975]), 0.1, Spread(0.9, NORMAL, 0.0)) == pytest.approx(plain)


def test_the_bias_is_finite_even_if_all_replicates_lie_on_one_side():
    assert np.isfinite([bias_correction(np.ones(100), value) for value in (0.0, 1.0, 2.0)]).all()
    assert bias_correction(np.ones(100), 1.0) == pytest.approx(0)


def test_degrees_of_freedom_are_those_that_the_fourth_moment_leaves():
    """n - 1 of normal pulls; (n - 1) / (1 + k / 2) of an excess kurtosis k, as 3 of a Laplace distribution."""
    rng, once = np.random.default_rng(0), np.ones(100_000, np.int64)
    assert kurtotic(rng.normal(size=100_000), once) == pytest.approx(100_000, rel=0.03)
    assert kurtotic(rng.laplace(size=100_000), once) == pytest.approx(100_000 / 2.5, rel=0.1)
    alike = np.array([1.0, -1.0])
    assert kurtotic(alike, np.array([25, 25])) == 49
    few = np.append(np.zeros(48), [5.0, -5.0])
    assert kurtotic(few, np.ones(50, np.int64)) < 5
    twice = kurtotic(np.array([0.0, 5.0, -5.0]), np.array([48, 1, 1]))
    assert twice == pytest.approx(kurtotic(few, np.ones(50, np.int64)))
