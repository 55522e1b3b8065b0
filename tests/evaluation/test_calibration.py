import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss
from torchmetrics.functional.classification import multiclass_calibration_error

from fer_lab.errors import DataError
from fer_lab.evaluation.calibration import brier, calibration_of, ece, ece_by_chance, reliability


def frame(p: np.ndarray, label: np.ndarray) -> pd.DataFrame:
    """A scores frame of probabilities (n, C) and labels (n,)."""
    n = len(p)
    about = pd.DataFrame({"item": range(n), "video": range(n), "subject": "", "part": "test", "epoch": 0})
    return about.assign(label=label).join(pd.DataFrame(p).add_prefix("p"))


def drawn(seed: int, n: int, classes: int, sure: float = 1.0) -> pd.DataFrame:
    """Probabilities, and labels drawn from them; ``sure`` above 1 makes the network too sure of itself."""
    rng = np.random.default_rng(seed)
    true = rng.dirichlet(np.ones(classes), n)
    label = (rng.random(n)[:, None] < true.cumsum(1)).argmax(1)
    said = true**sure
    return frame(said / said.sum(1, keepdims=True), label)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 300), st.integers(2, 12), st.integers(1, 30), st.floats(0.5, 4))
def test_errors_and_bins_are_within_their_ranges(seed, n, classes, bins, sure):
    scores = drawn(seed, n, classes, sure)
    assert 0 <= ece(scores, bins) <= 1
    assert 0 <= brier(scores) <= 2
    bars = reliability(scores, bins)
    assert bars["n"].sum() == n
    full = bars[bars["n"] > 0]
    assert (full["confidence"] > full["low"] - 1e-9).all()
    assert (full["confidence"] <= full["high"] + 1e-9).all()
    assert full["accuracy"].between(0, 1).all()
    assert bars.loc[bars["n"] == 0, ["confidence", "accuracy"]].isna().all(axis=None)


@pytest.mark.parametrize("sure", [0.5, 1.0, 3.0])
def test_the_error_is_that_of_torchmetrics(sure):
    scores = drawn(3, 500, 6, sure)
    p, label = torch.tensor(scores.filter(regex=r"^p\d").to_numpy()), torch.tensor(scores["label"].to_numpy())
    theirs = multiclass_calibration_error(p, label, num_classes=6, n_bins=15, norm="l1")
    assert ece(scores) == pytest.approx(float(theirs), abs=1e-6)


def test_the_brier_score_is_that_of_scikit_learn():
    scores = drawn(4, 300, 5)
    p = scores.filter(regex=r"^p\d").to_numpy()
    theirs = brier_score_loss(scores["label"], p, labels=range(5), scale_by_half=False)
    assert brier(scores) == pytest.approx(theirs)


def test_answers_at_exactly_their_rates_have_no_error():
    """Ten items of confidence 0.8, eight of them right; ten of 0.6, six of them right."""
    p = np.repeat([[0.8, 0.2], [0.4, 0.6]], 10, axis=0)
    label = np.array([0] * 8 + [1] * 2 + [1] * 6 + [0] * 4)
    assert ece(frame(p, label)) == pytest.approx(0)
    assert ece(frame(p, 1 - label)) == pytest.approx((0.6 + 0.2) / 2)


def test_a_calibrated_network_has_the_error_of_chance():
    scores = drawn(1, 2000, 6)
    assert ece(scores) == pytest.approx(ece_by_chance(scores), abs=0.02)
    assert ece(drawn(1, 2000, 6, sure=4)) > 5 * ece_by_chance(drawn(1, 2000, 6, sure=4))


def test_few_items_leave_more_by_chance():
    few, many = drawn(2, 40, 6), drawn(2, 4000, 6)
    assert ece_by_chance(few) > 3 * ece_by_chance(many)


def test_what_is_undefined_stays_so():
    scores = drawn(0, 20, 4)
    scores.loc[3, "p1"] = np.nan
    assert np.isnan(ece(scores))
    assert np.isnan(brier(scores))
    assert np.isnan(ece_by_chance(scores))
    found = calibration_of([scores, drawn(0, 20, 4)])
    assert np.isnan([found.ece, found.by_chance, found.brier, found.confidence, found.accuracy]).all()
    assert found.diagram["accuracy"].isna().all()


def test_a_cell_is_the_mean_of_its_seeds():
    frames = [drawn(seed, 200, 6) for seed in range(3)]
    found = calibration_of(frames)
    assert found.seeds == tuple(ece(each) for each in frames)
    assert found.ece == pytest.approx(np.mean(found.seeds))
    assert found.diagram["n"].sum() == 600
    assert found.by_chance == calibration_of(frames).by_chance


def test_half_precision_is_precise_enough():
    scores = drawn(5, 500, 12)
    halves = scores.astype({f"p{number}": np.float16 for number in range(12)})
    assert ece(halves) == pytest.approx(ece(scores), abs=0.01)


def test_what_is_no_probability_is_refused():
    logits = frame(np.array([[2.0, 1.0], [0.5, 0.5]]), np.array([0, 1]))
    for refused in (reliability, ece, brier, ece_by_chance):
        with pytest.raises(DataError, match="no probabilities"):
            refused(logits)
    with pytest.raises(DataError, match="no scores"):
        calibration_of([])


def labels(p: np.ndarray, truth: np.ndarray) -> pd.DataFrame:
    """A scores frame of probabilities (n, L) of labels, and which are present (n, L), NaN where that is not known."""
    about = frame(p, np.zeros(len(p))).drop(columns="label")
    return about.join(pd.DataFrame(truth).add_prefix("y"))


def test_of_labels_each_one_that_is_known_is_an_answer():
    rng = np.random.default_rng(3)
    p = rng.random((200, 4))
    truth = (rng.random(p.shape) < p).astype(float)
    truth[rng.random(p.shape) < 0.3] = np.nan
    known, scores = ~np.isnan(truth), labels(p, truth)
    assert brier(scores) == pytest.approx(brier_score_loss(truth[known], p[known]), abs=1e-12)
    bars = reliability(scores, 10)
    assert bars["n"].sum() == known.sum()
    inside = known & (p > 0.6) & (p <= 0.7)
    assert bars["accuracy"][6] == pytest.approx(truth[inside].mean())
    found = calibration_of([scores], 10)
    assert found.ece < 2 * found.by_chance, "drawn from their probabilities"
    assert found.accuracy == pytest.approx(truth[known].mean())
    assert ece(labels(np.sqrt(p), truth), 10) > 3 * found.ece


def test_values_and_labels_beyond_one_are_no_probabilities():
    with pytest.raises(DataError, match="no probabilities"):
        ece(labels(np.full((3, 2), 1.2), np.ones((3, 2))))
    values = labels(np.zeros((3, 2)), np.zeros((3, 2))).rename(columns={"p0": "v0", "p1": "v1"})
    with pytest.raises(DataError, match="no probabilities"):
        calibration_of([values])
