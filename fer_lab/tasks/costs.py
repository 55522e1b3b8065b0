"""Losses for classes of unlike sizes or costs: they look at the classes of the training items before the first step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fer_lab.errors import DataError
from fer_lab.tasks.by_class import check_costs, check_weights

Weights = Literal["inverse", "effective"]


class OfTrainingClasses(nn.Module, ABC):
    """A loss of logits (B, C) and class numbers (B,) that depends on how many training items are of each class."""

    what: ClassVar[str]
    """What is kept of each class, in words."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("of_class", None, persistent=False)  # found anew in every process, from the same items
        self.of_class: Tensor | None

    def fit(self, counts: Mapping[str, int]) -> None:
        """Look at the training part.

        Args:
            counts: class -> number of training items, in the order of the classes.

        Raises:
            DataError: a class has no training item, where its share is needed.
            ConfigError: a setting does not fit the classes.
        """
        self.of_class = self.found(counts).float()

    @abstractmethod
    def found(self, counts: Mapping[str, int]) -> Tensor:
        """What is kept of the classes: (C,), or (C, C) with rows of the truth."""

    def facts(self) -> Mapping[str, object]:
        """What was found, for the record of a run."""
        if self.of_class is None:
            return {}
        return {"what": self.what, "of_class": self.of_class.double().round(decimals=6).tolist()}

    def forward(self, outputs: Tensor, target: Tensor) -> Tensor:
        """The loss, a scalar.

        Raises:
            RuntimeError: ``fit`` has not been called.
        """
        if self.of_class is None:
            raise RuntimeError(f"{type(self).__name__} has not seen the classes of the training items yet")
        return self.of(outputs, target, self.of_class.to(outputs))

    @abstractmethod
    def of(self, outputs: Tensor, target: Tensor, of_class: Tensor) -> Tensor:
        """The loss, given what was found."""


class WeightedCrossEntropy(OfTrainingClasses):
    """Cross entropy in which an item counts by its class; a batch is divided by the weights in it, as PyTorch does.

    Athanasiadis 2022, sec. 4.5: "the lower the class's size becomes, the higher the cost rises"; no formula is given.

    Args:
        weights: ``inverse`` (to the number of training items; their mean over the items is 1), ``effective`` (Cui, Jia,
            Lin, Song, Belongie 2019: (1 - beta) / (1 - beta^n), their sum is the number of classes), or one a class.
        beta: of ``effective``, in [0, 1); None is 1 - 1 / N of N training items.
    """

    what = "weight"

    def __init__(self, weights: Weights | Sequence[float] = "inverse", beta: float | None = None) -> None:
        super().__init__()
        self.weights, self.beta = weights, beta

    def found(self, counts: Mapping[str, int]) -> Tensor:
        """The weight of each class, (C,)."""
        if self.weights == "inverse":
            return inverse(counts)
        if self.weights == "effective":
            return effective(counts, 1 - 1 / sum(counts.values()) if self.beta is None else self.beta)
        return given([float(weight) for weight in self.weights], counts)

    def of(self, outputs: Tensor, target: Tensor, of_class: Tensor) -> Tensor:
        """Weighted cross entropy."""
        return F.cross_entropy(outputs, target, of_class)


class ExpectedCost(OfTrainingClasses):
    """The mean over the items of sum_j p_j cost(truth, j): what the answers cost on average (Elkan 2001).

    Args:
        costs: ``inverse`` (all ways to miss a class cost its weight of ``WeightedCrossEntropy``), or rows (C, C): what
            it costs to answer the column where the row is true; 0 on the diagonal.
    """

    what = "cost of missing it"

    def __init__(self, costs: Literal["inverse"] | Sequence[Sequence[float]] = "inverse") -> None:
        super().__init__()
        self.costs = costs

    def found(self, counts: Mapping[str, int]) -> Tensor:
        """The costs, (C, C)."""
        if self.costs == "inverse":
            weights = inverse(counts)
            return weights[:, None] * (1 - torch.eye(len(weights), dtype=weights.dtype))
        return cost_matrix([[float(cost) for cost in row] for row in self.costs], counts)

    def of(self, outputs: Tensor, target: Tensor, of_class: Tensor) -> Tensor:
        """The expected cost."""
        return (outputs.softmax(-1) * of_class[target]).sum(-1).mean()


class Focal(nn.Module):
    """Cross entropy times (1 - p)^gamma, p what is answered of the truth (Lin, Goyal, Girshick, He, Dollár 2017).

    Args:
        gamma: 0 is cross entropy.
    """

    def __init__(self, gamma: float = 2.0) -> None:
        super().__init__()
        self.gamma = gamma

    def forward(self, outputs: Tensor, target: Tensor) -> Tensor:
        """The loss of logits (B, C) and class numbers (B,), a scalar."""
        each = F.cross_entropy(outputs, target, reduction="none")
        return ((1 - (-each).exp()) ** self.gamma * each).mean()


class LogitAdjusted(OfTrainingClasses):
    """Cross entropy of logits plus tau times the logarithm of each class's share (Menon et al. 2021).

    What is predicted is without them: as if all classes were alike in number.

    Args:
        tau: 0 is cross entropy.
    """

    what = "logarithm of its share"

    def __init__(self, tau: float = 1.0) -> None:
        super().__init__()
        self.tau = tau

    def found(self, counts: Mapping[str, int]) -> Tensor:
        """The logarithm of each class's share, (C,)."""
        return (_counts(counts) / sum(counts.values())).log()

    def of(self, outputs: Tensor, target: Tensor, of_class: Tensor) -> Tensor:
        """Cross entropy of the adjusted logits."""
        return F.cross_entropy(outputs + self.tau * of_class, target)


def inverse(counts: Mapping[str, int]) -> Tensor:
    """N / (C n) of each class with n of N items, (C,): their mean over the items is 1.

    Raises:
        DataError: a class has no item.
    """
    each = _counts(counts)
    return each.sum() / (len(each) * each)


def effective(counts: Mapping[str, int], beta: float) -> Tensor:
    """(1 - beta) / (1 - beta^n) of each class with n items, (C,), scaled to the sum C (Cui et al. 2019).

    Raises:
        DataError: a class has no item.
    """
    weights = (1 - beta) / (1 - beta ** _counts(counts))
    return weights * (len(weights) / weights.sum())


def given(weights: Sequence[float], counts: Mapping[str, int]) -> Tensor:
    """Weights (C,) as they stand.

    Raises:
        ConfigError: see ``check_weights``.
    """
    check_weights(weights, [*counts])
    return torch.tensor(weights, dtype=torch.float64)


def cost_matrix(costs: Sequence[Sequence[float]], counts: Mapping[str, int]) -> Tensor:
    """Costs (C, C) as they stand, rows the truth.

    Raises:
        ConfigError: see ``check_costs``.
    """
    check_costs(costs, [*counts])
    return torch.tensor(costs, dtype=torch.float64)


def _counts(counts: Mapping[str, int]) -> Tensor:
    if empty := [name for name, count in counts.items() if not count]:
        raise DataError(
            f"no training item of {', '.join(empty)}: its weight would be infinite",
            do="leave the class out, or take a loss that does not weight (task/loss=cross_entropy)",
        )
    return torch.tensor([*counts.values()], dtype=torch.float64)
