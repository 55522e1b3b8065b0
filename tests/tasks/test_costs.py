"""Losses by class: their weights against the papers' formulas, what is refused, and that a run records them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hydra.utils import instantiate
from torch import nn

from fer_lab.configs import compose
from fer_lab.errors import ConfigError, DataError
from fer_lab.tasks.costs import ExpectedCost, Focal, LogitAdjusted, OfTrainingClasses, WeightedCrossEntropy

COUNTS = {"anger": 10, "fear": 5, "joy": 85}
LOGITS = torch.tensor([[2.0, 0.5, -1.0], [0.1, 0.2, 0.3], [-3.0, 1.0, 4.0], [0.0, 0.0, 0.0]])
TRUTH = torch.tensor([0, 1, 2, 1])


def fitted(loss: OfTrainingClasses) -> OfTrainingClasses:
    loss.fit(COUNTS)
    return loss


def probabilities() -> np.ndarray[Any, Any]:
    raised = np.exp(LOGITS.double().numpy())
    return raised / raised.sum(1, keepdims=True)


def test_inverse_weights_are_one_on_average_over_the_items_and_twice_as_high_for_half_the_items() -> None:
    weights = fitted(WeightedCrossEntropy()).facts()["of_class"]
    assert weights == pytest.approx([100 / 30, 100 / 15, 100 / 255], abs=1e-6)
    assert np.dot(weights, [10, 5, 85]) / 100 == pytest.approx(1, abs=1e-6)


def test_effective_numbers_are_those_of_the_paper() -> None:
    def number(n: int, beta: float) -> float:
        return sum(beta**i for i in range(n))  # Cui et al. 2019, proposition 1

    for beta, meant in ((0.9, 0.9), (None, 0.99), (0.0, 0.0)):
        each = np.array([1 / number(n, meant) for n in COUNTS.values()])
        weights = fitted(WeightedCrossEntropy("effective", beta)).facts()["of_class"]
        assert weights == pytest.approx(list(3 * each / each.sum()), abs=1e-6)


def test_the_weighted_loss_is_the_weighted_mean_of_a_batch() -> None:
    weights = np.array([1.0, 3.0, 0.5])
    each = -np.log(probabilities()[np.arange(4), TRUTH])
    expected = (weights[TRUTH] * each).sum() / weights[TRUTH].sum()
    assert fitted(WeightedCrossEntropy([1, 3, 0.5]))(LOGITS, TRUTH).item() == pytest.approx(expected, abs=1e-6)


def test_the_expected_cost_is_what_the_answers_cost_on_average() -> None:
    costs = np.array([[0, 1, 4.0], [2, 0, 1], [1, 0.5, 0]])
    expected = np.mean([probabilities()[i] @ costs[truth] for i, truth in enumerate(TRUTH)])
    assert fitted(ExpectedCost(costs.tolist()))(LOGITS, TRUTH).item() == pytest.approx(expected, abs=1e-6)
    by_class = np.array(fitted(ExpectedCost()).facts()["of_class"])
    assert by_class.diagonal().tolist() == [0, 0, 0]
    assert by_class[1].tolist() == pytest.approx([100 / 15, 0, 100 / 15], abs=1e-6)


def test_focal_and_logit_adjusted_are_cross_entropy_at_nought_and_theirs_elsewhere() -> None:
    usual = F.cross_entropy(LOGITS, TRUTH)
    torch.testing.assert_close(Focal(0.0)(LOGITS, TRUTH), usual)
    torch.testing.assert_close(fitted(LogitAdjusted(0.0))(LOGITS, TRUTH), usual)
    right = probabilities()[np.arange(4), TRUTH]
    assert Focal(2.0)(LOGITS, TRUTH).item() == pytest.approx(np.mean(-((1 - right) ** 2) * np.log(right)), abs=1e-6)
    shares = torch.tensor([0.10, 0.05, 0.85])
    adjusted = F.cross_entropy(LOGITS + 1.5 * shares.log(), TRUTH)
    torch.testing.assert_close(fitted(LogitAdjusted(1.5))(LOGITS, TRUTH), adjusted)


@pytest.mark.parametrize(
    "loss", [WeightedCrossEntropy(), WeightedCrossEntropy("effective"), ExpectedCost(), LogitAdjusted()]
)
def test_a_class_without_a_training_item_is_named(loss: OfTrainingClasses) -> None:
    with pytest.raises(DataError, match="no training item of fear"):
        loss.fit({"anger": 3, "fear": 0, "joy": 1})


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (WeightedCrossEntropy([1, 2]), "each of anger, fear, joy"),
        (WeightedCrossEntropy([1, 2, -1]), "from 0 on"),
        (WeightedCrossEntropy([0, 0, 0]), "not all 0"),
        (ExpectedCost([[0, 1], [1, 0]]), "3 rows of 3"),
        (ExpectedCost([[0, 1, 1], [1, 0], [1, 1, 0]]), "3 rows of 3"),
        (ExpectedCost([[0, 1, 1], [1, 0, -2], [1, 1, 0]]), "-2 for joy where fear is true"),
        (ExpectedCost([[0, 1, math.nan], [1, 0, 1], [1, 1, 0]]), "nan for joy where anger is true"),
        (ExpectedCost([[0, 1, 1], [1, 0, 1], [1, 1, 3]]), "3 for joy where joy is true"),
    ],
)
def test_what_does_not_fit_the_classes_is_refused(loss: OfTrainingClasses, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        loss.fit(COUNTS)


@pytest.mark.parametrize("option", ["weighted", "expected_cost", "focal", "logit_adjusted"])
def test_every_option_makes_a_loss(option: str) -> None:
    loss: nn.Module = instantiate(compose(["cell=sase_hidden/cnn_face", f"task/loss={option}"])["task"]["loss"])
    if isinstance(loss, OfTrainingClasses):
        with pytest.raises(RuntimeError, match="not seen"):
            loss(LOGITS, TRUTH)
        loss.fit(COUNTS)
    assert torch.isfinite(loss(LOGITS, TRUTH))
