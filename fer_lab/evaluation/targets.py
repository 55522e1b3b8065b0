"""The kinds of target: what is known of an item, what is answered, and what is counted of both.

A scores frame tells its kind by its columns. Beside ``item, video, subject, part, epoch`` it has

    classes   label (int)                p0 .. p{C-1}, probabilities that sum to 1
    labels    y0 .. y{L-1} (0, 1, NaN)   p0 .. p{L-1}, a probability each; NaN: not known of this item
    values    y0 .. y{L-1}               v0 .. v{L-1}, in the data set's own scale

Whatever is said of a cell is a function of sums over its items: the bootstrap, the paired tests and the tables add up
``Target.sums`` of units and never look at items again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pandas import DataFrame

from fer_lab.errors import ConfigError, DataError, nearest
from fer_lab.evaluation import label_metrics, metrics, value_metrics
from fer_lab.evaluation.arrays import Bools, Floats, Ints
from fer_lab.evaluation.metrics import Metric
from fer_lab.evaluation.sums import added, known_mean, undefined
from fer_lab.evaluation.target import Target

BESIDE: tuple[str, ...] = ("item", "video", "subject", "part", "epoch")
"""Columns of every scores frame."""
PRESENT = 0.5
"""A label is answered where its probability is at least this."""
LEAST = 2.0**-24
"""The least probability that is stored (float16) and not 0: what a loss takes for a 0."""
NEAR = 0.01
"""Values closer than this share of their scale are answered alike."""


@dataclass(frozen=True)
class Classes(Target):
    """Exactly one of C classes. Sums are confusion counts (C, C), rows the truth."""

    kind = "classes"
    main = "accuracy"
    overall = metrics.OVERALL
    each = metrics.PER_CLASS
    explained = "Kappa: Cohen's, 0 for guessing, 1 for all right."
    best_constant = "the most frequent class of training"
    answer = "p"
    exclusive = True

    @property
    def truth_columns(self) -> list[str]:
        """The number of the class."""
        return ["label"]

    @property
    def chance(self) -> float:
        """1 / C."""
        return 1 / len(self.names)

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, C)."""
        return len(self.names), len(self.names)

    def sums(self, scores: DataFrame, group: Ints, n: int) -> Floats:
        """Confusion counts; the answer is the most probable class, the lowest number on exact ties.

        Raises:
            DataError: a label is no number of a class.
        """
        c, answers, label = len(self.names), self.answers(scores), scores["label"].to_numpy(np.int64)
        if not ((label >= 0) & (label < c)).all():
            raise DataError(f"scores have a label that is none of {c} classes", do="train the run again")
        nowhere = undefined(answers)
        place = (group * c + label) * c + np.where(nowhere, 0, answers.argmax(axis=1))
        counts = np.bincount(place, minlength=n * c * c).reshape(n, c, c).astype(np.float64)
        counts[group[nowhere]] = np.nan
        return counts

    def items(self, sums: Floats) -> Floats:
        """The sum of a matrix."""
        count: Floats = sums.sum(axis=(-2, -1))
        return count

    def metric(self, name: str, of: str | None = None) -> Metric:
        """See ``metrics.metric``."""
        return metrics.metric(name, of, self.names)

    def agree(self, first: DataFrame, second: DataFrame) -> Bools:
        """The most probable class is the same."""
        same: Bools = self.answers(first).argmax(axis=1) == self.answers(second).argmax(axis=1)
        return same

    def losses(self, scores: DataFrame) -> Floats:
        """Cross entropy, in nats, (items, 1)."""
        label = scores["label"].to_numpy(np.int64)
        return _surprise(self.answers(scores)[np.arange(len(label)), label])[:, None]

    def constant(self, train: DataFrame) -> Floats:
        """The most frequent class of training (the lowest number on ties); NaN where nothing was trained on."""
        if train.empty:
            return np.full(len(self.names), np.nan)
        frequent = int(np.bincount(train["label"].to_numpy(np.int64)).argmax())
        answer = np.zeros(len(self.names))
        answer[frequent] = 1.0
        return answer


@dataclass(frozen=True)
class Labels(Target):
    """L labels, each of which may be present, absent or not known of an item.

    Sums are (L + 1, 4): true positives, false positives, false negatives, true negatives of each label over the items
    of which it is known; and of whole items as if they were one label more: all known labels right is a true positive,
    one or more of them wrong a false negative, none of them known a true negative.
    """

    kind = "labels"
    main = "macro_f1"
    overall = label_metrics.OVERALL
    each = label_metrics.PER_LABEL
    further = label_metrics.FURTHER
    ranked = label_metrics.RANKED
    explained = (
        "Macro-F1 and UAR: means over the labels; micro-F1 and accuracy: all labels and items as one; exact match: "
        "share of items of which every known label is right. Labels that are not known of an item count nowhere."
    )
    best_constant = "each label as in most training items"
    answer = "p"

    @property
    def shape(self) -> tuple[int, ...]:
        """(L + 1, 4)."""
        return len(self.names) + 1, 4

    def sums(self, scores: DataFrame, group: Ints, n: int) -> Floats:
        """Counts of each label and of whole items; unknown labels count nowhere."""
        truth, answers = self.truth(scores), self.answers(scores)
        present, said, known = truth > PRESENT, answers >= PRESENT, ~np.isnan(truth)
        right, some = ((present == said) | ~known).all(axis=1), known.any(axis=1)
        counts = np.stack([present & said, ~present & said, present & ~said, ~present & ~said], axis=-1)
        whole = np.stack([some & right, np.zeros_like(some), some & ~right, ~some], axis=-1)
        each = np.concatenate([counts & known[..., None], whole[:, None]], axis=1, dtype=np.float64)
        return added(each, undefined(answers), group, n)

    def items(self, sums: Floats) -> Floats:
        """The last row counts items."""
        count: Floats = sums[..., -1, :].sum(axis=-1)
        return count

    def metric(self, name: str, of: str | None = None) -> Metric:
        """See ``label_metrics.metric``."""
        return label_metrics.metric(name, of, self.names)

    def agree(self, first: DataFrame, second: DataFrame) -> Bools:
        """The same labels are present."""
        same: Bools = ((self.answers(first) >= PRESENT) == (self.answers(second) >= PRESENT)).all(axis=1)
        return same

    def losses(self, scores: DataFrame) -> Floats:
        """Binary cross entropy, in nats."""
        answers = self.answers(scores)
        return np.where(self.truth(scores) > PRESENT, _surprise(answers), _surprise(1 - answers))

    def constant(self, train: DataFrame) -> Floats:
        """Present where it is so in at least half of the training items of which it is known; absent if of none.

        NaN where nothing was trained on.
        """
        mean = known_mean(self.truth(train), np.zeros(len(train), np.int64), 1)[0]
        return self.settled(mean if train.empty else np.nan_to_num(mean, nan=0.0))

    def settled(self, mean: Floats) -> Floats:
        """Present where at least half say so."""
        return np.where(np.isnan(mean), np.nan, mean >= PRESENT)


