"""Areas under curves: how labels are ranked by their answers, whatever the threshold. They are no functions of sums.

Of how often each unit counts they are functions, which is all that a bootstrap and a permutation test need: each curve
is sorted once, and the weights of its items are cumulated along it, for some replicates at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fer_lab.errors import DataError
from fer_lab.evaluation.arrays import Bools, Floats, Ints
from fer_lab.evaluation.metrics import divide

AREAS = 2
"""Of each label: that under the ROC curve, and average precision."""
BLOCK = 64
"""Replicates at a time: what is cumulated then stays in the processor's cache."""


@dataclass(frozen=True)
class Curve:
    """One label of one network: the items of which it is known, from the highest answer to the lowest.

    Attributes:
        unit: (n,) of each item.
        active: (n,) whether the label is present in it.
        answer: (n,) never rising.
    """

    unit: Ints
    active: Bools
    answer: Floats

    def beside(self, other: Curve, n: int) -> Curve:
        """The items of both in one order; n is added to the units of the other."""
        own = (self.unit, self.active, self.answer), (other.unit + n, other.active, other.answer)
        return curve(*(np.concatenate(both) for both in zip(*own, strict=True)))

    @cached_property
    def steps(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Of each answer to a present item (T): the first and the last item that has it; all present items (A), and
        which of them is the first that has it."""
        firsts = np.flatnonzero(np.diff(self.answer, prepend=np.inf))
        lasts = np.append(firsts[1:], len(self.answer)) - 1
        present = np.flatnonzero(self.active)
        of_present = np.searchsorted(firsts, present, side="right") - 1
        own, starts = np.unique(of_present, return_index=True)
        return firsts[own], lasts[own], present, starts

    def areas(self, weights: Floats) -> Floats:
        """ROC AUC and average precision, (R, 2), of weights of the units (U, R); as scikit-learn with sample weights.

        NaN where the items of weight are all present, or all absent.
        """
        first, last, present, starts = self.steps
        if not len(present):
            return np.full((weights.shape[1], AREAS), np.nan)
        own = weights[self.unit]
        gained = np.add.reduceat(own[present], starts, axis=0)
        found, above = gained.cumsum(axis=0), own.cumsum(axis=0)
        every, tied = above[last], above[last] - above[first] + own[first] - gained
        known, most = above[-1], found[-1]
        below = (gained * (known - most - (every - found) + tied / 2)).sum(axis=0)  # those that tie count half
        precise = (gained * divide(found, every, 0.0)).sum(axis=0)
        areas = np.stack([divide(below, most * (known - most), np.nan), divide(precise, most, np.nan)], axis=1)
        areas[(most == 0) | (most == known)] = np.nan
        return areas


@dataclass(frozen=True)
class Ranks:
    """How networks rank the same items.

    Attributes:
        curves: of each label of each network, S lists of L.
        n: number of units.
    """

    curves: Sequence[Sequence[Curve]]
    n: int

    @property
    def shape(self) -> tuple[int, ...]:
        """(L, 2), of the areas of a network."""
        return len(self.curves[0]), AREAS

    def beside(self, other: Ranks) -> Ranks:
        """The items of both in one order, network by network; the units of the other are numbered after these.

        Raises:
            DataError: other numbers of networks.
        """
        if len(self.curves) != len(other.curves):
            raise DataError(
                f"{len(self.curves)} and {len(other.curves)} seeds", expected="runs of the same seeds in both cells"
            )
        networks = zip(self.curves, other.curves, strict=True)
        each = [[one.beside(two, self.n) for one, two in zip(*labels, strict=True)] for labels in networks]
        return Ranks(each, self.n + other.n)

    def areas(self, weights: Floats) -> Floats:
        """Areas (..., S, L, 2) of how often each unit counts (..., U)."""
        rows = weights.reshape(-1, self.n)
        found = np.empty((len(rows), len(self.curves), len(self.curves[0]), AREAS))
        for start in range(0, len(rows), BLOCK):
            block = np.ascontiguousarray(rows[start : start + BLOCK].T)
            for network, labels in enumerate(self.curves):
                for label, curve in enumerate(labels):
                    found[start : start + BLOCK, network, label] = curve.areas(block)
        return found.reshape(*weights.shape[:-1], *found.shape[1:])

    def alone(self) -> Floats:
        """0 where a unit has an item of the rarer answer of a label, (U, S, L, 2), NaN where it has none."""
        told = np.full((self.n, len(self.curves), len(self.curves[0]), AREAS), np.nan)
        for network, labels in enumerate(self.curves):
            for label, curve in enumerate(labels):
                rarer = curve.active if 2 * curve.active.sum() <= len(curve.active) else ~curve.active
                told[curve.unit[rarer], network, label] = 0.0
        return told


def ranks(truth: Sequence[Floats], answers: Sequence[Floats], units: Sequence[Ints], n: int) -> Ranks:
    """How networks rank items.

    Args:
        truth: of each network (items, L): 1, 0, or NaN where it is not known.
        answers: of each (items, L).
        units: of each (items,), 0 to n-1; items of another number take no part.
        n: how many units.
    """
    each = zip(truth, answers, units, strict=True)
    return Ranks([[_curve(y[:, i], p[:, i], unit) for i in range(y.shape[1])] for y, p, unit in each], n)


def curve(unit: Ints, active: Bools, answer: Floats) -> Curve:
    """Items (n,) of units, in the order of their answers."""
    order = np.argsort(-answer, kind="stable")
    return Curve(unit[order], active[order], answer[order])


def _curve(truth: Floats, answers: Floats, unit: Ints) -> Curve:
    known = ~np.isnan(truth) & (unit >= 0)
    return curve(unit[known], truth[known] > 0.5, answers[known])
