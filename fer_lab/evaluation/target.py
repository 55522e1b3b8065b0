"""What an item is asked for, whatever its kind: see ``targets`` for the kinds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pandas import DataFrame

from fer_lab.evaluation.arrays import Bools, Floats, Ints
from fer_lab.evaluation.metrics import Metric

Kind = Literal["classes", "labels", "values"]


@dataclass(frozen=True)
class Target(ABC):
    """What an item is asked for: the ordered names of its classes, labels or values.

    Attributes:
        names: of the classes, labels or values.
        kind: its word in configurations, records and pages.
        main: the metric of ``overall`` that selects an epoch and stands first; higher is better.
        overall: metrics of all names together, by name, the main one first.
        each: metrics of one name or of an average over the names.
        heavy: whether what is counted has heavy tails (``bootstrap.Resampled``).
        further: metrics of all names together that a table must ask for.
        ranked: metrics of one name or of their mean that are of the order of answers (``Metric.ranked``).
        explained: what a reader of ``overall`` must know.
        best_constant: what ``constant`` answers, in words.
        answer: letter that the columns of answers begin with.
        exclusive: whether exactly one name is true of an item: a confusion matrix, calibration and McNemar's test
            have a meaning then, and only then.
    """

    names: tuple[str, ...]
    kind: ClassVar[Kind]
    main: ClassVar[str]
    overall: ClassVar[Mapping[str, Metric]]
    each: ClassVar[Mapping[str, Metric]]
    explained: ClassVar[str]
    best_constant: ClassVar[str]
    heavy: ClassVar[bool] = False
    further: ClassVar[Mapping[str, Metric]] = {}
    ranked: ClassVar[Mapping[str, Metric]] = {}
    answer: ClassVar[str]
    exclusive: ClassVar[bool] = False

    @property
    def main_metric(self) -> Metric:
        """The metric called ``main``."""
        return self.overall[self.main]

    @property
    def scale(self) -> tuple[float, float] | None:
        """The least and the most that is known of values; None of classes and labels."""
        return None

    @property
    def truth_columns(self) -> list[str]:
        """Columns of what is known of an item."""
        return [f"y{i}" for i in range(len(self.names))]

    @property
    def answer_columns(self) -> list[str]:
        """Columns of what is answered."""
        return [f"{self.answer}{i}" for i in range(len(self.names))]

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of the sums."""

    @abstractmethod
    def sums(self, scores: DataFrame, group: Ints, n: int) -> Floats:
        """What is counted of the items of each of ``n`` groups, ``(n, *shape)``; NaN where an answer is not a number.

        Args:
            scores: a scores frame of this kind.
            group: (items,) the group of each item, 0 to n-1.
            n: how many groups.
        """

    @abstractmethod
    def items(self, sums: Floats) -> Floats:
        """Number of items in sums ``(..., *shape)``."""

    @abstractmethod
    def metric(self, name: str, of: str | None = None) -> Metric:
        """A metric by name: one of ``overall``, or ``of`` one of the names or averages.

        Raises:
            ConfigError: there is no such metric, name or average.
        """

    @abstractmethod
    def constant(self, train: DataFrame) -> Floats:
        """The answer (names,) that is best for everything where nothing but the training items' truth is known."""

    @abstractmethod
    def agree(self, first: DataFrame, second: DataFrame) -> Bools:
        """Whether two scores frames of the same items answer each of them alike, (items,).

        What is right or wrong by the answer counts, not its last bits: the class, which labels are present, a value to
        a hundredth of its scale.
        """

    @abstractmethod
    def losses(self, scores: DataFrame) -> Floats:
        """What ``loss`` is the mean of: of each item and name, (items, columns of truth); NaN where an answer is."""

    def loss(self, scores: DataFrame) -> float:
        """The mean loss that such a task trains with unless told otherwise, of answers as they are stored; NaN if none.

        Of what is known, without what a run may add to it in training: weights of classes, smoothed labels, a penalty.
        """
        each = self.losses(scores)[~np.isnan(self.truth(scores))]
        return float(each.mean()) if each.size else float("nan")

    @property
    def chance(self) -> float | None:
        """What guessing all names equally often gives in the main metric; None where that has no meaning."""
        return None

    def settled(self, mean: Floats) -> Floats:
        """The truth of many items as one, from the mean of what is known of them (..., names)."""
        return mean

    def total(self, scores: DataFrame) -> Floats:
        """The sums over all items, ``(*shape)``."""
        added: Floats = self.sums(scores, np.zeros(len(scores), np.int64), 1)[0]
        return added

    def truth(self, scores: DataFrame) -> Floats:
        """What is known of each item, (items, columns)."""
        return scores[self.truth_columns].to_numpy(np.float64)

    def answers(self, scores: DataFrame) -> Floats:
        """What is answered, (items, names), in double precision (scores are stored in less)."""
        return scores[self.answer_columns].to_numpy(np.float64)
