"""Bias and limits of agreement, beside what the same formulas give of the differences themselves."""

from __future__ import annotations

import numpy as np
import pytest

from fer_lab.evaluation import intervals, make_target
from fer_lab.evaluation.bland_altman import PER_VALUE, WITHIN
from tests.evaluation.kinds import NAMES, make_scores


def test_they_are_those_of_the_differences() -> None:
    scores, target = make_scores("values", unknown=0.3), make_target("values", NAMES["values"])
    sums = target.total(scores)
    for place in range(2):
        x, y = target.truth(scores)[:, place], target.answers(scores)[:, place]
        differences = (y - x)[~np.isnan(x)]
        bias, spread = differences.mean(), differences.std(ddof=1)
        found = {key: float(metric(sums)[place]) for key, metric in PER_VALUE.items()}
        wanted = {"bias": bias, "lower": bias - WITHIN * spread, "upper": bias + WITHIN * spread}
        assert found == pytest.approx(wanted, abs=1e-12)


def test_of_one_item_there_is_a_bias_and_no_limit() -> None:
    one = make_scores("values", items=1, unknown=0)
    found = {key: metric(make_target("values", NAMES["values"]).total(one)) for key, metric in PER_VALUE.items()}
    assert np.isfinite(found["bias"]).all()
    assert np.isnan([found["lower"], found["upper"]]).all()


def test_their_intervals_draw_people_again() -> None:
    scores = [make_scores("values", seed) for seed in (0, 1)]
    metrics = {key: metric.by(lambda sums, metric=metric: metric(sums)[..., 0]) for key, metric in PER_VALUE.items()}
    found = intervals(scores, metrics, resamples=200)
    assert all(one.low < one.mean < one.high and one.n_subjects == 12 for one in found.values())
    assert found["lower"].mean < found["bias"].mean < found["upper"].mean