@dataclass(frozen=True)
class Values(Target):
    """L numbers, such as valence and arousal.

    Sums are (L, 7): how many are known, truth x, answer y, their squares, their product, and how often their signs
    agree.

    Attributes:
        low, high: the data set's scale, beyond which nothing that is known can lie.
    """

    low: float = -1.0
    high: float = 1.0
    kind = "values"
    main = "ccc"
    overall = value_metrics.OVERALL
    each = value_metrics.PER_VALUE
    explained = (
        "Means over the values: CCC, Lin's concordance; PCC, Pearson's correlation; RMSE, in the data set's own "
        "scale, the smaller the better; SAGR, share of items whose truth and answer have the same sign."
    )
    best_constant = "the mean of training"
    heavy = True
    answer = "v"

    @property
    def scale(self) -> tuple[float, float]:
        """The data set's."""
        return self.low, self.high

    @property
    def shape(self) -> tuple[int, ...]:
        """(L, 7)."""
        return len(self.names), 7

    def sums(self, scores: DataFrame, group: Ints, n: int) -> Floats:
        """Sums of truth and answer of each value; unknown ones count nowhere."""
        x, y = self.truth(scores), self.answers(scores)
        known = ~np.isnan(x)
        each = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y, np.sign(x) == np.sign(y)], axis=-1)
        return added(np.where(known[..., None], each, 0.0), undefined(y), group, n)

    def items(self, sums: Floats) -> Floats:
        """How many items are known of the value that is known of most."""
        count: Floats = sums[..., 0].max(axis=-1)
        return count

    def metric(self, name: str, of: str | None = None) -> Metric:
        """See ``value_metrics.metric``."""
        return value_metrics.metric(name, of, self.names)

    def agree(self, first: DataFrame, second: DataFrame) -> Bools:
        """No value is further away than ``NEAR`` of the scale."""
        near = NEAR * (self.high - self.low)
        one, other = self.answers(first), self.answers(second)
        away = np.nan_to_num(np.abs(one - other), nan=np.inf)
        undefined_in_both = np.isnan(one) & np.isnan(other)
        same: Bools = np.where(undefined_in_both, 0, away).max(axis=1) <= near
        return same

    def losses(self, scores: DataFrame) -> Floats:
        """Squared error, in the scale's unit squared."""
        error: Floats = self.truth(scores) - self.answers(scores)
        return error**2

    def constant(self, train: DataFrame) -> Floats:
        """The mean of training."""
        mean: Floats = known_mean(self.truth(train), np.zeros(len(train), np.int64), 1)[0]
        return mean


def _surprise(probability: Floats) -> Floats:
    found: Floats = -np.log(np.clip(probability, LEAST, 1.0))
    return found


KINDS: Mapping[str, type[Target]] = {"classes": Classes, "labels": Labels, "values": Values}


def make_target(kind: str, names: Sequence[str], scale: Sequence[float] | None = None) -> Target:
    """The target of a record.

    Args:
        kind: one of ``KINDS``.
        names: of its classes, labels or values.
        scale: the least and the most of values; None is their usual one.

    Raises:
        ConfigError: there is no such kind.
    """
    if kind not in KINDS:
        raise ConfigError(f"kind of target {kind!r}", expected=f"one of {nearest(kind, KINDS)}")
    return KINDS[kind](tuple(names)) if scale is None else Values(tuple(names), *scale)


def target_of(scores: DataFrame) -> Target:
    """What a scores frame is of, by its columns; the names are numbers.

    Raises:
        DataError: a column is missing.
    """
    kind = Classes if "label" in scores else Values if "v0" in scores else Labels
    count = sum(str(name)[:1] == kind.answer and str(name)[1:].isdigit() for name in scores.columns)
    target = kind(tuple(map(str, range(max(1, count)))))
    if missing := [name for name in (*BESIDE, *target.truth_columns, *target.answer_columns) if name not in scores]:
        raise DataError(
            f"scores lack the column(s) {', '.join(missing)}",
            expected=f"{', '.join(BESIDE)}; label and p0 .., y0 .. and p0 .., or y0 .. and v0 ..",
            do="train the run again; its scores are not whole",
        )
    return target


def total(scores: DataFrame) -> Floats:
    """The sums of all items of a scores frame, whatever its kind.

    Raises:
        DataError: a column is missing.
    """
    return target_of(scores).total(scores)
