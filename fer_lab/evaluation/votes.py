"""From the scores of frames or clips to one score a video (García Zapata 2018, sec. 7.4: "a voting process").

The thesis does not state the rule; the usual ones are computed from the stored scores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from fer_lab.errors import ConfigError, nearest
from fer_lab.evaluation.scores import class_columns, probabilities

Floats = NDArray[np.float64]
Groups = NDArray[np.integer]


def _sum(values: Floats, group: Groups, n: int) -> Floats:
    """Sum the rows (n_items, C) of every group into (n, C); a NaN makes its group NaN."""
    out = np.zeros((n, values.shape[1]))
    np.add.at(out, group, values)
    return out


def _majority(p: Floats, group: Groups, n: int) -> Floats:
    """Share of votes (n, C); equal counts are decided by the higher summed probability.

    The summed probability of a class is at most the number of voters, so that divided by one more than that it never
    outweighs a whole vote.
    """
    ballots = np.where(np.isnan(p).any(axis=1, keepdims=True), np.nan, np.eye(p.shape[1])[p.argmax(axis=1)])
    voters = np.bincount(group, minlength=n)[:, None]
    weight: Floats = _sum(ballots, group, n) + _sum(p, group, n) / (voters + 1)
    share: Floats = weight / weight.sum(axis=1, keepdims=True)
    return share


def _mean(p: Floats, group: Groups, n: int) -> Floats:
    """Mean probability (n, C)."""
    return _sum(p, group, n) / np.bincount(group, minlength=n)[:, None]


def _confidence(p: Floats, group: Groups, n: int) -> Floats:
    """Mean probability (n, C), each item weighted by its largest one: sure items count more."""
    weight = p.max(axis=1, keepdims=True)
    return _sum(p * weight, group, n) / _sum(weight, group, n)


RULES: Mapping[str, Callable[[Floats, Groups, int], Floats]] = {
    "majority": _majority,
    "mean": _mean,
    "confidence": _confidence,
}


def vote(scores: DataFrame, rule: str) -> DataFrame:
    """One row a video (and part and epoch), in order of first appearance; ``item`` is that of its first row.

    Args:
        scores: a scores frame of items.
        rule: ``majority`` (most votes; on a tie the higher summed probability, then the lower class index), ``mean``
            (mean probability) or ``confidence`` (mean probability, each item weighted by its largest one).

    Returns:
        A scores frame whose ``p`` columns (float64) sum to 1 and have their largest value at the video's class; NaN
        for a video with an undefined item.

    Raises:
        ConfigError: the rule is unknown.
        DataError: a column is missing.
    """
    if rule not in RULES:
        raise ConfigError(f"unknown vote rule {rule!r}", expected=f"one of {nearest(rule, RULES)}")
    columns = class_columns(scores)
    group = scores.groupby(["part", "epoch", "video"], sort=False, observed=True).ngroup().to_numpy()
    first = np.unique(group, return_index=True)[1].tolist()
    voted: DataFrame = scores.iloc[first].drop(columns=columns).reset_index(drop=True)
    votes = DataFrame(RULES[rule](probabilities(scores), group, len(first)), columns=columns)
    return voted.join(votes)
