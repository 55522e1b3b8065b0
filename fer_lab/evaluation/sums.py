"""Sums of items by group."""

from __future__ import annotations

import numpy as np

from fer_lab.evaluation.arrays import Bools, Floats, Ints
from fer_lab.evaluation.metrics import divide


def undefined(answers: Floats) -> Bools:
    """Whether an answer to an item is no number, (items,)."""
    return np.asarray(np.isnan(answers).any(axis=1))


def added(each: Floats, lost: Bools, group: Ints, n: int) -> Floats:
    """Rows (items, *shape) added up by each of ``n`` groups; NaN for one of which a row is lost, (items,)."""
    order = np.argsort(group, kind="stable")
    present, starts = np.unique(group[order], return_index=True)
    sums = np.zeros((n, *each.shape[1:]))
    if len(present):
        sums[present] = np.add.reduceat(each[order], starts, axis=0)
    sums[group[lost]] = np.nan
    return sums


def known_mean(truth: Floats, group: Ints, n: int) -> Floats:
    """Mean of what is known in each of ``n`` groups, (n, names); NaN where nothing is."""
    known, nowhere = ~np.isnan(truth), np.zeros(len(truth), np.bool_)
    total, count = (added(each, nowhere, group, n) for each in (np.where(known, truth, 0.0), known.astype(np.float64)))
    return divide(total, count, np.nan)
