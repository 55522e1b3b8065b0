"""Metrics of values against other implementations, and their intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr
from sklearn import metrics as sklearn

from fer_lab import evaluation
from tests.evaluation.kinds import NAMES, make_scores
from tests.evaluation.test_targets import value


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), items=st.integers(3, 60), scale=st.sampled_from([1e-3, 1.0, 1e3]))
def test_ccc_is_that_of_means_of_squares(seed, items, scale):
    """Lin 1989 by another way: 1 - E(x - y)^2 / (what it would be of independent x and y)."""
    rng = np.random.default_rng(seed)
    x, y = scale * rng.normal(size=items), scale * rng.normal(0.3, 2, size=items)
    frame = make_scores("values", items=items).assign(y0=x, v0=y)
    apart = [(a - b) ** 2 for a in x for b in y]  # every truth with every answer
    wanted = 1 - math.fsum((x - y) ** 2) / items / (math.fsum(apart) / items**2)
    assert value(frame, "ccc", "valence") == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("offset", [0.0, 5.0])
def test_values_agree_with_scikit_learn_and_scipy(offset):
    frame = make_scores("values")
    for i, name in enumerate(NAMES["values"]):
        frame[[f"y{i}", f"v{i}"]] += offset
        known = frame[frame[f"y{i}"].notna()]
        x, y = known[f"y{i}"].to_numpy(), known[f"v{i}"].to_numpy()
        ccc = 2 * np.cov(x, y, ddof=0)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)  # Lin 1989
        wanted = {"mse": sklearn.mean_squared_error(x, y), "rmse": sklearn.root_mean_squared_error(x, y),
                  "pcc": pearsonr(x, y).statistic, "ccc": ccc, "sagr": np.mean(np.sign(x) == np.sign(y)),
                  "constant": sklearn.root_mean_squared_error(x, np.full_like(x, x.mean())),
                  "support": len(x)}  # fmt: skip
        for metric, number in wanted.items():
            assert value(frame, metric, name) == pytest.approx(number, abs=1e-12), (metric, name)
    each = [value(frame, "ccc", name) for name in NAMES["values"]]
    assert value(frame, "ccc") == pytest.approx(np.mean(each), abs=1e-12)
    truth, answers = frame[["y0", "y1"]].to_numpy().ravel(), frame[["v0", "v1"]].to_numpy().ravel()
    errors = [answer - x for x, answer in zip(truth, answers, strict=True) if not np.isnan(x)]  # both values as one
    mse = math.fsum(error**2 for error in errors) / len(errors)
    assert value(frame, "mse", "pooled") == pytest.approx(mse, abs=1e-12)
    assert value(frame, "rmse", "pooled") == pytest.approx(math.sqrt(mse), abs=1e-12)


def test_constant_answers_have_no_correlation_and_no_concordance():
    frame = make_scores("values").assign(v0=0.3, v1=-0.7)
    assert np.isnan(value(frame, "pcc"))
    assert value(frame, "ccc") == pytest.approx(0, abs=1e-12)


def test_an_error_without_a_bound_is_not_widened():
    """All items off by the same: nothing says what unseen people would give, and no bound can be made up."""
    frame = make_scores("values", unknown=0)
    frame[["v0", "v1"]] = frame[["y0", "y1"]].to_numpy() + 0.25
    rmse = evaluation.intervals([frame], {"rmse": evaluation.target_of(frame).metric("rmse")})["rmse"]
    assert (rmse.mean, rmse.low, rmse.high) == pytest.approx((0.25, 0.25, 0.25))
    perfect = make_scores("values", unknown=0)
    perfect[["v0", "v1"]] = perfect[["y0", "y1"]].to_numpy()
    ccc = evaluation.intervals([perfect], {"ccc": evaluation.target_of(perfect).metric("ccc")})["ccc"]
    assert ccc.mean == pytest.approx(1)
    assert ccc.low < 0.8  # of twelve people, and within [-1, 1]


def test_an_interval_of_squares_is_as_wide_as_the_jackknife_says_and_within_bounds():
    """One person of twelve, whose answers are far off, decides the variance."""
    frame = make_scores("values", skill=0.98, unknown=0)
    off = frame["subject"] == "s03"
    frame.loc[off, ["v0", "v1"]] = -frame.loc[off, ["y0", "y1"]].to_numpy()
    target = evaluation.target_of(frame)
    ccc, rmse = target.metric("ccc"), target.metric("rmse")
    found = evaluation.intervals([frame], {"ccc": ccc, "rmse": rmse})
    without = [evaluation.value_of(frame[frame["subject"] != name], ccc) for name in frame["subject"].unique()]
    error = math.sqrt(11 / 12 * np.sum((np.array(without) - np.mean(without)) ** 2))
    assert found["ccc"].high - found["ccc"].low > 2 * 2.2 * error * 0.8
    assert -1 <= found["ccc"].low < found["ccc"].mean < found["ccc"].high <= 1
    assert 0 <= found["rmse"].low < found["rmse"].mean < found["rmse"].high
