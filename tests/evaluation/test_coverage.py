"""Answers above a confidence: what they cover and how many of them are right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fer_lab.errors import DataError
from fer_lab.evaluation import intervals, total
from fer_lab.evaluation.coverage import HALF, METRICS, coverage_curve, sure
from tests.evaluation.kinds import make_scores

LEVELS = st.floats(0, 1, exclude_max=True)


def scores_of(raw: np.ndarray, label: np.ndarray | None = None) -> pd.DataFrame:
    """Scores of items, a person each, whose probabilities are proportional to ``raw``."""
    n, c = raw.shape
    p = raw / raw.sum(axis=1, keepdims=True)
    about = {"item": np.arange(n), "video": [f"v{i}" for i in range(n)], "subject": [f"s{i}" for i in range(n)]}
    label = np.arange(n) % c if label is None else label
    columns = {f"p{i}": p[:, i] for i in range(c)}
    return pd.DataFrame({**about, "part": "test", "epoch": 0, "label": label, **columns})


def found(scores: pd.DataFrame, above: float) -> dict[str, float]:
    sums = total(sure(scores, above))
    return {name: float(metric(sums)) for name, metric in METRICS.items()}


@given(arrays(np.float64, (12, 4), elements=st.floats(0.01, 1)), LEVELS)
def test_both_are_what_their_definitions_count(raw: np.ndarray, above: float) -> None:
    scores = scores_of(raw)
    p = scores[["p0", "p1", "p2", "p3"]].to_numpy()
    answered = p.max(axis=1) > above
    right = p.argmax(axis=1) == scores["label"]
    one = found(scores, above)
    assert one["coverage"] == pytest.approx(answered.mean())
    if answered.any():
        assert one["accuracy"] == pytest.approx(right[answered].mean())
    else:
        assert np.isnan(one["accuracy"])


@given(arrays(np.float64, (9, 3), elements=st.floats(0.01, 1)), LEVELS, LEVELS)
def test_a_higher_threshold_never_covers_more(raw: np.ndarray, one: float, other: float) -> None:
    low, high = (found(scores_of(raw), above)["coverage"] for above in sorted((one, other)))
    assert high <= low


def test_of_seven_classes_everything_is_answered_from_a_seventh_down_and_accuracy_is_that_of_all() -> None:
    scores = make_scores("classes")
    accuracy = float((scores[["p0", "p1", "p2"]].to_numpy().argmax(axis=1) == scores["label"]).mean())
    assert found(scores, 0.0) == pytest.approx({"coverage": 1.0, "accuracy": accuracy})


def test_exactly_half_is_not_above_it() -> None:
    scores = scores_of(np.array([[1.0, 1.0], [3.0, 1.0]]), np.array([0, 0]))
    assert found(scores, HALF) == {"coverage": 0.5, "accuracy": 1.0}


def test_an_answer_that_is_no_number_makes_both_undefined() -> None:
    scores = make_scores("classes")
    scores.loc[3, "p1"] = np.nan
    assert all(np.isnan(value) for value in found(scores, HALF).values())


def test_the_curve_has_the_intervals_of_the_project() -> None:
    seeds = [make_scores("classes", seed) for seed in (0, 1)]
    curve = coverage_curve(seeds, [0.3, HALF])
    assert curve[["above", "metric"]].to_numpy().tolist() == [[a, m] for a in (0.3, HALF) for m in METRICS]
    one = intervals([sure(frame, HALF) for frame in seeds], METRICS)["accuracy"]
    assert curve.iloc[-1][["mean", "low", "high"]].tolist() == [one.mean, one.low, one.high]
    assert ((curve["low"] <= curve["mean"]) & (curve["mean"] <= curve["high"])).all()


@pytest.mark.parametrize("kind", ["labels", "values"])
def test_what_has_no_single_answer_is_refused(kind: str) -> None:
    with pytest.raises(DataError, match="no single answer"):
        sure(make_scores(kind), HALF)
